//! AWS managed policies, as far as ECS and its neighbours need them: the same in every account, so not stored.
//! Actions of services that no student of this practice cloud can meet are left out of the longer ones, and of
//! their dates only the order is to be relied on. The data are in `aws_managed_policies.json`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::policy::document::Document;
use crate::core::id::IdSource;
use crate::core::time::Time;

/// An AWS managed policy.
pub(crate) struct AwsPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    /// `v7`
    pub(crate) version: String,
    pub(crate) description: String,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    /// The document as text.
    pub(crate) text: String,
    pub(crate) document: Document,
}

/// One entry of the file.
#[derive(Deserialize)]
struct Entry {
    name: String,
    path: String,
    /// Empty where it is not known: then one is made up.
    id: String,
    version: String,
    created: String,
    updated: String,
    description: String,
    statements: Value,
}

static CATALOGUE: LazyLock<BTreeMap<String, AwsPolicy>> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    let entries: Vec<Entry> =
        serde_json::from_str(include_str!("aws_managed_policies.json")).unwrap_or_default();
    let policies = entries.into_iter().filter_map(policy);
    policies.map(|policy| (policy.arn.clone(), policy)).collect()
});

/// The AWS managed policy with that ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsPolicy> {
    CATALOGUE.get(arn)
}

/// All of them, by ARN.
pub(crate) fn all() -> impl Iterator<Item = &'static AwsPolicy> {
    CATALOGUE.values()
}

fn policy(entry: Entry) -> Option<AwsPolicy> {
    let Entry { name, path, mut id, version, created, updated, description, statements } = entry;
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    if id.is_empty() {
        id = format!("ANPA{}", IdSource::new(0, &name).base32(17));
    }
    Some(AwsPolicy {
        arn: format!("arn:aws:iam::aws:policy{path}{name}"),
        name,
        path,
        id,
        version,
        description,
        created_at: Time::parse(&created)?,
        updated_at: Time::parse(&updated)?,
        document: Document::parse(&text).ok()?,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::iam::policy::document::Kind;

    #[test]
    fn every_policy_of_the_file_is_there_and_one_that_iam_would_accept() {
        let file: Vec<Value> = serde_json::from_str(include_str!("aws_managed_policies.json")).unwrap();
        assert_eq!(all().count(), file.len());
        for policy in all() {
            assert!(Document::check(&policy.text, Kind::Identity).is_ok(), "{}", policy.name);
            assert_eq!(policy.id.len(), 21, "{}", policy.name);
        }
        assert!(find("arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role").is_some());
    }
}

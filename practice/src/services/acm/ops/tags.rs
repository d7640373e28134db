//! Tags of certificates.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: Option<String>,
}

/// The tags of a request, checked.
pub(crate) fn checked(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let value = tag.value.clone().unwrap_or_default();
        let short = (1..=128).contains(&tag.key.chars().count()) && value.chars().count() <= 256;
        if !short || crate::core::tag::is_reserved(&tag.key) {
            let message =
                "A tag key must have 1 to 128 characters and not begin with aws:, a value at most 256.";
            return Err(Fault::new("InvalidTagException", message));
        }
        tags.insert(tag.key.clone(), value);
    }
    if tags.len() > MAX_TAGS { Err(too_many()) } else { Ok(tags) }
}

fn too_many() -> Fault {
    Fault::new("TooManyTagsException", "A certificate can have at most 50 tags.")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    certificate_arn: String,
    tags: Vec<Tag>,
}

/// `AddTagsToCertificate`.
pub(crate) fn add(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    let new = checked(&input.tags)?;
    let certificate = find_mut(&mut scope.region.acm, &input.certificate_arn)?;
    if certificate.tags.len() + new.keys().filter(|key| !certificate.tags.contains_key(*key)).count()
        > MAX_TAGS
    {
        return Err(too_many());
    }
    certificate.tags.extend(new);
    Ok(json!({}))
}

/// `RemoveTagsFromCertificate`: a tag with another value than the one given stays.
pub(crate) fn remove(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    let certificate = find_mut(&mut scope.region.acm, &input.certificate_arn)?;
    for tag in &input.tags {
        let same = |value: &String| tag.value.as_ref().is_none_or(|given| given == value);
        if certificate.tags.get(&tag.key).is_some_and(same) {
            certificate.tags.remove(&tag.key);
        }
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    certificate_arn: String,
}

/// `ListTagsForCertificate`.
pub(crate) fn list(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let tags = &find(&view.region.acm, &input.certificate_arn)?.tags;
    let all: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"Tags": all}))
}

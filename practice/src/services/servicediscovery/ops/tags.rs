//! Tags of namespaces and services.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, add_tags};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::servicediscovery::model::Model;
use crate::world::{Scope, View};

fn not_found(arn: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Resource not found: {arn}"))
}

/// The kind and id an ARN of ours names.
fn named<'a>(arn: &'a str, region: &str, account: &str) -> Result<(&'a str, &'a str), Fault> {
    let parsed = Arn::parse(arn)
        .filter(|arn| arn.service == "servicediscovery" && arn.region == region && arn.account == account);
    parsed.and_then(|arn| arn.resource.split_once('/')).ok_or_else(|| not_found(arn))
}

fn of<'m>(model: &'m Model, kind: &str, id: &str) -> Option<&'m Tags> {
    match kind {
        "namespace" => model.namespaces.get(id).map(|namespace| &namespace.tags),
        "service" => model.services.get(id).map(|service| &service.tags),
        _ => None,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let (kind, id) = named(&input.arn, &view.region.name, view.account)?;
    let tags = of(&view.region.servicediscovery, kind, id).ok_or_else(|| not_found(&input.arn))?;
    let shown: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"Tags": shown}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Vec<Tag>,
}

pub(crate) fn tag(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    change(scope, &input.arn, |tags| add_tags(tags, input.tags))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Drop {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag(scope: &mut Scope<'_>, input: Drop) -> Result<Value, Fault> {
    change(scope, &input.arn, |mut tags| {
        tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(tags)
    })
}

fn change(
    scope: &mut Scope<'_>,
    arn: &str,
    change: impl FnOnce(Tags) -> Result<Tags, Fault>,
) -> Result<Value, Fault> {
    let (kind, id) = named(arn, &scope.region.name, scope.account)?;
    let model = &mut scope.region.servicediscovery;
    let tags = of(model, kind, id).cloned().ok_or_else(|| not_found(arn))?;
    let tags = change(tags)?;
    if let Some(namespace) = model.namespaces.get_mut(id) {
        namespace.tags = tags;
    } else if let Some(service) = model.services.get_mut(id) {
        service.tags = tags;
    }
    Ok(json!({}))
}

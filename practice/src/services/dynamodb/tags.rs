//! Tags of tables.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{no_table, validation};
use super::tables::find;
use crate::core::fault::Fault;
use crate::core::tag::{Tags, is_reserved};
use crate::world::{Scope, View};

/// AWS's quota per resource.
const MAX_TAGS: usize = 50;

/// `Tag`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

pub(super) fn checked(given: &[Tag]) -> Result<Tags, Fault> {
    let bad = |tag: &&Tag| {
        tag.key.is_empty()
            || tag.key.chars().count() > 128
            || tag.value.chars().count() > 256
            || is_reserved(&tag.key)
    };
    if given.iter().any(|tag| bad(&tag)) || given.len() > MAX_TAGS {
        return Err(validation(
            "One or more parameter values were invalid: a table has at most 50 tags, keys of 1 to 128 characters that do not begin with 'aws:', values of at most 256",
        ));
    }
    Ok(given.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Set {
    resource_arn: String,
    tags: Vec<Tag>,
}

fn of<'s>(scope: &'s mut Scope<'_>, arn: &str) -> Result<&'s mut Tags, Fault> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    scope.region.dynamodb.tables.get_mut(name).map(|table| &mut table.tags).ok_or_else(|| no_table(arn))
}

/// `TagResource`.
pub(super) fn tag(scope: &mut Scope<'_>, input: Set) -> Result<Value, Fault> {
    let new = checked(&input.tags)?;
    let tags = of(scope, &input.resource_arn)?;
    let all: Tags = tags.clone().into_iter().chain(new).collect();
    if all.len() > MAX_TAGS {
        return Err(validation("A table can have at most 50 tags"));
    }
    *tags = all;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Unset {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// `UntagResource`.
pub(super) fn untag(scope: &mut Scope<'_>, input: Unset) -> Result<Value, Fault> {
    of(scope, &input.resource_arn)?.retain(|key, _| !input.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    resource_arn: String,
}

/// `ListTagsOfResource`.
pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let tags = find(view, &input.resource_arn)?.tags.iter();
    Ok(json!({"Tags": tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()}))
}

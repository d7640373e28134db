//! Tags of parameters, managed nodes and activations.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::Model;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

#[derive(Deserialize, Serialize, Clone)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

pub(super) fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let length = tag.key.chars().count();
        if length == 0 || length > 128 || tag.value.chars().count() > 256 {
            return Err(Fault::new(
                "ValidationException",
                "Tag keys have from 1 to 128 characters, values at most 256.",
            ));
        }
        if crate::core::tag::is_reserved(&tag.key) {
            return Err(Fault::new(
                "ValidationException",
                "Tag keys starting with 'aws:' are reserved for system use.",
            ));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() <= 50 {
        return Ok(());
    }
    Err(Fault::new("TooManyTagsError", "The number of tags on a resource is limited to 50."))
}

pub(super) fn tags_out(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

fn no_such() -> Fault {
    Fault::new(
        "InvalidResourceId",
        "The resource ID is not valid. Verify that you entered the correct ID and try again.",
    )
}

fn is_kind(kind: &str) -> Result<(), Fault> {
    if matches!(kind, "Parameter" | "ManagedInstance") {
        return Ok(());
    }
    Err(Fault::new(
        "InvalidResourceType",
        "The resource type is not valid. This practice cloud tags Parameter and ManagedInstance.",
    ))
}

fn of<'m>(model: &'m mut Model, kind: &str, id: &str) -> Result<&'m mut Tags, Fault> {
    is_kind(kind)?;
    let found = if kind == "Parameter" {
        model.parameters.get_mut(id).map(|own| &mut own.tags)
    } else {
        model.managed.get_mut(id).map(|node| &mut node.tags)
    };
    found.ok_or_else(no_such)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Add {
    resource_type: String,
    resource_id: String,
    tags: Vec<Tag>,
}

pub(super) fn add(scope: &mut Scope<'_>, input: Add) -> Result<(), Fault> {
    let given = tags(&input.tags)?;
    let kept = of(&mut scope.region.ssm, &input.resource_type, &input.resource_id)?;
    let mut next = kept.clone();
    next.extend(given);
    check_count(&next)?;
    *kept = next;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Remove {
    resource_type: String,
    resource_id: String,
    tag_keys: Vec<String>,
}

pub(super) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<(), Fault> {
    let kept = of(&mut scope.region.ssm, &input.resource_type, &input.resource_id)?;
    kept.retain(|key, _| !input.tag_keys.contains(key));
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    resource_type: String,
    resource_id: String,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    is_kind(&input.resource_type)?;
    let model = &view.region.ssm;
    let found = if input.resource_type == "Parameter" {
        model.parameters.get(&input.resource_id).map(|own| &own.tags)
    } else {
        model.managed.get(&input.resource_id).map(|node| &node.tags)
    };
    Ok(json!({"TagList": tags_out(found.ok_or_else(no_such)?)}))
}

//! Tags of instances, subnet groups and snapshots.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::rds::ask::{self, Tag};
use crate::services::rds::fault::{no_group, no_instance, no_snapshot, value};
use crate::services::rds::model::Model;
use crate::services::rds::shapes;
use crate::world::{Scope, View};

/// `...:db:name`
fn parts(arn: &str) -> Result<(&str, &str), Fault> {
    let mut last = arn.rsplitn(3, ':');
    let (name, kind) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
    if arn.starts_with("arn:") {
        Ok((kind, name))
    } else {
        Err(value("The specified resource name is not a valid RDS ARN."))
    }
}

fn of<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut Tags, Fault> {
    match parts(arn)? {
        ("db", id) => model.instances.get_mut(id).map(|one| &mut one.tags).ok_or_else(|| no_instance(id)),
        ("subgrp", id) => {
            model.subnet_groups.get_mut(id).map(|one| &mut one.tags).ok_or_else(|| no_group(id))
        }
        ("snapshot", id) => {
            model.snapshots.get_mut(id).map(|one| &mut one.tags).ok_or_else(|| no_snapshot(id))
        }
        _ => Err(value("The specified resource name does not match an RDS resource in this region.")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Add {
    resource_name: String,
    tags: Vec<Tag>,
}

/// `AddTagsToResource`.
pub(crate) fn add(scope: &mut Scope<'_>, input: Add) -> Result<Value, Fault> {
    let new = ask::tags(&input.tags)?;
    let tags = of(&mut scope.region.rds, &input.resource_name)?;
    let all: Tags = tags.clone().into_iter().chain(new).collect();
    ask::within(&all)?;
    *tags = all;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remove {
    resource_name: String,
    tag_keys: Vec<String>,
}

/// `RemoveTagsFromResource`.
pub(crate) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<Value, Fault> {
    of(&mut scope.region.rds, &input.resource_name)?.retain(|key, _| !input.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    resource_name: String,
}

/// `ListTagsForResource`.
pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let model = &view.region.rds;
    let tags = match parts(&input.resource_name)? {
        ("db", id) => model.instances.get(id).map(|one| &one.tags).ok_or_else(|| no_instance(id))?,
        ("subgrp", id) => model.subnet_groups.get(id).map(|one| &one.tags).ok_or_else(|| no_group(id))?,
        ("snapshot", id) => model.snapshots.get(id).map(|one| &one.tags).ok_or_else(|| no_snapshot(id))?,
        _ => return Err(value("The specified resource name does not match an RDS resource in this region.")),
    };
    Ok(json!({"TagList": shapes::tags(tags)}))
}

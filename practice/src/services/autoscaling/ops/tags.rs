//! Tags of groups. Those with `PropagateAtLaunch` also go on the instances launched from then on.

use serde::{Deserialize, Serialize};

use super::super::fault::{bad_token, constraint, group_not_found, validation};
use super::super::model::GroupTag;
use super::super::shapes::{Nothing, TagOut, tags};
use super::filter::{self, Filter};
use super::sizes::records;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::world::{Scope, View};

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    resource_id: Option<String>,
    resource_type: Option<String>,
    key: String,
    value: Option<String>,
    propagate_at_launch: Option<bool>,
}

/// The tags of a new group, which need not name it.
pub(crate) fn of_new_group(
    group: &str,
    tags: &[Tag],
) -> Result<std::collections::BTreeMap<String, GroupTag>, Fault> {
    if tags.len() > MAX_TAGS {
        return Err(validation("The number of tags on an Auto Scaling group is limited to 50."));
    }
    for tag in tags {
        check(tag)?;
        if tag.resource_id.as_deref().is_some_and(|id| id != group) {
            return Err(validation("The resource id of a tag must be the name of the group."));
        }
    }
    Ok(tags.iter().map(entry).collect())
}

fn entry(tag: &Tag) -> (String, GroupTag) {
    let value = tag.value.clone().unwrap_or_default();
    (tag.key.clone(), GroupTag { value, propagate: tag.propagate_at_launch.unwrap_or(false) })
}

fn check(tag: &Tag) -> Result<(), Fault> {
    let length = tag.key.chars().count();
    if length == 0 || length > 128 {
        return Err(constraint(
            &tag.key.chars().take(200).collect::<String>(),
            "tags.1.member.key",
            "Member must have length between 1 and 128",
        ));
    }
    if tag.value.as_ref().is_some_and(|value| value.chars().count() > 256) {
        return Err(constraint(
            "(value)",
            "tags.1.member.value",
            "Member must have length less than or equal to 256",
        ));
    }
    if crate::core::tag::is_reserved(&tag.key) {
        return Err(validation(format!(
            "Tag keys starting with 'aws:' are reserved for system use: {}",
            tag.key
        )));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tags {
    tags: Vec<Tag>,
}

fn owner<'t>(scope: &Scope<'_>, tag: &'t Tag) -> Result<&'t str, Fault> {
    let name = tag.resource_id.as_deref().unwrap_or_default();
    if tag.resource_type.as_deref().is_some_and(|kind| kind != "auto-scaling-group") {
        return Err(validation("The resource type of a tag must be auto-scaling-group."));
    }
    if scope.region.autoscaling.groups.contains_key(name) { Ok(name) } else { Err(group_not_found(name)) }
}

/// `CreateOrUpdateTags`.
pub(crate) fn create_or_update(scope: &mut Scope<'_>, input: Tags) -> Result<Nothing, Fault> {
    if input.tags.len() > MAX_TAGS {
        return Err(validation("Too many tags."));
    }
    for tag in &input.tags {
        check(tag)?;
        let name = owner(scope, tag)?;
        let new = |t: &&Tag| t.resource_id.as_deref() == Some(name);
        let group = scope.region.autoscaling.groups.get(name);
        let existing = group.map_or(0, |group| group.tags.len());
        let added =
            input.tags.iter().filter(new).filter(|t| group.is_some_and(|g| !g.tags.contains_key(&t.key)));
        if existing + added.count() > MAX_TAGS {
            return Err(validation("The number of tags on an Auto Scaling group is limited to 50."));
        }
    }
    for tag in &input.tags {
        let name = tag.resource_id.as_deref().unwrap_or_default();
        if let Some(group) = scope.region.autoscaling.groups.get_mut(name) {
            group.tags.extend([entry(tag)]);
        }
    }
    Ok(Nothing {})
}

/// `DeleteTags`. Tags that are not there are no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Tags) -> Result<Nothing, Fault> {
    for tag in &input.tags {
        owner(scope, tag)?;
    }
    for tag in &input.tags {
        let name = tag.resource_id.as_deref().unwrap_or_default();
        if let Some(group) = scope.region.autoscaling.groups.get_mut(name) {
            group.tags.remove(&tag.key);
        }
    }
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    #[serde(default)]
    filters: Vec<Filter>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    tags: Vec<TagOut>,
    next_token: Option<String>,
}

/// `DescribeTags`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Described, Fault> {
    filter::check(&input.filters, filter::is_of_tags)?;
    let groups = view.region.autoscaling.groups.values();
    let wanted = groups.flat_map(tags).filter(|tag| filter::tag_passes(tag, &input.filters));
    let limit = records(input.max_records, 50, 100)?;
    let token = input.next_token.as_deref();
    let page = page(wanted, |tag| format!("{}\u{0}{}", tag.resource_id, tag.key), limit, token)
        .map_err(|_| bad_token(token.unwrap_or_default()))?;
    Ok(Described { tags: page.items, next_token: page.next })
}

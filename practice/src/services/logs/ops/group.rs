//! Log groups: their life, retention and listing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault::{bad_token, constraint, exists, invalid, limit as over_limit, no_group};
use super::super::model::{Group, MAX_GROUPS};
use super::super::names::{self, check_group};
use super::limit;
use super::tag::check_tags;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// `retentionInDays` may be one of these.
const RETENTIONS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const CLASSES: [&str; 3] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    #[serde(default)]
    log_group_name: String,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Tags,
    log_group_class: Option<String>,
    #[serde(default)]
    deletion_protection_enabled: bool,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<(), Fault> {
    let name = input.log_group_name;
    check_group(&name)?;
    check_tags(&input.tags)?;
    let class = input.log_group_class;
    if let Some(class) = class.as_ref().filter(|class| !CLASSES.contains(&class.as_str())) {
        let wanted = "Member must satisfy enum value set: [INFREQUENT_ACCESS, DELIVERY, STANDARD]";
        return Err(constraint(class, "logGroupClass", wanted));
    }
    let groups = &mut scope.region.logs.groups;
    if groups.contains_key(&name) {
        return Err(exists("log group"));
    }
    if groups.len() >= MAX_GROUPS {
        return Err(over_limit());
    }
    let group = Group {
        created_at: scope.now,
        kms_key: input.kms_key_id,
        class: class.filter(|class| class != "STANDARD"),
        protected: input.deletion_protection_enabled,
        tags: input.tags,
        ..Group::default()
    };
    groups.insert(name, group);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct One {
    #[serde(default)]
    log_group_name: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    let protected = names::find(&scope.view(), &input.log_group_name)?.protected;
    if protected {
        return Err(invalid("The log group can't be deleted because deletion protection is enabled."));
    }
    scope.region.logs.remove_group(&input.log_group_name).map(drop).ok_or_else(no_group)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protect {
    log_group_identifier: String,
    deletion_protection_enabled: bool,
}

pub(crate) fn protect(scope: &mut Scope<'_>, input: Protect) -> Result<(), Fault> {
    let name = names::group_of(&input.log_group_identifier);
    let group = scope.region.logs.groups.get_mut(name).ok_or_else(no_group)?;
    group.protected = input.deletion_protection_enabled;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Retain {
    #[serde(default)]
    log_group_name: String,
    retention_in_days: i64,
}

pub(crate) fn put_retention(scope: &mut Scope<'_>, input: Retain) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    let days = u32::try_from(input.retention_in_days).ok().filter(|days| RETENTIONS.contains(days));
    let days = days.ok_or_else(|| {
        let allowed = RETENTIONS.map(|days| days.to_string()).join(", ");
        let message = format!(
            "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{allowed}]",
            input.retention_in_days
        );
        invalid(message)
    })?;
    let group = scope.region.logs.groups.get_mut(&input.log_group_name).ok_or_else(no_group)?;
    group.retention_days = Some(days);
    Ok(())
}

pub(crate) fn delete_retention(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    let group = scope.region.logs.groups.get_mut(&input.log_group_name).ok_or_else(no_group)?;
    group.retention_days = None;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    log_groups: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Described, Fault> {
    let limit = limit(input.limit, 50)?;
    let (prefix, pattern) = (input.log_group_name_prefix, input.log_group_name_pattern);
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let pattern = pattern.map(|pattern| pattern.to_ascii_lowercase());
    let named = input
        .log_group_identifiers
        .as_ref()
        .map(|all| all.iter().map(|id| names::group_of(id)).collect::<Vec<_>>());
    let fits = |name: &str, group: &Group| {
        prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
            && pattern.as_ref().is_none_or(|pattern| name.to_ascii_lowercase().contains(pattern.as_str()))
            && input.log_group_class.as_ref().is_none_or(|class| class == class_of(group))
            && named.as_ref().is_none_or(|named| named.contains(&name))
    };
    let groups = view.region.logs.groups.iter().filter(|(name, group)| fits(name, group));
    let page = page(groups, |(name, _)| (*name).clone(), limit, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let log_groups = page.items.into_iter().map(|(name, group)| shape(view, name, group)).collect();
    Ok(Described { log_groups, next_token: page.next })
}

fn class_of(group: &Group) -> &str {
    group.class.as_deref().unwrap_or("STANDARD")
}

fn shape(view: &View<'_>, name: &str, group: &Group) -> Value {
    let arn = names::group_arn(view, name);
    let mut shape = json!({
        "logGroupName": name,
        "creationTime": group.created_at,
        "metricFilterCount": group.filters.len(),
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "storedBytes": stored_bytes(group, view.now),
        "logGroupClass": class_of(group),
        "deletionProtectionEnabled": group.protected,
    });
    if let Some(days) = group.retention_days {
        shape["retentionInDays"] = json!(days);
    }
    if let Some(key) = &group.kms_key {
        shape["kmsKeyId"] = json!(key);
    }
    shape
}

fn stored_bytes(group: &Group, now: Time) -> usize {
    let horizon = group.horizon(now);
    group
        .streams
        .values()
        .flat_map(|stream| stream.kept(horizon))
        .map(super::super::model::Event::bytes)
        .sum()
}

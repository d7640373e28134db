//! Tags of log groups, by name (the old operations) and by ARN.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid, no_group};
use super::super::model::Group;
use super::super::names::{self, check_group};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

const MAX_TAGS: usize = 50;

/// Keys and values within their lengths.
pub(super) fn check_tags(tags: &Tags) -> Result<(), Fault> {
    for (key, value) in tags {
        let length = key.chars().count();
        if length == 0 || length > 128 || value.chars().count() > 256 {
            let wanted = "Map keys must have length between 1 and 128, values at most 256";
            return Err(constraint(key, "tags", wanted));
        }
        if crate::core::tag::is_reserved(key) {
            return Err(invalid("Tag keys starting with 'aws:' are reserved for system use."));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(constraint("{...}", "tags", "Member must have length less than or equal to 50"));
    }
    Ok(())
}

fn by_name<'s>(scope: &'s mut Scope<'_>, name: &str) -> Result<&'s mut Group, Fault> {
    check_group(name)?;
    scope.region.logs.groups.get_mut(name).ok_or_else(no_group)
}

/// The name of the group of an ARN, here.
fn named<'a>(view: &View<'_>, arn: &'a str) -> Result<&'a str, Fault> {
    let own = Arn::parse(arn).filter(|arn| arn.service == "logs" && arn.resource.starts_with("log-group:"));
    let own = own.ok_or_else(|| invalid("The specified resource ARN is not valid."))?;
    let here = own.region == view.region.name && own.account == view.account;
    let name = names::group_of(arn);
    if here && view.region.logs.groups.contains_key(name) { Ok(name) } else { Err(no_group()) }
}

fn add(group: &mut Group, tags: Tags) -> Result<(), Fault> {
    check_tags(&tags)?;
    let new = tags.keys().filter(|key| !group.tags.contains_key(*key)).count();
    if group.tags.len() + new > MAX_TAGS {
        let message = "The maximum number of tags on a log group is 50.";
        return Err(Fault::new("TooManyTagsException", message));
    }
    group.tags.extend(tags);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagGroup {
    log_group_name: String,
    tags: Tags,
}

pub(crate) fn tag_group(scope: &mut Scope<'_>, input: TagGroup) -> Result<(), Fault> {
    add(by_name(scope, &input.log_group_name)?, input.tags)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UntagGroup {
    log_group_name: String,
    tags: Vec<String>,
}

pub(crate) fn untag_group(scope: &mut Scope<'_>, input: UntagGroup) -> Result<(), Fault> {
    by_name(scope, &input.log_group_name)?.tags.retain(|key, _| !input.tags.contains(key));
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupName {
    log_group_name: String,
}

pub(crate) fn list_group(view: &View<'_>, input: GroupName) -> Result<Value, Fault> {
    check_group(&input.log_group_name)?;
    Ok(json!({"tags": names::find(view, &input.log_group_name)?.tags}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagResource {
    resource_arn: String,
    tags: Tags,
}

pub(crate) fn tag(scope: &mut Scope<'_>, input: TagResource) -> Result<(), Fault> {
    let name = named(&scope.view(), &input.resource_arn)?.to_owned();
    add(by_name(scope, &name)?, input.tags)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag(scope: &mut Scope<'_>, input: UntagResource) -> Result<(), Fault> {
    let name = named(&scope.view(), &input.resource_arn)?.to_owned();
    by_name(scope, &name)?.tags.retain(|key, _| !input.tag_keys.contains(key));
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTags {
    resource_arn: String,
}

pub(crate) fn list(view: &View<'_>, input: ListTags) -> Result<Value, Fault> {
    let name = named(view, &input.resource_arn)?;
    Ok(json!({"tags": names::find(view, name)?.tags}))
}

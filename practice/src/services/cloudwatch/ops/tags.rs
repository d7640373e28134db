//! Tags of alarms.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, add_tags};
use crate::core::fault::Fault;
use crate::services::cloudwatch::model::Alarm;
use crate::world::{Scope, View};

fn not_found(arn: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("The resource {arn} does not exist.")).with_status(404)
}

/// The alarm that an ARN of ours names.
fn named(view: &View<'_>, arn: &str) -> Result<String, Fault> {
    let own = view.arn("cloudwatch", "alarm:");
    let name =
        arn.strip_prefix(own.as_str()).filter(|name| view.region.cloudwatch.alarms.contains_key(*name));
    name.map(str::to_owned).ok_or_else(|| not_found(arn))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let name = named(view, &input.arn)?;
    let tags = view.region.cloudwatch.alarms.get(&name).map(|alarm| &alarm.tags);
    let shown = tags.into_iter().flatten().map(|(key, value)| json!({"Key": key, "Value": value}));
    Ok(json!({"Tags": shown.collect::<Vec<_>>()}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Vec<Tag>,
}

pub(crate) fn tag(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    change(scope, &input.arn, |alarm| {
        alarm.tags = add_tags(alarm.tags.clone(), input.tags)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Drop {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag(scope: &mut Scope<'_>, input: Drop) -> Result<Value, Fault> {
    change(scope, &input.arn, |alarm| {
        alarm.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(json!({}))
    })
}

fn change(
    scope: &mut Scope<'_>,
    arn: &str,
    act: impl FnOnce(&mut Alarm) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let name = named(&scope.view(), arn)?;
    let alarm = scope.region.cloudwatch.alarms.get_mut(&name).ok_or_else(|| not_found(arn))?;
    act(alarm)
}

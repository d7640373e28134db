//! Tags of rules and event buses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, kept};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::events::model::{DEFAULT_BUS, Model};
use crate::world::{Scope, View};

/// Bus, and rule if it is one's.
fn place(arn: &str) -> Option<(String, Option<String>)> {
    let arn = Arn::parse(arn)?;
    if let Some(bus) = arn.of_kind("event-bus") {
        return Some((bus.to_owned(), None));
    }
    let name = arn.of_kind("rule")?;
    let (bus, rule) = name.rsplit_once('/').unwrap_or((DEFAULT_BUS, name));
    Some((bus.to_owned(), Some(rule.to_owned())))
}

fn not_found(arn: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Resource {arn} does not exist."))
}

fn tags_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut Tags, Fault> {
    let (bus, rule) = place(arn).ok_or_else(|| not_found(arn))?;
    if bus == DEFAULT_BUS && rule.is_none() {
        return Ok(&mut model.buses.entry(bus).or_default().tags);
    }
    let found = match rule {
        Some(rule) => model.rule_mut(&bus, &rule).map(|rule| &mut rule.tags),
        None => model.buses.get_mut(&bus).map(|bus| &mut bus.tags),
    };
    found.ok_or_else(|| not_found(arn))
}

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let model = &view.region.events;
    let (bus, rule) = place(&input.arn).ok_or_else(|| not_found(&input.arn))?;
    let none = Tags::new();
    let tags = match rule {
        Some(rule) => model.rule(&bus, &rule).map(|rule| &rule.tags),
        None => model.buses.get(&bus).map(|bus| &bus.tags).or((bus == DEFAULT_BUS).then_some(&none)),
    };
    let tags = tags.ok_or_else(|| not_found(&input.arn))?;
    let list: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"Tags": list}))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Put {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

pub(crate) fn tag(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let mut model = scope.region.events.clone();
    let tags = tags_mut(&mut model, &input.arn)?;
    *tags = kept(tags, input.tags)?;
    scope.region.events = model;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Drop {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "TagKeys")]
    keys: Vec<String>,
}

pub(crate) fn untag(scope: &mut Scope<'_>, input: Drop) -> Result<Value, Fault> {
    let tags = tags_mut(&mut scope.region.events, &input.arn)?;
    tags.retain(|key, _| !input.keys.contains(key));
    Ok(json!({}))
}

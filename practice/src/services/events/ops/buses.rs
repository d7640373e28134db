//! Event buses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, Tag, bus, is_name, kept, paged};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Epoch;
use crate::services::events::fault;
use crate::services::events::model::{Bus, DEFAULT_BUS, MAX_BUSES};
use crate::world::{Scope, View};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    event_source_name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn arn(view: &View<'_>, name: &str) -> String {
    view.arn("events", &format!("event-bus/{name}"))
}

fn described(text: Option<&str>) -> Result<(), Fault> {
    match text {
        Some(text) if text.chars().count() > 512 => {
            Err(fault::validation("Description must have length less than or equal to 512."))
        }
        _ => Ok(()),
    }
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    if input.event_source_name.is_some() {
        return Err(fault::validation("There are no partner event sources in this practice cloud."));
    }
    if !is_name(&input.name, 256, "/") || input.name.starts_with('/') {
        return Err(fault::validation(format!("EventBusName {} is not valid.", input.name)));
    }
    described(input.description.as_deref())?;
    if scope.region.events.has_bus(&input.name) {
        let message = format!("Event bus {} already exists.", input.name);
        return Err(Fault::new("ResourceAlreadyExistsException", message));
    }
    if scope.region.events.buses.len() >= MAX_BUSES {
        return Err(fault::limit());
    }
    let made = Bus {
        description: input.description,
        created_at: Some(scope.now),
        modified_at: Some(scope.now),
        tags: kept(&Tags::new(), input.tags)?,
        ..Bus::default()
    };
    let answer = json!({"EventBusArn": arn(&scope.view(), &input.name), "Description": made.description});
    scope.region.events.buses.insert(input.name, made);
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    name: Option<String>,
    description: Option<String>,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let name = bus(&scope.view(), input.name.as_deref())?;
    described(input.description.as_deref())?;
    let now = scope.now;
    let found = scope.region.events.buses.entry(name.clone()).or_default();
    found.description.clone_from(&input.description);
    found.modified_at = Some(now);
    Ok(json!({"Arn": arn(&scope.view(), &name), "Name": name, "Description": input.description}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    name: Option<String>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let name = input.name.unwrap_or_default();
    if name == DEFAULT_BUS {
        return Err(fault::validation("Cannot delete event bus default."));
    }
    if scope.region.events.buses.get(&name).is_some_and(|bus| !bus.rules.is_empty()) {
        return Err(fault::validation(format!("Cannot delete event bus {name}: it has rules.")));
    }
    // One that is not there is deleted already.
    scope.region.events.buses.remove(&name);
    Ok(json!({}))
}

fn shape(view: &View<'_>, name: &str) -> Value {
    let mut shape = json!({"Name": name, "Arn": arn(view, name)});
    if let Some(bus) = view.region.events.buses.get(name) {
        for (member, at) in [("CreationTime", bus.created_at), ("LastModifiedTime", bus.modified_at)] {
            if let Some(at) = at {
                shape[member] = json!(Epoch(at));
            }
        }
        if let Some(text) = &bus.description {
            shape["Description"] = text.as_str().into();
        }
    }
    shape
}

pub(crate) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let name = bus(view, input.name.as_deref())?;
    Ok(shape(view, &name))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    name_prefix: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let start = input.name_prefix.unwrap_or_default();
    let mut names: Vec<&str> = view.region.events.buses.keys().map(String::as_str).collect();
    names.push(DEFAULT_BUS);
    names.sort_unstable();
    names.dedup();
    names.retain(|name| name.starts_with(&start));
    paged("EventBuses", names, |name| (*name).to_owned(), |name| shape(view, name), &input.paging)
}

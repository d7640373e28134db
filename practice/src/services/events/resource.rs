//! EventBridge's resource types: rules with their targets, and buses.

use serde_json::{Map, Value, json};

use super::invoke::rule_arn;
use super::model::DEFAULT_BUS;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::form::{
    TagChanges, already_exists, attributes, camel, document, keep, not_found, refuse, refuse_change,
    tag_list, unless_gone, with,
};
use crate::resource::{Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Rule, &EventBus];

const NOT_FOUND: &str = "ResourceNotFoundException";

fn retag(
    api: &mut Api<'_, '_>,
    arn: &str,
    has: &Tags,
    before: &Value,
    asked: &Asked<'_>,
) -> Result<(), Fault> {
    TagChanges::new(has, before, asked, "Tags").apply(
        api,
        "events",
        ("TagResource", |set| json!({"ResourceARN": arn, "Tags": tag_list(set, ("Key", "Value"))})),
        ("UntagResource", |keys| json!({"ResourceARN": arn, "TagKeys": keys})),
    )
}

/// Its id is its name; on a bus that is not the default one `bus|name`.
struct Rule;

fn bus_and_name(id: &str) -> (&str, &str) {
    id.split_once('|').unwrap_or((DEFAULT_BUS, id))
}

/// The name of a bus in its name or ARN.
fn bus_of(properties: &Value) -> &str {
    let text = properties["EventBusName"].as_str().unwrap_or(DEFAULT_BUS);
    text.split_once(":event-bus/").map_or(text, |(_, name)| name)
}

fn arn_of(view: &View<'_>, id: &str) -> String {
    let (bus, name) = bus_and_name(id);
    rule_arn(&view.region.name, view.account, bus, name)
}

/// A target of the API. Its members have the template's names, but for some of those that ECS is told.
fn target(given: &Value) -> Value {
    let mut target = given.clone();
    let Some(ecs) = target.get_mut("EcsParameters").and_then(Value::as_object_mut) else { return target };
    let mut rename = |from: &str, to: &str, change: fn(&Value) -> Value| {
        if let Some(value) = ecs.remove(from) {
            ecs.insert(to.to_owned(), change(&value));
        }
    };
    rename("TagList", "Tags", Clone::clone);
    rename("CapacityProviderStrategy", "CapacityProviderStrategy", small);
    rename("PlacementConstraints", "PlacementConstraints", small);
    rename("PlacementStrategies", "PlacementStrategy", small);
    rename(
        "NetworkConfiguration",
        "NetworkConfiguration",
        |network| json!({"awsvpcConfiguration": network["AwsVpcConfiguration"]}),
    );
    target
}

/// A list of structures whose members begin with small letters.
fn small(list: &Value) -> Value {
    let one = |item: &Value| {
        let members = item.as_object().into_iter().flatten();
        Value::Object(members.map(|(name, value)| (camel(name), value.clone())).collect())
    };
    list.as_array().into_iter().flatten().map(one).collect()
}

fn targets(properties: &Value) -> Vec<Value> {
    properties["Targets"].as_array().into_iter().flatten().map(target).collect()
}

/// Puts the rule without its tags and targets.
fn put_rule(api: &mut Api<'_, '_>, id: &str, properties: &Value, tags: Value) -> Result<(), Fault> {
    let (bus, name) = bus_and_name(id);
    let mut input = keep(properties, &["Description", "ScheduleExpression", "State", "RoleArn"]);
    input["Name"] = name.into();
    input["EventBusName"] = bus.into();
    if let Some(pattern) = properties.get("EventPattern") {
        input["EventPattern"] = document(pattern).into();
    }
    if !tags.is_null() {
        input["Tags"] = tags;
    }
    api.call("events", "PutRule", input).map(|_| ())
}

fn put_targets(api: &mut Api<'_, '_>, id: &str, targets: &[Value]) -> Result<(), Fault> {
    if targets.is_empty() {
        return Ok(());
    }
    let (bus, name) = bus_and_name(id);
    let answer =
        api.call("events", "PutTargets", json!({"Rule": name, "EventBusName": bus, "Targets": targets}))?;
    match answer["FailedEntries"].get(0) {
        None => Ok(()),
        Some(entry) => {
            let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            Err(Fault::new(part("ErrorCode"), part("ErrorMessage")))
        }
    }
}

fn remove_targets(api: &mut Api<'_, '_>, id: &str, ids: &[String]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    let (bus, name) = bus_and_name(id);
    let input = json!({"Rule": name, "EventBusName": bus, "Ids": ids});
    unless_gone(api.call("events", "RemoveTargets", input), NOT_FOUND)
}

fn ids_of(targets: &[Value]) -> impl Iterator<Item = &str> {
    targets.iter().filter_map(|target| target["Id"].as_str())
}

fn remove_rule(api: &mut Api<'_, '_>, id: &str) -> Result<(), Fault> {
    let (bus, name) = bus_and_name(id);
    let input = json!({"Name": name, "EventBusName": bus});
    unless_gone(api.call("events", "DeleteRule", input), NOT_FOUND)
}

impl Resource for Rule {
    fn type_name(&self) -> &'static str {
        "AWS::Events::Rule"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let (bus, name) = (bus_of(asked.properties), asked.name("Name", 64));
        let id = if bus == DEFAULT_BUS { name.clone() } else { format!("{bus}|{name}") };
        // `PutRule` would change one that is there.
        if api.view().region.events.rule(bus, &name).is_some() {
            return Err(already_exists(self.type_name(), &id));
        }
        put_rule(api, &id, asked.properties, tag_list(&asked.tags(), ("Key", "Value")))?;
        if let Err(fault) = put_targets(api, &id, &targets(asked.properties)) {
            let _left = remove_rule(api, &id);
            return Err(fault);
        }
        Ok(id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let (bus, name) = bus_and_name(id);
        let has = api.view().region.events.rule(bus, name).map(|rule| rule.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        let names = ["Description", "EventPattern", "ScheduleExpression", "State", "RoleArn"];
        if names.iter().any(|name| asked.changed(before, name)) {
            put_rule(api, id, asked.properties, Value::Null)?;
        }
        if asked.changed(before, "Targets") {
            let (had, wanted) = (targets(before), targets(asked.properties));
            let lost = ids_of(&had).filter(|id| !ids_of(&wanted).any(|other| other == *id));
            let lost: Vec<String> = lost.map(str::to_owned).collect();
            remove_targets(api, id, &lost)?;
            put_targets(api, id, &wanted)?;
        }
        let arn = arn_of(&api.view(), id);
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let (bus, name) = bus_and_name(id);
        let view = api.view();
        let Some(rule) = view.region.events.rule(bus, name) else { return Ok(()) };
        let ids: Vec<String> = rule.targets.keys().cloned().collect();
        remove_targets(api, id, &ids)?;
        remove_rule(api, id)
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", arn_of(view, id).into())])
    }

    /// AWS takes a minute for a rule.
    fn takes_ms(&self) -> i64 {
        60_000
    }
}

struct EventBus;

/// What `CreateEventBus` does not take here.
const BEYOND: [&str; 4] = ["DeadLetterConfig", "KmsKeyIdentifier", "LogConfig", "Policy"];

impl Resource for EventBus {
    fn type_name(&self) -> &'static str {
        "AWS::Events::EventBus"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        refuse(self.type_name(), asked.properties, &BEYOND)?;
        let input = keep(asked.properties, &["Name", "Description", "EventSourceName"]);
        let input = with(input, "Tags", tag_list(&asked.tags(), ("Key", "Value")));
        api.call("events", "CreateEventBus", input)?;
        Ok(asked.text("Name").unwrap_or_default().to_owned())
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse(self.type_name(), asked.properties, &BEYOND)?;
        refuse_change(self.type_name(), before, asked, &["EventSourceName"])?;
        if asked.changed(before, "Description") {
            let input = with(keep(asked.properties, &["Description"]), "Name", id);
            api.call("events", "UpdateEventBus", input)?;
        }
        let view = api.view();
        let arn = view.arn("events", &format!("event-bus/{id}"));
        let has = view.region.events.buses.get(id).map(|bus| bus.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        api.call("events", "DeleteEventBus", json!({"Name": id})).map(|_| ())
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", view.arn("events", &format!("event-bus/{id}")).into())])
    }
}

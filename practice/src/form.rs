//! What resource types have in common, see [`crate::resource`]: how properties become inputs, and how tags change.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::core::tag::{Tags, is_reserved};
use crate::resource::{Api, Asked};

/// Those members of `properties` that are there, under other names: `pick(p, &[("LogGroupName", "logGroupName")])`.
pub fn pick(properties: &Value, names: &[(&str, &str)]) -> Value {
    let member = |(from, to): &(&str, &str)| {
        let value = properties.get(*from).filter(|value| !value.is_null())?;
        Some(((*to).to_owned(), value.clone()))
    };
    Value::Object(names.iter().filter_map(member).collect())
}

/// Those members of `properties` that are there, under their own names.
pub fn keep(properties: &Value, names: &[&str]) -> Value {
    let member = |name: &&str| {
        let value = properties.get(*name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    };
    Value::Object(names.iter().filter_map(member).collect())
}

/// A name with its first letter small: `ClusterName` is `clusterName`.
pub fn camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// A name with its first letter large: `clusterName` is `ClusterName`.
pub fn pascal(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// Tags as a list of structures whose members are called `key` and `value`: (`Key`, `Value`), (`key`, `value`), ...
pub fn tag_list(tags: &[(String, String)], (key, value): (&str, &str)) -> Value {
    tags.iter().map(|(k, v)| json!({key: k, value: v})).collect()
}

/// Tags as a map.
pub fn tag_map(tags: &[(String, String)]) -> Value {
    Value::Object(tags.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect())
}

/// The tags of a property that is a list of `Key` and `Value`, or a map. [`Asked::tags`] is this for `Tags`.
fn own_tags(property: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match property {
        Value::Array(items) => items.iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        _ => Vec::new(),
    }
}

/// The tags that are asked for by a property of another name or form than `Tags` usually has, over the stack's.
pub fn tags_of(asked: &Asked<'_>, property: &str) -> Vec<(String, String)> {
    let own = own_tags(asked.property(property));
    let of_stack = asked.stack_tags.iter().filter(|(key, _)| !own.iter().any(|(other, _)| other == key));
    of_stack.cloned().chain(own.iter().cloned()).collect()
}

/// How the tags of something are to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChanges {
    /// New ones, and those with another value.
    pub set: Vec<(String, String)>,
    /// Keys that the template or the stack had and has no more.
    pub removed: Vec<String>,
}

impl TagChanges {
    /// From the tags it has and those that `property` was and is.
    pub fn new(has: &Tags, before: &Value, asked: &Asked<'_>, property: &str) -> Self {
        let wanted = tags_of(asked, property);
        let had = own_tags(before.get(property).unwrap_or(&Value::Null));
        let had = had.into_iter().map(|(key, _)| key).chain(asked.former_keys().map(str::to_owned));
        let removed: BTreeSet<String> = had
            .filter(|key| {
                has.contains_key(key) && !is_reserved(key) && !wanted.iter().any(|(other, _)| other == key)
            })
            .collect();
        let removed = removed.into_iter().collect();
        Self { set: wanted.into_iter().filter(|(key, value)| has.get(key) != Some(value)).collect(), removed }
    }

    /// Makes them through a service's two operations: `tag` is called with what `set` comes to, `untag` with what
    /// `remove` does; neither when there is nothing to do.
    pub fn apply(
        &self,
        api: &mut Api<'_, '_>,
        service: &str,
        (tag, set): (&str, impl FnOnce(&[(String, String)]) -> Value),
        (untag, remove): (&str, impl FnOnce(&[String]) -> Value),
    ) -> Result<(), Fault> {
        if !self.removed.is_empty() {
            api.call(service, untag, remove(&self.removed))?;
        }
        if !self.set.is_empty() {
            api.call(service, tag, set(&self.set))?;
        }
        Ok(())
    }
}

/// Tags in the form of a template, without AWS's own.
pub fn shown_tags(tags: &Tags) -> Value {
    let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
    own.map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Adds a member.
pub fn with(mut input: Value, name: &str, value: impl Into<Value>) -> Value {
    if let Some(members) = input.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
    input
}

/// Attributes of `Fn::GetAtt`.
pub fn attributes<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One of that name is there already, and not this stack's.
pub fn already_exists(type_name: &str, id: &str) -> Fault {
    let message = format!("Resource of type '{type_name}' with identifier '{id}' already exists.");
    Fault::new("AlreadyExists", message)
}

/// What it was to change has been removed by somebody else.
pub fn not_found(type_name: &str, id: &str) -> Fault {
    Fault::new("NotFound", format!("Resource of type '{type_name}' with identifier '{id}' was not found."))
}

/// A deletion, where the fault of that code says that there is nothing to delete any more.
pub fn unless_gone(result: Result<Value, Fault>, code: &str) -> Result<(), Fault> {
    match result {
        Err(fault) if fault.code != code => Err(fault),
        _ => Ok(()),
    }
}

/// A property that is a JSON document, given as such or as a text.
pub fn document(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Refuses the first of those properties that asks for something: one whose operation the practice cloud lacks.
pub fn refuse(type_name: &str, properties: &Value, names: &[&str]) -> Result<(), Fault> {
    let asks = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    match names.iter().find(|name| properties.get(**name).is_some_and(asks)) {
        Some(name) => Err(unsupported(type_name, name)),
        None => Ok(()),
    }
}

/// The same, for properties that can be set when it is made, and whose change the practice cloud lacks.
pub fn refuse_change(
    type_name: &str,
    before: &Value,
    asked: &Asked<'_>,
    names: &[&str],
) -> Result<(), Fault> {
    match names.iter().find(|name| asked.changed(before, name)) {
        Some(name) => Err(unsupported(type_name, &format!("A change of {name}"))),
        None => Ok(()),
    }
}

fn unsupported(type_name: &str, what: &str) -> Fault {
    let message = format!("{what} of {type_name} is not available in this practice region yet.");
    Fault::new("InvalidRequest", message)
}

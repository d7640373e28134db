//! What resource types have in common, see [`crate::resource`]: how the properties of a template become the input of an
//! operation, and back, and how tags change.

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

/// The properties of these names that are there, for an operation that calls them the same.
pub fn picked(properties: &Value, names: &[&str]) -> Map<String, Value> {
    let pick = |name: &&str| Some(((*name).to_owned(), properties.get(*name)?.clone()));
    names.iter().filter_map(pick).collect()
}

/// The same, as a tree.
pub fn keep(properties: &Value, names: &[&str]) -> Value {
    Value::Object(picked(properties, names))
}

/// An object of those members that are there.
pub fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let there = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    members.into_iter().filter_map(there).filter(|(_, value)| !value.is_null()).collect()
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

/// The same, as most operations take them: a list of `Key` and `Value`.
pub fn key_values(tags: &[(String, String)]) -> Value {
    tag_list(tags, ("Key", "Value"))
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

/// The tags without AWS's own, for types that CloudFormation does not mark.
pub fn unreserved_tags(asked: &Asked<'_>) -> Vec<(String, String)> {
    asked.tags().into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect()
}

/// Keys of the tags that the template or the stack had before and has no more.
pub fn dropped_tags(before: &Value, asked: &Asked<'_>) -> Vec<String> {
    let now = asked.tags();
    let before = before.get("Tags").and_then(Value::as_array).into_iter().flatten();
    let keys = before.filter_map(|tag| tag.get("Key").and_then(Value::as_str));
    let keys = keys.chain(asked.former_keys());
    keys.filter(|key| !now.iter().any(|(other, _)| other == key)).map(str::to_owned).collect()
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

/// Tags that a service shows, in whatever case, as a template writes them; without AWS's own. None when there are none.
pub fn shown_tag_list(shown: &Value) -> Option<Value> {
    let member = |tag: &Value, upper: &str, lower: &str| tag.get(upper).or_else(|| tag.get(lower)).cloned();
    let pair = |tag: &Value| Some((member(tag, "Key", "key")?, member(tag, "Value", "value")?));
    let pairs = shown.as_array().into_iter().flatten().filter_map(pair);
    let own = pairs.filter(|(key, _)| !key.as_str().is_some_and(|key| key.starts_with("aws:")));
    let tags: Vec<Value> = own.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    (!tags.is_empty()).then_some(Value::Array(tags))
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

/// The answer of a deletion: what is not there any more is no fault.
pub fn gone<T>(answer: Result<T, Fault>) -> Result<(), Fault> {
    match answer {
        Ok(_) => Ok(()),
        Err(fault) if is_absence(&fault) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Whether a fault says that something is not there.
pub fn is_absence(fault: &Fault) -> bool {
    ["NotFound", "NoSuchEntity", "Malformed"].iter().any(|part| fault.code.contains(part))
}

/// A property that is a JSON document, given as such or as a text.
pub fn document(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A policy document, which a template may write as a tree, as the text that operations take.
pub fn as_text(value: &Value) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
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

/// Refuses properties that the practice cloud could not honour: all but these, unless they say what is so anyway (false,
/// zero, nothing).
pub fn only(asked: &Asked<'_>, type_name: &str, names: &[&str]) -> Result<(), Fault> {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) => false,
    };
    let mut properties = asked.properties.as_object().into_iter().flatten();
    let other = properties.find(|(name, value)| !names.contains(&name.as_str()) && !says_nothing(value));
    other.map_or(Ok(()), |(name, _)| {
        let message = format!("The property {name} of {type_name} is not part of this practice cloud.");
        Err(Fault::new("UnsupportedOperation", message))
    })
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

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What of `of` is not in `without`.
pub fn beyond(of: &[String], without: &[String]) -> Vec<String> {
    of.iter().filter(|item| !without.contains(item)).cloned().collect()
}

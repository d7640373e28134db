//! What the resource types of CloudFormation have in common: from the properties of a template to the input of an
//! operation, and back.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::resource::Asked;

/// The properties of these names that are there, for an operation that calls them the same.
pub(crate) fn picked(properties: &Value, names: &[&str]) -> Map<String, Value> {
    let pick = |name: &&str| Some(((*name).to_owned(), properties.get(*name)?.clone()));
    names.iter().filter_map(pick).collect()
}

/// Refuses properties that the practice cloud could not honour: all but these, unless they say what is so anyway (false,
/// zero, nothing).
pub(crate) fn only(asked: &Asked<'_>, type_name: &str, names: &[&str]) -> Result<(), Fault> {
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

/// A policy document, which a template may write as a tree, as the text that operations take.
pub(crate) fn document(value: &Value) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

/// The answer of a deletion: what is not there any more is no fault.
pub(crate) fn gone<T>(answer: Result<T, Fault>) -> Result<(), Fault> {
    match answer {
        Ok(_) => Ok(()),
        Err(fault) if is_absence(&fault) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Whether a fault says that something is not there.
pub(crate) fn is_absence(fault: &Fault) -> bool {
    ["NotFound", "NoSuchEntity", "Malformed"].iter().any(|part| fault.code.contains(part))
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What of `of` is not in `without`.
pub(crate) fn beyond(of: &[String], without: &[String]) -> Vec<String> {
    of.iter().filter(|item| !without.contains(item)).cloned().collect()
}

/// Tags as most operations take them: a list of `Key` and `Value`.
pub(crate) fn tag_list(tags: &[(String, String)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// The tags without AWS's own, for types that CloudFormation does not mark.
pub(crate) fn own_tags(asked: &Asked<'_>) -> Vec<(String, String)> {
    asked.tags().into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect()
}

/// Keys of the tags that the template or the stack had before and has no more.
pub(crate) fn dropped_tags(before: &Value, asked: &Asked<'_>) -> Vec<String> {
    let now = asked.tags();
    let before = before.get("Tags").and_then(Value::as_array).into_iter().flatten();
    let keys = before.filter_map(|tag| tag.get("Key").and_then(Value::as_str));
    let keys = keys.chain(asked.former_keys());
    keys.filter(|key| !now.iter().any(|(other, _)| other == key)).map(str::to_owned).collect()
}

/// Tags that a service shows, in whatever case, as a template writes them; without AWS's own. None when there are none.
pub(crate) fn shown_tags(shown: &Value) -> Option<Value> {
    let member = |tag: &Value, upper: &str, lower: &str| tag.get(upper).or_else(|| tag.get(lower)).cloned();
    let pair = |tag: &Value| Some((member(tag, "Key", "key")?, member(tag, "Value", "value")?));
    let pairs = shown.as_array().into_iter().flatten().filter_map(pair);
    let own = pairs.filter(|(key, _)| !key.as_str().is_some_and(|key| key.starts_with("aws:")));
    let tags: Vec<Value> = own.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    (!tags.is_empty()).then_some(Value::Array(tags))
}

/// An object of those members that are there.
pub(crate) fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let there = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    members.into_iter().filter_map(there).filter(|(_, value)| !value.is_null()).collect()
}

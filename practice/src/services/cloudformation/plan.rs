//! What an update would do, as far as that can be told beforehand: the changes of a change set. Follows "Change"
//! and "`ResourceChange`" of the API Reference.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::meaning::{Known, Meaning, Planned};
use super::model::{Kept, Stack};
use super::schema::{self, Replacement, Schema};
use super::template::{KNOWN_AFTER_APPLY, Policy};
use super::{event, template};
use crate::core::fault::Fault;
use crate::core::tree::lean;
use crate::world::View;

/// Resources that will have another identity.
#[derive(Debug, Default)]
struct New(RefCell<BTreeSet<String>>);

impl Planned for New {
    fn is_new(&self, logical_id: &str) -> bool {
        self.0.borrow().contains(logical_id)
    }
}

/// The changes, in the order of logical ids, each as the API shows it. Values of `NoEcho` parameters are masked.
pub(super) fn changes(
    view: &View<'_>,
    stack: &Stack,
    meaning: &Meaning<'_>,
    graph: &template::Graph,
    declared: &super::model::Declared,
) -> Result<Vec<Value>, Fault> {
    let new = New::default();
    let mut found: Vec<(String, Value)> = Vec::new();
    for logical_id in graph.order() {
        let there = stack.resources.get(logical_id).filter(|kept| kept.physical_id.is_some());
        if there.is_none() {
            new.0.borrow_mut().insert(logical_id.to_owned());
        }
        let known = Known::planned(*view, &stack.resources, &new);
        let properties = meaning.scope().properties(logical_id, &known)?;
        let Some(resource) = meaning.template.resources.get(logical_id) else { continue };
        let change = match there {
            None => added(logical_id, &resource.kind, &properties),
            Some(kept) => {
                let takes_tags = schema::of(&kept.kind).is_some_and(Schema::takes_tags);
                let same_tags = !takes_tags || kept.stack_tags == declared.tags;
                match modified(logical_id, kept, resource, &properties, same_tags, &meaning.template) {
                    None => continue,
                    Some((change, replaced)) => {
                        if replaced {
                            new.0.borrow_mut().insert(logical_id.to_owned());
                        }
                        change
                    }
                }
            }
        };
        found.push((logical_id.to_owned(), change));
    }
    for (logical_id, kept) in &stack.resources {
        if !graph.waits_for.contains_key(logical_id) && kept.physical_id.is_some() {
            found.push((logical_id.clone(), removed(logical_id, kept)));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let secrets: Vec<String> = declared
        .values
        .0
        .values()
        .chain(stack.declared.values.0.values())
        .filter(|chosen| chosen.no_echo && !chosen.value.is_empty())
        .map(|chosen| chosen.value.clone())
        .collect();
    Ok(found.into_iter().map(|(_, change)| event::masked(change, &secrets)).collect())
}

fn shown(change: Value) -> Value {
    json!({"Type": "Resource", "ResourceChange": lean(change)})
}

fn context(properties: &Value) -> String {
    json!({"Properties": properties}).to_string()
}

fn added(logical_id: &str, kind: &str, properties: &Value) -> Value {
    shown(json!({
        "Action": "Add", "LogicalResourceId": logical_id, "ResourceType": kind, "Scope": [], "Details": [],
        "AfterContext": context(properties),
    }))
}

fn removed(logical_id: &str, kept: &Kept) -> Value {
    let keeps = matches!(kept.deletion, Some(Policy::Retain | Policy::RetainExceptOnCreate));
    let policy = match kept.deletion {
        Some(Policy::Snapshot) => "Snapshot",
        _ if keeps => "Retain",
        _ => "Delete",
    };
    shown(json!({
        "Action": "Remove", "PolicyAction": policy, "LogicalResourceId": logical_id,
        "PhysicalResourceId": kept.physical_id, "ResourceType": kept.kind, "Scope": [], "Details": [],
        "BeforeContext": context(&kept.properties),
    }))
}

/// A resource that changes, and whether it is replaced for sure; None when nothing about it changes.
fn modified(
    logical_id: &str,
    kept: &Kept,
    wanted: &template::Resource,
    properties: &Value,
    same_tags: bool,
    template: &template::Template,
) -> Option<(Value, bool)> {
    let schema = schema::of(&wanted.kind)?;
    // Numbers and booleans may be texts in the template; what is not known yet cannot be checked, and need not be.
    let coerced = schema.check(logical_id, properties).unwrap_or_else(|_| properties.clone());
    let changes = schema.changes(&kept.properties, &coerced);
    if changes.is_empty() && same_tags {
        return None;
    }
    let mut details = Vec::new();
    let mut strongest = Replacement::Never;
    for change in &changes {
        let (before, after) = (kept.properties.get(&change.property), coerced.get(&change.property));
        let unknown = after.is_some_and(holds_unknown);
        let replacement = match (unknown, change.replacement) {
            // It may come to what it was.
            (true, Replacement::Always) => Replacement::Conditionally,
            (_, replacement) => replacement,
        };
        strongest = strongest.max(replacement);
        let raw = wanted.properties.get(&change.property).unwrap_or(&Value::Null);
        details.push(detail(&change.property, change.replacement, (before, after), unknown, raw, template));
    }
    if !same_tags {
        details.push(json!({
            "Target": {"Attribute": "Tags", "RequiresRecreation": "Never"},
            "Evaluation": "Static", "ChangeSource": "DirectModification",
        }));
    }
    let replacement = match strongest {
        Replacement::Always => "True",
        Replacement::Conditionally => "Conditional",
        Replacement::Never => "False",
    };
    let mut scope = Vec::new();
    if !changes.is_empty() {
        scope.push("Properties");
    }
    if !same_tags {
        scope.push("Tags");
    }
    let policy = (strongest == Replacement::Always).then_some(match kept.replaced {
        Some(Policy::Retain) => "ReplaceAndRetain",
        Some(Policy::Snapshot) => "ReplaceAndSnapshot",
        _ => "ReplaceAndDelete",
    });
    let change = shown(json!({
        "Action": "Modify", "PolicyAction": policy, "LogicalResourceId": logical_id,
        "PhysicalResourceId": kept.physical_id, "ResourceType": kept.kind, "Replacement": replacement,
        "Scope": scope, "Details": details,
        "BeforeContext": context(&kept.properties), "AfterContext": context(&coerced),
    }));
    Some((change, strongest == Replacement::Always))
}

fn holds_unknown(tree: &Value) -> bool {
    match tree {
        Value::String(text) => text.contains(KNOWN_AFTER_APPLY),
        Value::Array(items) => items.iter().any(holds_unknown),
        Value::Object(members) => members.values().any(holds_unknown),
        _ => false,
    }
}

/// `ResourceChangeDetail`.
fn detail(
    property: &str,
    replacement: Replacement,
    (before, after): (Option<&Value>, Option<&Value>),
    unknown: bool,
    raw: &Value,
    template: &template::Template,
) -> Value {
    let recreation = match replacement {
        Replacement::Always => "Always",
        Replacement::Conditionally => "Conditionally",
        Replacement::Never => "Never",
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let kind = match (before, after) {
        (None, _) => "Add",
        (_, None) => "Remove",
        _ => "Modify",
    };
    let (source, causing) = source(raw, template);
    lean(json!({
        "Target": {
            "Attribute": "Properties", "Name": property, "RequiresRecreation": recreation,
            "Path": format!("/Properties/{property}"), "BeforeValue": before.map(text),
            "AfterValue": after.map(text), "AttributeChangeType": kind,
        },
        "Evaluation": if unknown { "Dynamic" } else { "Static" },
        "ChangeSource": source, "CausingEntity": causing,
    }))
}

/// Where a change comes from: the first function in the property's expression tells.
fn source(raw: &Value, template: &template::Template) -> (&'static str, Option<String>) {
    match raw {
        Value::Object(members) => {
            if let Some(name) = members.get("Ref").and_then(Value::as_str) {
                let parameter = template.parameters.contains_key(name);
                let source = if parameter { "ParameterReference" } else { "ResourceReference" };
                return (source, Some(name.to_owned()));
            }
            if let Some([of, attribute]) =
                members.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice)
            {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                return ("ResourceAttribute", Some(format!("{}.{}", text(of), text(attribute))));
            }
            first(members.values(), template)
        }
        Value::Array(items) => first(items.iter(), template),
        _ => ("DirectModification", None),
    }
}

fn first<'v>(
    values: impl Iterator<Item = &'v Value>,
    template: &template::Template,
) -> (&'static str, Option<String>) {
    values
        .map(|value| source(value, template))
        .find(|(_, causing)| causing.is_some())
        .unwrap_or(("DirectModification", None))
}

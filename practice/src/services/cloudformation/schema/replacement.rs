//! What a change of properties does to a resource: "Update behaviors of stack resources".

use serde_json::Value;

use super::{Schema, inside};

/// Whether a change makes a new resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// No: it is changed in place.
    Never,
    /// It depends on the values. `RequiresRecreation: Conditionally` in a change set.
    Conditionally,
    /// Yes.
    Always,
}

/// A property that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub property: String,
    /// What that does.
    pub replacement: Replacement,
}

/// See [`Schema::replaces`].
pub(super) fn of(schema: &Schema, path: &str) -> Replacement {
    let path: Vec<&str> = path.split('/').collect();
    let within = |pointers: &[String]| {
        pointers.iter().any(|pointer| {
            let mut parts = parts(pointer);
            let covered = parts.by_ref().zip(&path).all(|(part, at)| part == "*" || part == *at);
            covered && steps(pointer) <= path.len()
        })
    };
    strongest(schema, within)
}

/// See [`Schema::changes`].
pub(super) fn changes(schema: &Schema, before: &Value, after: &Value) -> Vec<Change> {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys);
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| before.get(name.as_str()) != after.get(name.as_str());
    let change = |property: &String| Change {
        property: property.clone(),
        replacement: strongest(schema, |pointers| {
            pointers.iter().any(|pointer| {
                let mut parts = parts(pointer);
                parts.next() == Some(property.as_str()) && found(before, pointer) != found(after, pointer)
            })
        }),
    };
    names.into_iter().filter(differs).map(change).collect()
}

fn strongest(schema: &Schema, within: impl Fn(&[String]) -> bool) -> Replacement {
    if within(&schema.create_only_properties) {
        Replacement::Always
    } else if within(&schema.conditional_create_only_properties) {
        Replacement::Conditionally
    } else {
        Replacement::Never
    }
}

fn parts(pointer: &str) -> impl Iterator<Item = &str> {
    // A name that is repeated: `/properties/A/properties/B` is A/B as well.
    inside(pointer).split('/').filter(|part| !matches!(*part, "properties" | "items"))
}

fn steps(pointer: &str) -> usize {
    parts(pointer).count()
}

/// Everything that a pointer finds.
fn found<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let mut at = vec![value];
    for part in parts(pointer) {
        at = at
            .into_iter()
            .flat_map(|value| match (part, value) {
                ("*", Value::Array(items)) => items.iter().collect::<Vec<_>>(),
                _ => value.get(part).into_iter().collect(),
            })
            .collect();
    }
    at
}

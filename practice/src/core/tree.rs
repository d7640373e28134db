//! Answers as trees.

use serde_json::Value;

/// A tree without its null members, as AWS leaves out what there is not.
pub fn lean(tree: Value) -> Value {
    match tree {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, child)| !child.is_null())
                .map(|(name, child)| (name, lean(child)))
                .collect(),
        ),
        Value::Array(items) => items.into_iter().map(lean).collect(),
        other => other,
    }
}

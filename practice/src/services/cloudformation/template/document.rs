//! Text to one tree with long forms: JSON when its first character is `{`, YAML otherwise.

use serde_json::Value;

use super::fault::{invalid, malformed};
use super::{json, yaml};
use crate::core::fault::Fault;

/// Longest template, in bytes: quota "Template body size in an object".
const MAX_BYTES: usize = 1_000_000;
/// Deepest nesting of a template. AWS states none; its own resource types need less than thirty.
pub(super) const MAX_DEPTH: usize = 64;
/// Most values of a template, before and after `Fn::ForEach`. AWS states none; a megabyte holds fewer in practice.
pub(super) const MAX_NODES: usize = 200_000;

/// Reads a template's text.
pub(super) fn read(body: &str) -> Result<Value, Fault> {
    if body.len() > MAX_BYTES {
        return Err(invalid(format!("Template may not exceed {MAX_BYTES} bytes in size.")));
    }
    let mut tree = if body.trim_start().starts_with('{') { json::read(body)? } else { yaml::read(body)? };
    if !tree.is_object() {
        return Err(malformed("unsupported structure."));
    }
    refuse_null(&tree)?;
    attributes_in_two(&mut tree);
    Ok(tree)
}

/// Makes `{"Fn::GetAtt": "Web.Arn"}`, which is also what `!GetAtt Web.Arn` is, `{"Fn::GetAtt": ["Web", "Arn"]}`.
fn attributes_in_two(tree: &mut Value) {
    match tree {
        Value::Object(members) => {
            let alone = members.len() == 1;
            for (name, child) in members.iter_mut() {
                match child.as_str().and_then(|text| text.split_once('.')) {
                    Some((resource, attribute)) if alone && name == "Fn::GetAtt" => {
                        *child = Value::from(vec![resource, attribute]);
                    }
                    _ => attributes_in_two(child),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(attributes_in_two),
        _ => {}
    }
}

/// AWS takes no null anywhere.
fn refuse_null(tree: &Value) -> Result<(), Fault> {
    match path_of_null(tree) {
        None => Ok(()),
        Some(mut path) => {
            path.reverse();
            // AWS names the properties of a resource by the resource's type: /Resources/Web/Type/ImageId.
            if path.first().is_some_and(|section| section == "Resources")
                && path.len() > 3
                && let Some(member) = path.get_mut(2).filter(|member| *member == "Properties")
            {
                "Type".clone_into(member);
            }
            Err(invalid(format!("[/{}] 'null' values are not allowed in templates", path.join("/"))))
        }
    }
}

/// The way to the first null, innermost name first.
fn path_of_null(tree: &Value) -> Option<Vec<String>> {
    let below = |name: String, child: &Value| {
        path_of_null(child).map(|mut path| {
            path.push(name);
            path
        })
    };
    match tree {
        Value::Null => Some(Vec::new()),
        Value::Object(members) => members.iter().find_map(|(name, child)| below(name.clone(), child)),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, child)| below(at.to_string(), child)),
        _ => None,
    }
}

//! The JSON Schemas that editors check labs with are what labs are checked with here too; this adds lines, and words that
//! help.

use super::fault::Fault;
use super::yaml::{Data, Node};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::{Location, LocationSegment};
use serde_json::Value;

/// labs/lab.schema.json
pub(crate) const LAB: &str = include_str!("../../../labs/lab.schema.json");
/// labs/rubric.schema.json
pub(crate) const RUBRIC: &str = include_str!("../../../labs/rubric.schema.json");

/// Checks a file's tree; adds what is wrong.
pub(crate) fn check(schema: &str, file: &str, root: &Node, faults: &mut Vec<Fault>) {
    let validator = match compile(schema) {
        Ok(validator) => validator,
        Err(message) => {
            faults.push(Fault { file: file.to_owned(), line: 0, message });
            return;
        }
    };
    let value = root.to_value();
    for error in validator.iter_errors(&value) {
        let node = find(root, error.instance_path());
        let place = place(error.instance_path());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    faults.push(Fault {
                        file: file.to_owned(),
                        line: node.key_line(name),
                        message: format!("{place} has no `{name}`"),
                    });
                }
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let name = inner.instance().as_str().unwrap_or_default();
                faults.push(Fault {
                    file: file.to_owned(),
                    line: node.key_line(name),
                    message: format!("{place} may not be named `{name}`"),
                });
            }
            kind => faults.push(Fault {
                file: file.to_owned(),
                line: node.line,
                message: format!("{place} {}", words(kind, node).unwrap_or_else(|| clip(&error.to_string()))),
            }),
        }
    }
}

fn compile(schema: &str) -> Result<Validator, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|e| format!("the schema is not JSON: {e}"))?;
    jsonschema::draft202012::new(&schema).map_err(|e| format!("the schema is not a JSON Schema: {e}"))
}

/// The node at a location, or the nearest one above it.
fn find<'a>(root: &'a Node, location: &Location) -> &'a Node {
    let mut here = root;
    for segment in location {
        let next = match (&here.data, segment) {
            (Data::Map(_), LocationSegment::Property(name)) => here.get(&name),
            (Data::List(items), LocationSegment::Index(index)) => items.get(index),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

/// `steps[2].checks[0].role`
fn place(location: &Location) -> String {
    let mut text = String::new();
    for segment in location {
        match segment {
            LocationSegment::Property(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&name);
            }
            LocationSegment::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    if text.is_empty() { "the file".to_owned() } else { text }
}

fn words(kind: &ValidationErrorKind, node: &Node) -> Option<String> {
    Some(match kind {
        ValidationErrorKind::Required { property } => {
            format!("lacks `{}`", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Enum { options } => format!("must be one of {}", clip(&options.to_string())),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Pattern { pattern } => {
            format!("must match {pattern}, not `{}`", clip(node.text().unwrap_or_default()))
        }
        ValidationErrorKind::MaxLength { limit } => format!("is longer than {limit} characters"),
        ValidationErrorKind::MinLength { .. } => "is empty".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("needs at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("has more than {limit} items"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::UniqueItems => "has the same item twice".to_owned(),
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::OneOfMultipleValid { .. } => {
            "needs exactly one of the members that exclude each other (see the schema)".to_owned()
        }
        ValidationErrorKind::Not { .. } => "is reserved".to_owned(),
        _ => return None,
    })
}

fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(160).collect();
    if clipped.len() < text.len() {
        clipped.push_str(" ...");
    }
    clipped
}

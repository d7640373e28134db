//! What requests have in common: identifiers, tags, ARNs.

use serde::Deserialize;

use super::fault::value;
use crate::core::fault::Fault;
use crate::core::tag::{Tags, is_reserved};
use crate::world::View;

/// AWS's quota per resource.
const MAX_TAGS: usize = 50;

/// `Tag`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

pub(super) fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let key = tag.key.clone().unwrap_or_default();
        let text = tag.value.clone().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || text.chars().count() > 256 || is_reserved(&key) {
            return Err(value(
                "Tag keys must have 1 to 128 characters and not begin with 'aws:', values at most 256",
            ));
        }
        tags.insert(key, text);
    }
    within(&tags)?;
    Ok(tags)
}

pub(super) fn within(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS { Err(value("A resource can have at most 50 tags")) } else { Ok(()) }
}

/// An identifier as RDS stores it: lower case letters, digits and hyphens, a letter first.
pub(super) fn identifier(text: &str, what: &str, longest: usize) -> Result<String, Fault> {
    let legal = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.len() <= longest;
    if legal {
        return Ok(text.to_ascii_lowercase());
    }
    Err(value(format!(
        "The parameter {what} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// `arn:aws:rds:us-east-1:123456789012:db:name`
pub(super) fn arn(view: &View<'_>, kind: &str, id: &str) -> String {
    view.arn("rds", &format!("{kind}:{id}"))
}

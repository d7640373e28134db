//! What requests have in common: tags, names, pages.

use serde::{Deserialize, Serialize};

use super::fault::{bad_marker, constraint, validation};
use crate::core::fault::Fault;
use crate::core::page::{Page, page};
use crate::core::tag::Tags;

/// AWS's quota per resource.
pub(super) const MAX_TAGS: usize = 50;

/// `Tag`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: Option<String>,
}

/// The tags of a request, checked.
pub(super) fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        check_key(&tag.key)?;
        let value = tag.value.clone().unwrap_or_default();
        if value.chars().count() > 256 {
            return Err(constraint(
                "(value)",
                "tags.1.member.value",
                "Member must have length less than or equal to 256",
            ));
        }
        if crate::core::tag::is_reserved(&tag.key) {
            return Err(validation("Tag keys starting with 'aws:' are reserved for system use"));
        }
        if tags.insert(tag.key.clone(), value).is_some() {
            return Err(Fault::new("DuplicateTagKeys", "A tag key was specified more than once"));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(too_many_tags());
    }
    Ok(tags)
}

fn check_key(key: &str) -> Result<(), Fault> {
    let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if (1..=128).contains(&key.chars().count()) && key.chars().all(legal) {
        return Ok(());
    }
    let shown: String = key.chars().take(64).collect();
    Err(constraint(
        shown,
        "tags.1.member.key",
        "Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$, length 1 to 128",
    ))
}

pub(super) fn too_many_tags() -> Fault {
    Fault::new("TooManyTags", "You've reached the limit on the number of tags for this resource")
}

/// The name of a load balancer or a target group: at most 32 letters, digits and hyphens, none of these at an end.
pub(super) fn name(name: &str, what: &str) -> Result<(), Fault> {
    let shown: String = name.chars().take(64).collect();
    let refuse = |why: &str| Err(validation(format!("The {what} name '{shown}' {why}")));
    if name.is_empty() {
        return refuse("cannot be empty");
    }
    if name.len() > 32 {
        return refuse("cannot be longer than '32' characters");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return refuse("can only contain characters that are alphanumeric characters and hyphens(-)");
    }
    if name.starts_with('-') || name.ends_with('-') {
        return refuse("cannot begin or end with a hyphen(-)");
    }
    Ok(())
}

/// One page by marker; AWS's largest is 400.
pub(super) fn paged<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    size: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<T>, Fault> {
    let size = match size {
        None => 400,
        Some(size @ 1..=400) => usize::try_from(size).unwrap_or(400),
        Some(size) => {
            let bound = if size < 1 { "greater than or equal to 1" } else { "less than or equal to 400" };
            return Err(constraint(size, "pageSize", &format!("Member must have value {bound}")));
        }
    };
    page(items, key, size, marker.filter(|marker| !marker.is_empty())).map_err(|_| bad_marker())
}

/// An integer within AWS's bounds.
pub(super) fn bounded(value: i32, at: &str, least: i32, most: i32) -> Result<i32, Fault> {
    if value < least {
        return Err(constraint(
            value,
            at,
            &format!("Member must have value greater than or equal to {least}"),
        ));
    }
    if value > most {
        return Err(constraint(value, at, &format!("Member must have value less than or equal to {most}")));
    }
    Ok(value)
}

//! IAM's validation of names, paths, tags and documents, and its paging. Limits are those of the service model and of
//! "IAM and AWS STS quotas".

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::fault;
use super::policy::document::{Document, Kind};
use crate::core::fault::Fault;
use crate::core::page::{Page, page as cut};
use crate::core::tag::Tags;

const MAX_TAGS: usize = 50;

/// A tag as it comes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagIn {
    key: String,
    #[serde(default)]
    value: String,
}

/// A name of at most `max` of IAM's characters; `member` as the message names it.
pub(super) fn name(value: &str, member: &str, max: usize) -> Result<(), Fault> {
    length(value, member, 1, max)?;
    if value.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)) {
        return Ok(());
    }
    Err(fault::validation(format!(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
         following: +=,.@_-"
    )))
}

fn length(value: &str, member: &str, min: usize, max: usize) -> Result<(), Fault> {
    let count = value.chars().count();
    if count < min {
        let wanted = format!("Member must have length greater than or equal to {min}");
        return Err(fault::constraint(value, member, &wanted));
    }
    if count > max {
        let wanted = format!("Member must have length less than or equal to {max}");
        return Err(fault::constraint(value, member, &wanted));
    }
    Ok(())
}

/// A path, `/` when there is none.
pub(super) fn path(value: Option<String>) -> Result<String, Fault> {
    let Some(path) = value else { return Ok("/".to_owned()) };
    length(&path, "path", 1, 512)?;
    let legal = path.starts_with('/') && path.ends_with('/') && path.chars().all(|c| c.is_ascii_graphic());
    if legal {
        return Ok(path);
    }
    Err(fault::validation(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
         characters and/or / characters.",
    ))
}

/// Free text of at most 1000 characters.
pub(super) fn description(value: Option<&str>) -> Result<(), Fault> {
    length(value.unwrap_or_default(), "description", 0, 1000)
}

/// The ARN of a policy, well formed.
pub(super) fn policy_arn(value: &str) -> Result<(), Fault> {
    length(value, "policyArn", 20, 2048)?;
    let parsed = crate::core::arn::Arn::parse(value).filter(|arn| arn.service == "iam");
    match parsed.and_then(|arn| arn.of_kind("policy")) {
        Some(_) => Ok(()),
        None => Err(fault::invalid_input(format!("ARN {value} is not valid."))),
    }
}

/// Tags to be added to `present`.
pub(super) fn tags(present: &Tags, added: Vec<TagIn>) -> Result<Tags, Fault> {
    let mut all = present.clone();
    let mut seen = std::collections::BTreeSet::new();
    for TagIn { key, value } in added {
        length(&key, "tags.1.member.key", 1, 128)?;
        length(&value, "tags.1.member.value", 0, 256)?;
        if crate::core::tag::is_reserved(&key) {
            return Err(fault::invalid_input("Tag keys starting with 'aws:' are reserved for system use."));
        }
        let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if !key.chars().chain(value.chars()).all(legal) {
            return Err(fault::constraint(
                &key,
                "tags.1.member.key",
                "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
            ));
        }
        if !seen.insert(key.to_lowercase()) {
            return Err(fault::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        all.retain(|known, _| known.to_lowercase() != key.to_lowercase());
        all.insert(key, value);
        if all.len() > MAX_TAGS {
            return Err(fault::over_quota("TagsPerResource", MAX_TAGS));
        }
    }
    Ok(all)
}

/// A policy document that may be stored.
pub(super) fn document(text: &str, member: &str, kind: Kind) -> Result<Document, Fault> {
    length(text, member, 1, 131_072)?;
    if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
        let pattern =
            "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
        return Err(fault::constraint(text, member, pattern));
    }
    Document::check(text, kind).map_err(fault::malformed_policy)
}

/// Characters of a document that count towards its quota: white space does not. So that a world cannot be filled
/// with it, here it counts when there is more than three times as much of it as of the rest.
pub(super) fn weight(document: &str) -> usize {
    let counted = document.chars().filter(|c| !c.is_whitespace()).count();
    counted.max(document.len() / 4)
}

/// A document as IAM answers it: "URL-encoded compliant with RFC 3986".
pub(super) fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}

/// A page of a list ordered by `key`; 100 items unless asked otherwise.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    max_items: Option<i64>,
) -> Result<Page<T>, Fault> {
    let limit = match max_items {
        None => 100,
        Some(asked) => {
            usize::try_from(asked).ok().filter(|limit| (1..=1000).contains(limit)).ok_or_else(|| {
                let wanted = if asked < 1 {
                    "Member must have value greater than or equal to 1"
                } else {
                    "Member must have value less than or equal to 1000"
                };
                fault::constraint(&asked.to_string(), "maxItems", wanted)
            })?
        }
    };
    cut(items, key, limit, marker).map_err(|_| fault::validation("Invalid Marker."))
}

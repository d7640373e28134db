//! The operations, a module per noun, and what their inputs have in common.
#![expect(clippy::needless_pass_by_value, reason = "a handler owns its input, whether it consumes it or not")]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault;
use super::model::DEFAULT_BUS;
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::page;
use crate::core::tag::Tags;
use crate::world::View;

pub(super) mod buses;
pub(super) mod events;
pub(super) mod rules;
pub(super) mod tags;
pub(super) mod targets;

/// `Tag`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Tags as they are kept.
pub(super) fn kept(before: &Tags, given: Vec<Tag>) -> Result<Tags, Fault> {
    let mut all = before.clone();
    for Tag { key, value } in given {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(fault::validation(format!("Tag key {key} is not valid.")));
        }
        all.insert(key, value);
    }
    if all.len() > 50 { Err(fault::limit()) } else { Ok(all) }
}

/// The name of a bus that is there, given by name or ARN.
pub(super) fn bus(view: &View<'_>, given: Option<&str>) -> Result<String, Fault> {
    let given = given.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_BUS);
    let name = if given.starts_with("arn:") {
        Arn::parse(given).and_then(|arn| arn.of_kind("event-bus")).unwrap_or(given)
    } else {
        given
    };
    if view.region.events.has_bus(name) { Ok(name.to_owned()) } else { Err(fault::no_bus(name)) }
}

/// Whether a text is a name of a bus, a rule or a target.
pub(super) fn is_name(text: &str, most: usize, more: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c) || more.contains(c);
    !text.is_empty() && text.len() <= most && text.chars().all(legal)
}

/// `Limit` and `NextToken`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    limit: Option<i64>,
    next_token: Option<String>,
}

/// A page of a list, ordered by `key`, as the member `name`.
pub(super) fn paged<T>(
    name: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    shape: impl Fn(T) -> Value,
    paging: &Paging,
) -> Result<Value, Fault> {
    let limit = usize::try_from(paging.limit.unwrap_or(100)).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| fault::validation("Limit must be between 1 and 100."))?;
    let page = page::page(items, key, limit, paging.next_token.as_deref())
        .map_err(|_| fault::validation("NextToken is not valid."))?;
    let mut answer = json!({ name: page.items.into_iter().map(shape).collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

//! The operations, by noun, and what they share: limits, paging, filters, the operation that each change leaves.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::model::{MAX_OPERATIONS, Operation};
use crate::core::fault::Fault;
use crate::core::page;
use crate::core::tag::Tags;
use crate::world::Scope;

pub(super) mod discover;
pub(super) mod instances;
pub(super) mod namespaces;
pub(super) mod operations;
pub(super) mod services;
pub(super) mod tags;

/// `MaxResults` and `NextToken`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// One page of `items` under `name`.
fn paged<T>(
    name: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
    asked: &Paging,
) -> Result<Value, Fault> {
    let limit = asked.max_results.unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(fault::invalid(format!(
            "Value '{limit}' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100"
        )));
    }
    let limit = usize::try_from(limit).unwrap_or(100);
    let page = page::page(items, key, limit, asked.next_token.as_deref()).map_err(|_| fault::bad_token())?;
    let mut out = json!({ name: page.items.iter().map(show).collect::<Vec<_>>() });
    if let Some(token) = page.next {
        out["NextToken"] = token.into();
    }
    Ok(out)
}

/// `Filters`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    name: String,
    values: Vec<String>,
    condition: Option<String>,
}

impl Filter {
    /// Whether the filter's values admit `text`.
    fn admits(&self, text: &str) -> bool {
        if self.condition.as_deref() == Some("BEGINS_WITH") {
            return self.values.iter().any(|value| text.starts_with(value.as_str()));
        }
        self.values.iter().any(|value| value == text)
    }
}

/// Whether every filter is one of `known` and well formed.
fn check_filters(filters: &[Filter], known: &[&str]) -> Result<(), Fault> {
    for filter in filters {
        if !known.contains(&filter.name.as_str()) {
            return Err(fault::invalid(format!("The filter {} is not supported here.", filter.name)));
        }
        let condition = filter.condition.as_deref().unwrap_or("EQ");
        let fits = match condition {
            "EQ" => filter.values.len() == 1,
            "IN" | "BEGINS_WITH" => !filter.values.is_empty(),
            "BETWEEN" => filter.values.len() == 2 && filter.name == "UPDATE_DATE",
            _ => false,
        };
        if !fits {
            return Err(fault::invalid(format!(
                "The condition {condition} does not fit the filter {} with {} values.",
                filter.name,
                filter.values.len()
            )));
        }
    }
    Ok(())
}

/// Notes an operation that takes `milliseconds`; its answer.
fn begin(scope: &mut Scope<'_>, kind: &str, targets: &[(&str, &str)], milliseconds: i64) -> Value {
    let id = format!("{}-{}", scope.region.ids.base32(32), scope.region.ids.hex(8)).to_lowercase();
    let targets: BTreeMap<String, String> =
        targets.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect();
    let done_at = scope.now.plus_ms(scope.settings.lasts(milliseconds));
    let operation = Operation { kind: kind.to_owned(), targets, created_at: scope.now, done_at, done: false };
    let operations = &mut scope.region.servicediscovery.operations;
    operations.insert(id.clone(), operation);
    if operations.len() > MAX_OPERATIONS {
        let ended = operations.iter().filter(|(_, operation)| operation.done);
        let oldest = ended.min_by_key(|(id, operation)| (operation.created_at, (*id).clone()));
        if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
            operations.remove(&oldest);
        }
    }
    json!({"OperationId": id})
}

/// `Tag`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Adds tags to those there are: at most 50, with keys of 1 to 128 and values of at most 256 characters.
fn add_tags(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    for Tag { key, value } in new {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(fault::invalid(format!("The tag {key} is too long.")));
        }
        if crate::core::tag::is_reserved(&key) {
            return Err(fault::invalid("Tag keys that start with aws: are reserved for system use."));
        }
        tags.insert(key, value);
    }
    if tags.len() > 50 {
        return Err(Fault::new("TooManyTagsException", "A resource can have at most 50 tags."));
    }
    Ok(tags)
}

/// Whether a text is at most so long.
fn at_most(text: Option<&str>, what: &str, most: usize) -> Result<(), Fault> {
    match text {
        Some(text) if text.chars().count() > most => Err(fault::invalid(format!(
            "1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must have length less than or equal to {most}"
        ))),
        _ => Ok(()),
    }
}

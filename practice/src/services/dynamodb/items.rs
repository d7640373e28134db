//! Items: written, read, found.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::expression::{Names, compare, holds, words};
use super::fault::{condition_failed, no_table, unsupported, validation};
use super::model::{Item, Phase, Table};
use super::tables::find;
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// Items of one table, and bytes of all and of one. AWS's one limit is 400 KB for an item.
const MAX_ITEMS: usize = 1_000;
const MAX_TABLE: usize = 256 * 1024;
const MAX_ITEM: usize = 16 * 1024;
/// Types of attribute values.
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

/// Bytes of an item as they count here.
pub(super) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value.to_string().len()).sum()
}

/// The text of an item's key.
pub(super) fn key_of(table: &Table, item: &Item) -> Result<String, Fault> {
    let mut parts = Vec::new();
    for (name, kind) in table.keys() {
        let value = item.get(name).ok_or_else(|| {
            validation(format!(
                "One or more parameter values were invalid: Missing the key {name} in the item"
            ))
        })?;
        let text = value.get(kind).and_then(Value::as_str).ok_or_else(|| {
            let is = value.as_object().and_then(|one| one.keys().next()).map_or("", String::as_str);
            validation(format!("One or more parameter values were invalid: Type mismatch for key {name} expected: {kind} actual: {is}"))
        })?;
        if text.is_empty() {
            return Err(validation(format!(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
            )));
        }
        parts.push(text);
    }
    Ok(parts.join("\u{1f}"))
}

/// The key of a request: the key attributes and nothing else.
pub(super) fn exact_key(table: &Table, key: &Item) -> Result<String, Fault> {
    if key.len() != table.keys().count() {
        return Err(validation("The provided key element does not match the schema"));
    }
    key_of(table, key).map_err(|_| validation("The provided key element does not match the schema"))
}

pub(super) fn active<'v>(view: &View<'v>, name: &str) -> Result<&'v Table, Fault> {
    let table = find(view, name)?;
    if matches!(table.phase, Phase::Active | Phase::Updating(_)) { Ok(table) } else { Err(no_table(name)) }
}

pub(super) fn check(item: &Item) -> Result<(), Fault> {
    let good = |value: &Value| {
        value
            .as_object()
            .is_some_and(|one| one.len() == 1 && one.keys().all(|kind| TYPES.contains(&kind.as_str())))
    };
    if !item.values().all(good) {
        return Err(validation(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ));
    }
    let number = |value: &Value| {
        value.get("N").is_none_or(|n| n.as_str().is_some_and(|text| text.parse::<f64>().is_ok()))
    };
    if !item.values().all(number) {
        return Err(validation("The parameter cannot be converted to a numeric value"));
    }
    if size(item) > MAX_ITEM {
        return Err(validation(
            "Item size has exceeded the maximum allowed size (16 KiB in this practice cloud)",
        ));
    }
    Ok(())
}

/// Whether a table has room for an item.
pub(super) fn store(scope: &mut Scope<'_>, table: &str, key: String, item: Item) -> Result<(), Fault> {
    check(&item)?;
    let table = scope.region.dynamodb.tables.get_mut(table).ok_or_else(|| no_table(table))?;
    let others: usize = table.items.iter().filter(|(k, _)| **k != key).map(|(_, item)| size(item)).sum();
    if !table.items.contains_key(&key) && table.items.len() >= MAX_ITEMS || others + size(&item) > MAX_TABLE {
        let message = "This practice cloud keeps 1000 items and 256 KiB of each table.";
        return Err(Fault::new("ItemCollectionSizeLimitExceededException", message));
    }
    table.items.insert(key, item);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    table_name: String,
    item: Item,
    return_values: Option<String>,
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    expected: Option<Value>,
}

/// Refuses where a condition does not hold.
pub(super) fn condition(text: Option<&str>, names: Names<'_>, item: Option<&Item>) -> Result<(), Fault> {
    let Some(text) = text else { return Ok(()) };
    let none = Item::new();
    if holds(text, names, item.unwrap_or(&none))? { Ok(()) } else { Err(condition_failed()) }
}

fn returned(wanted: Option<&str>, old: Option<Item>) -> Value {
    match (wanted, old) {
        (Some("ALL_OLD"), Some(old)) => json!({"Attributes": old}),
        _ => json!({}),
    }
}

/// `PutItem`.
pub(super) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    if input.expected.is_some() {
        return Err(unsupported("The parameter Expected is"));
    }
    let view = scope.view();
    let table = active(&view, &input.table_name)?;
    let key = key_of(table, &input.item)?;
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    let old = table.items.get(&key).cloned();
    condition(input.condition_expression.as_deref(), names, old.as_ref())?;
    let name = table.name.clone();
    store(scope, &name, key, input.item)?;
    Ok(returned(input.return_values.as_deref(), old))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Keyed {
    table_name: String,
    key: Item,
    return_values: Option<String>,
    condition_expression: Option<String>,
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
}

/// `GetItem`.
pub(super) fn get(view: &View<'_>, input: Keyed) -> Result<Value, Fault> {
    let table = active(view, &input.table_name)?;
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    match table.items.get(&exact_key(table, &input.key)?) {
        Some(item) => Ok(json!({"Item": projected(item, input.projection_expression.as_deref(), names)?})),
        None => Ok(json!({})),
    }
}

/// `DeleteItem`.
pub(super) fn delete(scope: &mut Scope<'_>, input: Keyed) -> Result<Value, Fault> {
    let view = scope.view();
    let table = active(&view, &input.table_name)?;
    let key = exact_key(table, &input.key)?;
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    condition(input.condition_expression.as_deref(), names, table.items.get(&key))?;
    let name = table.name.clone();
    let old = scope.region.dynamodb.tables.get_mut(&name).and_then(|table| table.items.remove(&key));
    Ok(returned(input.return_values.as_deref(), old))
}

fn projected(item: &Item, wanted: Option<&str>, names: Names<'_>) -> Result<Item, Fault> {
    let Some(wanted) = wanted else { return Ok(item.clone()) };
    let mut kept = Item::new();
    for word in words(wanted)?.iter().filter(|word| *word != ",") {
        let name = names.name(word)?;
        if let Some(value) = item.get(&name) {
            kept.insert(name, value.clone());
        }
    }
    Ok(kept)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Find {
    table_name: String,
    index_name: Option<String>,
    key_condition_expression: Option<String>,
    filter_expression: Option<String>,
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    exclusive_start_key: Option<Item>,
    limit: Option<usize>,
    select: Option<String>,
    scan_index_forward: Option<bool>,
    key_conditions: Option<Value>,
    scan_filter: Option<Value>,
}

/// `Query`: the items of one hash key, in the order of the range key.
pub(super) fn query(view: &View<'_>, input: Find) -> Result<Value, Fault> {
    let table = active(view, &input.table_name)?;
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    let missing = || {
        validation(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        )
    };
    let text = input.key_condition_expression.as_deref().ok_or_else(missing)?;
    let all = words(text)?;
    // The hash key must be compared with `=`, by itself or joined with AND.
    let by_hash = all.windows(2).any(|pair| matches!(pair, [name, is] if is == "=" && names.name(name).is_ok_and(|name| name == table.hash.0)));
    if !by_hash
        || all.iter().any(|word| ["OR", "NOT", "IN", "<>"].contains(&word.to_ascii_uppercase().as_str()))
    {
        return Err(validation(format!("Query condition missed key schema element: {}", table.hash.0)));
    }
    let mut found = Vec::new();
    for item in table.items.values() {
        if holds(text, names, item)? {
            found.push(item);
        }
    }
    if let Some((range, _)) = &table.range {
        let none = Value::Null;
        let of = |item: &Item| item.get(range).unwrap_or(&none).clone();
        found.sort_by(|a, b| compare(&of(a), &of(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    if input.scan_index_forward == Some(false) {
        found.reverse();
    }
    listed(table, found, &input)
}

/// `Scan`.
pub(super) fn scan(view: &View<'_>, input: Find) -> Result<Value, Fault> {
    let table = active(view, &input.table_name)?;
    listed(table, table.items.values().collect(), &input)
}

/// A page of what was found, filtered after it was read as AWS does.
fn listed(table: &Table, found: Vec<&Item>, input: &Find) -> Result<Value, Fault> {
    if input.index_name.is_some() || input.key_conditions.is_some() || input.scan_filter.is_some() {
        return Err(unsupported("Indexes and legacy conditional parameters are"));
    }
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    let start = match &input.exclusive_start_key {
        Some(key) => {
            let key = exact_key(table, key)?;
            found
                .iter()
                .position(|item| key_of(table, item).is_ok_and(|other| other == key))
                .map_or(0, |at| at + 1)
        }
        None => 0,
    };
    let limit = input.limit.unwrap_or(MAX_ITEMS).max(1);
    let page: Vec<&&Item> = found.iter().skip(start).take(limit).collect();
    let mut items = Vec::new();
    for item in &page {
        let fits = match &input.filter_expression {
            Some(filter) => holds(filter, names, item)?,
            None => true,
        };
        if fits {
            items.push(projected(item, input.projection_expression.as_deref(), names)?);
        }
    }
    let mut answer = json!({"Count": items.len(), "ScannedCount": page.len()});
    if input.select.as_deref() != Some("COUNT") {
        answer["Items"] = json!(items);
    }
    if start + page.len() < found.len()
        && let Some(last) = page.last()
    {
        let key: Item =
            table.keys().filter_map(|(name, _)| Some((name.clone(), last.get(name)?.clone()))).collect();
        answer["LastEvaluatedKey"] = json!(key);
    }
    Ok(answer)
}

/// Puts an item into a table, whoever asks; AWS's words when it cannot be.
pub(crate) fn put_whole(scope: &mut Scope<'_>, table: &str, item: Item) -> Result<(), Fault> {
    let key = key_of(active(&scope.view(), table)?, &item)?;
    store(scope, table, key, item)
}

/// All items of a table, whoever asks, and its key attributes; AWS's words when it does not answer.
pub(crate) fn all<'v>(view: &View<'v>, table: &str) -> Result<&'v Table, Fault> {
    active(view, table)
}

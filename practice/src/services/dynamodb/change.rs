//! `UpdateItem`: `SET` with values, sums and `if_not_exists`, and `REMOVE`.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]
#![expect(clippy::struct_field_names, reason = "the names are the wire's")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::expression::{Names, words};
use super::fault::{unsupported, validation};
use super::items::{active, condition, exact_key, store};
use super::model::Item;
use crate::core::fault::Fault;
use crate::world::Scope;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Update {
    table_name: String,
    key: Item,
    update_expression: Option<String>,
    condition_expression: Option<String>,
    return_values: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    attribute_updates: Option<Value>,
}

/// `UpdateItem`. An item that is not there is made.
pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    if input.attribute_updates.is_some() {
        return Err(unsupported("The parameter AttributeUpdates is"));
    }
    let view = scope.view();
    let table = active(&view, &input.table_name)?;
    let key = exact_key(table, &input.key)?;
    let old = table.items.get(&key).cloned();
    let names =
        Names { names: &input.expression_attribute_names, values: &input.expression_attribute_values };
    condition(input.condition_expression.as_deref(), names, old.as_ref())?;
    let before = old.clone().unwrap_or_else(|| input.key.clone());
    let mut item = before.clone();
    if let Some(text) = &input.update_expression {
        for clause in clauses(&words(text)?)? {
            apply(&clause, names, &before, &mut item)?;
        }
    }
    if let Some((name, _)) = table.keys().find(|(name, _)| item.get(name) != input.key.get(name)) {
        return Err(validation(format!(
            "One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"
        )));
    }
    let name = table.name.clone();
    let (old, new) = (old.unwrap_or_default(), item.clone());
    store(scope, &name, key, item)?;
    let changed = |of: &Item, other: &Item| -> Item {
        of.iter()
            .filter(|(name, value)| other.get(*name) != Some(*value))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    };
    Ok(match input.return_values.as_deref().unwrap_or("NONE") {
        "ALL_OLD" => json!({"Attributes": old}),
        "ALL_NEW" => json!({"Attributes": new}),
        "UPDATED_OLD" => json!({"Attributes": changed(&old, &new)}),
        "UPDATED_NEW" => json!({"Attributes": changed(&new, &old)}),
        _ => json!({}),
    })
}

/// One assignment or removal.
struct Clause<'w> {
    sets: bool,
    words: &'w [String],
}

/// The parts of `SET a = :v, b = :w REMOVE c`, at commas outside of parentheses.
fn clauses(words: &[String]) -> Result<Vec<Clause<'_>>, Fault> {
    let mut clauses = Vec::new();
    let (mut sets, mut from, mut depth) = (None, 0, 0_usize);
    for (at, word) in words.iter().enumerate() {
        let section = match word.to_ascii_uppercase().as_str() {
            "SET" => Some(true),
            "REMOVE" => Some(false),
            "ADD" | "DELETE" => return Err(unsupported("ADD and DELETE in update expressions are")),
            _ => None,
        };
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if section.is_some() || word == "," && depth == 0 {
            clauses.extend(clause(sets, words.get(from..at).unwrap_or_default()));
            (sets, from) = (section.or(sets), at + 1);
        }
    }
    clauses.extend(clause(sets, words.get(from..).unwrap_or_default()));
    if clauses.is_empty() || sets.is_none() { Err(wrong()) } else { Ok(clauses) }
}

fn clause(sets: Option<bool>, words: &[String]) -> Option<Clause<'_>> {
    Some(Clause { sets: sets?, words }).filter(|clause| !clause.words.is_empty())
}

fn wrong() -> Fault {
    validation("Invalid UpdateExpression: Syntax error")
}

fn apply(clause: &Clause<'_>, names: Names<'_>, before: &Item, item: &mut Item) -> Result<(), Fault> {
    match clause.words {
        [name] if !clause.sets => {
            item.remove(&names.name(name)?);
            Ok(())
        }
        [name, is, operand @ ..] if clause.sets && is == "=" => {
            let value = value(operand, names, before)?;
            item.insert(names.name(name)?, value);
            Ok(())
        }
        _ => Err(wrong()),
    }
}

fn value(words: &[String], names: Names<'_>, before: &Item) -> Result<Value, Fault> {
    let sign = words.iter().position(|word| word == "+" || word == "-");
    if let Some(at) = sign {
        let number = |part: &[String]| -> Result<f64, Fault> {
            let value = value(part, names, before)?;
            let text = value["N"].as_str().and_then(|text| text.parse().ok());
            text.ok_or_else(|| validation("An operand in the update expression has an incorrect data type"))
        };
        let (left, right) =
            (number(words.get(..at).unwrap_or_default())?, number(words.get(at + 1..).unwrap_or_default())?);
        let sum = if words.get(at).is_some_and(|word| word == "+") { left + right } else { left - right };
        return Ok(json!({"N": sum.to_string()}));
    }
    let missing =
        || validation("The provided expression refers to an attribute that does not exist in the item");
    match words {
        [word] => names.value(word, before)?.ok_or_else(missing),
        [function, open, name, comma, default, close]
            if function == "if_not_exists" && open == "(" && comma == "," && close == ")" =>
        {
            match names.value(name, before)? {
                Some(value) => Ok(value),
                None => names.value(default, before)?.ok_or_else(missing),
            }
        }
        [function, ..] if function == "list_append" => Err(unsupported("list_append is")),
        _ => Err(wrong()),
    }
}

//! Condition expressions: comparisons, `BETWEEN`, `IN`, functions, `AND`, `OR`, `NOT` and parentheses over the attributes of
//! an item. Follows "Condition and filter expressions, operators, and functions". Not here: nested paths, `size`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::{unsupported, validation};
use super::model::Item;
use crate::core::fault::Fault;

/// Longest expression, AWS's limit, in bytes.
const MAX_LENGTH: usize = 4_096;
/// Deepest nesting.
const MAX_DEPTH: usize = 30;

/// What stands for names and values in an expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) names: &'a BTreeMap<String, String>,
    pub(super) values: &'a BTreeMap<String, Value>,
}

/// The words of an expression.
pub(super) fn words(text: &str) -> Result<Vec<String>, Fault> {
    if text.is_empty() || text.len() > MAX_LENGTH {
        return Err(validation("Invalid expression: it must have 1 to 4096 bytes"));
    }
    let mut words: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' | ')' | ',' | '=' | '+' | '-' => words.push(c.to_string()),
            '<' | '>' => {
                let mut word = c.to_string();
                if let Some(next) = chars.next_if(|next| *next == '=' || c == '<' && *next == '>') {
                    word.push(next);
                }
                words.push(word);
            }
            c if c.is_alphanumeric() || "_#:".contains(c) => {
                let mut word = c.to_string();
                while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.push(next);
                }
                words.push(word);
            }
            '.' | '[' => return Err(unsupported("Nested paths in expressions are")),
            other => return Err(validation(format!("Invalid expression: Syntax error; token: \"{other}\""))),
        }
    }
    Ok(words)
}

impl Names<'_> {
    /// The attribute that a word names.
    pub(super) fn name(&self, word: &str) -> Result<String, Fault> {
        if !word.starts_with('#') {
            return Ok(word.to_owned());
        }
        let missing = || {
            validation(format!(
                "Invalid expression: An expression attribute name used in the document path is not defined; attribute name: {word}"
            ))
        };
        self.names.get(word).cloned().ok_or_else(missing)
    }

    /// The value that a word stands for: given, or of an attribute of the item.
    pub(super) fn value(&self, word: &str, item: &Item) -> Result<Option<Value>, Fault> {
        if word.starts_with(':') {
            let missing = || {
                validation(format!(
                    "Invalid expression: An expression attribute value used in expression is not defined; attribute value: {word}"
                ))
            };
            return self.values.get(word).cloned().map(Some).ok_or_else(missing);
        }
        Ok(item.get(&self.name(word)?).cloned())
    }
}

/// Whether an item meets an expression.
pub(super) fn holds(text: &str, names: Names<'_>, item: &Item) -> Result<bool, Fault> {
    let words = words(text)?;
    let mut reader = Reader { words: &words, at: 0, depth: 0, names, item };
    let result = reader.either()?;
    if reader.at < words.len() { Err(reader.wrong()) } else { Ok(result) }
}

struct Reader<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
    names: Names<'a>,
    item: &'a Item,
}

impl Reader<'_> {
    fn wrong(&self) -> Fault {
        let near = self.words.get(self.at).map_or("<EOF>", String::as_str);
        validation(format!("Invalid expression: Syntax error; token: {near}"))
    }

    fn next(&mut self) -> Result<String, Fault> {
        let word = self.words.get(self.at).cloned().ok_or_else(|| self.wrong())?;
        self.at += 1;
        Ok(word)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.words.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn expects(&mut self, word: &str) -> Result<(), Fault> {
        if self.takes(word) { Ok(()) } else { Err(self.wrong()) }
    }

    fn either(&mut self) -> Result<bool, Fault> {
        let mut result = self.both()?;
        while self.takes("OR") {
            result |= self.both()?;
        }
        Ok(result)
    }

    fn both(&mut self) -> Result<bool, Fault> {
        let mut result = self.one()?;
        while self.takes("AND") {
            result &= self.one()?;
        }
        Ok(result)
    }

    fn one(&mut self) -> Result<bool, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(validation("Invalid expression: it is nested too deep"));
        }
        let result = if self.takes("NOT") {
            !self.one()?
        } else if self.takes("(") {
            let inner = self.either()?;
            self.expects(")")?;
            inner
        } else if self.words.get(self.at + 1).is_some_and(|next| next == "(") {
            self.function()?
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(result)
    }

    fn function(&mut self) -> Result<bool, Fault> {
        let name = self.next()?;
        self.expects("(")?;
        let first = self.next()?;
        let held = self.names.value(&first, self.item)?;
        let second = if self.takes(",") {
            let word = self.next()?;
            self.names.value(&word, self.item)?
        } else {
            None
        };
        self.expects(")")?;
        let text = |value: &Option<Value>| value.as_ref().and_then(|v| v["S"].as_str().map(str::to_owned));
        match name.as_str() {
            "attribute_exists" => Ok(held.is_some()),
            "attribute_not_exists" => Ok(held.is_none()),
            "begins_with" => {
                Ok(text(&held).zip(text(&second)).is_some_and(|(held, start)| held.starts_with(&start)))
            }
            "contains" => Ok(match (&held, &second) {
                (Some(held), Some(part)) if held["S"].is_string() => {
                    held["S"].as_str().zip(part["S"].as_str()).is_some_and(|(held, part)| held.contains(part))
                }
                (Some(held), Some(part)) if held["L"].is_array() => {
                    held["L"].as_array().is_some_and(|items| items.contains(part))
                }
                (Some(held), Some(part)) => ["S", "N"].iter().any(|kind| {
                    held[format!("{kind}S")].as_array().is_some_and(|all| all.contains(&part[*kind]))
                }),
                _ => false,
            }),
            "attribute_type" | "size" => Err(unsupported(&format!("The function {name} is"))),
            other => Err(validation(format!("Invalid expression: Invalid function name; function: {other}"))),
        }
    }

    fn comparison(&mut self) -> Result<bool, Fault> {
        let word = self.next()?;
        let left = self.names.value(&word, self.item)?;
        let operator = self.next()?;
        let operand = |reader: &mut Self| {
            let word = reader.next()?;
            reader.names.value(&word, reader.item)
        };
        if operator.eq_ignore_ascii_case("BETWEEN") {
            let low = operand(self)?;
            self.expects("AND")?;
            let high = operand(self)?;
            let within = |bound: &Option<Value>, wanted: Ordering| {
                left.as_ref()
                    .zip(bound.as_ref())
                    .and_then(|(left, bound)| compare(left, bound))
                    .is_some_and(|is| is == wanted || is == Ordering::Equal)
            };
            return Ok(within(&low, Ordering::Greater) && within(&high, Ordering::Less));
        }
        if operator.eq_ignore_ascii_case("IN") {
            self.expects("(")?;
            let mut found = left.is_some() && operand(self)? == left;
            while self.takes(",") {
                let one = operand(self)?;
                found |= left.is_some() && one == left;
            }
            self.expects(")")?;
            return Ok(found);
        }
        let right = operand(self)?;
        let (Some(left), Some(right)) = (left, right) else { return Ok(operator == "<>") };
        let order = compare(&left, &right);
        match operator.as_str() {
            "=" => Ok(left == right || order == Some(Ordering::Equal)),
            "<>" => Ok(left != right && order != Some(Ordering::Equal)),
            "<" => Ok(order == Some(Ordering::Less)),
            "<=" => Ok(matches!(order, Some(Ordering::Less | Ordering::Equal))),
            ">" => Ok(order == Some(Ordering::Greater)),
            ">=" => Ok(matches!(order, Some(Ordering::Greater | Ordering::Equal))),
            _ => {
                self.at -= 2;
                Err(self.wrong())
            }
        }
    }
}

/// The order of two values of one type; None when they have none.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left["N"].as_str(), right["N"].as_str()) {
        return left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?);
    }
    let text = |value: &Value| value["S"].as_str().or_else(|| value["B"].as_str()).map(str::to_owned);
    (left.as_object()?.keys().eq(right.as_object()?.keys())).then(|| Some(text(left)?.cmp(&text(right)?)))?
}

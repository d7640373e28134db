//! A small part of the language of Logs Insights: `fields`, `display`, `filter` (`like`, `not like`, `=`, `!=` and numbers,
//! with `and`), `sort` and `limit`, between bars. Follows "CloudWatch Logs Insights language query syntax". Everything
//! else is refused with the name of what is not known.

use serde_json::Value;

use crate::core::fault::Fault;

/// Most rows of an answer.
pub(super) const MAX_ROWS: usize = 10_000;
/// Most commands of a query.
const MAX_COMMANDS: usize = 32;

/// A query, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) fields: Vec<String>,
    pub(super) tests: Vec<Test>,
    /// Field, and whether it grows.
    pub(super) sort: Option<(String, bool)>,
    pub(super) limit: Option<usize>,
}

/// A condition on a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    field: String,
    operator: String,
    value: String,
}

fn malformed(why: impl std::fmt::Display) -> Fault {
    Fault::new("MalformedQueryException", format!("{why}"))
}

impl Plan {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut plan = Self { fields: Vec::new(), tests: Vec::new(), sort: None, limit: None };
        let lines =
            text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
        let commands: Vec<String> = split_outside(&lines, "|");
        if commands.len() > MAX_COMMANDS {
            return Err(malformed("The query has too many commands."));
        }
        for command in commands.iter().map(|command| command.trim()).filter(|command| !command.is_empty()) {
            let (verb, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            match verb.to_ascii_lowercase().as_str() {
                "fields" | "display" => plan.fields = fields(rest)?,
                "filter" => plan.tests.extend(tests(rest)?),
                "sort" => plan.sort = Some(sort(rest)?),
                "limit" => {
                    let limit = rest.trim().parse().ok().filter(|limit| (1..=MAX_ROWS).contains(limit));
                    plan.limit =
                        Some(limit.ok_or_else(|| malformed("limit must be a number from 1 to 10000."))?);
                }
                other => {
                    let shown: String = other.chars().take(64).collect();
                    return Err(malformed(format!(
                        "unexpected symbol found {shown}: this practice cloud knows fields, display, filter, sort and limit"
                    )));
                }
            }
        }
        if plan.fields.is_empty() {
            plan.fields = vec!["@timestamp".to_owned(), "@message".to_owned()];
        }
        Ok(plan)
    }
}

/// Cuts at a separator that does not stand in quotation marks or slashes.
fn split_outside(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut part, mut inside) = (Vec::new(), String::new(), None);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if inside.is_none()
            && let Some(after) = strip_word(rest, separator)
        {
            parts.push(std::mem::take(&mut part));
            rest = after;
            continue;
        }
        match inside {
            Some(open) if open == c => inside = None,
            None if matches!(c, '"' | '\'' | '/') => inside = Some(c),
            _ => {}
        }
        part.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    parts.push(part);
    parts
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let start = text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word))?;
    text.get(start.len()..)
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '@' | '_' | '.' | '-'))
}

fn fields(text: &str) -> Result<Vec<String>, Fault> {
    let all: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).collect();
    match all.iter().find(|field| !is_field(field)) {
        None => Ok(all),
        Some(bad) => {
            Err(malformed(format!("'{bad}' is not a field: this practice cloud knows no functions here")))
        }
    }
}

fn sort(text: &str) -> Result<(String, bool), Fault> {
    let mut words = text.split_whitespace();
    let field =
        words.next().filter(|field| is_field(field)).ok_or_else(|| malformed("sort needs a field."))?;
    match (words.next().map(str::to_ascii_lowercase).as_deref(), words.next()) {
        (None | Some("asc"), None) => Ok((field.to_owned(), true)),
        (Some("desc"), None) => Ok((field.to_owned(), false)),
        _ => Err(malformed("sort takes one field, and asc or desc after it.")),
    }
}

fn tests(text: &str) -> Result<Vec<Test>, Fault> {
    if split_outside(text, " or ").len() > 1 {
        return Err(malformed("This practice cloud knows no 'or' in filter."));
    }
    split_outside(text, " and ").iter().map(|part| test(part.trim())).collect()
}

fn test(text: &str) -> Result<Test, Fault> {
    let bad = || malformed(format!("unexpected symbol found in filter: {text}"));
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '=' | '!' | '<' | '>')).ok_or_else(bad)?;
    let (field, rest) = text.split_at(end);
    let rest = rest.trim();
    let operators = ["not like", "like", "!=", "<=", ">=", "=", "<", ">"];
    let found =
        operators.into_iter().find_map(|operator| Some((operator, strip_word(rest, operator)?.trim())));
    let (operator, value) = found.filter(|_| is_field(field)).ok_or_else(bad)?;
    let value = unquoted(value, operator.ends_with("like")).ok_or_else(bad)?;
    Ok(Test { field: field.to_owned(), operator: operator.to_owned(), value })
}

/// A number, a text in quotation marks, or for `like` a regular expression that is plain text.
fn unquoted(value: &str, like: bool) -> Option<String> {
    for quote in ['"', '\'', '/'] {
        if let Some(inner) = value.strip_prefix(quote) {
            let inner = inner.strip_suffix(quote)?;
            let plain = quote != '/'
                || (like && !inner.contains(['*', '+', '?', '[', '(', '|', '^', '$', '\\', '{']));
            return plain.then(|| inner.to_owned());
        }
    }
    (!like && value.parse::<f64>().is_ok()).then(|| value.to_owned())
}

impl Test {
    /// Whether it is true of an event, given how to read a field.
    pub(super) fn holds(&self, read: impl Fn(&str) -> Option<String>) -> bool {
        let value = read(&self.field);
        let Some(value) = value else { return matches!(self.operator.as_str(), "!=" | "not like") };
        match self.operator.as_str() {
            "like" => value.contains(&self.value),
            "not like" => !value.contains(&self.value),
            "=" => value == self.value,
            "!=" => value != self.value,
            operator => match (value.parse::<f64>(), self.value.parse::<f64>()) {
                (Ok(left), Ok(right)) => match operator {
                    "<" => left < right,
                    ">" => left > right,
                    "<=" => left <= right,
                    _ => left >= right,
                },
                _ => false,
            },
        }
    }
}

/// A field that Logs Insights discovers in an event that is JSON: `user.name`.
pub(super) fn discovered(message: &str, field: &str) -> Option<String> {
    let tree: Value = serde_json::from_str(message).ok()?;
    match field.split('.').try_fold(&tree, |value, part| value.get(part))? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

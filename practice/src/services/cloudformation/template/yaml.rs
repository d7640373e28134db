//! YAML 1.1 as CloudFormation takes it: with the short forms of its functions (`!Ref`), without aliases, merge keys and the
//! tags `!!binary`, `!!omap`, `!!pairs`, `!!set` and `!!timestamp`. Follows "CloudFormation template format".

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

use super::document::{MAX_DEPTH, MAX_NODES};
use super::fault::{malformed, misused};
use crate::core::fault::Fault;

/// A collection that is still open, and the function that its short form names.
struct Open {
    function: Option<String>,
    items: Items,
}

enum Items {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// What a tag asks for.
enum Kind {
    /// By the look of the text.
    Resolved,
    /// A text, whatever it looks like.
    Text,
    /// A function's argument.
    Function(String),
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| unreadable(error.marker().line(), error.marker().col()))?;
        let place = (span.start.line(), span.start.col());
        count += 1;
        if count > MAX_NODES {
            return Err(malformed(format!("more than {MAX_NODES} values {}", shown(place))));
        }
        if open.len() > MAX_DEPTH {
            return Err(malformed(format!("nested deeper than {MAX_DEPTH} levels {}", shown(place))));
        }
        let done = match event {
            Event::Alias(_) => {
                return Err(misused("YAML aliases are not allowed in CloudFormation templates"));
            }
            Event::DocumentStart(_) if root.is_some() => return Err(unreadable(place.0, place.1)),
            Event::Scalar(text, style, _, tag) => {
                let kind = kind(tag.as_deref(), place)?;
                match open.last_mut() {
                    Some(Open { items: Items::Map(members, key @ None), .. }) => {
                        *key = Some(name(members, &text, style, &kind, place)?);
                        None
                    }
                    _ => Some(leaf(&text, style, kind)),
                }
            }
            Event::SequenceStart(_, tag) => {
                open.push(collection(Items::List(Vec::new()), &open, tag.as_deref(), place)?);
                None
            }
            Event::MappingStart(_, tag) => {
                open.push(collection(Items::Map(Map::new(), None), &open, tag.as_deref(), place)?);
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(closed),
            _ => None,
        };
        if let Some(value) = done {
            put(value, &mut open, &mut root);
        }
    }
    root.ok_or_else(|| malformed("unsupported structure."))
}

/// `(line 3, column 5)`, from 1.
fn shown((line, column): (usize, usize)) -> String {
    format!("(line {line}, column {})", column + 1)
}

fn unreadable(line: usize, column: usize) -> Fault {
    malformed(format!("YAML not well-formed. {}", shown((line, column))))
}

fn put(value: Value, open: &mut [Open], root: &mut Option<Value>) {
    match open.last_mut().map(|open| &mut open.items) {
        Some(Items::List(items)) => items.push(value),
        Some(Items::Map(members, key)) => {
            if let Some(name) = key.take() {
                members.insert(name, value);
            }
        }
        None => *root = Some(value),
    }
}

/// A collection cannot be a key.
fn collection(items: Items, open: &[Open], tag: Option<&Tag>, place: (usize, usize)) -> Result<Open, Fault> {
    if matches!(open.last(), Some(Open { items: Items::Map(_, None), .. })) {
        return Err(unreadable(place.0, place.1));
    }
    let function = match kind(tag, place)? {
        Kind::Function(name) => Some(name),
        Kind::Resolved | Kind::Text => None,
    };
    Ok(Open { function, items })
}

fn closed(open: Open) -> Value {
    let value = match open.items {
        Items::List(items) => Value::Array(items),
        Items::Map(members, _) => Value::Object(members),
    };
    match open.function {
        Some(function) => called(function, value),
        None => value,
    }
}

/// `{"Fn::Join": argument}`.
fn called(function: String, argument: Value) -> Value {
    Value::Object(Map::from_iter([(function, argument)]))
}

fn name(
    members: &Map<String, Value>,
    text: &str,
    style: ScalarStyle,
    kind: &Kind,
    place: (usize, usize),
) -> Result<String, Fault> {
    let name = match (kind, resolved(text, style)) {
        (Kind::Text, _) => text.to_owned(),
        (Kind::Function(_), _) | (_, Value::Null) => return Err(unreadable(place.0, place.1)),
        (Kind::Resolved, Value::String(text)) => text,
        (Kind::Resolved, other) => other.to_string(),
    };
    if name == "<<" && style == ScalarStyle::Plain {
        return Err(misused("YAML merge keys are not allowed in CloudFormation templates"));
    }
    if members.contains_key(&name) {
        return Err(malformed(format!("Duplicate key {name} {}", shown(place))));
    }
    Ok(name)
}

fn leaf(text: &str, style: ScalarStyle, kind: Kind) -> Value {
    match kind {
        Kind::Resolved => resolved(text, style),
        Kind::Text => Value::from(text),
        Kind::Function(function) => called(function, Value::from(text)),
    }
}

fn kind(tag: Option<&Tag>, place: (usize, usize)) -> Result<Kind, Fault> {
    let Some(tag) = tag else { return Ok(Kind::Resolved) };
    if tag.is_yaml_core_schema() {
        return match tag.suffix.as_str() {
            "str" => Ok(Kind::Text),
            "int" | "float" | "bool" | "null" | "map" | "seq" => Ok(Kind::Resolved),
            other => Err(malformed(format!("Unsupported YAML tag !!{other} {}", shown(place)))),
        };
    }
    let whole = format!("{}{}", tag.handle, tag.suffix);
    match whole.strip_prefix('!') {
        Some("") => Ok(Kind::Text),
        Some(name @ ("Ref" | "Condition")) => Ok(Kind::Function(name.to_owned())),
        Some(name) if SHORT.contains(&name) => Ok(Kind::Function(format!("Fn::{name}"))),
        _ => Err(malformed(format!("Unsupported YAML tag {whole} {}", shown(place)))),
    }
}

/// Functions that have a short form, beside `!Ref` and `!Condition`.
const SHORT: [&str; 25] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
    "GetStackOutput",
];

/// A plain text by its look. CloudFormation reads `yes` as true and `0755` as 493; a date, a version such as 1.10 and an
/// account id with an 8 or a 9 after a leading zero stay what they are.
fn resolved(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::from(text), Value::Number),
    }
}

/// A number whose text can be had back from it, or an octal or hexadecimal one.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return u64::from_str_radix(hexadecimal, 16).ok().filter(|_| digits == text).map(Number::from);
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return u64::from_str_radix(digits, 8).ok().filter(|_| digits == text).map(Number::from);
    }
    let number = match text.parse::<i64>() {
        Ok(whole) => Number::from(whole),
        Err(_) => Number::from_f64(text.parse().ok()?)?,
    };
    (number.to_string() == text).then_some(number)
}

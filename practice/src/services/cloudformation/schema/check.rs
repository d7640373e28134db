//! Whether properties fit their schema, in the words of the validator that `CloudFormation` uses, and what they are
//! once texts are the numbers and booleans that the schema wants.

use serde_json::{Map, Number, Value};

use super::Schema;
use super::node::{Additional, Kind, Node};

/// Most references followed, and most levels of a value looked at. Templates are not nested as deep.
const MAX_DEPTH: usize = 64;
/// Most faults told at once.
const MAX_WRONG: usize = 20;

/// The properties as they fit, or all that is wrong.
pub(super) fn check(schema: &Schema, properties: &Value) -> Result<Value, Vec<String>> {
    let mut checking = Checking { schema, wrong: Vec::new() };
    let fitting = checking.fit(&schema.root, properties, "#", 0);
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    for name in names.filter(|name| schema.is_read_only(name)) {
        checking.wrong("#", format_args!("extraneous key [{name}] is not permitted"));
    }
    if checking.wrong.is_empty() { Ok(fitting) } else { Err(checking.wrong) }
}

struct Checking<'s> {
    schema: &'s Schema,
    wrong: Vec<String>,
}

impl<'s> Checking<'s> {
    fn wrong(&mut self, at: &str, what: std::fmt::Arguments<'_>) {
        if self.wrong.len() < MAX_WRONG {
            self.wrong.push(format!("{at}: {what}"));
        }
    }

    /// The value as it fits; what does not is told.
    fn fit(&mut self, node: &'s Node, value: &Value, at: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            self.wrong(at, format_args!("nesting is deeper than {MAX_DEPTH} levels"));
            return Value::Null;
        }
        if let Some(reference) = &node.reference {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let schema = self.schema;
            let target = schema.definitions.get(name).or_else(|| schema.root.properties.get(name));
            return target.map_or_else(|| value.clone(), |target| self.fit(target, value, at, depth + 1));
        }
        let Some(value) = coerced(node.kinds.all(), value) else {
            let message = unexpected(node.kinds.all(), value);
            self.wrong(at, format_args!("{message}"));
            return value.clone();
        };
        if !node.values.is_empty() && !node.values.iter().any(|allowed| same(allowed, &value)) {
            self.wrong(at, format_args!("{} is not a valid enum value", plain(&value)));
        }
        let value = match value {
            Value::String(text) => self.text(node, text, at),
            Value::Number(number) => self.number(node, number, at),
            Value::Array(items) => self.array(node, &items, at, depth),
            Value::Object(members) => self.object(node, &members, at, depth),
            other => other,
        };
        self.choices(node, value, at, depth)
    }

    fn text(&mut self, node: &Node, text: String, at: &str) -> Value {
        let length = text.chars().count();
        if let Some(min) = node.min_length.filter(|min| length < *min) {
            self.wrong(at, format_args!("expected minLength: {min}, actual: {length}"));
        }
        if let Some(max) = node.max_length.filter(|max| length > *max) {
            self.wrong(at, format_args!("expected maxLength: {max}, actual: {length}"));
        }
        if let Some(pattern) = node.pattern.as_ref().filter(|pattern| !pattern.fits(&text)) {
            self.wrong(at, format_args!("string [{text}] does not match pattern {}", pattern.text));
        }
        Value::String(text)
    }

    fn number(&mut self, node: &Node, number: Number, at: &str) -> Value {
        let value = number.as_f64().unwrap_or_default();
        if let Some(min) = node.minimum.filter(|min| value < *min) {
            self.wrong(at, format_args!("{number} is not greater or equal to {min}"));
        }
        if let Some(max) = node.maximum.filter(|max| value > *max) {
            self.wrong(at, format_args!("{number} is not less or equal to {max}"));
        }
        Value::Number(number)
    }

    fn array(&mut self, node: &'s Node, items: &[Value], at: &str, depth: usize) -> Value {
        let count = items.len();
        if let Some(min) = node.min_items.filter(|min| count < *min) {
            self.wrong(at, format_args!("expected minimum item count: {min}, found: {count}"));
        }
        if let Some(max) = node.max_items.filter(|max| count > *max) {
            self.wrong(at, format_args!("expected maximum item count: {max}, found: {count}"));
        }
        if node.unique_items && has_twins(items) {
            self.wrong(at, format_args!("array items are not unique"));
        }
        let Some(each) = &node.items else {
            return Value::Array(items.to_vec());
        };
        let items = items.iter().enumerate();
        items.map(|(index, item)| self.fit(each, item, &format!("{at}/{index}"), depth + 1)).collect()
    }

    fn object(&mut self, node: &'s Node, members: &Map<String, Value>, at: &str, depth: usize) -> Value {
        for name in node.required.iter().filter(|name| !members.contains_key(*name)) {
            self.wrong(at, format_args!("required key [{name}] not found"));
        }
        let mut fitting = Map::new();
        for (name, member) in members {
            let inner = format!("{at}/{name}");
            let by_pattern = || node.pattern_properties.0.iter().find(|(pattern, _)| pattern.fits(name));
            let member = match (node.properties.get(name).or_else(|| by_pattern().map(|(_, node)| node)), {
                &node.additional_properties
            }) {
                (Some(node), _) => self.fit(node, member, &inner, depth + 1),
                (None, Additional::Are(node)) => self.fit(node, member, &inner, depth + 1),
                (None, Additional::Allowed(true)) => member.clone(),
                (None, Additional::Allowed(false)) => {
                    self.wrong(at, format_args!("extraneous key [{name}] is not permitted"));
                    continue;
                }
            };
            fitting.insert(name.clone(), member);
        }
        Value::Object(fitting)
    }

    /// All of, any of, one of; each is asked by itself.
    fn choices(&mut self, node: &'s Node, mut value: Value, at: &str, depth: usize) -> Value {
        let fits = |branches: &'s [Node], value: &mut Value| {
            let mut fitting = 0;
            for branch in branches {
                let mut own = Checking { schema: self.schema, wrong: Vec::new() };
                let fitted = own.fit(branch, value, at, depth + 1);
                if own.wrong.is_empty() {
                    *value = fitted;
                    fitting += 1;
                }
            }
            (fitting, branches.len())
        };
        let (all, any) = (fits(&node.all_of, &mut value), fits(&node.any_of, &mut value));
        let one = fits(&node.one_of, &mut value);
        if all.0 < all.1 {
            self.wrong(at, format_args!("#: only {} subschema matches out of {}", all.0, all.1));
        }
        if any.1 > 0 && any.0 == 0 {
            self.wrong(at, format_args!("#: no subschema matched out of the total {} subschemas", any.1));
        }
        if one.1 > 0 && one.0 != 1 {
            self.wrong(at, format_args!("#: {} subschemas matched instead of one", one.0));
        }
        value
    }
}

/// The value as one of the kinds: as it is if it may be, or what its text says.
fn coerced(kinds: &[Kind], value: &Value) -> Option<Value> {
    if kinds.is_empty() || kinds.iter().any(|kind| is(*kind, value)) {
        return Some(value.clone());
    }
    kinds.iter().find_map(|kind| match (kind, value) {
        (Kind::String, Value::Number(_) | Value::Bool(_)) => Some(Value::String(plain(value))),
        (Kind::Integer, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        (Kind::Number, Value::String(text)) => {
            let whole = text.trim().parse::<i64>().ok().map(Value::from);
            whole.or_else(|| text.trim().parse().ok().and_then(Number::from_f64).map(Value::Number))
        }
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
            Some(Value::Bool(false))
        }
        _ => None,
    })
}

fn is(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::String => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Array => value.is_array(),
        Kind::Object => value.is_object(),
    }
}

fn unexpected(kinds: &[Kind], value: &Value) -> String {
    let found = match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "BigDecimal",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
    };
    match kinds {
        [kind] => {
            let wanted = match kind {
                Kind::String => "String",
                Kind::Integer => "Integer",
                Kind::Number => "Number",
                Kind::Boolean => "Boolean",
                Kind::Array => "JSONArray",
                Kind::Object => "JSONObject",
            };
            format!("expected type: {wanted}, found: {found}")
        }
        several => format!("#: no subschema matched out of the total {} subschemas", several.len()),
    }
}

/// Whether a value is one that is allowed; a number may be written as a text and the other way round.
fn same(allowed: &Value, value: &Value) -> bool {
    allowed == value || plain(allowed) == plain(value)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn has_twins(items: &[Value]) -> bool {
    let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
    texts.sort_unstable();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}

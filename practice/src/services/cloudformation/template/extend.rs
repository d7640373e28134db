//! The transform `AWS::LanguageExtensions`: loops are unrolled, and the functions inside of `Ref`, `Fn::GetAtt` and
//! deletion policies resolved. `Fn::Length`, `Fn::ToJsonString` and default values of `Fn::FindInMap` are left to the
//! evaluation. Follows the pages of the transform and of
//! `Fn::ForEach`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::condition::{Block, Nothing};
use super::document::{MAX_DEPTH, MAX_NODES};
use super::evaluate::Evaluator;
use super::fault::invalid;
use super::function::text;
use super::model::Template;
use super::scope::{Pseudo, Scope, Values};
use crate::core::fault::Fault;

/// The only transform that there is.
pub(super) const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
/// How the key of a loop begins; its name follows.
pub(super) const FOR_EACH: &str = "Fn::ForEach::";
/// Longest template after its loops, in bytes: the quota of a template.
const MAX_BYTES: usize = 1_000_000;

impl Template {
    /// The template after its transform, its references checked; itself when it names none. Its `document` is the
    /// processed template.
    pub fn expanded(&self, values: &Values, pseudo: &Pseudo) -> Result<Self, Fault> {
        if !self.pending {
            return Ok(self.clone());
        }
        let Value::Object(root) = &self.document else { return Ok(self.clone()) };
        let conditions = BTreeMap::new();
        let scope = Scope { template: self, values, conditions: &conditions, pseudo };
        let nothing = Nothing(Block::Transform);
        let mut loops = Loops { evaluator: Evaluator::new(scope, &nothing), nodes: 0, bytes: 0 };
        let mut processed = Map::new();
        for (section, value) in root {
            let value = match section.as_str() {
                "Transform" => continue,
                "Conditions" | "Outputs" | "Resources" => loops.unrolled(value, &Bound::None, 0)?,
                _ => value.clone(),
            };
            processed.insert(section.clone(), value);
        }
        Self::typed(Value::Object(processed), self.transforms.clone(), false)
    }
}

/// The identifiers of the loops around.
enum Bound<'b> {
    None,
    One { name: &'b str, value: &'b str, around: &'b Bound<'b> },
}

impl<'b> Bound<'b> {
    fn get(&self, wanted: &str) -> Option<&'b str> {
        match self {
            Self::None => None,
            Self::One { name, value, around } => {
                if *name == wanted {
                    Some(value)
                } else {
                    around.get(wanted)
                }
            }
        }
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

fn failed(why: impl AsRef<str>) -> Fault {
    invalid(format!("Transform {LANGUAGE_EXTENSIONS} failed with: {}", why.as_ref()))
}

fn too_long() -> Fault {
    failed(format!("the processed template may not exceed {MAX_BYTES} bytes in size"))
}

fn merge(key: String, value: Value, into: &mut Map<String, Value>) -> Result<(), Fault> {
    if into.contains_key(&key) {
        return Err(failed(format!(
            "Duplicate key '{key}' when merging keys to parent object in Fn::ForEach"
        )));
    }
    into.insert(key, value);
    Ok(())
}

struct Loops<'a> {
    evaluator: Evaluator<'a>,
    nodes: usize,
    bytes: usize,
}

impl Loops<'_> {
    fn count(&mut self, bytes: usize, depth: usize) -> Result<(), Fault> {
        self.nodes += 1;
        self.bytes += bytes;
        if self.nodes > MAX_NODES || self.bytes > MAX_BYTES {
            return Err(too_long());
        }
        if depth > MAX_DEPTH {
            return Err(failed(format!("the processed template is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    /// The value with its loops unrolled, and the loops' identifiers replaced in `Ref` and `Fn::Sub`.
    fn unrolled(&mut self, value: &Value, bound: &Bound<'_>, depth: usize) -> Result<Value, Fault> {
        match value {
            Value::Object(members) => {
                self.count(0, depth)?;
                if let Some([condition, _, _]) =
                    members.get("Fn::If").and_then(Value::as_array).map(Vec::as_slice)
                    && !condition.is_string()
                {
                    return Err(failed("Fn::If layout is incorrect."));
                }
                let mut done = Map::new();
                for (name, child) in members {
                    if name.starts_with(FOR_EACH) {
                        self.each(name, child, bound, depth, &mut done)?;
                        continue;
                    }
                    self.count(name.len(), depth)?;
                    let child = self.unrolled(child, bound, depth + 1)?;
                    merge(name.clone(), child, &mut done)?;
                }
                self.simplified(done, bound)
            }
            Value::Array(items) => {
                self.count(0, depth)?;
                let items: Result<Vec<Value>, Fault> =
                    items.iter().map(|item| self.unrolled(item, bound, depth + 1)).collect();
                items.map(Value::Array)
            }
            plain => {
                self.count(plain.as_str().map_or(8, str::len), depth)?;
                Ok(plain.clone())
            }
        }
    }

    /// One loop; what it makes is put beside it.
    fn each(
        &mut self,
        key: &str,
        argument: &Value,
        bound: &Bound<'_>,
        depth: usize,
        into: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let wrong = |why: &str| failed(format!("{key} {why}"));
        let Some([Value::String(name), collection, Value::Object(body)]) =
            argument.as_array().map(Vec::as_slice)
        else {
            return Err(wrong("layout is incorrect"));
        };
        let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
        let loop_name = substituted(key.trim_start_matches(FOR_EACH), bound)?;
        if !plain(&loop_name) || !plain(name) {
            return Err(wrong("must have an alphanumeric name and identifier"));
        }
        if bound.get(name).is_some() {
            return Err(wrong(&format!("uses the identifier {name} of the loop around it")));
        }
        for item in self.collection(collection, bound, depth).map_err(|fault| wrong(&fault.message))? {
            self.count(0, depth)?;
            let inside = Bound::One { name, value: &item, around: bound };
            for (template, child) in body {
                if template.starts_with(FOR_EACH) {
                    self.each(template, child, &inside, depth, into)?;
                    continue;
                }
                let made = substituted(template, &inside)?;
                self.count(made.len(), depth)?;
                let child = self.unrolled(child, &inside, depth + 1)?;
                merge(made, child, into)?;
            }
        }
        Ok(())
    }

    /// The values of a loop: a list, whose members may be lists themselves.
    fn collection(&mut self, value: &Value, bound: &Bound<'_>, depth: usize) -> Result<Vec<String>, Fault> {
        let value = self.unrolled(value, bound, depth + 1)?;
        let items = self.evaluator.list(&value, "Fn::ForEach")?.unwrap_or_default();
        let mut values = Vec::new();
        for item in items {
            match item {
                Value::Array(inner) => values.extend(inner.iter().filter_map(text)),
                other => {
                    values.push(text(&other).ok_or_else(|| invalid("collection must be a list of strings"))?);
                }
            }
        }
        Ok(values)
    }

    /// What the transform makes of an object that may be a function.
    fn simplified(&mut self, mut members: Map<String, Value>, bound: &Bound<'_>) -> Result<Value, Fault> {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            if members.contains_key("Type")
                && let Some(value @ Value::Object(_)) = members.get_mut(policy)
            {
                *value = Value::from(self.evaluator.text(value, policy)?);
            }
        }
        if members.len() != 1 {
            return Ok(Value::Object(members));
        }
        if let Some(argument) = members.get_mut("Ref") {
            if argument.is_object() {
                *argument = Value::from(self.evaluator.text(argument, "Ref")?);
            }
            if let Some(value) = argument.as_str().and_then(|name| bound.get(name)) {
                return Ok(Value::from(value));
            }
        }
        if let Some(Value::Array(arguments)) = members.get_mut("Fn::GetAtt") {
            for argument in arguments.iter_mut().filter(|argument| argument.is_object()) {
                *argument = Value::from(self.evaluator.text(argument, "Fn::GetAtt")?);
            }
        }
        match members.get_mut("Fn::Sub") {
            Some(Value::String(template)) if !bound.is_none() => {
                let done = substituted_in_sub(template, bound, None)?;
                if !done.contains("${") {
                    return Ok(Value::from(done));
                }
                *template = done;
            }
            Some(Value::Array(arguments)) if !bound.is_none() => {
                if let [Value::String(template), Value::Object(own)] = arguments.as_mut_slice() {
                    *template = substituted_in_sub(template, bound, Some(own))?;
                }
            }
            _ => {}
        }
        Ok(Value::Object(members))
    }
}

/// A key of a loop: `${Name}` as it is, `&{Name}` without what is not alphanumeric.
fn substituted(template: &str, bound: &Bound<'_>) -> Result<String, Fault> {
    let mut done = template.to_owned();
    let mut around = bound;
    while let Bound::One { name, value, around: outer } = around {
        let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        done = replaced(&done, &format!("${{{name}}}"), value)?;
        done = replaced(&done, &format!("&{{{name}}}"), &bare)?;
        around = outer;
    }
    Ok(done)
}

/// The text of a `Fn::Sub`: only `${Name}`, unless it has that name of its own.
fn substituted_in_sub(
    template: &str,
    bound: &Bound<'_>,
    own: Option<&Map<String, Value>>,
) -> Result<String, Fault> {
    let mut done = template.to_owned();
    let mut around = bound;
    while let Bound::One { name, value, around: outer } = around {
        if !own.is_some_and(|own| own.contains_key(*name)) {
            done = replaced(&done, &format!("${{{name}}}"), value)?;
        }
        around = outer;
    }
    Ok(done)
}

fn replaced(text: &str, name: &str, value: &str) -> Result<String, Fault> {
    if text.matches(name).count().saturating_mul(value.len()) > MAX_BYTES {
        return Err(too_long());
    }
    Ok(text.replace(name, value))
}

//! The value of an expression. What comes to `AWS::NoValue` is taken away; what is known only after a change set is
//! executed makes a whole of every text it is part of.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::dynamic::replaced;
use super::fault::{malformed, misused};
use super::function::{Attribute, Call, NO_VALUE, Piece, call, pieces, text};
use super::scope::{KNOWN_AFTER_APPLY, Lookup, Resolved, Scope};
use super::{check, cidr};
use crate::core::fault::Fault;

/// Most bytes that the functions of one value may come to, all their steps together. AWS states none; the largest property
/// that it takes is far smaller.
const MAX_BYTES: usize = 8 * 1024 * 1024;

impl Scope<'_> {
    /// Resolves every intrinsic function and dynamic reference; members that come to `AWS::NoValue` are left out, and the
    /// whole is null when it does.
    pub fn evaluate(&self, value: &Value, lookup: &dyn Lookup) -> Result<Value, Fault> {
        let evaluator = Evaluator::new(*self, lookup);
        let plain = evaluator.value(value)?.unwrap_or_default();
        evaluator.dynamic(plain)
    }

    /// The properties of a resource, resolved: always an object.
    pub fn properties(&self, logical_id: &str, lookup: &dyn Lookup) -> Result<Value, Fault> {
        match self.template.resources.get(logical_id) {
            Some(resource) => match self.evaluate(&resource.properties, lookup)? {
                properties @ Value::Object(_) => Ok(properties),
                _ => Ok(Value::Object(Map::new())),
            },
            None => Err(misused(format!("there is no resource {logical_id}"))),
        }
    }

    /// The outputs whose condition holds.
    pub fn outputs(&self, lookup: &dyn Lookup) -> Result<Vec<Resolved>, Fault> {
        let mut resolved = Vec::new();
        for (key, output) in &self.template.outputs {
            if !self.holds(output.condition.as_deref()) {
                continue;
            }
            let spoken = |value: &Value| {
                let value = self.evaluate(value, lookup)?;
                text(&value).ok_or_else(|| {
                    malformed("The Value field of every Outputs member must evaluate to a String.")
                })
            };
            resolved.push(Resolved {
                key: key.clone(),
                value: spoken(&output.value)?,
                description: output.description.clone(),
                export: output.export.as_ref().map(spoken).transpose()?,
            });
        }
        Ok(resolved)
    }

    /// The logical ids of the resources whose condition holds.
    pub fn resources(&self) -> Vec<&str> {
        let made = self.template.resources.iter().filter(|(_, one)| self.holds(one.condition.as_deref()));
        made.map(|(id, _)| id.as_str()).collect()
    }

    fn holds(&self, condition: Option<&str>) -> bool {
        condition.is_none_or(|name| self.conditions.get(name) == Some(&true))
    }

    /// A pseudo parameter. None: there is none of that name.
    pub(super) fn pseudo(&self, name: &str) -> Option<Value> {
        let pseudo = self.pseudo;
        Some(match name {
            "AWS::AccountId" => Value::from(pseudo.account_id.as_str()),
            "AWS::NotificationARNs" => Value::from(pseudo.notification_arns.clone()),
            "AWS::Partition" => Value::from("aws"),
            "AWS::Region" => Value::from(pseudo.region.as_str()),
            "AWS::StackId" => Value::from(pseudo.stack_id.as_str()),
            "AWS::StackName" => Value::from(pseudo.stack_name.as_str()),
            "AWS::URLSuffix" => Value::from("amazonaws.com"),
            _ => return None,
        })
    }
}

/// One evaluation, with what it may still produce.
pub(super) struct Evaluator<'a> {
    scope: Scope<'a>,
    lookup: &'a dyn Lookup,
    left: Cell<usize>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(scope: Scope<'a>, lookup: &'a dyn Lookup) -> Self {
        Self { scope, lookup, left: Cell::new(MAX_BYTES) }
    }

    /// None: `AWS::NoValue`.
    pub(super) fn value(&self, value: &Value) -> Result<Option<Value>, Fault> {
        let Some(call) = call(value, self.scope.template.extended())? else {
            return match value {
                Value::Object(members) => {
                    let mut evaluated = Map::new();
                    for (name, child) in members {
                        if let Some(child) = self.value(child)? {
                            evaluated.insert(name.clone(), child);
                        }
                    }
                    Ok(Some(Value::Object(evaluated)))
                }
                Value::Array(items) => {
                    let evaluated: Result<Vec<Value>, Fault> =
                        items.iter().filter_map(|item| self.value(item).transpose()).collect();
                    evaluated.map(|items| Some(Value::Array(items)))
                }
                plain => Ok(Some(plain.clone())),
            };
        };
        let come_to = self.call(call)?;
        if let Some(value) = &come_to {
            self.spend(size(value))?;
        }
        Ok(come_to)
    }

    fn call(&self, call: Call<'_>) -> Result<Option<Value>, Fault> {
        let value = match call {
            Call::Ref(NO_VALUE) => return Ok(None),
            Call::If(condition, yes, no) => return self.value(self.taken(condition, yes, no)?),
            Call::FindInMap(keys, otherwise) => return self.find_in_map(keys, otherwise),
            Call::Ref(name) => self.reference(name)?,
            Call::GetAtt(resource, Attribute::Named(attribute)) => {
                self.lookup.attribute(resource, attribute)?
            }
            Call::GetAtt(resource, Attribute::Computed(attribute)) => {
                self.lookup.attribute(resource, &self.text(attribute, "Fn::GetAtt")?)?
            }
            Call::Sub(text, own) => self.sub(text, own)?,
            Call::Join(delimiter, list) => self.join(delimiter, list)?,
            Call::Select(index, list) => self.select(index, list)?,
            Call::Split(delimiter, whole) => {
                let whole = self.text(whole, "Fn::Split")?;
                if unknown(&whole) {
                    return Ok(Some(Value::from(whole)));
                }
                Value::from(whole.split(delimiter).collect::<Vec<_>>())
            }
            Call::Base64(plain) => {
                let plain = self.text(plain, "Fn::Base64")?;
                if unknown(&plain) { Value::from(plain) } else { Value::from(STANDARD.encode(plain)) }
            }
            Call::Cidr(arguments) => self.cidr(arguments)?,
            Call::GetAzs(region) => {
                let region = self.text(region, "Fn::GetAZs")?;
                let region = if region.is_empty() { &self.scope.pseudo.region } else { &region };
                Value::from(self.lookup.zones(region)?)
            }
            Call::ImportValue(name) => self.lookup.import(&self.text(name, "Fn::ImportValue")?)?,
            Call::Length(list) => match self.list(list, "Fn::Length")? {
                Some(items) => Value::from(items.len()),
                None => Value::from(KNOWN_AFTER_APPLY),
            },
            Call::ToJsonString(value) => {
                let text = self.value(value)?.unwrap_or_default().to_string();
                if text.contains(KNOWN_AFTER_APPLY) {
                    Value::from(KNOWN_AFTER_APPLY)
                } else {
                    Value::from(text)
                }
            }
            Call::Decision(decision) => {
                return Err(misused(format!("{} can only be used in Conditions and Rules", decision.name())));
            }
            Call::Facts(name, _) => return Err(misused(format!("{name} can only be used in Rules"))),
        };
        Ok(Some(value))
    }

    fn spend(&self, bytes: usize) -> Result<(), Fault> {
        let left = self.left.get().checked_sub(bytes);
        let left = left.ok_or_else(|| misused(format!("a value comes to more than {MAX_BYTES} bytes")))?;
        self.left.set(left);
        Ok(())
    }

    fn taken<'v>(&self, condition: &str, yes: &'v Value, no: &'v Value) -> Result<&'v Value, Fault> {
        match self.scope.conditions.get(condition) {
            Some(true) => Ok(yes),
            Some(false) => Ok(no),
            None => Err(misused(format!("unresolved condition dependency {condition} in Fn::If"))),
        }
    }

    /// `Ref`.
    fn reference(&self, name: &str) -> Result<Value, Fault> {
        if let Some(value) = self.scope.pseudo(name).or_else(|| self.scope.values.reference(name)) {
            return Ok(value);
        }
        self.lookup.reference(name)
    }

    /// A text where a text belongs.
    pub(super) fn text(&self, value: &Value, function: &str) -> Result<String, Fault> {
        let refused = || {
            misused(match function {
                "Fn::Base64" => "every Fn::Base64 object must have a String-typed value.".to_owned(),
                "Fn::ImportValue" => {
                    "the attribute in Fn::ImportValue must be a string or a function that returns a string"
                        .to_owned()
                }
                "Fn::Join" => "every value of the list of a Fn::Join must be a string".to_owned(),
                other => {
                    format!("every argument of {other} must be a string or a function that returns a string")
                }
            })
        };
        self.value(value)?.as_ref().and_then(text).ok_or_else(refused)
    }

    /// A list where a list belongs; None: it is not known yet.
    pub(super) fn list(&self, value: &Value, function: &str) -> Result<Option<Vec<Value>>, Fault> {
        match self.value(value)? {
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::String(text)) if unknown(&text) => Ok(None),
            _ => Err(misused(match function {
                "Fn::Join" => "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of \
                    strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
                    .to_owned(),
                "Fn::Select" => {
                    "Fn::Select requires a list argument with two elements: an integer index and a list".to_owned()
                }
                other => format!("every {other} object requires a list"),
            })),
        }
    }

    fn sub(&self, template: &str, own: Option<&Map<String, Value>>) -> Result<Value, Fault> {
        let mut done = String::new();
        for piece in pieces(template)? {
            let name = match piece {
                Piece::Literal(literal) => {
                    done.push_str(literal);
                    continue;
                }
                Piece::Name(name) => name,
            };
            let found = match (own.and_then(|own| own.get(name)), name.split_once('.')) {
                (Some(value), _) => self.value(value)?.unwrap_or_else(|| Value::from("")),
                (None, Some((resource, attribute))) => self.lookup.attribute(resource, attribute)?,
                (None, None) if name == NO_VALUE => Value::from(""),
                (None, None) => self.reference(name)?,
            };
            let found = text(&found).ok_or_else(|| {
                misused(format!("every value in Fn::Sub must be a string, and that of {name} is not"))
            })?;
            if unknown(&found) {
                return Ok(Value::from(KNOWN_AFTER_APPLY));
            }
            self.spend(found.len())?;
            done.push_str(&found);
        }
        Ok(Value::from(done))
    }

    fn join(&self, delimiter: &str, list: &Value) -> Result<Value, Fault> {
        let Some(items) = self.list(list, "Fn::Join")? else { return Ok(Value::from(KNOWN_AFTER_APPLY)) };
        let texts: Option<Vec<String>> = items.iter().map(text).collect();
        let texts = texts.ok_or_else(|| misused("every value of the list of a Fn::Join must be a string"))?;
        if texts.iter().any(|text| unknown(text)) {
            return Ok(Value::from(KNOWN_AFTER_APPLY));
        }
        self.spend(delimiter.len().saturating_mul(texts.len()))?;
        Ok(Value::from(texts.join(delimiter)))
    }

    fn select(&self, index: &Value, list: &Value) -> Result<Value, Fault> {
        let index = self.text(index, "Fn::Select")?;
        let Some(items) = self.list(list, "Fn::Select")? else { return Ok(Value::from(KNOWN_AFTER_APPLY)) };
        if unknown(&index) {
            return Ok(Value::from(index));
        }
        let at: i64 = index.trim().parse().map_err(|_| {
            misused("Fn::Select requires a list argument with two elements: an integer index and a list")
        })?;
        let item = usize::try_from(at).ok().and_then(|at| items.into_iter().nth(at));
        // Two spaces, as AWS has them.
        item.ok_or_else(|| misused(format!("Fn::Select  cannot select nonexistent value at index {at}")))
    }

    fn find_in_map(&self, keys: [&Value; 3], otherwise: Option<&Value>) -> Result<Option<Value>, Fault> {
        let [map, first, second] = keys;
        let map = self.text(map, "Fn::FindInMap")?;
        let (first, second) = (self.text(first, "Fn::FindInMap")?, self.text(second, "Fn::FindInMap")?);
        let mappings = &self.scope.template.mappings;
        let found = mappings.get(&map).and_then(|map| map.get(&first)?.get(&second));
        match (found, otherwise) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(otherwise)) => self.value(otherwise),
            (None, None) => {
                check::mapped(self.scope.template, &map)?;
                Err(misused(format!("Unable to get mapping for {map}::{first}::{second}")))
            }
        }
    }

    fn cidr(&self, arguments: [&Value; 3]) -> Result<Value, Fault> {
        let [block, count, bits] = arguments;
        let (block, count, bits) =
            (self.text(block, "Fn::Cidr")?, self.text(count, "Fn::Cidr")?, self.text(bits, "Fn::Cidr")?);
        if [&block, &count, &bits].into_iter().any(|text| unknown(text)) {
            return Ok(Value::from(KNOWN_AFTER_APPLY));
        }
        cidr::blocks(&block, &count, &bits).map(Value::from)
    }

    /// Replaces the dynamic references in every text.
    fn dynamic(&self, value: Value) -> Result<Value, Fault> {
        Ok(match value {
            Value::String(whole) => {
                let resolved = replaced(&whole, &mut |reference| {
                    let found = self.lookup.dynamic(reference)?;
                    self.spend(found.len())?;
                    Ok(found)
                })?;
                match resolved {
                    Some(text) if text.contains(KNOWN_AFTER_APPLY) => Value::from(KNOWN_AFTER_APPLY),
                    Some(text) => Value::from(text),
                    None => Value::String(whole),
                }
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.dynamic(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let resolved: Result<Map<String, Value>, Fault> =
                    members.into_iter().map(|(name, child)| Ok((name, self.dynamic(child)?))).collect();
                Value::Object(resolved?)
            }
            plain => plain,
        })
    }
}

/// Whether a text is what stands for an unknown one.
fn unknown(text: &str) -> bool {
    text == KNOWN_AFTER_APPLY
}

/// About how many bytes a value holds.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 16 + text.len(),
        Value::Array(items) => items.iter().map(size).fold(16, usize::saturating_add),
        Value::Object(members) => {
            members.iter().map(|(name, child)| name.len() + size(child)).fold(16, usize::saturating_add)
        }
        _ => 16,
    }
}

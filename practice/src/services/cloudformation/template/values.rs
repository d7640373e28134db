//! The values of parameters: given, kept, or by default, and what they must satisfy. Follows "Parameters".

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

use super::declaration::Kind;
use super::fault::{invalid, listed};
use super::model::{Parameter, Template};
use super::scope::{Account, Chosen, Given, Values};
use crate::core::fault::Fault;

/// Quota "Parameter value", in bytes.
const LONGEST_VALUE: usize = 4_096;

impl Template {
    /// Gives each parameter its value: the given one, the `earlier` one of the stack, or the default, and looks up SSM
    /// parameters. Whether things of AWS-specific types exist is for [`Template::check_existing`].
    pub fn resolve_parameters(
        &self,
        given: &BTreeMap<String, Given>,
        earlier: &Values,
        account: &dyn Account,
    ) -> Result<Values, Fault> {
        let stray: Vec<&String> = given.keys().filter(|name| !self.parameters.contains_key(*name)).collect();
        if !stray.is_empty() {
            return Err(invalid(format!("Parameters: {} do not exist in the template", listed(stray))));
        }
        let mut chosen = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, parameter) in &self.parameters {
            match value(name, parameter, given.get(name), earlier)? {
                Some(value) => {
                    chosen.insert(name.clone(), value);
                }
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            return Err(invalid(format!("Parameters: {} must have values", listed(missing))));
        }
        for (name, value) in &chosen {
            if let Some(parameter) = self.parameters.get(name) {
                satisfies(name, parameter, value)?;
            }
        }
        let mut values = BTreeMap::new();
        let mut unfetched = Vec::new();
        for (name, value) in chosen {
            let kind = self.kind(&name);
            let resolved = if kind.ssm { account.ssm_parameter(&value) } else { None };
            if kind.ssm && resolved.is_none() {
                unfetched.push(value.clone());
            }
            let no_echo = self.parameters.get(&name).is_some_and(|parameter| parameter.no_echo);
            values.insert(name, Chosen { value, resolved, list: kind.list, no_echo });
        }
        if unfetched.is_empty() {
            return Ok(Values(values));
        }
        Err(invalid(format!(
            "Unable to fetch parameters {} from parameter store for this account.",
            listed(unfetched)
        )))
    }

    /// Refuses values of AWS-specific types that name nothing. AWS finds that out when the stack has begun, and rolls
    /// it back with this reason.
    pub fn check_existing(&self, values: &Values, account: &dyn Account) -> Result<(), Fault> {
        let mut wrong = Vec::new();
        for (name, chosen) in &values.0 {
            let kind = self.kind(name);
            if !kind.specific() {
                continue;
            }
            for item in chosen.items() {
                if !account.exists(kind.element, &item) {
                    wrong.push(format!("parameter value {item} for parameter name {name} does not exist"));
                }
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(invalid(format!("Parameter validation failed: {}", wrong.join(", "))))
        }
    }

    fn kind(&self, name: &str) -> Kind<'_> {
        let declared = self.parameters.get(name).and_then(|parameter| Kind::of(&parameter.kind));
        declared.unwrap_or(Kind { ssm: false, list: false, element: "String" })
    }
}

impl Chosen {
    /// What counts: the value, or what the SSM parameter of that name holds.
    pub fn effective(&self) -> &str {
        self.resolved.as_deref().unwrap_or(&self.value)
    }

    /// What `DescribeStacks` shows.
    pub fn shown(&self) -> &str {
        if self.no_echo { "****" } else { &self.value }
    }

    fn items(&self) -> Vec<String> {
        items(self.effective(), self.list)
    }
}

impl Values {
    /// What `Ref` of a parameter comes to: a text, or a list of texts.
    pub fn reference(&self, parameter: &str) -> Option<Value> {
        let chosen = self.0.get(parameter)?;
        Some(if chosen.list { Value::from(chosen.items()) } else { Value::from(chosen.effective()) })
    }
}

fn items(value: &str, list: bool) -> Vec<String> {
    if list { value.split(',').map(|item| item.trim().to_owned()).collect() } else { vec![value.to_owned()] }
}

/// None: there is none.
fn value(
    name: &str,
    parameter: &Parameter,
    given: Option<&Given>,
    earlier: &Values,
) -> Result<Option<String>, Fault> {
    match given {
        Some(Given::Value(value)) => Ok(Some(value.clone())),
        Some(Given::Previous) => match earlier.0.get(name) {
            Some(chosen) => Ok(Some(chosen.value.clone())),
            None => Err(invalid(format!(
                "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not \
                 in the previous template"
            ))),
        },
        None => Ok(parameter.default.clone()),
    }
}

/// Checks a value against its parameter's constraints. Of an SSM parameter type it is the name that is checked.
fn satisfies(name: &str, parameter: &Parameter, value: &str) -> Result<(), Fault> {
    let Some(kind) = Kind::of(&parameter.kind) else { return Ok(()) };
    if value.len() > LONGEST_VALUE {
        return Err(invalid(format!("Parameter '{name}' must contain at most {LONGEST_VALUE} characters")));
    }
    let refused = |why: String| match &parameter.constraint_description {
        Some(described) => invalid(format!("Parameter {name} failed to satisfy constraint: {described}")),
        None => invalid(format!("Parameter '{name}' {why}")),
    };
    let of_list = kind.list && !kind.ssm;
    let pattern = parameter.allowed_pattern.as_deref().map(|text| compiled(name, text)).transpose()?;
    for item in items(value, of_list) {
        if !kind.ssm && kind.element == "Number" {
            number(parameter, &item).map_err(&refused)?;
        }
        if !parameter.allowed_values.is_empty() && !parameter.allowed_values.contains(&item) {
            return Err(refused("must be one of AllowedValues".to_owned()));
        }
        if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&item)) {
            let pattern = parameter.allowed_pattern.as_deref().unwrap_or_default();
            return Err(refused(format!("must match pattern {pattern}")));
        }
    }
    let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
    if let Some(least) = parameter.min_length.filter(|least| length < *least) {
        return Err(refused(format!("must contain at least {least} characters")));
    }
    if let Some(most) = parameter.max_length.filter(|most| length > *most) {
        return Err(refused(format!("must contain at most {most} characters")));
    }
    Ok(())
}

fn number(parameter: &Parameter, item: &str) -> Result<(), String> {
    let number: f64 = item
        .trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| "must be a number".to_owned())?;
    if let Some(least) = parameter.min_value.filter(|least| number < *least) {
        return Err(format!("must be a number not less than {least}"));
    }
    if let Some(most) = parameter.max_value.filter(|most| number > *most) {
        return Err(format!("must be a number not greater than {most}"));
    }
    Ok(())
}

/// The pattern, for the whole of a value. CloudFormation's are Java's: looking around and going back are not here.
pub(super) fn compiled(name: &str, pattern: &str) -> Result<Regex, Fault> {
    Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|_| {
        invalid(format!(
            "Template format error: [/Parameters/{name}/AllowedPattern] {pattern} is not a regular expression that the \
             practice cloud understands"
        ))
    })
}

//! Rules: assertions about the values of parameters, before anything is made. Follows "Rules" and "Rule functions".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::condition::{self, Block, Decider, Nothing};
use super::declaration::Kind;
use super::fault::{invalid, listed, malformed, misused};
use super::function::{Call, call};
use super::model::{Assertion, Rule, Template};
use super::scope::{Account, Pseudo, Scope, Values};
use crate::core::fault::Fault;

/// Most assertions of a rule. AWS states none.
const MOST_ASSERTIONS: usize = 200;

impl Template {
    /// Refuses values that a rule's assertion forbids.
    pub fn check_rules(&self, values: &Values, pseudo: &Pseudo, account: &dyn Account) -> Result<(), Fault> {
        let none = BTreeMap::new();
        let scope = Scope { template: self, values, conditions: &none, pseudo };
        let nothing = Nothing(Block::Rules);
        let decide = |expression: &Value| {
            let known = with_facts(&scope, account, expression)?;
            Decider::new(scope, &nothing).decide(&known, "Rules")
        };
        for (name, rule) in &self.rules {
            if let Some(condition) = &rule.condition
                && !decide(condition)?
            {
                continue;
            }
            for assertion in &rule.assertions {
                if !decide(&assertion.assert)? {
                    return Err(invalid(assertion.description.clone().unwrap_or_else(|| {
                        format!("Template validation error: an assertion of the rule {name} failed")
                    })));
                }
            }
        }
        Ok(())
    }
}

/// Reads a member of `Rules`.
pub(super) fn read(name: &str, value: &Value) -> Result<Rule, Fault> {
    let here = |why: &str| malformed(format!("[/Rules/{name}] {why}"));
    let members = value.as_object().ok_or_else(|| here("Every Rules member must be an object."))?;
    let known = ["Assertions", "RuleCondition"];
    if let Some(unknown) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(here(&format!("Invalid rule property '{unknown}'")));
    }
    let Some(Value::Array(items)) = members.get("Assertions") else {
        return Err(here("Every Rules object must contain a list of Assertions."));
    };
    if items.len() > MOST_ASSERTIONS {
        return Err(here(&format!("more than {MOST_ASSERTIONS} assertions")));
    }
    let assertion = |item: &Value| {
        let assert =
            item.get("Assert").ok_or_else(|| here("Every assertion must contain an Assert member."))?;
        let description = match item.get("AssertDescription") {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => return Err(here("AssertDescription must be a string.")),
        };
        Ok(Assertion { assert: assert.clone(), description })
    };
    let assertions: Result<Vec<Assertion>, Fault> = items.iter().map(assertion).collect();
    Ok(Rule { condition: members.get("RuleCondition").cloned(), assertions: assertions? })
}

/// Refuses rules that cannot be decided whatever the parameters' values are.
pub(super) fn check(template: &Template) -> Result<(), Fault> {
    let mut resources = BTreeSet::new();
    for rule in template.rules.values() {
        let asserted = rule.assertions.iter().map(|assertion| &assertion.assert);
        for expression in rule.condition.iter().chain(asserted) {
            condition::shape(template, expression, Block::Rules, "Rules")?;
            condition::names(template, expression, Block::Rules, &mut resources)?;
        }
    }
    if resources.is_empty() {
        return Ok(());
    }
    Err(malformed(format!(
        "Unresolved dependencies {}. Cannot reference resources in the Rules block of the template",
        listed(resources)
    )))
}

/// The expression with `Fn::RefAll`, `Fn::ValueOf` and `Fn::ValueOfAll` replaced by what the account answers.
fn with_facts(scope: &Scope<'_>, account: &dyn Account, expression: &Value) -> Result<Value, Fault> {
    if let Some(Call::Facts(function, argument)) = call(expression, scope.template.extended())? {
        return facts(scope, account, function, argument);
    }
    match expression {
        Value::Object(members) => {
            let replaced: Result<Map<String, Value>, Fault> = members
                .iter()
                .map(|(name, child)| Ok((name.clone(), with_facts(scope, account, child)?)))
                .collect();
            replaced.map(Value::Object)
        }
        Value::Array(items) => {
            let replaced: Result<Vec<Value>, Fault> =
                items.iter().map(|item| with_facts(scope, account, item)).collect();
            replaced.map(Value::Array)
        }
        plain => Ok(plain.clone()),
    }
}

fn facts(scope: &Scope<'_>, account: &dyn Account, function: &str, argument: &Value) -> Result<Value, Fault> {
    let untold = |what: &str| misused(format!("{function} of {what} is not supported in the practice cloud"));
    if function == "Fn::RefAll" {
        let kind = argument
            .as_str()
            .ok_or_else(|| misused("every Fn::RefAll object must have a single String value."))?;
        return account.all(kind).map(Value::from).ok_or_else(|| untold(kind));
    }
    let two = argument.as_array().map(Vec::as_slice);
    let Some([Value::String(of), Value::String(attribute)]) = two else {
        return Err(misused(format!("every {function} object requires a list of 2 string parameters.")));
    };
    let described = |kind: &str, values: Vec<String>| -> Result<Vec<String>, Fault> {
        let tell = |value: String| account.described(kind, &value, attribute);
        values.into_iter().map(|value| tell(value).ok_or_else(|| untold(kind))).collect()
    };
    if function == "Fn::ValueOfAll" {
        let values = account.all(of).ok_or_else(|| untold(of))?;
        return described(of, values).map(Value::from);
    }
    let unknown = || misused(format!("{function} references undefined parameter {of}"));
    let parameter = scope.template.parameters.get(of).ok_or_else(unknown)?;
    let kind = Kind::of(&parameter.kind).map_or("String", |kind| kind.element);
    match scope.values.reference(of).ok_or_else(unknown)? {
        Value::Array(items) => {
            let values = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            described(kind, values).map(Value::from)
        }
        value => {
            let told = described(kind, value.as_str().map(str::to_owned).into_iter().collect())?;
            Ok(told.into_iter().next().map_or(Value::Null, Value::from))
        }
    }
}

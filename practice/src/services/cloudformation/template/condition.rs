//! Conditions: what they may say, and what they come to. Follows "Conditions" and "Condition functions".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evaluate::Evaluator;
use super::fault::{invalid, listed, malformed, misused};
use super::function::{Call, Decision, call};
use super::model::Template;
use super::reference::{Branches, Found, is_pseudo, resource_of, walk};
use super::scope::{Lookup, Pseudo, Scope, Values};
use super::{check, dynamic};
use crate::core::fault::Fault;

impl Template {
    /// What each condition comes to.
    pub fn decide_conditions(
        &self,
        values: &Values,
        pseudo: &Pseudo,
    ) -> Result<BTreeMap<String, bool>, Fault> {
        let mut decided = BTreeMap::new();
        for name in in_order(self)? {
            let scope = Scope { template: self, values, conditions: &decided, pseudo };
            let Some(expression) = self.conditions.get(name) else { continue };
            let truth = Decider::new(scope, &Nothing(Block::Conditions)).decide(expression, "Conditions")?;
            decided.insert(name.to_owned(), truth);
        }
        Ok(decided)
    }
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Conditions,
    Rules,
    Transform,
}

impl Block {
    fn name(self) -> &'static str {
        match self {
            Self::Conditions => "Conditions",
            Self::Rules => "Rules",
            Self::Transform => "Fn::ForEach",
        }
    }
}

/// What an expression is told of resources: nothing.
#[derive(Debug)]
pub(super) struct Nothing(pub(super) Block);

impl Nothing {
    fn refused<T>(&self, function: &str) -> Result<T, Fault> {
        Err(misused(format!("Cannot use {function} in {}", self.0.name())))
    }

    fn resource<T>(&self, name: &str) -> Result<T, Fault> {
        Err(malformed(format!(
            "Unresolved dependencies [{name}]. Cannot reference resources in the {} block of the template",
            self.0.name()
        )))
    }
}

impl Lookup for Nothing {
    fn reference(&self, logical_id: &str) -> Result<Value, Fault> {
        self.resource(logical_id)
    }

    fn attribute(&self, logical_id: &str, _attribute: &str) -> Result<Value, Fault> {
        self.resource(logical_id)
    }

    fn import(&self, _export: &str) -> Result<Value, Fault> {
        self.refused("Fn::ImportValue")
    }

    fn zones(&self, _region: &str) -> Result<Vec<String>, Fault> {
        self.refused("Fn::GetAZs")
    }

    fn dynamic(&self, _reference: &dynamic::Dynamic) -> Result<String, Fault> {
        self.refused("dynamic references")
    }
}

/// Comes to true or false.
pub(super) struct Decider<'a> {
    scope: Scope<'a>,
    evaluator: Evaluator<'a>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(scope: Scope<'a>, lookup: &'a dyn Lookup) -> Self {
        Self { scope, evaluator: Evaluator::new(scope, lookup) }
    }

    /// `within`: the function or block that it stands in.
    pub(super) fn decide(&self, expression: &Value, within: &str) -> Result<bool, Fault> {
        if let Some(name) = named(expression) {
            let known = self.scope.conditions.get(name).copied();
            return known
                .ok_or_else(|| misused(format!("unresolved condition dependency {name} in {within}")));
        }
        let Some(Call::Decision(decision)) = call(expression, self.scope.template.extended())? else {
            return Err(not_boolean(within));
        };
        let name = decision.name();
        match decision {
            Decision::And(list) => self.every(list, name).map(|truths| truths.into_iter().all(|truth| truth)),
            Decision::Or(list) => self.every(list, name).map(|truths| truths.into_iter().any(|truth| truth)),
            Decision::Not(one) => self.decide(one, name).map(|truth| !truth),
            Decision::Equals(a, b) => Ok(self.spoken(a)? == self.spoken(b)?),
            Decision::Contains(list, value) => {
                let value = self.evaluator.text(value, name)?;
                Ok(self.texts(list, name)?.contains(&value))
            }
            Decision::EachMemberEquals(list, value) => {
                let value = self.evaluator.text(value, name)?;
                Ok(self.texts(list, name)?.iter().all(|member| *member == value))
            }
            Decision::EachMemberIn(list, from) => {
                let from = self.texts(from, name)?;
                Ok(self.texts(list, name)?.iter().all(|member| from.contains(member)))
            }
        }
    }

    /// All are looked at, so that what is wrong with any is said.
    fn every(&self, list: &[Value], within: &str) -> Result<Vec<bool>, Fault> {
        list.iter().map(|one| self.decide(one, within)).collect()
    }

    /// Values are compared as texts: `true` equals `"true"`.
    fn spoken(&self, value: &Value) -> Result<Value, Fault> {
        let come_to = self.evaluator.value(value)?.unwrap_or_default();
        Ok(super::function::text(&come_to).map_or(come_to, Value::String))
    }

    fn texts(&self, list: &Value, within: &str) -> Result<Vec<String>, Fault> {
        let items = self.evaluator.list(list, within)?.unwrap_or_default();
        let texts: Option<Vec<String>> = items.iter().map(super::function::text).collect();
        texts.ok_or_else(|| misused(format!("every {within} object requires lists of strings")))
    }
}

fn not_boolean(within: &str) -> Fault {
    match within {
        "Conditions" => {
            malformed("Conditions can only be boolean operations on parameters and other conditions")
        }
        "Rules" => malformed("Rules can only be boolean operations on parameters"),
        "Fn::Not" => misused("every Fn::Not object requires one boolean parameter."),
        other => misused(format!(
            "every {other} object requires a list of at least 2 and at most 10 boolean parameters."
        )),
    }
}

/// `{"Condition": "Name"}`.
fn named(expression: &Value) -> Option<&str> {
    let members = expression.as_object().filter(|members| members.len() == 1)?;
    members.get("Condition")?.as_str()
}

/// Refuses conditions that cannot be decided whatever the parameters' values are.
pub(super) fn check(template: &Template) -> Result<(), Fault> {
    let mut resources = BTreeSet::new();
    for expression in template.conditions.values() {
        shape(template, expression, Block::Conditions, "Conditions")?;
        names(template, expression, Block::Conditions, &mut resources)?;
    }
    if !resources.is_empty() {
        return Err(malformed(format!(
            "Unresolved dependencies {}. Cannot reference resources in the Conditions block of the template",
            listed(resources)
        )));
    }
    in_order(template).map(|_| ())
}

/// Operands of `Fn::And`, `Fn::Or` and `Fn::Not` are conditions themselves. `within`: the function or block that the
/// expression stands in.
pub(super) fn shape(
    template: &Template,
    expression: &Value,
    block: Block,
    within: &str,
) -> Result<(), Fault> {
    if let Some(name) = named(expression) {
        if block == Block::Rules || !template.conditions.contains_key(name) {
            return Err(misused(format!("unresolved condition dependency {name} in {within}")));
        }
        return Ok(());
    }
    let Some(Call::Decision(decision)) = call(expression, template.extended())? else {
        return Err(not_boolean(within));
    };
    let (name, operands) = (decision.name(), decision.operands());
    match decision {
        Decision::And(_) | Decision::Or(_) | Decision::Not(_) => {
            operands.into_iter().try_for_each(|operand| shape(template, operand, block, name))
        }
        Decision::Equals(..) => Ok(()),
        _ if block == Block::Rules => Ok(()),
        _ => Err(misused(format!("{name} can only be used in Rules"))),
    }
}

/// The names in an expression; those that are neither parameters nor pseudo parameters are collected.
pub(super) fn names<'v>(
    template: &'v Template,
    expression: &'v Value,
    block: Block,
    resources: &mut BTreeSet<&'v str>,
) -> Result<(), Fault> {
    walk(expression, template.extended(), Branches::All, &mut |found| {
        match found {
            Found::Name(name) if !is_pseudo(name) && !template.parameters.contains_key(name) => {
                resources.insert(name);
            }
            Found::Attribute(resource) => {
                resources.insert(resource);
            }
            Found::Path(path) => {
                resources.insert(resource_of(path));
            }
            Found::Condition(name) if !template.conditions.contains_key(name) => {
                return Err(misused(format!("unresolved condition dependency {name} in Fn::If")));
            }
            Found::Call(Call::ImportValue(_)) => {
                return Err(misused(format!("Cannot use Fn::ImportValue in {}", block.name())));
            }
            Found::Call(Call::GetAzs(_)) => {
                return Err(misused(format!("Cannot use Fn::GetAZs in {}", block.name())));
            }
            Found::Call(Call::If(..)) if block == Block::Rules => {
                return Err(misused("Cannot use Fn::If in Rules"));
            }
            Found::Call(Call::FindInMap([Value::String(map), ..], None)) => check::mapped(template, map)?,
            _ => {}
        }
        Ok(())
    })
}

/// The conditions, each after those it names.
fn in_order(template: &Template) -> Result<Vec<&str>, Fault> {
    let mut waits_for = BTreeMap::new();
    for (name, expression) in &template.conditions {
        let mut needed = BTreeSet::new();
        conditions_of(expression, template.extended(), &mut needed)?;
        waits_for.insert(name.clone(), needed);
    }
    let graph = super::graph::Graph { waits_for };
    let circle = graph.circle();
    if !circle.is_empty() {
        return Err(invalid(format!("Circular dependency between conditions: {}", listed(circle))));
    }
    let order: Vec<String> = graph.order().into_iter().map(str::to_owned).collect();
    let by_name =
        |name: &String| template.conditions.get_key_value(name.as_str()).map(|(name, _)| name.as_str());
    Ok(order.iter().filter_map(by_name).collect())
}

fn conditions_of(expression: &Value, extended: bool, needed: &mut BTreeSet<String>) -> Result<(), Fault> {
    if let Some(name) = named(expression) {
        needed.insert(name.to_owned());
        return Ok(());
    }
    walk(expression, extended, Branches::All, &mut |found| {
        match found {
            Found::Condition(name) => {
                needed.insert(name.to_owned());
            }
            Found::Call(Call::Decision(decision)) => {
                for name in decision.operands().into_iter().filter_map(named) {
                    needed.insert(name.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    })
}

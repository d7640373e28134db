//! Rules of listeners come, change and go.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::elbv2::actions::{self, Place};
use crate::services::elbv2::arns;
use crate::services::elbv2::ask::{self, Tag, bounded, paged};
use crate::services::elbv2::fault::{configuration, not_permitted, too_many, unsupported, validation};
use crate::services::elbv2::model::{Action, Condition, Kind, Listener, Model, Rule};
use crate::services::elbv2::{conditions, shapes};
use crate::world::{Scope, View};

/// AWS's quota per load balancer, default rules left out.
const MAX_RULES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    listener_arn: String,
    conditions: Vec<Condition>,
    priority: i32,
    actions: Vec<Action>,
    #[serde(default)]
    tags: Vec<Tag>,
    transforms: Option<Vec<Value>>,
}

fn place<'m>(model: &'m Model, listener: &'m Listener) -> Result<Place<'m>, Fault> {
    let lb = arns::load_balancer(model, &listener.load_balancer)?;
    if lb.kind == Kind::Network {
        return Err(configuration("Rules are not supported for load balancers of the type 'network'"));
    }
    Ok(Place { load_balancer: &lb.arn, kind: lb.kind, protocol: &listener.protocol })
}

fn in_use(priority: i32) -> Fault {
    Fault::new("PriorityInUse", format!("Priority '{priority}' is currently in use"))
}

/// `CreateRule`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let model = &scope.region.elbv2;
    let listener = arns::listener(model, &input.listener_arn)?;
    let place = place(model, listener)?;
    if input.transforms.is_some_and(|transforms| !transforms.is_empty()) {
        return Err(unsupported("Transforms are"));
    }
    let priority = bounded(input.priority, "priority", 1, 50_000)?;
    if listener.rules.values().any(|rule| rule.priority == priority) {
        return Err(in_use(priority));
    }
    let conditions = conditions::checked(input.conditions)?;
    let actions = actions::checked(model, &place, input.actions)?;
    let tags = ask::tags(&input.tags)?;
    let count: usize = model.listeners_of(place.load_balancer).map(|listener| listener.rules.len()).sum();
    if count >= MAX_RULES {
        return Err(too_many("TooManyRules", "rules per load balancer"));
    }
    let id = scope.region.ids.hex(16);
    let arn = format!("{}/{id}", input.listener_arn.replacen(":listener/", ":listener-rule/", 1));
    let rule = Rule { arn: arn.clone(), priority, conditions, actions, tags };
    let shape = shapes::rule(&rule);
    let listener = arns::listener_mut(&mut scope.region.elbv2, &input.listener_arn)?;
    listener.rules.insert(arn, rule);
    Ok(json!({"Rules": [shape]}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    rule_arn: String,
    conditions: Option<Vec<Condition>>,
    actions: Option<Vec<Action>>,
    transforms: Option<Vec<Value>>,
}

/// `ModifyRule`. What the request does not name stays.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let model = &scope.region.elbv2;
    let listener = arns::listener_of_rule(model, &input.rule_arn)?;
    if input.transforms.is_some_and(|transforms| !transforms.is_empty()) {
        return Err(unsupported("Transforms are"));
    }
    let Some(rule) = listener.rules.get(&input.rule_arn) else {
        return Err(not_permitted(format!("Default rule '{}' cannot be modified", input.rule_arn)));
    };
    let mut new = rule.clone();
    if let Some(conditions) = input.conditions {
        new.conditions = conditions::checked(conditions)?;
    }
    if let Some(actions) = input.actions {
        new.actions = actions::checked(model, &place(model, listener)?, actions)?;
    }
    let shape = shapes::rule(&new);
    let listener = listener.arn.clone();
    arns::listener_mut(&mut scope.region.elbv2, &listener)?.rules.insert(new.arn.clone(), new);
    Ok(json!({"Rules": [shape]}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    rule_arn: String,
}

/// `DeleteRule`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let listener = arns::listener_of_rule(&scope.region.elbv2, &input.rule_arn)?;
    if listener.default_rule == input.rule_arn {
        return Err(not_permitted(format!("Default rule '{}' cannot be deleted", input.rule_arn)));
    }
    let listener = listener.arn.clone();
    arns::listener_mut(&mut scope.region.elbv2, &listener)?.rules.remove(&input.rule_arn);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetPriorities {
    rule_priorities: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    rule_arn: Option<String>,
    priority: Option<i32>,
}

/// `SetRulePriorities`. Those named may trade places.
pub(crate) fn set_priorities(scope: &mut Scope<'_>, input: SetPriorities) -> Result<Value, Fault> {
    let model = &scope.region.elbv2;
    let mut wanted: BTreeMap<String, i32> = BTreeMap::new();
    let mut listeners: BTreeSet<String> = BTreeSet::new();
    for pair in &input.rule_priorities {
        let arn = pair.rule_arn.clone().unwrap_or_default();
        let listener = arns::listener_of_rule(model, &arn)?;
        if listener.default_rule == arn {
            return Err(not_permitted(format!("Default rule '{arn}' cannot be modified")));
        }
        let priority = pair.priority.ok_or_else(|| validation("A priority must be specified"))?;
        listeners.insert(listener.arn.clone());
        if wanted.insert(arn, bounded(priority, "rulePriorities.1.member.priority", 1, 50_000)?).is_some() {
            return Err(validation("A rule cannot be specified more than once"));
        }
    }
    for arn in &listeners {
        let mut taken = BTreeSet::new();
        for rule in arns::listener(model, arn)?.rules.values() {
            let priority = wanted.get(&rule.arn).copied().unwrap_or(rule.priority);
            if !taken.insert(priority) {
                return Err(in_use(priority));
            }
        }
    }
    let mut shapes = Vec::new();
    for arn in &listeners {
        let listener = arns::listener_mut(&mut scope.region.elbv2, arn)?;
        for rule in listener.rules.values_mut() {
            if let Some(priority) = wanted.get(&rule.arn) {
                rule.priority = *priority;
                shapes.push(shapes::rule(rule));
            }
        }
    }
    Ok(json!({"Rules": shapes}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    listener_arn: Option<String>,
    #[serde(default)]
    rule_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeRules`: in the order in which they are tried, the default one last.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let model = &view.region.elbv2;
    let mut found: Vec<(String, Value)> = Vec::new();
    match (&input.listener_arn, input.rule_arns.is_empty()) {
        (Some(_), false) | (None, true) => {
            return Err(validation("You must specify either listener rule ARNs or a listener ARN"));
        }
        (Some(arn), true) => found.extend(all(arns::listener(model, arn)?)),
        (None, false) => {
            for arn in &input.rule_arns {
                let listener = arns::listener_of_rule(model, arn)?;
                found
                    .extend(all(listener).into_iter().filter(|(_, shape)| shape["RuleArn"] == *arn.as_str()));
            }
            found.sort_by(|a, b| a.0.cmp(&b.0));
        }
    }
    let page = paged(found, |(key, _)| key.clone(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|(_, shape)| shape).collect();
    Ok(json!({"Rules": shapes, "NextMarker": page.next}))
}

/// The rules of a listener, each with what orders it among pages.
fn all(listener: &Listener) -> Vec<(String, Value)> {
    let key = |priority: i32, arn: &str| format!("{priority:06} {arn}");
    let rules = listener.in_order().into_iter();
    let mut all: Vec<(String, Value)> =
        rules.map(|rule| (key(rule.priority, &rule.arn), shapes::rule(rule))).collect();
    let default = shapes::default_rule(&listener.default_rule, &listener.default_actions);
    all.push((key(999_999, &listener.default_rule), default));
    all
}

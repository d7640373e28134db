//! Targets of rules: ECS clusters, log groups and event buses. AWS has more kinds; the things that they would name are
//! not in this cloud, so they are refused.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, bus, is_name, paged};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::services::events::model::MAX_TARGETS;
use crate::services::events::{fault, invoke, transform};
use crate::services::iam;
use crate::world::{Scope, View};

/// Most targets of one call.
const MAX_CALL: usize = 100;
/// Largest target that is kept, in bytes of JSON.
const MAX_TARGET: usize = 16 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Value>,
}

fn text<'v>(target: &'v Value, name: &str) -> Option<&'v str> {
    target.get(name).and_then(Value::as_str)
}

/// Checks a target; its id.
fn check(view: &View<'_>, target: &Value, rule_arn: &str) -> Result<String, Fault> {
    let id = text(target, "Id").unwrap_or_default();
    if !is_name(id, 64, "") {
        return Err(fault::validation(format!("Target Id {id} is not valid.")));
    }
    let inputs = ["Input", "InputPath", "InputTransformer"];
    if inputs.iter().filter(|name| target.get(**name).is_some_and(|value| !value.is_null())).count() > 1 {
        return Err(fault::validation(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )));
    }
    if text(target, "Input").is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
        return Err(fault::validation(format!("JSON text in Input for target {id} is invalid.")));
    }
    if text(target, "InputPath").is_some_and(|path| !transform::is_path(path)) {
        return Err(fault::validation(format!("InputPath for target {id} is invalid.")));
    }
    if target.get("InputTransformer").is_some_and(|one| text(one, "InputTemplate").is_none()) {
        return Err(fault::validation(format!("InputTemplate for target {id} must be specified.")));
    }
    if target.to_string().len() > MAX_TARGET {
        return Err(fault::validation(format!("Target {id} is larger than {MAX_TARGET} bytes.")));
    }
    if target.get("DeadLetterConfig").is_some_and(|one| one.get("Arn").is_some()) {
        return Err(fault::validation(
            "There is no Amazon SQS in this practice cloud: no dead-letter queues.",
        ));
    }
    kind(view, target, id)?;
    if let Some(role) = text(target, "RoleArn") {
        iam::authorize::pass_role_speaking("events", view, role, "events.amazonaws.com")?;
        if !iam::service_may_assume(view, role, "events.amazonaws.com", rule_arn) {
            return Err(fault::validation(format!(
                "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
            )));
        }
    }
    Ok(id.to_owned())
}

/// Checks what the target names, and what its kind needs.
fn kind(view: &View<'_>, target: &Value, id: &str) -> Result<(), Fault> {
    let whole = text(target, "Arn").unwrap_or_default();
    let bad =
        || fault::validation("Parameter Arn is not valid. Reason: Provided Arn is not in correct format.");
    let arn = Arn::parse(whole).ok_or_else(bad)?;
    let here = arn.region == view.region.name && arn.account == view.account;
    match arn.service {
        "ecs" => {
            arn.of_kind("cluster").ok_or_else(bad)?;
            let ecs = target.get("EcsParameters");
            let definition = ecs.and_then(|ecs| text(ecs, "TaskDefinitionArn")).unwrap_or_default();
            if ecs.is_none_or(|ecs| !ecs.is_object()) {
                return Err(fault::validation(format!(
                    "Parameter(s) EcsParameters must be specified for target: {id}."
                )));
            }
            if Arn::parse(definition).and_then(|arn| arn.of_kind("task-definition")).is_none() {
                return Err(fault::validation(format!(
                    "Parameter TaskDefinitionArn is not valid for target {id}. Reason: Provided Arn is not in correct format."
                )));
            }
            let count = ecs.and_then(|ecs| ecs.get("TaskCount")).and_then(Value::as_i64).unwrap_or(1);
            if !(1..=10).contains(&count) {
                return Err(fault::validation(format!("Parameter TaskCount is not valid for target {id}.")));
            }
            if text(target, "RoleArn").is_none() {
                return Err(fault::validation(format!("RoleArn is required for target {id}.")));
            }
        }
        "logs" => {
            let group = whole.split(":log-group:").nth(1).unwrap_or_default().trim_end_matches(":*");
            if group.is_empty() || !here {
                return Err(bad());
            }
        }
        "events" => {
            arn.of_kind("event-bus").ok_or_else(bad)?;
            if !here {
                return Err(fault::validation(
                    "There is one account and no other Region to send events to in this practice cloud.",
                ));
            }
        }
        service => {
            let shown: String = service.chars().take(32).collect();
            return Err(fault::validation(format!(
                "Parameter Arn is not valid. Reason: {shown} cannot be a target here: this practice cloud has Amazon ECS clusters, CloudWatch Logs groups and event buses to send events to."
            )));
        }
    }
    Ok(())
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let view = scope.view();
    let bus = bus(&view, input.event_bus_name.as_deref())?;
    let rule = view.region.events.rule(&bus, &input.rule);
    let rule = rule.ok_or_else(|| fault::no_rule(&input.rule, &bus))?;
    if input.targets.is_empty() || input.targets.len() > MAX_CALL {
        return Err(fault::validation("Targets must have between 1 and 100 elements."));
    }
    let arn = invoke::rule_arn(&view.region.name, view.account, &bus, &rule.name);
    let (mut all, mut given) = (rule.targets.clone(), BTreeSet::new());
    for target in input.targets {
        let id = check(&view, &target, &arn)?;
        if !given.insert(id.clone()) {
            return Err(fault::validation(format!("Duplicate target Id {id}.")));
        }
        all.insert(id, target);
    }
    if all.len() > MAX_TARGETS {
        return Err(fault::limit());
    }
    if let Some(rule) = scope.region.events.rule_mut(&bus, &input.rule) {
        rule.targets = all;
    }
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remove {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
}

pub(crate) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<Value, Fault> {
    let bus = bus(&scope.view(), input.event_bus_name.as_deref())?;
    let rule = scope.region.events.rule_mut(&bus, &input.rule);
    let rule = rule.ok_or_else(|| fault::no_rule(&input.rule, &bus))?;
    rule.targets.retain(|id, _| !input.ids.contains(id));
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    rule: String,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let bus = bus(view, input.event_bus_name.as_deref())?;
    let rule = view.region.events.rule(&bus, &input.rule);
    let rule = rule.ok_or_else(|| fault::no_rule(&input.rule, &bus))?;
    let targets: Vec<(&String, &Value)> = rule.targets.iter().collect();
    paged("Targets", targets, |(id, _)| (*id).clone(), |(_, target)| target.clone(), &input.paging)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ByTarget {
    target_arn: String,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn rule_names(view: &View<'_>, input: ByTarget) -> Result<Value, Fault> {
    let bus = bus(view, input.event_bus_name.as_deref())?;
    let rules = view.region.events.buses.get(&bus).into_iter().flat_map(|bus| bus.rules.values());
    let has = |target: &Value| text(target, "Arn") == Some(&input.target_arn);
    let names = rules.filter(|rule| rule.targets.values().any(has)).map(|rule| rule.name.clone());
    paged("RuleNames", names.collect(), Clone::clone, Value::String, &input.paging)
}

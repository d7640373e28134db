//! Drift: whether what a stack made is still as it made it. Follows "Detect unmanaged configuration changes". Drift of a
//! stack that is in the stack is not detected with it, as on AWS: it is asked for on that stack itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::{Detection, Drift, Kept, Stack};
use super::super::{fault, schema};
use super::describe::{find, hidden};
use super::stacks::with;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tree::lean;
use crate::resource::Actual;
use crate::services::registry;
use crate::world::{Scope, View};

/// How long AWS takes for it, in milliseconds at speed 1.
const TAKES_MS: i64 = 10_000;
const NOT_CHECKED: &str = "NOT_CHECKED";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DetectIn {
    stack_name: String,
    #[serde(default)]
    logical_resource_ids: Vec<String>,
    logical_resource_id: Option<String>,
}

/// `DetectStackDrift`.
pub(crate) fn detect(scope: &mut Scope<'_>, input: DetectIn) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        if !stack.status.as_str().ends_with("_COMPLETE") {
            return Err(fault::validation(format!(
                "Drift detection cannot be performed on stack [{}] while it is in status {}",
                stack.name, stack.status
            )));
        }
        let only = &input.logical_resource_ids;
        let mut drifted = 0;
        for (logical_id, kept) in &mut stack.resources {
            if kept.physical_id.is_some() && (only.is_empty() || only.contains(logical_id)) {
                let found = compare(&scope.view(), kept);
                drifted += usize::from(matches!(found.status.as_str(), "MODIFIED" | "DELETED"));
                kept.drift = Some(found);
            }
        }
        let id = scope.region.ids.uuid();
        stack.drift = Some(Detection {
            id: id.clone(),
            at: scope.now,
            ready: scope.now.plus_ms(scope.settings.lasts(TAKES_MS)),
            status: if drifted > 0 { "DRIFTED" } else { "IN_SYNC" }.to_owned(),
            drifted,
        });
        Ok(json!({"StackDriftDetectionId": id}))
    })
}

/// `DetectStackResourceDrift`.
pub(crate) fn detect_resource(scope: &mut Scope<'_>, input: DetectIn) -> Result<Value, Fault> {
    let logical_id = input.logical_resource_id.unwrap_or_default();
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        let name = stack.name.clone();
        let kept = stack.resources.get_mut(&logical_id).ok_or_else(|| {
            fault::validation(format!("Resource {logical_id} does not exist for stack {name}"))
        })?;
        let found = compare(&scope.view(), kept);
        if found.status == NOT_CHECKED {
            return Err(fault::validation(format!(
                "Drift detection is not supported for resource {logical_id} of type {}",
                kept.kind
            )));
        }
        kept.drift = Some(found);
        let shown = stack.resources.get(&logical_id).map(|kept| shown(stack, &logical_id, kept));
        Ok(json!({"StackResourceDrift": shown}))
    })
}

fn compare(view: &View<'_>, kept: &Kept) -> Drift {
    let id = kept.physical_id.as_deref().unwrap_or_default();
    let actual = registry().resource(&kept.kind).map_or(Actual::Unknown, |kind| kind.actual(view, id));
    let drift = |status: &str, actual: Value, differences: Vec<Value>| Drift {
        status: status.to_owned(),
        at: view.now,
        actual,
        differences,
    };
    match actual {
        Actual::Unknown => drift(NOT_CHECKED, Value::Null, Vec::new()),
        Actual::Gone => drift("DELETED", Value::Null, Vec::new()),
        Actual::Is(now) => {
            let differences = differences(kept, &now);
            let status = if differences.is_empty() { "IN_SYNC" } else { "MODIFIED" };
            drift(status, now, differences)
        }
    }
}

/// `PropertyDifferences`, of the properties that the template sets: others are the service's own defaults.
fn differences(kept: &Kept, now: &Value) -> Vec<Value> {
    let hidden: Vec<&str> =
        schema::of(&kept.kind).map(|schema| schema.write_only().collect()).unwrap_or_default();
    let mut found = Vec::new();
    for (name, expected) in kept.properties.as_object().into_iter().flatten() {
        if name == "Tags" || hidden.contains(&name.as_str()) {
            continue;
        }
        // What the type cannot tell is not compared.
        if let Some(actual) = now.get(name) {
            let mut expected = expected.clone();
            for path in hidden.iter().filter_map(|path| path.strip_prefix(&format!("{name}/"))) {
                take_out(&mut expected, path);
            }
            differ(&format!("/{name}"), &expected, actual, &mut found);
        }
    }
    found
}

/// Takes a member that cannot be read back out of a tree: `*/SourceSecurityGroupName`, `*` for any member of a list.
fn take_out(tree: &mut Value, path: &str) {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (tree, rest) {
        (Value::Array(items), Some(rest)) if first == "*" => {
            for item in items {
                take_out(item, rest);
            }
        }
        (Value::Object(members), None) => {
            members.shift_remove(first);
        }
        (Value::Object(members), Some(rest)) => {
            if let Some(member) = members.get_mut(first) {
                take_out(member, rest);
            }
        }
        _ => {}
    }
}

fn differ(path: &str, expected: &Value, actual: &Value, found: &mut Vec<Value>) {
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(is)) => {
            for (name, value) in wanted {
                match is.get(name) {
                    Some(actual) => differ(&format!("{path}/{name}"), value, actual, found),
                    None => found.push(json!({
                        "PropertyPath": format!("{path}/{name}"), "ExpectedValue": text(value),
                        "ActualValue": "null", "DifferenceType": "REMOVE",
                    })),
                }
            }
        }
        _ if alike(expected, actual) => {}
        _ => found.push(json!({
            "PropertyPath": path, "ExpectedValue": text(expected), "ActualValue": text(actual),
            "DifferenceType": "NOT_EQUAL",
        })),
    }
}

/// Whether nothing of what is expected differs. Lists are compared as sets: services give them back in their own order.
fn alike(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(is)) => {
            wanted.iter().all(|(name, value)| is.get(name).is_some_and(|actual| alike(value, actual)))
        }
        (Value::Array(wanted), Value::Array(is)) => {
            let mut left: Vec<&Value> = is.iter().collect();
            let found = |value: &Value, left: &mut Vec<&Value>| {
                let at = left.iter().position(|actual| alike(value, actual));
                at.map(|at| left.swap_remove(at)).is_some()
            };
            wanted.len() == is.len() && wanted.iter().all(|value| found(value, &mut left))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        // Texts, numbers and booleans stand for one another, and 60 for 60.0.
        _ => text(expected) == text(actual) || same_number(expected, actual),
    }
}

fn same_number(expected: &Value, actual: &Value) -> bool {
    let number = |value: &Value| text(value).parse::<f64>().ok().filter(|number| number.is_finite());
    let both = number(expected).zip(number(actual));
    (expected.is_number() || actual.is_number()) && both.is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatusIn {
    stack_drift_detection_id: String,
}

/// `DescribeStackDriftDetectionStatus`.
pub(crate) fn status(view: &View<'_>, input: StatusIn) -> Result<Value, Fault> {
    let wanted =
        |stack: &&Stack| stack.drift.as_ref().is_some_and(|found| found.id == input.stack_drift_detection_id);
    let stack = view.region.cloudformation.live().find(wanted);
    let found = stack.and_then(|stack| Some((stack, stack.drift.as_ref()?)));
    let (stack, drift) = found.ok_or_else(|| {
        fault::validation(format!("StackDriftDetectionId {} does not exist", input.stack_drift_detection_id))
    })?;
    let done = view.now >= drift.ready;
    Ok(lean(json!({
        "StackId": stack.id, "StackDriftDetectionId": drift.id,
        "DetectionStatus": if done { "DETECTION_COMPLETE" } else { "DETECTION_IN_PROGRESS" },
        "StackDriftStatus": done.then_some(drift.status.as_str()),
        "DriftedStackResourceCount": done.then_some(drift.drifted), "Timestamp": drift.at.iso(),
    })))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DriftsIn {
    stack_name: String,
    #[serde(default)]
    stack_resource_drift_status_filters: Vec<String>,
    next_token: Option<String>,
}

/// `DescribeStackResourceDrifts`.
pub(crate) fn drifts(view: &View<'_>, input: DriftsIn) -> Result<Value, Fault> {
    let stack = find(view, &input.stack_name)?;
    let filters = &input.stack_resource_drift_status_filters;
    // What does not support drift detection, as stacks in the stack, was not checked, and is not among them.
    let wanted = |kept: &Kept| {
        kept.drift.as_ref().is_some_and(|drift| {
            drift.status != NOT_CHECKED && (filters.is_empty() || filters.contains(&drift.status))
        })
    };
    let all = stack.resources.iter().filter(|(_, kept)| wanted(kept));
    let page = page(all, |(id, _)| (*id).clone(), 100, input.next_token.as_deref())
        .map_err(|_| fault::validation("Invalid token"))?;
    let drifts: Vec<Value> =
        page.items.into_iter().map(|(logical_id, kept)| shown(stack, logical_id, kept)).collect();
    Ok(lean(json!({"StackResourceDrifts": drifts, "NextToken": page.next})))
}

fn shown(stack: &Stack, logical_id: &str, kept: &Kept) -> Value {
    let Some(drift) = &kept.drift else { return Value::Null };
    let text = |tree: &Value| (!tree.is_null()).then(|| hidden(stack, tree.clone()).to_string());
    lean(json!({
        "StackId": stack.id, "LogicalResourceId": logical_id, "PhysicalResourceId": kept.physical_id,
        "ResourceType": kept.kind, "ExpectedProperties": text(&kept.properties),
        "ActualProperties": text(&drift.actual),
        "PropertyDifferences": hidden(stack, Value::Array(drift.differences.clone())),
        "StackResourceDriftStatus": drift.status, "Timestamp": drift.at.iso(),
    }))
}

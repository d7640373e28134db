//! Stacks, their resources and their events, as the API shows them.

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::{Event, Kept, Stack, StackStatus};
use super::super::{event, fault};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tree::lean;
use crate::world::View;

/// Stacks, resources or events on a page.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StacksIn {
    stack_name: Option<String>,
    next_token: Option<String>,
}

fn bad_token() -> Fault {
    fault::validation("Invalid token")
}

/// A stack by name or id.
pub(super) fn find<'w>(view: &View<'w>, name: &str) -> Result<&'w Stack, Fault> {
    view.region.cloudformation.find(name).ok_or_else(|| fault::no_stack(name))
}

/// A key that puts the newest first.
fn newest_first(stack: &Stack) -> (Reverse<i64>, &str) {
    (Reverse(stack.created.0), &stack.id)
}

/// `DescribeStacks`.
pub(crate) fn stacks(view: &View<'_>, input: StacksIn) -> Result<Value, Fault> {
    if let Some(name) = input.stack_name.filter(|name| !name.is_empty()) {
        return Ok(json!({"Stacks": [stack(find(view, &name)?)]}));
    }
    let mut all: Vec<&Stack> = view.region.cloudformation.live().collect();
    all.sort_by_key(|stack| newest_first(stack));
    let numbered = all.into_iter().enumerate();
    let page = page(numbered, |(at, _)| format!("{at:06}"), PAGE, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let shown: Vec<Value> = page.items.into_iter().map(|(_, one)| stack(one)).collect();
    Ok(lean(json!({"Stacks": shown, "NextToken": page.next})))
}

/// Parameters, the values that nobody is to see as `****`.
pub(super) fn parameters(stack: &super::super::model::Declared) -> Vec<Value> {
    let shown = |(key, chosen): (&String, &super::super::template::Chosen)| {
        let value = if chosen.no_echo { "****" } else { chosen.value.as_str() };
        lean(json!({"ParameterKey": key, "ParameterValue": value, "ResolvedValue": chosen.resolved}))
    };
    stack.values.0.iter().map(shown).collect()
}

pub(super) fn tags(tags: &crate::core::tag::Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn stack(of: &Stack) -> Value {
    let outputs: Vec<Value> = of
        .outputs
        .iter()
        .map(|output| {
            json!({
                "OutputKey": output.key, "OutputValue": output.value,
                "Description": output.description, "ExportName": output.export,
            })
        })
        .collect();
    let some = |list: Vec<Value>| Some(list).filter(|list| !list.is_empty());
    let drift = match &of.drift {
        Some(found) => {
            json!({"StackDriftStatus": found.status, "LastCheckTimestamp": found.at.iso()})
        }
        None => json!({"StackDriftStatus": "NOT_CHECKED"}),
    };
    lean(json!({
        "StackId": of.id,
        "StackName": of.name,
        "ChangeSetId": of.change_set,
        "Description": of.declared.description,
        "Parameters": some(parameters(&of.declared)),
        "CreationTime": of.created.iso(),
        "DeletionTime": of.deleted.map(crate::core::time::Time::iso),
        "LastUpdatedTime": of.updated.map(crate::core::time::Time::iso),
        "RollbackConfiguration": {},
        "StackStatus": of.status.as_str(),
        "StackStatusReason": of.reason,
        "DisableRollback": of.on_failure == super::super::model::OnFailure::DoNothing,
        "NotificationARNs": of.declared.notification_arns,
        "TimeoutInMinutes": of.timeout_minutes,
        "Capabilities": Some(&of.declared.capabilities).filter(|list| !list.is_empty()),
        "Outputs": some(outputs),
        "RoleARN": of.role_arn,
        "ParentId": of.nested.as_ref().map(|nested| &nested.parent),
        "RootId": of.nested.as_ref().map(|nested| &nested.root),
        "Tags": tags(&of.declared.tags),
        "EnableTerminationProtection": of.protected,
        "DriftInformation": drift,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    #[serde(default)]
    stack_status_filter: Vec<String>,
    next_token: Option<String>,
}

/// `ListStacks`: the deleted ones too.
pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
    let wanted = |stack: &&Stack| {
        let status = stack.status.as_str();
        input.stack_status_filter.is_empty() || input.stack_status_filter.iter().any(|one| one == status)
    };
    let mut all: Vec<&Stack> = view.region.cloudformation.stacks.values().filter(wanted).collect();
    all.sort_by_key(|stack| newest_first(stack));
    let numbered = all.into_iter().enumerate();
    let page = page(numbered, |(at, _)| format!("{at:06}"), PAGE, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let summary = |(_, of): (usize, &Stack)| {
        let drift = of.drift.as_ref().map_or("NOT_CHECKED", |found| found.status.as_str());
        lean(json!({
            "StackId": of.id, "StackName": of.name,
            "TemplateDescription": of.declared.description,
            "CreationTime": of.created.iso(),
            "LastUpdatedTime": of.updated.map(crate::core::time::Time::iso),
            "DeletionTime": of.deleted.map(crate::core::time::Time::iso),
            "StackStatus": of.status.as_str(), "StackStatusReason": of.reason,
            "ParentId": of.nested.as_ref().map(|nested| &nested.parent),
            "RootId": of.nested.as_ref().map(|nested| &nested.root),
            "DriftInformation": {"StackDriftStatus": drift},
        }))
    };
    let shown: Vec<Value> = page.items.into_iter().map(summary).collect();
    Ok(lean(json!({"StackSummaries": shown, "NextToken": page.next})))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfStackIn {
    stack_name: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
    next_token: Option<String>,
}

impl OfStackIn {
    fn stack<'w>(&self, view: &View<'w>) -> Result<&'w Stack, Fault> {
        match (&self.stack_name, &self.physical_resource_id) {
            (Some(name), _) => {
                view.region.cloudformation.find(name).ok_or_else(|| fault::no_such_stack(name))
            }
            (None, Some(id)) => {
                let has = |stack: &&Stack| {
                    stack.resources.values().any(|kept| kept.physical_id.as_ref() == Some(id))
                };
                let found = view.region.cloudformation.live().find(has);
                found.ok_or_else(|| fault::validation(format!("Stack for {id} does not exist")))
            }
            (None, None) => Err(fault::constraint("null", "stackName", "Member must not be null")),
        }
    }
}

fn drift_of(kept: &Kept) -> Value {
    match &kept.drift {
        Some(drift) => {
            json!({"StackResourceDriftStatus": drift.status, "LastCheckTimestamp": drift.at.iso()})
        }
        None => json!({"StackResourceDriftStatus": "NOT_CHECKED"}),
    }
}

/// `DescribeStackResource`.
pub(crate) fn resource(view: &View<'_>, input: OfStackIn) -> Result<Value, Fault> {
    let of = input.stack(view)?;
    let logical_id = input.logical_resource_id.unwrap_or_default();
    let kept = of.resources.get(&logical_id).ok_or_else(|| {
        fault::validation(format!("Resource {logical_id} does not exist for stack {}", of.name))
    })?;
    let metadata = (!kept.metadata.is_null()).then(|| kept.metadata.to_string());
    Ok(json!({"StackResourceDetail": lean(json!({
        "StackName": of.name, "StackId": of.id, "LogicalResourceId": logical_id,
        "PhysicalResourceId": kept.physical_id, "ResourceType": kept.kind,
        "LastUpdatedTimestamp": kept.updated.iso(), "ResourceStatus": kept.status.as_str(),
        "ResourceStatusReason": kept.reason, "Metadata": metadata, "DriftInformation": drift_of(kept),
    }))}))
}

/// `DescribeStackResources`: at most a hundred.
pub(crate) fn resources(view: &View<'_>, input: OfStackIn) -> Result<Value, Fault> {
    let of = input.stack(view)?;
    let wanted = |(logical_id, kept): &(&String, &Kept)| {
        input.logical_resource_id.as_ref().is_none_or(|one| one == *logical_id)
            && input.physical_resource_id.as_ref().is_none_or(|one| kept.physical_id.as_ref() == Some(one))
    };
    let shown: Vec<Value> = of
        .resources
        .iter()
        .filter(wanted)
        .take(PAGE)
        .map(|(logical_id, kept)| {
            lean(json!({
                "StackName": of.name, "StackId": of.id, "LogicalResourceId": logical_id,
                "PhysicalResourceId": kept.physical_id, "ResourceType": kept.kind,
                "Timestamp": kept.updated.iso(), "ResourceStatus": kept.status.as_str(),
                "ResourceStatusReason": kept.reason, "DriftInformation": drift_of(kept),
            }))
        })
        .collect();
    Ok(json!({"StackResources": shown}))
}

/// `ListStackResources`.
pub(crate) fn list_resources(view: &View<'_>, input: OfStackIn) -> Result<Value, Fault> {
    let of = input.stack(view)?;
    let page = page(of.resources.iter(), |(id, _)| (*id).clone(), PAGE, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|(logical_id, kept)| {
            lean(json!({
                "LogicalResourceId": logical_id, "PhysicalResourceId": kept.physical_id,
                "ResourceType": kept.kind, "LastUpdatedTimestamp": kept.updated.iso(),
                "ResourceStatus": kept.status.as_str(), "ResourceStatusReason": kept.reason,
                "DriftInformation": drift_of(kept),
            }))
        })
        .collect();
    Ok(lean(json!({"StackResourceSummaries": shown, "NextToken": page.next})))
}

/// `DescribeStackEvents`: newest first.
pub(crate) fn events(view: &View<'_>, input: OfStackIn) -> Result<Value, Fault> {
    let of = input.stack(view)?;
    let last = of.events.len();
    let newest = of.events.iter().enumerate().rev().map(|(at, one)| (last - at, at, one));
    let page = page(newest, |(from_last, _, _)| format!("{from_last:08}"), PAGE, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let shown: Vec<Value> = page.items.into_iter().map(|(_, at, one)| shown(of, at, one)).collect();
    Ok(lean(json!({"StackEvents": shown, "NextToken": page.next})))
}

fn shown(of: &Stack, at: usize, one: &Event) -> Value {
    let earlier = of.events.get(..=at).unwrap_or_default().iter().rev();
    let properties = earlier
        .filter(|earlier| earlier.logical_id == one.logical_id && earlier.kind == one.kind)
        .find_map(|earlier| earlier.properties.as_deref());
    lean(json!({
        "StackId": of.id, "EventId": one.id, "StackName": of.name, "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id, "ResourceType": one.kind, "Timestamp": one.at.iso(),
        "ResourceStatus": one.status, "ResourceStatusReason": one.reason, "ResourceProperties": properties,
        "ClientRequestToken": one.token,
    }))
}

/// `DescribeAccountLimits`.
pub(crate) fn limits(_: &View<'_>, _: Value) -> Result<Value, Fault> {
    let limit = |name: &str, value: usize| json!({"Name": name, "Value": value});
    Ok(json!({"AccountLimits": [
        limit("StackLimit", super::stacks::MAX_STACKS), limit("StackOutputsLimit", 200), limit("ConcurrentResourcesLimit", 2500),
    ]}))
}

/// `GetStackPolicy`.
pub(crate) fn policy(view: &View<'_>, input: OfStackIn) -> Result<Value, Fault> {
    let of = input.stack(view)?;
    Ok(lean(json!({"StackPolicyBody": of.policy})))
}

/// Whether a stack is one that is still to be made: only its change sets are there.
pub(super) fn in_review(of: &Stack) -> bool {
    of.status == StackStatus::ReviewInProgress
}

/// Values of `NoEcho` parameters.
pub(super) fn hidden(of: &Stack, tree: Value) -> Value {
    event::masked(tree, &event::secrets(of))
}

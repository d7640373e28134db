//! `SignalResource`: what `cfn-signal` sends.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::ResourceStatus;
use super::super::{event, fault};
use super::stacks::with;
use crate::core::fault::Fault;
use crate::world::Scope;

/// Signals kept of a resource.
const MAX_SIGNALS: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SignalIn {
    stack_name: String,
    logical_resource_id: String,
    unique_id: String,
    status: String,
}

/// `SignalResource`.
pub(crate) fn signal(scope: &mut Scope<'_>, input: SignalIn) -> Result<Value, Fault> {
    let well = match input.status.as_str() {
        "SUCCESS" => true,
        "FAILURE" => false,
        other => {
            let set = "Member must satisfy enum value set: [SUCCESS, FAILURE]";
            return Err(fault::constraint(other, "status", set));
        }
    };
    if input.unique_id.is_empty() || input.unique_id.len() > 64 {
        let between = "Member must have length between 1 and 64";
        return Err(fault::constraint(&input.unique_id, "uniqueId", between));
    }
    with(scope, &input.stack_name, fault::no_stack, |scope, stack| {
        let (name, logical_id) = (stack.name.clone(), &input.logical_resource_id);
        let kept = stack.resources.get_mut(logical_id).ok_or_else(|| {
            fault::validation(format!("Resource {logical_id} does not exist for stack {name}"))
        })?;
        let status = kept.status;
        if !matches!(status, ResourceStatus::CreateInProgress | ResourceStatus::UpdateInProgress) {
            let message = format!("Resource {logical_id} is in {status} state and cannot be signaled");
            return Err(fault::validation(message));
        }
        if well && kept.signals.contains_key(&input.unique_id) {
            return Err(fault::validation(format!(
                "Signal with ID {} for resource {logical_id} already exists. Signals may only be updated with a FAILURE status.",
                input.unique_id
            )));
        }
        if kept.signals.len() >= MAX_SIGNALS {
            return Err(fault::validation(format!("Resource {logical_id} has had too many signals")));
        }
        kept.signals.insert(input.unique_id.clone(), well);
        let reason = format!("Received {} signal with UniqueId {}", input.status, input.unique_id);
        event::of_resource(stack, scope.now, logical_id, status, Some(reason));
        Ok(json!({}))
    })
}

//! Updates taken back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::{Phase, Stack, StackStatus};
use super::super::{fault, turn};
use super::stacks::{say, with};
use crate::core::fault::Fault;
use crate::world::Scope;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UndoIn {
    stack_name: String,
    #[serde(default)]
    resources_to_skip: Vec<String>,
    client_request_token: Option<String>,
}

/// `CancelUpdateStack`: an update under way goes back.
pub(crate) fn cancel(scope: &mut Scope<'_>, input: UndoIn) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        if stack.status != StackStatus::UpdateInProgress {
            return Err(fault::validation("CancelUpdateStack cannot be called from current stack status"));
        }
        turn::cancel_rest(scope, stack);
        turn::begin_update_rollback(scope, stack, Some("User Initiated".to_owned()));
        Ok(json!({}))
    })
}

/// `ContinueUpdateRollback`: once more, leaving out what the caller gives up on.
pub(crate) fn continue_rollback(scope: &mut Scope<'_>, input: UndoIn) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        if stack.status != StackStatus::UpdateRollbackFailed {
            let (id, status) = (&stack.id, stack.status);
            let message = format!("Stack:{id} is in {status} state and can not continue update rollback.");
            return Err(fault::validation(message));
        }
        if let Some(unknown) =
            input.resources_to_skip.iter().find(|logical_id| !stack.resources.contains_key(*logical_id))
        {
            let message = format!("The following resources to skip do not exist in the stack: [{unknown}]");
            return Err(fault::validation(message));
        }
        take_up(stack, &input);
        turn::begin_update_rollback(scope, stack, Some("User Initiated".to_owned()));
        Ok(json!({}))
    })
}

/// `RollbackStack`: what failed and was left as it is goes back after all.
pub(crate) fn roll_back(scope: &mut Scope<'_>, input: UndoIn) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        match stack.status {
            StackStatus::UpdateFailed => {
                take_up(stack, &input);
                turn::begin_update_rollback(scope, stack, Some("User Initiated".to_owned()));
            }
            StackStatus::CreateFailed => {
                let leftovers = turn::all(stack, true);
                take_up(stack, &input);
                turn::begin_removal(stack, Phase::Rollback, leftovers);
                say(scope, stack, StackStatus::RollbackInProgress, "User Initiated");
            }
            status => {
                let message = format!("Stack:{} is in {status} state and can not be rolled back.", stack.id);
                return Err(fault::validation(message));
            }
        }
        Ok(json!({"StackId": stack.id}))
    })
}

/// Goes on with the operation that was left.
fn take_up(stack: &mut Stack, input: &UndoIn) {
    let mut operation = stack.parked.take().map_or_else(turn::nothing_left, |parked| *parked);
    operation.skip = input.resources_to_skip.iter().cloned().collect();
    operation.token.clone_from(&input.client_request_token);
    operation.on_failure = super::super::model::OnFailure::Rollback;
    stack.operation = Some(operation);
}

//! The turns of a stack: from one part of an operation to the next, and round when something fails. Follows "Stack
//! status codes" and "Stack failure options".

use std::collections::BTreeSet;

use super::meaning::exported;
use super::model::{
    Declared, Item, Kept, Leftover, Model, OnFailure, Operation, Phase, ResourceStatus, Stack, StackStatus,
    State,
};
use super::template::Policy;
use super::{event, policy, put, reconcile, remove};
use crate::world::Scope;

/// Deleted stacks that are kept to be looked at. AWS keeps them for ninety days.
const MAX_DELETED: usize = 20;

/// Whether a part of an operation goes on when something in it has failed.
pub(super) fn goes_on(phase: Phase) -> bool {
    !matches!(phase, Phase::Create | Phase::Update)
}

/// Ends a stack's creation when its time is up.
pub(super) fn out_of_time(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let due = |operation: &&mut Operation| operation.deadline.is_some_and(|deadline| deadline <= scope.now);
    let Some(operation) = stack.operation.as_mut().filter(due) else { return false };
    operation.deadline = None;
    give_up(scope, stack, "Stack creation time exceeded the specified timeout");
    true
}

/// Turns a stack round for a reason of its own.
pub(super) fn give_up(scope: &mut Scope<'_>, stack: &mut Stack, reason: &str) {
    cancel_rest(scope, stack);
    turn_round(scope, stack, &format!("{reason}."));
}

/// Turns a stack round when one of its resources could not be had.
pub(super) fn on_failure(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let Some(operation) = &stack.operation else { return false };
    let failed = |item: &Item| item.state == State::Failed;
    if goes_on(operation.phase) || !operation.items.values().any(failed) {
        return false;
    }
    let of = |status: ResourceStatus| -> Vec<&str> {
        let keys = operation.items.iter().filter(|(_, item)| failed(item)).map(|(key, _)| key.as_str());
        keys.filter(|key| stack.resources.get(*key).is_some_and(|kept| kept.status == status)).collect()
    };
    let mut reasons = Vec::new();
    for (status, what) in [(ResourceStatus::CreateFailed, "create"), (ResourceStatus::UpdateFailed, "update")]
    {
        let failed = of(status);
        if !failed.is_empty() {
            reasons.push(format!("The following resource(s) failed to {what}: [{}].", failed.join(", ")));
        }
    }
    let reason = reasons.join(" ");
    cancel_rest(scope, stack);
    turn_round(scope, stack, &reason);
    true
}

/// What is under way is said to be cancelled. What has been asked of a service may still come; a rollback removes it.
pub(super) fn cancel_rest(scope: &mut Scope<'_>, stack: &mut Stack) {
    let Some(operation) = &stack.operation else { return };
    let doing = operation.items.iter().filter(|(_, item)| matches!(item.state, State::Doing { .. }));
    let doing: Vec<String> = doing.map(|(key, _)| key.clone()).collect();
    for key in doing {
        put::cancel(scope, stack, &key);
    }
}

/// Begins what follows a failure.
fn turn_round(scope: &mut Scope<'_>, stack: &mut Stack, reason: &str) {
    let Some(operation) = &stack.operation else { return };
    let (phase, on_failure) = (operation.phase, operation.on_failure);
    match (phase, on_failure) {
        (Phase::Create, OnFailure::Rollback) => {
            say(
                scope,
                stack,
                StackStatus::RollbackInProgress,
                Some(format!("{reason} Rollback requested by user.")),
            );
            begin_removal(stack, Phase::Rollback, all(stack, true));
        }
        (Phase::Create, OnFailure::Delete) => {
            say(
                scope,
                stack,
                StackStatus::DeleteInProgress,
                Some(format!("{reason} Delete requested by user.")),
            );
            stack.deleted = Some(scope.now);
            begin_removal(stack, Phase::Delete, all(stack, true));
        }
        (Phase::Create, OnFailure::DoNothing) => {
            say(scope, stack, StackStatus::CreateFailed, Some(format!("{reason} ")));
            stack.operation = None;
        }
        (_, OnFailure::DoNothing) => {
            say(scope, stack, StackStatus::UpdateFailed, Some(format!("{reason} ")));
            // What it goes back to stays known: RollbackStack.
            if let Some(operation) = &mut stack.operation {
                operation.items.clear();
            }
            park(stack);
        }
        _ => begin_update_rollback(scope, stack, Some(format!("{reason} "))),
    }
}

/// Keeps what an update that failed would go back to, without anything under way.
fn park(stack: &mut Stack) {
    stack.parked = stack.operation.take().map(Box::new);
}

/// Goes back to what was before an update.
pub(super) fn begin_update_rollback(scope: &mut Scope<'_>, stack: &mut Stack, reason: Option<String>) {
    say(scope, stack, StackStatus::UpdateRollbackInProgress, reason);
    let touched: BTreeSet<String> = stack
        .resources
        .iter()
        .filter(|(_, kept)| kept.before.as_ref().is_some_and(|before| before.physical_id.is_some()))
        .map(|(logical_id, _)| logical_id.clone())
        .collect();
    let mut leftovers = Vec::new();
    for (logical_id, kept) in &stack.resources {
        let Some(before) = &kept.before else { continue };
        if before.physical_id != kept.physical_id {
            leftovers.extend(remove::leftover(logical_id, kept, Some(Policy::Delete)));
        }
    }
    let graph = touched
        .iter()
        .map(|logical_id| {
            let before = stack.resources.get(logical_id).and_then(|kept| kept.before.as_ref());
            let needs = before.map(|before| before.waits_for.clone()).unwrap_or_default();
            (logical_id.clone(), needs.intersection(&touched).cloned().collect())
        })
        .collect();
    if let Some(operation) = &mut stack.operation {
        operation.phase = Phase::UpdateRollback;
        operation.deadline = None;
        operation.items = reconcile::puts(&graph);
        operation.leftovers = leftovers;
    }
}

/// Every resource of a stack, to be removed. After a failed creation only `Retain` keeps what the template wants kept.
pub(super) fn all(stack: &Stack, creating: bool) -> Vec<Leftover> {
    let policy = |kept: &Kept| match kept.deletion {
        None | Some(Policy::RetainExceptOnCreate | Policy::Snapshot) if creating => Some(Policy::Delete),
        other => other,
    };
    let of = |(logical_id, kept): (&String, &Kept)| remove::leftover(logical_id, kept, policy(kept));
    stack.resources.iter().filter_map(of).collect()
}

/// Begins to remove.
pub(super) fn begin_removal(stack: &mut Stack, phase: Phase, leftovers: Vec<Leftover>) {
    if let Some(operation) = &mut stack.operation {
        operation.phase = phase;
        operation.deadline = None;
        operation.items = remove::plan(leftovers);
        operation.leftovers.clear();
    }
}

/// Goes on to the next part when all of this one is done, or nothing more of it can be.
pub(super) fn next_phase(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let Some(operation) = &stack.operation else { return false };
    let of = |wanted: fn(&State) -> bool| operation.items.values().any(|item| wanted(&item.state));
    let doing = of(|state| matches!(state, State::Doing { .. }));
    let waiting = of(|state| *state == State::Waiting);
    let failed: Vec<String> = operation
        .items
        .iter()
        .filter(|(_, item)| item.state == State::Failed)
        .map(|(key, item)| item.removes.as_ref().map_or(key, |leftover| &leftover.logical_id).clone())
        .collect();
    if doing || (waiting && failed.is_empty()) {
        return false;
    }
    let phase = operation.phase;
    if failed.is_empty() {
        finish(scope, stack, phase);
        return true;
    }
    let listed = failed.join(", ");
    let deletion = Some(format!("The following resource(s) failed to delete: [{listed}]. "));
    match phase {
        Phase::Create | Phase::Update => return false,
        Phase::Delete => stop(scope, stack, StackStatus::DeleteFailed, deletion),
        Phase::Rollback => stop(scope, stack, StackStatus::RollbackFailed, deletion),
        Phase::UpdateRollback => {
            let reason = Some(format!("The following resource(s) failed to update: [{listed}]. "));
            say(scope, stack, StackStatus::UpdateRollbackFailed, reason);
            park(stack);
        }
        // What could not be removed is no longer the stack's.
        Phase::Cleanup | Phase::RollbackCleanup => finish(scope, stack, phase),
    }
    true
}

fn stop(scope: &mut Scope<'_>, stack: &mut Stack, status: StackStatus, reason: Option<String>) {
    say(scope, stack, status, reason);
    stack.operation = None;
}

/// What follows a part that went well.
fn finish(scope: &mut Scope<'_>, stack: &mut Stack, phase: Phase) {
    match phase {
        Phase::Create => match outputs(scope, stack) {
            Ok(outputs) => {
                stack.outputs = outputs;
                stop(scope, stack, StackStatus::CreateComplete, None);
            }
            Err(reason) => turn_round(scope, stack, &reason),
        },
        Phase::Update => match removable(scope, stack).and_then(|()| outputs(scope, stack)) {
            Ok(outputs) => {
                stack.outputs = outputs;
                begin_cleanup(scope, stack);
            }
            Err(reason) => turn_round(scope, stack, &reason),
        },
        Phase::Cleanup => {
            forget_removed(stack);
            stop(scope, stack, StackStatus::UpdateComplete, None);
        }
        Phase::UpdateRollback => {
            let leftovers = stack.operation.as_mut().map(|op| std::mem::take(&mut op.leftovers));
            say(scope, stack, StackStatus::UpdateRollbackCleanup, None);
            let previous = stack.operation.as_mut().and_then(|operation| operation.previous.take());
            if let Some(previous) = previous {
                stack.declared = *previous;
            }
            for kept in stack.resources.values_mut() {
                let back = kept.before.as_ref().is_some_and(|before| before.physical_id.is_some());
                if back {
                    kept.before = None;
                }
            }
            begin_removal(stack, Phase::RollbackCleanup, leftovers.unwrap_or_default());
        }
        Phase::RollbackCleanup => {
            stack.resources.retain(|_, kept| kept.before.is_none());
            stop(scope, stack, StackStatus::UpdateRollbackComplete, None);
        }
        Phase::Rollback => stop(scope, stack, StackStatus::RollbackComplete, None),
        Phase::Delete => {
            stop(scope, stack, StackStatus::DeleteComplete, None);
            stack.outputs.clear();
            stack.change_sets.clear();
        }
    }
}

/// Whether the stack policy lets go what the template has no more; which it does not, if not.
fn removable(scope: &Scope<'_>, stack: &mut Stack) -> Result<(), String> {
    let Some(text) = put::policy_in_force(stack).map(str::to_owned) else { return Ok(()) };
    let Some(operation) = &stack.operation else { return Ok(()) };
    let denied: Vec<(String, String)> = stack
        .resources
        .iter()
        .filter(|(logical_id, kept)| kept.physical_id.is_some() && !operation.items.contains_key(*logical_id))
        .filter_map(|(logical_id, kept)| {
            let reason = policy::denies(&text, logical_id, &kept.kind, "Update:Delete")?;
            Some((logical_id.clone(), reason))
        })
        .collect();
    let listed: Vec<&str> = denied.iter().map(|(logical_id, _)| logical_id.as_str()).collect();
    if listed.is_empty() {
        return Ok(());
    }
    let reason = format!("The following resource(s) failed to delete: [{}].", listed.join(", "));
    for (logical_id, why) in &denied {
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateFailed, Some(why.clone()));
    }
    Err(reason)
}

/// The outputs, or why they cannot be had.
fn outputs(scope: &Scope<'_>, stack: &Stack) -> Result<Vec<super::template::Resolved>, String> {
    let outputs = reconcile::outputs(scope, stack).map_err(|fault| format!("{}.", fault.message))?;
    for name in outputs.iter().filter_map(|output| output.export.as_deref()) {
        if let Some((other, _)) = exported(&scope.view(), name) {
            let other = other.split('/').nth(1).unwrap_or_default().to_owned();
            return Err(format!("Export with name {name} is already exported by stack {other}."));
        }
    }
    for gone in stack.outputs.iter().filter_map(|output| output.export.as_deref()) {
        let before = stack.outputs.iter().find(|output| output.export.as_deref() == Some(gone));
        let after = outputs.iter().find(|output| output.export.as_deref() == Some(gone));
        if before.map(|output| &output.value) == after.map(|output| &output.value) {
            continue;
        }
        let users = super::exports::importers(&scope.view(), gone);
        if let Some(user) = users.first() {
            let what = if after.is_none() { "deleted" } else { "updated" };
            return Err(format!("Export {gone} cannot be {what} as it is in use by {user}."));
        }
    }
    Ok(outputs)
}

/// Removes what an update has left over: resources it replaced, and those that the template has no more.
fn begin_cleanup(scope: &mut Scope<'_>, stack: &mut Stack) {
    say(scope, stack, StackStatus::UpdateCleanup, None);
    let declared: BTreeSet<String> =
        stack.operation.iter().flat_map(|operation| operation.items.keys().cloned()).collect();
    let mut leftovers = Vec::new();
    for (logical_id, kept) in &mut stack.resources {
        if !declared.contains(logical_id) {
            leftovers.extend(remove::leftover(logical_id, kept, kept.deletion));
            continue;
        }
        let Some(before) = kept.before.take() else { continue };
        if let Some(physical_id) = before.physical_id.filter(|id| kept.physical_id.as_ref() != Some(id)) {
            leftovers.push(Leftover {
                logical_id: logical_id.clone(),
                kind: before.kind,
                physical_id,
                properties: before.properties,
                policy: before.replaced,
                waits_for: before.waits_for,
            });
        }
    }
    begin_removal(stack, Phase::Cleanup, leftovers);
    if let Some(operation) = &mut stack.operation {
        operation.skip.clear();
        operation.declared = declared;
    }
}

/// Resources that an update has taken out of the template are no longer the stack's.
fn forget_removed(stack: &mut Stack) {
    let Some(operation) = &stack.operation else { return };
    stack.resources.retain(|logical_id, _| operation.declared.contains(logical_id));
}

fn say(scope: &mut Scope<'_>, stack: &mut Stack, status: StackStatus, reason: Option<String>) {
    event::of_stack(stack, &mut scope.region.ids, scope.now, status, reason);
}

/// Lets the oldest deleted stacks go.
pub(super) fn forget_old(model: &mut Model) {
    let gone = |stack: &&Stack| stack.status == StackStatus::DeleteComplete;
    let mut deleted: Vec<_> =
        model.stacks.values().filter(gone).map(|stack| (stack.deleted, stack.id.clone())).collect();
    if deleted.len() <= MAX_DELETED {
        return;
    }
    deleted.sort();
    let surplus = deleted.len() - MAX_DELETED;
    for (_, id) in deleted.into_iter().take(surplus) {
        model.stacks.remove(&id);
    }
}

/// Begins to make or change what the stack is declared to be.
pub(super) fn begin_forward(
    stack: &mut Stack,
    phase: Phase,
    graph: &super::template::Graph,
    previous: Option<Box<Declared>>,
    token: Option<String>,
    on_failure: OnFailure,
) {
    stack.parked = None;
    stack.operation = Some(Operation {
        phase,
        items: reconcile::puts(&graph.waits_for),
        leftovers: Vec::new(),
        token,
        deadline: None,
        previous,
        on_failure,
        policy: None,
        skip: BTreeSet::new(),
        declared: BTreeSet::new(),
    });
}

/// An operation with nothing in it: for what a stack goes on with after its own has ended.
pub(super) fn nothing_left() -> Operation {
    Operation {
        phase: Phase::UpdateRollback,
        items: std::collections::BTreeMap::new(),
        leftovers: Vec::new(),
        token: None,
        deadline: None,
        previous: None,
        on_failure: OnFailure::Rollback,
        policy: None,
        skip: BTreeSet::new(),
        declared: BTreeSet::new(),
    }
}

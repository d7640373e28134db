//! Stacks made, changed and deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::{Declared, OnFailure, Operation, Phase, Stack, StackStatus};
use super::super::template::Graph;
use super::super::{event, exports, fault, policy, turn};
use super::declare::{Declaring, check_name, declared, on_failure, owner};
use crate::core::fault::Fault;
use crate::world::Scope;

/// Live stacks of a region. AWS allows 2,000.
pub(super) const MAX_STACKS: usize = 200;

/// `CreateStack`.
pub(crate) fn create(scope: &mut Scope<'_>, mut input: Declaring) -> Result<Value, Fault> {
    input.read_policies(&scope.view())?;
    let stack = new(scope, &input)?;
    let (id, graph) = (stack.0.id.clone(), stack.1);
    let mut stack = stack.0;
    begin_creation(scope, &mut stack, &graph, input.client_request_token);
    scope.region.cloudformation.stacks.insert(id.clone(), stack);
    Ok(json!({"StackId": id}))
}

/// A stack as a request wants it, with nothing begun.
pub(super) fn new(scope: &mut Scope<'_>, input: &Declaring) -> Result<(Stack, Graph), Fault> {
    check_name(&input.stack_name, "stackName")?;
    if scope.region.cloudformation.live().any(|stack| stack.name == input.stack_name) {
        return Err(fault::stack_exists(&input.stack_name));
    }
    if scope.region.cloudformation.live().count() >= MAX_STACKS {
        return Err(fault::limit(format!("Limit for stack has been exceeded: {MAX_STACKS}")));
    }
    if let Some(minutes) = input.timeout_in_minutes.filter(|minutes| *minutes < 1) {
        let least = "Member must have value greater than or equal to 1";
        return Err(fault::constraint(&minutes.to_string(), "timeoutInMinutes", least));
    }
    if let Some(text) = &input.stack_policy_body {
        policy::check(text).map_err(fault::validation)?;
    }
    // Drawn only when all is well: a refused call changes nothing.
    let mut ids = scope.region.ids.clone();
    let name = &input.stack_name;
    let id = scope.arn("cloudformation", &format!("stack/{name}/{}", ids.uuid()));
    let view = scope.view();
    let on_failure = on_failure(input)?;
    let (owner, role_arn) = owner(&view, input.role_arn.as_deref(), None)?;
    let (declared, graph) = declared(&view, input, None, (name, &id))?;
    scope.region.ids = ids;
    let stack = Stack {
        id,
        name: name.clone(),
        created: scope.now,
        updated: None,
        deleted: None,
        status: StackStatus::ReviewInProgress,
        reason: None,
        owner,
        role_arn,
        declared,
        outputs: Vec::new(),
        resources: BTreeMap::new(),
        events: Vec::new(),
        change_sets: BTreeMap::new(),
        change_set: None,
        operation: None,
        parked: None,
        on_failure,
        timeout_minutes: input.timeout_in_minutes,
        protected: input.enable_termination_protection == Some(true),
        policy: input.stack_policy_body.clone(),
        drift: None,
        nested: None,
    };
    Ok((stack, graph))
}

/// Begins to make a stack.
pub(super) fn begin_creation(scope: &mut Scope<'_>, stack: &mut Stack, graph: &Graph, token: Option<String>) {
    let on_failure = stack.on_failure;
    turn::begin_forward(stack, Phase::Create, graph, None, token, on_failure);
    if let (Some(operation), Some(minutes)) = (&mut stack.operation, stack.timeout_minutes) {
        let lasts = scope.settings.lasts(minutes.saturating_mul(60_000));
        operation.deadline = Some(scope.now.plus_ms(lasts));
    }
    say(scope, stack, StackStatus::CreateInProgress, "User Initiated");
}

/// Says where a stack stands.
pub(super) fn say(scope: &mut Scope<'_>, stack: &mut Stack, status: StackStatus, reason: &str) {
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    event::of_stack(stack, &mut scope.region.ids, scope.now, status, reason);
}

/// A live stack, taken out to be changed; [`put_back`] it whatever happens.
pub(super) fn take(scope: &mut Scope<'_>, name: &str) -> Option<Stack> {
    let id = scope.region.cloudformation.find_live_mut(name)?.id.clone();
    scope.region.cloudformation.stacks.remove(&id)
}

/// The other half of [`take`].
pub(super) fn put_back(scope: &mut Scope<'_>, stack: Stack) {
    scope.region.cloudformation.stacks.insert(stack.id.clone(), stack);
}

/// Changes a live stack: it is put back whatever comes of it.
pub(super) fn with<T>(
    scope: &mut Scope<'_>,
    name: &str,
    missing: impl FnOnce(&str) -> Fault,
    act: impl FnOnce(&mut Scope<'_>, &mut Stack) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut stack = take(scope, name).ok_or_else(|| missing(name))?;
    let done = act(scope, &mut stack);
    put_back(scope, stack);
    done
}

/// Whether an update may begin.
pub(super) fn can_update(stack: &Stack) -> Result<(), Fault> {
    let status = stack.status;
    let can = matches!(
        status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::UpdateFailed
            | StackStatus::CreateFailed
    );
    if can {
        return Ok(());
    }
    Err(fault::validation(format!("Stack:{} is in {status} state and can not be updated.", stack.id)))
}

/// What an update that would change nothing is refused with.
pub(in crate::services::cloudformation) const NO_UPDATES: &str = "No updates are to be performed.";

/// Keeps what a stack inside of another was before an update of both.
pub(in crate::services::cloudformation) fn remember(
    scope: &mut Scope<'_>,
    id: &str,
    before: Option<Declared>,
) {
    let stack = scope.region.cloudformation.stacks.get_mut(id);
    if let Some(nested) = stack.and_then(|stack| stack.nested.as_mut()) {
        nested.before = before;
        nested.restored = false;
    }
}

/// Takes a stack inside of another back to what it was before the update of both, unless it has gone back by itself or was
/// never changed.
pub(in crate::services::cloudformation) fn restore(scope: &mut Scope<'_>, id: &str) -> Result<(), Fault> {
    with(scope, id, fault::no_stack, |scope, stack| {
        let nested = stack.nested.as_mut();
        let before = nested.and_then(|nested| {
            nested.restored = true;
            nested.before.take()
        });
        let Some(before) = before.filter(|before| *before != stack.declared) else { return Ok(()) };
        if stack.operation.is_some() {
            turn::cancel_rest(scope, stack);
            turn::begin_update_rollback(scope, stack, None);
            return Ok(());
        }
        can_update(stack)?;
        let graph =
            super::super::meaning::Meaning::of(&scope.view(), &stack.name, &stack.id, &before)?.check()?;
        begin_update(scope, stack, before, &graph, None, OnFailure::DoNothing);
        Ok(())
    })
}

/// `UpdateStack`.
pub(crate) fn update(scope: &mut Scope<'_>, mut input: Declaring) -> Result<Value, Fault> {
    input.read_policies(&scope.view())?;
    let name = input.stack_name.clone();
    with(scope, &name, fault::no_such_stack, |scope, stack| {
        can_update(stack)?;
        let view = scope.view();
        let (owner, role_arn) = owner(&view, input.role_arn.as_deref(), Some(stack))?;
        let (wanted, graph) = declared(&view, &input, Some(stack), (&stack.name, &stack.id))?;
        if wanted.template == stack.declared.template
            && wanted.values == stack.declared.values
            && wanted.tags == stack.declared.tags
            && wanted.notification_arns == stack.declared.notification_arns
            && stack.status != StackStatus::UpdateFailed
            && stack.status != StackStatus::CreateFailed
        {
            return Err(fault::validation(NO_UPDATES));
        }
        for text in input.stack_policy_body.iter().chain(&input.stack_policy_during_update_body) {
            policy::check(text).map_err(fault::validation)?;
        }
        same_types(&view, stack, &wanted)?;
        if let Some(text) = input.stack_policy_body {
            stack.policy = Some(text);
        }
        stack.owner = owner;
        stack.role_arn = role_arn;
        let on_failure = match input.disable_rollback {
            Some(true) => OnFailure::DoNothing,
            _ => OnFailure::Rollback,
        };
        begin_update(scope, stack, wanted, &graph, input.client_request_token, on_failure);
        if let Some(operation) = &mut stack.operation {
            operation.policy = input.stack_policy_during_update_body;
        }
        Ok(json!({"StackId": stack.id}))
    })
}

/// Refuses a template that makes something else of what there is.
pub(super) fn same_types(
    view: &crate::world::View<'_>,
    stack: &Stack,
    wanted: &Declared,
) -> Result<(), Fault> {
    let meaning = super::super::meaning::Meaning::of(view, &stack.name, &stack.id, wanted)?;
    let other = |(logical_id, kept): &(&String, &super::super::model::Kept)| {
        let declared = meaning.template.resources.get(*logical_id);
        kept.physical_id.is_some() && declared.is_some_and(|declared| declared.kind != kept.kind)
    };
    let changed: Vec<&str> =
        stack.resources.iter().filter(other).map(|(logical_id, _)| logical_id.as_str()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(fault::validation(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{}]",
        changed.join(", ")
    )))
}

/// Begins to change a stack.
pub(super) fn begin_update(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    wanted: Declared,
    graph: &Graph,
    token: Option<String>,
    on_failure: OnFailure,
) {
    let before = std::mem::replace(&mut stack.declared, wanted);
    // What failed and was left as it is goes back to what was before that.
    let previous = stack.parked.take().and_then(|parked| parked.previous).unwrap_or_else(|| Box::new(before));
    turn::begin_forward(stack, Phase::Update, graph, Some(previous), token, on_failure);
    stack.updated = Some(scope.now);
    say(scope, stack, StackStatus::UpdateInProgress, "User Initiated");
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteIn {
    stack_name: String,
    #[serde(default)]
    retain_resources: Vec<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    client_request_token: Option<String>,
    deletion_mode: Option<String>,
}

/// `DeleteStack`. A stack that is not there is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: DeleteIn) -> Result<Value, Fault> {
    if scope.region.cloudformation.find_live_mut(&input.stack_name).is_none() {
        return Ok(json!({}));
    }
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        if stack.protected {
            return Err(fault::validation(format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            )));
        }
        let force = input.deletion_mode.as_deref() == Some("FORCE_DELETE_STACK");
        let failed = stack.status == StackStatus::DeleteFailed;
        if !failed && (force || !input.retain_resources.is_empty()) {
            return Err(fault::validation(
                "Invalid operation on stack. RetainResources and DeletionMode FORCE_DELETE_STACK are only for a stack in DELETE_FAILED state",
            ));
        }
        match stack.status {
            StackStatus::DeleteInProgress => return Ok(json!({})),
            StackStatus::UpdateInProgress
            | StackStatus::UpdateCleanup
            | StackStatus::UpdateRollbackInProgress
            | StackStatus::UpdateRollbackCleanup
            | StackStatus::RollbackInProgress => {
                let (id, status) = (&stack.id, stack.status);
                return Err(fault::validation(format!(
                    "Stack [{id}] cannot be deleted while in status {status}"
                )));
            }
            _ => {}
        }
        let (owner, role_arn) = owner(&scope.view(), input.role_arn.as_deref(), Some(stack))?;
        if let Some((export, user)) = in_use(scope, stack) {
            let status = stack.status;
            let reason = format!("Delete canceled. Cannot delete export {export} as it is in use by {user}.");
            say(scope, stack, status, &reason);
            return Ok(json!({}));
        }
        stack.owner = owner;
        stack.role_arn = role_arn;
        turn::cancel_rest(scope, stack);
        begin_deletion(scope, stack, &input, force);
        Ok(json!({}))
    })
}

fn begin_deletion(scope: &mut Scope<'_>, stack: &mut Stack, input: &DeleteIn, force: bool) {
    let leftovers = turn::all(stack, false);
    let mut skip: BTreeSet<String> = input.retain_resources.iter().cloned().collect();
    if force {
        // What could not be deleted is left behind.
        let failed = |kept: &super::super::model::Kept| {
            kept.status == super::super::model::ResourceStatus::DeleteFailed
        };
        skip.extend(stack.resources.iter().filter(|(_, kept)| failed(kept)).map(|(id, _)| id.clone()));
    }
    stack.operation = Some(Operation {
        phase: Phase::Delete,
        items: BTreeMap::new(),
        leftovers: Vec::new(),
        token: input.client_request_token.clone(),
        deadline: None,
        previous: None,
        on_failure: OnFailure::DoNothing,
        policy: None,
        skip,
        declared: BTreeSet::new(),
    });
    stack.parked = None;
    stack.deleted = Some(scope.now);
    turn::begin_removal(stack, Phase::Delete, leftovers);
    say(scope, stack, StackStatus::DeleteInProgress, "User Initiated");
}

/// An export of the stack that another one imports.
fn in_use(scope: &Scope<'_>, stack: &Stack) -> Option<(String, String)> {
    let exports = stack.outputs.iter().filter_map(|output| output.export.as_deref());
    exports.into_iter().find_map(|export| {
        let user = exports::importers(&scope.view(), export).into_iter().next()?;
        Some((export.to_owned(), user))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProtectIn {
    stack_name: String,
    enable_termination_protection: bool,
}

/// `UpdateTerminationProtection`.
pub(crate) fn protect(scope: &mut Scope<'_>, input: ProtectIn) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |_, stack| {
        stack.protected = input.enable_termination_protection;
        Ok(json!({"StackId": stack.id}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetPolicyIn {
    stack_name: String,
    stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    stack_policy_url: Option<String>,
}

/// `SetStackPolicy`.
pub(crate) fn set_policy(scope: &mut Scope<'_>, input: SetPolicyIn) -> Result<Value, Fault> {
    let text = match &input.stack_policy_url {
        Some(url) => super::declare::policy_at(&scope.view(), url)?,
        None => input.stack_policy_body.unwrap_or_default(),
    };
    if text.len() > 16_384 {
        let most = "Member must have length less than or equal to 16384";
        return Err(fault::constraint(&text, "stackPolicyBody", most));
    }
    policy::check(&text).map_err(fault::validation)?;
    with(scope, &input.stack_name, fault::no_such_stack, |_, stack| {
        stack.policy = Some(text);
        Ok(json!({}))
    })
}

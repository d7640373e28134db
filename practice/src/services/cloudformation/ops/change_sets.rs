//! Change sets: made, read, executed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::meaning::Meaning;
use super::super::model::{ChangeSet, OnFailure, Stack, StackStatus};
use super::super::{fault, plan};
use super::declare::{Declaring, declared, on_failure, owner};
use super::describe::{find, parameters, tags};
use super::stacks::{begin_creation, begin_update, can_update, new, put_back, same_types, say, take, with};
use super::templates::change_set;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tree::lean;
use crate::world::{Scope, View};

/// Change sets of a stack.
const MAX_SETS: usize = 100;
/// How long AWS takes for one, in milliseconds at speed 1.
const TAKES_MS: i64 = 5_000;
/// What a change set says that would change nothing.
const NOTHING: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

/// `CreateChangeSet`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Declaring) -> Result<Value, Fault> {
    let name = input.change_set_name.clone().unwrap_or_default();
    let letter = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    if !letter || name.len() > 128 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";
        return Err(fault::constraint(&name, "changeSetName", pattern));
    }
    let kind = input.change_set_type.as_deref();
    if !input.resources_to_import.is_empty() && kind != Some("IMPORT") {
        return Err(fault::validation("ResourcesToImport is for change sets of type IMPORT only."));
    }
    if input.import_existing_resources == Some(true) {
        return Err(fault::validation("ImportExistingResources is not part of this practice cloud."));
    }
    match kind {
        Some("CREATE") => of_new_stack(scope, &input, &name),
        None | Some("UPDATE") => of_stack(scope, &input, &name),
        Some("IMPORT") => {
            Err(fault::validation("A change set of type IMPORT is not part of this practice cloud."))
        }
        Some(other) => Err(fault::constraint(
            other,
            "changeSetType",
            "Member must satisfy enum value set: [IMPORT, UPDATE, CREATE]",
        )),
    }
}

fn of_new_stack(scope: &mut Scope<'_>, input: &Declaring, name: &str) -> Result<Value, Fault> {
    let in_review = scope
        .region
        .cloudformation
        .find(&input.stack_name)
        .filter(|stack| super::describe::in_review(stack))
        .map(|stack| stack.id.clone());
    if let Some(id) = in_review {
        return with(scope, &id, fault::no_stack, |scope, stack| propose(scope, stack, input, name, true));
    }
    let (mut stack, _) = new(scope, input)?;
    let answer = propose(scope, &mut stack, input, name, true)?;
    say(scope, &mut stack, StackStatus::ReviewInProgress, "User Initiated");
    put_back(scope, stack);
    Ok(answer)
}

fn of_stack(scope: &mut Scope<'_>, input: &Declaring, name: &str) -> Result<Value, Fault> {
    with(scope, &input.stack_name, fault::no_such_stack, |scope, stack| {
        if !super::describe::in_review(stack) {
            can_update(stack)?;
            return propose(scope, stack, input, name, false);
        }
        Err(fault::no_such_stack(&stack.name))
    })
}

/// Adds a change set to a stack.
fn propose(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    input: &Declaring,
    name: &str,
    creates: bool,
) -> Result<Value, Fault> {
    if stack.change_sets.values().any(|set| set.name == name) {
        let message = format!(
            "ChangeSet {name} cannot be created due to a mismatch with existing attribute: it already exists"
        );
        return Err(Fault::new("AlreadyExistsException", message));
    }
    if stack.change_sets.len() >= MAX_SETS {
        return Err(fault::limit(format!("A stack can have at most {MAX_SETS} change sets.")));
    }
    let view = scope.view();
    let (owner, role_arn) = owner(&view, input.role_arn.as_deref(), Some(stack))?;
    let earlier = (!creates).then_some(&*stack);
    let (wanted, graph) = declared(&view, input, earlier, (&stack.name, &stack.id))?;
    same_types(&view, stack, &wanted)?;
    let meaning = Meaning::of(&view, &stack.name, &stack.id, &wanted)?;
    let planned =
        meaning.check_existing(&view).and_then(|()| plan::changes(&view, stack, &meaning, &graph, &wanted));
    drop(meaning);
    // Outputs and parameters may differ although no resource does.
    let other = creates || wanted.template != stack.declared.template || wanted.tags != stack.declared.tags;
    let (changes, failed) = match planned {
        Ok(changes) if changes.is_empty() && !other => (changes, Some(NOTHING.to_owned())),
        Ok(changes) => (changes, None),
        Err(fault) => (Vec::new(), Some(fault.message)),
    };
    let on_failure = on_failure(input)?;
    let unique = scope.region.ids.uuid();
    let id = scope.arn("cloudformation", &format!("changeSet/{name}/{unique}"));
    let set = ChangeSet {
        id: id.clone(),
        name: name.to_owned(),
        created: scope.now,
        ready: scope.now.plus_ms(scope.settings.lasts(TAKES_MS)),
        description: input.description.clone(),
        creates,
        declared: wanted,
        owner,
        role_arn,
        changes,
        execution: if failed.is_some() { "UNAVAILABLE" } else { "AVAILABLE" }.to_owned(),
        failed,
        on_failure,
    };
    stack.change_sets.insert(id.clone(), set);
    Ok(json!({"Id": id, "StackId": stack.id}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetIn {
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    include_property_values: Option<bool>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
}

/// The stack that a change set is of.
fn stack_of<'w>(view: &View<'w>, input: &SetIn) -> Result<&'w Stack, Fault> {
    if let Some(name) = &input.stack_name {
        return find(view, name);
    }
    let has = |stack: &&Stack| stack.change_sets.contains_key(&input.change_set_name);
    let found = view.region.cloudformation.live().find(has);
    found.ok_or_else(|| fault::no_change_set(&input.change_set_name))
}

fn status(set: &ChangeSet, view: &View<'_>) -> &'static str {
    match (view.now < set.ready, &set.failed) {
        (true, _) => "CREATE_IN_PROGRESS",
        (false, None) => "CREATE_COMPLETE",
        (false, Some(_)) => "FAILED",
    }
}

fn execution<'s>(set: &'s ChangeSet, view: &View<'_>) -> &'s str {
    if view.now < set.ready { "UNAVAILABLE" } else { &set.execution }
}

/// `DescribeChangeSet`.
pub(crate) fn describe(view: &View<'_>, input: SetIn) -> Result<Value, Fault> {
    let stack = stack_of(view, &input)?;
    let set = change_set(stack, &input.change_set_name)?;
    let ready = view.now >= set.ready;
    let values = input.include_property_values == Some(true);
    let changes = set.changes.iter().filter(|_| ready).enumerate();
    let page = page(changes, |(at, _)| format!("{at:06}"), 100, input.next_token.as_deref())
        .map_err(|_| fault::validation("Invalid token"))?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|(_, change)| if values { change.clone() } else { without_values(change.clone()) })
        .collect();
    Ok(lean(json!({
        "ChangeSetName": set.name, "ChangeSetId": set.id, "StackId": stack.id, "StackName": stack.name,
        "Description": set.description, "Parameters": parameters(&set.declared),
        "CreationTime": set.created.iso(), "ExecutionStatus": execution(set, view),
        "Status": status(set, view), "StatusReason": set.failed.as_ref().filter(|_| ready),
        "NotificationARNs": set.declared.notification_arns, "RollbackConfiguration": {},
        "Capabilities": Some(&set.declared.capabilities).filter(|list| !list.is_empty()),
        "Tags": tags(&set.declared.tags), "Changes": shown, "NextToken": page.next,
        "IncludeNestedStacks": false,
    })))
}

/// A change without the values before and after, which only who asks for them gets.
fn without_values(mut change: Value) -> Value {
    if let Some(of) = change.get_mut("ResourceChange").and_then(Value::as_object_mut) {
        of.remove("BeforeContext");
        of.remove("AfterContext");
        for detail in of.get_mut("Details").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(target) = detail.get_mut("Target").and_then(Value::as_object_mut) {
                for value in ["BeforeValue", "AfterValue", "Path", "AttributeChangeType"] {
                    target.remove(value);
                }
            }
        }
    }
    change
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    stack_name: String,
    next_token: Option<String>,
}

/// `ListChangeSets`.
pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
    let stack = find(view, &input.stack_name)?;
    let page = page(stack.change_sets.values(), |set| set.id.clone(), 100, input.next_token.as_deref())
        .map_err(|_| fault::validation("Invalid token"))?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|set| {
            lean(json!({
                "StackId": stack.id, "StackName": stack.name, "ChangeSetId": set.id,
                "ChangeSetName": set.name, "ExecutionStatus": execution(set, view),
                "Status": status(set, view), "StatusReason": set.failed, "CreationTime": set.created.iso(),
                "Description": set.description,
            }))
        })
        .collect();
    Ok(lean(json!({"Summaries": shown, "NextToken": page.next})))
}

/// `DeleteChangeSet`. One that is not there is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: SetIn) -> Result<Value, Fault> {
    let Ok(stack) = stack_of(&scope.view(), &input) else { return Ok(json!({})) };
    let id = stack.id.clone();
    with(scope, &id, fault::no_stack, |_, stack| {
        let wanted = |set: &ChangeSet| set.id == input.change_set_name || set.name == input.change_set_name;
        stack.change_sets.retain(|_, set| !wanted(set));
        Ok(json!({}))
    })
}

/// `ExecuteChangeSet`.
pub(crate) fn execute(scope: &mut Scope<'_>, input: SetIn) -> Result<Value, Fault> {
    let id = stack_of(&scope.view(), &input)?.id.clone();
    let Some(mut stack) = take(scope, &id) else { return Err(fault::no_stack(&id)) };
    let done = run(scope, &mut stack, &input);
    put_back(scope, stack);
    done
}

fn run(scope: &mut Scope<'_>, stack: &mut Stack, input: &SetIn) -> Result<Value, Fault> {
    let view = scope.view();
    let set = change_set(stack, &input.change_set_name)?.clone();
    let (state, may) = (status(&set, &view), execution(&set, &view));
    if may != "AVAILABLE" {
        let message = format!("ChangeSet [{}] cannot be executed in its current status of [{state}]", set.id);
        return Err(Fault::new("InvalidChangeSetStatus", message));
    }
    if !set.creates {
        can_update(stack)?;
    } else if !super::describe::in_review(stack) {
        return Err(fault::stack_exists(&stack.name));
    }
    let graph = Meaning::of(&view, &stack.name, &stack.id, &set.declared)?.check()?;
    // Executing one makes all of a stack's change sets obsolete: AWS deletes them.
    stack.change_sets.clear();
    stack.change_set = Some(set.id.clone());
    stack.owner = set.owner;
    stack.role_arn = set.role_arn;
    let failure = if input.disable_rollback == Some(true) { OnFailure::DoNothing } else { set.on_failure };
    let token = input.client_request_token.clone();
    if set.creates {
        stack.declared = set.declared;
        stack.on_failure = failure;
        stack.created = scope.now;
        begin_creation(scope, stack, &graph, token);
    } else {
        begin_update(scope, stack, set.declared, &graph, token, failure);
    }
    Ok(json!({}))
}

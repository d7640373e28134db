//! Stacks under way, brought on: what can begin begins, what has settled is done, and what has failed turns the stack
//! round. Everything that a resource waits for happens in the world, so nothing is looked at but when something has
//! changed or a time is up.

use std::collections::BTreeSet;

use super::meaning::{Known, Meaning};
use super::model::{Declared, Item, Phase, Stack, State};
use super::{put, remove, settle, turn};
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// The next moment that matters to a stack by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let operations = view.region.cloudformation.stacks.values().filter_map(|stack| stack.operation.as_ref());
    operations
        .flat_map(|operation| {
            let items = operation.items.values().filter_map(|item| match item.state {
                State::Doing { due, .. } => Some(due),
                _ => None,
            });
            items.chain(operation.deadline)
        })
        .min()
}

/// Brings every stack on. True when anything has changed.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let stacks = &scope.region.cloudformation.stacks;
    let busy: Vec<String> =
        stacks.values().filter(|stack| stack.operation.is_some()).map(|stack| stack.id.clone()).collect();
    let mut changed = false;
    for id in busy {
        // A stack that is worked on is not among the others: it may look at them.
        let Some(mut stack) = scope.region.cloudformation.stacks.remove(&id) else { continue };
        changed |= bring_on(scope, &mut stack);
        scope.region.cloudformation.stacks.insert(id, stack);
    }
    if changed {
        turn::forget_old(&mut scope.region.cloudformation);
    }
    changed
}

fn bring_on(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let mut changed = false;
    // Each round does at least one thing that no later round undoes.
    loop {
        let step = turn::out_of_time(scope, stack)
            | look(scope, stack)
            | start(scope, stack)
            | turn::on_failure(scope, stack)
            | turn::next_phase(scope, stack);
        if !step {
            return changed;
        }
        changed = true;
    }
}

/// Looks how far things are that have been asked for.
fn look(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let Some(operation) = &stack.operation else { return false };
    let doing = operation.items.iter().filter(|(_, item)| matches!(item.state, State::Doing { .. }));
    let doing: Vec<String> = doing.map(|(key, _)| key.clone()).collect();
    let mut changed = false;
    for key in doing {
        let Some(item) = stack.operation.as_ref().and_then(|operation| operation.items.get(&key)).cloned()
        else {
            continue;
        };
        let next = match &item.removes {
            Some(leftover) => remove::progress(scope, stack, leftover, &item.state),
            None => settle::progress(scope, stack, &key),
        };
        if let Some(state) = next {
            set(stack, &key, state);
            changed = true;
        }
    }
    changed
}

/// Begins with what waits for nothing any more. A stack that has failed begins with nothing new, unless it is being
/// removed: then as much goes as can.
fn start(scope: &mut Scope<'_>, stack: &mut Stack) -> bool {
    let Some(operation) = &stack.operation else { return false };
    if !turn::goes_on(operation.phase) && operation.items.values().any(|item| item.state == State::Failed) {
        return false;
    }
    let ready: Vec<String> = ready(&operation.items);
    if ready.is_empty() {
        return false;
    }
    let phase = operation.phase;
    let fresh = operation.items.values().all(|item| item.state == State::Waiting);
    let declared = stack.declared.clone();
    let (name, id) = (stack.name.clone(), stack.id.clone());
    // Only a phase that makes something has to know what the template means.
    let meaning = match phase {
        Phase::Create | Phase::Update => match understood(&scope.view(), &name, &id, &declared, fresh) {
            Ok(meaning) => Some(meaning),
            // What was understood when the stack was asked for may not be now: a rule about the account, say.
            Err(fault) => {
                turn::give_up(scope, stack, &fault.message);
                return true;
            }
        },
        _ => None,
    };
    for key in ready {
        let Some(item) = stack.operation.as_ref().and_then(|operation| operation.items.get(&key)).cloned()
        else {
            continue;
        };
        let state = begin(scope, stack, meaning.as_ref(), &key, &item);
        let failed = state == State::Failed;
        set(stack, &key, state);
        if failed && !turn::goes_on(phase) {
            break;
        }
    }
    true
}

/// What the template means. Before anything has begun (`fresh`), what its parameters name has to exist too.
fn understood<'d>(
    view: &View<'_>,
    name: &str,
    id: &str,
    declared: &'d Declared,
    fresh: bool,
) -> Result<Meaning<'d>, Fault> {
    let meaning = Meaning::of(view, name, id, declared)?;
    if fresh {
        meaning.check_existing(view)?;
    }
    Ok(meaning)
}

/// Keys of the items that can begin.
fn ready(items: &std::collections::BTreeMap<String, Item>) -> Vec<String> {
    let done = |key: &String| items.get(key).is_none_or(|item| item.state == State::Done);
    items
        .iter()
        .filter(|(_, item)| item.state == State::Waiting && item.waits_for.iter().all(done))
        .map(|(key, _)| key.clone())
        .collect()
}

fn begin(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    meaning: Option<&Meaning<'_>>,
    key: &str,
    item: &Item,
) -> State {
    let skips = |logical_id: &str| {
        stack.operation.as_ref().is_some_and(|operation| operation.skip.contains(logical_id))
    };
    if let Some(leftover) = &item.removes {
        let skip = skips(&leftover.logical_id);
        return remove::begin(scope, stack, leftover, skip);
    }
    if let Some(meaning) = meaning {
        return put::begin(scope, stack, meaning, key, &item.waits_for);
    }
    if skips(key) { State::Done } else { put::restore(scope, stack, key) }
}

fn set(stack: &mut Stack, key: &str, state: State) {
    if let Some(item) = stack.operation.as_mut().and_then(|operation| operation.items.get_mut(key)) {
        item.state = state;
    }
}

/// The outputs of a stack whose resources are all there.
pub(super) fn outputs(
    scope: &Scope<'_>,
    stack: &Stack,
) -> Result<Vec<super::template::Resolved>, crate::core::fault::Fault> {
    let view = scope.view();
    let meaning = Meaning::of(&view, &stack.name, &stack.id, &stack.declared)?;
    meaning.scope().outputs(&Known::now(view, &stack.resources))
}

/// The items that bring a template's resources about.
pub(super) fn puts(
    graph: &std::collections::BTreeMap<String, BTreeSet<String>>,
) -> std::collections::BTreeMap<String, Item> {
    let item = |waits_for: &BTreeSet<String>| Item {
        waits_for: waits_for.clone(),
        removes: None,
        signals: None,
        rolling: None,
        stable: false,
        state: State::Waiting,
    };
    graph.iter().map(|(logical_id, waits_for)| (logical_id.clone(), item(waits_for))).collect()
}

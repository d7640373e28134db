//! What a stack no longer has: removed in the order opposite to that of its making.

use std::collections::{BTreeMap, BTreeSet};

use super::event;
use super::model::{Item, Kept, Leftover, ResourceStatus, Stack, State, What};
use super::put::as_owner;
use super::template::Policy;
use crate::resource::{Api, Resource, Settled};
use crate::services::registry;
use crate::world::Scope;

/// How long a refused deletion is tried again, in milliseconds at speed 1.
const PATIENCE_MS: i64 = 30 * 60_000;
/// The pause before the first other try; each next one is twice as long, up to a minute.
const FIRST_PAUSE_MS: i64 = 5_000;
const LONGEST_PAUSE_MS: i64 = 60_000;

/// How long AWS takes at most for a removal beyond what its service takes, in milliseconds at speed 1.
const REMOVAL_MS: i64 = 5_000;

/// The items that remove these, each after those that needed it.
pub(super) fn plan(leftovers: Vec<Leftover>) -> BTreeMap<String, Item> {
    let mut keyed: BTreeMap<String, Leftover> = BTreeMap::new();
    for leftover in leftovers {
        let mut key = leftover.logical_id.clone();
        while keyed.contains_key(&key) {
            // A slash is in no logical id.
            key.push_str("/before");
        }
        keyed.insert(key, leftover);
    }
    let needing = |logical_id: &str| -> BTreeSet<String> {
        let needs = |(_, other): &(&String, &Leftover)| {
            other.logical_id != logical_id && other.waits_for.contains(logical_id)
        };
        keyed.iter().filter(needs).map(|(key, _)| key.clone()).collect()
    };
    let item = |leftover: &Leftover| Item {
        waits_for: needing(&leftover.logical_id),
        removes: Some(leftover.clone()),
        signals: None,
        rolling: None,
        stable: false,
        state: State::Waiting,
    };
    keyed.iter().map(|(key, leftover)| (key.clone(), item(leftover))).collect()
}

/// What removing a resource of a stack takes; None when there is nothing to remove.
pub(super) fn leftover(logical_id: &str, kept: &Kept, policy: Option<Policy>) -> Option<Leftover> {
    if matches!(kept.status, ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped) {
        return None;
    }
    Some(Leftover {
        logical_id: logical_id.to_owned(),
        kind: kept.kind.clone(),
        physical_id: kept.physical_id.clone()?,
        properties: kept.properties.clone(),
        policy,
        waits_for: kept.waits_for.clone(),
    })
}

/// Begins to remove.
pub(super) fn begin(scope: &mut Scope<'_>, stack: &mut Stack, leftover: &Leftover, skip: bool) -> State {
    let keeps = matches!(leftover.policy, Some(Policy::Retain | Policy::RetainExceptOnCreate));
    if keeps || skip {
        say(scope, stack, leftover, ResourceStatus::DeleteSkipped, None);
        return State::Done;
    }
    let Some(kind) = registry().resource(&leftover.kind) else { return State::Done };
    say(scope, stack, leftover, ResourceStatus::DeleteInProgress, None);
    let now = scope.now;
    let until = now.plus_ms(scope.settings.lasts(PATIENCE_MS));
    ask(scope, stack, kind, leftover, (now, until, 0))
}

/// Looks how far a removal is.
pub(super) fn progress(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    leftover: &Leftover,
    state: &State,
) -> Option<State> {
    let State::Doing { what: What::Delete(asked), since, ready, until, due, tries } = *state else {
        return None;
    };
    let now = scope.now;
    if now < ready {
        return None;
    }
    let kind = registry().resource(&leftover.kind)?;
    if !asked {
        return Some(ask(scope, stack, kind, leftover, (since, until, tries)));
    }
    match kind.gone(&scope.view(), &leftover.physical_id) {
        Settled::Yes => {
            say(scope, stack, leftover, ResourceStatus::DeleteComplete, None);
            Some(State::Done)
        }
        Settled::NotYet if now < until => {
            let what = What::Delete(true);
            (due != until).then_some(State::Doing { what, since, ready, until, due: until, tries })
        }
        Settled::NotYet => {
            let reason = "Resource timed out waiting for completion: it is still there.";
            let reason = event::handled(reason, "NotStabilized", &mut scope.region.ids);
            say(scope, stack, leftover, ResourceStatus::DeleteFailed, Some(reason));
            Some(State::Failed)
        }
        Settled::Failed(reason) => {
            let reason = event::failed(&leftover.kind, &reason, &mut scope.region.ids);
            say(scope, stack, leftover, ResourceStatus::DeleteFailed, Some(reason));
            Some(State::Failed)
        }
    }
}

/// Asks the service, or asks again.
fn ask(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    kind: &'static dyn Resource,
    leftover: &Leftover,
    (since, until, tries): (crate::core::time::Time, crate::core::time::Time, u32),
) -> State {
    let now = scope.now;
    let snapshot = (leftover.policy.or(kind.deletion_policy(&leftover.properties)) == Some(Policy::Snapshot))
        .then(|| {
            let suffix = scope.region.ids.base32(12).to_lowercase();
            format!("{}-snapshot-{}-{suffix}", stack.name, leftover.logical_id).to_lowercase()
        });
    let done = as_owner(scope, &stack.owner, |scope| {
        let mut api = Api::new(scope);
        match &snapshot {
            Some(name) => {
                kind.delete_after_snapshot(&mut api, &leftover.physical_id, &leftover.properties, name)
            }
            None => kind.delete(&mut api, &leftover.physical_id, &leftover.properties),
        }
    });
    match done {
        Ok(()) => {
            let ready = now.plus_ms(scope.settings.lasts(kind.takes_ms().min(REMOVAL_MS)));
            State::Doing {
                what: What::Delete(true),
                since,
                ready,
                until: until.max(ready),
                due: ready,
                tries,
            }
        }
        Err(fault) if event::may_pass(&fault) && now < until => {
            let pause = LONGEST_PAUSE_MS.min(FIRST_PAUSE_MS << tries.min(8));
            let ready = now.plus_ms(scope.settings.lasts(pause));
            let (what, tries) = (What::Delete(false), tries.saturating_add(1));
            State::Doing { what, since, ready, until, due: ready, tries }
        }
        Err(fault) => {
            let reason = event::refused(&leftover.kind, &fault, &mut scope.region.ids);
            say(scope, stack, leftover, ResourceStatus::DeleteFailed, Some(reason));
            State::Failed
        }
    }
}

/// Says how the removal of something stands: of the resource itself, unless it has been replaced.
fn say(
    scope: &Scope<'_>,
    stack: &mut Stack,
    leftover: &Leftover,
    status: ResourceStatus,
    reason: Option<String>,
) {
    let Leftover { logical_id, kind, physical_id, .. } = leftover;
    let own = stack.resources.get(logical_id).and_then(|kept| kept.physical_id.as_deref());
    if own == Some(physical_id.as_str()) {
        event::of_resource(stack, scope.now, logical_id, status, reason);
    } else {
        event::of_leftover(stack, scope.now, (logical_id, kind, physical_id), status, reason);
    }
}

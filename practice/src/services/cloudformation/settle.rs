//! How far a resource is that has been asked for: there or not, signalled or not, its machines replaced or not.

use super::model::{Item, Kept, ResourceStatus, Stack, State, What};
use super::put::{as_owner, fail, item};
use super::{event, rolling};
use crate::core::time::Time;
use crate::resource::Settled;
use crate::services::registry;
use crate::world::Scope;

/// What follows when it has waited for as long as it has patience.
const NOT_STABILIZED: &str = "Resource timed out waiting for completion: it did not stabilize.";

/// Where a resource stands.
enum Stand {
    /// As asked.
    There,
    /// Not yet. It is looked at again when something has changed, or at that time.
    Waits {
        due: Option<Time>,
        /// Whether looking has changed what is kept of it.
        changed: bool,
    },
    /// It will not be; the reason as it is shown.
    Failed(String),
}

/// Looks how far a resource is that has been asked for; its new state, if that is another.
pub(super) fn progress(scope: &mut Scope<'_>, stack: &mut Stack, logical_id: &str) -> Option<State> {
    let doing = item(stack, logical_id)?.clone();
    let State::Doing { what, since, ready, until, due, tries } = doing.state else { return None };
    if scope.now < ready {
        return None;
    }
    match stand(scope, stack, logical_id, &doing, until)? {
        Stand::There => {
            let status = complete(stack, logical_id, what);
            event::of_resource(stack, scope.now, logical_id, status, None);
            Some(State::Done)
        }
        Stand::Waits { due: next, changed } => {
            // From now on something has to happen, or the time to run out.
            let next = next.unwrap_or(until).min(until);
            let state = State::Doing { what, since, ready, until, due: next, tries };
            (changed || due != next).then_some(state)
        }
        Stand::Failed(reason) => {
            fail(scope, stack, logical_id, reason);
            Some(State::Failed)
        }
    }
}

fn stand(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    logical_id: &str,
    doing: &Item,
    until: Time,
) -> Option<Stand> {
    let kept = stack.resources.get(logical_id)?;
    let id = kept.physical_id.clone().unwrap_or_default();
    let in_time = scope.now < until;
    // It may stop again of itself once it has said that it is ready, as a machine does that only sets something up.
    if !doing.stable {
        match registry().resource(&kept.kind)?.settled(&scope.view(), &id, &kept.properties) {
            Settled::Yes => {}
            Settled::NotYet if in_time => return Some(Stand::Waits { due: None, changed: false }),
            // Signals that do not come are told as such, whatever else is not there.
            Settled::NotYet if doing.signals.is_some() => {}
            Settled::NotYet => {
                let own = registry()
                    .resource(&kept.kind)
                    .and_then(|kind| kind.out_of_patience(&scope.view(), &kept.properties));
                let ids = &mut scope.region.ids;
                let general = || event::handled(NOT_STABILIZED, "NotStabilized", ids);
                return Some(Stand::Failed(own.unwrap_or_else(general)));
            }
            Settled::Failed(reason) => {
                return Some(Stand::Failed(event::failed(&kept.kind, &reason, &mut scope.region.ids)));
            }
        }
    }
    match signals(kept, doing.signals.unwrap_or_default()) {
        Signals::Enough => {}
        Signals::Failed(count) => return Some(Stand::Failed(rolling::not_received(count))),
        Signals::Missing(_) if in_time => {
            item(stack, logical_id)?.stable = true;
            return Some(Stand::Waits { due: None, changed: !doing.stable });
        }
        Signals::Missing(count) => {
            let reason =
                format!("Failed to receive {count} resource signal(s) within the specified duration");
            return Some(Stand::Failed(reason));
        }
    }
    if doing.rolling.is_some() { roll(scope, stack, logical_id, &id, in_time) } else { Some(Stand::There) }
}

/// What a resource has been signalled.
enum Signals {
    Enough,
    Missing(i64),
    Failed(usize),
}

/// Whether the signals that a creation policy waits for are there.
fn signals(kept: &Kept, wanted: i64) -> Signals {
    let well = kept.signals.values().filter(|well| **well).count();
    let badly = kept.signals.len() - well;
    let missing = wanted.saturating_sub(i64::try_from(well).unwrap_or(i64::MAX));
    match (wanted, badly) {
        (0, _) => Signals::Enough,
        (_, 1..) => Signals::Failed(badly),
        _ if missing > 0 => Signals::Missing(missing),
        _ => Signals::Enough,
    }
}

/// Brings a rolling update on, and says what it says.
fn roll(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    logical_id: &str,
    id: &str,
    in_time: bool,
) -> Option<Stand> {
    let mut state = item(stack, logical_id)?.rolling.take()?;
    let kept = stack.resources.get(logical_id)?;
    let step = as_owner(scope, &stack.owner, |scope| rolling::advance(scope, &mut state, id, kept));
    for said in &step.said {
        let said = Some(said.clone());
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateInProgress, said);
    }
    if step.new_batch {
        // It waits for signals of its own.
        stack.resources.get_mut(logical_id)?.signals.clear();
    }
    match step.settled {
        Settled::Yes => Some(Stand::There),
        Settled::NotYet if in_time => {
            item(stack, logical_id)?.rolling = Some(state);
            Some(Stand::Waits { due: step.due, changed: !step.said.is_empty() })
        }
        Settled::NotYet => {
            let ids = &mut scope.region.ids;
            Some(Stand::Failed(event::handled(NOT_STABILIZED, "NotStabilized", ids)))
        }
        Settled::Failed(reason) => {
            let ids = &mut scope.region.ids;
            Some(Stand::Failed(event::handled(&reason, "GeneralServiceException", ids)))
        }
    }
}

/// The status of a resource that is as it was asked to be.
fn complete(stack: &Stack, logical_id: &str, what: What) -> ResourceStatus {
    let before = stack.resources.get(logical_id).and_then(|kept| kept.before.as_ref());
    if what == What::Update || before.is_some_and(|before| before.physical_id.is_some()) {
        ResourceStatus::UpdateComplete
    } else {
        ResourceStatus::CreateComplete
    }
}

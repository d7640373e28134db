//! Scheduled actions at work. Follows "Scheduled scaling for Amazon EC2 Auto Scaling".

use super::activity::{self, Subject, at};
use super::model::{Group, Scheduled};
use super::ops::sizes;
use crate::core::schedule::Schedule;
use crate::core::time::Time;
use crate::world::Scope;

/// When an action is next due after `now`: at its start, then as often as it recurs, until its end.
pub(super) fn next(action: &Scheduled, now: Time) -> Option<Time> {
    let start = action.start.filter(|start| *start > now);
    let recurs = || Schedule::unix(action.recurrence.as_deref()?)?.next(now, now);
    start.or_else(recurs).filter(|at| action.end.is_none_or(|end| *at <= end))
}

/// Carries out what is due, in the order of time; true when anything was.
pub(super) fn step(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let now = scope.now;
    let mut due: Vec<(Time, String)> = group
        .scheduled
        .iter()
        .filter(|(_, action)| action.next <= now)
        .map(|(name, action)| (action.next, name.clone()))
        .collect();
    due.sort();
    for (_, name) in &due {
        let Some(mut action) = group.scheduled.remove(name) else { continue };
        if !group.suspended.contains_key("ScheduledActions") && !group.deleting {
            carry_out(scope, group, name, &action);
        }
        if let Some(next) = next(&action, now) {
            action.next = next;
            group.scheduled.insert(name.clone(), action);
        }
    }
    !due.is_empty()
}

fn carry_out(scope: &mut Scope<'_>, group: &mut Group, name: &str, action: &Scheduled) {
    let now = scope.now;
    let (min, max) = (action.min.unwrap_or(group.min), action.max.unwrap_or(group.max));
    let desired = action.desired.unwrap_or_else(|| group.desired.max(min).min(max.max(min)));
    let what = format!(
        "a scheduled action update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {} to {desired}",
        group.desired
    );
    if let Err(fault) = sizes::check(min, max, desired) {
        // The group has changed since the action was put.
        let subject = Subject { instance_id: None, zone: String::new(), subnet: None };
        let description = format!("Executing scheduled action {name}.");
        activity::begin(group, &mut scope.region.ids, now, description, at(now, &what), subject);
        activity::fail_last(group, now, fault.message);
        return;
    }
    if desired != group.desired {
        group.reason = Some(at(now, &what));
        (group.rests, group.grown) = (None, None);
    }
    (group.min, group.max, group.desired) = (min, max, desired);
    (group.act_at, group.failures) = (None, 0);
}

//! Brings each group's instances to its desired capacity. Told nothing but the world and the time: what members are
//! there, what EC2 says of them, how many are wanted.

use std::collections::BTreeMap;

use super::activity::{self, Subject, at};
use super::balance;
use super::choose;
use super::hooks;
use super::model::{ActivityStatus, Group, Lifecycle, Member, Transition};
use super::source::{self, Place};
use super::{ops, policies, scheduled};
use crate::core::time::Time;
use crate::services::ec2::launch;
use crate::services::ec2::model::State;
use crate::services::ecs;
use crate::world::{Scope, View};

/// From a change of the desired capacity to the first launch.
const ACT_AFTER_MS: i64 = 4_000;
/// From the end of an instance to its group noticing: the period of the EC2 health check.
const NOTICE_AFTER_MS: i64 = 30_000;
/// Most launches at once; more follow in the next step.
const MAX_LAUNCHES: i32 = 20;
/// After a launch that failed; doubled with every further one, up to sixteen minutes.
const RETRY_AFTER_MS: i64 = 15_000;

/// The next moment a group acts by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let of_group = |group: &Group| {
        let noticed = group.members.values().filter_map(|member| member.noticed_at).min();
        let scheduled = group.scheduled.values().map(|action| action.next);
        let held = hooks::next_due(view, group);
        group.act_at.into_iter().chain(noticed).chain(held).chain(scheduled).min()
    };
    view.region.autoscaling.groups.values().filter_map(of_group).min()
}

/// One step for each group.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let names: Vec<String> = scope.region.autoscaling.groups.keys().cloned().collect();
    let mut changed = policies::reconcile(scope);
    for name in &names {
        changed |= step(scope, name);
    }
    changed
}

fn step(scope: &mut Scope<'_>, name: &str) -> bool {
    // Taken out while it is worked on, so that EC2 can be asked to act.
    let Some(mut group) = scope.region.autoscaling.groups.remove(name) else { return false };
    let mut changed = watch(scope, &mut group);
    changed |= hooks::step(scope, &mut group);
    changed |= scheduled::step(scope, &mut group);
    changed |= retire(scope, &mut group);
    if group.deleting && group.members.is_empty() {
        let past = &mut scope.region.autoscaling.past_activities;
        past.append(&mut group.activities);
        activity::forget(past);
        for policy in group.policies.values() {
            ops::policies::forget(scope, policy);
        }
        return true;
    }
    changed |= converge(scope, &mut group);
    changed |= balance::step(scope, &mut group);
    scope.region.autoscaling.groups.insert(name.to_owned(), group);
    changed
}

/// Follows what EC2 says of the members.
fn watch(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let (now, mut changed) = (scope.now, false);
    let checks = !group.suspended.contains_key("HealthCheck");
    let notice = now.plus_ms(scope.settings.lasts(NOTICE_AFTER_MS));
    let mut joined = Vec::new();
    let mut left = Vec::new();
    for member in group.members.values_mut() {
        let state = scope.region.ec2.instance(&member.instance_id).map(|instance| instance.state);
        match (member.lifecycle, state) {
            (Lifecycle::Pending, Some(State::Running)) => joined.push(member.instance_id.clone()),
            (
                Lifecycle::Terminating | Lifecycle::TerminatingProceed,
                None | Some(State::Terminated { .. }),
            ) => {
                left.push(member.instance_id.clone());
            }
            (Lifecycle::Terminating | Lifecycle::TerminatingWait | Lifecycle::TerminatingProceed, _)
            | (Lifecycle::Pending, Some(State::Pending { .. }))
            | (
                Lifecycle::PendingWait | Lifecycle::PendingProceed | Lifecycle::InService,
                Some(State::Running),
            ) => {
                changed |= member.noticed_at.take().is_some();
            }
            _ if !member.healthy => {}
            _ if !checks => changed |= member.noticed_at.take().is_some(),
            _ => match member.noticed_at {
                None => {
                    member.noticed_at = Some(notice);
                    changed = true;
                }
                Some(due) if due <= now => {
                    (member.noticed_at, member.healthy) = (None, false);
                    changed = true;
                }
                Some(_) => {}
            },
        }
    }
    for id in &joined {
        if !hooks::begin(scope, group, id, Transition::Launching) {
            hooks::enter(group, id, now);
        }
    }
    for id in &left {
        activity::end(group, id, now, ActivityStatus::Successful);
        group.members.remove(id);
    }
    changed || !joined.is_empty() || !left.is_empty()
}

/// Lets go of members that are unhealthy, or of all when the group is deleted.
fn retire(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let now = scope.now;
    let replaces =
        !group.suspended.contains_key("ReplaceUnhealthy") && !group.suspended.contains_key("Terminate");
    let leaving: Vec<(String, bool)> = group
        .members
        .values()
        .filter(|member| member.lifecycle.counts() && (group.deleting || !member.healthy && replaces))
        .map(|member| (member.instance_id.clone(), member.healthy))
        .collect();
    for (id, healthy) in &leaving {
        let runs = scope.region.ec2.instance(id).is_some_and(|instance| instance.state == State::Running);
        let cause = match (group.deleting, *healthy, runs) {
            (true, _, _) => {
                let reason = group.reason.clone().unwrap_or_default();
                let what = format!(
                    "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {} to 0",
                    leaving.len()
                );
                let selected = at(now, &format!("instance {id} was selected for termination"));
                format!("{reason}  {}  {selected}", at(now, &what)).trim_start().to_owned()
            }
            (false, _, true) => {
                at(now, "an instance was taken out of service in response to a user health-check")
            }
            (false, _, false) => at(
                now,
                "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped",
            ),
        };
        if !group.deleting {
            group.to_replace += 1;
        }
        terminate(scope, group, id, cause);
    }
    !leaving.is_empty()
}

/// Marks a member as terminating and tells EC2.
pub(super) fn terminate(scope: &mut Scope<'_>, group: &mut Group, id: &str, cause: String) {
    let Some(member) = group.members.get_mut(id) else { return };
    let was = member.lifecycle;
    (member.lifecycle, member.noticed_at, member.since) = (Lifecycle::Terminating, None, scope.now);
    member.waits.clear();
    let zone = member.zone.clone();
    if was.is_launching() {
        activity::end(group, id, scope.now, ActivityStatus::Cancelled);
    }
    let instance = scope.region.ec2.instance(id);
    let subnet = instance.map(|instance| instance.subnet_id.clone());
    let subject = Subject { instance_id: Some(id.to_owned()), zone, subnet };
    let description = format!("Terminating EC2 instance: {id}");
    activity::begin(group, &mut scope.region.ids, scope.now, description, cause, subject);
    if !hooks::begin(scope, group, id, Transition::Terminating) {
        finish(scope, group, id);
    }
}

/// Tells EC2 to end an instance, unless ECS lets it go later.
pub(super) fn finish(scope: &mut Scope<'_>, group: &Group, id: &str) {
    let ending = scope.region.ec2.instance(id).is_none_or(|instance| instance.state.is_ending());
    let drained_first = !group.deleting && ecs::drains(&scope.view(), &group.arn, id);
    if !ending && !drained_first {
        // Only unknown ids are refused, and this one is known.
        let _ = launch::terminate(scope, &[id.to_owned()]);
    }
}

/// Acts on the difference between desired and actual capacity, when it is time.
fn converge(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let now = scope.now;
    let actual = actual(group);
    let process = if actual < group.desired { "Launch" } else { "Terminate" };
    if group.deleting || actual == group.desired || group.suspended.contains_key(process) {
        return group.act_at.take().is_some();
    }
    match group.act_at {
        None => {
            group.act_at = Some(now.plus_ms(scope.settings.lasts(ACT_AFTER_MS)));
            true
        }
        Some(due) if due > now => false,
        Some(_) => {
            group.act_at = None;
            if actual < group.desired {
                grow(scope, group, actual);
            } else {
                shrink(scope, group, actual);
            }
            true
        }
    }
}

/// Members that count.
pub(super) fn actual(group: &Group) -> i32 {
    let count = group.members.values().filter(|member| member.lifecycle.counts()).count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn grow(scope: &mut Scope<'_>, group: &mut Group, actual: i32) {
    let missing = group.desired - actual;
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    let places = choose::places(&scope.region.ec2, group);
    for at in choose::spread(&scope.region.ec2, group, &places, missing.min(MAX_LAUNCHES)) {
        *counts.entry(at).or_default() += 1;
    }
    let capacity = (actual, group.desired);
    for (at, count) in counts {
        let Some(place) = places.get(at) else { continue };
        if let Err(message) = launch_at(scope, group, place, count, capacity) {
            let cause = launch_cause(group, scope.now, capacity);
            let subject =
                Subject { instance_id: None, zone: place.zone.clone(), subnet: place.subnet.clone() };
            let description = "Launching a new EC2 instance.".to_owned();
            activity::begin(group, &mut scope.region.ids, scope.now, description, cause, subject);
            activity::fail_last(group, scope.now, message);
            let wait = RETRY_AFTER_MS << group.failures.min(6);
            group.failures = group.failures.saturating_add(1);
            group.act_at = Some(scope.now.plus_ms(scope.settings.lasts(wait)));
            return;
        }
    }
    if places.is_empty() {
        group.act_at = Some(scope.now.plus_ms(scope.settings.lasts(RETRY_AFTER_MS << 6)));
        return;
    }
    group.failures = 0;
    if missing <= MAX_LAUNCHES {
        group.reason = None;
    }
}

fn launch_at(
    scope: &mut Scope<'_>,
    group: &mut Group,
    place: &Place,
    count: u32,
    capacity: (i32, i32),
) -> Result<(), String> {
    let failed = |message: &str| format!("{}. Launching EC2 instance failed.", message.trim_end_matches('.'));
    let (spec, source) = source::spec(&scope.view(), group, place).map_err(|fault| failed(&fault.message))?;
    let ids = launch::launch(scope, &spec, count).map_err(|fault| failed(&fault.message))?;
    for id in ids {
        let Some(instance) = scope.region.ec2.instance(&id) else { continue };
        let subject = Subject {
            instance_id: Some(id.clone()),
            zone: place.zone.clone(),
            subnet: Some(instance.subnet_id.clone()),
        };
        let member = Member {
            instance_id: id.clone(),
            zone: place.zone.clone(),
            instance_type: instance.instance_type.clone(),
            lifecycle: Lifecycle::Pending,
            healthy: true,
            source: source.clone(),
            protected: group.protect_new,
            noticed_at: None,
            since: scope.now,
            registered: vec![],
            waits: BTreeMap::new(),
            abandoned: None,
        };
        let cause = launch_cause(group, scope.now, capacity);
        group.to_replace = (group.to_replace - 1).max(0);
        group.members.insert(id.clone(), member);
        let description = format!("Launching a new EC2 instance: {id}");
        activity::begin(group, &mut scope.region.ids, scope.now, description, cause, subject);
    }
    Ok(())
}

fn launch_cause(group: &Group, now: Time, (from, to): (i32, i32)) -> String {
    if group.to_replace > 0 {
        return at(
            now,
            "an instance was launched in response to an unhealthy instance needing to be replaced",
        );
    }
    let what = format!(
        "an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {from} to {to}"
    );
    let reason = group.reason.clone().unwrap_or_default();
    format!("{reason}  {}", at(now, &what)).trim_start().to_owned()
}

fn shrink(scope: &mut Scope<'_>, group: &mut Group, actual: i32) {
    let victims = choose::victims(scope, group, actual - group.desired);
    let reason = group.reason.take().unwrap_or_default();
    let what = format!(
        "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {actual} to {}",
        group.desired
    );
    for id in &victims {
        let selected = at(scope.now, &format!("instance {id} was selected for termination"));
        let cause = format!("{reason}  {}  {selected}", at(scope.now, &what)).trim_start().to_owned();
        terminate(scope, group, id, cause);
    }
    group.to_replace = 0;
    if victims.is_empty() {
        // All of them are protected. Looked at again later, as a user may lift that.
        group.act_at = Some(scope.now.plus_ms(scope.settings.lasts(RETRY_AFTER_MS << 6)));
    }
}

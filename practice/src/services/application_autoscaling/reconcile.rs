//! Policies whose alarm is on, and scheduled actions that are due. An alarm that stays on asks again every minute;
//! cooldowns decide whether anything comes of it. Follows "Target tracking scaling policies" and "Step scaling".

use super::model::{Activity, MAX_ACTIVITIES, Policy, Rule};
use super::rule::{self, Ask};
use crate::core::schedule::Schedule;
use crate::core::time::Time;
use crate::services::ecs::model::{Event, MAX_EVENTS, Service, ServiceStatus};
use crate::world::{Scope, View};

/// Between scaling activities, when nothing else is said: AWS's default for ECS.
const COOLDOWN_SECONDS: i64 = 300;

/// The next scheduled action. Policies wait for alarms.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let targets = view.region.application_autoscaling.targets.values();
    targets.flat_map(|target| target.scheduled.values()).filter_map(|action| action.next).min()
}

/// The service of a resource id.
pub(super) fn service<'w>(view: &View<'w>, resource: &str) -> Option<&'w Service> {
    let (cluster, name) = resource.strip_prefix("service/")?.split_once('/')?;
    let service = view.region.ecs.active_cluster(cluster)?.services.get(name)?;
    Some(service).filter(|service| service.status == ServiceStatus::Active)
}

/// Does what is due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let mut changed = false;
    let resources: Vec<String> = scope.region.application_autoscaling.targets.keys().cloned().collect();
    for resource in &resources {
        changed |= on_schedule(scope, resource);
        changed |= within_bounds(scope, resource);
        changed |= on_alarm(scope, resource);
    }
    changed
}

/// One scheduled action at a time: what else is due has its turn in the next round.
fn on_schedule(scope: &mut Scope<'_>, resource: &str) -> bool {
    let now = scope.now;
    let Some(target) = scope.region.application_autoscaling.targets.get_mut(resource) else { return false };
    let due = target.scheduled.iter_mut().find(|(_, action)| action.next.is_some_and(|at| at <= now));
    let Some((name, action)) = due else { return false };
    let schedule = Schedule::parse(&action.schedule);
    let next = schedule.and_then(|schedule| schedule.next(action.start.unwrap_or(action.created_at), now));
    action.next = next.filter(|at| action.end.is_none_or(|end| *at <= end));
    if target.suspended.scheduled_scaling_suspended {
        return true;
    }
    let (min, max) = (action.min, action.max);
    target.min = min.unwrap_or(target.min);
    target.max = max.unwrap_or(target.max);
    // A bound that passes the other one takes it along.
    match min {
        Some(min) => target.max = target.max.max(min),
        None => target.min = target.min.min(target.max),
    }
    target.unchecked = true;
    let description = match (min, max) {
        (Some(min), Some(max)) => format!("Setting min capacity to {min} and max capacity to {max}"),
        (Some(min), None) => format!("Setting min capacity to {min}"),
        (None, max) => format!("Setting max capacity to {}", max.unwrap_or(target.max)),
    };
    let message = description.replace("Setting", "Successfully set");
    let cause = format!("scheduled action name {name} was triggered");
    note(scope, resource, description, cause, message);
    true
}

/// Adds an activity.
fn note(scope: &mut Scope<'_>, resource: &str, description: String, cause: String, message: String) {
    let (id, at) = (scope.region.ids.uuid(), scope.now);
    let activities = &mut scope.region.application_autoscaling.activities;
    activities.push_front(Activity { id, resource: resource.to_owned(), at, description, cause, message });
    activities.truncate(MAX_ACTIVITIES);
}

/// After its bounds were set, the count goes inside them.
fn within_bounds(scope: &mut Scope<'_>, resource: &str) -> bool {
    let Some(target) = scope.region.application_autoscaling.targets.get_mut(resource) else { return false };
    if !std::mem::take(&mut target.unchecked) {
        return false;
    }
    let (min, max) = (target.min, target.max);
    let Some(current) = service(&scope.view(), resource).map(|service| service.desired) else { return true };
    if current < min {
        set_desired(scope, resource, min, &format!("minimum capacity was set to {min}"));
    } else if current > max {
        set_desired(scope, resource, max, &format!("maximum capacity was set to {max}"));
    }
    true
}

/// A policy that an alarm asks for.
struct Call {
    policy: String,
    rule: Rule,
    ask: Ask,
}

fn calls(view: &View<'_>, resource: &str) -> Vec<Call> {
    let Some(target) = view.region.application_autoscaling.targets.get(resource) else { return Vec::new() };
    let asks = |(name, policy): (&String, &Policy)| {
        let asks = rule::asks(view, &policy.arn, policy.seen);
        let call = |ask| Call { policy: name.clone(), rule: policy.rule.clone(), ask };
        asks.into_iter().map(call).collect::<Vec<_>>()
    };
    target.policies.iter().flat_map(asks).collect()
}

/// Where several policies ask at once, the one that leaves most tasks wins, as on AWS.
fn on_alarm(scope: &mut Scope<'_>, resource: &str) -> bool {
    let view = scope.view();
    let calls = calls(&view, resource);
    let Some(current) = service(&view, resource).map(|service| service.desired) else { return false };
    let now = scope.now;
    let made = view.region.application_autoscaling.targets.get(resource);
    let made = made.into_iter().flat_map(|target| target.policies.values()).flat_map(|policy| &policy.alarms);
    let may_scale_in = rule::may_scale_in(&view, made);
    let Some(target) = scope.region.application_autoscaling.targets.get_mut(resource) else { return false };
    let mut best: Option<(u32, &Call)> = None;
    for call in &calls {
        if let Some(policy) = target.policies.get_mut(&call.policy) {
            policy.seen = Some(call.ask.seen);
        }
        let wanted = match &call.rule {
            Rule::TargetTracking(rule) => rule::tracked(rule, &call.ask, current),
            Rule::Step(rule) => {
                let beyond = call.ask.value.map(|value| value - call.ask.threshold);
                beyond.and_then(|beyond| rule::stepped(rule, beyond, current))
            }
        };
        let Some(wanted) = wanted.map(|count| count.clamp(target.min, target.max)) else { continue };
        let (out, cooldown) = (wanted > current, cooldown(&call.rule, wanted > current));
        let rests = |at: Option<Time>, seconds: i64| at.is_some_and(|at| now.since(at) < seconds * 1000);
        let suspended = if out {
            target.suspended.dynamic_scaling_out_suspended
        } else {
            target.suspended.dynamic_scaling_in_suspended
        };
        let alone = !out && !may_scale_in && matches!(call.rule, Rule::TargetTracking(_));
        // After scaling out, scaling in waits too; scaling out does not wait for a scaling in.
        let blocked = rests(target.out_at, cooldown) || (!out && rests(target.in_at, cooldown));
        if wanted != current && !suspended && !blocked && !alone && best.is_none_or(|(most, _)| wanted > most)
        {
            best = Some((wanted, call));
        }
    }
    if let Some((wanted, call)) = best {
        if wanted > current {
            target.out_at = Some(now);
        } else {
            target.in_at = Some(now);
        }
        let cause =
            format!("monitor alarm {} in state ALARM triggered policy {}", call.ask.alarm, call.policy);
        set_desired(scope, resource, wanted, &cause);
    }
    !calls.is_empty()
}

fn cooldown(rule: &Rule, out: bool) -> i64 {
    let seconds = match rule {
        Rule::TargetTracking(rule) if out => rule.scale_out_cooldown,
        Rule::TargetTracking(rule) => rule.scale_in_cooldown,
        Rule::Step(rule) => rule.cooldown,
    };
    seconds.unwrap_or(COOLDOWN_SECONDS)
}

/// Sets the desired count of a service, and says so where AWS does.
fn set_desired(scope: &mut Scope<'_>, resource: &str, count: u32, cause: &str) {
    let now = scope.now;
    let Some((cluster, name)) = resource.strip_prefix("service/").and_then(|rest| rest.split_once('/'))
    else {
        return;
    };
    let cluster = scope.region.ecs.clusters.get_mut(cluster);
    let Some(service) = cluster.and_then(|cluster| cluster.services.get_mut(name)) else { return };
    let message = format!("Successfully set desired count to {count}. Change successfully fulfilled by ecs.");
    service.desired = count;
    service.steady = false;
    service.events.push_front(Event { at: now, message: format!("Message: {message} Cause: {cause}") });
    service.events.truncate(MAX_EVENTS);
    note(scope, resource, format!("Setting desired count to {count}."), cause.to_owned(), message);
}

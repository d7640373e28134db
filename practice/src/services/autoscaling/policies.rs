//! Scaling policies at work: what their alarms ask for, within cooldowns and warm-ups. Follows "Dynamic scaling for Amazon
//! EC2 Auto Scaling" and "Scaling cooldowns".

use super::activity::at;
use super::model::{Group, Grown, Lifecycle, Member, Policy, Rule};
use crate::core::time::Time;
use crate::services::application_autoscaling::rule::{self, Ask};
use crate::world::Scope;

/// What an alarm asks a policy of a group, by its name.
struct Call {
    policy: String,
    ask: Ask,
}

/// Does what alarms ask of policies; true when any did.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let view = scope.view();
    let has = |group: &&Group| !group.policies.is_empty() && !group.deleting;
    let mut all: Vec<(String, Vec<Call>, bool)> = Vec::new();
    for group in view.region.autoscaling.groups.values().filter(has) {
        let calls: Vec<Call> = group
            .policies
            .iter()
            .flat_map(|(name, policy)| {
                let asks = rule::asks(&view, &policy.arn, policy.seen);
                asks.into_iter().map(move |ask| Call { policy: name.clone(), ask })
            })
            .collect();
        if !calls.is_empty() {
            let enabled = group.policies.values().filter(|policy| policy.enabled);
            let may_scale_in = rule::may_scale_in(&view, enabled.flat_map(|policy| &policy.alarms));
            all.push((group.name.clone(), calls, may_scale_in));
        }
    }
    for (name, calls, may_scale_in) in &all {
        if let Some(group) = scope.region.autoscaling.groups.get_mut(name) {
            answer(group, calls, *may_scale_in, scope.now);
        }
    }
    !all.is_empty()
}

/// Where several policies ask at once, the one that leaves most instances wins, as on AWS.
/// Target tracking scales in only if all of the group's policies would, which `may_scale_in` tells.
fn answer(group: &mut Group, calls: &[Call], may_scale_in: bool, now: Time) {
    let mut best: Option<(i32, &Call)> = None;
    for call in calls {
        let Some(policy) = group.policies.get_mut(&call.policy) else { continue };
        policy.seen = Some(call.ask.seen);
        let Some(policy) = group.policies.get(&call.policy).filter(|policy| policy.enabled) else { continue };
        if group.suspended.contains_key("AlarmNotification") {
            continue;
        }
        let blocked = matches!(policy.rule, Rule::Simple(_)) && rests(group, now).is_some();
        let wanted = if blocked { None } else { wanted(group, policy, now, &Ground::Alarm(&call.ask)) };
        let Some(wanted) = wanted else { continue };
        if wanted < group.desired && !may_scale_in && matches!(policy.rule, Rule::TargetTracking(_)) {
            continue;
        }
        if best.is_none_or(|(most, _)| wanted > most) {
            best = Some((wanted, call));
        }
    }
    if let Some((wanted, call)) = best {
        let what =
            format!("a monitor alarm {} in state ALARM triggered policy {}", call.ask.alarm, call.policy);
        resize(group, &call.policy, wanted, now, &what);
    }
}

/// On what a policy decides.
pub(super) enum Ground<'a> {
    /// An alarm that is on.
    Alarm(&'a Ask),
    /// A user who executes it: the metric less the threshold.
    User(f64),
}

/// The capacity that a policy makes of the group's; None when it leaves it as it is.
pub(super) fn wanted(group: &Group, policy: &Policy, now: Time, ground: &Ground<'_>) -> Option<i32> {
    let warming = warming(group, now);
    let from = warming.map_or(group.desired, |grown| grown.from);
    let leaving = group.members.values().filter(|member| !member.lifecycle.counts()).count();
    let size = |count: i32| u32::try_from(count).unwrap_or_default();
    let result = |current: i32| -> Option<u32> {
        match (&policy.rule, ground) {
            (Rule::Simple(rule), _) => {
                Some(rule::adjusted(&rule.adjustment_type, rule.by, rule.least, size(group.desired)))
            }
            (Rule::Step(rule), Ground::Alarm(ask)) => {
                rule::stepped(rule, ask.value? - ask.threshold, size(current))
            }
            (Rule::Step(rule), Ground::User(beyond)) => rule::stepped(rule, *beyond, size(current)),
            (Rule::TargetTracking(rule), Ground::Alarm(ask)) => rule::tracked(rule, ask, size(current)),
            (Rule::TargetTracking(_), Ground::User(_)) => None,
        }
    };
    let fitted = |count: u32| i32::try_from(count).unwrap_or(i32::MAX).clamp(group.min, group.max);
    // Instances that warm up count as part of what is added already, those that leave as part of what is there.
    let out = result(from).map(fitted).filter(|count| *count > group.desired);
    if out.is_some() {
        return out;
    }
    let there = match policy.rule {
        Rule::Simple(_) => group.desired,
        _ if warming.is_some() => return None,
        _ => group.desired.saturating_add(i32::try_from(leaving).unwrap_or(i32::MAX)),
    };
    result(there).map(fitted).filter(|count| *count < group.desired)
}

/// Sets the desired capacity that a policy wants. `what` is why.
pub(super) fn resize(group: &mut Group, policy: &str, wanted: i32, now: Time, what: &str) {
    let before = group.desired;
    if wanted == before {
        return;
    }
    let warming = warming(group, now);
    let Some(policy) = group.policies.get(policy) else { return };
    group.rests = match &policy.rule {
        Rule::Simple(rule) => rule.cooldown,
        _ => None,
    };
    if wanted > before && !matches!(policy.rule, Rule::Simple(_)) {
        let warmup = policy.warmup.unwrap_or(group.cooldown);
        group.grown = Some(Grown { at: now, from: warming.map_or(before, |grown| grown.from), warmup });
    } else if wanted < before {
        group.grown = None;
    }
    group.reason = Some(at(now, &format!("{what} changing the desired capacity from {before} to {wanted}")));
    (group.desired, group.act_at, group.failures) = (wanted, None, 0);
}

/// The scale-out whose instances are not all there and warm yet.
fn warming(group: &Group, now: Time) -> Option<Grown> {
    let grown = group.grown?;
    let cold = |member: &Member| {
        let warm = member.since.plus_ms(i64::from(grown.warmup) * 1000);
        member.lifecycle.is_launching()
            || member.lifecycle == Lifecycle::InService && member.since >= grown.at && warm > now
    };
    let there = group.members.values().filter(|member| member.lifecycle.counts()).count();
    let missing = i32::try_from(there).unwrap_or(i32::MAX) < group.desired;
    (missing || group.members.values().any(cold)).then_some(grown)
}

/// Why a simple policy has to wait.
pub(super) enum Rest {
    /// A scaling activity is under way: its id.
    Busy(String),
    /// The last one ended within the cooldown.
    Cooldown,
}

/// Whether simple policies have to wait.
pub(super) fn rests(group: &Group, now: Time) -> Option<Rest> {
    if let Some(open) = group.activities.iter().rev().find(|activity| activity.ended_at.is_none()) {
        return Some(Rest::Busy(open.id.clone()));
    }
    let last = group.activities.iter().filter_map(|activity| activity.ended_at).max()?;
    let seconds = i64::from(group.rests.unwrap_or(group.cooldown));
    (last.plus_ms(seconds * 1000) > now).then_some(Rest::Cooldown)
}

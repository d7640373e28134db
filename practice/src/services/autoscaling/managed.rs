//! Groups whose size somebody else manages: Amazon ECS by its capacity providers.

use super::activity::at;
use super::model::{Group, Lifecycle};
use super::source;
use crate::core::time::Time;
use crate::services::ec2::launch;
use crate::services::ec2::model::State;
use crate::world::{Scope, View};

/// The group of that ARN, unless it is being deleted.
pub(crate) fn group<'v>(view: &View<'v>, arn: &str) -> Option<&'v Group> {
    view.region.autoscaling.groups.values().find(|group| group.arn == arn && !group.deleting)
}

/// The type of the instances that a group launches next.
pub(crate) fn instance_type(view: &View<'_>, group: &Group) -> Option<String> {
    source::from_source(view, &group.source).ok().map(|(spec, _)| spec.instance_type)
}

/// Members that are told to go but still run, as something was to be done first; with the moment they were told. Those
/// that wait for lifecycle hooks are not among them yet.
pub(crate) fn leaving(group: &Group, view: &View<'_>) -> Vec<(String, Time)> {
    let runs = |id: &str| view.region.ec2.instance(id).is_some_and(|one| one.state == State::Running);
    let told = |life| matches!(life, Lifecycle::Terminating | Lifecycle::TerminatingProceed);
    let all = group.members.values().filter(|member| told(member.lifecycle));
    all.filter(|member| runs(&member.instance_id)).map(|m| (m.instance_id.clone(), m.since)).collect()
}

/// Lets a member that was told to go end now.
pub(crate) fn let_go(scope: &mut Scope<'_>, id: &str) {
    // Only unknown ids are refused, and this one is known.
    let _ = launch::terminate(scope, &[id.to_owned()]);
}

/// Sets the size of a group. `policy` is who asks for it.
pub(crate) fn resize(scope: &mut Scope<'_>, arn: &str, desired: i32, policy: &str) {
    let now = scope.now;
    let Some(group) = scope.region.autoscaling.groups.values_mut().find(|group| group.arn == arn) else {
        return;
    };
    let (from, to) = (group.desired, desired.clamp(group.min, group.max));
    let what = format!(
        "a monitor alarm {policy} in state ALARM triggered policy {policy} changing the desired capacity from {from} to {to}"
    );
    group.reason = Some(at(now, &what));
    group.desired = to;
}

/// Protects members from scale in, or does not. True when that changed anything.
pub(crate) fn protect(scope: &mut Scope<'_>, arn: &str, wanted: impl Fn(&str) -> bool) -> bool {
    let Some(group) = scope.region.autoscaling.groups.values_mut().find(|group| group.arn == arn) else {
        return false;
    };
    let mut changed = false;
    for member in group.members.values_mut().filter(|member| member.lifecycle == Lifecycle::InService) {
        let wanted = wanted(&member.instance_id);
        changed |= member.protected != wanted;
        // Those that wait for one to go look again.
        if member.protected && !wanted && group.act_at.is_some() {
            group.act_at = Some(scope.now);
        }
        member.protected = wanted;
    }
    changed
}

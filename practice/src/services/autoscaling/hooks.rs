//! Lifecycle hooks at work: an instance that launches or terminates waits until each of its group's hooks is completed, or
//! their time is up. Follows "Amazon EC2 Auto Scaling lifecycle hooks" (Amazon EC2 Auto Scaling User Guide).

use super::activity::{self, at};
use super::model::{ActivityStatus, Group, Hook, Lifecycle, Member, Transition, Wait};
use super::reconcile;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// How long an instance is in `Pending:Proceed`.
const PROCEED_MS: i64 = 2_000;
/// Most seconds in a wait state, however many heartbeats there are: 48 hours, or so many times the heartbeat timeout.
const MOST_SECONDS: i32 = 172_800;
const MOST_TIMES: i32 = 100;

impl Hook {
    /// `GlobalTimeout`, in seconds.
    pub(super) fn global_timeout(&self) -> i32 {
        self.timeout.saturating_mul(MOST_TIMES).min(MOST_SECONDS)
    }
}

impl Transition {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Launching, Self::Terminating];

    /// As the API writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Launching => "autoscaling:EC2_INSTANCE_LAUNCHING",
            Self::Terminating => "autoscaling:EC2_INSTANCE_TERMINATING",
        }
    }
}

/// The end of a heartbeat that is recorded now.
pub(super) fn beats_until(hook: &Hook, now: Time) -> Time {
    now.plus_ms(i64::from(hook.timeout) * 1000)
}

/// The moments at which a wait of the group is over.
pub(super) fn next_due(view: &View<'_>, group: &Group) -> Option<Time> {
    let of = |member: &Member| {
        let proceeds = member.since.plus_ms(view.settings.lasts(PROCEED_MS));
        let proceeds = (member.lifecycle == Lifecycle::PendingProceed).then_some(proceeds);
        member.waits.values().map(|wait| wait.until).chain(proceeds).min()
    };
    group.members.values().filter_map(of).min()
}

/// Lets a member wait for the group's hooks of a transition; false when it has none.
pub(super) fn begin(scope: &mut Scope<'_>, group: &mut Group, id: &str, transition: Transition) -> bool {
    let now = scope.now;
    let Some(member) = group.members.get_mut(id) else { return false };
    for (name, hook) in group.hooks.iter().filter(|(_, hook)| hook.transition == transition) {
        let at_most = now.plus_ms(i64::from(hook.global_timeout()) * 1000);
        let wait = Wait { token: scope.region.ids.uuid(), until: beats_until(hook, now), at_most };
        member.waits.insert(name.clone(), wait);
    }
    if member.waits.is_empty() {
        return false;
    }
    member.lifecycle = match transition {
        Transition::Launching => Lifecycle::PendingWait,
        Transition::Terminating => Lifecycle::TerminatingWait,
    };
    member.since = now;
    activity::mark(group, id, ActivityStatus::MidLifecycleAction);
    true
}

/// Puts a member in service.
pub(super) fn enter(group: &mut Group, id: &str, now: Time) {
    if let Some(member) = group.members.get_mut(id) {
        (member.lifecycle, member.since) = (Lifecycle::InService, now);
    }
    activity::end(group, id, now, ActivityStatus::Successful);
}

/// Why an action was abandoned, as activities say it.
pub(super) fn abandonment(wait: &Wait, why: &str) -> String {
    format!(
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {} was abandoned: {why}",
        wait.token
    )
}

/// Takes the default result of hooks whose time is up, and lets go on those that wait for nothing more.
pub(super) fn step(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let now = scope.now;
    let held = |member: &&Member| {
        use Lifecycle::{PendingProceed, PendingWait, TerminatingWait};
        matches!(member.lifecycle, PendingWait | PendingProceed | TerminatingWait)
    };
    let ids: Vec<String> = group.members.values().filter(held).map(|m| m.instance_id.clone()).collect();
    let mut changed = false;
    for id in &ids {
        changed |= time_out(group, id, now);
        changed |= go_on(scope, group, id);
    }
    changed
}

fn time_out(group: &mut Group, id: &str, now: Time) -> bool {
    let Some(member) = group.members.get_mut(id) else { return false };
    let late = |(_, wait): &(&String, &Wait)| wait.until <= now;
    let late: Vec<String> = member.waits.iter().filter(late).map(|(name, _)| name.clone()).collect();
    for name in &late {
        let continues = group.hooks.get(name).is_some_and(|hook| hook.continues);
        if let Some(wait) = member.waits.remove(name).filter(|_| !continues) {
            member.abandoned = Some(abandonment(&wait, "Heartbeat Timeout Expired"));
        }
    }
    !late.is_empty()
}

fn go_on(scope: &mut Scope<'_>, group: &mut Group, id: &str) -> bool {
    let now = scope.now;
    let proceeded = now.plus_ms(-scope.settings.lasts(PROCEED_MS));
    let Some(member) = group.members.get_mut(id) else { return false };
    let abandoned = member.abandoned.take();
    if abandoned.is_some() {
        member.waits.clear();
    }
    if !member.waits.is_empty() {
        return false;
    }
    match (member.lifecycle, abandoned) {
        (Lifecycle::PendingWait, Some(why)) => {
            activity::cancel(group, id, now, why);
            let what = "an instance was taken out of service in response to an abandoned lifecycle action";
            reconcile::terminate(scope, group, id, at(now, what));
        }
        (Lifecycle::PendingWait, None) => {
            (member.lifecycle, member.since) = (Lifecycle::PendingProceed, now);
            activity::mark(group, id, ActivityStatus::InProgress);
        }
        (Lifecycle::PendingProceed, _) if member.since <= proceeded => enter(group, id, now),
        (Lifecycle::TerminatingWait, _) => {
            (member.lifecycle, member.since) = (Lifecycle::TerminatingProceed, now);
            activity::mark(group, id, ActivityStatus::InProgress);
            reconcile::finish(scope, group, id);
        }
        _ => return false,
    }
    true
}

//! Scaling activities and the sentences AWS explains them with. Follows "Verify a scaling activity for an Auto
//! Scaling group" and the examples of the API reference.

use super::model::{Activity, ActivityStatus, Group};
use crate::core::id::IdSource;
use crate::core::time::Time;

/// Most activities kept per group, and for groups that are gone. AWS keeps six weeks.
const MAX_KEPT: usize = 100;

/// `2026-11-21T09:12:33Z`
pub(super) fn second(time: Time) -> String {
    let iso = time.iso();
    format!("{}Z", iso.split('.').next().unwrap_or_default())
}

/// `At 2026-11-21T09:12:33Z what.`
pub(super) fn at(time: Time, what: &str) -> String {
    format!("At {} {what}.", second(time))
}

/// What an activity is about.
pub(super) struct Subject {
    pub(super) instance_id: Option<String>,
    pub(super) zone: String,
    pub(super) subnet: Option<String>,
}

/// Begins an activity at the end of the group's list.
pub(super) fn begin(
    group: &mut Group,
    ids: &mut IdSource,
    now: Time,
    description: String,
    cause: String,
    subject: Subject,
) {
    let activity = Activity {
        id: ids.uuid(),
        group: group.name.clone(),
        group_arn: group.arn.clone(),
        description,
        cause,
        started_at: now,
        ended_at: None,
        status: ActivityStatus::InProgress,
        message: None,
        instance_id: subject.instance_id,
        zone: subject.zone,
        subnet: subject.subnet,
    };
    group.activities.push(activity);
    forget(&mut group.activities);
}

/// What the open activity of an instance is at.
pub(super) fn mark(group: &mut Group, instance_id: &str, status: ActivityStatus) {
    if let Some(activity) = open(group, instance_id) {
        activity.status = status;
    }
}

fn open<'g>(group: &'g mut Group, instance_id: &str) -> Option<&'g mut Activity> {
    let open = |a: &&mut Activity| a.ended_at.is_none() && a.instance_id.as_deref() == Some(instance_id);
    group.activities.iter_mut().rev().find(open)
}

/// Ends the open activity of an instance without success, and says why.
pub(super) fn cancel(group: &mut Group, instance_id: &str, now: Time, message: String) {
    if let Some(activity) = open(group, instance_id) {
        (activity.status, activity.ended_at) = (ActivityStatus::Cancelled, Some(now));
        activity.description = format!("{}.  Status Reason: {message}", activity.description);
        activity.message = Some(message);
    }
}

/// Ends the open activity of an instance.
pub(super) fn end(group: &mut Group, instance_id: &str, now: Time, status: ActivityStatus) {
    if let Some(activity) = open(group, instance_id) {
        (activity.status, activity.ended_at) = (status, Some(now));
    }
}

/// Ends the activity begun last as a failure.
pub(super) fn fail_last(group: &mut Group, now: Time, message: String) {
    if let Some(activity) = group.activities.last_mut() {
        activity.status = ActivityStatus::Failed;
        activity.ended_at = Some(now);
        activity.description = format!("{}  Status Reason: {message}", activity.description);
        activity.message = Some(message);
    }
}

/// Drops the oldest ones.
pub(super) fn forget(activities: &mut Vec<Activity>) {
    let surplus = activities.len().saturating_sub(MAX_KEPT);
    activities.drain(..surplus);
}

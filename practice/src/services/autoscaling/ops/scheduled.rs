//! Scheduled actions. Not here: time zones other than UTC.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad_token, check_name, group_not_found, limit_exceeded, validation};
use super::super::model::{Group, Scheduled};
use super::super::scheduled::next;
use super::super::shapes::Nothing;
use super::groups::living;
use super::sizes::records;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::schedule::Schedule;
use crate::core::time::{Iso, Time};
use crate::core::tree::lean;
use crate::world::{Scope, View};

/// AWS's quota per group.
const MAX_SCHEDULED: usize = 125;
/// Most actions in one batch.
const MAX_BATCH: usize = 50;

/// One scheduled action, as it is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Action {
    #[serde(default)]
    auto_scaling_group_name: String,
    scheduled_action_name: String,
    time: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    recurrence: Option<String>,
    min_size: Option<i32>,
    max_size: Option<i32>,
    desired_capacity: Option<i32>,
    time_zone: Option<String>,
}

fn time(text: Option<&String>, what: &str) -> Result<Option<Time>, Fault> {
    let parse = |text: &String| {
        // Fractions of a second do not count.
        Time::parse(text).ok_or_else(|| validation(format!("{what} {text} is not a time in UTC.")))
    };
    text.map(parse).transpose()
}

/// Puts one action into a group.
fn put_one(group: &mut Group, arn: String, now: Time, asked: &Action) -> Result<(), Fault> {
    let name = &asked.scheduled_action_name;
    check_name(name, "scheduledActionName")?;
    let before = group.scheduled.get(name);
    if before.is_none() && group.scheduled.len() >= MAX_SCHEDULED {
        return Err(limit_exceeded("scheduled actions for this AutoScalingGroup"));
    }
    let (min, max, desired) = (asked.min_size, asked.max_size, asked.desired_capacity);
    if min.or(max).or(desired).is_none() {
        return Err(validation("At least one of MinSize, MaxSize or DesiredCapacity must be specified."));
    }
    if [min, max, desired].into_iter().flatten().any(|size| size < 0) {
        return Err(validation("Sizes of a scheduled action must not be negative."));
    }
    let (low, high) = (min.or(desired).unwrap_or(0), max.or(desired).unwrap_or(i32::MAX));
    if low > high || desired.is_some_and(|desired| !(low..=high).contains(&desired)) {
        return Err(validation(
            "MinSize, DesiredCapacity and MaxSize of a scheduled action must be in this order.",
        ));
    }
    if let Some(zone) = asked.time_zone.as_deref().filter(|zone| !matches!(*zone, "UTC" | "Etc/UTC" | "GMT"))
    {
        return Err(validation(format!("The time zone {zone} is not part of this practice cloud. Use UTC.")));
    }
    if let Some(text) = &asked.recurrence
        && Schedule::unix(text).is_none()
    {
        return Err(validation(format!("Given recurrence string: {text} is invalid")));
    }
    let start = time(asked.start_time.as_ref().or(asked.time.as_ref()), "StartTime")?;
    let end = time(asked.end_time.as_ref(), "EndTime")?;
    if start.is_none() && asked.recurrence.is_none() {
        return Err(validation("Either StartTime or Recurrence must be specified."));
    }
    if start.is_some_and(|start| start <= now) {
        return Err(validation("Given start time is in the past"));
    }
    if end.is_some_and(|end| end <= start.unwrap_or(now)) {
        return Err(validation("Given end time is before the start time, or in the past"));
    }
    let (recurrence, zone) = (asked.recurrence.clone(), asked.time_zone.clone());
    let mut action = Scheduled { arn, recurrence, start, end, zone, min, max, desired, next: now };
    action.next = next(&action, now).ok_or_else(|| validation("The schedule lies in the past."))?;
    if group.scheduled.iter().any(|(other, one)| other != name && one.next == action.next) {
        let message = "A scheduled action of this AutoScalingGroup is at the same time already";
        return Err(Fault::new("AlreadyExists", message));
    }
    if let Some(before) = before {
        action.arn.clone_from(&before.arn);
    }
    group.scheduled.insert(name.clone(), action);
    Ok(())
}

fn new_arn(scope: &mut Scope<'_>, group: &str, name: &str) -> String {
    let id = scope.region.ids.uuid();
    let path =
        format!("scheduledUpdateGroupAction:{id}:autoScalingGroupName/{group}:scheduledActionName/{name}");
    scope.arn("autoscaling", &path)
}

/// `PutScheduledUpdateGroupAction`. An action that is there already becomes this one wholly.
pub(crate) fn put(scope: &mut Scope<'_>, input: Action) -> Result<Nothing, Fault> {
    let (now, of) = (scope.now, &input.auto_scaling_group_name);
    living(scope, of)?;
    let arn = new_arn(scope, of, &input.scheduled_action_name);
    put_one(living(scope, of)?, arn, now, &input)?;
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutMany {
    auto_scaling_group_name: String,
    #[serde(default)]
    scheduled_update_group_actions: Vec<Action>,
}

/// `BatchPutScheduledUpdateGroupAction`: those that cannot be put are named, the others are put.
pub(crate) fn put_many(scope: &mut Scope<'_>, input: PutMany) -> Result<Value, Fault> {
    let (now, of) = (scope.now, &input.auto_scaling_group_name);
    check_count(input.scheduled_update_group_actions.len())?;
    living(scope, of)?;
    let mut failed = Vec::new();
    for action in &input.scheduled_update_group_actions {
        let name = &action.scheduled_action_name;
        let arn = new_arn(scope, of, name);
        if let Err(fault) = put_one(living(scope, of)?, arn, now, action) {
            failed.push(failure(name, &fault));
        }
    }
    Ok(json!({"FailedScheduledUpdateGroupActions": failed}))
}

fn check_count(count: usize) -> Result<(), Fault> {
    if (1..=MAX_BATCH).contains(&count) {
        return Ok(());
    }
    Err(validation(format!("The number of scheduled actions must be between 1 and {MAX_BATCH}.")))
}

fn failure(name: &str, fault: &Fault) -> Value {
    json!({"ScheduledActionName": name, "ErrorCode": fault.code, "ErrorMessage": fault.message})
}

fn action_not_found() -> Fault {
    validation("Scheduled action name not found")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    auto_scaling_group_name: String,
    scheduled_action_name: String,
}

/// `DeleteScheduledAction`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Nothing, Fault> {
    let group = living(scope, &input.auto_scaling_group_name)?;
    let gone = group.scheduled.remove(&input.scheduled_action_name);
    gone.map(|_| Nothing {}).ok_or_else(action_not_found)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Many {
    auto_scaling_group_name: String,
    #[serde(default)]
    scheduled_action_names: Vec<String>,
}

/// `BatchDeleteScheduledAction`: those that are not there are named, the others are deleted.
pub(crate) fn delete_many(scope: &mut Scope<'_>, input: Many) -> Result<Value, Fault> {
    check_count(input.scheduled_action_names.len())?;
    let group = living(scope, &input.auto_scaling_group_name)?;
    let mut failed = Vec::new();
    for name in &input.scheduled_action_names {
        if group.scheduled.remove(name).is_none() {
            failed.push(failure(name, &action_not_found()));
        }
    }
    Ok(json!({"FailedScheduledActions": failed}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    auto_scaling_group_name: Option<String>,
    #[serde(default)]
    scheduled_action_names: Vec<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

/// `DescribeScheduledActions`: by the time they are due. Unknown names are left out without a fault.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let of = input.auto_scaling_group_name.as_ref();
    let groups = &view.region.autoscaling.groups;
    if let Some(name) = of.filter(|name| !groups.contains_key(*name)) {
        return Err(group_not_found(name));
    }
    let names = &input.scheduled_action_names;
    let bound = |text: &Option<String>, what| time(text.as_ref().filter(|_| names.is_empty()), what);
    let (from, to) = (bound(&input.start_time, "StartTime")?, bound(&input.end_time, "EndTime")?);
    let all = groups.values().filter(|group| of.is_none_or(|name| group.name == *name));
    let mut wanted: Vec<(&Group, &String, &Scheduled)> = all
        .flat_map(|group| group.scheduled.iter().map(move |(name, action)| (group, name, action)))
        .filter(|(_, name, action)| names.is_empty() || names.contains(name) || names.contains(&action.arn))
        .filter(|(.., action)| from.is_none_or(|from| action.next >= from))
        .filter(|(.., action)| to.is_none_or(|to| action.next <= to))
        .collect();
    let key = |(group, name, action): &(&Group, &String, &Scheduled)| {
        format!("{} {} {name}", action.next.iso(), group.name)
    };
    wanted.sort_by_key(key);
    let limit = records(input.max_records, 50, 100)?;
    let token = input.next_token.as_deref();
    let page = page(wanted, key, limit, token).map_err(|_| bad_token(token.unwrap_or_default()))?;
    let shown: Vec<Value> =
        page.items.iter().map(|(group, name, action)| show(group, name, action)).collect();
    Ok(lean(json!({"ScheduledUpdateGroupActions": shown, "NextToken": page.next})))
}

fn show(group: &Group, name: &str, action: &Scheduled) -> Value {
    json!({
        "AutoScalingGroupName": group.name,
        "ScheduledActionName": name,
        "ScheduledActionARN": action.arn,
        "Time": Iso(action.next),
        "StartTime": Iso(action.next),
        "EndTime": action.end.map(Iso),
        "Recurrence": action.recurrence,
        "MinSize": action.min,
        "MaxSize": action.max,
        "DesiredCapacity": action.desired,
        "TimeZone": action.zone,
    })
}

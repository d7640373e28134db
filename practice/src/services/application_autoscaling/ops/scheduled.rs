//! Scheduled actions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, check, find, paged};
use crate::core::fault::Fault;
use crate::core::schedule::Schedule;
use crate::core::time::{Epoch, Time};
use crate::core::tree::lean;
use crate::services::application_autoscaling::fault;
use crate::services::application_autoscaling::model::{MAX_SCHEDULED, Scheduled};
use crate::world::{Scope, View};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    service_namespace: String,
    schedule: Option<String>,
    timezone: Option<String>,
    scheduled_action_name: String,
    resource_id: String,
    scalable_dimension: String,
    start_time: Option<f64>,
    end_time: Option<f64>,
    scalable_target_action: Option<Bounds>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bounds {
    min_capacity: Option<u32>,
    max_capacity: Option<u32>,
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn time(seconds: f64) -> Time {
    Time((seconds * 1000.0) as i64)
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    let target = find(&scope.view(), &input.resource_id)?;
    let before = target.scheduled.get(&input.scheduled_action_name).cloned();
    if before.is_none() && target.scheduled.len() >= MAX_SCHEDULED {
        return Err(fault::limit("scheduled actions for each scalable target"));
    }
    if input.scheduled_action_name.is_empty() || input.scheduled_action_name.chars().count() > 256 {
        return Err(fault::validation("ScheduledActionName must have 1 to 256 characters."));
    }
    if input.timezone.as_deref().is_some_and(|zone| !matches!(zone, "UTC" | "Etc/UTC")) {
        return Err(fault::unsupported("A time zone other than UTC"));
    }
    let text = input.schedule.or_else(|| before.as_ref().map(|action| action.schedule.clone()));
    let text =
        text.ok_or_else(|| fault::validation("Schedule is required when creating a scheduled action."))?;
    let schedule = Schedule::parse(&text).ok_or_else(|| {
        fault::validation("Failed to parse schedule expression. Use at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields).")
    })?;
    let bounds = input.scalable_target_action;
    let (min, max) = match (&bounds, &before) {
        (Some(bounds), _) => (bounds.min_capacity, bounds.max_capacity),
        (None, Some(before)) => (before.min, before.max),
        (None, None) => (None, None),
    };
    if min.is_none() && max.is_none() {
        return Err(fault::validation("Minimum capacity or maximum capacity must be specified."));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(fault::validation("Minimum capacity cannot be greater than maximum capacity"));
    }
    let start = input.start_time.map(time).or(before.as_ref().and_then(|action| action.start));
    let end = input.end_time.map(time).or(before.as_ref().and_then(|action| action.end));
    let now = scope.now;
    let created_at = before.as_ref().map_or(now, |action| action.created_at);
    let next = schedule.next(start.unwrap_or(now), start.map_or(now, |start| start.plus_ms(-1).max(now)));
    if next.is_none() {
        return Err(fault::validation("The schedule lies in the past."));
    }
    let id = before.map_or_else(|| scope.region.ids.uuid(), |action| action.id);
    let next = next.filter(|at| end.is_none_or(|end| *at <= end));
    let action = Scheduled { id, schedule: text, created_at, start, end, min, max, next };
    if let Some(target) = scope.region.application_autoscaling.targets.get_mut(&input.resource_id) {
        target.scheduled.insert(input.scheduled_action_name, action);
    }
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    service_namespace: String,
    scheduled_action_name: String,
    resource_id: String,
    scalable_dimension: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    let target = scope.region.application_autoscaling.targets.get_mut(&input.resource_id);
    let gone = target.and_then(|target| target.scheduled.remove(&input.scheduled_action_name));
    gone.map(|_| json!({})).ok_or_else(|| {
        Fault::new("ObjectNotFoundException", format!("No scheduled action found for service namespace: ecs, resource ID: {}, scheduled action name: {}", input.resource_id, input.scheduled_action_name))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    service_namespace: String,
    #[serde(default)]
    scheduled_action_names: Vec<String>,
    resource_id: Option<String>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    check(&input.service_namespace, input.scalable_dimension.as_deref())?;
    let all = view.region.application_autoscaling.targets.iter().flat_map(|(resource, target)| {
        target.scheduled.iter().map(move |(name, action)| (resource, name, action))
    });
    let chosen = all.filter(|(resource, name, _)| {
        input.resource_id.as_ref().is_none_or(|id| id == *resource)
            && (input.scheduled_action_names.is_empty() || input.scheduled_action_names.contains(name))
    });
    let show = |(resource, name, action): &(&String, &String, &Scheduled)| {
        let path =
            format!("scheduledAction:{}:resource/ecs/{resource}:scheduledActionName/{name}", action.id);
        lean(json!({
            "ScheduledActionName": name,
            "ScheduledActionARN": view.arn("autoscaling", &path),
            "ServiceNamespace": "ecs",
            "Schedule": action.schedule,
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "StartTime": action.start.map(Epoch),
            "EndTime": action.end.map(Epoch),
            "ScalableTargetAction": {"MinCapacity": action.min, "MaxCapacity": action.max},
            "CreationTime": Epoch(action.created_at),
        }))
    };
    let key = |(resource, name, _): &(&String, &String, &Scheduled)| format!("{resource} {name}");
    paged("ScheduledActions", chosen, key, show, (input.max_results, input.next_token.as_deref()))
}

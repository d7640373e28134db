//! Task scale-in protection. Follows "Protect your Amazon ECS tasks from being terminated by scale-in events".

use serde::Deserialize;
use serde_json::{Value, json};

use super::{missing, present};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::services::ecs::model::{Cluster, Task};
use crate::services::ecs::{arns, fault};
use crate::world::{Scope, View};

/// Most tasks of one call.
const MAX_TASKS: usize = 10;
/// How long a task is protected when nothing is said, and at most.
const MINUTES: (i64, i64) = (120, 2_880);

#[derive(Debug, Deserialize)]
pub(super) struct Get {
    cluster: String,
    #[serde(default)]
    tasks: Vec<String>,
}

/// `GetTaskProtection`.
pub(super) fn get(view: &View<'_>, input: Get) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, Some(&input.cluster))?;
    if input.tasks.len() > MAX_TASKS {
        return Err(fault::invalid(format!("Tasks cannot have more than {MAX_TASKS} elements.")));
    }
    if input.tasks.is_empty() {
        let all = cluster.tasks.values().filter(|task| task.is_protected(view.now));
        let shown: Vec<Value> = all.map(|task| shape(view, cluster, task)).collect();
        return Ok(json!({"protectedTasks": shown, "failures": []}));
    }
    let (found, failures) = sorted(view, cluster, &input.tasks)?;
    let shown: Vec<Value> =
        found.iter().filter_map(|id| cluster.tasks.get(id)).map(|task| shape(view, cluster, task)).collect();
    Ok(json!({"protectedTasks": shown, "failures": failures}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    cluster: String,
    tasks: Vec<String>,
    protection_enabled: bool,
    expires_in_minutes: Option<i64>,
}

/// `UpdateTaskProtection`.
pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    if input.tasks.is_empty() || input.tasks.len() > MAX_TASKS {
        return Err(fault::invalid(format!("Tasks must have between 1 and {MAX_TASKS} elements.")));
    }
    let minutes = input.expires_in_minutes.unwrap_or(MINUTES.0);
    if !(1..=MINUTES.1).contains(&minutes) {
        return Err(fault::invalid(format!("expiresInMinutes must be between 1 and {}.", MINUTES.1)));
    }
    let (name, found, failures) = {
        let view = scope.view();
        let cluster = arns::find_cluster(&view, Some(&input.cluster))?;
        let (found, failures) = sorted(&view, cluster, &input.tasks)?;
        (cluster.name.clone(), found, failures)
    };
    let until = scope.now.plus_ms(scope.settings.lasts(minutes * 60_000));
    for id in &found {
        let task = scope.region.ecs.clusters.get_mut(&name).and_then(|c| c.tasks.get_mut(id));
        if let Some(task) = task {
            task.protected_until = input.protection_enabled.then_some(until);
            task.version += 1;
        }
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&name))?;
    let shown = found.iter().filter_map(|id| cluster.tasks.get(id)).map(|task| shape(&view, cluster, task));
    Ok(json!({"protectedTasks": shown.collect::<Vec<_>>(), "failures": failures}))
}

/// The ids of tasks that can be protected, and failures for the others.
fn sorted(view: &View<'_>, cluster: &Cluster, asked: &[String]) -> Result<(Vec<String>, Vec<Value>), Fault> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        let task = arns::local(view, "task", cluster, text)?.and_then(|id| cluster.tasks.get(id));
        match task {
            None => failures.push(missing(view, "task", &cluster.name, text)),
            Some(task) if task.service.is_none() || task.stop.is_some() => failures.push(json!({
                "arn": arns::in_cluster(view, "task", &cluster.name, &task.id),
                "reason": "TASK_NOT_VALID",
                "detail": "Task protection is only for tasks of a service that are not stopping or stopped.",
            })),
            Some(task) => found.push(task.id.clone()),
        }
    }
    Ok((found, failures))
}

/// `ProtectedTask`.
fn shape(view: &View<'_>, cluster: &Cluster, task: &Task) -> Value {
    let until = task.protected_until.filter(|at| *at > view.now);
    present(json!({
        "taskArn": arns::in_cluster(view, "task", &cluster.name, &task.id),
        "protectionEnabled": until.is_some(),
        "expirationDate": until.map(Epoch),
    }))
}

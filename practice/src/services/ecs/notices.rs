//! What ECS tells EventBridge: changes of the states of tasks, container instances and deployments, and what services
//! say. Follows "Amazon ECS task state change events", "... container instance state change events", "... service
//! action events" and "... service deployment state change events". Not here: changes of a container instance's free
//! resources, and its deregistration.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Cluster, Deployment, Event, Rollout, Service, ServiceStatus};
use super::{arns, shapes};
use crate::core::time::Time;
use crate::world::View;

/// An event to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    /// `ECS Task State Change`, ...
    pub(crate) detail_type: &'static str,
    /// ARNs.
    pub(crate) resources: Vec<String>,
    /// `detail`
    pub(crate) detail: Value,
}

/// The state of everything that events are about, by a key of our own: an event is due where one differs.
pub(crate) fn states(view: &View<'_>) -> BTreeMap<String, String> {
    let mut states = BTreeMap::new();
    for cluster in view.region.ecs.clusters.values() {
        let name = &cluster.name;
        for task in cluster.tasks.values() {
            let containers: String =
                task.containers.iter().map(|c| u8::from(c.is_running()).to_string()).collect();
            let state = format!("{}/{}/{containers}", task.phase.name(), task.desired_status());
            states.insert(format!("task {name} {}", task.id), state);
        }
        for host in cluster.instances.values() {
            states
                .insert(format!("host {name} {}", host.id), format!("{}/{}", host.status(), host.connected));
        }
        for service in cluster.services.values().filter(|one| one.status != ServiceStatus::Inactive) {
            if let Some(last) = service.events.front() {
                states.insert(format!("says {name} {}", service.name), mark(last));
            }
            for deployment in &service.deployments {
                let key = format!("deployment {name} {} {}", service.name, deployment.id);
                states.insert(key, deployment.rollout.name().to_owned());
            }
        }
    }
    states
}

fn mark(event: &Event) -> String {
    format!("{} {}", event.at.0, event.message)
}

/// What is to be told about the thing of a key, whose state was `before` when it was looked at last.
pub(crate) fn of(view: &View<'_>, key: &str, before: Option<&str>) -> Vec<Notice> {
    let mut words = key.split(' ');
    let (kind, cluster) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (id, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(cluster) = view.region.ecs.clusters.get(cluster) else { return Vec::new() };
    match kind {
        "task" => cluster.tasks.get(id).map(|task| {
            let detail = dated(shapes::task(view, cluster, task, false));
            stated("ECS Task State Change", "taskArn", detail)
        }),
        "host" => cluster.instances.get(id).map(|host| {
            let detail = dated(shapes::instance(view, cluster, host, false, None));
            let mut notice = stated("ECS Container Instance State Change", "containerInstanceArn", detail);
            notice.detail["clusterArn"] = arns::cluster(view, &cluster.name).into();
            notice
        }),
        "says" => {
            let service = cluster.services.get(id);
            return service.map_or_else(Vec::new, |service| said(view, cluster, service, before));
        }
        _ => cluster.services.get(id).and_then(|service| {
            let deployment = service.deployments.iter().find(|one| one.id == rest)?;
            Some(rolled(view, cluster, service, deployment))
        }),
    }
    .into_iter()
    .collect()
}

fn stated(detail_type: &'static str, arn: &str, mut detail: Value) -> Notice {
    let resource = detail.get(arn).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(object) = detail.as_object_mut() {
        object.remove("tags");
    }
    Notice { detail_type, resources: vec![resource], detail }
}

/// With moments as events write them: seconds since the epoch become text.
fn dated(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        for (_, member) in object.iter_mut().filter(|(name, _)| name.ends_with("At")) {
            if let Some(seconds) = member.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds of our days")]
                let at = Time((seconds * 1000.0).round() as i64);
                *member = at.iso().into();
            }
        }
    }
    value
}

/// What a service has said since `before`, as far as events tell it.
fn said(view: &View<'_>, cluster: &Cluster, service: &Service, before: Option<&str>) -> Vec<Notice> {
    let news = service.events.iter().take_while(|event| before != Some(mark(event).as_str()));
    let mut notices: Vec<Notice> = news
        .filter_map(|event| {
            let (kind, name) = action(&event.message)?;
            let mut detail = json!({
                "eventType": kind,
                "eventName": name,
                "clusterArn": arns::cluster(view, &cluster.name),
                "createdAt": event.at.iso(),
            });
            if name == "SERVICE_TASK_PLACEMENT_FAILURE" {
                detail["reason"] = reason(&event.message).into();
            }
            let resources = vec![arns::in_cluster(view, "service", &cluster.name, &service.name)];
            Some(Notice { detail_type: "ECS Service Action", resources, detail })
        })
        .collect();
    notices.reverse();
    notices
}

/// `eventType` and `eventName` of what a service says.
fn action(message: &str) -> Option<(&'static str, &'static str)> {
    let says = |text: &str| message.contains(text);
    if says("has reached a steady state") {
        Some(("INFO", "SERVICE_STEADY_STATE"))
    } else if says("unable to consistently start tasks") {
        Some(("WARN", "SERVICE_TASK_START_IMPAIRED"))
    } else if says("was unable to place a task") {
        Some(("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"))
    } else {
        None
    }
}

/// The reason of a task that was not placed, as `RunTask` names it.
fn reason(message: &str) -> &'static str {
    let says = |text: &str| message.contains(text);
    if says("port required") {
        "RESOURCE:PORTS"
    } else if says("insufficient memory") {
        "RESOURCE:MEMORY"
    } else if says("insufficient CPU") {
        "RESOURCE:CPU"
    } else if says("missing an attribute") {
        "ATTRIBUTE"
    } else {
        "RESOURCE"
    }
}

fn rolled(view: &View<'_>, cluster: &Cluster, service: &Service, deployment: &Deployment) -> Notice {
    let (kind, name, text) = match deployment.rollout {
        Rollout::InProgress => ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", "in progress."),
        Rollout::Completed => ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", "completed."),
        Rollout::Failed => ("ERROR", "SERVICE_DEPLOYMENT_FAILED", "failed: tasks failed to start."),
    };
    let usual = || format!("ECS deployment {} {text}", deployment.id);
    let detail = json!({
        "eventType": kind,
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": view.now.iso(),
        "reason": deployment.rollout_reason.clone().unwrap_or_else(usual),
    });
    let resources = vec![arns::in_cluster(view, "service", &cluster.name, &service.name)];
    Notice { detail_type: "ECS Deployment State Change", resources, detail }
}

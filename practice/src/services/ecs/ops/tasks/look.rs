//! `DescribeTasks` and `ListTasks`.

use serde::Deserialize;
use serde_json::Value;

use crate::core::fault::Fault;
use crate::services::ecs::model::{Cluster, Task};
use crate::services::ecs::ops::{Paging, described, included, launching, missing, paged};
use crate::services::ecs::{arns, fault, shapes};
use crate::world::View;

#[derive(Debug, Deserialize)]
pub(in crate::services::ecs::ops) struct Describe {
    cluster: Option<String>,
    tasks: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(in crate::services::ecs::ops) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    if input.tasks.is_empty() {
        return Err(fault::invalid("Tasks cannot be empty."));
    }
    if input.tasks.len() > 100 {
        return Err(fault::invalid("Tasks cannot have more than 100 elements."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.tasks {
        let task = arns::local(view, "task", cluster, text)?.and_then(|id| cluster.tasks.get(id));
        match task {
            Some(task) => found.push(shapes::task(view, cluster, task, !input.include.is_empty())),
            None => failures.push(missing(view, "task", &cluster.name, text)),
        }
    }
    Ok(described("tasks", found, failures))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct List {
    cluster: Option<String>,
    container_instance: Option<String>,
    family: Option<String>,
    started_by: Option<String>,
    service_name: Option<String>,
    desired_status: Option<String>,
    launch_type: Option<String>,
    daemon_name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(in crate::services::ecs::ops) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    if input.daemon_name.is_some() {
        return Err(fault::unsupported("daemonName"));
    }
    let service = match input.service_name.as_deref() {
        None => None,
        Some(text) => {
            let name = arns::local(view, "service", cluster, text)?;
            Some(
                name.filter(|name| cluster.services.contains_key(*name))
                    .ok_or_else(fault::service_not_found)?,
            )
        }
    };
    let host = match input.container_instance.as_deref() {
        None => None,
        Some(text) => {
            let id = arns::local(view, "container-instance", cluster, text)?;
            Some(id.filter(|id| cluster.instances.contains_key(*id)).ok_or_else(fault::instance_not_found)?)
        }
    };
    let status = match input.desired_status.as_deref() {
        None | Some("RUNNING") => "RUNNING",
        Some("PENDING") => "PENDING",
        Some("STOPPED") => "STOPPED",
        Some(_) => return Err(fault::invalid("Invalid desiredStatus.")),
    };
    let launch = input.launch_type.as_deref().map(launching::launch).transpose()?;
    let fits = |task: &&Task| {
        launch.is_none_or(|launch| task.launch == launch)
            && task.desired_status() == status
            && host.is_none_or(|id| task.instance == id)
            && service.is_none_or(|name| task.service.as_deref() == Some(name))
            && input.family.as_ref().is_none_or(|family| task.definition.family == *family)
            && input.started_by.as_ref().is_none_or(|by| task.started_by.as_ref() == Some(by))
    };
    let tasks: Vec<&Task> = cluster.tasks.values().filter(fits).collect();
    let arn = |cluster: &Cluster, task: &Task| arns::in_cluster(view, "task", &cluster.name, &task.id);
    paged("taskArns", tasks, |task| task.id.clone(), |task| arn(cluster, task).into(), &input.paging, 100)
}

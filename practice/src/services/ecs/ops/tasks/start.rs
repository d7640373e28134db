//! `StartTask` and `StopTask`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Common, add, started};
use crate::core::fault::Fault;
use crate::services::ecs::model::{Launch, StopCode};
use crate::services::ecs::ops::{failure, missing};
use crate::services::ecs::placement::{Needs, is_external, unfit};
use crate::services::ecs::tasks::request_stop;
use crate::services::ecs::{arns, fault, quotas, shapes};
use crate::world::{Scope, View};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct Start {
    container_instances: Vec<String>,
    #[serde(flatten)]
    common: Common,
}

pub(in crate::services::ecs::ops) fn start(scope: &mut Scope<'_>, input: Start) -> Result<Value, Fault> {
    if input.container_instances.is_empty() {
        return Err(fault::invalid("Container instances cannot be empty."));
    }
    if input.container_instances.len() > 10 {
        return Err(fault::invalid("Container instances cannot have more than 10 elements."));
    }
    let launch = start_launch(&scope.view(), &input)?;
    let wish = input.common.check(&scope.view(), launch, None)?;
    let mut places = Vec::new();
    {
        let view = scope.view();
        let cluster = arns::find_cluster(&view, Some(&wish.cluster))?;
        quotas::tasks(cluster, input.container_instances.len())?;
        for text in &input.container_instances {
            places.push((
                text.clone(),
                arns::local(&view, "container-instance", cluster, text)?.map(str::to_owned),
            ));
        }
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for (asked, id) in places {
        let refusal = {
            let view = scope.view();
            let model = &view.region.ecs;
            let cluster = arns::find_cluster(&view, Some(&wish.cluster))?;
            let host = id.as_ref().and_then(|id| cluster.instances.get(id));
            match (host, model.revision(&wish.definition)) {
                (Some(host), Some(revision)) => {
                    let needs = Needs::of(revision, Some(&wish.overrides), &[], &wish.group)
                        .on_network(&view.region.ec2, wish.launching.network.as_ref())
                        .launched_as(wish.launching.launch);
                    let arn = arns::in_cluster(&view, "container-instance", &cluster.name, &host.id);
                    unfit(model, cluster, host, &needs).map(|why| failure(&arn, why.failure()))
                }
                _ => Some(missing(&view, "container-instance", &cluster.name, &asked)),
            }
        };
        match (refusal, id) {
            (None, Some(id)) => tasks.extend(add(scope, &wish, &id)),
            (refusal, _) => failures.extend(refusal),
        }
    }
    Ok(started(&scope.view(), &wish.cluster, &tasks, failures))
}

/// Machines outside AWS run tasks of their own launch type.
fn start_launch(view: &View<'_>, input: &Start) -> Result<Launch, Fault> {
    let cluster = arns::find_cluster(view, input.common.cluster.as_deref())?;
    for text in &input.container_instances {
        let host = arns::local(view, "container-instance", cluster, text)?;
        if host.and_then(|id| cluster.instances.get(id)).is_some_and(is_external) {
            return Ok(Launch::External);
        }
    }
    Ok(Launch::Ec2)
}

#[derive(Debug, Deserialize)]
pub(in crate::services::ecs::ops) struct StopOne {
    cluster: Option<String>,
    task: String,
    reason: Option<String>,
}

pub(in crate::services::ecs::ops) fn stop(scope: &mut Scope<'_>, input: StopOne) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let id = arns::local(&view, "task", cluster, &input.task)?;
    let id = id.filter(|id| cluster.tasks.contains_key(*id)).ok_or_else(fault::task_not_found)?.to_owned();
    if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > 255) {
        return Err(fault::invalid("reason should not be longer than 255 characters."));
    }
    let cluster = cluster.name.clone();
    let reason = input.reason.filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| "Task stopped by user".to_owned());
    if let Some(task) = scope.region.ecs.clusters.get_mut(&cluster).and_then(|c| c.tasks.get_mut(&id)) {
        request_stop(task, StopCode::UserInitiated, &reason, scope.settings, scope.now);
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&cluster))?;
    let task = cluster.tasks.get(&id).ok_or_else(fault::task_not_found)?;
    Ok(json!({"task": shapes::task(&view, cluster, task, false)}))
}

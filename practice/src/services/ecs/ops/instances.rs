//! Container instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, included, missing, paged};
use crate::core::fault::Fault;
use crate::services::ecs::model::{AgentState, Cluster, ContainerInstance, Phase, StopCode};
use crate::services::ecs::placement::Host;
use crate::services::ecs::query::Query;
use crate::services::ecs::{agent, arns, fault, shapes};
use crate::world::{Scope, View};

fn find<'c>(
    view: &View<'_>,
    cluster: &'c Cluster,
    text: &str,
) -> Result<Option<&'c ContainerInstance>, Fault> {
    let id = arns::local(view, "container-instance", cluster, text)?;
    Ok(id.and_then(|id| cluster.instances.get(id)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    cluster: Option<String>,
    container_instances: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS", "CONTAINER_INSTANCE_HEALTH"])?;
    if input.container_instances.is_empty() {
        return Err(fault::invalid("Container instances cannot be empty."));
    }
    if input.container_instances.len() > 100 {
        return Err(fault::invalid("Container instances cannot have more than 100 elements."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let tagged = input.include.iter().any(|name| name == "TAGS");
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.container_instances {
        match find(view, cluster, text)? {
            Some(host) => found.push(shapes::instance(view, cluster, host, tagged, None)),
            None => failures.push(missing(view, "container-instance", &cluster.name, text)),
        }
    }
    Ok(json!({"containerInstances": found, "failures": failures}))
}

#[derive(Debug, Deserialize)]
pub(super) struct List {
    cluster: Option<String>,
    filter: Option<String>,
    status: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let wanted: fn(&ContainerInstance) -> bool = match input.status.as_deref() {
        // Without a status, all but inactive ones; those are not kept.
        None => |_| true,
        Some("ACTIVE") => |host| !host.draining,
        Some("DRAINING") => |host| host.draining,
        Some("REGISTERING" | "DEREGISTERING" | "REGISTRATION_FAILED") => |_| false,
        Some(_) => return Err(fault::invalid("Invalid container instance status.")),
    };
    let query = match input.filter.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let message = format!("Invalid filter expression: {text}");
            Some(Query::parse(text).map_err(|_| fault::invalid(message))?)
        }
    };
    let hosts = cluster.instances.values().filter(|instance| {
        wanted(instance) && query.as_ref().is_none_or(|query| query.holds(&Host { cluster, instance }))
    });
    paged(
        "containerInstanceArns",
        hosts.collect(),
        |host| host.id.clone(),
        |host| arns::in_cluster(view, "container-instance", &cluster.name, &host.id).into(),
        &input.paging,
        100,
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateState {
    cluster: Option<String>,
    container_instances: Vec<String>,
    status: String,
}

pub(super) fn update_state(scope: &mut Scope<'_>, input: UpdateState) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    if input.container_instances.is_empty() || input.container_instances.len() > 10 {
        return Err(fault::invalid("Container instances must be between 1 and 10."));
    }
    let draining = match input.status.as_str() {
        "ACTIVE" => false,
        "DRAINING" => true,
        _ => return Err(fault::invalid("Container instance status should be one of [ACTIVE, DRAINING]")),
    };
    let (mut ids, mut failures) = (Vec::new(), Vec::new());
    for text in &input.container_instances {
        match find(&view, cluster, text)? {
            Some(host) => ids.push(host.id.clone()),
            None => failures.push(missing(&view, "container-instance", &cluster.name, text)),
        }
    }
    let name = cluster.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&name) {
        for id in &ids {
            if let Some(host) = cluster.instances.get_mut(id).filter(|host| host.draining != draining) {
                host.draining = draining;
                host.version += 1;
            }
        }
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&name))?;
    let hosts = ids.iter().filter_map(|id| cluster.instances.get(id));
    let shown: Vec<Value> = hosts.map(|host| shapes::instance(&view, cluster, host, true, None)).collect();
    Ok(json!({"containerInstances": shown, "failures": failures}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deregister {
    cluster: Option<String>,
    container_instance: String,
    #[serde(default)]
    force: bool,
}

pub(super) fn deregister(scope: &mut Scope<'_>, input: Deregister) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let host = find(&view, cluster, &input.container_instance)?.ok_or_else(fault::instance_not_found)?;
    if !input.force && cluster.tasks_on(&host.id).any(|task| task.phase != Phase::Stopped) {
        return Err(fault::invalid("Found running tasks on the instance."));
    }
    let mut answer = shapes::instance(&view, cluster, host, true, Some("INACTIVE"));
    answer["agentConnected"] = false.into();
    let (cluster, id, ec2) = (cluster.name.clone(), host.id.clone(), host.ec2_instance.clone());
    let reason = "Container instance deregistration forced by user";
    agent::remove(scope, &cluster, &id, StopCode::UserInitiated, reason);
    if let Some(agent) = scope.region.ecs.agents.get_mut(&ec2) {
        agent.state = AgentState::Deregistered;
        agent.registered = None;
    }
    Ok(json!({"containerInstance": answer}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateAgent {
    cluster: Option<String>,
    container_instance: String,
}

/// Every image of this cloud has the newest agent its system can have.
pub(super) fn update_agent(view: &View<'_>, input: UpdateAgent) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    find(view, cluster, &input.container_instance)?.ok_or_else(fault::instance_not_found)?;
    Err(Fault::new("NoUpdateAvailableException", "There is no update available for your container agent."))
}

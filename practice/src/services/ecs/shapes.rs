//! Clusters and container instances as the API describes them: everything a client prints, much of it
//! derived on the spot. Follows the structures of the ECS API reference.

use serde_json::{Value, json};

use super::model::{Cluster, ContainerInstance, Launch, Model, ServiceStatus, Transport};
use super::ops::present;
use super::{arns, attributes, external, placement, providers, services};
use crate::core::tag::Tags;
use crate::core::time::Epoch;
use crate::services::ec2::images;
use crate::services::servicediscovery::registry;
use crate::world::View;

pub(super) use super::service_shapes::service;
pub(super) use super::task_shapes::{definition, task};

/// `Tags`, or none when they were not asked for.
pub(super) fn tags(tags: &Tags, asked: bool) -> Value {
    let list = tags.iter().filter(|_| asked).map(|(key, value)| json!({"key": key, "value": value}));
    Value::Array(list.collect())
}

/// `Cluster`.
pub(super) fn cluster(view: &View<'_>, cluster: &Cluster, include: &[String]) -> Value {
    let asked = |name: &str| include.iter().any(|field| field == name);
    let (pending, running) = services::counts(cluster, |_| true);
    let count = |status| cluster.services.values().filter(|service| service.status == status).count();
    let mut statistics = Vec::new();
    if asked("STATISTICS") {
        for (kind, launch) in
            [("EC2", Launch::Ec2), ("Fargate", Launch::Fargate), ("External", Launch::External)]
        {
            let (pending, running) = services::counts(cluster, |task| task.launch == launch);
            let services = |status| {
                let of = cluster.services.values().filter(|one| one.status == status);
                of.filter(|one| one.spec.place() == launch).count()
            };
            for (name, value) in [
                (format!("running{kind}TasksCount"), running as usize),
                (format!("pending{kind}TasksCount"), pending as usize),
                (format!("active{kind}ServiceCount"), services(ServiceStatus::Active)),
                (format!("draining{kind}ServiceCount"), services(ServiceStatus::Draining)),
            ] {
                statistics.push(json!({"name": name, "value": value.to_string()}));
            }
        }
    }
    let settings = cluster.settings.iter().filter(|_| asked("SETTINGS"));
    let mut shown = json!({
        "clusterArn": arns::cluster(view, &cluster.name),
        "clusterName": cluster.name,
        "status": status(view, cluster),
        "registeredContainerInstancesCount": cluster.instances.len(),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": count(ServiceStatus::Active),
        "statistics": statistics,
        "tags": tags(&cluster.tags, asked("TAGS")),
        "settings": settings.map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
        "capacityProviders": cluster.capacity_providers,
        "defaultCapacityProviderStrategy": cluster.default_strategy,
    });
    if let Some(namespace) = &cluster.connect_namespace {
        shown["serviceConnectDefaults"] = json!({"namespace": namespace});
    }
    shown
}

/// `PROVISIONING` as long as its default namespace is being made.
pub(super) fn status(view: &View<'_>, cluster: &Cluster) -> &'static str {
    let namespace = cluster.connect_namespace.as_deref().and_then(|arn| registry::begun(view, arn));
    match namespace {
        _ if !cluster.active => "INACTIVE",
        Some(namespace) if !namespace.ready => "PROVISIONING",
        _ => "ACTIVE",
    }
}

fn integer(name: &str, value: i64) -> Value {
    json!({"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value.max(0)})
}

fn ports(name: &str, ports: impl IntoIterator<Item = u16>) -> Value {
    let texts: Vec<String> = ports.into_iter().map(|port| port.to_string()).collect();
    json!({
        "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
        "stringSetValue": texts
    })
}

/// `ContainerInstance`.
pub(super) fn instance(
    view: &View<'_>,
    cluster: &Cluster,
    instance: &ContainerInstance,
    with_tags: bool,
    status: Option<&str>,
) -> Value {
    let model: &Model = &view.region.ecs;
    let (cpu, memory) = placement::remaining(model, cluster, instance);
    let used = placement::ports_in_use(model, cluster, &instance.id);
    let of = |wanted| used.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, port)| *port);
    let (pending, running) = services::counts(cluster, |task| task.instance == instance.id);
    let shown = attributes::all(instance)
        .into_iter()
        .map(|(name, value)| present(json!({"name": name, "value": value})));
    let image = attributes::value(instance, "ecs.ami-id").and_then(|id| images::find(&view.region.name, &id));
    let reported = |name: &str| attributes::value(instance, name).unwrap_or_default();
    let outside = external::is_node(&instance.ec2_instance).then(|| {
        let agent = reported(attributes::AGENT_VERSION);
        json!({
            "agentVersion": agent,
            "agentHash": short_hash(&agent),
            "dockerVersion": format!("DockerVersion: {}", reported(external::DOCKER_VERSION)),
        })
    });
    let version = image.map(|image| {
        json!({
            "agentVersion": image.agent_version,
            "agentHash": short_hash(image.agent_version),
            "dockerVersion": format!("DockerVersion: {}", image.docker_version),
        })
    });
    present(json!({
        "containerInstanceArn": arns::in_cluster(view, "container-instance", &cluster.name, &instance.id),
        "ec2InstanceId": instance.ec2_instance,
        "version": instance.version,
        "versionInfo": version.or(outside),
        "remainingResources": [
            integer("CPU", cpu),
            integer("MEMORY", memory),
            ports("PORTS", placement::RESERVED_PORTS.into_iter().chain(of(Transport::Tcp))),
            ports("PORTS_UDP", of(Transport::Udp)),
        ],
        "registeredResources": [
            integer("CPU", instance.cpu),
            integer("MEMORY", instance.memory),
            ports("PORTS", placement::RESERVED_PORTS),
            ports("PORTS_UDP", []),
        ],
        "status": status.unwrap_or_else(|| instance.status()),
        "agentConnected": instance.connected,
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "attributes": shown.collect::<Vec<_>>(),
        "registeredAt": Epoch(instance.registered_at),
        "attachments": [],
        "capacityProviderName": providers::of_instance(view, cluster, instance),
        "tags": tags(&instance.tags, with_tags),
    }))
}

/// Eight digits that stand for the commit an agent was built from.
fn short_hash(version: &str) -> String {
    crate::core::id::IdSource::new(0, version).hex(8)
}

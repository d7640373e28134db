//! Tasks in service registries: known to Cloud Map while they run. Follows "Use service discovery to connect Amazon ECS
//! services with DNS names".

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::units::{self, Unit};
use super::{service_mut, targets};
use crate::services::ecs::model::{Cluster, Phase, Service, Task};
use crate::services::servicediscovery::registry as map;
use crate::world::{Scope, View};

/// What is to change in the registries of a service.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    /// Registry, task, attributes.
    register: Vec<(String, String, BTreeMap<String, String>)>,
    /// Registry, task.
    deregister: Vec<(String, String)>,
}

impl Entries {
    pub(super) fn is_empty(&self) -> bool {
        self.register.is_empty() && self.deregister.is_empty()
    }
}

/// What is to change now. `tasks` are those that are not yet `STOPPED`.
pub(super) fn entries(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&Task]) -> Entries {
    let mut entries = Entries::default();
    for task in tasks.iter().filter(|task| task.is_wanted() && task.phase >= Phase::Activating) {
        if service.registered.contains_key(&task.id) {
            continue;
        }
        let Some(unit) = task.started_by.as_deref().and_then(|id| units::find(service, id)) else { continue };
        for registry in &unit.spec.registries {
            let arn = registry["registryArn"].as_str().unwrap_or_default().to_owned();
            if let Some(attributes) = attributes(view, cluster, service, task, unit, registry) {
                entries.register.push((arn, task.id.clone(), attributes));
            }
        }
        for (id, registry) in connected(view, service, unit) {
            if let Some(attributes) = attributes(view, cluster, service, task, unit, &registry) {
                entries.register.push((id, task.id.clone(), attributes));
            }
        }
    }
    for (task, arns) in service.registered.iter().filter(|(id, _)| !targets::stays(cluster, id)) {
        entries.deregister.extend(arns.iter().map(|arn| (arn.clone(), task.clone())));
    }
    entries
}

/// The services of Cloud Map that Service Connect made, with container and port as a `ServiceRegistry` has them.
fn connected(view: &View<'_>, service: &Service, unit: Unit<'_>) -> Vec<(String, Value)> {
    let Some(revision) = view.region.ecs.revision(unit.definition) else { return Vec::new() };
    let all = unit.spec.connect.iter().flat_map(|connect| &connect.services).filter_map(|one| {
        let discovery = service.discoveries.iter().find(|had| had.name == one.discovery())?;
        let mut ports = revision
            .containers
            .iter()
            .flat_map(|container| container.port_mappings.iter().map(move |mapping| (container, mapping)));
        let (container, mapping) = ports.find(|(_, m)| m.name.as_deref() == Some(one.port_name.as_str()))?;
        let registry = json!({"containerName": container.name, "containerPort": mapping.container_port});
        Some((discovery.service.clone(), registry))
    });
    all.collect()
}

/// What Cloud Map is told of a task; None while it has no address or port.
fn attributes(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    task: &Task,
    unit: Unit<'_>,
    registry: &Value,
) -> Option<BTreeMap<String, String>> {
    let host = cluster.instances.get(&task.instance);
    let own = task.eni.as_ref().and_then(|eni| eni.private_ip);
    let hosts = || view.region.ec2.instance(&host?.ec2_instance)?.private_ip;
    let address = own.or_else(hosts)?;
    let inside = registry["containerPort"].as_u64().and_then(|port| u16::try_from(port).ok());
    let container =
        task.containers.iter().find(|c| Some(c.name.as_str()) == registry["containerName"].as_str());
    let bound = container
        .zip(inside)
        .and_then(|(container, inside)| container.bindings.iter().find(|b| b.container_port == inside));
    let port = match own {
        Some(_) => inside.or_else(|| registry["port"].as_u64().and_then(|port| u16::try_from(port).ok())),
        None => Some(bound?.host_port),
    };
    let mut attributes = BTreeMap::from([
        ("AWS_INSTANCE_IPV4".to_owned(), address.to_string()),
        ("AWS_INIT_HEALTH_STATUS".to_owned(), "HEALTHY".to_owned()),
        ("AVAILABILITY_ZONE".to_owned(), task.zone.clone()),
        ("REGION".to_owned(), view.region.name.clone()),
        ("ECS_CLUSTER_NAME".to_owned(), cluster.name.clone()),
        ("ECS_SERVICE_NAME".to_owned(), service.name.clone()),
        ("ECS_TASK_DEFINITION_FAMILY".to_owned(), unit.definition.family.clone()),
    ]);
    if let Some(host) = host {
        attributes.insert("EC2_INSTANCE_ID".to_owned(), host.ec2_instance.clone());
    }
    if let Some(port) = port {
        attributes.insert("AWS_INSTANCE_PORT".to_owned(), port.to_string());
    }
    Some(attributes)
}

/// Tells Cloud Map. A registry that is gone or full is left alone: the task runs without it.
pub(super) fn apply(scope: &mut Scope<'_>, cluster: &str, name: &str, entries: &Entries) {
    for (arn, task, attributes) in &entries.register {
        let _ = map::register(scope, arn, task, attributes.clone());
        if let Some(service) = service_mut(scope, cluster, name) {
            service.registered.entry(task.clone()).or_default().push(arn.clone());
        }
    }
    for (arn, task) in &entries.deregister {
        let _ = map::deregister(scope, arn, task);
        if let Some(service) = service_mut(scope, cluster, name) {
            service.registered.remove(task);
        }
    }
}

//! Tasks and task definitions as the API describes them.

use serde_json::{Map, Value, json};

use super::health::{self, Health};
use super::model::{
    Cluster, Container, ContainerDefinition, ContainerState, Launch, Phase, Revision, RevisionStatus, Task,
};
use super::ops::{compatibility, present};
use super::{arns, attributes, placement, shapes};
use crate::core::time::Epoch;
use crate::services::ec2::instance::{mac_address, private_dns_name};
use crate::world::View;

/// `Task`.
pub(super) fn task(view: &View<'_>, cluster: &Cluster, task: &Task, with_tags: bool) -> Value {
    let revision = view.region.ecs.revision(&task.definition);
    let arn = arns::in_cluster(view, "task", &cluster.name, &task.id);
    let (cpu, memory) = revision.map_or((0, 0), |revision| placement::size(revision, Some(&task.overrides)));
    let containers: Vec<Value> = task
        .containers
        .iter()
        .map(|container| {
            let definition = revision.and_then(|r| r.containers.iter().find(|d| d.name == container.name));
            one(view, cluster, task, container, definition)
        })
        .collect();
    let overrides: Vec<Value> = task
        .containers
        .iter()
        .map(|container| match task.override_of(&container.name) {
            Some(given) => serde_json::to_value(given).unwrap_or_default(),
            None => json!({"name": container.name}),
        })
        .collect();
    let stopping = task.stop.as_ref().filter(|_| task.phase >= Phase::Stopping);
    let host = cluster.instances.get(&task.instance);
    let fargate = task.launch == Launch::Fargate;
    let architecture = if fargate {
        Some(on_arm(revision).to_owned())
    } else {
        host.and_then(|host| attributes::value(host, "ecs.cpu-architecture"))
    };
    let health = revision.map_or(Health::Unknown, |r| health::of_task(task, r, view.settings, view.now));
    let instance = (!task.instance.is_empty())
        .then(|| arns::in_cluster(view, "container-instance", &cluster.name, &task.instance));
    present(json!({
        "attachments": attachments(view, task),
        "attributes": architecture.map_or_else(
            || json!([]),
            |value| json!([{"name": "ecs.cpu-architecture", "value": value}]),
        ),
        "availabilityZone": (!task.zone.is_empty()).then_some(&task.zone),
        "capacityProviderName": task.capacity_provider,
        "clusterArn": arns::cluster(view, &cluster.name),
        "connectivity": task.pull_started_at.map(|_| "CONNECTED"),
        "connectivityAt": task.pull_started_at.map(Epoch),
        "containerInstanceArn": instance,
        "containers": containers,
        "cpu": cpu.to_string(),
        "createdAt": Epoch(task.created_at),
        "desiredStatus": task.desired_status(),
        "enableExecuteCommand": task.execute_command,
        "ephemeralStorage": fargate.then(|| json!({"sizeInGiB": storage(task, revision)})),
        "fargateEphemeralStorage": fargate.then(|| json!({"sizeInGiB": storage(task, revision)})),
        "executionStoppedAt": task.execution_stopped_at.filter(|at| *at <= view.now).map(Epoch),
        "group": task.group,
        "healthStatus": health.name(),
        "lastStatus": task.phase.name(),
        "launchType": task.launch.name(),
        "memory": memory.to_string(),
        "overrides": present(json!({
            "containerOverrides": overrides,
            "inferenceAcceleratorOverrides": [],
            "cpu": task.overrides.cpu,
            "memory": task.overrides.memory,
            "taskRoleArn": task.overrides.task_role_arn,
            "executionRoleArn": task.overrides.execution_role_arn,
            "ephemeralStorage": task.overrides.ephemeral_storage,
        })),
        "platformFamily": fargate.then_some("Linux"),
        "platformVersion": task.platform_version,
        "pullStartedAt": task.pull_started_at.map(Epoch),
        "pullStoppedAt": task.pull_stopped_at.map(Epoch),
        "startedAt": task.started_at.map(Epoch),
        "startedBy": task.started_by,
        "stopCode": task.stop.as_ref().map(|stop| format!("{:?}", stop.code)),
        "stoppedAt": task.stopped_at.map(Epoch),
        "stoppedReason": task.stop.as_ref().map(|stop| &stop.reason),
        "stoppingAt": stopping.map(|stop| Epoch(stop.at)),
        "tags": shapes::tags(&task.tags, with_tags),
        "taskArn": arn,
        "taskDefinitionArn": arns::revision(view, &task.definition),
        "version": task.version,
    }))
}

/// The attachments of a task: its own interface.
fn attachments(view: &View<'_>, task: &Task) -> Value {
    let Some(eni) = &task.eni else { return json!([]) };
    let status = match task.phase {
        _ if eni.deleted => "DELETED",
        Phase::Provisioning => "ATTACHING",
        Phase::Deprovisioning => "DETACHING",
        _ => "ATTACHED",
    };
    let mut details = vec![("subnetId", eni.subnet.clone())];
    if let (Some(interface), Some(ip)) = (&eni.interface, eni.private_ip) {
        details.push(("networkInterfaceId", interface.clone()));
        details.push(("macAddress", mac_address(interface)));
        details.push(("privateDnsName", private_dns_name(ip, &view.region.name)));
        details.push(("privateIPv4Address", ip.to_string()));
    }
    let details: Vec<Value> =
        details.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!([{"id": eni.attachment, "type": "ElasticNetworkInterface", "status": status, "details": details}])
}

fn on_arm(revision: Option<&Revision>) -> &'static str {
    let asked = revision.and_then(|r| r.other.get("runtimePlatform")).and_then(|p| p.get("cpuArchitecture"));
    if asked.and_then(Value::as_str) == Some("ARM64") { "arm64" } else { "x86_64" }
}

/// GiB of a Fargate task's disk.
fn storage(task: &Task, revision: Option<&Revision>) -> i64 {
    let asked = revision.and_then(|r| r.other.get("ephemeralStorage")).and_then(|s| s.get("sizeInGiB"));
    task.overrides
        .ephemeral_storage
        .map(|storage| storage.size)
        .or(asked.and_then(Value::as_i64))
        .unwrap_or(20)
}

fn one(
    view: &View<'_>,
    cluster: &Cluster,
    task: &Task,
    container: &Container,
    definition: Option<&ContainerDefinition>,
) -> Value {
    let bindings = container.bindings.iter().map(|binding| {
        json!({
            "bindIP": "0.0.0.0",
            "containerPort": binding.container_port,
            "hostPort": binding.host_port,
            "protocol": binding.protocol,
        })
    });
    let health = definition.map_or(Health::Unknown, |definition| {
        health::of_container(task, container, definition, view.settings, view.now)
    });
    let eni = task.eni.as_ref().filter(|_| task.phase > Phase::Provisioning);
    let interfaces: Vec<Value> = eni
        .map(|eni| json!({"attachmentId": eni.attachment, "privateIpv4Address": eni.private_ip}))
        .into_iter()
        .collect();
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let given = task.override_of(&container.name);
    present(json!({
        "containerArn": arns::container(view, &cluster.name, &task.id, &container.id),
        "taskArn": arns::in_cluster(view, "task", &cluster.name, &task.id),
        "name": container.name,
        "image": definition.map(|d| d.image.as_str()),
        "runtimeId": container.runtime_id,
        "lastStatus": container.state,
        "exitCode": container.exit_code,
        "reason": container.reason,
        "networkBindings": bindings.collect::<Vec<_>>(),
        "networkInterfaces": interfaces,
        "healthStatus": health.name(),
        "managedAgents": task.execute_command.then(|| exec_agent(container)),
        "cpu": number(given.and_then(|g| g.cpu).or(definition.map(|d| d.cpu))),
        "memory": number(given.and_then(|g| g.memory).or_else(|| definition.and_then(|d| d.memory))),
        "memoryReservation":
            number(given.and_then(|g| g.memory_reservation).or_else(|| definition.and_then(|d| d.memory_reservation))),
    }))
}

/// `ManagedAgent`: the one that ECS Exec needs, which runs as long as its container.
fn exec_agent(container: &Container) -> Value {
    let status = match container.state {
        ContainerState::Pending => "PENDING",
        ContainerState::Running => "RUNNING",
        ContainerState::Stopped => "STOPPED",
    };
    let started = container.started_at.map(Epoch);
    json!([present(json!({"name": "ExecuteCommandAgent", "lastStatus": status, "lastStartedAt": started}))])
}

/// `TaskDefinition`.
pub(super) fn definition(view: &View<'_>, revision: &Revision) -> Value {
    let containers: Vec<Value> = revision
        .containers
        .iter()
        .map(|container| {
            let mut value = serde_json::to_value(container).unwrap_or_default();
            value["essential"] = container.is_essential().into();
            value
        })
        .collect();
    let needs = attributes::required(revision);
    let compatibilities = compatibility::of(revision);
    let status = match revision.status {
        RevisionStatus::Active => "ACTIVE",
        RevisionStatus::Inactive => "INACTIVE",
        RevisionStatus::DeleteInProgress => "DELETE_IN_PROGRESS",
    };
    let requires = &revision.requires_compatibilities;
    let mut value = present(json!({
        "taskDefinitionArn": arns::revision(view, &revision.id),
        "containerDefinitions": containers,
        "family": revision.id.family,
        "taskRoleArn": revision.task_role_arn,
        "executionRoleArn": revision.execution_role_arn,
        "networkMode": revision.network_mode,
        "revision": revision.id.revision,
        "volumes": revision.volumes,
        "status": status,
        "requiresAttributes": needs.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "placementConstraints": revision.constraints,
        "compatibilities": compatibilities,
        "requiresCompatibilities": if requires.is_empty() { Value::Null } else { json!(requires) },
        "cpu": revision.cpu,
        "memory": revision.memory,
        "registeredAt": Epoch(revision.registered_at),
        "deregisteredAt": revision.deregistered_at.map(Epoch),
        "deleteRequestedAt": revision.delete_requested_at.map(Epoch),
        "registeredBy": revision.registered_by,
    }));
    if let Some(members) = value.as_object_mut() {
        let other: Map<String, Value> = revision.other.clone().into_iter().collect();
        members.extend(other);
    }
    value
}

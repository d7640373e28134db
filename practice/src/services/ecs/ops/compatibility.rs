//! What a task definition can run on. Follows "Amazon ECS task definition differences for Fargate".

use serde_json::Value;

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{ContainerDefinition, Revision};

/// Log drivers of Fargate.
const FARGATE_DRIVERS: [&str; 3] = ["awsfirelens", "awslogs", "splunk"];

/// Longest `stopTimeout` of a container on Fargate, in seconds.
const FARGATE_STOP_TIMEOUT: i64 = 120;

/// The parts of a task definition that decide it.
pub(in crate::services::ecs) struct Parts<'a> {
    pub(in crate::services::ecs) network_mode: Option<&'a str>,
    pub(in crate::services::ecs) cpu: Option<i64>,
    pub(in crate::services::ecs) memory: Option<i64>,
    pub(in crate::services::ecs) containers: &'a [ContainerDefinition],
    pub(in crate::services::ecs) volumes: &'a [Value],
    pub(in crate::services::ecs) has_constraints: bool,
    pub(in crate::services::ecs) has_execution_role: bool,
    pub(in crate::services::ecs) ipc_mode: bool,
}

/// Launch types that a revision can have, as `compatibilities` names them.
pub(in crate::services::ecs) fn of(revision: &Revision) -> Vec<&'static str> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let parts = Parts {
        network_mode: revision.network_mode.as_deref(),
        cpu: number(&revision.cpu),
        memory: number(&revision.memory),
        containers: &revision.containers,
        volumes: &revision.volumes,
        has_constraints: !revision.constraints.is_empty(),
        has_execution_role: revision.execution_role_arn.is_some(),
        ipc_mode: revision.other.contains_key("ipcMode"),
    };
    let mut types = vec!["EC2"];
    if fargate(&parts).is_ok() {
        types.push("FARGATE");
    }
    let efs = revision.volumes.iter().any(|volume| set(volume, "efsVolumeConfiguration"));
    if parts.network_mode != Some("awsvpc") && !efs {
        types.insert(0, "EXTERNAL");
    }
    types
}

/// Whether Fargate can run it; why not.
pub(in crate::services::ecs) fn fargate(parts: &Parts<'_>) -> Result<(), Fault> {
    if parts.network_mode != Some("awsvpc") {
        return Err(fault::client("Fargate only supports network mode ‘awsvpc’."));
    }
    let Some(cpu) = parts.cpu else {
        return Err(fault::client("Fargate requires that 'cpu' be defined at the task level."));
    };
    let Some(memory) = parts.memory else {
        return Err(fault::client("Fargate requires that 'memory' be defined at the task level."));
    };
    size(cpu, memory)?;
    if parts.has_constraints {
        return Err(fault::client(
            "Fargate compatible task definitions do not support placement constraints",
        ));
    }
    if parts.ipc_mode {
        return Err(fault::client("Fargate compatible task definitions do not support ipcMode"));
    }
    let hosted = |volume: &Value| {
        volume.get("host").and_then(|host| host.get("sourcePath")).is_some_and(|p| !p.is_null())
    };
    if parts.volumes.iter().any(hosted) {
        return Err(fault::client("Fargate compatible task definitions do not support sourcePath"));
    }
    if parts.volumes.iter().any(|volume| set(volume, "dockerVolumeConfiguration")) {
        return Err(fault::client(
            "Fargate compatible task definitions do not support dockerVolumeConfiguration",
        ));
    }
    parts.containers.iter().try_for_each(|container| on_fargate(container, parts.has_execution_role))
}

fn on_fargate(container: &ContainerDefinition, has_execution_role: bool) -> Result<(), Fault> {
    let no =
        |name: &str| Err(fault::client(format!("Fargate compatible task definitions do not support {name}")));
    if container.links.as_ref().is_some_and(|links| !links.is_empty()) {
        return no("links");
    }
    if container.other.get("privileged") == Some(&Value::Bool(true)) {
        return no("privileged");
    }
    if container.other.get("disableNetworking") == Some(&Value::Bool(true)) {
        return no("disableNetworking");
    }
    for name in ["dnsServers", "dnsSearchDomains", "dockerSecurityOptions", "extraHosts"] {
        let list = container.other.get(name).and_then(Value::as_array);
        if list.is_some_and(|list| !list.is_empty()) {
            return no(name);
        }
    }
    if let Some(linux) = container.other.get("linuxParameters") {
        for name in ["devices", "maxSwap", "sharedMemorySize", "swappiness", "tmpfs"] {
            if set(linux, name)
                && linux.get(name).and_then(Value::as_array).is_none_or(|list| !list.is_empty())
            {
                return no(&format!("linuxParameters.{name}"));
            }
        }
    }
    let driver = container.log_configuration.as_ref().map(|log| log.log_driver.as_str());
    if driver.is_some_and(|driver| !FARGATE_DRIVERS.contains(&driver)) {
        return no(&format!("log driver {}", driver.unwrap_or_default()));
    }
    if container.stop_timeout.is_some_and(|seconds| seconds > FARGATE_STOP_TIMEOUT) {
        return Err(fault::client(format!(
            "Invalid 'stopTimeout' setting for container '{}'. On Fargate it can be {FARGATE_STOP_TIMEOUT} seconds at most.",
            container.name
        )));
    }
    if has_execution_role {
        return Ok(());
    }
    if super::super::starting::is_ecr(&container.image) {
        return Err(fault::client(
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ));
    }
    if driver == Some("awslogs") {
        return Err(fault::client(
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ));
    }
    Ok(())
}

/// Whether CPU units and MiB are one of Fargate's pairs.
pub(in crate::services::ecs) fn size(cpu: i64, memory: i64) -> Result<(), Fault> {
    let within = |least: i64, most: i64, step: i64| (least..=most).contains(&memory) && memory % step == 0;
    let fits = match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => within(1024, 4096, 1024),
        1024 => within(2048, 8192, 1024),
        2048 => within(4096, 16_384, 1024),
        4096 => within(8192, 30_720, 1024),
        8192 => within(16_384, 61_440, 4096),
        16_384 => within(32_768, 122_880, 8192),
        32_768 => [61_440, 122_880, 249_856].contains(&memory),
        _ => {
            return Err(fault::client(format!(
                "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
            )));
        }
    };
    if fits {
        return Ok(());
    }
    Err(fault::client(format!(
        "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
    )))
}

/// Whether a member is given.
pub(in crate::services::ecs) fn set(value: &Value, member: &str) -> bool {
    value.get(member).is_some_and(|value| !value.is_null())
}

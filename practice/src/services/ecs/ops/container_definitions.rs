//! What `RegisterTaskDefinition` asks of container definitions, and the defaults it fills in. Follows "Amazon ECS
//! task definition parameters" and the limits of the API reference.

use std::collections::BTreeSet;

use serde_json::Value;

use super::is_name;
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{ContainerDefinition, PortMapping};

/// Most containers of a task definition.
const MAX_CONTAINERS: usize = 10;
/// Least memory of a container, in MiB.
const LEAST_MEMORY: i64 = 6;

/// Members kept and given back as they come, by what they must be.
const FLAGS: [&str; 5] =
    ["disableNetworking", "interactive", "privileged", "pseudoTerminal", "readonlyRootFilesystem"];
const TEXTS: [&str; 4] = ["hostname", "user", "versionConsistency", "workingDirectory"];
const LISTS: [&str; 6] =
    ["dnsSearchDomains", "dnsServers", "dockerSecurityOptions", "extraHosts", "systemControls", "ulimits"];
const OBJECTS: [&str; 3] = ["dockerLabels", "linuxParameters", "restartPolicy"];
/// Members that change what a container does in ways this cloud does not have yet.
const NOT_YET: [&str; 5] = [
    "credentialSpecs",
    "environmentFiles",
    "firelensConfiguration",
    "repositoryCredentials",
    "resourceRequirements",
];
const LOG_DRIVERS: [&str; 8] =
    ["awsfirelens", "awslogs", "fluentd", "gelf", "journald", "json-file", "splunk", "syslog"];

/// What the task definition says of all its containers.
pub(super) struct Whole<'a> {
    pub(super) network_mode: Option<&'a str>,
    pub(super) cpu: Option<i64>,
    pub(super) memory: Option<i64>,
    pub(super) volumes: Vec<String>,
    pub(super) has_execution_role: bool,
}

/// Checks the containers of a task definition, and fills in AWS's defaults.
pub(super) fn check(containers: &mut [ContainerDefinition], whole: &Whole<'_>) -> Result<(), Fault> {
    if containers.is_empty() {
        return Err(fault::client("Container list cannot be empty."));
    }
    if containers.len() > MAX_CONTAINERS {
        return Err(fault::client(format!(
            "Task definition contains {} containers. The maximum is {MAX_CONTAINERS}.",
            containers.len()
        )));
    }
    let mut names = BTreeSet::new();
    for container in containers.iter() {
        check_name(container)?;
        if !names.insert(container.name.clone()) {
            return Err(fault::client(format!("Duplicate container name '{}'.", container.name)));
        }
    }
    let mut host_ports = BTreeSet::new();
    for container in containers.iter_mut() {
        check_members(container)?;
        check_size(container, whole)?;
        check_ports(container, whole, &mut host_ports)?;
        check_environment(container)?;
        check_secrets(container, whole)?;
        check_volumes(container, whole, &names)?;
        check_links(container, whole, &names)?;
        check_logs(container)?;
        check_health(container)?;
        check_restarts(container)?;
        container.essential.get_or_insert(true);
    }
    if !containers.iter().any(ContainerDefinition::is_essential) {
        return Err(fault::client("Task definition must have at least one essential container."));
    }
    check_sum(containers, whole)?;
    check_dependencies(containers)
}

fn check_secrets(container: &ContainerDefinition, whole: &Whole<'_>) -> Result<(), Fault> {
    let mut all = container.secrets.iter().flatten();
    let named = |one: &serde_json::Value| {
        ["name", "valueFrom"].iter().all(|part| one[part].as_str().is_some_and(|text| !text.is_empty()))
    };
    if !all.clone().all(named) {
        return Err(fault::client("Secret.name and Secret.valueFrom should not be null or empty."));
    }
    if all.next().is_some() && !whole.has_execution_role {
        return Err(fault::client(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ));
    }
    Ok(())
}

fn check_name(container: &ContainerDefinition) -> Result<(), Fault> {
    if container.name.is_empty() {
        return Err(fault::client("Container.name should not be null or empty."));
    }
    if !is_name(&container.name) {
        return Err(fault::client("Container.name contains invalid characters."));
    }
    if container.image.is_empty() {
        return Err(fault::client("Container.image should not be null or empty."));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_:./#@".contains(c);
    if container.image.len() > 255 || !container.image.chars().all(legal) {
        return Err(fault::client("Container.image contains invalid characters."));
    }
    Ok(())
}

fn check_members(container: &mut ContainerDefinition) -> Result<(), Fault> {
    if let Some(name) = NOT_YET.iter().find(|name| container.other.contains_key(**name)) {
        return Err(fault::unsupported(name));
    }
    let known = |name: &str| {
        FLAGS.contains(&name) || TEXTS.contains(&name) || LISTS.contains(&name) || OBJECTS.contains(&name)
    };
    container.other.retain(|name, _| known(name));
    for (name, value) in &container.other {
        let fits = match name.as_str() {
            name if FLAGS.contains(&name) => value.is_boolean(),
            name if TEXTS.contains(&name) => value.is_string(),
            name if LISTS.contains(&name) => value.is_array(),
            _ => value.is_object(),
        };
        if !fits {
            return Err(Fault::new("SerializationException", format!("{name} is of the wrong type.")));
        }
    }
    Ok(())
}

fn setting(container: &ContainerDefinition, what: &str) -> Fault {
    fault::client(format!("Invalid setting for container '{}'. {what}", container.name))
}

fn check_size(container: &ContainerDefinition, whole: &Whole<'_>) -> Result<(), Fault> {
    if container.cpu < 0 {
        return Err(setting(container, "'cpu' must not be negative."));
    }
    if whole.cpu.is_some_and(|cpu| container.cpu > cpu) {
        return Err(fault::client("The 'cpu' setting for container is greater than for the task."));
    }
    let (hard, soft) = (container.memory, container.memory_reservation);
    if hard.is_none() && soft.is_none() && whole.memory.is_none() {
        return Err(setting(container, "At least one of 'memory' or 'memoryReservation' must be specified."));
    }
    for (name, value) in [("memory", hard), ("memoryReservation", soft)] {
        if value.is_some_and(|value| value < LEAST_MEMORY) {
            return Err(setting(container, &format!("'{name}' must be at least {LEAST_MEMORY} MiB.")));
        }
    }
    if let (Some(hard), Some(soft)) = (hard, soft)
        && hard < soft
    {
        return Err(setting(container, "'memory' must not be less than 'memoryReservation'."));
    }
    if whole.memory.is_some_and(|most| hard.or(soft).is_some_and(|memory| memory > most)) {
        return Err(fault::client("The 'memory' setting for container is greater than for the task."));
    }
    Ok(())
}

fn check_sum(containers: &[ContainerDefinition], whole: &Whole<'_>) -> Result<(), Fault> {
    let cpu = containers.iter().map(|container| container.cpu).fold(0_i64, i64::saturating_add);
    if whole.cpu.is_some_and(|most| cpu > most) {
        return Err(fault::client("The sum of the containers' 'cpu' is greater than that of the task."));
    }
    let memory = containers.iter().map(ContainerDefinition::reserved_memory).fold(0_i64, i64::saturating_add);
    if whole.memory.is_some_and(|most| memory > most) {
        return Err(fault::client("The sum of the containers' memory is greater than that of the task."));
    }
    Ok(())
}

fn check_ports(
    container: &mut ContainerDefinition,
    whole: &Whole<'_>,
    taken: &mut BTreeSet<(String, i64)>,
) -> Result<(), Fault> {
    let own_network = matches!(whole.network_mode, Some("awsvpc" | "host"));
    if whole.network_mode == Some("none") && !container.port_mappings.is_empty() {
        return Err(setting(container, "Port mappings are not allowed when networkMode=none."));
    }
    if container.port_mappings.len() > 100 {
        return Err(setting(container, "Port mappings cannot be more than 100."));
    }
    let mut mappings = std::mem::take(&mut container.port_mappings);
    for mapping in &mut mappings {
        check_port(container, mapping)?;
        let inside = mapping.container_port.unwrap_or_default();
        if own_network {
            if mapping.host_port.is_some_and(|port| port != inside && port != 0) {
                let mode = whole.network_mode.unwrap_or_default();
                return Err(fault::client(format!(
                    "When networkMode={mode}, the host ports and container ports in port mappings must match."
                )));
            }
            mapping.host_port = Some(inside);
        }
        let protocol = mapping.protocol.get_or_insert_with(|| "tcp".to_owned()).clone();
        let outside = *mapping.host_port.get_or_insert(0);
        if outside != 0 && !taken.insert((protocol, outside)) {
            return Err(fault::client(format!(
                "Host port {outside} is used more than once in the task definition."
            )));
        }
    }
    container.port_mappings = mappings;
    Ok(())
}

fn check_port(container: &ContainerDefinition, mapping: &PortMapping) -> Result<(), Fault> {
    if mapping.container_port_range.is_some() {
        return Err(fault::unsupported("containerPortRange"));
    }
    let Some(inside) = mapping.container_port else {
        return Err(setting(container, "Port mappings must have a containerPort."));
    };
    if !(1..=65_535).contains(&inside) {
        return Err(setting(container, "containerPort must be between 1 and 65535."));
    }
    if mapping.host_port.is_some_and(|port| !(0..=65_535).contains(&port)) {
        return Err(setting(container, "hostPort must be between 0 and 65535."));
    }
    if !matches!(mapping.protocol.as_deref(), None | Some("tcp" | "udp")) {
        return Err(setting(container, "protocol must be tcp or udp."));
    }
    if !matches!(mapping.app_protocol.as_deref(), None | Some("http" | "http2" | "grpc")) {
        return Err(setting(container, "appProtocol must be http, http2 or grpc."));
    }
    if mapping.name.as_deref().is_some_and(|name| !is_name(name) || name.len() > 64) {
        return Err(setting(container, "Port mapping name contains invalid characters."));
    }
    Ok(())
}

fn check_environment(container: &ContainerDefinition) -> Result<(), Fault> {
    let nameless =
        |kv: &crate::services::ecs::model::KeyValue| kv.name.as_deref().unwrap_or_default().is_empty();
    if container.environment.iter().any(nameless) {
        return Err(setting(container, "Environment variable name should not be null or empty."));
    }
    Ok(())
}

fn check_volumes(
    container: &ContainerDefinition,
    whole: &Whole<'_>,
    names: &BTreeSet<String>,
) -> Result<(), Fault> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for mount in &container.mount_points {
        let source = text(mount, "sourceVolume");
        if !whole.volumes.contains(&source) {
            return Err(fault::client(format!("Unknown volume '{source}'.")));
        }
        if text(mount, "containerPath").is_empty() {
            return Err(setting(container, "Mount points must have a containerPath."));
        }
    }
    for from in &container.volumes_from {
        let source = text(from, "sourceContainer");
        if source == container.name || !names.contains(&source) {
            return Err(fault::client(format!("Unknown container '{source}' in volumesFrom.")));
        }
    }
    Ok(())
}

fn check_links(
    container: &ContainerDefinition,
    whole: &Whole<'_>,
    names: &BTreeSet<String>,
) -> Result<(), Fault> {
    let links = container.links.as_deref().unwrap_or_default();
    if let Some(mode @ ("awsvpc" | "host" | "none")) = whole.network_mode
        && !links.is_empty()
    {
        return Err(fault::client(format!("Links are not supported when networkMode={mode}.")));
    }
    for link in links {
        let target = link.split(':').next().unwrap_or_default();
        if target == container.name || !names.contains(target) {
            return Err(setting(container, &format!("Unknown container '{target}' in links.")));
        }
    }
    Ok(())
}

fn check_logs(container: &ContainerDefinition) -> Result<(), Fault> {
    let Some(log) = &container.log_configuration else { return Ok(()) };
    if !LOG_DRIVERS.contains(&log.log_driver.as_str()) {
        return Err(fault::client(format!("Invalid log driver '{}'.", log.log_driver)));
    }
    if log.secret_options.as_ref().is_some_and(|options| !options.is_empty()) {
        return Err(fault::unsupported("secretOptions"));
    }
    let has = |name: &str| log.options.as_ref().is_some_and(|options| options.contains_key(name));
    if log.log_driver == "awslogs" && !(has("awslogs-group") && has("awslogs-region")) {
        return Err(fault::client("Log driver awslogs requires options: awslogs-group, awslogs-region"));
    }
    Ok(())
}

fn check_health(container: &mut ContainerDefinition) -> Result<(), Fault> {
    let Some(mut health) = container.health_check.take() else { return Ok(()) };
    if !matches!(health.command.first().map(String::as_str), Some("CMD" | "CMD-SHELL" | "NONE")) {
        return Err(setting(container, "Health check command must begin with CMD or CMD-SHELL."));
    }
    let bounds = [
        ("interval", *health.interval.get_or_insert(30), 5..=300),
        ("timeout", *health.timeout.get_or_insert(5), 2..=60),
        ("retries", *health.retries.get_or_insert(3), 1..=10),
        ("startPeriod", health.start_period.unwrap_or(0), 0..=300),
    ];
    for (name, value, range) in bounds {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            return Err(setting(
                container,
                &format!("Health check {name} must be between {least} and {most}."),
            ));
        }
    }
    container.health_check = Some(health);
    Ok(())
}

/// `ContainerRestartPolicy`.
fn check_restarts(container: &ContainerDefinition) -> Result<(), Fault> {
    let Some(policy) = container.other.get("restartPolicy") else { return Ok(()) };
    if policy.get("enabled").and_then(Value::as_bool).is_none() {
        return Err(setting(container, "restartPolicy.enabled must be set."));
    }
    let period = policy.get("restartAttemptPeriod").and_then(Value::as_i64);
    if period.is_some_and(|seconds| !(60..=1_800).contains(&seconds)) {
        return Err(setting(container, "restartAttemptPeriod must be between 60 and 1800 seconds."));
    }
    if policy.get("ignoredExitCodes").and_then(Value::as_array).is_some_and(|codes| codes.len() > 50) {
        return Err(setting(container, "ignoredExitCodes cannot have more than 50 items."));
    }
    Ok(())
}

/// The other containers are there and can get into the state that is waited for; the order has a beginning.
fn check_dependencies(containers: &[ContainerDefinition]) -> Result<(), Fault> {
    let on = |container: &ContainerDefinition| container.depends_on.clone().unwrap_or_default();
    for container in containers {
        for dependency in on(container) {
            if !containers.iter().any(|other| other.name == dependency.container_name) {
                return Err(setting(
                    container,
                    &format!("Unknown container '{}' in dependsOn.", dependency.container_name),
                ));
            }
            let on = containers.iter().find(|other| other.name == dependency.container_name);
            match dependency.condition.as_str() {
                condition @ ("COMPLETE" | "SUCCESS") if on.is_some_and(ContainerDefinition::is_essential) => {
                    return Err(setting(
                        container,
                        &format!(
                            "Container '{}' with dependency condition {condition} cannot be essential.",
                            dependency.container_name
                        ),
                    ));
                }
                "HEALTHY" if on.is_some_and(|on| on.health_check.is_none()) => {
                    return Err(setting(
                        container,
                        &format!(
                            "Container '{}' with dependency condition HEALTHY must have a health check.",
                            dependency.container_name
                        ),
                    ));
                }
                "START" | "COMPLETE" | "SUCCESS" | "HEALTHY" => {}
                other => {
                    return Err(setting(container, &format!("Unknown condition '{other}' in dependsOn.")));
                }
            }
        }
    }
    let mut started = BTreeSet::new();
    while started.len() < containers.len() {
        let before = started.len();
        for container in containers {
            if on(container).iter().all(|dependency| started.contains(&dependency.container_name)) {
                started.insert(container.name.clone());
            }
        }
        if started.len() == before {
            return Err(fault::client("Containers depend on each other in a circle."));
        }
    }
    Ok(())
}

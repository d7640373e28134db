//! Attributes: what a container instance can do, and what a task definition needs. Follows "Amazon ECS container
//! instance attributes". Capabilities follow from the version of the agent and are not stored.

use super::external::EXTERNAL;
use super::model::{ContainerInstance, Revision};

/// Name of the attribute that keeps the agent's version. Not shown; capabilities follow from it.
pub(super) const AGENT_VERSION: &str = "drydock.agent-version";

/// Capabilities and the agent version (major, minor) that brought each.
const CAPABILITIES: [(&str, (u32, u32)); 30] = [
    ("com.amazonaws.ecs.capability.docker-remote-api.1.17", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.18", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.19", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.20", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.21", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.22", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.23", (1, 0)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.24", (1, 14)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.25", (1, 17)),
    ("com.amazonaws.ecs.capability.docker-remote-api.1.29", (1, 17)),
    ("com.amazonaws.ecs.capability.ecr-auth", (1, 7)),
    ("com.amazonaws.ecs.capability.logging-driver.awslogs", (1, 9)),
    ("com.amazonaws.ecs.capability.logging-driver.fluentd", (1, 0)),
    ("com.amazonaws.ecs.capability.logging-driver.json-file", (1, 0)),
    ("com.amazonaws.ecs.capability.logging-driver.syslog", (1, 0)),
    ("com.amazonaws.ecs.capability.privileged-container", (1, 0)),
    ("com.amazonaws.ecs.capability.task-iam-role", (1, 11)),
    ("com.amazonaws.ecs.capability.task-iam-role-network-host", (1, 12)),
    ("ecs.capability.container-health-check", (1, 17)),
    ("ecs.capability.container-ordering", (1, 26)),
    ("ecs.capability.docker-plugin.local", (1, 20)),
    ("ecs.capability.execution-role-awslogs", (1, 16)),
    ("ecs.capability.execution-role-ecr-pull", (1, 16)),
    ("ecs.capability.pid-ipc-namespace-sharing", (1, 22)),
    ("ecs.capability.secrets.ssm.environment-variables", (1, 22)),
    ("ecs.capability.secrets.asm.environment-variables", (1, 23)),
    ("ecs.capability.task-cpu-mem-limit", (1, 15)),
    ("ecs.capability.task-eni", (1, 15)),
    ("ecs.capability.efs", (1, 35)),
    ("ecs.capability.execute-command", (1, 50)),
];

fn version(instance: &ContainerInstance) -> (u32, u32) {
    let text = instance.attributes.get(AGENT_VERSION).and_then(Option::as_deref).unwrap_or_default();
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// What only a host in a VPC can do.
const IN_VPC: [&str; 2] = ["ecs.capability.task-eni", "ecs.capability.efs"];

fn is_capable(instance: &ContainerInstance, name: &str, since: (u32, u32)) -> bool {
    version(instance) >= since && !(IN_VPC.contains(&name) && instance.attributes.contains_key(EXTERNAL))
}

/// Whether an instance has an attribute.
pub(super) fn has(instance: &ContainerInstance, name: &str) -> bool {
    instance.attributes.contains_key(name)
        || CAPABILITIES.iter().any(|(known, since)| *known == name && is_capable(instance, name, *since))
}

/// The value of an attribute that has one.
pub(super) fn value(instance: &ContainerInstance, name: &str) -> Option<String> {
    instance.attributes.get(name).cloned().flatten()
}

/// All attributes of an instance, by name.
pub(super) fn all(instance: &ContainerInstance) -> Vec<(String, Option<String>)> {
    let capabilities = CAPABILITIES.iter().filter(|(name, since)| is_capable(instance, name, *since));
    let mut all: Vec<_> = capabilities
        .map(|(name, _)| ((*name).to_owned(), None))
        .chain(instance.attributes.iter().map(|(name, value)| (name.clone(), value.clone())))
        .filter(|(name, _)| !name.starts_with("drydock."))
        .collect();
    all.sort();
    all
}

/// What a task definition needs of its instance (`requiresAttributes`).
pub(super) fn required(revision: &Revision) -> Vec<&'static str> {
    let mut names = Vec::new();
    let any =
        |test: &dyn Fn(&super::model::ContainerDefinition) -> bool| revision.containers.iter().any(test);
    for (driver, name) in [
        ("awslogs", "com.amazonaws.ecs.capability.logging-driver.awslogs"),
        ("awsfirelens", "ecs.capability.firelens.fluentd"),
        ("fluentd", "com.amazonaws.ecs.capability.logging-driver.fluentd"),
        ("gelf", "com.amazonaws.ecs.capability.logging-driver.gelf"),
        ("journald", "com.amazonaws.ecs.capability.logging-driver.journald"),
        ("json-file", "com.amazonaws.ecs.capability.logging-driver.json-file"),
        ("splunk", "com.amazonaws.ecs.capability.logging-driver.splunk"),
        ("syslog", "com.amazonaws.ecs.capability.logging-driver.syslog"),
    ] {
        if any(&|c| c.log_configuration.as_ref().is_some_and(|log| log.log_driver == driver)) {
            names.push(name);
            if driver == "awslogs" {
                names.push("com.amazonaws.ecs.capability.docker-remote-api.1.19");
                if revision.execution_role_arn.is_some() {
                    names.push("ecs.capability.execution-role-awslogs");
                }
            }
        }
    }
    let rules: [(bool, &'static str); 7] = [
        (revision.task_role_arn.is_some(), "com.amazonaws.ecs.capability.task-iam-role"),
        (revision.cpu.is_some() || revision.memory.is_some(), "ecs.capability.task-cpu-mem-limit"),
        (any(&|c| c.health_check.is_some()), "ecs.capability.container-health-check"),
        (any(&|c| c.depends_on.as_ref().is_some_and(|d| !d.is_empty())), "ecs.capability.container-ordering"),
        (
            any(&|c| c.other.get("privileged") == Some(&serde_json::Value::Bool(true))),
            "com.amazonaws.ecs.capability.privileged-container",
        ),
        (any(&|c| c.memory_reservation.is_some()), "com.amazonaws.ecs.capability.docker-remote-api.1.21"),
        (revision.network_mode.as_deref() == Some("awsvpc"), "ecs.capability.task-eni"),
    ];
    names.extend(rules.iter().filter(|(needed, _)| *needed).map(|(_, name)| *name));
    names.push("com.amazonaws.ecs.capability.docker-remote-api.1.18");
    names.sort_unstable();
    names.dedup();
    names
}

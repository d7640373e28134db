//! Clusters, container instances, services, tasks and task definitions.

use super::Connect;
use crate::catalog::check::CircuitBreaker;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An ECS cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) capacity_providers: Vec<String>,
}

/// A container instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContainerInstance {
    pub(crate) arn: String,
    pub(crate) instance_id: String,
    pub(crate) status: String,
    pub(crate) agent_connected: bool,
    pub(crate) registered: Resources,
    pub(crate) remaining: Resources,
}

impl ContainerInstance {
    /// Whether it is a machine outside AWS.
    pub(crate) fn is_external(&self) -> bool {
        self.instance_id.starts_with("mi-")
    }
}

/// What an instance has, or has left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resources {
    /// CPU units, 1024 to a vCPU.
    pub(crate) cpu: i64,
    /// MiB.
    pub(crate) memory: i64,
    /// TCP host ports that are taken.
    pub(crate) ports: Vec<String>,
    /// UDP host ports that are taken.
    pub(crate) ports_udp: Vec<String>,
}

/// An ECS service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) desired: i32,
    pub(crate) running: i32,
    pub(crate) pending: i32,
    pub(crate) task_definition: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) deployments: Vec<Deployment>,
    /// Newest first.
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    pub(crate) launch_type: Option<String>,
    /// Of its capacity provider strategy.
    #[serde(default)]
    pub(crate) capacity_providers: Vec<String>,
    /// Of its tasks' interfaces.
    #[serde(default)]
    pub(crate) subnets: Vec<String>,
    /// Of its tasks' interfaces.
    #[serde(default)]
    pub(crate) security_groups: Vec<String>,
    #[serde(default)]
    pub(crate) public_address: bool,
    #[serde(default)]
    pub(crate) load_balancers: Vec<ServiceLoadBalancer>,
    /// Seconds.
    #[serde(default)]
    pub(crate) grace_period: Option<i32>,
    /// `REPLICA` or `DAEMON`.
    #[serde(default)]
    pub(crate) scheduling: String,
    /// Types and fields.
    #[serde(default)]
    pub(crate) placement: Vec<(String, Option<String>)>,
    #[serde(default)]
    pub(crate) breaker: CircuitBreaker,
    /// ARNs of the Cloud Map services its tasks are registered in.
    #[serde(default)]
    pub(crate) registries: Vec<String>,
}

impl Service {
    /// The deployment that the service is meant to have.
    pub(crate) fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
    }

    /// Whether it has come to rest.
    pub(crate) fn steady(&self) -> bool {
        self.deployments.len() == 1 && self.running == self.desired
    }
}

/// A target group that a service's tasks are registered in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServiceLoadBalancer {
    /// Its ARN.
    pub(crate) target_group: String,
    pub(crate) container: String,
    pub(crate) port: i32,
}

/// A deployment of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) status: String,
    pub(crate) task_definition: String,
    pub(crate) rollout_state: Option<String>,
    pub(crate) created_at: Option<i64>,
    #[serde(default)]
    pub(crate) rollout_reason: Option<String>,
    #[serde(default)]
    pub(crate) failed_tasks: i32,
    #[serde(default)]
    pub(crate) connect: Option<Connect>,
}

/// A service event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) at: Option<i64>,
    pub(crate) message: String,
}

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) arn: String,
    /// `service:NAME` or `family:NAME`.
    pub(crate) group: String,
    pub(crate) task_definition: String,
    pub(crate) last_status: String,
    pub(crate) desired_status: String,
    pub(crate) container_instance: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) stopped_at: Option<i64>,
    pub(crate) stop_code: Option<String>,
    pub(crate) stopped_reason: Option<String>,
    pub(crate) containers: Vec<RunningContainer>,
    #[serde(default)]
    pub(crate) launch_type: Option<String>,
    /// Private addresses of its own.
    #[serde(default)]
    pub(crate) addresses: Vec<String>,
}

/// A container of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunningContainer {
    pub(crate) name: String,
    pub(crate) last_status: String,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
    /// TCP host ports it is published on.
    pub(crate) host_ports: Vec<i32>,
}

/// A task definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskDefinition {
    pub(crate) arn: String,
    pub(crate) family: String,
    pub(crate) revision: i32,
    pub(crate) status: String,
    pub(crate) network_mode: Option<String>,
    /// Of the whole task, where it is stated.
    pub(crate) cpu: Option<i64>,
    pub(crate) memory: Option<i64>,
    pub(crate) containers: Vec<ContainerDefinition>,
    #[serde(default)]
    pub(crate) compatibilities: Vec<String>,
    /// ARN or name, as given.
    #[serde(default)]
    pub(crate) execution_role: Option<String>,
    /// Names of its volumes, and the ids of the file systems behind them; none where there is none.
    #[serde(default)]
    pub(crate) volumes: BTreeMap<String, Option<String>>,
}

/// A container definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContainerDefinition {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) cpu: i64,
    pub(crate) memory: Option<i64>,
    pub(crate) memory_reservation: Option<i64>,
    pub(crate) essential: bool,
    pub(crate) ports: Vec<PortMapping>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Entry point and command.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Of the awslogs driver.
    #[serde(default)]
    pub(crate) log_group: Option<String>,
    /// Names of volumes, and where they are mounted.
    #[serde(default)]
    pub(crate) mounts: BTreeMap<String, String>,
}

/// A port mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PortMapping {
    pub(crate) container: i32,
    /// 0 is a dynamic port.
    pub(crate) host: i32,
    pub(crate) protocol: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

//! Services, their deployments and events.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::RevisionId;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// Most events kept of a service. Follows "Viewing Amazon ECS service event messages".
pub const MAX_EVENTS: usize = 100;

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Unique in its cluster.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: ServiceStatus,
    /// How many tasks there should be. For `DAEMON`, as many as there are instances for it.
    pub desired: u32,
    /// `REPLICA` or `DAEMON`.
    pub scheduling: Scheduling,
    /// Bounds of a rolling deployment.
    pub deployment: DeploymentConfiguration,
    /// Rules every placement must keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// What to prefer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategies: Vec<Strategy>,
    /// The primary one first.
    pub deployments: Vec<Deployment>,
    /// Newest first, at most [`MAX_EVENTS`].
    pub events: VecDeque<Event>,
    /// When.
    pub created_at: Time,
    /// ARN of who made it.
    pub created_by: String,
    /// The token it was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Where its tasks take their tags from: `SERVICE`, `TASK_DEFINITION` or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagate_tags: Option<String>,
    /// Whether tasks get `aws:ecs:clusterName` and `aws:ecs:serviceName`.
    pub managed_tags: bool,
    /// `ENABLED` or `DISABLED`.
    pub zone_rebalancing: bool,
    /// When the scheduler will next act on this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_round: Option<Time>,
    /// Until then no task is started, after tasks that never ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// Whether the last event about it still holds: it has what it wants.
    pub steady: bool,
}

/// Life of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceStatus {
    /// It keeps its tasks.
    Active,
    /// Deleted; its tasks are still stopping.
    Draining,
    /// Gone.
    Inactive,
}

impl ServiceStatus {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// How many tasks a service keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scheduling {
    /// A number.
    Replica,
    /// One on every instance that qualifies.
    Daemon,
}

impl Scheduling {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Replica => "REPLICA",
            Self::Daemon => "DAEMON",
        }
    }
}

/// Bounds of a rolling deployment, in percent of the desired count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentConfiguration {
    /// Rounded down.
    pub maximum_percent: u32,
    /// Rounded up.
    pub minimum_healthy_percent: u32,
    /// Fails a deployment whose tasks do not come up.
    pub circuit_breaker: bool,
    /// And goes back to the last one that completed.
    pub rollback: bool,
}

/// A placement constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// `distinctInstance` or `memberOf`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In the cluster query language, for `memberOf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}

/// A placement strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strategy {
    /// `random`, `spread` or `binpack`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What to spread over or to pack by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// One deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// `ecs-svc/` and nineteen digits.
    pub id: String,
    /// What it deploys.
    pub definition: RevisionId,
    /// When it began.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// How far it is.
    pub rollout: Rollout,
    /// Tasks that never reached `RUNNING`, since the last one that did.
    pub failed_tasks: u32,
    /// Tasks that ended by themselves soon after they ran, since it was last steady.
    #[serde(default)]
    pub short_lived: u32,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rollout {
    /// Not all tasks are there yet.
    InProgress,
    /// They are.
    Completed,
    /// Given up by the circuit breaker.
    Failed,
}

impl Rollout {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// Something a service says. Its id follows from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Time,
    /// In AWS's words.
    pub message: String,
}

impl Service {
    /// The deployment that new tasks belong to. None once the service is gone.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// `service:name`, the group of its tasks.
    pub fn group(&self) -> String {
        format!("service:{}", self.name)
    }
}

//! Services and events. What a service deploys is in [`super::deployment`].

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    Deployment, DeploymentConfiguration, Discovery, ServiceDeployment, ServiceRevision, Spec, TargetRef,
    TaskSet,
};
use crate::core::tag::Tags;
use crate::core::time::Time;

/// Most events kept of a service. Follows "Viewing Amazon ECS service event messages".
pub const MAX_EVENTS: usize = 100;
/// Most service deployments and service revisions kept of a service. AWS keeps those of 90 days.
pub const MAX_HISTORY: usize = 20;

/// A service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own switches")]
pub struct Service {
    /// Unique in its cluster.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: ServiceStatus,
    /// How many tasks there should be. For `DAEMON`, as many as there are instances for it.
    pub desired: u32,
    /// `REPLICA` or `DAEMON`.
    pub scheduling: Scheduling,
    /// Who runs its deployments.
    #[serde(default, skip_serializing_if = "Controller::is_ecs")]
    pub controller: Controller,
    /// How a deployment goes.
    pub deployment: DeploymentConfiguration,
    /// Rules every placement must keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// What to prefer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategies: Vec<Strategy>,
    /// The primary one first.
    pub deployments: Vec<Deployment>,
    /// For the `EXTERNAL` and `CODE_DEPLOY` controllers: the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_sets: Vec<TaskSet>,
    /// The targets of its tasks that are registered, by task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Vec<TargetRef>>,
    /// The service registries its tasks are in, by task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub registered: BTreeMap<String, Vec<String>>,
    /// What Service Connect made in Cloud Map for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discoveries: Vec<Discovery>,
    /// What a new deployment deploys besides its task definition.
    #[serde(default, skip_serializing_if = "Spec::is_plain")]
    pub spec: Spec,
    /// Newest first, at most [`MAX_HISTORY`].
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub history: VecDeque<ServiceDeployment>,
    /// Newest first, at most [`MAX_HISTORY`].
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub revisions: VecDeque<ServiceRevision>,
    /// Newest first, at most [`MAX_EVENTS`].
    pub events: VecDeque<Event>,
    /// When.
    pub created_at: Time,
    /// ARN of who made it.
    pub created_by: String,
    /// The token it was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Role that registers targets, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Where its tasks take their tags from: `SERVICE`, `TASK_DEFINITION` or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagate_tags: Option<String>,
    /// Whether tasks get `aws:ecs:clusterName` and `aws:ecs:serviceName`.
    pub managed_tags: bool,
    /// Whether `ecs execute-command` works in its tasks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub execute_command: bool,
    /// `ENABLED` or `DISABLED`.
    pub zone_rebalancing: bool,
    /// Seconds after the start of a task during which failing health checks do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,
    /// When the scheduler will next act on this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_round: Option<Time>,
    /// Until then no task is started, after tasks that never ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// Whether the last event about it still holds: it has what it wants.
    pub steady: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

/// Who runs the deployments of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Controller {
    /// ECS's own scheduler.
    #[default]
    Ecs,
    /// `CodeDeploy`, by task sets.
    CodeDeploy,
    /// Whoever calls the task set operations.
    External,
}

impl Controller {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecs => "ECS",
            Self::CodeDeploy => "CODE_DEPLOY",
            Self::External => "EXTERNAL",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
    fn is_ecs(&self) -> bool {
        *self == Self::Ecs
    }
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

/// Something a service says. Its id follows from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Time,
    /// In AWS's words.
    pub message: String,
}

impl Service {
    /// The deployment that new tasks belong to. None once the service is gone, and for task sets.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// `service:name`, the group of its tasks.
    pub fn group(&self) -> String {
        format!("service:{}", self.name)
    }

    /// The service deployment that is under way, if one is.
    pub fn under_way(&mut self) -> Option<&mut ServiceDeployment> {
        self.history.iter_mut().find(|one| one.finished_at.is_none())
    }
}

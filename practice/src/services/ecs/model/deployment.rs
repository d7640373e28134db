//! Deployments: how they go, and what is remembered of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::service::is_false;
use super::{RevisionId, Spec};
use crate::core::tag::Tags;
use crate::core::time::Time;

/// How a deployment goes. Percentages are of the desired count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentConfiguration {
    /// Rounded down.
    pub maximum_percent: u32,
    /// Rounded up.
    pub minimum_healthy_percent: u32,
    /// Fails a deployment whose tasks do not come up.
    pub circuit_breaker: bool,
    /// And goes back to the last one that completed.
    pub rollback: bool,
    /// The circuit breaker goes on counting although a task has become healthy.
    #[serde(default, skip_serializing_if = "is_false")]
    pub counts_on: bool,
    /// When the circuit breaker opens; AWS's own rule where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
    /// Alarms that fail a deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarms: Option<Alarms>,
    /// How traffic gets to the new tasks.
    #[serde(default, skip_serializing_if = "Shifting::is_rolling")]
    pub strategy: Shifting,
    /// How long both revisions run once all traffic is with the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bake_minutes: Option<u32>,
    /// Step of a `LINEAR` deployment, or the first one of a `CANARY` deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// `DeploymentLifecycleHook` structures of type `PAUSE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Value>,
}

/// `thresholdConfiguration` of the circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// What the value is.
    #[serde(rename = "type")]
    pub kind: ThresholdKind,
    /// Tasks, or percent of the desired count.
    pub value: u32,
}

/// What a threshold is given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThresholdKind {
    /// So many tasks.
    Count,
    /// Percent of the desired count, at least 3 and at most 200 tasks.
    BoundedPercent,
    /// Percent of the desired count.
    UnboundedPercent,
}

/// `DeploymentAlarms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarms {
    /// Alarms of `CloudWatch`, by name.
    pub alarm_names: Vec<String>,
    /// Whether the service goes back to the last deployment that completed.
    pub rollback: bool,
    /// Whether they are looked at.
    pub enable: bool,
}

/// How traffic gets to the new tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Shifting {
    /// Old tasks are replaced by new ones.
    #[default]
    Rolling,
    /// All at once, when all new tasks are there.
    BlueGreen,
    /// In equal steps.
    Linear,
    /// A little first, then the rest.
    Canary,
}

impl Shifting {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "ROLLING",
            Self::BlueGreen => "BLUE_GREEN",
            Self::Linear => "LINEAR",
            Self::Canary => "CANARY",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
    fn is_rolling(&self) -> bool {
        *self == Self::Rolling
    }
}

/// A step of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Tenths of a percent of production traffic.
    pub permille: u32,
    /// Minutes until the next one.
    pub bake_minutes: u32,
}

/// One deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// `ecs-svc/` and nineteen digits.
    pub id: String,
    /// What it deploys.
    pub definition: RevisionId,
    /// And with what around it.
    #[serde(default, skip_serializing_if = "Spec::is_plain")]
    pub spec: Spec,
    /// Its service revision: digits. Empty in worlds that were stored before there were any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// When it began.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// How far it is.
    pub rollout: Rollout,
    /// Why, where that is not what the state says anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout_reason: Option<String>,
    /// Tasks that never reached `RUNNING` or failed their health checks, since the last one that did well.
    pub failed_tasks: u32,
    /// Tasks that ended by themselves soon after they ran, since it was last steady.
    #[serde(default)]
    pub short_lived: u32,
    /// Whether its tasks are in the alternate target groups.
    #[serde(default, skip_serializing_if = "is_false")]
    pub alternate: bool,
    /// How far its traffic is, while it shifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rollout {
    /// Not all tasks are there yet.
    InProgress,
    /// They are.
    Completed,
    /// Given up by the circuit breaker or an alarm.
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

/// A deployment that shifts traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Where it is.
    pub stage: Stage,
    /// Since when.
    pub since: Time,
    /// Production traffic with the new tasks, in tenths of a percent.
    pub production: u32,
    /// Whether test traffic is with them.
    pub test: bool,
    /// The stage waits for `ContinueServiceDeployment` with this hook id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
}

/// A pause in a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What `ContinueServiceDeployment` names.
    pub hook: String,
    /// When it is over without an answer.
    pub expires_at: Time,
    /// Whether the deployment is rolled back then.
    pub rolls_back: bool,
    /// It was told to go on.
    pub passed: bool,
}

/// Stages of a deployment that shifts traffic, in order. Follows `ServiceDeploymentLifecycleStage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

/// `TaskSet` of a service whose deployments ECS does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSet {
    /// `ecs-svc/` and nineteen digits.
    pub id: String,
    /// What the one who made it calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What it runs.
    pub definition: RevisionId,
    /// And with what around it.
    pub spec: Spec,
    /// Hundredths of a percent of the service's desired count.
    pub scale: u32,
    /// Whether it was deleted, and its tasks are stopping.
    #[serde(default, skip_serializing_if = "is_false")]
    pub draining: bool,
    /// Whether it is the primary one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
    /// When.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// The token it was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// What a service deployed at some time: `ServiceRevision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRevision {
    /// Nineteen digits, the last part of its ARN.
    pub id: String,
    /// When.
    pub created_at: Time,
    /// What.
    pub definition: RevisionId,
    /// With what around it.
    #[serde(default, skip_serializing_if = "Spec::is_plain")]
    pub spec: Spec,
}

/// A deployment as `DescribeServiceDeployments` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// The last part of its ARN.
    pub id: String,
    /// The [`Deployment`] it is about.
    pub deployment: String,
    /// The service revision it deploys.
    pub target: String,
    /// Those it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// `IN_PROGRESS`, ...
    pub status: DeploymentStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was asked for; it starts at once.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// When it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Time>,
    /// How it goes.
    pub configuration: DeploymentConfiguration,
    /// Where it is, while it shifts traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Tasks that had failed when the circuit breaker opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tripped: Option<u32>,
    /// Alarms that failed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarmed: Vec<String>,
    /// Where it went back to, when, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
}

/// The way back from a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// Why.
    pub reason: String,
    /// Since when.
    pub started_at: Time,
    /// To which service revision.
    pub revision: String,
}

/// `ServiceDeploymentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum DeploymentStatus {
    Pending,
    InProgress,
    Successful,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

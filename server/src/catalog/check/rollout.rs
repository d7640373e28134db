//! Checks of what a service says and how its deployments end.

use serde::{Deserialize, Serialize};

/// Something a service has said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// A regular expression found in one of its newest events.
    pub matches: String,
}

/// How a service's deployments go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// Where the deployment must be.
    pub state: DeploymentState,
    /// At least so many of its tasks have failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_tasks: Option<i32>,
    /// How the service's circuit breaker must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit_breaker: Option<CircuitBreaker>,
}

/// Where a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// The newest deployment is under way.
    InProgress,
    /// The newest deployment has come to its end.
    Completed,
    /// The newest deployment was given up.
    Failed,
    /// A deployment was given up, and the one before it is back.
    RolledBack,
}

/// `deploymentCircuitBreaker` of a service's deployment configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    /// Whether it gives up.
    pub enable: bool,
    /// Whether it goes back.
    pub rollback: bool,
}

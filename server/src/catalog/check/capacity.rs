//! Checks of where tasks stand, and of what grows with them.

use serde::{Deserialize, Serialize};

/// Container instances that must have joined a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInstances {
    /// The cluster.
    pub cluster: String,
    /// At least so many, active and connected.
    pub joined: u32,
    /// The Auto Scaling group that starts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Machines outside AWS (ECS Anywhere) instead of EC2 instances.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
}

/// A capacity provider of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityProvider {
    /// Its name.
    pub capacity_provider: String,
    /// The group's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether ECS sets the group's size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_scaling: Option<bool>,
    /// A cluster that must know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// Where a service's tasks stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// The first of its placement strategies.
    pub strategy: Strategy,
    /// Its tasks stand on at least so many instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances_at_least: Option<u32>,
    /// Its tasks stand on at most so many instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances_at_most: Option<u32>,
}

/// A placement strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// `binpack`, `spread` or `random`.
    #[serde(rename = "type")]
    pub of_type: String,
    /// `memory`, `instanceId`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A service that follows a metric by target tracking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingPolicy {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// `PredefinedMetricType`.
    pub metric: String,
    /// The value that is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<i32>,
    /// `MinCapacity`, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// `MaxCapacity`, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
}

/// A service that has grown by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaledOut {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// To at least so many tasks.
    pub to: i32,
}

/// An activation for machines outside AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// Name of the role that the machines get.
    pub role: String,
    /// At least so many registrations are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<i32>,
}

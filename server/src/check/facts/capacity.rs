//! What grows, and what comes from outside: capacity providers, scaling, deployments, external machines.

use serde::{Deserialize, Serialize};

/// A capacity provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CapacityProvider {
    pub(crate) name: String,
    /// `ACTIVE`, `PROVISIONING`, ...
    pub(crate) status: String,
    /// Name of its Auto Scaling group.
    pub(crate) group: Option<String>,
    pub(crate) managed_scaling: bool,
}

/// A service deployment, as ECS remembers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServiceDeployment {
    /// `SUCCESSFUL`, `IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, ...
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: Option<i64>,
}

/// A scalable target (Application Auto Scaling).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ScalableTarget {
    /// `service/CLUSTER/SERVICE`
    pub(crate) resource_id: String,
    pub(crate) min_capacity: i32,
    pub(crate) max_capacity: i32,
}

/// A scaling policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ScalingPolicy {
    pub(crate) policy_name: String,
    pub(crate) policy_type: String,
    pub(crate) resource_id: String,
    pub(crate) target_tracking_scaling_policy_configuration: Option<Tracking>,
}

/// What target tracking holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tracking {
    pub(crate) target_value: f64,
    pub(crate) predefined_metric_specification: Option<PredefinedMetric>,
}

/// A metric that AWS defines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PredefinedMetric {
    pub(crate) predefined_metric_type: String,
}

/// A scaling activity (Application Auto Scaling).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ScalingActivity {
    pub(crate) description: String,
    pub(crate) cause: String,
    pub(crate) status_code: String,
    pub(crate) status_message: Option<String>,
}

/// A metric alarm (CloudWatch).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub(crate) state: String,
    pub(crate) reason: String,
    /// When it got into this state.
    pub(crate) since: Option<i64>,
}

/// An activation of machines outside AWS (Systems Manager).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Activation {
    pub(crate) activation_id: String,
    /// Name, with its path if it has one.
    pub(crate) iam_role: String,
    pub(crate) registration_limit: i32,
    pub(crate) registrations_count: i32,
    pub(crate) expired: bool,
}

impl Activation {
    /// How many machines it still takes.
    pub(crate) fn left(&self) -> i32 {
        if self.expired { 0 } else { self.registration_limit.saturating_sub(self.registrations_count) }
    }
}

/// A machine outside AWS that Systems Manager knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ManagedInstance {
    /// `mi-...`
    pub(crate) instance_id: String,
    /// Name, with its path if it has one.
    pub(crate) iam_role: String,
    pub(crate) ping_status: String,
}

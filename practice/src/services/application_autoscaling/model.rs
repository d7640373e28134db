//! What is stored of Application Auto Scaling in one region.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Most scalable targets; AWS's quota for ECS is 3,000.
pub const MAX_TARGETS: usize = 500;
/// Most policies of one target, as on AWS.
pub const MAX_POLICIES: usize = 50;
/// Most scheduled actions of one target, as on AWS.
pub const MAX_SCHEDULED: usize = 200;
/// Most activities kept of a region; AWS keeps six weeks.
pub const MAX_ACTIVITIES: usize = 500;

/// Application Auto Scaling of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By resource id, `service/cluster/name`: the desired count of a service is all that is scaled.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Target>,
    /// Newest first, at most [`MAX_ACTIVITIES`].
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub activities: VecDeque<Activity>,
}

/// A scalable target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The last part of its ARN.
    pub id: String,
    /// Scaling in stops here.
    pub min: u32,
    /// Scaling out stops here.
    pub max: u32,
    /// When it was registered.
    pub created_at: Time,
    /// What is not done for now.
    #[serde(default)]
    pub suspended: Suspended,
    /// Whether its bounds are new, so that the count may have to follow: why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchecked: bool,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, Policy>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scheduled: BTreeMap<String, Scheduled>,
    /// When it was scaled out last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_at: Option<Time>,
    /// When it was scaled in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_at: Option<Time>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// `SuspendedState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Suspended {
    pub dynamic_scaling_in_suspended: bool,
    pub dynamic_scaling_out_suspended: bool,
    pub scheduled_scaling_suspended: bool,
}

/// A scaling policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its ARN; alarms name it in their actions.
    pub arn: String,
    /// When it was first put.
    pub created_at: Time,
    /// What it does.
    pub rule: Rule,
    /// The alarms it made: high, then low.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// The last look at alarms that it has acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Time>,
}

/// What a policy does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Rule {
    TargetTracking(Tracking),
    Step(Steps),
}

/// `TargetTrackingScalingPolicyConfiguration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Tracking {
    pub target_value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predefined_metric_specification: Option<Predefined>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customized_metric_specification: Option<Customized>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_out_cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_in_cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_scale_in: Option<bool>,
}

/// `PredefinedMetricSpecification`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Predefined {
    pub predefined_metric_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_label: Option<String>,
}

/// `CustomizedMetricSpecification`, without metric math.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Customized {
    #[serde(default)]
    pub metric_name: String,
    #[serde(default)]
    pub namespace: String,
    #[serde(default)]
    pub dimensions: Vec<crate::services::cloudwatch::model::Dimension>,
    #[serde(default)]
    pub statistic: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<serde_json::Value>,
}

/// `StepScalingPolicyConfiguration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Steps {
    pub adjustment_type: String,
    pub step_adjustments: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_adjustment_magnitude: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_aggregation_type: Option<String>,
}

/// `StepAdjustment`; bounds are relative to the alarm's threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Step {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_interval_lower_bound: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_interval_upper_bound: Option<f64>,
    pub scaling_adjustment: i64,
}

/// A scheduled action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The last part of its ARN.
    pub id: String,
    /// `at(...)`, `rate(...)` or `cron(...)`.
    pub schedule: String,
    /// When it was first put.
    pub created_at: Time,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// New lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// New upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// When it is due, if ever again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
}

/// A scaling activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// UUID.
    pub id: String,
    /// Which target.
    pub resource: String,
    /// When.
    pub at: Time,
    /// `Setting desired count to 4.`
    pub description: String,
    /// Why.
    pub cause: String,
    /// What came of it.
    pub message: String,
}

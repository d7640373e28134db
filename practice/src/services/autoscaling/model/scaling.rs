//! What changes the size of a group: policies and scheduled actions.

use serde::{Deserialize, Serialize};

use crate::core::time::Time;
use crate::services::application_autoscaling::model::{Steps, Tracking};

/// A scaling policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// `arn:aws:autoscaling:...:scalingPolicy:<uuid>:autoScalingGroupName/<group>:policyName/<name>`
    pub arn: String,
    /// What it does.
    pub rule: Rule,
    /// False: it does nothing for now.
    pub enabled: bool,
    /// Seconds until a new instance counts; None as long as the group's cooldown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup: Option<i32>,
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
    Simple(Simple),
    Step(Steps),
    TargetTracking(Tracking),
}

impl Rule {
    /// `PolicyType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Simple(_) => "SimpleScaling",
            Self::Step(_) => "StepScaling",
            Self::TargetTracking(_) => "TargetTrackingScaling",
        }
    }
}

/// One adjustment, and then a rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simple {
    /// `ChangeInCapacity`, ...
    pub adjustment_type: String,
    /// Instances, or percent.
    pub by: i64,
    /// The smallest change in percent comes to so many instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<i64>,
    /// Seconds; None as the group has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<i32>,
}

/// A scale-out by a policy whose instances may still be warming up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grown {
    /// When.
    pub at: Time,
    /// The desired capacity that it began from.
    pub from: i32,
    /// Seconds until its instances count.
    pub warmup: i32,
}

/// A scheduled action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// `arn:aws:autoscaling:...:scheduledUpdateGroupAction:<uuid>:autoScalingGroupName/<group>:scheduledActionName/<name>`
    pub arn: String,
    /// Five fields of cron, in UTC. None: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<String>,
    /// First then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// `TimeZone`, as it was given; UTC by any of its names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// New least size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// New greatest size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
    /// New desired capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<i32>,
    /// When it is due. Once it never is again, the action is forgotten.
    pub next: Time,
}

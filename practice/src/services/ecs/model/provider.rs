//! Capacity providers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::service::is_false;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// A capacity provider over an Auto Scaling group. AWS's own, `FARGATE` and `FARGATE_SPOT`, are not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityProvider {
    /// Unique in the region.
    pub name: String,
    /// ARN of the Auto Scaling group.
    pub group: String,
    /// Whether ECS sizes the group, and how.
    pub scaling: ManagedScaling,
    /// Whether instances with tasks are kept when the group scales in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub termination_protection: bool,
    /// Whether instances that leave are drained first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub draining: bool,
    /// `UPDATE_COMPLETE`, ...; nothing while it was never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_status: Option<String>,
    /// The size the group is to have, and when it gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resize: Option<(i32, Time)>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// `ManagedScaling`, with AWS's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedScaling {
    /// `ENABLED` or `DISABLED`.
    pub enabled: bool,
    /// Percent of the group that is to be in use.
    pub target: u32,
    /// Fewest instances added at once.
    pub min_step: i32,
    /// Most instances added at once.
    pub max_step: i32,
    /// Seconds until a new instance counts.
    pub warmup: u32,
}

impl Default for ManagedScaling {
    fn default() -> Self {
        Self { enabled: false, target: 100, min_step: 1, max_step: 10_000, warmup: 300 }
    }
}

//! Target groups, their targets and what their health checks found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Traffic;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// `arn:aws:elasticloadbalancing:...:targetgroup/<name>/<id>`
    pub arn: String,
    /// Unique in the region.
    pub name: String,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`.
    pub protocol: String,
    /// `HTTP1`, `HTTP2` or `GRPC`, of `HTTP` and `HTTPS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// Where targets receive traffic unless they were registered with another one.
    pub port: u16,
    /// `vpc-...`
    pub vpc_id: String,
    /// What its targets are.
    pub target_type: TargetType,
    /// How its targets are checked.
    pub check: HealthCheck,
    /// Those that were changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// By [`target_key`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Target>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Which target is next, in turn.
    #[serde(default)]
    pub turn: u64,
    /// Requests that were sent to its targets, and what they answered.
    #[serde(default, skip_serializing_if = "Traffic::is_empty")]
    pub traffic: Traffic,
}

impl TargetGroup {
    /// What follows the account in its ARN: `targetgroup/<name>/<id>`, the dimension of its metrics.
    pub fn path(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Whether it is one of an application load balancer.
    pub fn is_http(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTP" | "HTTPS")
    }

    /// Seconds a deregistered target is drained.
    pub fn deregistration_delay(&self) -> i64 {
        let set = self.attributes.get("deregistration_delay.timeout_seconds");
        set.and_then(|text| text.parse().ok()).unwrap_or(300)
    }
}

/// What the targets of a group are. Lambda functions are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum TargetType {
    Instance,
    Ip,
    Alb,
}

impl TargetType {
    /// `instance`, `ip` or `alb`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
            Self::Alb => "alb",
        }
    }
}

/// How targets are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `HTTP`, `HTTPS` or `TCP`.
    pub protocol: String,
    /// `traffic-port` or a number.
    pub port: String,
    /// Of `HTTP` and `HTTPS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Seconds between two checks of a target.
    pub interval: i32,
    /// Seconds to wait for an answer.
    pub timeout: i32,
    /// Consecutive passes until an unhealthy target is healthy.
    pub healthy_threshold: i32,
    /// Consecutive failures until a target is unhealthy.
    pub unhealthy_threshold: i32,
    /// Status codes that pass: `200`, `200,302`, `200-299`; of `HTTP` and `HTTPS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matcher: Option<String>,
}

/// The key of a target in its group.
pub fn target_key(id: &str, port: u16) -> String {
    format!("{id}:{port}")
}

/// A registered target, or one that is drained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Instance id, IPv4 address or load balancer ARN.
    pub id: String,
    /// Where it receives traffic.
    pub port: u16,
    /// As it was given: `all` or a zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// When; its health checks happen at whole intervals from then on.
    pub registered_at: Time,
    /// Set once it is deregistered: when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drained_at: Option<Time>,
    /// What its checks found; None while its group is not in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

/// What the checks of a target found, and when that will show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What is shown.
    pub shown: Shown,
    /// When that was last something else.
    pub shown_since: Time,
    /// Checks happen at whole intervals from then on.
    pub checked_from: Time,
    /// What a check finds now.
    pub verdict: Verdict,
    /// The last failure, the reason of an unhealthy target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Verdict>,
    /// When enough checks will have found the same for it to show; None while it shows already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns_at: Option<Time>,
}

/// The state of a target as far as its checks decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// Too few checks as yet.
    Initial,
    /// It passes.
    Healthy,
    /// It does not.
    Unhealthy,
}

/// What a check finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It passes.
    Passes,
    /// No answer.
    TimesOut,
    /// The connection is refused, or the answer is no HTTP.
    Fails,
    /// An answer with a status the matcher does not have.
    Mismatches(u16),
}

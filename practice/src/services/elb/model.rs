//! What is stored of classic load balancers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::services::elbv2::model::{Health, HealthCheck};

/// Classic load balancers of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub load_balancers: BTreeMap<String, Balancer>,
    /// What the health checks were last computed from; see [`super::health`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
}

/// A classic load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancer {
    /// Unique in the region.
    pub name: String,
    /// Its name in DNS.
    pub dns_name: String,
    /// Whether its nodes have public addresses.
    pub internet_facing: bool,
    /// `vpc-...`
    pub vpc_id: String,
    /// One for each subnet.
    pub nodes: Vec<Node>,
    /// `sg-...`
    pub security_groups: Vec<String>,
    /// By port.
    pub listeners: BTreeMap<u16, Listener>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, Policy>,
    /// How instances are checked; its port is a number.
    pub check: HealthCheck,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, Member>,
    /// Attributes.
    #[serde(default)]
    pub attributes: Attributes,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// When.
    pub created_at: Time,
    /// Which instance is next, in turn.
    #[serde(default)]
    pub turn: u64,
}

/// A node in a subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `us-east-1a`
    pub zone: String,
    /// `subnet-...`
    pub subnet_id: String,
    /// `eni-...`, once it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
}

/// A listener: what comes in on its port goes to a port of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// `HTTP`, `HTTPS`, `TCP` or `SSL`.
    pub protocol: String,
    /// To instances.
    pub instance_protocol: String,
    /// Of instances.
    pub instance_port: u16,
    /// ARN, of `HTTPS` and `SSL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
}

/// How clients stick to an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// As long as the application's cookie of that name.
    App(String),
    /// For so many seconds, else as long as the browser runs.
    LoadBalancer(Option<i64>),
}

/// A registered instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Whether the API was told so; otherwise a group's or a service's.
    pub by_hand: bool,
    /// When.
    pub since: Time,
    /// What its checks found; None while it is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

/// `LoadBalancerAttributes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Whether nodes send to all zones.
    pub cross_zone: bool,
    /// Seconds, when it is on.
    pub draining: Option<i32>,
    /// Seconds.
    pub idle_timeout: i32,
}

impl Default for Attributes {
    fn default() -> Self {
        Self { cross_zone: false, draining: None, idle_timeout: 60 }
    }
}

impl Balancer {
    /// The instance port's policy of a listener that makes clients stick.
    pub fn stickiness(&self, port: u16) -> Option<&Policy> {
        let names = &self.listeners.get(&port)?.policies;
        names.iter().find_map(|name| self.policies.get(name))
    }
}

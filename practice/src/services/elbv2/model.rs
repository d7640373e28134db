//! What is stored of Elastic Load Balancing: application and network load balancers in one region. Actions and
//! conditions are kept in the API's own shape, so that they are described as they were given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

mod listener;
mod target;
mod traffic;

pub use listener::*;
pub use target::*;
pub use traffic::*;

/// Elastic Load Balancing: application and network load balancers of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// By ARN, which begins with the load balancer's path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub listeners: BTreeMap<String, Listener>,
    /// By ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// What the health checks were last computed from; see [`super::health`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seen: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// The kinds of load balancer that are here. Gateway load balancers are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Kind {
    Application,
    Network,
}

impl Kind {
    /// `application` or `network`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Network => "network",
        }
    }

    /// As ARNs abbreviate it.
    pub fn short(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::Network => "net",
        }
    }
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// `arn:aws:elasticloadbalancing:...:loadbalancer/app/<name>/<id>`
    pub arn: String,
    /// Unique in the region.
    pub name: String,
    /// Application or network.
    pub kind: Kind,
    /// Whether its name resolves to public addresses.
    pub internet_facing: bool,
    /// `vpc-...`
    pub vpc_id: String,
    /// Its name in DNS.
    pub dns_name: String,
    /// When.
    pub created_at: Time,
    /// When it will be `active`; None once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Time>,
    /// One subnet of each zone.
    pub zones: Vec<Node>,
    /// `sg-...`; none for a network load balancer without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: String,
    /// Those that were changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Requests that came, and what the load balancer itself answered.
    #[serde(default, skip_serializing_if = "Traffic::is_empty")]
    pub traffic: Traffic,
}

impl LoadBalancer {
    /// What follows `loadbalancer/` in its ARN: `app/<name>/<id>`, the dimension of its metrics.
    pub fn path(&self) -> &str {
        self.arn.split_once("loadbalancer/").map_or("", |(_, path)| path)
    }
}

/// A load balancer in one zone: a node with an interface in a subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `us-east-1a`
    pub zone: String,
    /// `subnet-...`
    pub subnet_id: String,
    /// `eni-...`, once it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// `eipalloc-...` of a network load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation_id: Option<String>,
    /// The private address asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<String>,
}

impl Model {
    /// The listeners of a load balancer, by port.
    pub fn listeners_of<'m>(&'m self, load_balancer: &'m str) -> impl Iterator<Item = &'m Listener> + 'm {
        self.listeners.values().filter(move |listener| listener.load_balancer == load_balancer)
    }

    /// The load balancers that send to a target group, ordered by ARN. AWS allows one.
    pub fn load_balancers_of<'m>(
        &'m self,
        target_group: &'m str,
    ) -> impl Iterator<Item = &'m LoadBalancer> + 'm {
        let uses = move |lb: &&LoadBalancer| self.listeners_of(&lb.arn).any(|l| l.sends_to(target_group));
        self.load_balancers.values().filter(uses)
    }
}

//! What is stored of AWS Cloud Map in one region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Most operations remembered; AWS forgets them after some weeks.
pub const MAX_OPERATIONS: usize = 500;

/// AWS Cloud Map of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, Namespace>,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, MapService>,
    /// By id, at most [`MAX_OPERATIONS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, Operation>,
}

/// What a namespace is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Found by API calls alone.
    Http,
    /// And by DNS queries inside one VPC, `vpc-...`.
    Private(String),
    /// And by DNS queries on the internet.
    Public,
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// `ns-...`
    pub id: String,
    /// Unique in the region.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// False until its operation is done.
    pub ready: bool,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When.
    pub created_at: Time,
    /// The token it was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `Z...` of a DNS namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_zone: Option<String>,
    /// Seconds for which "no such name" may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soa_ttl: Option<i64>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// A service of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapService {
    /// `srv-...`
    pub id: String,
    /// Unique in its namespace.
    pub name: String,
    /// `ns-...`
    pub namespace: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it is found by DNS, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    /// A Route 53 health check of each instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
    /// Whether somebody says of each instance how it is, and the obsolete failure threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_health: Option<CustomHealth>,
    /// When.
    pub created_at: Time,
    /// The token it was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// What is said of the service as a whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, MapInstance>,
    /// Grows whenever instances come, go or change their health.
    pub revision: u64,
}

/// `DnsConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dns {
    /// `MULTIVALUE` or `WEIGHTED`.
    pub routing_policy: String,
    /// One, or A and AAAA.
    pub dns_records: Vec<Record>,
}

/// `DnsRecord`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `A`, `AAAA`, `SRV` or `CNAME`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Seconds.
    #[serde(rename = "TTL")]
    pub ttl: i64,
}

/// `HealthCheckConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthCheck {
    /// `HTTP`, `HTTPS` or `TCP`.
    pub r#type: String,
    /// The path that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_path: Option<String>,
    /// 1 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<i64>,
}

/// `HealthCheckCustomConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CustomHealth {
    /// Has been without meaning since 2020, and is always 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<i64>,
}

/// An instance of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MapInstance {
    /// `AWS_INSTANCE_IPV4` and others.
    pub attributes: BTreeMap<String, String>,
    /// Custom health: whether somebody said that it is not well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unhealthy: bool,
    /// False until its operation is done.
    pub ready: bool,
    /// The token it was registered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
}

/// Something that takes AWS a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// `CREATE_NAMESPACE`, ...
    pub kind: String,
    /// Kinds (`NAMESPACE`, `SERVICE`, `INSTANCE`) to ids.
    pub targets: BTreeMap<String, String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When it was or will be done.
    pub done_at: Time,
    /// Whether it is.
    pub done: bool,
}

impl Model {
    /// Instances in a namespace.
    pub fn instances_in(&self, namespace: &str) -> usize {
        self.services_in(namespace).map(|service| service.instances.len()).sum()
    }

    /// Services of a namespace.
    pub fn services_in(&self, namespace: &str) -> impl Iterator<Item = &MapService> {
        self.services.values().filter(move |service| service.namespace == namespace)
    }
}

impl MapService {
    /// Whether an instance counts as healthy: None where nothing says so.
    pub fn health(&self, instance: &MapInstance) -> Option<bool> {
        if self.custom_health.is_some() {
            return Some(!instance.unhealthy);
        }
        self.health_check.is_some().then_some(true)
    }
}

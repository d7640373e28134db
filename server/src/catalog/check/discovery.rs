//! Checks of how services find each other.

use serde::{Deserialize, Serialize};

/// A Cloud Map namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Its name.
    pub namespace: String,
    /// `DNS_PRIVATE`, `DNS_PUBLIC` or `HTTP`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
}

/// A name in a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryService {
    /// The namespace's name.
    pub namespace: String,
    /// The service's name in it.
    pub name: String,
    /// `A` or `SRV`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Seconds, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
}

/// Who is registered under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryInstances {
    /// The namespace's name.
    pub namespace: String,
    /// The name in it.
    pub name: String,
    /// Cluster of the service whose tasks belong there.
    pub cluster: String,
    /// The service whose tasks belong there.
    pub service: String,
    /// Exactly so many.
    pub registered: u32,
    /// So many of them are addresses that no task of the service has.
    #[serde(default, skip_serializing_if = "is_none")]
    pub strangers: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// A service that takes part in Service Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceConnect {
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// Name of the namespace.
    pub namespace: String,
    /// What it offers to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<Serves>,
}

/// A port that is offered under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serves {
    /// Its name in the task definition.
    pub port_name: String,
    /// The name clients ask for.
    pub alias: String,
    /// The port clients ask at.
    pub port: u16,
}

/// Whom a container asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asks {
    /// The container's name.
    pub container: String,
    /// The environment variable that holds the name it asks for.
    pub variable: String,
    /// The TCP port it asks at.
    pub port: u16,
}

//! Service Connect: what a service asks for, and what it has from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::time::Time;

/// `ServiceConnectConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// Whether it is on.
    pub enabled: bool,
    /// Namespace of Cloud Map, by name or ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What others reach; none for a service that only asks others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ConnectService>,
    /// `LogConfiguration` of the proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_configuration: Option<Value>,
}

/// `ServiceConnectService`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectService {
    /// Name of a port mapping.
    pub port_name: String,
    /// Name of the service in Cloud Map; the port's when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_name: Option<String>,
    /// Names and ports for clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_aliases: Vec<ClientAlias>,
    /// Where the proxy listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress_port_override: Option<i64>,
    /// `TimeoutConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Value>,
}

impl ConnectService {
    /// Its name in Cloud Map.
    pub fn discovery(&self) -> &str {
        self.discovery_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.port_name)
    }
}

/// `ServiceConnectClientAlias`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientAlias {
    /// Where clients connect to.
    pub port: i64,
    /// What they connect to; `discoveryName.namespace` when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
}

/// A service of Cloud Map that ECS made for Service Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Its name.
    pub name: String,
    /// `ns-...`
    pub namespace: String,
    /// `srv-...`
    pub service: String,
    /// What clients know it by.
    pub aliases: Vec<Alias>,
}

/// A name and port that the proxies of other tasks know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// A name, maybe without a dot.
    pub name: String,
    /// A port.
    pub port: u16,
    /// Proxies of tasks that were started earlier do not know it.
    pub since: Time,
}

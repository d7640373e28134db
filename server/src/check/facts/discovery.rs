//! How services find each other: Cloud Map and Service Connect.

use serde::{Deserialize, Serialize};

/// A namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Namespace {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    #[serde(rename = "Type")]
    pub(crate) of_type: String,
}

/// A Cloud Map service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DiscoveryService {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) dns_config: Option<DnsConfig>,
}

/// What DNS answers with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DnsConfig {
    pub(crate) dns_records: Vec<DnsRecord>,
}

/// A record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DnsRecord {
    #[serde(rename = "Type")]
    pub(crate) of_type: String,
    #[serde(rename = "TTL")]
    pub(crate) ttl: i64,
}

/// A registered instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiscoveryInstance {
    pub(crate) id: String,
    /// `AWS_INSTANCE_IPV4`
    pub(crate) address: String,
}

/// A deployment's part in Service Connect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connect {
    pub(crate) enabled: bool,
    /// Name or ARN.
    pub(crate) namespace: String,
    pub(crate) services: Vec<Offered>,
}

/// A port that is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offered {
    pub(crate) port_name: String,
    pub(crate) discovery_name: Option<String>,
    /// Names and ports that clients ask for.
    pub(crate) aliases: Vec<(Option<String>, i32)>,
}

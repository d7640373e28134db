//! What stands around ECS, with the members that checks read. Shapes of the JSON services are read as they come.

use serde::{Deserialize, Serialize};

/// A load balancer (Elastic Load Balancing, `LoadBalancer`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoadBalancer {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) dns_name: String,
    /// `application`, `network`.
    pub(crate) of_type: String,
    pub(crate) scheme: String,
    /// `provisioning`, `active`, `active_impaired`, `failed`.
    pub(crate) state: String,
    pub(crate) vpc_id: String,
    /// Of each Availability Zone.
    pub(crate) subnets: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) created_at: Option<i64>,
}

/// A target group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TargetGroup {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) target_type: String,
    pub(crate) protocol: String,
    pub(crate) port: Option<u16>,
    pub(crate) vpc_id: String,
    pub(crate) health_path: String,
    /// `200`, `200-299`, ...
    pub(crate) matcher: String,
    pub(crate) interval: i64,
    pub(crate) unhealthy_threshold: i64,
    pub(crate) load_balancers: Vec<String>,
}

/// A listener with its default action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listener {
    pub(crate) arn: String,
    pub(crate) port: u16,
    pub(crate) protocol: String,
    pub(crate) certificates: Vec<String>,
    /// `forward`, `redirect`, `fixed-response`.
    pub(crate) action: String,
    pub(crate) forwards_to: Vec<String>,
    pub(crate) redirect: Option<Redirect>,
}

/// A redirect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redirect {
    pub(crate) protocol: String,
    pub(crate) port: String,
    pub(crate) status: String,
}

/// The health of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TargetHealth {
    pub(crate) id: String,
    pub(crate) port: Option<u16>,
    /// `initial`, `healthy`, `unhealthy`, `unused`, `draining`.
    pub(crate) state: String,
    /// `Target.Timeout`, ...
    pub(crate) reason: String,
    pub(crate) description: String,
}

/// A certificate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Certificate {
    pub(crate) certificate_arn: String,
    pub(crate) domain_name: String,
    /// `PENDING_VALIDATION`, `ISSUED`, ...
    pub(crate) status: String,
    pub(crate) failure_reason: Option<String>,
    /// Seconds since 1970.
    pub(crate) created_at: Option<f64>,
    pub(crate) domain_validation_options: Vec<DomainValidation>,
}

/// How a domain is validated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DomainValidation {
    pub(crate) validation_status: Option<String>,
    pub(crate) resource_record: Option<ResourceRecord>,
}

/// A DNS record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ResourceRecord {
    pub(crate) name: String,
    #[serde(rename = "Type")]
    pub(crate) of_type: String,
    pub(crate) value: String,
}

/// A log group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LogGroup {
    pub(crate) log_group_name: String,
    pub(crate) retention_in_days: Option<i32>,
}

/// A file system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileSystem {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `creating`, `available`, `deleting`, ...
    pub(crate) state: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) mount_targets: Vec<MountTarget>,
}

/// A mount target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MountTarget {
    pub(crate) id: String,
    pub(crate) subnet_id: String,
    pub(crate) state: String,
    pub(crate) security_groups: Vec<String>,
}

//! Task definitions. A container definition is kept, and given back, as the API's own structure.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Transport;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// All revisions of one family.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Family {
    /// The highest revision number ever given; numbers are never used twice.
    pub last: u32,
    /// By number.
    pub revisions: BTreeMap<u32, Revision>,
}

impl Family {
    /// The latest `ACTIVE` revision.
    pub fn latest(&self) -> Option<&Revision> {
        self.revisions.values().rev().find(|revision| revision.status == RevisionStatus::Active)
    }
}

/// Names one revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RevisionId {
    /// The family.
    pub family: String,
    /// From 1.
    pub revision: u32,
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.family, self.revision)
    }
}

impl From<RevisionId> for String {
    fn from(id: RevisionId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RevisionId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (family, revision) = text.rsplit_once(':').ok_or("no revision")?;
        let revision = revision.parse().map_err(|_| "not a revision number")?;
        Ok(Self { family: family.to_owned(), revision })
    }
}

/// One revision of a task definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Family and number.
    pub id: RevisionId,
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub status: RevisionStatus,
    /// Its containers, with AWS's defaults filled in.
    pub containers: Vec<ContainerDefinition>,
    /// Role of the containers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,
    /// Role of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,
    /// None is Docker's default, which is `bridge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// `Volume` structures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Value>,
    /// `memberOf` constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<super::Constraint>,
    /// What it must be able to run on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires_compatibilities: Vec<String>,
    /// CPU units of the whole task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Memory of the whole task, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Members that are kept and given back as they came: `pidMode`, `ipcMode`, `runtimePlatform`, ...
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Value>,
    /// When.
    pub registered_at: Time,
    /// ARN of who did.
    pub registered_by: String,
    /// When it was deregistered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deregistered_at: Option<Time>,
    /// When its deletion was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_requested_at: Option<Time>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// Status of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum RevisionStatus {
    Active,
    Inactive,
    DeleteInProgress,
}

/// `ContainerDefinition`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerDefinition {
    /// Unique in its task definition.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// CPU units; 0 when none were asked for.
    pub cpu: i64,
    /// Hard limit, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// Soft limit, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_reservation: Option<i64>,
    /// Other containers reached by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<String>>,
    /// Ports.
    pub port_mappings: Vec<PortMapping>,
    /// Whether the task ends with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub essential: Option<bool>,
    /// Instead of the image's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<Vec<String>>,
    /// Instead of the image's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Variables.
    pub environment: Vec<KeyValue>,
    /// `MountPoint` structures.
    pub mount_points: Vec<Value>,
    /// `VolumeFrom` structures.
    pub volumes_from: Vec<Value>,
    /// What must come first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<Dependency>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timeout: Option<i64>,
    /// Seconds from the signal to stop until it is killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<i64>,
    /// `LogConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_configuration: Option<LogConfiguration>,
    /// `HealthCheck`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
    /// `Secret` structures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<Value>>,
    /// Everything else, kept and given back as it came.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl ContainerDefinition {
    /// `essential`, which defaults to true.
    pub fn is_essential(&self) -> bool {
        self.essential.unwrap_or(true)
    }

    /// Memory that placement reserves for it, MiB: the soft limit where there is one.
    pub fn reserved_memory(&self) -> i64 {
        self.memory_reservation.or(self.memory).unwrap_or(0)
    }
}

/// `KeyValuePair`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyValue {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// `PortMapping`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PortMapping {
    /// Inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_port: Option<i64>,
    /// Outside; 0 or none is a port of the ephemeral range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_port: Option<i64>,
    /// `tcp` or `udp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// For Service Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For Service Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_protocol: Option<String>,
    /// Instead of one port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_port_range: Option<String>,
}

impl PortMapping {
    /// Its protocol; `tcp` unless said otherwise.
    pub fn transport(&self) -> Transport {
        if self.protocol.as_deref() == Some("udp") { Transport::Udp } else { Transport::Tcp }
    }

    /// The host port it insists on.
    pub fn fixed_host_port(&self) -> Option<u16> {
        self.host_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
    }
}

/// `ContainerDependency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// The other container.
    pub container_name: String,
    /// `START`, `COMPLETE`, `SUCCESS` or `HEALTHY`.
    pub condition: String,
}

/// `LogConfiguration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogConfiguration {
    /// `awslogs`, `json-file`, ...
    pub log_driver: String,
    /// Of the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, String>>,
    /// `Secret` structures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_options: Option<Vec<Value>>,
}

/// `HealthCheck`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// `CMD` or `CMD-SHELL` and the rest.
    pub command: Vec<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Failures until unhealthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<i64>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_period: Option<i64>,
}

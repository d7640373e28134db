//! What is stored of Amazon Elastic File System in one region.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// File systems of a region; AWS's quota is 1,000.
pub(crate) const MAX_FILE_SYSTEMS: usize = 100;
/// Access points of a file system; AWS's quota is 10,000.
pub(crate) const MAX_ACCESS_POINTS: usize = 120;
/// Security groups of a mount target, as in AWS.
pub(crate) const MAX_GROUPS: usize = 5;

/// Amazon Elastic File System of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By id (`fs-...`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) file_systems: BTreeMap<String, FileSystem>,
    /// By id (`fsmt-...`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mount_targets: BTreeMap<String, MountTarget>,
    /// By id (`fsap-...`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) access_points: BTreeMap<String, AccessPoint>,
}

/// Where in its life something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Life {
    /// Until that moment.
    Creating(Time),
    Available,
    /// Until that moment.
    Deleting(Time),
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileSystem {
    pub(crate) creation_token: String,
    pub(crate) created_at: Time,
    pub(crate) life: Life,
    /// `generalPurpose` or `maxIO`
    pub(crate) performance: String,
    /// `bursting`, `elastic` or `provisioned`
    pub(crate) throughput: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provisioned_mibps: Option<f64>,
    pub(crate) encrypted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
    /// Zone of a One Zone file system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(default)]
    pub(crate) backup: bool,
    /// `LifecyclePolicies`, as they were put.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lifecycle: Vec<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// What tasks wrote, by absolute path: at most 64 files of the last 64 lines each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) files: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// A mount target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MountTarget {
    pub(crate) file_system_id: String,
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    /// `us-east-1a`
    pub(crate) zone: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) interface_id: String,
    pub(crate) security_groups: Vec<String>,
    pub(crate) life: Life,
}

/// An access point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessPoint {
    pub(crate) client_token: String,
    pub(crate) file_system_id: String,
    pub(crate) life: Life,
    /// `PosixUser` and `RootDirectory`, as they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<serde_json::Value>,
    pub(crate) root: serde_json::Value,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl Model {
    /// The mount targets of a file system, with their ids.
    pub(crate) fn targets_of(&self, file_system_id: &str) -> impl Iterator<Item = (&String, &MountTarget)> {
        self.mount_targets.iter().filter(move |(_, target)| target.file_system_id == file_system_id)
    }
}

//! What is stored of RDS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// RDS in one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By identifier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, Instance>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subnet_groups: BTreeMap<String, SubnetGroup>,
    /// By identifier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub snapshots: BTreeMap<String, Snapshot>,
}

/// A database instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "as AWS has them")]
pub struct Instance {
    /// `DBInstanceIdentifier`, lower case.
    pub id: String,
    /// `db-...`
    pub resource_id: String,
    /// `db.t3.micro`
    pub class: String,
    /// `mysql` or `mariadb`.
    pub engine: String,
    /// `8.4.8`
    pub engine_version: String,
    /// GiB.
    pub storage: i32,
    /// `gp2`, `gp3`, ...
    pub storage_type: String,
    /// Encrypted at rest.
    pub encrypted: bool,
    /// Master user.
    pub user: String,
    /// Its password.
    pub password: Secret<String>,
    /// The database made with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Where it listens.
    pub port: u16,
    /// Name in DNS.
    pub address: String,
    /// Name of its subnet group.
    pub subnet_group: String,
    /// `vpc-...`
    pub vpc_id: String,
    /// `sg-...`
    pub security_groups: Vec<String>,
    /// Where it is.
    pub zone: String,
    /// `eni-...`, once it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// When.
    pub created_at: Time,
    /// Days that automated backups are kept.
    pub backup_days: i32,
    /// Two zones.
    pub multi_az: bool,
    /// Whether it has a public address.
    pub public: bool,
    /// Whether it cannot be deleted.
    pub protected: bool,
    /// Whether snapshots get its tags.
    pub copy_tags: bool,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Whether the shop's dump was imported.
    #[serde(default)]
    pub socks: bool,
}

/// How far a database instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Until then.
    Creating(Time),
    /// It answers.
    Available,
    /// It answers, and is being changed until then.
    Modifying(Time),
    /// Until then.
    Deleting(Time),
}

impl Phase {
    /// `DBInstanceStatus`
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating(_) => "creating",
            Self::Available => "available",
            Self::Modifying(_) => "modifying",
            Self::Deleting(_) => "deleting",
        }
    }

    /// When it ends by itself.
    pub fn due(self) -> Option<Time> {
        match self {
            Self::Creating(at) | Self::Modifying(at) | Self::Deleting(at) => Some(at),
            Self::Available => None,
        }
    }
}

impl Instance {
    /// Whether it lets somebody into a database; MySQL's words if not.
    pub fn admits(&self, user: &str, password: &str, database: &str) -> Result<(), String> {
        if self.user != user || self.password.0 != password {
            return Err(format!("Error 1045: Access denied for user '{user}' (using password: YES)"));
        }
        if self.database.as_deref() != Some(database) {
            return Err(format!("Error 1049: Unknown database '{database}'"));
        }
        Ok(())
    }
}

/// `DBSubnetGroup`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct SubnetGroup {
    pub name: String,
    pub description: String,
    pub vpc_id: String,
    pub subnets: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// `DBSnapshot`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Identifier, lower case.
    pub id: String,
    /// The instance it was made of, as it was.
    pub of: Instance,
    /// When.
    pub created_at: Time,
    /// When it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Time>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

//! What is stored of Systems Manager in one region: parameters of one's own, and machines outside of AWS. The public
//! parameters are AWS's and not stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// Parameters of a region; AWS's quota is 10,000 standard ones.
pub(crate) const MAX_PARAMETERS: usize = 1_000;
/// Versions of a parameter, as in AWS.
pub(crate) const MAX_VERSIONS: usize = 100;
/// Bytes of all values of a region, of all versions.
pub(crate) const MAX_REGION_BYTES: usize = 2 * 1024 * 1024;
/// Activations of a region.
pub(crate) const MAX_ACTIVATIONS: usize = 100;
/// Managed nodes of a region; AWS's standard tier has 1,000.
pub(crate) const MAX_MANAGED: usize = 200;

/// AWS Systems Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// Hybrid activations, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) activations: BTreeMap<String, Activation>,
    /// Machines outside of AWS, by id (`mi-...`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) managed: BTreeMap<String, ManagedInstance>,
}

/// A parameter of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Parameter {
    /// By number, from 1. Never empty.
    pub(crate) versions: BTreeMap<u64, Version>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// A version of a parameter, with the settings it was put with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) value: Secret<String>,
    /// `String`, `StringList` or `SecureString`.
    pub(crate) kind: String,
    pub(crate) modified_at: Time,
    /// ARN of who put it.
    pub(crate) modified_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_pattern: Option<String>,
    /// Of a `SecureString`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    /// `Standard` or `Advanced`.
    pub(crate) tier: String,
    /// `text`, `aws:ec2:image`
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) labels: BTreeSet<String>,
}

/// A hybrid activation: leave for machines outside of AWS to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Activation {
    pub(crate) code: Secret<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default_name: Option<String>,
    /// Name of the role that its machines get.
    pub(crate) role: String,
    pub(crate) limit: u32,
    pub(crate) registered: u32,
    pub(crate) created_at: Time,
    pub(crate) expires_at: Time,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// A machine outside of AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManagedInstance {
    pub(crate) activation_id: String,
    pub(crate) role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What tells this machine from others.
    pub(crate) fingerprint: String,
    pub(crate) registered_at: Time,
    pub(crate) computer_name: String,
    pub(crate) ip_address: String,
    pub(crate) platform_name: String,
    pub(crate) platform_version: String,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl Parameter {
    /// The version in use.
    pub(crate) fn latest(&self) -> Option<(u64, &Version)> {
        self.versions.last_key_value().map(|(number, version)| (*number, version))
    }

    /// The version of a selector: a number or a label.
    pub(crate) fn selected(&self, selector: &str) -> Option<(u64, &Version)> {
        if let Ok(number) = selector.parse::<u64>() {
            return self.versions.get(&number).map(|version| (number, version));
        }
        let labelled = |(_, version): &(&u64, &Version)| version.labels.contains(selector);
        self.versions.iter().find(labelled).map(|(number, version)| (*number, version))
    }
}

//! What is stored of AWS Secrets Manager in one region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// Secrets of a region; AWS's quota is 500,000.
pub(crate) const MAX_SECRETS: usize = 500;
/// Longest value, in bytes, as in AWS.
pub(crate) const MAX_VALUE: usize = 65_536;
/// Bytes of all values of a region, of all versions.
pub(crate) const MAX_REGION_BYTES: usize = 2 * 1024 * 1024;
/// The stage of the version in use.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// The stage of the version before it.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";

/// AWS Secrets Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) secrets: BTreeMap<String, Kept>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) name: String,
    /// With six random characters after the name.
    pub(crate) arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
    pub(crate) created_at: Time,
    pub(crate) changed_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deletion: Option<Deletion>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// Resource policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) versions: BTreeMap<String, Version>,
    /// Staging label to the id of the version that has it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stages: BTreeMap<String, String>,
}

/// A deletion that is scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) asked_at: Time,
    /// When the recovery window ends.
    pub(crate) due: Time,
}

/// A version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) created_at: Time,
    pub(crate) value: Secret<SecretValue>,
}

/// What is secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SecretValue {
    /// `SecretString`
    Text(String),
    /// `SecretBinary`, in base 64 as on the wire.
    Binary(String),
}

impl SecretValue {
    /// Bytes it takes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Binary(text) => text.len(),
        }
    }
}

impl Model {
    /// The secret of that name or ARN. AWS also takes an ARN without its last seven characters.
    pub(crate) fn find(&self, id: &str) -> Option<&Kept> {
        self.secrets.get(id).or_else(|| self.by_arn(id))
    }

    fn by_arn(&self, arn: &str) -> Option<&Kept> {
        let (_, resource) = arn.rsplit_once(":secret:")?;
        // The name with the six characters, or without.
        let with_suffix = resource.rsplit_once('-').and_then(|(name, _)| self.secrets.get(name));
        with_suffix
            .filter(|kept| kept.arn == arn)
            .or_else(|| self.secrets.get(resource).filter(|kept| kept.arn.starts_with(arn)))
    }

    /// The same, to change.
    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut Kept> {
        let name = self.find(id)?.name.clone();
        self.secrets.get_mut(&name)
    }
}

impl Kept {
    /// The version of an id, of a stage, or of both when they agree; without either the current one.
    pub(crate) fn version(&self, id: Option<&str>, stage: Option<&str>) -> Option<(&str, &Version)> {
        let staged = stage.or(id.is_none().then_some(CURRENT)).map(|stage| self.stages.get(stage));
        let id = match (id, staged) {
            (Some(id), Some(Some(staged))) => Some(id).filter(|id| id == staged),
            (Some(id), None) => Some(id),
            (None, Some(staged)) => staged.map(String::as_str),
            (_, None) | (Some(_), Some(None)) => None,
        }?;
        self.versions.get_key_value(id).map(|(id, version)| (id.as_str(), version))
    }

    /// The labels of a version, in order.
    pub(crate) fn stages_of(&self, id: &str) -> Vec<&str> {
        self.stages.iter().filter(|(_, version)| *version == id).map(|(stage, _)| stage.as_str()).collect()
    }
}

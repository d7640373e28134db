//! What is stored of Amazon Elastic Container Registry in one region.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Repositories of a region; AWS's quota is 100,000.
pub(crate) const MAX_REPOSITORIES: usize = 200;
/// Images of a repository; AWS's quota is 100,000.
pub(crate) const MAX_IMAGES: usize = 200;
/// Layers uploaded to a repository.
pub(crate) const MAX_LAYERS: usize = 200;
/// Uploads that were begun and not completed, of a region. One more drops the oldest.
pub(crate) const MAX_UPLOADS: usize = 10;
/// Bytes of an uploaded layer. Only its digest and size are kept once it is complete; AWS takes 52 GB.
pub(crate) const MAX_LAYER_BYTES: usize = 512 * 1024;
/// Pull through cache rules of a region, as in AWS.
pub(crate) const MAX_RULES: usize = 50;

/// Amazon Elastic Container Registry of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) repositories: BTreeMap<String, Repository>,
    /// Pull through cache rules, by repository prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rules: BTreeMap<String, Rule>,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) uploads: BTreeMap<String, Upload>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) created_at: Time,
    /// Tags may not be moved.
    #[serde(default)]
    pub(crate) immutable: bool,
    #[serde(default)]
    pub(crate) scan_on_push: bool,
    /// `KMS` and the key's ARN; None for `AES256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lifecycle: Option<Lifecycle>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// By digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) images: BTreeMap<String, StoredImage>,
    /// Tag to digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) image_tags: BTreeMap<String, String>,
    /// Layers uploaded here: digest to size.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) layers: BTreeMap<String, u64>,
}

/// A lifecycle policy, kept and not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lifecycle {
    pub(crate) text: String,
    pub(crate) put_at: Time,
}

/// An image of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredImage {
    pub(crate) manifest: String,
    pub(crate) media_type: String,
    pub(crate) artifact_type: Option<String>,
    pub(crate) pushed_at: Time,
    /// Compressed, config and layers.
    pub(crate) bytes: u64,
    /// The built-in image it is a copy of; None for one that was made elsewhere, which cannot run here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) built_in: Option<String>,
}

/// A pull through cache rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// `public.ecr.aws`, `registry-1.docker.io`, ...
    pub(crate) upstream: String,
    /// ARN of a secret, for registries that want one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upstream_prefix: Option<String>,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
}

/// A layer on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) repository: String,
    pub(crate) begun_at: Time,
    /// What has arrived, in base 64.
    pub(crate) received: String,
    pub(crate) bytes: u64,
}

impl Repository {
    /// The image of a tag or of a digest.
    pub(crate) fn image(&self, tag: Option<&str>, digest: Option<&str>) -> Option<(&str, &StoredImage)> {
        let of_tag = tag.map(|tag| self.image_tags.get(tag));
        let digest = match (of_tag, digest) {
            (Some(found), Some(digest)) => found.filter(|found| *found == digest)?.as_str(),
            (Some(found), None) => found?.as_str(),
            (None, digest) => digest?,
        };
        self.images.get_key_value(digest).map(|(digest, image)| (digest.as_str(), image))
    }

    /// The tags of an image, in order.
    pub(crate) fn tags_of(&self, digest: &str) -> Vec<&str> {
        self.image_tags.iter().filter(|(_, at)| *at == digest).map(|(tag, _)| tag.as_str()).collect()
    }

    /// Every built-in image this repository has something of.
    pub(crate) fn built_ins(&self) -> BTreeSet<&str> {
        self.images.values().filter_map(|image| image.built_in.as_deref()).collect()
    }
}

//! What is stored of Amazon S3 in one region: buckets with small objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Buckets of a region; AWS's quota is 10,000 of an account.
pub(super) const MAX_BUCKETS: usize = 100;
/// Objects of a bucket.
pub(super) const MAX_OBJECTS: usize = 1_000;
/// Bytes of all objects of a region, so that a world stays small.
pub(super) const MAX_REGION_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a key, as in AWS.
pub(super) const MAX_KEY: usize = 1_024;

/// Amazon S3 of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) buckets: BTreeMap<String, Bucket>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// When it was made.
    pub(crate) created: Time,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// By key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) objects: BTreeMap<String, Object>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) body: Body,
    /// MD5 of its bytes, in hexadecimal digits.
    pub(crate) etag: String,
    pub(crate) modified: Time,
    pub(crate) content_type: String,
}

/// What an object is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// Bytes that are UTF-8.
    Text(String),
    /// All others, in base64.
    Bytes(String),
}

impl Object {
    /// Its size in bytes.
    pub(crate) fn size(&self) -> usize {
        match &self.body {
            Body::Text(text) => text.len(),
            // Four characters for each three bytes.
            Body::Bytes(text) => text.trim_end_matches('=').len() * 3 / 4,
        }
    }
}

impl Model {
    /// Bytes of all objects.
    pub(super) fn size(&self) -> usize {
        self.buckets.values().flat_map(|bucket| bucket.objects.values()).map(Object::size).sum()
    }
}

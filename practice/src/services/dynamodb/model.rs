//! What is stored of DynamoDB. Items are in the API's own shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// DynamoDB in one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, Table>,
}

/// Attributes by name, each `{"S": "text"}`.
pub type Item = Map<String, Value>;

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Unique in the region.
    pub name: String,
    /// A UUID.
    pub id: String,
    /// Name and type (`S`, `N`, `B`) of its hash key.
    pub hash: (String, String),
    /// Name and type of its range key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(String, String)>,
    /// Read and write capacity units; None when it is paid for by request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<(i64, i64)>,
    /// How far it is.
    pub phase: Phase,
    /// When.
    pub created_at: Time,
    /// Whether it cannot be deleted.
    #[serde(default)]
    pub protected: bool,
    /// By the text of their key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub items: BTreeMap<String, Item>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// How far a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Until then.
    Creating(Time),
    /// It answers.
    Active,
    /// It answers, and is being changed until then.
    Updating(Time),
    /// Until then.
    Deleting(Time),
}

impl Phase {
    /// `TableStatus`
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating(_) => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating(_) => "UPDATING",
            Self::Deleting(_) => "DELETING",
        }
    }

    /// When it ends by itself.
    pub fn due(self) -> Option<Time> {
        match self {
            Self::Creating(at) | Self::Updating(at) | Self::Deleting(at) => Some(at),
            Self::Active => None,
        }
    }
}

impl Table {
    /// The key attributes, the hash key first.
    pub fn keys(&self) -> impl Iterator<Item = &(String, String)> {
        std::iter::once(&self.hash).chain(&self.range)
    }
}

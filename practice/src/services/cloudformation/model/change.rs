//! Changes: those that are planned, and those that nobody planned.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Declared, OnFailure};
use crate::core::time::Time;
use crate::world::Caller;

/// A change set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Unique in its stack.
    pub name: String,
    /// When.
    pub created: Time,
    /// From when on it is what it is; before, it is being made.
    pub ready: Time,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it makes the stack.
    pub creates: bool,
    /// What the stack is to be.
    pub declared: Declared,
    /// With whose permissions.
    pub owner: Caller,
    /// The role it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// `Change` as the API shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What becomes of the stack when it fails.
    pub on_failure: OnFailure,
    /// `AVAILABLE`, `EXECUTE_COMPLETE`, ...
    pub execution: String,
}

/// A drift detection of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detection {
    /// `StackDriftDetectionId`.
    pub id: String,
    /// When it was asked for.
    pub at: Time,
    /// From when on it is what it is; before, it is under way.
    pub ready: Time,
    /// `DRIFTED` or `IN_SYNC`.
    pub status: String,
    /// How many resources have drifted.
    pub drifted: usize,
}

/// What a drift detection found of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// `IN_SYNC`, `MODIFIED`, `DELETED` or `NOT_CHECKED`.
    pub status: String,
    /// When.
    pub at: Time,
    /// As it is.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub actual: Value,
    /// `PropertyDifferences`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Value>,
}

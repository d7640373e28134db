//! Checks of CloudFormation stacks, and of what a stack keeps.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Its name.
    pub stack: String,
    /// Its status is one of these; empty: any but deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// Parameters that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Exactly so many resources that are not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<u32>,
    /// Keys of outputs that must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// Whether it must be protected against deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination_protection: Option<bool>,
}

impl Stack {
    /// Whether it is a failure that is asked for.
    pub(crate) fn wants_failure(&self) -> bool {
        !self.status.is_empty()
            && self.status.iter().all(|status| status.contains("FAILED") || status.contains("ROLLBACK"))
    }
}

/// Something that has happened in a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    /// The stack's name.
    pub stack: String,
    /// Of the resource.
    pub logical_id: String,
    /// `UPDATE_FAILED`, ...
    pub status: String,
    /// A regular expression found in the status reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A change set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// The stack's name.
    pub stack: String,
    /// Its name.
    pub change_set: String,
    /// Where it must be; empty: available or executed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<ChangeSetState>,
    /// Parameters that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Changes that must be among its changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Whether this is where it should be.
    pub(crate) fn accepts(&self, state: ChangeSetState) -> bool {
        if self.state.is_empty() { state != ChangeSetState::Failed } else { self.state.contains(&state) }
    }
}

/// Where a change set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSetState {
    /// Worked out, and not executed.
    Available,
    /// Executed.
    Executed,
    /// It could not be worked out, or would change nothing.
    Failed,
}

/// One change of a change set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`.
    pub action: String,
    /// The resource.
    pub logical_id: String,
    /// `True`, `False`, `Conditional`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// What the last drift detection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackDrift {
    /// The stack's name.
    pub stack: String,
    /// `DRIFTED` or `IN_SYNC`.
    pub status: String,
    /// `MODIFIED` or `DELETED`, by logical id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, String>,
}

/// What a DynamoDB table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableItems {
    /// Its name.
    pub table: String,
    /// So many items.
    pub at_least: u32,
}

//! Stacks, as they are stored.

mod change;
mod operation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use change::{ChangeSet, Detection, Drift};
pub use operation::{Item, Leftover, Operation, Phase, State, What};

use super::template::{Policy, Resolved, Values};
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::Caller;

/// Stacks of a region, the live ones and the latest of the deleted ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// By stack id, the ARN.
    pub stacks: BTreeMap<String, Stack>,
    /// Wait condition handles, by what cannot be guessed of their URLs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) handles: BTreeMap<String, Handle>,
}

/// A place that can be told of successes and failures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handle {
    /// By unique id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) told: BTreeMap<String, Told>,
}

/// What a wait condition handle is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Whether it went well.
    pub(super) well: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    /// What `Fn::GetAtt` of `Data` gives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) data: String,
}

impl Model {
    /// By name (the live one) or id (deleted ones too).
    pub(super) fn find(&self, name_or_id: &str) -> Option<&Stack> {
        self.stacks.get(name_or_id).or_else(|| self.live().find(|stack| stack.name == name_or_id))
    }

    /// The same to change, of live stacks only.
    pub(super) fn find_live_mut(&mut self, name_or_id: &str) -> Option<&mut Stack> {
        let live = |stack: &&mut Stack| stack.status != StackStatus::DeleteComplete;
        self.stacks.values_mut().filter(live).find(|stack| stack.id == name_or_id || stack.name == name_or_id)
    }

    /// All but the deleted ones.
    pub(super) fn live(&self) -> impl Iterator<Item = &Stack> {
        self.stacks.values().filter(|stack| stack.status != StackStatus::DeleteComplete)
    }
}

/// Words of AWS's API, `CREATE_IN_PROGRESS`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($word:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the words are AWS's own")]
        pub enum $name { $(#[serde(rename = $text)] $word),* }

        impl $name {
            /// As the API spells it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// `StackStatus`.
    StackStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackFailed = "ROLLBACK_FAILED",
        RollbackComplete = "ROLLBACK_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateCleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        UpdateRollbackCleanup = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        ReviewInProgress = "REVIEW_IN_PROGRESS",
    }
);

words!(
    /// `ResourceStatus`.
    ResourceStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteSkipped = "DELETE_SKIPPED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateFailed = "UPDATE_FAILED",
        UpdateComplete = "UPDATE_COMPLETE",
    }
);

words!(
    /// `OnFailure`: what becomes of a stack that cannot be created.
    OnFailure {
        Rollback = "ROLLBACK",
        DoNothing = "DO_NOTHING",
        Delete = "DELETE",
    }
);

/// One stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// ARN.
    pub id: String,
    /// Unique among live stacks.
    pub name: String,
    /// `CreationTime`.
    pub created: Time,
    /// `LastUpdatedTime`: when the latest update began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Time>,
    /// `DeletionTime`: when the deletion began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Time>,
    /// Where it stands.
    pub status: StackStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With whose permissions it works.
    pub owner: Caller,
    /// The role it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// What it is meant to be.
    pub declared: Declared,
    /// As the latest finished operation left them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Resolved>,
    /// By logical id: what there is, or was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, Kept>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// By id, the ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub change_sets: BTreeMap<String, ChangeSet>,
    /// The change set that was executed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_set: Option<String>,
    /// What is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// An update that failed and has not been taken back: `UPDATE_FAILED`, `UPDATE_ROLLBACK_FAILED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Box<Operation>>,
    /// What it is to be when creating it fails.
    pub on_failure: OnFailure,
    /// Minutes that creating it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<i64>,
    /// Whether it cannot be deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// The stack policy, a JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The latest drift detection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Detection>,
    /// That it is a resource of another stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<Box<Nested>>,
}

/// What a stack is to another that it is a resource of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// `ParentId`
    pub parent: String,
    /// `RootId`
    pub root: String,
    /// What it was before the latest update of its parent, if that changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Declared>,
    /// Whether that update has been taken back, or is being.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
}

/// What a stack is meant to be: what a request to create or update it gives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// As it was given.
    pub template: String,
    /// The template's own description of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of its parameters.
    pub values: Values,
    /// Of the stack; they go on its resources.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// At most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notification_arns: Vec<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// `AWS::ECS::Cluster`.
    pub kind: String,
    /// None until it has been asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<String>,
    /// Where it stands.
    pub status: ResourceStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When its status changed.
    pub updated: Time,
    /// As last asked for.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub properties: Value,
    /// The tags of the stack that it was given.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub stack_tags: Tags,
    /// Resolved.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// What becomes of it when the stack has it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Policy>,
    /// What becomes of it when it is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Policy>,
    /// Those that must be there before it, and go after it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waits_for: BTreeSet<String>,
    /// Whether its update policy leaves sizes alone that an update of the template did not change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_sizes: bool,
    /// `cfn-signal`'s, since the operation began: unique id and whether it went well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<String, bool>,
    /// What it was before the update that is under way; to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Before>>,
    /// As the latest drift detection found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// A resource before an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// None: it was not there.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// Its properties.
    pub properties: Value,
    /// Tags of the stack that it had.
    pub stack_tags: Tags,
    /// Its policies.
    pub deletion: Option<Policy>,
    /// Its policies.
    pub replaced: Option<Policy>,
    /// Those it waited for.
    pub waits_for: BTreeSet<String>,
}

/// A stack event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `EventId`.
    pub id: String,
    /// When.
    pub at: Time,
    /// Of the resource, or the name of the stack.
    pub logical_id: String,
    /// Empty until there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub physical_id: String,
    /// Of the resource; `AWS::CloudFormation::Stack` for the stack.
    pub kind: String,
    /// A [`StackStatus`] or [`ResourceStatus`].
    pub status: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// JSON text; only where it is not as in the resource's event before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<String>,
    /// `ClientRequestToken` of the request that began the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

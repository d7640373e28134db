//! What is under way with a stack, as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Declared, OnFailure};
use crate::core::time::Time;
use crate::services::cloudformation::rolling::Rolling;
use crate::services::cloudformation::template::Policy;

/// What is under way with a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its part now.
    pub phase: Phase,
    /// What has to be done, by a key: the logical id, or that of a resource to remove.
    pub items: BTreeMap<String, Item>,
    /// What is removed when all is well: resources that were replaced or are no longer in the template, and those that a
    /// rollback leaves over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
    /// Of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When the stack's time is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    /// What an update goes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Declared>>,
    /// What becomes of it when it fails.
    pub on_failure: OnFailure,
    /// A stack policy for this operation only, in place of the stack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Logical ids that the caller wants left alone: `RetainResources`, `ResourcesToSkip`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skip: BTreeSet<String>,
    /// During a cleanup: the logical ids of the template.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub declared: BTreeSet<String>,
}

/// The parts of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// A new stack.
    Create,
    /// Its end after a failure.
    Rollback,
    /// Towards the new template.
    Update,
    /// What the update leaves over.
    Cleanup,
    /// Back to the template before.
    UpdateRollback,
    /// What that leaves over.
    RollbackCleanup,
    /// Its end.
    Delete,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Keys of items that come first.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waits_for: BTreeSet<String>,
    /// For one that removes: what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<Leftover>,
    /// How many signals it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<i64>,
    /// Whether the resource has been seen to be there; it may still wait for signals.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stable: bool,
    /// A rolling update of a group's instances that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling: Option<Rolling>,
    /// How far it is.
    pub state: State,
}

/// How far an [`Item`] is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// For others.
    Waiting,
    /// Asked for.
    Doing {
        /// What the service was asked.
        what: What,
        /// When.
        since: Time,
        /// Nothing is looked at before.
        ready: Time,
        /// The end of patience.
        until: Time,
        /// How often it was refused and tried again.
        tries: u32,
        /// The next moment that matters by itself.
        due: Time,
    },
    /// There, or gone.
    Done,
    /// Not to be had.
    Failed,
}

/// What a service is asked for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// To make it.
    Create,
    /// To change it.
    Update,
    /// To remove it; false when it was refused and is tried again.
    Delete(bool),
}

/// Something that is to be removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// What it is called.
    pub physical_id: String,
    /// Its properties.
    pub properties: Value,
    /// What becomes of it.
    pub policy: Option<Policy>,
    /// Those that it needed, and that go after it.
    pub waits_for: BTreeSet<String>,
}

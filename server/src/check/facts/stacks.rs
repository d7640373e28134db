//! CloudFormation's stacks, what was refused, and what stacks have beside ECS: classic load balancers, databases, tables.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stack that has not been deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stack {
    /// ARN.
    pub(crate) id: String,
    pub(crate) name: String,
    /// `CREATE_COMPLETE`, ...
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    /// Those without `NoEcho`.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) termination_protection: bool,
    /// `NOT_CHECKED`, `IN_SYNC`, `DRIFTED`.
    pub(crate) drift: String,
    pub(crate) drift_checked_at: Option<i64>,
    pub(crate) created_at: Option<i64>,
    pub(crate) updated_at: Option<i64>,
}

impl Stack {
    /// Whether something is under way in it.
    pub(crate) fn in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && self.status != "REVIEW_IN_PROGRESS"
    }

    /// Since when it has been what it is becoming.
    pub(crate) fn since(&self) -> Option<i64> {
        self.updated_at.or(self.created_at)
    }
}

/// A resource in a stack's record of what it made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackResource {
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    /// `AWS::ECS::Service`, ...
    pub(crate) kind: String,
    /// `CREATE_COMPLETE`, ...
    pub(crate) status: String,
}

/// What has happened in a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackEvent {
    pub(crate) at: Option<i64>,
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
}

/// A change set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    /// `CREATE_COMPLETE`, ...
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    /// `AVAILABLE`, `EXECUTE_COMPLETE`, ...
    pub(crate) execution: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) changes: Vec<Change>,
    pub(crate) created_at: Option<i64>,
}

/// One change of a change set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// `Add`, `Modify`, `Remove`.
    pub(crate) action: String,
    pub(crate) logical_id: String,
    /// `True`, `False`, `Conditional`, or empty.
    pub(crate) replacement: String,
}

/// A resource of which the last drift detection found something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Drift {
    pub(crate) logical_id: String,
    /// `MODIFIED`, `DELETED`.
    pub(crate) status: String,
    pub(crate) differences: Vec<Difference>,
}

/// One property that is not as the template says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// `/DesiredCount`
    pub(crate) path: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

/// A request to CloudFormation that was refused, from `CloudTrail`'s event history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) at: i64,
    /// `CreateStack`, ...
    pub(crate) operation: String,
    pub(crate) stack: Option<String>,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A classic load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClassicBalancer {
    pub(crate) name: String,
    pub(crate) dns_name: String,
    pub(crate) security_groups: Vec<String>,
    /// Ports it listens on, and ports of its instances.
    pub(crate) listeners: Vec<(u16, u16)>,
    /// `HTTP:80/`
    pub(crate) health_target: String,
}

/// A classic load balancer's view of one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstanceHealth {
    pub(crate) id: String,
    /// `InService`, `OutOfService`, `Unknown`.
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) description: String,
}

/// A database instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Database {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) address: String,
    pub(crate) port: u16,
    pub(crate) security_groups: Vec<String>,
}

/// A DynamoDB table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) created_at: Option<i64>,
    /// How many items a scan found, up to what was asked for.
    pub(crate) items: u32,
}

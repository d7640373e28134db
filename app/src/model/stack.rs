//! The student's own CloudFormation stack, as the lab's page shows it.

use serde::{Deserialize, Serialize};

/// A stack that the lab makes for each student.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackPanel {
    /// Its name in the account.
    pub name: String,
    /// How far it is.
    pub stage: StackStage,
    /// Why it failed, or could not be deleted.
    pub reason: Option<String>,
    /// What has happened, newest first.
    pub events: Vec<StackEvent>,
    /// Name and value.
    pub outputs: Vec<(String, String)>,
    /// What the template may do that AWS wants acknowledged.
    pub capabilities: Vec<String>,
    /// How long it lives.
    pub lives_minutes: u32,
    /// Until it is deleted.
    pub minutes_left: Option<u32>,
    /// What was found after its deletion.
    pub receipt: Option<StackReceipt>,
}

/// How far a stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StackStage {
    /// Nobody has asked for it.
    NotThere,
    /// It is being made, or is just about to be.
    Creating,
    /// It is complete.
    Ready,
    /// It could not be made.
    Failed,
    /// Someone else deleted it.
    Gone,
    /// It is being deleted.
    Deleting,
    /// It could not be deleted wholly.
    Left,
    /// It is deleted.
    Deleted,
}

/// One event of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    /// As AWS writes it.
    pub at: String,
    /// The resource's name in the template.
    pub resource: String,
    /// `AWS::EC2::VPC`.
    pub kind: String,
    /// `CREATE_COMPLETE`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

/// What was found after a stack's deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackReceipt {
    /// When it was looked for.
    pub at_ms: i64,
    /// How many resources the stack had.
    pub had: usize,
    /// What is still there: type and name.
    pub left: Vec<(String, String)>,
}

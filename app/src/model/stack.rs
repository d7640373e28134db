//! The student's own CloudFormation stack, as pages show it. Amounts of money are texts: who counts them is the server.

use serde::{Deserialize, Serialize};

use super::AttemptId;

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
    /// Resources that are made, or deleted where that is under way.
    pub done: u32,
    /// Resources it has.
    pub of: u32,
    /// What it costs by the hour, or would: `about $0.12`.
    pub hourly: String,
    /// What in it costs something, dearest first.
    pub costs: Vec<StackLine>,
    /// The day of the price table.
    pub priced: String,
    /// It is in a practice account, where nothing is charged.
    pub practice: bool,
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

/// One thing in the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackLine {
    /// `AWS::EC2::VPC`.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// What it costs by the hour; empty where that is nothing.
    pub hourly: String,
    /// It is not the stack's, and keeps something of it from being deleted.
    pub in_the_way: bool,
}

/// What was found after a stack's deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackReceipt {
    /// When it was looked for.
    pub at_ms: i64,
    /// How many resources the stack had.
    pub had: u32,
    /// What is still there.
    pub left: Vec<StackLine>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
    /// What all that is left costs by the hour; empty where that is nothing.
    pub hourly: String,
}

/// A student's stack in the host's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassStack {
    /// The student's work.
    pub attempt: AttemptId,
    /// The name given on joining.
    pub student: String,
    /// How far it is.
    pub stage: StackStage,
    /// Why it failed, or could not be deleted.
    pub reason: Option<String>,
    /// What it costs by the hour; empty where that is nothing.
    pub hourly: String,
    /// For how long it has been wanted.
    pub seconds: u64,
    /// What is left, in a few words; empty where nothing is known to be.
    pub left: String,
}

/// All stacks of a workshop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassStacks {
    /// Those there were, by student.
    pub rows: Vec<ClassStack>,
    /// What they cost by the hour together.
    pub hourly: String,
    /// Dollars by the hour that one student's may cost, as a number.
    pub student_limit: String,
    /// Likewise, of all of them.
    pub class_limit: String,
    /// The day of the price table.
    pub priced: String,
    /// The workshop has ended.
    pub ended: bool,
}

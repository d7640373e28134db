//! What a look at a check can find. Plain data, kept as it is in the database and shown by `backend`.

use serde::{Deserialize, Serialize};

/// What a check found. Only `Failed` is ever the student's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Verdict {
    /// It is as asked.
    Passed,
    /// It is not, and will not become so by itself.
    Failed(Cause),
    /// It is on its way.
    Converging {
        /// As in "waiting for ...".
        waiting_for: String,
        /// How long it usually takes on AWS, in seconds. A practice account is faster by its speed.
        usual_seconds: u32,
        /// For how long it has been under way, in seconds of the same pace; 0 where that cannot be known.
        elapsed_seconds: u32,
    },
    /// It could not be looked at. Never counts as a failure.
    CannotTell {
        /// Why, for the student.
        reason: String,
    },
}

/// Why a check failed: from the symptom to the cause, with what was seen and one next action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// One of labs/CAUSES.md; it never changes its meaning.
    pub id: String,
    /// The cause in a few words.
    pub title: String,
    /// How it leads to the symptom; plain text.
    pub explanation: String,
    /// What was seen, where.
    pub evidence: Vec<Evidence>,
    /// The one thing to do next; plain text.
    pub next_action: String,
    /// A command that helps, if one does.
    pub command: Option<String>,
    /// Nothing of what is asked for is there, and nothing like it: it may just not have been begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untouched: bool,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where.
    pub label: String,
    /// What.
    pub value: String,
}

/// A check and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The check's id, unique in its lab.
    pub id: String,
    /// What was found.
    pub verdict: Verdict,
    /// Something worth saying although the check has passed; plain text.
    pub remark: Option<String>,
}

/// A step and what was found of its checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// Index in the lab's steps, from 0.
    pub step: usize,
    /// In the step's order.
    pub checks: Vec<CheckReport>,
}

impl StepReport {
    /// Whether every check has passed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.verdict == Verdict::Passed)
    }

    /// The cause of the first failed check.
    pub fn cause(&self) -> Option<&Cause> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(cause) => Some(cause),
            _ => None,
        })
    }
}

//! What checks found, and what is waited for.

use serde::{Deserialize, Serialize};

use super::{StackPanel, StepMark};

/// A check and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// Unique in its step.
    pub id: String,
    /// What should be true, as a sentence.
    pub title: String,
    /// What was found.
    pub verdict: Verdict,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nobody has looked.
    NotYetLooked,
    /// Nothing of it is there yet, and nobody has claimed that it is. Never counts as a failure.
    NotBegun {
        /// What there is not.
        missing: String,
        /// How to begin.
        next_action: String,
    },
    /// True.
    Passed,
    /// True, and there is something to add.
    PassedWith {
        /// What; plain text.
        remark: String,
    },
    /// Not true, and it will not become so by itself.
    Failed(Cause),
    /// On its way.
    Converging {
        /// What has still to happen, as a clause: `the agent of i-0abc to register`.
        waiting_for: String,
        /// How long it usually takes.
        usual_seconds: u32,
        /// For how long it has been under way.
        elapsed_seconds: u32,
    },
    /// It could not be looked at (throttled, denied, unreachable). Never counts as a failure.
    CannotTell {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// Whether it is true.
    pub fn is_passed(&self) -> bool {
        matches!(self, Self::Passed | Self::PassedWith { .. })
    }
}

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The cause in a few words: `No route to the internet`.
    pub title: String,
    /// How it leads to the symptom; plain text.
    pub explanation: String,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// The one thing to do next; plain text.
    pub next_action: String,
    /// A command that helps, if one does.
    pub command: Option<String>,
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where: `Route table rtb-0abc`.
    pub label: String,
    /// What: `no route for 0.0.0.0/0`.
    pub value: String,
}

/// What the world does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextEvent {
    /// As a clause: `three instances to boot`.
    pub waiting_for: String,
    /// How long it usually takes, in the student's wall-clock seconds.
    pub usual_seconds: u32,
    /// For how long it has been under way.
    pub elapsed_seconds: u32,
}

/// The data of each message of `GET /live/{slug}?step=N` (server-sent events, default event name).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveStep {
    /// All steps in order.
    pub steps: Vec<StepMark>,
    /// The step that was asked for.
    pub number: u32,
    /// Its checks.
    pub checks: Vec<CheckView>,
    /// What is being waited for, if anything.
    pub next_event: Option<NextEvent>,
    /// The student's own stack, where the lab makes one.
    pub stack: Option<StackPanel>,
}

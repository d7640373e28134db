//! The words the pages, the port and the live streams share: ids that cannot be malformed and plain data to show.
//!
//! Times are milliseconds since 1970 in UTC (`*_at_ms`) and durations whole seconds (`*_seconds`), both in the
//! student's own wall-clock time. A field named `*_html` is already sanitised by the server and is inserted as it
//! is; every other text is escaped by the page. Enums are tagged from outside: reading other tags doubles the browser's
//! code. No behaviour here beyond parsing ids and small questions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

mod account;
mod check;
mod classroom;
mod deliverable;
mod lab;
mod stack;

pub use account::{Credentials, ShellExports, Site};
pub use check::{Cause, CheckView, Evidence, LiveStep, NextEvent, Verdict};
pub use classroom::{
    LiveWorkshop, MarkingGuide, Penalty, StudentRow, SubmissionPage, WorkshopCard, WorkshopPage,
};
pub use deliverable::{Criterion, Draft, Level, Mark, ResultView, SaveOutcome, SubmissionState};
pub use lab::{Block, Download, Hints, LabCard, LabPage, StepMark, StepPage, StepState, Tone};
pub use stack::{ClassStack, ClassStacks, StackEvent, StackLine, StackPanel, StackReceipt, StackStage};

/// A text that is not an id of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier: 1 to 64 letters, digits, '-' or '_'")]
pub struct BadId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                let fits = (1..=64).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if fits { Ok(Self(text)) } else { Err(BadId) }
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A lab's folder name, as in `/labs/weave-by-hand`.
    LabSlug
);
id!(
    /// One workshop of an instructor.
    WorkshopId
);
id!(
    /// One person's work on one lab.
    AttemptId
);

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Came without an account; the work is tied to this browser until a password is set.
    Guest,
    /// Joined a workshop by its code, or made an account.
    Student,
    /// Leads workshops.
    Instructor,
}

/// Who is looking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name shown to others; also the sign-in name once a password is set.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Whether the person can sign in again from elsewhere.
    pub has_password: bool,
    /// Title of the workshop last joined, if any.
    pub workshop: Option<String>,
}

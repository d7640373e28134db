//! The text that is handed in, and its marks.

use serde::{Deserialize, Serialize};

use super::LabSlug;

/// Where a hand-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Nothing written.
    NotBegun,
    /// Being written.
    Draft,
    /// Handed in, not marked.
    HandedIn {
        /// When.
        at_ms: i64,
    },
    /// Marked, not yet shown to the student. Students are told `HandedIn`, but may not withdraw.
    Marked {
        /// When it was handed in.
        at_ms: i64,
    },
    /// Marked, and the student can see it.
    Released {
        /// When it was released.
        at_ms: i64,
    },
}

impl SubmissionState {
    /// Whether the text is still the student's to change.
    pub const fn is_writing(self) -> bool {
        matches!(self, Self::NotBegun | Self::Draft)
    }
}

/// The text being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The lab.
    pub slug: LabSlug,
    /// The lab's name.
    pub lab_title: String,
    /// What is asked.
    pub question_html: String,
    /// What will be looked at when it is marked.
    pub criteria: Vec<Criterion>,
    /// The text.
    pub markdown: String,
    /// The same, rendered and sanitised.
    pub html: String,
    /// Counts saves, from 0; send it with the next save.
    pub revision: i64,
    /// When it was last saved.
    pub saved_at_ms: Option<i64>,
    /// Where it stands.
    pub state: SubmissionState,
    /// Whether it may be taken back now.
    pub can_withdraw: bool,
    /// Bytes of Markdown at most.
    pub max_bytes: u32,
}

/// How a save went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// It is kept.
    Saved {
        /// Send this with the next save.
        revision: i64,
        /// When.
        at_ms: i64,
    },
    /// It was changed elsewhere since; nothing was overwritten.
    Conflict {
        /// The text that is kept.
        markdown: String,
        /// Its revision: saving with this one overwrites it.
        revision: i64,
    },
}

/// A rubric's criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Unique in its rubric: letters, digits, `-`, `_`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// How well it can be met, from best to worst.
    pub levels: Vec<Level>,
    /// At most.
    pub points: u32,
}

impl Criterion {
    /// The level that so many points come to: the best that they suffice for.
    pub fn reached(&self, given: u32) -> Option<&Level> {
        self.levels.iter().find(|level| level.points <= given)
    }
}

/// How well a criterion is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Points of this level.
    pub points: u32,
    /// Its name.
    pub title: String,
    /// What a text at this level does; plain text.
    pub description: String,
}

/// A released result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultView {
    /// Each criterion and what was given.
    pub marks: Vec<Mark>,
    /// The instructor's words.
    pub comment_html: String,
    /// When it was released.
    pub released_at_ms: i64,
}

/// What was given for a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// For what.
    pub criterion: Criterion,
    /// None until marked.
    pub given: Option<u32>,
}

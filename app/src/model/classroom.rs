//! Workshops, as their instructor sees them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AttemptId, ClassStacks, LabSlug, Mark, SubmissionState, WorkshopId};

/// A workshop in the instructor's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkshopCard {
    /// Its address.
    pub id: WorkshopId,
    /// Its name.
    pub title: String,
    /// What is worked on.
    pub lab_title: String,
    /// What students type to join.
    pub join_code: String,
    /// Whether one can still join.
    pub open: bool,
    /// How many have joined.
    pub students: u32,
    /// How many texts wait to be marked.
    pub to_mark: u32,
    /// When it was made.
    pub created_at_ms: i64,
}

/// A workshop's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkshopPage {
    /// What the list shows.
    pub card: WorkshopCard,
    /// The lab.
    pub slug: LabSlug,
    /// The join page with the code filled in, absolute.
    pub join_url: String,
    /// Everyone, by name.
    pub rows: Vec<StudentRow>,
    /// Their stacks, where the lab makes them.
    pub stacks: Option<ClassStacks>,
}

/// A student in the class table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentRow {
    /// The student's work.
    pub attempt: AttemptId,
    /// The name given on joining.
    pub name: String,
    /// The current step, from 1; the last one when all are passed.
    pub step: u32,
    /// How many there are.
    pub steps: u32,
    /// How many are passed.
    pub passed: u32,
    /// The last failed check's cause on the current step, in a few words.
    pub last_cause: Option<String>,
    /// For how long the current step has been open.
    pub seconds_on_step: u64,
    /// Far longer than usual on this step: look in.
    pub stuck: bool,
    /// Where the hand-in stands.
    pub submission: SubmissionState,
}

/// The data of each message of `GET /live/workshop/{id}` (server-sent events, default event name).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveWorkshop {
    /// Everyone, by name.
    pub rows: Vec<StudentRow>,
    /// Their stacks, where the lab makes them.
    pub stacks: Option<ClassStacks>,
}

/// What a rubric says to the marker alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkingGuide {
    /// What to look for, by criterion id.
    pub look_for: BTreeMap<String, String>,
    /// Common errors.
    pub penalties: Vec<Penalty>,
    /// The total never falls below this.
    pub floor: u32,
}

/// A common error and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// Points taken off, once.
    pub points: u32,
    /// The statement to look for.
    pub error: String,
    /// What is true instead.
    pub why: String,
}

/// A text to read and mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionPage {
    /// The workshop.
    pub workshop: WorkshopId,
    /// Its name.
    pub workshop_title: String,
    /// Whose work.
    pub attempt: AttemptId,
    /// Whose name.
    pub student: String,
    /// What was asked.
    pub question_html: String,
    /// The text as handed in.
    pub html: String,
    /// How many words it has.
    pub words: u32,
    /// Where it stands.
    pub state: SubmissionState,
    /// Each criterion and what was given so far.
    pub marks: Vec<Mark>,
    /// What the rubric says to the marker.
    pub guide: MarkingGuide,
    /// The comment so far, as Markdown.
    pub comment: String,
    /// The next text that waits to be marked.
    pub next_to_mark: Option<AttemptId>,
}

//! A lab as pages show it: its card, its steps and what a step's text is made of.

use serde::{Deserialize, Serialize};

use super::{CheckView, LabSlug, NextEvent, StackPanel, SubmissionState};

/// A lab in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabCard {
    /// Its address.
    pub slug: LabSlug,
    /// Its name.
    pub title: String,
    /// Two sentences.
    pub summary: String,
    /// How long it usually takes.
    pub minutes: u32,
    /// How many steps it has.
    pub steps: u32,
    /// How many of them this person has passed.
    pub passed: u32,
    /// Whether this person has begun.
    pub started: bool,
    /// The AWS services it touches, in their short names (`ECS`, `IAM`).
    pub services: Vec<String>,
}

/// A lab's own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabPage {
    /// What the catalog shows.
    pub card: LabCard,
    /// The introduction.
    pub about_html: String,
    /// What one can do afterwards; plain sentences.
    pub goals: Vec<String>,
    /// All steps in order.
    pub steps: Vec<StepMark>,
    /// The step to go on with, if begun.
    pub current: Option<u32>,
    /// Whether the lab ends with a text to hand in.
    pub has_deliverable: bool,
    /// Where the hand-in stands.
    pub submission: SubmissionState,
    /// The student's own stack, where the lab makes one.
    pub stack: Option<StackPanel>,
}

/// A step in the rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMark {
    /// From 1.
    pub number: u32,
    /// Its short name.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// After the current one.
    Later,
    /// The first that is not passed.
    Current,
    /// Every check has passed.
    Passed,
}

/// One step, with the student's own values filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPage {
    /// The lab it belongs to.
    pub slug: LabSlug,
    /// The lab's name.
    pub lab_title: String,
    /// From 1.
    pub number: u32,
    /// Its name.
    pub title: String,
    /// How long it usually takes.
    pub minutes: u32,
    /// What will be true afterwards: one short paragraph.
    pub goal_html: String,
    /// Why it matters; may be empty.
    pub why_html: String,
    /// What to read and do, in order.
    pub blocks: Vec<Block>,
    /// Files the step needs.
    pub downloads: Vec<Download>,
    /// What is looked at, with the last known verdicts.
    pub checks: Vec<CheckView>,
    /// What is being waited for, if anything.
    pub next_event: Option<NextEvent>,
    /// Hints shown so far, and how many remain.
    pub hints: Hints,
    /// All steps of the lab in order, for the rail.
    pub steps: Vec<StepMark>,
    /// Whether the lab ends with a text to hand in.
    pub has_deliverable: bool,
    /// The student's own stack, where the lab makes one.
    pub stack: Option<StackPanel>,
    /// Whether this attempt runs in a practice account (skipping ahead and starting over are possible).
    pub practice: bool,
}

/// A piece of a step's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Paragraphs, lists, headings from level 3 down.
    Prose {
        /// Sanitised.
        html: String,
    },
    /// A command to run; shown with a copy button (Markdown: a fence marked `sh` or `bash`).
    Command {
        /// Exactly what is copied, one or several lines.
        text: String,
    },
    /// What a command answers, not to be copied (a fence marked `output` or `text`).
    Output {
        /// As it would appear.
        text: String,
    },
    /// A file's content, with a copy button (a fence marked with its language and, if known, `name=...`).
    File {
        /// The file's name; may be empty.
        name: String,
        /// Its content.
        text: String,
    },
    /// A remark set apart (Markdown: a quote that begins with `[!NOTE]`, `[!LOOK]` or `[!WARNING]`).
    Callout {
        /// Which kind.
        tone: Tone,
        /// Sanitised.
        html: String,
    },
}

/// What a callout is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Good to know.
    Note,
    /// What to look at, and what it tells.
    Look,
    /// What goes wrong easily, or cannot be undone.
    Warning,
}

/// A file to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The file's name.
    pub name: String,
    /// Where it is, on this origin.
    pub href: String,
    /// Its size.
    pub bytes: u64,
    /// What it is, in a few words; may be empty.
    pub what: String,
}

/// Hints come in stages, from a nudge to the solution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Those shown so far; sanitised HTML.
    pub revealed_html: Vec<String>,
    /// How many remain.
    pub left: u32,
}

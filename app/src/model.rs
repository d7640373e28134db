//! The words the pages, the port and the live streams share: ids that cannot be malformed and plain data to show.
//!
//! Times are milliseconds since 1970 in UTC (`*_at_ms`) and durations whole seconds (`*_seconds`), both in the
//! student's own wall-clock time. A field named `*_html` is already sanitised by the server and is inserted as it
//! is; every other text is escaped by the page. Enums are tagged from outside: reading other tags doubles the browser's code. No behaviour here beyond parsing ids and small questions.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

mod stack;

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

// ---------------------------------------------------------------- people

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

// ---------------------------------------------------------------- labs

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

// ---------------------------------------------------------------- the practice account

/// A student's own keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Twelve digits.
    pub account_id: String,
    /// Not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// Where the AWS CLI is pointed to; none on AWS itself.
    pub endpoint_url: Option<String>,
    /// Ready to paste, one per shell, bash first.
    pub exports: Vec<ShellExports>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Environment variables in one shell's way of writing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellExports {
    /// `bash`, `PowerShell`, `fish`.
    pub shell: String,
    /// Lines to paste, the secret included.
    pub text: String,
}

impl fmt::Debug for ShellExports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShellExports").field("shell", &self.shell).finish_non_exhaustive()
    }
}

/// A front end of the simulated world, on an origin of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The public DNS name.
    pub label: String,
    /// Where to open it from the student's browser.
    pub url: String,
    /// Whose address it is: `i-0abc`, or a load balancer's name.
    pub belongs_to: String,
}

// ---------------------------------------------------------------- the deliverable

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
    /// What earns the points; plain text.
    pub description: String,
    /// At most.
    pub points: u32,
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

// ---------------------------------------------------------------- the classroom

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

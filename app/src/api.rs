//! The port: what the pages need from the server, one small trait per noun.
//!
//! The server builds a [`Port`] for every request, bound to that request's session (so no method takes one), and
//! hands it in by `provide_context`. A method that changes the session (`start_as_guest`, `join`, ...) takes effect
//! for the later calls of the same request. Every method authorizes for itself: a page's own checks are courtesy.
//!
//! Not here: how anything is stored, which cloud it is, and the two live streams, which are plain routes of the
//! server (`GET /live/{slug}?step=N` with [`crate::model::LiveStep`], `GET /live/workshop/{id}` with
//! [`crate::model::LiveWorkshop`], both `text/event-stream`), as is `GET /teach/{workshop}/class.csv`.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

pub use crate::error::ApiError;
use crate::model::{
    AttemptId, Credentials, Draft, Hints, LabCard, LabPage, LabSlug, Person, ResultView, SaveOutcome, Site,
    StepPage, SubmissionPage, WorkshopCard, WorkshopId, WorkshopPage,
};

/// What every method answers.
pub type Answer<T> = Result<T, ApiError>;

/// Everything a page can ask for, bound to one request's session.
#[derive(Clone)]
pub struct Port {
    /// People.
    pub accounts: Arc<dyn Accounts>,
    /// Labs and their steps.
    pub labs: Arc<dyn Labs>,
    /// The student's practice account.
    pub practice: Arc<dyn PracticeAccounts>,
    /// The student's own stack.
    pub stacks: Arc<dyn Stacks>,
    /// The student's text.
    pub deliverables: Arc<dyn Deliverables>,
    /// The instructor's workshops.
    pub classrooms: Arc<dyn Classrooms>,
}

/// People and the session.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Who is looking, if anyone has signed in, joined or started as a guest.
    async fn me(&self) -> Answer<Option<Person>>;
    /// Makes a guest and signs the session in. Does nothing if someone is signed in already.
    async fn start_as_guest(&self) -> Answer<()>;
    /// Joins the workshop with this code (case and spaces do not matter) under a display name, makes a student of
    /// a guest, starts the workshop's lab and says which. `Invalid` on field `code` or `name`; limited per address.
    async fn join(&self, code: &str, name: &str) -> Answer<LabSlug>;
    /// Signs in. The same `Invalid` on field `password` for an unknown name and a wrong password; limited.
    async fn sign_in(&self, name: &str, password: &str) -> Answer<()>;
    /// Gives the person a sign-in name and password: keeps a guest's work, or changes the password.
    /// `current` is needed if there is a password already. `Invalid` on `name`, `current` or `password`.
    async fn set_password(&self, name: &str, current: Option<&str>, password: &str) -> Answer<()>;
    /// Whether a one-time instructor link can still be used: `NotFound` if not.
    async fn check_invite(&self, token: &str) -> Answer<()>;
    /// Uses a one-time instructor link: makes the instructor and signs the session in.
    async fn accept_invite(&self, token: &str, name: &str, password: &str) -> Answer<()>;
    /// Ends the session.
    async fn sign_out(&self) -> Answer<()>;
}

/// Labs and their steps. All but `catalog` and `lab` need someone signed in (`SignInNeeded`) and, apart from
/// `start`, the lab begun (`Conflict` if not).
#[async_trait]
pub trait Labs: Send + Sync {
    /// All labs, in order; progress of the person if there is one.
    async fn catalog(&self) -> Answer<Vec<LabCard>>;
    /// One lab.
    async fn lab(&self, slug: &LabSlug) -> Answer<LabPage>;
    /// Begins the lab (or goes on) and says at which step.
    async fn start(&self, slug: &LabSlug) -> Answer<u32>;
    /// One step, from 1. Any step may be read at any time.
    async fn step(&self, slug: &LabSlug, number: u32) -> Answer<StepPage>;
    /// Shows one more hint and answers all shown so far. No effect when none is left.
    async fn reveal_hint(&self, slug: &LabSlug, number: u32) -> Answer<Hints>;
    /// Looks at the step's checks now instead of at the next event.
    async fn check_now(&self, slug: &LabSlug, number: u32) -> Answer<()>;
}

/// The student's practice account for a lab.
#[async_trait]
pub trait PracticeAccounts: Send + Sync {
    /// The student's own keys.
    async fn credentials(&self, slug: &LabSlug) -> Answer<Credentials>;
    /// Lets the simulated time run to the world's next event. `Conflict` if nothing is being waited for.
    async fn skip_ahead(&self, slug: &LabSlug) -> Answer<()>;
    /// Empties the practice account and forgets the steps' ticks; drafts stay. Cannot be undone.
    /// The page asks first.
    async fn start_over(&self, slug: &LabSlug) -> Answer<()>;
    /// Public names of the world's running instances that may answer a browser, in AWS's order of listing.
    async fn sites(&self, slug: &LabSlug) -> Answer<Vec<Site>>;
}

/// The CloudFormation stack that a lab makes for each student.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// Asks for it, or for it to be made again where it failed, has gone or was deleted. `Conflict` where it is there
    /// or on its way, or would cost more than it may.
    async fn request(&self, slug: &LabSlug) -> Answer<()>;
    /// Asks for it to be deleted, or for another try. `Conflict` where there is none.
    async fn remove(&self, slug: &LabSlug) -> Answer<()>;
}

/// The student's text at the end of a lab.
#[async_trait]
pub trait Deliverables: Send + Sync {
    /// The text so far.
    async fn draft(&self, slug: &LabSlug) -> Answer<Draft>;
    /// Saves if `revision` is the one kept. `Conflict` (the error) once it is handed in; `Invalid` on `markdown`
    /// when too long.
    async fn save_draft(&self, slug: &LabSlug, markdown: &str, revision: i64) -> Answer<SaveOutcome>;
    /// Renders and sanitises; keeps nothing. Bounded as a draft is.
    async fn preview(&self, markdown: &str) -> Answer<String>;
    /// Hands the saved text in.
    async fn hand_in(&self, slug: &LabSlug) -> Answer<()>;
    /// Takes it back while it is not marked.
    async fn withdraw(&self, slug: &LabSlug) -> Answer<()>;
    /// Marks and comment once released, else none.
    async fn result(&self, slug: &LabSlug) -> Answer<Option<ResultView>>;
}

/// The instructor's workshops. Everything is `Forbidden` to others and `NotFound` for another's workshop.
#[async_trait]
pub trait Classrooms: Send + Sync {
    /// The instructor's own, newest first.
    async fn workshops(&self) -> Answer<Vec<WorkshopCard>>;
    /// Makes one with a fresh join code. `Invalid` on `title` or `lab`.
    async fn create_workshop(&self, title: &str, lab: &LabSlug) -> Answer<WorkshopId>;
    /// One workshop and its students.
    async fn workshop(&self, id: &WorkshopId) -> Answer<WorkshopPage>;
    /// Nobody can join any more; those who have go on.
    async fn close_workshop(&self, id: &WorkshopId) -> Answer<()>;
    /// One can join again.
    async fn reopen_workshop(&self, id: &WorkshopId) -> Answer<()>;
    /// Nobody joins any more, and every student's stack is deleted. One that is opened again goes on.
    async fn end_workshop(&self, id: &WorkshopId) -> Answer<()>;
    /// What students' stacks may cost in dollars by the hour, as typed. `Invalid` on `student` or `class`.
    async fn set_stack_limits(&self, id: &WorkshopId, student: &str, class: &str) -> Answer<()>;
    /// Has a student's stack deleted, or another try made. `Conflict` where there is none.
    async fn remove_stack(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()>;
    /// Has a student's stack made again. `Conflict` where it is there or on its way, or may not be made.
    async fn retry_stack(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()>;
    /// Has all stacks of the workshop deleted; answers how many.
    async fn remove_stacks(&self, id: &WorkshopId) -> Answer<u32>;
    /// A text that was handed in.
    async fn submission(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<SubmissionPage>;
    /// Keeps points per criterion id and a comment (Markdown), and a release stays one. `Invalid` on the criterion's id when
    /// there are more points than it has; `Conflict` if it was withdrawn meanwhile.
    async fn mark(
        &self,
        id: &WorkshopId,
        attempt: &AttemptId,
        points: &BTreeMap<String, u32>,
        comment: &str,
    ) -> Answer<()>;
    /// Shows the marks to the student. `Conflict` unless every criterion is marked.
    async fn release(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()>;
    /// Shows all that are fully marked; answers how many.
    async fn release_all(&self, id: &WorkshopId) -> Answer<u32>;
}

//! One attempt being looked at.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::backend::view;
use crate::catalog::lab::{After, Lab, Needs};
use crate::check::{self, Now, StepReport, Verdict};
use crate::classroom::hub::Waiting;
use crate::classroom::progress::{self, Finding, Progress, StepRef};
use crate::cloud::Cloud;
use crate::db::attempt::{self, Attempt};
use crate::db::stack;
use crate::practice::probe::PracticeProbe;
use crate::provision;
use crate::state::AppState;

/// A script makes many changes in a row; a look waits until this long after the first of them.
const GATHER: Duration = Duration::from_millis(150);
/// The world's next event is looked at this long after it is due, when what follows from it has happened too.
const AFTER_EVENT: Duration = Duration::from_millis(30);
/// A world that keeps having events is looked at so often at most.
const LEAST_PAUSE: Duration = Duration::from_millis(300);
/// A look that failed is tried again after this long.
const AFTER_TROUBLE: Duration = Duration::from_secs(3);
/// How long the events of a world that nobody touches or watches are followed.
const REST_AFTER: Duration = Duration::from_mins(15);

/// Why to look.
#[derive(Debug)]
pub(super) enum Poke {
    /// The world was changed.
    Changed,
    /// Someone wants to know.
    Asked {
        /// From 1; looked at even if it is not the current one.
        step: u32,
        /// A person says that it is done, or asks what is wrong with it.
        claimed: bool,
        /// Told when it is recorded.
        done: oneshot::Sender<()>,
    },
}

/// Looks at one attempt until there is nothing more to wait for.
pub(super) struct Watcher {
    state: AppState,
    attempt: String,
    pokes: mpsc::Receiver<Poke>,
    unasked: Arc<Semaphore>,
}

impl Watcher {
    pub(super) fn new(
        state: AppState,
        attempt: &str,
        pokes: mpsc::Receiver<Poke>,
        unasked: Arc<Semaphore>,
    ) -> Self {
        Self { state, attempt: attempt.to_owned(), pokes, unasked }
    }

    pub(super) async fn run(mut self) {
        let mut touched = Instant::now();
        let mut next = None;
        loop {
            let (mut asked, mut done) = match self.wait(next).await {
                Wake::Poked(poke) => {
                    touched = Instant::now();
                    self.gather(poke).await
                }
                Wake::Event => (Asked::default(), Vec::new()),
                Wake::Rest => return,
            };
            let turn = self.turn(&mut asked, &mut done).await;
            let looked = Instant::now();
            let found = self.look(&asked).await;
            drop(turn);
            match found {
                Ok(due) => next = due.map(|due| due.max(looked + LEAST_PAUSE)),
                Err(error) => {
                    tracing::error!(attempt = self.attempt, "a look failed: {error:#}");
                    next = Some(looked + AFTER_TROUBLE);
                }
            }
            for done in done {
                // Who asked may have gone.
                let _ = done.send(());
            }
            if next.is_some() && touched.elapsed() > REST_AFTER && !self.state.hub.is_watched(&self.attempt) {
                next = None;
            }
        }
    }

    /// Until something is a reason to look. Without a next event, a watcher rests when no poke is there.
    async fn wait(&mut self, next: Option<Instant>) -> Wake {
        if let Some(due) = next {
            return tokio::select! {
                // Once closed, pokes go to another watcher; the events under way are still this one's.
                Some(poke) = self.pokes.recv(), if !self.pokes.is_closed() => Wake::Poked(poke),
                () = sleep_until(due) => Wake::Event,
            };
        }
        if let Ok(poke) = self.pokes.try_recv() {
            return Wake::Poked(poke);
        }
        // Closed first, so that no poke is lost between looking and resting.
        self.pokes.close();
        self.pokes.recv().await.map_or(Wake::Rest, Wake::Poked)
    }

    /// Takes what else arrives in a moment; who asks is not kept waiting.
    async fn gather(&mut self, first: Poke) -> (Asked, Vec<oneshot::Sender<()>>) {
        let (mut asked, mut done) = (Asked::default(), Vec::new());
        let until = Instant::now() + GATHER;
        let mut poke = Some(first);
        while let Some(taken) = poke {
            asked.take(taken, &mut done);
            let left = if done.is_empty() {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            poke = timeout(left, self.pokes.recv()).await.ok().flatten();
        }
        (asked, done)
    }

    /// Looks that nobody asked for wait in a line: what happens meanwhile to a world that waits in it is seen by one
    /// look. Whoever asks takes theirs out of it.
    async fn turn(
        &mut self,
        asked: &mut Asked,
        done: &mut Vec<oneshot::Sender<()>>,
    ) -> Option<OwnedSemaphorePermit> {
        let line = Arc::clone(&self.unasked).acquire_owned();
        tokio::pin!(line);
        while done.is_empty() {
            tokio::select! {
                turn = &mut line => return turn.ok(),
                Some(poke) = self.pokes.recv() => asked.take(poke, done),
            }
        }
        None
    }

    /// Looks at the first open step, at the next as soon as it passes, and at those asked for. Answers when the world
    /// will next change by itself.
    async fn look(&self, asked: &Asked) -> anyhow::Result<Option<Instant>> {
        let turn = self.state.hub.turn(&self.attempt);
        // A look that began before a student started over must not tick the fresh attempt.
        let _turn = turn.lock().await;
        let Some((attempt, lab, account)) = self.subject().await? else { return Ok(None) };
        // On a busy machine a look may take longer than the world does to its next event, which it has then not seen.
        let before = self.next_event(&account).await?;
        let mut waiting = None;
        let mut changed = false;
        let mut looked = Vec::new();
        loop {
            let open = Progress::load(&mut self.state.db.read().await?, &attempt.id, view::step_count(lab))
                .await?
                .open();
            let steps: Vec<u32> = open
                .into_iter()
                .chain(asked.steps.iter().copied())
                .filter(|step| !looked.contains(step) && may_look(lab, *step, open))
                .collect();
            let (Some(first), false) = (open, steps.is_empty()) else { break };
            let found = self.look_at(&attempt, lab, &account, (&steps, &asked.claimed)).await?;
            looked.extend(&steps);
            let passed = found.passed.contains(&first);
            changed |= found.changed;
            if !passed {
                waiting = found.waiting;
                break;
            }
        }
        let after = self.next_event(&account).await?;
        let due = before.filter(|due| *due <= Instant::now() + AFTER_EVENT).or(after);
        self.state.hub.set_waiting(&attempt.id, waiting.filter(|_| due.is_some()));
        if changed {
            self.state.hub.attempt_changed(&attempt.id);
            if let Some(workshop) = &attempt.workshop_id {
                self.state.hub.workshop_changed(workshop);
            }
        }
        Ok(due)
    }

    /// When what follows from the world's next event will have happened; None when nothing is under way.
    async fn next_event(&self, account: &str) -> anyhow::Result<Option<Instant>> {
        let due = self.state.practice.until_next_event(account).await?;
        Ok(due
            .and_then(|ms| u64::try_from(ms).ok())
            .map(|ms| Instant::now() + Duration::from_millis(ms) + AFTER_EVENT))
    }

    async fn subject(&self) -> anyhow::Result<Option<(Attempt, &Lab, String)>> {
        let Some(attempt) = attempt::find(&mut self.state.db.read().await?, &self.attempt).await? else {
            return Ok(None);
        };
        let lab = self.state.catalog.labs.get(&attempt.lab);
        let account = attempt.world_id.clone();
        Ok(lab.zip(account).map(|(lab, account)| (attempt, lab, account)))
    }

    async fn look_at(
        &self,
        attempt: &Attempt,
        lab: &Lab,
        account: &str,
        (steps, claimed): (&[u32], &[u32]),
    ) -> anyhow::Result<Found> {
        let cloud = Cloud::new(&crate::practice::access(&self.state.practice, account, &lab.card.region));
        let probe = PracticeProbe::new(self.state.practice.clone(), account);
        let mut conn = self.state.db.read().await?;
        let outputs = provision::stack::outputs(&mut conn, &attempt.id).await?;
        let stack = stack::of_attempt(&mut conn, &attempt.id).await?;
        drop(conn);
        let values = view::values(&self.state, lab, Some(attempt))?.with_outputs(&outputs);
        let indexes: Vec<usize> =
            steps.iter().filter_map(|step| usize::try_from(*step).ok()?.checked_sub(1)).collect();
        let now = |world: &practice::World, now: practice::Time| Now {
            seconds: now.0 / 1000,
            speed: world.settings.speed,
        };
        let world_now = self.state.practice.look(account, now).await?;
        let speed = world_now.speed;
        let now = self.state.clock.now();
        let mut look = check::look(&cloud, &probe, lab, &values, &indexes, world_now).await;
        if let Some(held) = provision::waiting::verdict(stack.as_ref(), now, speed) {
            look.reports.iter_mut().for_each(|report| hold(report, lab, &held));
        }

        let now = self.state.clock.now();
        let facts = serde_json::to_value(&look.facts)?;
        let mut found = Found { passed: Vec::new(), changed: false, waiting: None };
        let mut tx = self.state.db.begin().await?;
        for report in &look.reports {
            let number = u32::try_from(report.step + 1)?;
            let findings = findings(report, &facts, speed);
            let step = StepRef { number, of: view::step_count(lab), claimed: claimed.contains(&number) };
            let recorded = progress::record(&mut tx, &attempt.id, step, findings, now).await?;
            found.changed |= recorded.changed;
            if recorded.passed {
                found.passed.push(number);
            }
            if found.waiting.is_none() {
                found.waiting = waiting(report, speed, now).map(|waiting| self.since_before(waiting));
            }
        }
        tx.commit().await?;
        Ok(found)
    }
}

impl Watcher {
    /// The same wait goes on: it began when it was first seen, not when it was last.
    fn since_before(&self, waiting: Waiting) -> Waiting {
        match self.state.hub.waiting(&self.attempt) {
            Some(before) if before.waiting_for == waiting.waiting_for => Waiting {
                since: before.since.min(waiting.since),
                usual_seconds: before.usual_seconds,
                ..waiting
            },
            _ => waiting,
        }
    }
}

/// Where a step stands on a stack that is not complete, nothing has failed. What is as asked is so all the same: the
/// stack may have come so far, or somebody has built it by hand.
fn hold(report: &mut StepReport, lab: &Lab, held: &Verdict) {
    if lab.steps.get(report.step).is_none_or(|step| step.needs != Some(Needs::Stack)) {
        return;
    }
    for check in report.checks.iter_mut().filter(|check| check.verdict != Verdict::Passed) {
        check.verdict = held.clone();
        check.remark = None;
    }
}

/// A step that asks for an account without traces is true of one that was never used: it waits for its turn.
fn may_look(lab: &Lab, step: u32, open: Option<u32>) -> bool {
    view::step(lab, step).is_ok_and(|of| of.after == After::Anything || open == Some(step))
}

/// The steps that people asked for.
#[derive(Default)]
struct Asked {
    steps: Vec<u32>,
    claimed: Vec<u32>,
}

impl Asked {
    fn take(&mut self, poke: Poke, done: &mut Vec<oneshot::Sender<()>>) {
        if let Poke::Asked { step, claimed, done: told } = poke {
            self.steps.push(step);
            if claimed {
                self.claimed.push(step);
            }
            done.push(told);
        }
    }
}

enum Wake {
    Poked(Poke),
    Event,
    Rest,
}

struct Found {
    passed: Vec<u32>,
    changed: bool,
    waiting: Option<Waiting>,
}

fn findings(report: &StepReport, facts: &serde_json::Value, speed: u32) -> Vec<Finding> {
    report
        .checks
        .iter()
        .map(|check| Finding {
            check_id: check.id.clone(),
            verdict: view::verdict(check, speed),
            untouched: matches!(&check.verdict, Verdict::Failed(cause) if cause.untouched),
            facts: facts.clone(),
        })
        .collect()
}

/// What the first check that is on its way waits for, in the student's own time.
fn waiting(report: &StepReport, speed: u32, now: i64) -> Option<Waiting> {
    report.checks.iter().find_map(|check| match &check.verdict {
        Verdict::Converging { waiting_for, usual_seconds, elapsed_seconds } => Some(Waiting {
            waiting_for: waiting_for.clone(),
            usual_seconds: (usual_seconds / speed.max(1)).max(1),
            since: now - i64::from(elapsed_seconds / speed.max(1)) * 1000,
        }),
        _ => None,
    })
}

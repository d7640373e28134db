//! One turn of a job that brings a stack on: look, plan, act, record.
//!
//! A server may stop between any two of these, or lose what it has just been answered: the next one looks again and
//! goes on from what there is. Nothing is polled where the account says when it will change.

use std::collections::BTreeMap;

use super::explain::explain;
use super::guard;
use super::plan::{self, Action, Asked, Kept, Seen, Stage, Wanted};
use super::receipt;
use super::run::AFTER_TROUBLE_MS;
use super::stack::{JOB, token};
use super::wake::{Stopped, Stops};
use crate::backend::view;
use crate::catalog::lab::Lab;
use crate::clock::{EpochMs, MINUTE, SECOND};
use crate::cloud::cloudformation::{CloudFormation, NewStack, StackSeen};
use crate::cloud::{Cloud, Trouble};
use crate::db::job::{self, Claim};
use crate::db::stack::{self, Stack};
use crate::state::AppState;
use anyhow::Context as _;

/// Actions of one turn; the next turn goes on.
const MOST_ACTIONS: usize = 8;
/// A world in which nothing is under way waits for its student: a change wakes the job.
const NOTHING_DUE_MS: i64 = 10 * MINUTE;
/// What follows from the world's next event has happened by then.
const AFTER_EVENT_MS: i64 = 30;
/// A world in which much happens is looked at so often at most.
const LEAST_PAUSE_MS: i64 = 400;
/// A complete stack whose account has changed is looked at this much later: nobody waits for it.
pub(super) const AT_LEISURE_MS: i64 = 2 * SECOND;
/// What there is of a stack is looked for so often at most.
const INVENTORY_MS: i64 = MINUTE;
/// Students are warned this long before their stack's time is over.
const WARNING_MS: i64 = 30 * MINUTE;
/// A stack that was asked for is seen after this long, or was never made.
const SEEN_AFTER_MS: i64 = MINUTE;
/// The tag that says whose a stack is.
const TAG: &str = "drydock:attempt";

/// One claimed job.
pub(super) struct Turn<'a> {
    state: &'a AppState,
    stops: &'a Stops,
    claim: &'a Claim,
}

/// What comes after an action.
enum Then {
    /// Look again at once.
    Again,
    /// The turn is over, and recorded.
    Over,
}

/// When a job goes on.
#[derive(Clone, Copy)]
enum On {
    At(EpochMs),
    Never,
}

impl<'a> Turn<'a> {
    pub(super) fn new(state: &'a AppState, stops: &'a Stops, claim: &'a Claim) -> Self {
        Self { state, stops, claim }
    }

    /// Looks and acts until there is something to wait for.
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        for _ in 0..MOST_ACTIONS {
            let Some(row) = stack::find(&mut self.state.db.read().await?, &self.claim.subject).await? else {
                return self.finish(On::Never).await;
            };
            // A student who starts over empties the account: not in the middle of this.
            let lock = self.state.hub.turn(&row.attempt_id);
            let _lock = lock.lock().await;
            let Some(row) = stack::find(&mut self.state.db.read().await?, &row.id).await? else {
                return self.finish(On::Never).await;
            };
            if let Then::Over = self.step(row).await? {
                return Ok(());
            }
        }
        self.finish(On::At(self.now() + SECOND)).await
    }

    fn now(&self) -> EpochMs {
        self.state.clock.now()
    }

    async fn step(&self, mut row: Stack) -> anyhow::Result<Then> {
        let access = crate::practice::access(&self.state.practice, &row.account_id, &row.region);
        let cloud = Cloud::new(&access);
        let seen = match cloud.cloudformation.stack(row.stack_id.as_deref().unwrap_or(&row.name)).await {
            Ok(seen) => seen,
            Err(trouble) => return self.trouble(&row, &trouble).await,
        };
        self.stops.here()?;
        let (sight, stack) = sight(&row, seen);
        let action = plan::next(kept(&row, self.now())?, &sight);
        if let Some(stack) = &stack {
            row.status = Some(stack.status.clone());
            row.stack_id = Some(stack.id.clone());
        }
        match self.act(&cloud, action, row.clone(), stack).await {
            Err(Halt::Cloud(trouble)) => self.trouble(&row, &trouble).await,
            Err(Halt::Other(error)) => Err(error),
            Ok(then) => Ok(then),
        }
    }

    async fn act(
        &self,
        cloud: &Cloud,
        action: Action,
        mut row: Stack,
        stack: Option<StackSeen>,
    ) -> Result<Then, Halt> {
        let api = &cloud.cloudformation;
        match action {
            Action::Create => return self.create(api, row).await,
            Action::Delete | Action::RetryDelete => return self.delete(api, row).await,
            Action::Wait(stage) => {
                self.describe(api, &mut row).await?;
                stage.word().clone_into(&mut row.stage);
                let next = self.next_look(&row).await?;
                return self.record(row, On::At(next), Some(LEAST_PAUSE_MS)).await;
            }
            Action::Ready => {
                self.describe(api, &mut row).await?;
                let outputs = stack.map(|stack| stack.outputs).unwrap_or_default();
                row.outputs = self.named(&row, &outputs)?;
                row.reason = None;
                self.at_rest(&row, Stage::Ready);
                Stage::Ready.word().clone_into(&mut row.stage);
                let again = self.count(cloud, &mut row).await?;
                let warning = row.deadline.map(|deadline| deadline - WARNING_MS);
                let next = [again, warning, row.deadline];
                let next = next.into_iter().flatten().filter(|due| *due > self.now()).min();
                return self.record(row, next.map_or(On::Never, On::At), Some(AT_LEISURE_MS)).await;
            }
            Action::Explain(of) => {
                if row.stack_id.is_some() {
                    self.describe(api, &mut row).await?;
                }
                row.reason = Some(explain(of, &row, stack.and_then(|stack| stack.reason)));
                "{}".clone_into(&mut row.outputs);
                let stage = match of {
                    plan::Trouble::Failed | plan::Trouble::NameTaken => Stage::Failed,
                    plan::Trouble::Gone => Stage::Gone,
                    plan::Trouble::Left => Stage::Left,
                };
                self.at_rest(&row, stage);
                stage.word().clone_into(&mut row.stage);
                if stage == Stage::Left {
                    return self.record(row, On::Never, None).await;
                }
            }
            Action::Renew => {
                row.request_token = token();
                (row.asked_at, row.stack_id, row.status, row.reason) = (None, None, None, None);
                (row.receipt, row.tries) = (None, 0);
                Wanted::Present.word().clone_into(&mut row.wanted);
                return self.save(row).await;
            }
            Action::Expire => {
                Wanted::Absent.word().clone_into(&mut row.wanted);
                (row.receipt, row.tries) = (None, 0);
                return self.save(row).await;
            }
            Action::TakeInventory => {
                let receipt = receipt::take(cloud, &row, self.now()).await?;
                row.receipt = Some(serde_json::to_string(&receipt).context("a receipt")?);
                self.stops.here()?;
                return self.save(row).await;
            }
            Action::Done => {
                Stage::Deleted.word().clone_into(&mut row.stage);
                row.reason = None;
                return self.record(row, On::Never, None).await;
            }
        }
        let on = row.deadline.map_or(On::Never, On::At);
        self.record(row, on, None).await
    }

    /// What stands on the stack is looked at once it has come so far: the first open step is, whichever is named.
    fn at_rest(&self, row: &Stack, stage: Stage) {
        if row.stage != stage.word() {
            self.state.hub.look_soon(&row.attempt_id, 0);
        }
    }

    /// What there is of the stack and what it costs, if that was not looked for just now; answers when to look again.
    async fn count(&self, cloud: &Cloud, row: &mut Stack) -> Result<Option<EpochMs>, Halt> {
        let now = self.now();
        let last = row.inventory_at.filter(|at| *at <= now && now < at + INVENTORY_MS);
        if let Some(last) = last {
            // What has changed meanwhile is counted then.
            return Ok(Some(last + INVENTORY_MS));
        }
        match receipt::inventory(cloud, row).await {
            Ok(found) => {
                row.inventory = Some(serde_json::to_string(&found).context("an inventory")?);
                row.inventory_at = Some(now);
            }
            // It is complete all the same.
            Err(trouble) => tracing::warn!(stack = row.id, %trouble, "an inventory"),
        }
        self.stops.here()?;
        Ok(None)
    }

    /// What is sent follows from the row, which is kept first: whoever goes on from here sends the same.
    async fn create(&self, api: &CloudFormation, mut row: Stack) -> Result<Then, Halt> {
        row.asked_at = row.asked_at.or_else(|| Some(self.now()));
        Stage::Working.word().clone_into(&mut row.stage);
        if !self.write(&mut row).await? {
            return Ok(Then::Again);
        }
        let lab = self.state.catalog.labs.get(&row.lab);
        let Some((lab, template)) = lab.and_then(|lab| Some((lab, lab.stack_template.as_deref()?))) else {
            return self.fail(row, "The lab has no template any more.").await;
        };
        let asked = NewStack {
            name: &row.name,
            template,
            parameters: self.parameters(lab, &row).await?,
            capabilities: lab
                .card
                .stack
                .as_ref()
                .map(|spec| spec.capabilities.as_slice())
                .unwrap_or_default(),
            tags: &[(TAG, &row.attempt_id)],
            token: &row.request_token,
        };
        let answer = api.create(&asked).await;
        self.stops.here()?;
        match answer {
            Ok(id) => {
                row.stack_id = Some(id);
                self.save(row).await
            }
            // Whose it is, the next look says.
            Err(Trouble::Other(said)) if said.starts_with("AlreadyExists") => Ok(Then::Again),
            Err(Trouble::Other(said) | Trouble::Denied(said)) => self.fail(row, &said).await,
            Err(trouble) => Err(Halt::Cloud(trouble)),
        }
    }

    async fn parameters(&self, lab: &Lab, row: &Stack) -> Result<BTreeMap<String, String>, Halt> {
        let attempt = crate::db::attempt::find(&mut self.state.db.read().await?, &row.attempt_id).await?;
        let values = view::values(self.state, lab, attempt.as_ref()).context("a stack's parameters")?;
        let filled = lab.card.stack.as_ref().map(|spec| spec.filled(&values)).transpose();
        Ok(filled.context("a stack's parameters")?.unwrap_or_default())
    }

    /// It was refused before anything was made.
    async fn fail(&self, mut row: Stack, why: &str) -> Result<Then, Halt> {
        Stage::Failed.word().clone_into(&mut row.stage);
        row.reason = Some(why.to_owned());
        self.record(row, On::Never, None).await
    }

    /// What it was made of is kept before it goes.
    async fn delete(&self, api: &CloudFormation, mut row: Stack) -> Result<Then, Halt> {
        self.describe(api, &mut row).await?;
        row.tries += 1;
        Stage::Deleting.word().clone_into(&mut row.stage);
        if !self.write(&mut row).await? {
            return Ok(Then::Again);
        }
        let id = row.stack_id.clone().unwrap_or_else(|| row.name.clone());
        let token = format!("{}-{}", row.request_token, row.tries);
        let answer = api.delete(&id, &token).await;
        self.stops.here()?;
        match answer {
            // Protected, or just being changed: the next look says more.
            Ok(()) | Err(Trouble::Other(_)) => Ok(Then::Again),
            Err(trouble) => Err(Halt::Cloud(trouble)),
        }
    }

    /// Its latest events, and what it is made of.
    async fn describe(&self, api: &CloudFormation, row: &mut Stack) -> Result<(), Halt> {
        let Some(id) = row.stack_id.clone() else { return Ok(()) };
        let (events, resources) = (api.events(&id).await?, api.resources(&id).await?);
        self.stops.here()?;
        row.events = serde_json::to_string(&events).context("events")?;
        row.resources = serde_json::to_string(&resources).context("resources")?;
        Ok(())
    }

    /// Outputs by the names of the lab's values.
    fn named(&self, row: &Stack, outputs: &BTreeMap<String, String>) -> Result<String, Halt> {
        let spec = self.state.catalog.labs.get(&row.lab).and_then(|lab| lab.card.stack.as_ref());
        let named = spec.map(|spec| spec.named(outputs)).unwrap_or_default();
        Ok(serde_json::to_string(&named).context("outputs")?)
    }

    /// When the account will have changed by itself.
    async fn next_look(&self, row: &Stack) -> Result<EpochMs, Halt> {
        if row.stack_id.is_none() {
            return Ok(self.now() + SEEN_AFTER_MS);
        }
        let due = self.state.practice.until_next_event(&row.account_id).await.context("the next event")?;
        let next = self.now() + due.map_or(NOTHING_DUE_MS, |ms| (ms + AFTER_EVENT_MS).max(LEAST_PAUSE_MS));
        let end = row.deadline.filter(|_| row.wanted == Wanted::Present.word());
        Ok(end.map_or(next, |end| next.min(end)))
    }

    /// Nothing is known of the stack: look again later. An account that is no more has nothing in it.
    async fn trouble(&self, row: &Stack, trouble: &Trouble) -> anyhow::Result<Then> {
        self.stops.here()?;
        if crate::db::world::find(&mut self.state.db.read().await?, &row.account_id).await?.is_none() {
            let mut tx = self.state.db.begin().await?;
            stack::remove(&mut tx, &row.id).await?;
            job::forget(&mut tx, JOB, &row.id).await?;
            tx.commit().await?;
            return Ok(Then::Over);
        }
        tracing::warn!(stack = row.id, %trouble, "CloudFormation did not say");
        self.finish(On::At(self.now() + AFTER_TROUBLE_MS)).await?;
        Ok(Then::Over)
    }

    /// Keeps the row; false if someone has changed it since.
    async fn write(&self, row: &mut Stack) -> anyhow::Result<bool> {
        row.hourly = guard::cost_of(row).nano_usd;
        let mut tx = self.state.db.begin().await?;
        let saved = stack::save(&mut tx, row, self.now()).await?;
        tx.commit().await?;
        self.stops.here()?;
        if saved {
            self.tell(row).await?;
        }
        Ok(saved)
    }

    /// Tells open pages, the student's and the host's; and the checks, some of which wait for the stack.
    async fn tell(&self, row: &Stack) -> anyhow::Result<()> {
        self.state.hub.attempt_changed(&row.attempt_id);
        let attempt = crate::db::attempt::find(&mut self.state.db.read().await?, &row.attempt_id).await?;
        if let Some(workshop) = attempt.and_then(|attempt| attempt.workshop_id) {
            self.state.hub.workshop_changed(&workshop);
        }
        Ok(())
    }

    async fn save(&self, mut row: Stack) -> Result<Then, Halt> {
        self.write(&mut row).await?;
        Ok(Then::Again)
    }

    /// Keeps the row and when the job goes on, as one.
    async fn record(&self, mut row: Stack, on: On, follow: Option<i64>) -> Result<Then, Halt> {
        row.hourly = guard::cost_of(&row).nano_usd;
        let mut tx = self.state.db.begin().await?;
        if !stack::save(&mut tx, &mut row, self.now()).await? {
            return Ok(Then::Again);
        }
        match on {
            On::At(due) => job::later(&mut tx, self.claim, due).await?,
            On::Never => job::done(&mut tx, self.claim).await?,
        }
        tx.commit().await?;
        self.stops.here()?;
        self.state.provisioning.follow(&row, follow);
        self.tell(&row).await?;
        Ok(Then::Over)
    }

    async fn finish(&self, on: On) -> anyhow::Result<()> {
        let mut tx = self.state.db.begin().await?;
        match on {
            On::At(due) => job::later(&mut tx, self.claim, due).await?,
            On::Never => job::done(&mut tx, self.claim).await?,
        }
        tx.commit().await?;
        self.stops.here()?;
        Ok(())
    }
}

/// Why an action was not carried through.
enum Halt {
    /// The account's API.
    Cloud(Trouble),
    /// Anything else.
    Other(anyhow::Error),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Cloud(trouble)
    }
}

impl From<anyhow::Error> for Halt {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<Stopped> for Halt {
    fn from(stopped: Stopped) -> Self {
        Self::Other(stopped.into())
    }
}

impl From<crate::db::Error> for Halt {
    fn from(error: crate::db::Error) -> Self {
        Self::Other(error.into())
    }
}

/// What the plan needs of the row.
fn kept(row: &Stack, now: EpochMs) -> anyhow::Result<Kept> {
    let asked = match row.asked_at {
        None => Asked::Never,
        Some(at) if now < at + SEEN_AFTER_MS => Asked::JustNow,
        Some(_) => Asked::Before,
    };
    Ok(Kept {
        wanted: Wanted::of(&row.wanted).context("what is wanted of a stack")?,
        asked,
        known: row.stack_id.is_some(),
        receipt: row.receipt.is_some(),
        expired: row.deadline.is_some_and(|deadline| deadline <= now),
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
    })
}

/// Whether what was found is ours: it says so itself.
fn sight(row: &Stack, seen: Option<StackSeen>) -> (Seen, Option<StackSeen>) {
    match seen {
        None => (Seen::Nothing, None),
        Some(stack) if stack.tags.get(TAG) == Some(&row.attempt_id) => {
            (Seen::Ours(stack.status.clone()), Some(stack))
        }
        Some(_) => (Seen::Foreign, None),
    }
}

//! The student's own stack.

use std::collections::BTreeMap;

use app::api::{Answer, Stacks};
use app::model::{LabSlug, StackEvent, StackLine, StackPanel, StackReceipt, StackStage};
use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::{Backend, conflict, view};
use crate::catalog::lab::Lab;
use crate::catalog::stack::StackSpec;
use crate::clock::MINUTE;
use crate::cloud::cloudformation::{EventSeen, ResourceSeen};
use crate::db::attempt::Attempt;
use crate::db::stack::{self, Stack};
use crate::db::{Conn, Error};
use crate::inventory::price::{Hourly, Prices};
use crate::inventory::{Bond, Inventory, Row};
use crate::provision::guard;
use crate::provision::plan::Stage;
use crate::provision::receipt::Receipt;
use crate::provision::stack::{self as wanting, Asked};
use crate::state::AppState;

/// Events on a page; CloudFormation has them all.
const MOST_EVENTS: usize = 40;
/// Lines of what costs something.
const MOST_LINES: usize = 20;

#[async_trait]
impl Stacks for Backend {
    async fn request(&self, slug: &LabSlug) -> Answer<()> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        self.request_stack(lab, &attempt).await
    }

    async fn remove(&self, slug: &LabSlug) -> Answer<()> {
        let (_, attempt) = self.own_attempt(slug).await?;
        self.remove_attempts_stack(&attempt).await
    }
}

impl Backend {
    pub(super) async fn request_stack(&self, lab: &Lab, attempt: &Attempt) -> Answer<()> {
        let mut tx = self.state.db.begin().await?;
        let asked = wanting::request(&self.state, &mut tx, lab, attempt).await?;
        tx.commit().await?;
        match asked {
            Asked::Yes => self.told(attempt),
            Asked::Nothing => return Err(conflict("The stack is there already, or on its way.")),
            Asked::Refused(why) => return Err(conflict(&why)),
        }
        Ok(())
    }

    pub(super) async fn remove_attempts_stack(&self, attempt: &Attempt) -> Answer<()> {
        let mut tx = self.state.db.begin().await?;
        let asked = match stack::of_attempt(&mut tx, &attempt.id).await? {
            Some(row) => wanting::remove(&mut tx, row, self.now()).await?,
            None => false,
        };
        tx.commit().await?;
        if !asked {
            return Err(conflict("There is no stack to delete."));
        }
        self.told(attempt);
        Ok(())
    }

    fn told(&self, attempt: &Attempt) {
        self.state.provisioning.jobs();
        self.changed(attempt);
    }
}

/// The panel of the attempt's stack; None where the lab has none.
pub(crate) async fn panel(
    state: &AppState,
    conn: &mut Conn,
    lab: &Lab,
    attempt: Option<&Attempt>,
) -> Answer<Option<StackPanel>> {
    let Some(spec) = &lab.card.stack else { return Ok(None) };
    let row = match attempt {
        Some(attempt) => stack::of_attempt(conn, &attempt.id).await?,
        None => None,
    };
    let values = view::values(state, lab, attempt).map_err(view::no_value)?;
    // Reading the template is for those who have no stack yet; the others' row says what was thought then.
    let thought: guard::Thought = match &row {
        Some(row) => serde_json::from_str(&row.estimate).unwrap_or_default(),
        None => guard::thought(lab, &values),
    };
    let blank = StackPanel {
        name: values.get("stack").unwrap_or_default().to_owned(),
        stage: StackStage::NotThere,
        reason: None,
        events: Vec::new(),
        outputs: Vec::new(),
        capabilities: spec.capabilities.clone(),
        lives_minutes: spec.lives_minutes,
        minutes_left: None,
        done: 0,
        of: number(thought.resources),
        hourly: thought.hourly.to_string(),
        costs: Vec::new(),
        priced: Prices::of_repository().dated.clone(),
        practice: attempt.is_none_or(|attempt| attempt.world_id.is_some()),
        receipt: None,
    };
    Ok(Some(match row {
        Some(row) => shown(spec, &row, blank, state.clock.now())?,
        None => blank,
    }))
}

/// How far a stack is, as people are told.
pub(super) fn stage(word: &str) -> Result<StackStage, Error> {
    Ok(match Stage::of(word).ok_or(Error::Corrupt("a stack's stage"))? {
        Stage::Waiting | Stage::Working => StackStage::Creating,
        Stage::Ready => StackStage::Ready,
        Stage::Failed => StackStage::Failed,
        Stage::Gone => StackStage::Gone,
        Stage::Deleting => StackStage::Deleting,
        Stage::Left => StackStage::Left,
        Stage::Deleted => StackStage::Deleted,
    })
}

/// Why it is so, where that is bad news.
pub(super) fn reason(stage: StackStage, reason: Option<String>) -> Option<String> {
    reason.filter(|_| matches!(stage, StackStage::Failed | StackStage::Gone | StackStage::Left))
}

fn shown(spec: &StackSpec, row: &Stack, blank: StackPanel, now: i64) -> Result<StackPanel, Error> {
    let stage = stage(&row.stage)?;
    let events: Vec<EventSeen> = read(&row.events, "a stack's events")?;
    let resources: Vec<ResourceSeen> = read(&row.resources, "a stack's resources")?;
    let outputs: BTreeMap<String, String> = read(&row.outputs, "a stack's outputs")?;
    let receipt: Option<Receipt> =
        row.receipt.as_deref().map(|text| read(text, "a stack's receipt")).transpose()?;
    let inventory: Option<Inventory> =
        row.inventory.as_deref().map(|text| read(text, "a stack's inventory")).transpose()?;
    let (ends, of) = match stage {
        StackStage::Deleting | StackStage::Left => ("DELETE_COMPLETE", resources.len()),
        _ => ("CREATE_COMPLETE", resources.len().max(usize::try_from(blank.of).unwrap_or(0))),
    };
    let left = row.deadline.map(|deadline| (deadline - now).max(0) / MINUTE);
    let dear = |row: &&Row| row.hourly.nano_usd > 0 && row.bond != Bond::InTheWay;
    let there =
        matches!(stage, StackStage::Creating | StackStage::Ready | StackStage::Deleting | StackStage::Left);
    let costs = inventory.iter().flat_map(|of| &of.rows).filter(dear).take(MOST_LINES);
    Ok(StackPanel {
        name: row.name.clone(),
        stage,
        reason: reason(stage, row.reason.clone()),
        events: events.into_iter().take(MOST_EVENTS).map(event).collect(),
        outputs: outputs.into_iter().collect(),
        lives_minutes: spec.lives_minutes,
        minutes_left: left.filter(|_| there).and_then(|minutes| u32::try_from(minutes).ok()),
        done: number(resources.iter().filter(|of| of.status == ends).count()),
        of: number(of),
        hourly: if there { guard::cost_of(row).to_string() } else { blank.hourly.clone() },
        costs: if there { costs.map(line).collect() } else { Vec::new() },
        // What was found before it was asked to go again is old.
        receipt: receipt
            .filter(|_| matches!(stage, StackStage::Left | StackStage::Deleted))
            .map(shown_receipt),
        ..blank
    })
}

fn shown_receipt(of: Receipt) -> StackReceipt {
    let all = of.left.iter().map(|row| row.hourly).fold(Hourly::default(), Hourly::plus);
    StackReceipt {
        at_ms: of.at,
        had: number(of.had),
        left: of.left.iter().map(line).collect(),
        unseen: of.unseen,
        hourly: money(all),
    }
}

fn line(row: &Row) -> StackLine {
    let name = if row.name == row.id { row.id.clone() } else { format!("{} ({})", row.name, row.id) };
    StackLine {
        kind: row.kind.clone(),
        name,
        hourly: money(row.hourly),
        in_the_way: row.bond == Bond::InTheWay,
    }
}

/// Empty for nothing.
pub(super) fn money(of: Hourly) -> String {
    if of.nano_usd == 0 && !of.unknown { String::new() } else { of.to_string() }
}

fn event(of: EventSeen) -> StackEvent {
    StackEvent { at: of.at, resource: of.logical_id, kind: of.kind, status: of.status, reason: of.reason }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn read<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt(what))
}

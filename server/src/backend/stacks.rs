//! The student's own stack.

use std::collections::BTreeMap;

use app::api::{Answer, Stacks};
use app::model::{LabSlug, StackEvent, StackPanel, StackReceipt, StackStage};
use async_trait::async_trait;

use super::{Backend, conflict, view};
use crate::catalog::lab::Lab;
use crate::catalog::stack::StackSpec;
use crate::clock::{EpochMs, MINUTE};
use crate::cloud::cloudformation::EventSeen;
use crate::db::attempt::Attempt;
use crate::db::stack::{self, Stack};
use crate::db::{Conn, Error};
use crate::provision::plan::Stage;
use crate::provision::receipt::Receipt;
use crate::provision::stack as wanting;

#[async_trait]
impl Stacks for Backend {
    async fn request(&self, slug: &LabSlug) -> Answer<()> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let mut tx = self.state.db.begin().await?;
        let asked = wanting::request(&mut tx, lab, &attempt, self.now()).await?;
        tx.commit().await?;
        self.told(&attempt, asked, "The stack is there already, or on its way.")
    }

    async fn remove(&self, slug: &LabSlug) -> Answer<()> {
        let (_, attempt) = self.own_attempt(slug).await?;
        let mut tx = self.state.db.begin().await?;
        let asked = match stack::of_attempt(&mut tx, &attempt.id).await? {
            Some(row) => wanting::remove(&mut tx, row, self.now()).await?,
            None => false,
        };
        tx.commit().await?;
        self.told(&attempt, asked, "There is no stack to delete.")
    }
}

impl Backend {
    fn told(&self, attempt: &Attempt, asked: bool, otherwise: &str) -> Answer<()> {
        if !asked {
            return Err(conflict(otherwise));
        }
        self.state.provisioning.jobs();
        self.changed(attempt);
        Ok(())
    }

    /// The panel of the lab's page; None where the lab has no stack.
    pub(super) async fn stack_panel(
        &self,
        conn: &mut Conn,
        lab: &Lab,
        attempt: Option<&Attempt>,
    ) -> Answer<Option<StackPanel>> {
        let Some(spec) = &lab.card.stack else { return Ok(None) };
        let row = match attempt {
            Some(attempt) => stack::of_attempt(conn, &attempt.id).await?,
            None => None,
        };
        let values = view::values(&self.state, lab, attempt).map_err(view::no_value)?;
        let name = values.get("stack").unwrap_or_default().to_owned();
        match row {
            Some(row) => Ok(Some(shown(spec, &row, self.now())?)),
            None => Ok(Some(not_there(spec, name))),
        }
    }
}

fn not_there(spec: &StackSpec, name: String) -> StackPanel {
    StackPanel {
        name,
        stage: StackStage::NotThere,
        reason: None,
        events: Vec::new(),
        outputs: Vec::new(),
        capabilities: spec.capabilities.clone(),
        lives_minutes: spec.lives_minutes,
        minutes_left: None,
        receipt: None,
    }
}

fn shown(spec: &StackSpec, row: &Stack, now: EpochMs) -> Result<StackPanel, Error> {
    let stage = match Stage::of(&row.stage).ok_or(Error::Corrupt("a stack's stage"))? {
        Stage::Waiting | Stage::Working => StackStage::Creating,
        Stage::Ready => StackStage::Ready,
        Stage::Failed => StackStage::Failed,
        Stage::Gone => StackStage::Gone,
        Stage::Deleting => StackStage::Deleting,
        Stage::Left => StackStage::Left,
        Stage::Deleted => StackStage::Deleted,
    };
    let events: Vec<EventSeen> =
        serde_json::from_str(&row.events).map_err(|_| Error::Corrupt("a stack's events"))?;
    let outputs: BTreeMap<String, String> =
        serde_json::from_str(&row.outputs).map_err(|_| Error::Corrupt("a stack's outputs"))?;
    let receipt: Option<Receipt> = row
        .receipt
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|_| Error::Corrupt("a stack's receipt"))?;
    let left = row.deadline.map(|deadline| (deadline - now).max(0) / MINUTE);
    Ok(StackPanel {
        stage,
        reason: row
            .reason
            .clone()
            .filter(|_| matches!(stage, StackStage::Failed | StackStage::Gone | StackStage::Left)),
        events: events.into_iter().map(event).collect(),
        outputs: outputs.into_iter().collect(),
        minutes_left: left.and_then(|minutes| u32::try_from(minutes).ok()),
        receipt: receipt.map(|of| StackReceipt {
            at_ms: of.at,
            had: of.had,
            left: of.left.into_iter().map(|left| (left.kind, left.physical_id)).collect(),
        }),
        ..not_there(spec, row.name.clone())
    })
}

fn event(of: EventSeen) -> StackEvent {
    StackEvent { at: of.at, resource: of.logical_id, kind: of.kind, status: of.status, reason: of.reason }
}

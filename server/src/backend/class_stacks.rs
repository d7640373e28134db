//! The stacks of a workshop's students, as its host sees them.

use app::api::Answer;
use app::error::ApiError;
use app::model::{ClassStack, ClassStacks, StackStage};

use super::stacks::{money, reason, stage};
use super::{Backend, conflict, own_id};
use crate::clock::SECOND;
use crate::db::stack::{self, ClassRow};
use crate::db::workshop::{self, Workshop};
use crate::db::{Conn, Error};
use crate::inventory::Bond;
use crate::inventory::price::{Hourly, Prices};
use crate::provision::guard;
use crate::provision::receipt::Receipt;
use crate::provision::stack as wanting;
use crate::state::AppState;

impl Backend {
    /// As typed, in dollars.
    pub(super) async fn keep_limits(&self, found: &Workshop, student: &str, class: &str) -> Answer<()> {
        let wrong = "An amount in dollars, such as 1.50; at most 1000.";
        let student = guard::micro(student).ok_or_else(|| ApiError::invalid("student", wrong))?;
        let class = guard::micro(class).ok_or_else(|| ApiError::invalid("class", wrong))?;
        let mut tx = self.state.db.begin().await?;
        workshop::set_limits(&mut tx, &found.id, student, class).await?;
        tx.commit().await?;
        self.state.hub.workshop_changed(&found.id);
        Ok(())
    }

    /// Every stack, and with `end` the workshop itself.
    pub(super) async fn remove_all_stacks(&self, found: &Workshop, end: bool) -> Answer<u32> {
        let now = self.now();
        let mut tx = self.state.db.begin().await?;
        if end {
            workshop::end(&mut tx, &found.id, now).await?;
        }
        let rows = stack::of_workshop(&mut tx, &found.id).await?;
        let removed = wanting::remove_all(&mut tx, &found.id, now).await?;
        tx.commit().await?;
        self.state.provisioning.jobs();
        for row in rows {
            self.state.hub.attempt_changed(&row.attempt_id);
        }
        self.state.hub.workshop_changed(&found.id);
        if removed == 0 && !end {
            return Err(conflict("There is no stack to delete."));
        }
        Ok(removed)
    }
}

/// The host's list; None where the lab has no stack.
pub(super) async fn of(state: &AppState, conn: &mut Conn, found: &Workshop) -> Answer<Option<ClassStacks>> {
    let has = state.catalog.labs.get(&found.lab).is_some_and(|lab| lab.card.stack.is_some());
    if !has {
        return Ok(None);
    }
    let rows = stack::class(conn, &found.id).await?;
    let nano_usd = rows.iter().fold(0, |sum: i64, row| sum.saturating_add(row.hourly));
    let now = state.clock.now();
    Ok(Some(ClassStacks {
        rows: rows.into_iter().map(|row| shown(row, now)).collect::<Answer<_>>()?,
        hourly: Hourly { nano_usd, ..Hourly::default() }.to_string(),
        student_limit: amount(found.student_limit.unwrap_or(guard::STUDENT_LIMIT)),
        class_limit: amount(found.class_limit.unwrap_or(guard::CLASS_LIMIT)),
        priced: Prices::of_repository().dated.clone(),
        ended: found.ended_at.is_some(),
    }))
}

fn shown(row: ClassRow, now: i64) -> Answer<ClassStack> {
    let stage = stage(&row.stage)?;
    let found = row.receipt.as_deref().map(serde_json::from_str::<Receipt>).transpose();
    let receipt = found.map_err(|_| Error::Corrupt("a stack's receipt"))?;
    let receipt = receipt.filter(|_| matches!(stage, StackStage::Left | StackStage::Deleted));
    Ok(ClassStack {
        attempt: own_id(row.attempt_id)?,
        student: row.name,
        stage,
        reason: reason(stage, row.reason),
        hourly: money(Hourly { nano_usd: row.hourly, ..Hourly::default() }),
        seconds: u64::try_from((now - row.created_at).max(0) / SECOND).unwrap_or(0),
        left: receipt.map(|receipt| left(&receipt)).unwrap_or_default(),
    })
}

/// `nothing`, or `3 things, $0.05 an hour: sg-1, nat-1`.
fn left(receipt: &Receipt) -> String {
    const NAMED: usize = 3;
    if receipt.left.is_empty() {
        return if receipt.unseen.is_empty() { "nothing" } else { "not all could be looked at" }.to_owned();
    }
    let hourly = receipt.left.iter().map(|row| row.hourly).fold(Hourly::default(), Hourly::plus);
    let names: Vec<String> =
        receipt
            .left
            .iter()
            .take(NAMED)
            .map(|row| {
                if row.bond == Bond::InTheWay {
                    format!("{} (in the way)", row.name)
                } else {
                    row.name.clone()
                }
            })
            .collect();
    let more = if receipt.left.len() > NAMED { ", ..." } else { "" };
    let things =
        if receipt.left.len() == 1 { "1 thing".to_owned() } else { format!("{} things", receipt.left.len()) };
    format!("{things}, {hourly} an hour: {}{more}", names.join(", "))
}

/// As it is typed: dollars without their sign.
fn amount(micro: i64) -> String {
    guard::dollars(micro).trim_start_matches('$').to_owned()
}

//! What asks for a student's stack, and for its end. Each writes what is wanted and the job that brings it about in one
//! transaction; `run` does the rest.

use crate::catalog::lab::Lab;
use crate::catalog::stack::{When, name};
use crate::clock::{EpochMs, MINUTE};
use crate::db::attempt::Attempt;
use crate::db::stack::{self, Stack};
use crate::db::{Conn, Error, Tx, job};
use std::collections::BTreeMap;

use super::guard;
use super::plan::{Stage, Wanted};
use crate::state::AppState;

/// The kind of job that a stack is brought on by.
pub(crate) const JOB: &str = "stack";

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is on its way.
    Yes,
    /// There is nothing to ask: the lab has no stack, the attempt no account, or the stack is there or on its way.
    Nothing,
    /// It may not be made, and this is why.
    Refused(String),
}

/// With the attempt: a lab that makes its stack at the start has it asked for. Refused, it is kept as failed, with the
/// reason.
pub async fn begin(state: &AppState, tx: &mut Tx, lab: &Lab, attempt: &Attempt) -> Result<(), Error> {
    let at_start = lab.card.stack.as_ref().is_some_and(|spec| spec.when == When::Start);
    if at_start
        && let Asked::Refused(why) = request(state, tx, lab, attempt).await?
        && let Some(mut row) = new_row(state, lab, attempt)
    {
        Stage::Failed.word().clone_into(&mut row.stage);
        (row.reason, row.hourly) = (Some(why), 0);
        stack::insert(tx, &row).await?;
    }
    Ok(())
}

/// Asks for the attempt's stack, or for it to be made again where it failed, has gone or was deleted.
pub async fn request(state: &AppState, tx: &mut Tx, lab: &Lab, attempt: &Attempt) -> Result<Asked, Error> {
    let Some(fresh) = new_row(state, lab, attempt) else { return Ok(Asked::Nothing) };
    let now = fresh.created_at;
    let cost = serde_json::from_str(&fresh.estimate).unwrap_or_default();
    let refused = guard::check(tx, attempt, cost).await?;
    if let Some(mut row) = stack::of_attempt(tx, &attempt.id).await? {
        let again = [Stage::Failed, Stage::Gone, Stage::Deleted].into_iter().any(|of| row.stage == of.word());
        if !again {
            return Ok(Asked::Nothing);
        }
        if let Some(why) = refused {
            return Ok(Asked::Refused(why));
        }
        Wanted::Fresh.word().clone_into(&mut row.wanted);
        Stage::Waiting.word().clone_into(&mut row.stage);
        (row.deadline, row.estimate) = (fresh.deadline, fresh.estimate);
        (row.inventory, row.inventory_at, row.tries) = (None, None, 0);
        return Ok(if wanted(tx, row, now).await? { Asked::Yes } else { Asked::Nothing });
    }
    if let Some(why) = refused {
        return Ok(Asked::Refused(why));
    }
    if !stack::insert(tx, &fresh).await? {
        return Ok(Asked::Nothing);
    }
    job::push(tx, JOB, &fresh.id, now).await?;
    Ok(Asked::Yes)
}

/// The row of a stack that is wanted from now on; None where the lab has none, or the attempt no account.
fn new_row(state: &AppState, lab: &Lab, attempt: &Attempt) -> Option<Stack> {
    let (spec, account) = (lab.card.stack.as_ref()?, attempt.world_id.as_ref()?);
    let now = state.clock.now();
    let lives = i64::from(spec.lives_minutes) * MINUTE;
    let values = guard::values(state, lab, attempt).ok();
    let thought = values.map(|values| guard::thought(lab, &values)).unwrap_or_default();
    Some(Stack {
        id: crate::id::fresh(),
        attempt_id: attempt.id.clone(),
        lab: lab.card.slug.clone(),
        account_id: account.clone(),
        region: lab.card.region.clone(),
        name: name(&lab.card.slug, None),
        request_token: token(),
        wanted: Wanted::Present.word().to_owned(),
        stage: Stage::Waiting.word().to_owned(),
        asked_at: None,
        stack_id: None,
        status: None,
        reason: None,
        outputs: "{}".to_owned(),
        resources: "[]".to_owned(),
        events: "[]".to_owned(),
        deadline: Some(now + lives),
        receipt: None,
        estimate: serde_json::to_string(&thought).unwrap_or_default(),
        inventory: None,
        inventory_at: None,
        hourly: thought.hourly.nano_usd,
        tries: 0,
        version: 0,
        created_at: now,
        updated_at: now,
    })
}

/// Asks for a stack to be deleted, or for another try where that failed. `false` where it is deleted already.
pub async fn remove(tx: &mut Tx, mut row: Stack, now: EpochMs) -> Result<bool, Error> {
    if row.stage == Stage::Deleted.word() {
        return Ok(false);
    }
    Wanted::Absent.word().clone_into(&mut row.wanted);
    Stage::Deleting.word().clone_into(&mut row.stage);
    row.receipt = None;
    row.tries = 0;
    wanted(tx, row, now).await
}

/// The workshop ends: none of its stacks is wanted any more. Answers how many there were.
pub async fn remove_all(tx: &mut Tx, workshop: &str, now: EpochMs) -> Result<u32, Error> {
    let mut removed = 0;
    for row in stack::of_workshop(tx, workshop).await? {
        removed += u32::from(remove(tx, row, now).await?);
    }
    Ok(removed)
}

/// The account has been emptied: there is nothing to undo, and nothing is known of the new one.
pub async fn forget(tx: &mut Tx, attempt: &str) -> Result<(), Error> {
    if let Some(row) = stack::of_attempt(tx, attempt).await? {
        job::forget(tx, JOB, &row.id).await?;
        stack::remove(tx, &row.id).await?;
    }
    Ok(())
}

/// What the attempt's stack has put out, by the names of the lab's values; empty before it is complete.
pub async fn outputs(conn: &mut Conn, attempt: &str) -> Result<BTreeMap<String, String>, Error> {
    let Some(row) = stack::of_attempt(conn, attempt).await? else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&row.outputs).map_err(|_| Error::Corrupt("a stack's outputs"))
}

async fn wanted(tx: &mut Tx, mut row: Stack, now: EpochMs) -> Result<bool, Error> {
    row.hourly = guard::cost_of(&row).nano_usd;
    let saved = stack::save(tx, &mut row, now).await?;
    if saved {
        // There may be a job that waits for the stack's deadline: the earlier time counts.
        job::push(tx, JOB, &row.id, now).await?;
    }
    Ok(saved)
}

/// `ClientRequestToken`: letters, digits and hyphens.
pub(super) fn token() -> String {
    format!("drydock-{}", crate::id::fresh())
}

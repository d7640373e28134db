//! What asks for a student's stack, and for its end. Each writes what is wanted and the job that brings it about in one
//! transaction; `run` does the rest.

use crate::catalog::lab::Lab;
use crate::catalog::stack::{When, name};
use crate::clock::{EpochMs, MINUTE};
use crate::db::attempt::Attempt;
use crate::db::stack::{self, Stack};
use crate::db::{Conn, Error, Tx, job};
use std::collections::BTreeMap;

use super::plan::{Stage, Wanted};

/// The kind of job that a stack is brought on by.
pub(crate) const JOB: &str = "stack";

/// With the attempt: a lab that makes its stack at the start has it asked for.
pub async fn begin(tx: &mut Tx, lab: &Lab, attempt: &Attempt, now: EpochMs) -> Result<(), Error> {
    match &lab.card.stack {
        Some(spec) if spec.when == When::Start => request(tx, lab, attempt, now).await.map(|_| ()),
        _ => Ok(()),
    }
}

/// Asks for the attempt's stack, or for it to be made again where it failed, has gone or was deleted. `false` where
/// there is nothing to ask: the lab has none, the attempt no account, or the stack is there or on its way.
pub async fn request(tx: &mut Tx, lab: &Lab, attempt: &Attempt, now: EpochMs) -> Result<bool, Error> {
    let (Some(spec), Some(account)) = (&lab.card.stack, &attempt.world_id) else { return Ok(false) };
    let lives = i64::from(spec.lives_minutes) * MINUTE;
    if let Some(mut row) = stack::of_attempt(tx, &attempt.id).await? {
        let again = [Stage::Failed, Stage::Gone, Stage::Deleted].into_iter().any(|of| row.stage == of.word());
        if !again {
            return Ok(false);
        }
        Wanted::Fresh.word().clone_into(&mut row.wanted);
        Stage::Waiting.word().clone_into(&mut row.stage);
        row.deadline = Some(now + lives);
        row.tries = 0;
        return wanted(tx, row, now).await;
    }
    let row = Stack {
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
        tries: 0,
        version: 0,
        created_at: now,
        updated_at: now,
    };
    if !stack::insert(tx, &row).await? {
        return Ok(false);
    }
    job::push(tx, JOB, &row.id, now).await?;
    Ok(true)
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

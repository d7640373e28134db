//! Students' stacks: what is wanted of each, and how far it is.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;

/// A stack's row. What is JSON here is typed in `provision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its id.
    pub id: String,
    /// Whose it is; there may be no such attempt any more.
    pub attempt_id: String,
    /// The lab's slug.
    pub lab: String,
    /// The account it is in.
    pub account_id: String,
    /// And the region.
    pub region: String,
    /// Its name there.
    pub name: String,
    /// `ClientRequestToken` of the request that makes it.
    pub request_token: String,
    /// See `provision::plan::Wanted`.
    pub wanted: String,
    /// See `provision::plan::Stage`.
    pub stage: String,
    /// When it was first asked for with this token.
    pub asked_at: Option<EpochMs>,
    /// Its ARN, once known.
    pub stack_id: Option<String>,
    /// As CloudFormation last said.
    pub status: Option<String>,
    /// Why, in CloudFormation's words or ours.
    pub reason: Option<String>,
    /// JSON: value by name.
    pub outputs: String,
    /// JSON: a list of resources.
    pub resources: String,
    /// JSON: a list of events.
    pub events: String,
    /// Then it is deleted.
    pub deadline: Option<EpochMs>,
    /// JSON: what was found after the deletion.
    pub receipt: Option<String>,
    /// JSON: what it was thought to cost by the hour.
    pub estimate: String,
    /// JSON: what there is of it.
    pub inventory: Option<String>,
    /// When that was looked for.
    pub inventory_at: Option<EpochMs>,
    /// What it counts for against limits: billionths of a US dollar by the hour.
    pub hourly: i64,
    /// Deletions that failed.
    pub tries: i64,
    /// Of the row; whoever writes an older one is too late.
    pub version: i64,
    /// When it was first wanted.
    pub created_at: EpochMs,
    /// When the row was last written.
    pub updated_at: EpochMs,
}

fn stack(row: &Row) -> Result<Stack, Error> {
    Ok(Stack {
        id: row.get("id")?,
        attempt_id: row.get("attempt_id")?,
        lab: row.get("lab")?,
        account_id: row.get("account_id")?,
        region: row.get("region")?,
        name: row.get("name")?,
        request_token: row.get("request_token")?,
        wanted: row.get("wanted")?,
        stage: row.get("stage")?,
        asked_at: row.get("asked_at")?,
        stack_id: row.get("stack_id")?,
        status: row.get("status")?,
        reason: row.get("reason")?,
        outputs: row.get("outputs")?,
        resources: row.get("resources")?,
        events: row.get("events")?,
        deadline: row.get("deadline")?,
        receipt: row.get("receipt")?,
        estimate: row.get("estimate")?,
        inventory: row.get("inventory")?,
        inventory_at: row.get("inventory_at")?,
        hourly: row.get("hourly")?,
        tries: row.get("tries")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select s.id, s.attempt_id, s.lab, s.account_id, s.region, s.name, s.request_token, s.wanted,
             s.stage, s.asked_at, s.stack_id, s.status, s.reason, s.outputs, s.resources, s.events,
             s.deadline, s.receipt, s.estimate, s.inventory, s.inventory_at,
             s.hourly, s.tries, s.version, s.created_at, s.updated_at from stack s ",
            $rest
        )
    };
}

/// `false` if the attempt has one.
pub async fn insert(tx: &mut Tx, new: &Stack) -> Result<bool, Error> {
    let sql =
        "insert into stack (id, attempt_id, lab, account_id, region, name, request_token, wanted, stage,
               asked_at, stack_id, status, reason, outputs, resources, events, deadline, receipt, tries,
               version, created_at, updated_at, estimate, inventory, inventory_at, hourly)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
               $20, $21, $22, $23, $24, $25, $26) on conflict do nothing";
    let args = args![
        &new.id,
        &new.attempt_id,
        &new.lab,
        &new.account_id,
        &new.region,
        &new.name,
        &new.request_token,
        &new.wanted,
        &new.stage,
        new.asked_at,
        new.stack_id.clone(),
        new.status.clone(),
        new.reason.clone(),
        &new.outputs,
        &new.resources,
        &new.events,
        new.deadline,
        new.receipt.clone(),
        new.tries,
        new.version,
        new.created_at,
        new.updated_at,
        &new.estimate,
        new.inventory.clone(),
        new.inventory_at,
        new.hourly,
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Writes what may change of it and moves its version on. `false`, and nothing was written, if the row has changed
/// since it was read.
pub async fn save(tx: &mut Tx, row: &mut Stack, now: EpochMs) -> Result<bool, Error> {
    let sql = "update stack set request_token = $3, wanted = $4, stage = $5, asked_at = $6, stack_id = $7,
               status = $8, reason = $9, outputs = $10, resources = $11, events = $12, deadline = $13,
               receipt = $14, tries = $15, updated_at = $16, estimate = $17, inventory = $18,
               inventory_at = $19, hourly = $20, version = version + 1
               where id = $1 and version = $2";
    let args = args![
        &row.id,
        row.version,
        &row.request_token,
        &row.wanted,
        &row.stage,
        row.asked_at,
        row.stack_id.clone(),
        row.status.clone(),
        row.reason.clone(),
        &row.outputs,
        &row.resources,
        &row.events,
        row.deadline,
        row.receipt.clone(),
        row.tries,
        now,
        &row.estimate,
        row.inventory.clone(),
        row.inventory_at,
        row.hourly,
    ];
    let saved = tx.execute(sql, args).await? == 1;
    if saved {
        row.version += 1;
        row.updated_at = now;
    }
    Ok(saved)
}

/// The stack with this id.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<Stack>, Error> {
    conn.one(select!("where s.id = $1"), args![id], stack).await
}

/// The attempt's stack.
pub async fn of_attempt(conn: &mut Conn, attempt: &str) -> Result<Option<Stack>, Error> {
    conn.one(select!("where s.attempt_id = $1"), args![attempt], stack).await
}

/// The stack of the attempt that runs in this account.
pub async fn of_account(conn: &mut Conn, account: &str) -> Result<Option<Stack>, Error> {
    conn.one(
        select!("where s.account_id = $1 order by s.created_at desc, s.id limit 1"),
        args![account],
        stack,
    )
    .await
}

/// The stacks of a workshop's attempts.
pub async fn of_workshop(conn: &mut Conn, workshop: &str) -> Result<Vec<Stack>, Error> {
    let sql =
        select!("join attempt a on a.id = s.attempt_id where a.workshop_id = $1 order by s.created_at, s.id");
    conn.all(sql, args![workshop], stack).await
}

/// What a workshop's stacks count for, but for one attempt's.
pub async fn hourly_of_others(conn: &mut Conn, workshop: &str, attempt: &str) -> Result<i64, Error> {
    let sql = "select s.hourly from stack s join attempt a on a.id = s.attempt_id
               where a.workshop_id = $1 and a.id <> $2 and s.hourly > 0";
    let each = conn.all(sql, args![workshop, attempt], |row| row.get::<i64>("hourly")).await?;
    Ok(each.into_iter().fold(0, i64::saturating_add))
}

/// One of a workshop's stacks, for its host's list.
#[derive(Clone, Debug)]
pub struct ClassRow {
    /// Whose.
    pub attempt_id: String,
    /// The name given on joining.
    pub name: String,
    /// See `provision::plan::Stage`.
    pub stage: String,
    /// Why.
    pub reason: Option<String>,
    /// Billionths of a US dollar by the hour.
    pub hourly: i64,
    /// JSON: what was found after the deletion.
    pub receipt: Option<String>,
    /// When it was first wanted.
    pub created_at: EpochMs,
}

/// The workshop's stacks by student, without what is long.
pub async fn class(conn: &mut Conn, workshop: &str) -> Result<Vec<ClassRow>, Error> {
    let sql = "select s.attempt_id, e.name, s.stage, s.reason, s.hourly, s.receipt, s.created_at
               from stack s join attempt a on a.id = s.attempt_id
               join enrollment e on e.workshop_id = a.workshop_id and e.person_id = a.person_id
               where a.workshop_id = $1 order by lower(e.name), e.name, a.id";
    conn.all(sql, args![workshop], |row| {
        Ok(ClassRow {
            attempt_id: row.get("attempt_id")?,
            name: row.get("name")?,
            stage: row.get("stage")?,
            reason: row.get("reason")?,
            hourly: row.get("hourly")?,
            receipt: row.get("receipt")?,
            created_at: row.get("created_at")?,
        })
    })
    .await
}

/// Those that are complete.
pub async fn ready(conn: &mut Conn) -> Result<Vec<Stack>, Error> {
    conn.all(select!("where s.stage = 'ready' order by s.id"), args![], stack).await
}

/// Forgets a stack; its account has been emptied.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.execute("delete from stack where id = $1", args![id]).await?;
    Ok(())
}

//! Steps entered and passed, what the checks found, hints shown.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;

/// A step's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) number: u32,
    pub(crate) entered_at: EpochMs,
    pub(crate) passed_at: Option<EpochMs>,
    pub(crate) last_cause: Option<String>,
    /// JSON.
    pub(crate) verdicts: String,
}

fn step(row: &Row) -> Result<Step, Error> {
    Ok(Step {
        number: row.count("step")?,
        entered_at: row.get("entered_at")?,
        passed_at: row.get("passed_at")?,
        last_cause: row.get("last_cause")?,
        verdicts: row.get("verdicts")?,
    })
}

/// All steps that were entered, in order.
pub(crate) async fn steps(conn: &mut Conn, attempt: &str) -> Result<Vec<Step>, Error> {
    let sql = "select step, entered_at, passed_at, last_cause, verdicts from step_progress
               where attempt_id = $1 order by step";
    conn.all(sql, args![attempt], step).await
}

pub(crate) async fn find(conn: &mut Conn, attempt: &str, number: u32) -> Result<Option<Step>, Error> {
    let sql = "select step, entered_at, passed_at, last_cause, verdicts from step_progress
               where attempt_id = $1 and step = $2";
    conn.one(sql, args![attempt, number], step).await
}

/// Entering again changes nothing.
pub(crate) async fn enter(tx: &mut Tx, attempt: &str, step: u32, now: EpochMs) -> Result<(), Error> {
    let sql = "insert into step_progress (attempt_id, step, entered_at, verdicts) values ($1, $2, $3, '{}')
               on conflict (attempt_id, step) do nothing";
    tx.execute(sql, args![attempt, step, now]).await?;
    Ok(())
}

pub(crate) async fn save(tx: &mut Tx, attempt: &str, step: &Step, now: EpochMs) -> Result<(), Error> {
    let sql = "update step_progress set passed_at = $3, checked_at = $4, last_cause = $5, verdicts = $6
               where attempt_id = $1 and step = $2";
    let args = args![attempt, step.number, step.passed_at, now, step.last_cause.clone(), &step.verdicts];
    tx.execute(sql, args).await?;
    Ok(())
}

/// Appends what a check found and keeps the latest `keep`.
pub(crate) async fn append_result(
    tx: &mut Tx,
    attempt: &str,
    step: u32,
    check: &str,
    found: (&str, &str),
    keep: u32,
    now: EpochMs,
) -> Result<(), Error> {
    let (verdict, facts) = found;
    let sql = "insert into check_result (attempt_id, step, check_id, n, at_ms, verdict, facts)
               select $1, $2, $3, coalesce(max(n), 0) + 1, $4, $5, $6 from check_result
               where attempt_id = $1 and step = $2 and check_id = $3";
    tx.execute(sql, args![attempt, step, check, now, verdict, facts]).await?;
    let sql = "delete from check_result where attempt_id = $1 and step = $2 and check_id = $3 and n <=
               (select max(n) from check_result where attempt_id = $1 and step = $2 and check_id = $3) - $4";
    tx.execute(sql, args![attempt, step, check, keep]).await?;
    Ok(())
}

/// What a check found over time: `(at_ms, verdict, facts)`, both JSON, oldest first.
pub async fn results(
    conn: &mut Conn,
    attempt: &str,
    step: u32,
    check: &str,
) -> Result<Vec<(EpochMs, String, String)>, Error> {
    let sql = "select at_ms, verdict, facts from check_result
               where attempt_id = $1 and step = $2 and check_id = $3 order by n";
    conn.all(sql, args![attempt, step, check], |row| {
        Ok((row.get("at_ms")?, row.get("verdict")?, row.get("facts")?))
    })
    .await
}

/// How many hints of the step were shown.
pub(crate) async fn hints(conn: &mut Conn, attempt: &str, step: u32) -> Result<u32, Error> {
    let sql = "select revealed from hint_reveal where attempt_id = $1 and step = $2";
    Ok(conn.one(sql, args![attempt, step], |row| row.count("revealed")).await?.unwrap_or(0))
}

/// Shows one more, `most` at most.
pub(crate) async fn reveal_hint(
    tx: &mut Tx,
    attempt: &str,
    step: u32,
    most: u32,
    now: EpochMs,
) -> Result<(), Error> {
    if most == 0 {
        return Ok(());
    }
    let sql = "insert into hint_reveal (attempt_id, step, revealed, revealed_at) values ($1, $2, 1, $4)
               on conflict (attempt_id, step) do update
               set revealed = hint_reveal.revealed + 1, revealed_at = excluded.revealed_at
               where hint_reveal.revealed < $3";
    tx.execute(sql, args![attempt, step, most, now]).await?;
    Ok(())
}

/// Forgets the ticks, verdicts and hints of an attempt; its text stays.
pub(crate) async fn forget(tx: &mut Tx, attempt: &str) -> Result<(), Error> {
    for sql in [
        "delete from step_progress where attempt_id = $1",
        "delete from check_result where attempt_id = $1",
        "delete from hint_reveal where attempt_id = $1",
    ] {
        tx.execute(sql, args![attempt]).await?;
    }
    Ok(())
}

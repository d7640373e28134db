//! Work to be done: rows written in the transaction of their cause, claimed with a lease, safe to do twice.

use super::Error;
use super::engine::{Conn, Tx, args};
use crate::clock::EpochMs;

/// A claimed job. Whoever claims it after the lease has ended is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub id: String,
    /// Which work.
    pub kind: String,
    /// On what.
    pub subject: String,
    /// The claim's own mark.
    by: String,
    /// How often it had been asked for.
    wakes: i64,
}

/// Asks for work on a subject at `due_at`; there is one job for it at most, and the earlier time counts.
pub async fn push(tx: &mut Tx, kind: &str, subject: &str, due_at: EpochMs) -> Result<(), Error> {
    let sql = "insert into job (id, kind, subject, due_at, leased_until, wakes, tries)
               values ($1, $2, $3, $4, 0, 0, 0)
               on conflict (kind, subject) do update set wakes = job.wakes + 1,
               due_at = case when excluded.due_at < job.due_at then excluded.due_at else job.due_at end";
    tx.execute(sql, args![crate::id::fresh(), kind, subject, due_at]).await?;
    Ok(())
}

/// Brings a job that is there forward to `due_at`, if that is earlier.
pub async fn hurry(tx: &mut Tx, kind: &str, subject: &str, due_at: EpochMs) -> Result<(), Error> {
    let sql = "update job set wakes = wakes + 1, due_at = case when $3 < due_at then $3 else due_at end
               where kind = $1 and subject = $2";
    tx.execute(sql, args![kind, subject, due_at]).await?;
    Ok(())
}

/// Claims one job that is due for `lease_ms`.
pub async fn claim(tx: &mut Tx, now: EpochMs, lease_ms: i64) -> Result<Option<Claim>, Error> {
    // The state is asked for again outside, where PostgreSQL sees what another server has just done.
    let sql = "update job set leased_by = $1, leased_until = $3, tries = tries + 1
               where id = (select id from job where due_at <= $2 and leased_until <= $2
                           order by due_at, id limit 1)
                 and leased_until <= $2
               returning id, kind, subject, leased_by, wakes";
    tx.one(sql, args![crate::id::fresh(), now, now.saturating_add(lease_ms)], |row| {
        Ok(Claim {
            id: row.get("id")?,
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            by: row.get("leased_by")?,
            wakes: row.get("wakes")?,
        })
    })
    .await
}

/// There is no more to do, unless it has been asked for since it was claimed.
pub async fn done(tx: &mut Tx, of: &Claim) -> Result<(), Error> {
    let sql = "delete from job where id = $1 and leased_by = $2 and wakes = $3";
    if tx.execute(sql, args![&of.id, &of.by, of.wakes]).await? == 0 {
        let sql = "update job set leased_until = 0 where id = $1 and leased_by = $2";
        tx.execute(sql, args![&of.id, &of.by]).await?;
    }
    Ok(())
}

/// It goes on at `due_at`; where it has been asked for since it was claimed, when that was for.
pub async fn later(tx: &mut Tx, of: &Claim, due_at: EpochMs) -> Result<(), Error> {
    let sql = "update job set leased_until = 0, due_at = case when wakes = $3 then $4 else due_at end
               where id = $1 and leased_by = $2";
    tx.execute(sql, args![&of.id, &of.by, of.wakes, due_at]).await?;
    Ok(())
}

/// Forgets the work on a subject.
pub async fn forget(tx: &mut Tx, kind: &str, subject: &str) -> Result<(), Error> {
    tx.execute("delete from job where kind = $1 and subject = $2", args![kind, subject]).await?;
    Ok(())
}

/// When the next job can be claimed; None when there is none.
pub async fn next_due(conn: &mut Conn) -> Result<Option<EpochMs>, Error> {
    let sql = "select min(case when leased_until > due_at then leased_until else due_at end) as due from job";
    Ok(conn.one(sql, args![], |row| row.get("due")).await?.flatten())
}

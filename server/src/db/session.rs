//! Sessions, by the hash of their id, and attempts that count against a limit.

use super::Error;
use super::engine::{Conn, Tx, args};
use crate::clock::EpochMs;

/// `false` if the id is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    id_hash: &str,
    person: Option<&str>,
    data: &str,
    expires_at: EpochMs,
) -> Result<bool, Error> {
    let sql = "insert into session (id_hash, person_id, data, expires_at) values ($1, $2, $3, $4)
               on conflict (id_hash) do nothing";
    Ok(tx.execute(sql, args![id_hash, person, data, expires_at]).await? == 1)
}

pub(crate) async fn save(
    tx: &mut Tx,
    id_hash: &str,
    person: Option<&str>,
    data: &str,
    expires_at: EpochMs,
) -> Result<(), Error> {
    let sql = "insert into session (id_hash, person_id, data, expires_at) values ($1, $2, $3, $4)
               on conflict (id_hash) do update set person_id = excluded.person_id, data = excluded.data,
               expires_at = excluded.expires_at";
    tx.execute(sql, args![id_hash, person, data, expires_at]).await?;
    Ok(())
}

pub(crate) async fn load(conn: &mut Conn, id_hash: &str, now: EpochMs) -> Result<Option<String>, Error> {
    let sql = "select data from session where id_hash = $1 and expires_at > $2";
    conn.one(sql, args![id_hash, now], |row| row.get("data")).await
}

pub(crate) async fn delete(tx: &mut Tx, id_hash: &str) -> Result<(), Error> {
    tx.execute("delete from session where id_hash = $1", args![id_hash]).await?;
    Ok(())
}

pub(crate) async fn delete_of_person(tx: &mut Tx, person: &str) -> Result<(), Error> {
    tx.execute("delete from session where person_id = $1", args![person]).await?;
    Ok(())
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: EpochMs) -> Result<(), Error> {
    tx.execute("delete from session where expires_at <= $1", args![now]).await?;
    Ok(())
}

/// How many attempts of `subject` there were after `since`, and the oldest of them.
pub(crate) async fn attempts(
    conn: &mut Conn,
    subject: &str,
    since: EpochMs,
) -> Result<(u32, Option<EpochMs>), Error> {
    let sql =
        "select count(*) as n, min(at_ms) as oldest from login_attempt where subject = $1 and at_ms > $2";
    let found = conn.one(sql, args![subject, since], |row| Ok((row.count("n")?, row.get("oldest")?))).await?;
    Ok(found.unwrap_or((0, None)))
}

pub(crate) async fn add_attempt(tx: &mut Tx, id: &str, subject: &str, now: EpochMs) -> Result<(), Error> {
    tx.execute("insert into login_attempt (id, subject, at_ms) values ($1, $2, $3)", args![id, subject, now])
        .await?;
    Ok(())
}

pub(crate) async fn forget_attempt(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.execute("delete from login_attempt where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn forget_subject(tx: &mut Tx, subject: &str) -> Result<(), Error> {
    tx.execute("delete from login_attempt where subject = $1", args![subject]).await?;
    Ok(())
}

pub(crate) async fn forget_attempts_before(tx: &mut Tx, time: EpochMs) -> Result<(), Error> {
    tx.execute("delete from login_attempt where at_ms <= $1", args![time]).await?;
    Ok(())
}

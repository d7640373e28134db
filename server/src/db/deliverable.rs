//! The text at the end of a lab, and its marks.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;

/// A text's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deliverable {
    pub(crate) markdown: String,
    pub(crate) revision: i64,
    pub(crate) saved_at: EpochMs,
    pub(crate) handed_in_at: Option<EpochMs>,
}

pub(crate) async fn find(conn: &mut Conn, attempt: &str) -> Result<Option<Deliverable>, Error> {
    let sql = "select markdown, revision, saved_at, handed_in_at from deliverable where attempt_id = $1";
    conn.one(sql, args![attempt], |row| {
        Ok(Deliverable {
            markdown: row.get("markdown")?,
            revision: row.get("revision")?,
            saved_at: row.get("saved_at")?,
            handed_in_at: row.get("handed_in_at")?,
        })
    })
    .await
}

/// Saves over `revision` (0: there is none yet). `false`, and nothing changed, if another revision is kept or
/// it is handed in.
pub(crate) async fn save(
    tx: &mut Tx,
    attempt: &str,
    markdown: &str,
    revision: i64,
    now: EpochMs,
) -> Result<bool, Error> {
    let sql = if revision == 0 {
        "insert into deliverable (attempt_id, markdown, revision, saved_at) values ($1, $2, $3 + 1, $4)
         on conflict (attempt_id) do nothing"
    } else {
        "update deliverable set markdown = $2, revision = $3 + 1, saved_at = $4
         where attempt_id = $1 and revision = $3 and handed_in_at is null"
    };
    Ok(tx.execute(sql, args![attempt, markdown, revision, now]).await? == 1)
}

/// `false` if it is handed in already, or not begun.
pub(crate) async fn hand_in(tx: &mut Tx, attempt: &str, now: EpochMs) -> Result<bool, Error> {
    let sql = "update deliverable set handed_in_at = $2 where attempt_id = $1 and handed_in_at is null";
    Ok(tx.execute(sql, args![attempt, now]).await? == 1)
}

/// `false` if it is not handed in, or marked.
pub(crate) async fn withdraw(tx: &mut Tx, attempt: &str) -> Result<bool, Error> {
    let sql = "update deliverable set handed_in_at = null where attempt_id = $1 and handed_in_at is not null
               and not exists (select 1 from mark where mark.attempt_id = $1)";
    Ok(tx.execute(sql, args![attempt]).await? == 1)
}

/// The marks of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marking {
    /// Points per criterion id, a JSON object.
    pub(crate) points: String,
    /// Markdown.
    pub(crate) comment: String,
    pub(crate) marked_at: EpochMs,
    pub(crate) released_at: Option<EpochMs>,
}

fn marking(row: &Row) -> Result<Marking, Error> {
    Ok(Marking {
        points: row.get("points")?,
        comment: row.get("comment")?,
        marked_at: row.get("marked_at")?,
        released_at: row.get("released_at")?,
    })
}

pub(crate) async fn find_marking(conn: &mut Conn, attempt: &str) -> Result<Option<Marking>, Error> {
    let sql = "select points, comment, marked_at, released_at from mark where attempt_id = $1";
    conn.one(sql, args![attempt], marking).await
}

/// Keeps the marks of a text that is handed in; a release stays one. `false` if it is not handed in.
pub(crate) async fn mark(
    tx: &mut Tx,
    attempt: &str,
    points: &str,
    comment: &str,
    by: &str,
    now: EpochMs,
) -> Result<bool, Error> {
    let sql = "insert into mark (attempt_id, points, comment, marked_by, marked_at)
               select attempt_id, $2, $3, $4, $5 from deliverable
               where attempt_id = $1 and handed_in_at is not null
               on conflict (attempt_id) do update set points = excluded.points, comment = excluded.comment,
               marked_by = excluded.marked_by, marked_at = excluded.marked_at";
    Ok(tx.execute(sql, args![attempt, points, comment, by, now]).await? == 1)
}

/// `false` if it is not marked; releasing again keeps the first time.
pub(crate) async fn release(tx: &mut Tx, attempt: &str, now: EpochMs) -> Result<bool, Error> {
    let sql = "update mark set released_at = coalesce(released_at, $2) where attempt_id = $1";
    Ok(tx.execute(sql, args![attempt, now]).await? == 1)
}

//! People, and the one-time links that make instructors.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;
use crate::secret::Secret;

/// A person's row.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) password_hash: Option<Secret>,
    /// `guest`, `student` or `instructor`.
    pub(crate) role: String,
}

fn person(row: &Row) -> Result<Person, Error> {
    Ok(Person {
        id: row.get("id")?,
        name: row.get("name")?,
        password_hash: row.get::<Option<String>>("password_hash")?.map(Secret::new),
        role: row.get("role")?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, id: &str, name: &str, role: &str, now: EpochMs) -> Result<(), Error> {
    let sql = "insert into person (id, name, role, created_at) values ($1, $2, $3, $4)";
    tx.execute(sql, args![id, name, role, now]).await?;
    Ok(())
}

pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Person>, Error> {
    conn.one("select id, name, password_hash, role from person where id = $1", args![id], person).await
}

pub(crate) async fn find_sign_in(conn: &mut Conn, sign_in_name: &str) -> Result<Option<Person>, Error> {
    let sql = "select id, name, password_hash, role from person where sign_in_name = $1";
    conn.one(sql, args![sign_in_name], person).await
}

pub(crate) async fn set_role(tx: &mut Tx, id: &str, role: &str) -> Result<(), Error> {
    tx.execute("update person set role = $2 where id = $1", args![id, role]).await?;
    Ok(())
}

pub(crate) async fn set_name(tx: &mut Tx, id: &str, name: &str) -> Result<(), Error> {
    tx.execute("update person set name = $2 where id = $1", args![id, name]).await?;
    Ok(())
}

/// `false`, and nothing changed, if another has the sign-in name.
pub(crate) async fn set_password(
    tx: &mut Tx,
    id: &str,
    name: &str,
    sign_in_name: &str,
    hash: &Secret,
) -> Result<bool, Error> {
    let sql = "update person set name = $2, sign_in_name = $3, password_hash = $4 where id = $1
               and not exists (select 1 from person other where other.sign_in_name = $3 and other.id <> $1)";
    Ok(tx.execute(sql, args![id, name, sign_in_name, hash.expose()]).await? == 1)
}

pub(crate) async fn instructors(conn: &mut Conn) -> Result<u32, Error> {
    let sql = "select count(*) as n from person where role = 'instructor'";
    Ok(conn.one(sql, args![], |row| row.count("n")).await?.unwrap_or(0))
}

pub(crate) async fn insert_invite(tx: &mut Tx, token_hash: &str, now: EpochMs) -> Result<(), Error> {
    tx.execute("insert into invite (token_hash, created_at) values ($1, $2)", args![token_hash, now]).await?;
    Ok(())
}

/// Links that nobody has used stop working.
pub(crate) async fn forget_unused_invites(tx: &mut Tx) -> Result<(), Error> {
    tx.execute("delete from invite where used_at is null", args![]).await?;
    Ok(())
}

pub(crate) async fn invite_is_open(conn: &mut Conn, token_hash: &str) -> Result<bool, Error> {
    let sql = "select token_hash from invite where token_hash = $1 and used_at is null";
    Ok(conn.one(sql, args![token_hash], |_| Ok(())).await?.is_some())
}

/// `false` if it was used already; of two at once, one wins.
pub(crate) async fn use_invite(tx: &mut Tx, hash: &str, person: &str, now: EpochMs) -> Result<bool, Error> {
    let sql = "update invite set used_at = $2, used_by = $3 where token_hash = $1 and used_at is null";
    Ok(tx.execute(sql, args![hash, now, person]).await? == 1)
}

//! Attempts: one person's work on one lab, in a workshop or not.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;

/// An attempt's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: String,
    /// Whose.
    pub person_id: String,
    /// The lab's slug.
    pub lab: String,
    /// The workshop it belongs to, if any.
    pub workshop_id: Option<String>,
    /// The practice world, if it runs in one.
    pub world_id: Option<String>,
    /// When it was begun.
    pub started_at: EpochMs,
}

fn attempt(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        lab: row.get("lab")?,
        workshop_id: row.get("workshop_id")?,
        world_id: row.get("world_id")?,
        started_at: row.get("started_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select id, person_id, lab, workshop_id, world_id, started_at from attempt ", $rest)
    };
}

/// `false` if the person has one there already: in this workshop, or on this lab outside of all.
pub(crate) async fn insert(tx: &mut Tx, new: &Attempt) -> Result<bool, Error> {
    let sql = "insert into attempt (id, person_id, lab, workshop_id, world_id, started_at, active_at)
               values ($1, $2, $3, $4, $5, $6, $6) on conflict do nothing";
    let args = args![
        &new.id,
        &new.person_id,
        &new.lab,
        new.workshop_id.clone(),
        new.world_id.clone(),
        new.started_at
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// The attempt with this id.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<Attempt>, Error> {
    conn.one(select!("where id = $1"), args![id], attempt).await
}

/// The attempt that runs in this world.
pub async fn of_world(conn: &mut Conn, world: &str) -> Result<Option<Attempt>, Error> {
    conn.one(select!("where world_id = $1"), args![world], attempt).await
}

/// The person's attempt that the lab's pages show.
pub(crate) async fn current(conn: &mut Conn, person: &str, lab: &str) -> Result<Option<Attempt>, Error> {
    let sql =
        select!("where person_id = $1 and lab = $2 order by active_at desc, started_at desc, id limit 1");
    conn.one(sql, args![person, lab], attempt).await
}

pub(crate) async fn in_workshop(
    conn: &mut Conn,
    person: &str,
    workshop: &str,
) -> Result<Option<Attempt>, Error> {
    conn.one(select!("where person_id = $1 and workshop_id = $2"), args![person, workshop], attempt).await
}

pub(crate) async fn outside_workshops(
    conn: &mut Conn,
    person: &str,
    lab: &str,
) -> Result<Option<Attempt>, Error> {
    let sql =
        select!("where person_id = $1 and lab = $2 and workshop_id is null order by active_at desc limit 1");
    conn.one(sql, args![person, lab], attempt).await
}

pub(crate) async fn set_workshop(tx: &mut Tx, id: &str, workshop: &str) -> Result<(), Error> {
    tx.execute("update attempt set workshop_id = $2 where id = $1", args![id, workshop]).await?;
    Ok(())
}

pub(crate) async fn touch(tx: &mut Tx, id: &str, now: EpochMs) -> Result<(), Error> {
    tx.execute("update attempt set active_at = $2 where id = $1", args![id, now]).await?;
    Ok(())
}

/// An attempt in a class table: who, where, since when, and the hand-in.
#[derive(Clone, Debug)]
pub(crate) struct ClassRow {
    pub(crate) attempt_id: String,
    pub(crate) name: String,
    pub(crate) passed: u32,
    pub(crate) step: Option<u32>,
    pub(crate) entered_at: Option<EpochMs>,
    pub(crate) last_cause: Option<String>,
    pub(crate) has_draft: bool,
    pub(crate) handed_in_at: Option<EpochMs>,
    pub(crate) released_at: Option<EpochMs>,
    pub(crate) points: Option<String>,
    pub(crate) comment: Option<String>,
}

/// The class of a workshop, by name. `step` is the first one entered and not passed.
pub(crate) async fn class(conn: &mut Conn, workshop: &str) -> Result<Vec<ClassRow>, Error> {
    let sql = "select a.id, e.name,
        (select count(*) from step_progress p where p.attempt_id = a.id and p.passed_at is not null) as passed,
        s.step, s.entered_at, s.last_cause,
        d.revision, d.handed_in_at, m.released_at, m.points, m.comment
        from attempt a
        join enrollment e on e.workshop_id = a.workshop_id and e.person_id = a.person_id
        left join step_progress s on s.attempt_id = a.id and s.step =
            (select min(q.step) from step_progress q where q.attempt_id = a.id and q.passed_at is null)
        left join deliverable d on d.attempt_id = a.id
        left join mark m on m.attempt_id = a.id
        where a.workshop_id = $1 order by lower(e.name), e.name, a.id";
    conn.all(sql, args![workshop], |row| {
        let step: Option<i64> = row.get("step")?;
        let revision: Option<i64> = row.get("revision")?;
        Ok(ClassRow {
            attempt_id: row.get("id")?,
            name: row.get("name")?,
            passed: row.count("passed")?,
            step: step.and_then(|step| u32::try_from(step).ok()),
            entered_at: row.get("entered_at")?,
            last_cause: row.get("last_cause")?,
            has_draft: revision.is_some(),
            handed_in_at: row.get("handed_in_at")?,
            released_at: row.get("released_at")?,
            points: row.get("points")?,
            comment: row.get("comment")?,
        })
    })
    .await
}

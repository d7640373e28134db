//! Workshops and who has joined them.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;

/// A workshop's row, with its counts.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    pub(crate) id: String,
    pub(crate) instructor_id: String,
    pub(crate) lab: String,
    pub(crate) title: String,
    pub(crate) join_code: String,
    pub(crate) is_open: bool,
    pub(crate) created_at: EpochMs,
    pub(crate) students: u32,
    pub(crate) to_mark: u32,
    /// Millionths of a US dollar by the hour; None: the platform's own limit.
    pub(crate) student_limit: Option<i64>,
    pub(crate) class_limit: Option<i64>,
    pub(crate) ended_at: Option<EpochMs>,
}

/// `select` with the counts; the caller adds `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select w.id, w.instructor_id, w.lab, w.title, w.join_code, w.is_open, w.created_at,
             w.student_limit, w.class_limit, w.ended_at,
             (select count(*) from enrollment e where e.workshop_id = w.id) as students,
             (select count(*) from attempt a join deliverable d on d.attempt_id = a.id
               left join mark m on m.attempt_id = a.id
               where a.workshop_id = w.id and d.handed_in_at is not null and m.attempt_id is null) as to_mark
             from workshop w ",
            $rest
        )
    };
}

fn workshop(row: &Row) -> Result<Workshop, Error> {
    Ok(Workshop {
        id: row.get("id")?,
        instructor_id: row.get("instructor_id")?,
        lab: row.get("lab")?,
        title: row.get("title")?,
        join_code: row.get("join_code")?,
        is_open: row.get("is_open")?,
        created_at: row.get("created_at")?,
        students: row.count("students")?,
        to_mark: row.count("to_mark")?,
        student_limit: row.get("student_limit")?,
        class_limit: row.get("class_limit")?,
        ended_at: row.get("ended_at")?,
    })
}

/// `false` if the join code is taken: draw another.
pub(crate) async fn insert(tx: &mut Tx, new: &Workshop) -> Result<bool, Error> {
    let sql = "insert into workshop (id, instructor_id, lab, title, join_code, is_open, created_at)
               values ($1, $2, $3, $4, $5, $6, $7) on conflict (join_code) do nothing";
    let args =
        args![&new.id, &new.instructor_id, &new.lab, &new.title, &new.join_code, new.is_open, new.created_at];
    Ok(tx.execute(sql, args).await? == 1)
}

/// Whoever else holds the workshop waits until the transaction is over.
pub(crate) async fn hold(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.hold("select 1 from workshop where id = $1 for no key update", args![id]).await
}

pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Workshop>, Error> {
    conn.one(select!("where w.id = $1"), args![id], workshop).await
}

pub(crate) async fn find_code(conn: &mut Conn, join_code: &str) -> Result<Option<Workshop>, Error> {
    conn.one(select!("where w.join_code = $1"), args![join_code], workshop).await
}

/// An instructor's own, newest first.
pub(crate) async fn of_instructor(conn: &mut Conn, instructor: &str) -> Result<Vec<Workshop>, Error> {
    let sql = select!("where w.instructor_id = $1 order by w.created_at desc, w.id");
    conn.all(sql, args![instructor], workshop).await
}

pub(crate) async fn set_open(tx: &mut Tx, id: &str, open: bool) -> Result<(), Error> {
    // One that goes on has not ended.
    let sql =
        "update workshop set is_open = $2, ended_at = case when $2 then null else ended_at end where id = $1";
    tx.execute(sql, args![id, open]).await?;
    Ok(())
}

/// What its students' stacks may cost.
pub(crate) async fn set_limits(tx: &mut Tx, id: &str, student: i64, class: i64) -> Result<(), Error> {
    let sql = "update workshop set student_limit = $2, class_limit = $3 where id = $1";
    tx.execute(sql, args![id, student, class]).await?;
    Ok(())
}

/// It ends: nobody joins any more.
pub(crate) async fn end(tx: &mut Tx, id: &str, now: EpochMs) -> Result<(), Error> {
    let sql = "update workshop set is_open = $2, ended_at = $3 where id = $1";
    tx.execute(sql, args![id, false, now]).await?;
    Ok(())
}

/// Joining again changes the name.
pub(crate) async fn enroll(
    tx: &mut Tx,
    workshop: &str,
    person: &str,
    name: &str,
    now: EpochMs,
) -> Result<(), Error> {
    let sql = "insert into enrollment (workshop_id, person_id, name, joined_at) values ($1, $2, $3, $4)
               on conflict (workshop_id, person_id) do update set name = excluded.name,
               joined_at = excluded.joined_at";
    tx.execute(sql, args![workshop, person, name, now]).await?;
    Ok(())
}

/// The title of the workshop the person last joined.
pub(crate) async fn last_joined(conn: &mut Conn, person: &str) -> Result<Option<String>, Error> {
    let sql = "select w.title from enrollment e join workshop w on w.id = e.workshop_id
               where e.person_id = $1 order by e.joined_at desc, w.id limit 1";
    conn.one(sql, args![person], |row| row.get("title")).await
}

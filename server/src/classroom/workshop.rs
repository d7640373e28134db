//! Workshops: made, opened and closed, joined by a code.

use super::{Error, code};
use crate::clock::EpochMs;
use crate::db::workshop::{self, Workshop};
use crate::db::{Db, Tx};

const MOST_TITLE_CHARS: usize = 100;
/// Codes drawn before giving up; one is enough until there are millions of workshops.
const TRIES: usize = 20;

/// Makes a workshop with a fresh join code and answers its id.
pub(crate) async fn create(
    db: &Db,
    instructor: &str,
    title: &str,
    lab: &str,
    now: EpochMs,
) -> Result<String, Error> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() || title.chars().count() > MOST_TITLE_CHARS || title.chars().any(char::is_control) {
        return Err(Error::invalid("title", "Give a title of at most 100 characters."));
    }
    let mut new = Workshop {
        id: crate::id::fresh(),
        instructor_id: instructor.to_owned(),
        lab: lab.to_owned(),
        title,
        join_code: String::new(),
        is_open: true,
        created_at: now,
        students: 0,
        to_mark: 0,
        student_limit: None,
        class_limit: None,
        ended_at: None,
    };
    let mut tx = db.begin().await?;
    for _ in 0..TRIES {
        new.join_code = code::fresh();
        if workshop::insert(&mut tx, &new).await? {
            tx.commit().await?;
            return Ok(new.id);
        }
    }
    Err(Error::Conflict("No join code is free at the moment. Please try again."))
}

/// The open workshop with the code that was typed.
pub(crate) async fn find_open(tx: &mut Tx, typed: &str) -> Result<Option<Workshop>, Error> {
    let Some(code) = code::parse(typed) else { return Ok(None) };
    Ok(workshop::find_code(tx, &code).await?.filter(|workshop| workshop.is_open))
}

//! The text at the end of a lab: saved as it is written, handed in, taken back. A save names the revision it was
//! made from, so that two open windows cannot overwrite each other unseen.

use app::model::SubmissionState;

use super::Error;
use crate::clock::EpochMs;
use crate::db::deliverable::{self, Deliverable, Marking};
use crate::db::{Conn, Db};

/// The longest text, bytes of Markdown: about 10,000 words.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// How a save went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// Kept, under this revision.
    Kept(i64),
    /// Another revision is there; nothing was changed.
    Conflict(Deliverable),
}

/// Refuses what is too long.
pub(crate) fn check_length(markdown: &str) -> Result<(), Error> {
    if markdown.len() > MAX_BYTES {
        let message = format!("At most {} KB, please; this is {} bytes.", MAX_BYTES / 1024, markdown.len());
        return Err(Error::invalid("markdown", message));
    }
    Ok(())
}

/// Saves over `revision`; 0 is before the first save.
pub(crate) async fn save(
    db: &Db,
    attempt: &str,
    markdown: &str,
    revision: i64,
    now: EpochMs,
) -> Result<Saved, Error> {
    check_length(markdown)?;
    // PostgreSQL text cannot hold it, and no editor writes it.
    if markdown.contains('\0') {
        return Err(Error::invalid("markdown", "The text has a character that cannot be kept (U+0000)."));
    }
    let mut tx = db.begin().await?;
    if (0..i64::MAX).contains(&revision)
        && deliverable::save(&mut tx, attempt, markdown, revision, now).await?
    {
        tx.commit().await?;
        return Ok(Saved::Kept(revision + 1));
    }
    match deliverable::find(&mut tx, attempt).await? {
        Some(kept) if kept.handed_in_at.is_some() => {
            Err(Error::Conflict("The text is handed in. Withdraw it to go on writing."))
        }
        Some(kept) => Ok(Saved::Conflict(kept)),
        None => Ok(Saved::Conflict(Deliverable {
            markdown: String::new(),
            revision: 0,
            saved_at: now,
            handed_in_at: None,
        })),
    }
}

/// Hands the saved text in.
pub(crate) async fn hand_in(db: &Db, attempt: &str, now: EpochMs) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let kept = deliverable::find(&mut tx, attempt).await?;
    if kept.is_none_or(|kept| kept.markdown.trim().is_empty()) {
        return Err(Error::invalid("markdown", "There is nothing to hand in yet."));
    }
    if !deliverable::hand_in(&mut tx, attempt, now).await? {
        return Err(Error::Conflict("The text is handed in already."));
    }
    tx.commit().await?;
    Ok(())
}

/// Takes the text back while it is not marked.
pub(crate) async fn withdraw(db: &Db, attempt: &str) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    if !deliverable::withdraw(&mut tx, attempt).await? {
        return Err(Error::Conflict("The text is not handed in, or it is being marked."));
    }
    tx.commit().await?;
    Ok(())
}

/// A text and its marks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Submission {
    pub(crate) text: Option<Deliverable>,
    pub(crate) marking: Option<Marking>,
}

impl Submission {
    pub(crate) async fn load(conn: &mut Conn, attempt: &str) -> Result<Self, Error> {
        let text = deliverable::find(conn, attempt).await?;
        let marking = deliverable::find_marking(conn, attempt).await?;
        Ok(Self { text, marking })
    }

    /// Where it stands, for the instructor.
    pub(crate) fn state(&self) -> SubmissionState {
        state(
            self.text.is_some(),
            self.text.as_ref().and_then(|text| text.handed_in_at),
            self.marking.is_some(),
            self.marking.as_ref().and_then(|marking| marking.released_at),
        )
    }
}

/// Where a hand-in stands, from what is stored.
pub(crate) fn state(
    begun: bool,
    handed_in_at: Option<EpochMs>,
    marked: bool,
    released_at: Option<EpochMs>,
) -> SubmissionState {
    match (handed_in_at, released_at) {
        (Some(_), Some(at_ms)) => SubmissionState::Released { at_ms },
        (Some(at_ms), None) if marked => SubmissionState::Marked { at_ms },
        (Some(at_ms), None) => SubmissionState::HandedIn { at_ms },
        (None, _) if begun => SubmissionState::Draft,
        (None, _) => SubmissionState::NotBegun,
    }
}

/// The same for the student, who is not told of marks before their release.
pub(crate) fn for_student(state: SubmissionState) -> SubmissionState {
    match state {
        SubmissionState::Marked { at_ms } => SubmissionState::HandedIn { at_ms },
        other => other,
    }
}

/// Words of a text: runs of letters and digits, so that Markdown's signs do not count.
pub(crate) fn words(markdown: &str) -> u32 {
    let count = markdown.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_goes_through_its_states() {
        assert_eq!(state(false, None, false, None), SubmissionState::NotBegun);
        assert_eq!(state(true, None, false, None), SubmissionState::Draft);
        assert_eq!(state(true, Some(5), false, None), SubmissionState::HandedIn { at_ms: 5 });
        let marked = state(true, Some(5), true, None);
        assert_eq!(marked, SubmissionState::Marked { at_ms: 5 });
        assert_eq!(for_student(marked), SubmissionState::HandedIn { at_ms: 5 });
        assert_eq!(state(true, Some(5), true, Some(9)), SubmissionState::Released { at_ms: 9 });
    }

    #[test]
    fn markdown_signs_are_no_words() {
        assert_eq!(words("# EC2 *and* ECS\n\n- one\n- two | --- |"), 5);
    }

    #[test]
    fn endless_texts_are_refused() {
        assert!(check_length(&"x".repeat(MAX_BYTES)).is_ok());
        assert!(check_length(&"x".repeat(MAX_BYTES + 1)).is_err());
    }
}

//! The class table: from what is stored of each attempt to a row that tells the instructor where to look. Pure.

use app::model::{AttemptId, StudentRow};

use super::deliverable;
use crate::clock::{EpochMs, SECOND};
use crate::db::attempt::ClassRow;

/// So much longer than usual on a step is far longer.
const FAR: u64 = 3;
/// A step is not worth a visit before.
const LEAST_SECONDS: u64 = 10 * 60;

/// The rows of a class. `minutes` has each step's usual time.
pub(crate) fn rows(class: Vec<ClassRow>, minutes: &[u32], now: EpochMs) -> Vec<StudentRow> {
    class.into_iter().filter_map(|row| student(row, minutes, now)).collect()
}

fn student(row: ClassRow, minutes: &[u32], now: EpochMs) -> Option<StudentRow> {
    let steps = u32::try_from(minutes.len()).unwrap_or(u32::MAX);
    let open = row.step.filter(|step| *step <= steps);
    let step = open.unwrap_or(steps);
    let seconds_on_step = match (open, row.entered_at) {
        (Some(_), Some(entered)) => u64::try_from((now - entered) / SECOND).unwrap_or(0),
        _ => 0,
    };
    let index = usize::try_from(step.saturating_sub(1)).unwrap_or(usize::MAX);
    let usual = u64::from(minutes.get(index).copied().unwrap_or(0)) * 60;
    Some(StudentRow {
        attempt: AttemptId::try_from(row.attempt_id).ok()?,
        name: row.name,
        step,
        steps,
        passed: row.passed.min(steps),
        last_cause: row.last_cause.filter(|_| open.is_some()),
        seconds_on_step,
        stuck: seconds_on_step > (FAR * usual).max(LEAST_SECONDS),
        submission: deliverable::state(
            row.has_draft,
            row.handed_in_at,
            row.marked_at.is_some(),
            row.released_at,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: Option<u32>, entered_at: EpochMs) -> ClassRow {
        ClassRow {
            attempt_id: "a".to_owned(),
            name: "Ada".to_owned(),
            passed: 1,
            step,
            entered_at: step.map(|_| entered_at),
            last_cause: Some("No route".to_owned()),
            has_draft: false,
            handed_in_at: None,
            marked_at: None,
            released_at: None,
            points: None,
            comment: None,
        }
    }

    fn row(step: Option<u32>, minutes_ago: i64) -> StudentRow {
        let now = 1_000_000_000;
        rows(vec![at(step, now - minutes_ago * 60 * SECOND)], &[2, 20], now).remove(0)
    }

    #[test]
    fn stuck_is_measured_by_the_step() {
        assert!(!row(Some(1), 10).stuck, "six minutes would be far, but are not worth a visit");
        assert!(row(Some(1), 11).stuck);
        assert!(!row(Some(2), 60).stuck);
        assert!(row(Some(2), 61).stuck);
    }

    #[test]
    fn who_has_passed_everything_is_on_no_step() {
        let done = row(None, 0);
        assert_eq!((done.step, done.seconds_on_step, done.stuck, done.last_cause), (2, 0, false, None));
    }
}

//! The class table: from what is stored of each attempt to a row that tells the instructor where to look. Pure.

use app::model::{AttemptId, StudentRow};

use super::{deliverable, marking};
use crate::catalog::lab::{Lab, Rubric};
use crate::clock::{EpochMs, SECOND};
use crate::db::attempt::ClassRow;

/// So much longer than usual on a step is far longer.
const FAR: u64 = 3;
/// A step is not worth a visit before.
const LEAST_SECONDS: u64 = 10 * 60;

/// What a class's work is measured by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measure<'a> {
    /// Each step's usual time.
    minutes: Vec<u32>,
    /// Of the text, where there is one.
    rubric: Option<&'a Rubric>,
}

impl<'a> Measure<'a> {
    pub(crate) fn of(lab: &'a Lab) -> Self {
        Self {
            minutes: lab.steps.iter().map(|step| step.minutes).collect(),
            rubric: lab.deliverable.as_ref().map(|deliverable| &deliverable.rubric),
        }
    }

    /// Whether those points are all that the rubric asks for.
    fn is_marked(&self, points: Option<&str>) -> bool {
        let points = points.and_then(|points| marking::parse(points).ok());
        points.is_some_and(|points| self.rubric.is_none_or(|rubric| marking::complete(rubric, &points)))
    }
}

/// The rows of a class.
pub(crate) fn rows(class: Vec<ClassRow>, by: &Measure<'_>, now: EpochMs) -> Vec<StudentRow> {
    class.into_iter().filter_map(|row| student(row, by, now)).collect()
}

fn student(row: ClassRow, by: &Measure<'_>, now: EpochMs) -> Option<StudentRow> {
    let minutes = &by.minutes;
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
            by.is_marked(row.points.as_deref()),
            row.released_at,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::SubmissionState;

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
            released_at: None,
            points: None,
            comment: None,
        }
    }

    fn row(step: Option<u32>, minutes_ago: i64) -> StudentRow {
        let now = 1_000_000_000;
        rows(
            vec![at(step, now - minutes_ago * 60 * SECOND)],
            &Measure { minutes: vec![2, 20], rubric: None },
            now,
        )
        .remove(0)
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

    #[test]
    fn a_text_is_marked_once_every_criterion_is() {
        let rubric = serde_json::from_value(serde_json::json!({
            "title": "t", "points": 5,
            "criteria": [{"id": "a", "title": "A", "points": 3, "levels": []}, {"id": "b", "title": "B", "points": 2, "levels": []}]
        }));
        let rubric = rubric.unwrap();
        let by = Measure { minutes: vec![2], rubric: Some(&rubric) };
        let state = |points: Option<&str>| {
            let stored = ClassRow {
                has_draft: true,
                handed_in_at: Some(5),
                points: points.map(str::to_owned),
                ..at(None, 0)
            };
            rows(vec![stored], &by, 7).remove(0).submission
        };
        assert_eq!(state(None), SubmissionState::HandedIn { at_ms: 5 });
        assert_eq!(state(Some(r#"{"a":3}"#)), SubmissionState::HandedIn { at_ms: 5 });
        assert_eq!(state(Some(r#"{"a":3,"b":0}"#)), SubmissionState::Marked { at_ms: 5 });
    }
}

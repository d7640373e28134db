//! Marks against a rubric. Pure but for [`keep`] and the releases.

use std::collections::BTreeMap;

use app::model::{Criterion, Level, Mark, MarkingGuide, Penalty};

use super::Error;
use crate::catalog::lab::Rubric;
use crate::clock::EpochMs;
use crate::db::{Tx, attempt, deliverable};

/// The longest comment, bytes of Markdown.
const MAX_COMMENT: usize = 16 * 1024;

/// Points per criterion id.
pub(crate) type Points = BTreeMap<String, u32>;

/// Reads stored points.
pub(crate) fn parse(stored: &str) -> Result<Points, Error> {
    Ok(serde_json::from_str(stored)?)
}

/// Refuses points for what the rubric does not have, and more than it gives.
pub(crate) fn check(rubric: &Rubric, points: &Points, comment: &str) -> Result<(), Error> {
    for (id, given) in points {
        let Some(criterion) = rubric.criteria.iter().find(|criterion| criterion.id == *id) else {
            return Err(Error::invalid(id.clone(), "The rubric has no such criterion."));
        };
        if *given > criterion.points {
            return Err(Error::invalid(id.clone(), format!("At most {} points.", criterion.points)));
        }
    }
    if comment.len() > MAX_COMMENT || comment.contains('\0') {
        return Err(Error::invalid("comment", "At most 16 KB of text, please."));
    }
    Ok(())
}

/// Whether every criterion is marked.
pub(crate) fn complete(rubric: &Rubric, points: &Points) -> bool {
    rubric.criteria.iter().all(|criterion| points.contains_key(&criterion.id))
}

/// What the rubric says to the marker alone.
pub(crate) fn guide(rubric: &Rubric) -> MarkingGuide {
    let look_for = |criterion: &crate::catalog::lab::Criterion| {
        Some((criterion.id.clone(), criterion.look_for.clone()?))
    };
    let penalty = |penalty: &crate::catalog::lab::Penalty| Penalty {
        points: penalty.points,
        error: penalty.error.clone(),
        why: penalty.why.clone(),
    };
    MarkingGuide {
        look_for: rubric.criteria.iter().filter_map(look_for).collect(),
        penalties: rubric.penalties.iter().map(penalty).collect(),
        floor: rubric.floor,
    }
}

/// The rubric's criteria as pages show them.
pub(crate) fn criteria(rubric: &Rubric) -> Vec<Criterion> {
    let level = |level: &crate::catalog::lab::Level| Level {
        points: level.points,
        title: level.title.clone(),
        description: level.description.clone(),
    };
    rubric
        .criteria
        .iter()
        .map(|criterion| Criterion {
            id: criterion.id.clone(),
            title: criterion.title.clone(),
            levels: criterion.levels.iter().map(level).collect(),
            points: criterion.points,
        })
        .collect()
}

/// Each criterion and what was given.
pub(crate) fn marks(rubric: &Rubric, points: &Points) -> Vec<Mark> {
    criteria(rubric)
        .into_iter()
        .map(|criterion| Mark { given: points.get(&criterion.id).copied(), criterion })
        .collect()
}

/// Keeps the marks of a text that is handed in: not all of them have to be there before the student sees them.
pub(crate) async fn keep(
    tx: &mut Tx,
    rubric: &Rubric,
    (attempt, marker): (&str, &str),
    points: &Points,
    comment: &str,
    now: EpochMs,
) -> Result<(), Error> {
    let before = deliverable::find_marking(tx, attempt).await?;
    if before.is_some_and(|before| before.released_at.is_some()) && !complete(rubric, points) {
        return Err(Error::Conflict("The student sees these marks: give points for every criterion."));
    }
    let points = serde_json::to_string(points)?;
    if deliverable::mark(tx, attempt, &points, comment, marker, now).await? {
        Ok(())
    } else {
        Err(Error::Conflict("The text was withdrawn meanwhile."))
    }
}

/// Shows the marks to the student.
pub(crate) async fn release(tx: &mut Tx, attempt: &str, rubric: &Rubric, now: EpochMs) -> Result<(), Error> {
    let marking = deliverable::find_marking(tx, attempt).await?;
    let points = marking.as_ref().map(|marking| parse(&marking.points)).transpose()?;
    if !points.is_some_and(|points| complete(rubric, &points)) {
        return Err(Error::Conflict("Mark every criterion before you release."));
    }
    deliverable::release(tx, attempt, now).await?;
    Ok(())
}

/// Releases all that are fully marked and not yet released; answers how many.
pub(crate) async fn release_all(
    tx: &mut Tx,
    workshop: &str,
    rubric: &Rubric,
    now: EpochMs,
) -> Result<u32, Error> {
    let mut released = 0;
    for row in attempt::class(tx, workshop).await? {
        let Some(points) = row.points.filter(|_| row.released_at.is_none()) else { continue };
        if complete(rubric, &parse(&points)?) {
            deliverable::release(tx, &row.attempt_id, now).await?;
            released += 1;
        }
    }
    Ok(released)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rubric() -> Rubric {
        let json = serde_json::json!({
            "title": "t", "points": 5,
            "criteria": [{"id": "a", "title": "A", "points": 3, "levels": []}, {"id": "b", "title": "B", "points": 2, "levels": []}]
        });
        serde_json::from_value(json).unwrap()
    }

    fn points(pairs: &[(&str, u32)]) -> Points {
        pairs.iter().map(|(id, given)| ((*id).to_owned(), *given)).collect()
    }

    #[test]
    fn no_more_points_than_there_are() {
        assert!(check(&rubric(), &points(&[("a", 3), ("b", 0)]), "").is_ok());
        let refused = check(&rubric(), &points(&[("a", 4)]), "");
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "a"));
        assert!(check(&rubric(), &points(&[("c", 0)]), "").is_err());
    }

    #[test]
    fn zero_is_a_mark_and_nothing_is_not() {
        assert!(!complete(&rubric(), &points(&[("a", 3)])));
        assert!(complete(&rubric(), &points(&[("a", 3), ("b", 0)])));
        assert_eq!(marks(&rubric(), &points(&[("b", 0)]))[0].given, None);
    }
}

//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the shape of a handler")]

use super::fault::constraint;
use crate::core::fault::Fault;

pub(super) mod event;
pub(super) mod filter;
pub(super) mod group;
pub(super) mod insights;
pub(super) mod metric_filter;
pub(super) mod put;
pub(super) mod stream;
pub(super) mod tag;

/// `limit`, which counts from 1 to `most`.
fn limit(asked: Option<i64>, most: usize) -> Result<usize, Fault> {
    let Some(asked) = asked else { return Ok(most) };
    let bad = |wanted: String| constraint(&asked.to_string(), "limit", &wanted);
    match usize::try_from(asked) {
        Ok(asked) if asked > most => Err(bad(format!("Member must have value less than or equal to {most}"))),
        Ok(asked) if asked > 0 => Ok(asked),
        _ => Err(bad("Member must have value greater than or equal to 1".to_owned())),
    }
}

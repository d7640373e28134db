//! What the checks of a step say that stands on a stack which is not complete. Pure.

use super::plan::Stage;
use crate::check::Verdict;
use crate::clock::{EpochMs, SECOND};
use crate::db::stack::Stack;

/// How long a lab's stack usually takes on AWS.
const USUAL_SECONDS: u32 = 240;

/// None where it is complete. On its way, so are they; where it is not, nothing can be told, and never is that a failure.
/// `speed` is that of the account's time.
pub fn verdict(row: Option<&Stack>, now: EpochMs, speed: u32) -> Option<Verdict> {
    let stage = row.and_then(|row| Stage::of(&row.stage));
    let since = row.map_or(0, |row| row.asked_at.unwrap_or(row.updated_at));
    let cannot = |reason: &str| Some(Verdict::CannotTell { reason: reason.to_owned() });
    match stage {
        Some(Stage::Ready) => None,
        Some(Stage::Waiting | Stage::Working) => {
            let elapsed = u32::try_from((now - since).max(0) / SECOND).unwrap_or(u32::MAX);
            Some(Verdict::Converging {
                waiting_for: "your stack to be complete".to_owned(),
                usual_seconds: USUAL_SECONDS,
                elapsed_seconds: elapsed.saturating_mul(speed.max(1)),
            })
        }
        None => {
            cannot("this step stands on your stack, which nobody has asked for yet: make it, beside the step")
        }
        Some(Stage::Failed) => {
            cannot("this step stands on your stack, which could not be made: see why, and try again")
        }
        Some(Stage::Deleting) => cannot("this step stands on your stack, which is being deleted"),
        Some(Stage::Gone | Stage::Left | Stage::Deleted) => {
            cannot("this step stands on your stack, which is not there any more: make it again")
        }
    }
}

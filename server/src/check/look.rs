//! One look at some steps of a lab: gather, judge, and gather again only what explaining needs.

use super::facts::Facts;
use super::{CheckReport, Probe, StepReport};
use crate::catalog::check::Check;
use crate::catalog::lab::Lab;
use crate::catalog::values::Values;
use crate::cloud::Cloud;

/// What a look found, and what it was judged on.
#[derive(Debug, Clone)]
pub struct Look {
    /// One for each step asked for, in that order.
    pub reports: Vec<StepReport>,
    /// The evidence; serialise it to keep it.
    pub facts: Facts,
}

/// Looks at the steps with these indexes. `now` is the account's time in seconds since 1970 (a practice world has its own).
pub async fn look(
    cloud: &Cloud,
    probe: &dyn Probe,
    lab: &Lab,
    values: &Values,
    steps: &[usize],
    now: i64,
) -> Look {
    let _ = (cloud, probe, lab, values, steps, now);
    Look { reports: Vec::new(), facts: Facts::default() }
}

/// Judges a check, its values filled in, on facts that were kept.
pub fn regrade(facts: &str, check: &Check) -> Result<CheckReport, serde_json::Error> {
    let facts: Facts = serde_json::from_str(facts)?;
    let _ = (facts, check);
    todo!("judge")
}

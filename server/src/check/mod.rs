//! Is a step done, and if not, why? `gather` asks the account and keeps the answers (`Facts`); `evaluate` and `explain` are
//! pure over them, so that a kept `Facts` can be judged again by a corrected check.
//!
//! A look changes nothing in the account. One gathering serves every step asked for.

#[expect(clippy::result_large_err, reason = "a verdict either way: it is made once for each check, and kept")]
mod evaluate;
mod explain;
mod facts;
mod find;
mod gather;
mod iam;
mod look;
mod machine;
mod needs;
mod probe;
mod public;
mod verdict;

#[cfg(test)]
mod tests;

pub use facts::{Facts, Now};
pub use look::{Look, look, regrade};
pub use probe::{MAX_BODY, Page, Probe, Target};
pub use public::PublicProbe;
pub use verdict::{Cause, CheckReport, Evidence, StepReport, Verdict};

//! From what a look found to ticks. [`judge`] is pure; [`record`] keeps its outcome.
//!
//! A passed step stays passed: cleaning up undoes what earlier steps asked for. *Still converging* and *cannot
//! tell* are shown and never count as failure.

use std::collections::BTreeMap;

use app::model::{StepMark, StepState, Verdict};

use super::Error;
use crate::clock::EpochMs;
use crate::db::progress::{self, Step};
use crate::db::{Conn, Tx};

/// Results kept per check.
const KEPT_RESULTS: u32 = 20;

/// What one check of a step found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The check's id, unique in its step.
    pub check_id: String,
    /// What was found.
    pub verdict: Verdict,
    /// It failed as something does that was never begun: nothing is there, and nothing like it.
    pub untouched: bool,
    /// What it was judged on, to judge it again by a corrected check.
    pub facts: serde_json::Value,
}

/// A step of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRef {
    /// From 1.
    pub number: u32,
    /// How many the lab has.
    pub of: u32,
    /// A person says that it is done, or asks what is wrong with it.
    pub claimed: bool,
}

/// What recording changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Something that a page shows is different now.
    pub changed: bool,
    /// The step has passed, just now.
    pub passed: bool,
}

type Verdicts = BTreeMap<String, Verdict>;

/// Keeps what all checks of a step found. When that completes the step, the next open one begins.
pub async fn record(
    tx: &mut Tx,
    attempt: &str,
    step: StepRef,
    mut findings: Vec<Finding>,
    now: EpochMs,
) -> Result<Recorded, Error> {
    progress::enter(tx, attempt, step.number, now).await?;
    let Some(before) = progress::find(tx, attempt, step.number).await? else {
        return Err(Error::Conflict("This attempt is gone."));
    };
    if before.passed_at.is_some() {
        return Ok(Recorded::default());
    }
    let known: Verdicts = serde_json::from_str(&before.verdicts)?;
    if !step.claimed {
        calm(&known, &mut findings);
    }
    let after = judge(&before, &findings, now);
    let mut recorded = Recorded { changed: false, passed: after.passed_at.is_some() };
    for finding in &findings {
        if differs(known.get(&finding.check_id), &finding.verdict) {
            recorded.changed = true;
            let verdict = serde_json::to_string(&finding.verdict)?;
            let found = (verdict.as_str(), &*finding.facts.to_string());
            let check = &finding.check_id;
            progress::append_result(tx, attempt, step.number, check, found, KEPT_RESULTS, now).await?;
        }
    }
    let verdicts: Verdicts = findings.iter().map(|f| (f.check_id.clone(), f.verdict.clone())).collect();
    let after = Step { verdicts: serde_json::to_string(&verdicts)?, ..after };
    recorded.changed |= recorded.passed || known.len() != verdicts.len();
    progress::save(tx, attempt, &after, now).await?;
    if recorded.passed {
        let steps = progress::steps(tx, attempt).await?;
        if let Some(next) = open_step(&steps, step.of) {
            progress::enter(tx, attempt, next, now).await?;
        }
    }
    Ok(recorded)
}

/// What was not begun yet is no mistake: a check that finds nothing there, and was never true or wrong before, is told so,
/// and with it those after it in the step that fail for want of it. To have been waited for is no beginning: all of a
/// step waits for the lab's stack.
fn calm(known: &Verdicts, findings: &mut [Finding]) {
    let seen = |check: &str| {
        known.get(check).is_some_and(|known| known.is_passed() || matches!(known, Verdict::Failed(_)))
    };
    let mut begun = true;
    for finding in findings {
        let Verdict::Failed(cause) = &finding.verdict else { continue };
        if (finding.untouched || !begun) && !seen(&finding.check_id) {
            begun = false;
            finding.verdict =
                Verdict::NotBegun { missing: cause.title.clone(), next_action: cause.next_action.clone() };
        }
    }
}

/// The step after a look, its verdicts aside.
fn judge(before: &Step, findings: &[Finding], now: EpochMs) -> Step {
    let passed = findings.iter().all(|finding| finding.verdict.is_passed());
    let cause = findings.iter().find_map(|finding| match &finding.verdict {
        Verdict::Failed(cause) => Some(cause.title.clone()),
        _ => None,
    });
    // Nothing could be told: what was wrong before is probably wrong still.
    let blind = findings.iter().any(|finding| matches!(finding.verdict, Verdict::CannotTell { .. }));
    let last_cause = if cause.is_none() && blind { before.last_cause.clone() } else { cause };
    Step { passed_at: passed.then_some(now), last_cause, ..before.clone() }
}

/// Whether a person would read it as something new: passing time alone is not.
fn differs(known: Option<&Verdict>, found: &Verdict) -> bool {
    match (known, found) {
        (Some(Verdict::Converging { waiting_for: a, .. }), Verdict::Converging { waiting_for: b, .. }) => {
            a != b
        }
        (known, found) => known != Some(found),
    }
}

/// The first step that is not passed; None when all are.
fn open_step(steps: &[Step], of: u32) -> Option<u32> {
    (1..=of).find(|number| !steps.iter().any(|step| step.number == *number && step.passed_at.is_some()))
}

/// How far an attempt is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    steps: Vec<Step>,
    of: u32,
}

impl Progress {
    /// Nothing done yet, in a lab of so many steps.
    pub fn none(of: u32) -> Self {
        Self { steps: Vec::new(), of }
    }

    /// Reads it.
    pub async fn load(conn: &mut Conn, attempt: &str, of: u32) -> Result<Self, Error> {
        Ok(Self { steps: progress::steps(conn, attempt).await?, of })
    }

    /// How many steps are passed.
    pub fn passed(&self) -> u32 {
        let passed = (1..=self.of).filter(|number| self.is_passed(*number)).count();
        u32::try_from(passed).unwrap_or(u32::MAX)
    }

    /// The first step that is not passed; None when all are.
    pub fn open(&self) -> Option<u32> {
        open_step(&self.steps, self.of)
    }

    /// The step to show first.
    pub fn current(&self) -> u32 {
        self.open().unwrap_or(self.of.max(1))
    }

    fn is_passed(&self, number: u32) -> bool {
        self.steps.iter().any(|step| step.number == number && step.passed_at.is_some())
    }

    /// The rail, from the steps' titles.
    pub fn marks<'t>(&self, titles: impl Iterator<Item = &'t str>) -> Vec<StepMark> {
        let open = self.open();
        let mark = |(number, title): (u32, &str)| {
            let state = if self.is_passed(number) {
                StepState::Passed
            } else if open == Some(number) {
                StepState::Current
            } else {
                StepState::Later
            };
            StepMark { number, title: title.to_owned(), state }
        };
        (1..).zip(titles).map(mark).collect()
    }

    /// What the checks of a step found last.
    pub fn verdicts(&self, number: u32) -> Result<BTreeMap<String, Verdict>, Error> {
        match self.steps.iter().find(|step| step.number == number) {
            Some(step) => Ok(serde_json::from_str(&step.verdicts)?),
            None => Ok(BTreeMap::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use app::model::Cause;

    use super::*;

    fn step() -> Step {
        let last_cause = Some("No route".to_owned());
        Step { number: 2, entered_at: 5, passed_at: None, last_cause, verdicts: "{}".to_owned() }
    }

    fn found(verdict: Verdict) -> Finding {
        Finding { check_id: "c".to_owned(), verdict, untouched: false, facts: serde_json::Value::Null }
    }

    fn failed(title: &str) -> Verdict {
        let cause = Cause {
            title: title.to_owned(),
            explanation: String::new(),
            evidence: Vec::new(),
            next_action: String::new(),
            command: None,
        };
        Verdict::Failed(cause)
    }

    fn converging(elapsed_seconds: u32) -> Verdict {
        Verdict::Converging { waiting_for: "it".to_owned(), usual_seconds: 9, elapsed_seconds }
    }

    #[test]
    fn what_was_never_begun_is_no_mistake() {
        let absent = |check: &str, untouched| Finding {
            check_id: check.to_owned(),
            untouched,
            ..found(failed("None"))
        };
        let calmed = |known: &[(&str, Verdict)], mut findings: Vec<Finding>| {
            let known = known.iter().map(|(check, verdict)| ((*check).to_owned(), verdict.clone())).collect();
            calm(&known, &mut findings);
            findings.into_iter().map(|f| matches!(f.verdict, Verdict::NotBegun { .. })).collect::<Vec<_>>()
        };
        let fresh = || vec![absent("gateway", true), absent("route", false)];
        assert_eq!(calmed(&[], fresh()), [true, true], "a route fails for want of the gateway");
        let not_begun = Verdict::NotBegun { missing: String::new(), next_action: String::new() };
        assert_eq!(calmed(&[("gateway", not_begun)], fresh()), [true, true]);
        assert_eq!(calmed(&[("gateway", Verdict::Passed)], fresh()), [false, false], "it was there once");
        assert_eq!(calmed(&[("gateway", failed("x"))], fresh()), [false, false], "it was claimed once");
        assert_eq!(calmed(&[("gateway", converging(1)), ("route", converging(1))], fresh()), [true, true]);
        let attached = vec![found(Verdict::Passed), absent("route", false)];
        assert_eq!(calmed(&[], attached), [false, false], "begun, and wrong");
    }

    #[test]
    fn only_all_checks_pass_a_step() {
        let passed = found(Verdict::Passed);
        assert_eq!(judge(&step(), std::slice::from_ref(&passed), 9).passed_at, Some(9));
        for other in [failed("x"), converging(1), Verdict::CannotTell { reason: String::new() }] {
            assert_eq!(judge(&step(), &[passed.clone(), found(other)], 9).passed_at, None);
        }
    }

    #[test]
    fn a_cause_stays_until_something_else_is_known() {
        let cause = |verdict| judge(&step(), &[found(verdict)], 9).last_cause;
        assert_eq!(cause(failed("No gateway")).as_deref(), Some("No gateway"));
        assert_eq!(cause(Verdict::CannotTell { reason: String::new() }).as_deref(), Some("No route"));
        assert_eq!(cause(converging(1)), None);
    }

    #[test]
    fn passing_time_is_no_news() {
        assert!(!differs(Some(&converging(1)), &converging(2)));
        assert!(differs(Some(&converging(1)), &Verdict::Passed));
        assert!(differs(None, &Verdict::Passed));
    }

    #[test]
    fn the_open_step_is_the_first_not_passed() {
        let at = |number, passed_at| Step { number, passed_at, ..step() };
        let progress = Progress { steps: vec![at(1, Some(1)), at(3, Some(2))], of: 3 };
        assert_eq!((progress.open(), progress.passed(), progress.current()), (Some(2), 2, 2));
        let states: Vec<_> = progress.marks(["a", "b", "c"].into_iter()).iter().map(|m| m.state).collect();
        assert_eq!(states, [StepState::Passed, StepState::Current, StepState::Passed]);
        assert_eq!(Progress { steps: vec![at(1, Some(1))], of: 1 }.open(), None);
    }
}

//! From a symptom to its cause. Pure over `Facts`; each function looks at the links of one chain in order and stops at the first
//! that is provably broken. Nothing is claimed without evidence.
//!
//! Causes have the ids and meanings of labs/CAUSES.md.

pub(super) mod balanced;
pub(super) mod capacity;
pub(super) mod certificate;
pub(super) mod classic;
pub(super) mod deployment;
pub(super) mod discovery;
pub(super) mod external;
pub(super) mod inside;
pub(super) mod joining;
pub(super) mod page;
pub(super) mod placing;
pub(super) mod scaling;
pub(super) mod stacks;
pub(super) mod stopped;
pub(super) mod targets;
pub(super) mod way;

use super::{Cause, Evidence, Verdict};
use crate::catalog::check::Waits;

/// A cause under construction.
#[derive(Debug)]
pub(super) struct Because(Cause);

/// Begins a cause.
pub(super) fn because(id: &str, title: impl Into<String>, explanation: impl Into<String>) -> Because {
    Because(Cause {
        id: id.to_owned(),
        title: title.into(),
        explanation: explanation.into(),
        evidence: Vec::new(),
        next_action: String::new(),
        command: None,
        untouched: false,
    })
}

impl Because {
    /// One thing that was seen.
    pub(super) fn seen(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.evidence.push(Evidence { label: label.into(), value: clip(&value.into()) });
        self
    }

    /// The same, where there is something.
    pub(super) fn seen_if(self, label: impl Into<String>, value: Option<String>) -> Self {
        match value {
            Some(value) => self.seen(label, value),
            None => self,
        }
    }

    /// Something that comes near what was looked for: someone has tried.
    pub(super) fn near(mut self, label: impl Into<String>, value: Option<String>) -> Self {
        self.0.untouched &= value.is_none();
        self.seen_if(label, value)
    }

    /// Whether it may just not have been begun.
    pub(super) fn untouched(mut self, untouched: bool) -> Self {
        self.0.untouched = untouched;
        self
    }

    /// The one thing to do.
    pub(super) fn next(mut self, action: impl Into<String>) -> Self {
        self.0.next_action = action.into();
        self
    }

    /// A command that does it, or shows more.
    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.0.command = Some(command.into());
        self
    }

    pub(super) fn failed(self) -> Verdict {
        Verdict::Failed(self.0)
    }
}

/// The thing is not there.
pub(super) fn not_there(what: &str, name: &str, region: &str) -> Because {
    let a = if what.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
    because(
        "not-there-yet",
        format!("There is no {what} {name}"),
        format!("The step needs {a} {what} of this name in the region {region}, and none was found."),
    )
    .seen("Looked for", format!("{what} {name} in {region}"))
    .untouched(true)
}

/// The thing is there, and one property of it is not as the step needs it.
pub(super) fn not_as_asked(
    what: &str,
    property: &str,
    is: impl Into<String>,
    should: impl Into<String>,
) -> Because {
    because(
        "not-as-asked",
        format!("{property} is not what the step needs"),
        format!("{what} exists, but one property of it differs from what the step asks for."),
    )
    .seen(property, is)
    .seen("Should be", should)
}

/// On its way for so long, or, after twice the usual time, no longer believed to be.
pub(super) fn wait_or(
    waits: Option<&Waits>,
    otherwise: &str,
    elapsed: Option<i64>,
    late: impl FnOnce() -> Because,
) -> Verdict {
    let usual = usual(waits);
    let elapsed = elapsed.unwrap_or_default().max(0);
    if elapsed > i64::from(usual) * 2 {
        return late().seen("Waited for", format!("{elapsed} s, usually {usual} s")).failed();
    }
    converging(waits, otherwise, elapsed)
}

pub(super) fn converging(waits: Option<&Waits>, otherwise: &str, elapsed: i64) -> Verdict {
    Verdict::Converging {
        waiting_for: waits.map_or_else(|| otherwise.to_owned(), |w| w.what.clone()),
        usual_seconds: usual(waits),
        elapsed_seconds: u32::try_from(elapsed.max(0)).unwrap_or(u32::MAX),
    }
}

/// How long it usually takes, in seconds.
pub(super) fn usual(waits: Option<&Waits>) -> u32 {
    waits.map_or(60, |w| w.seconds)
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((at, _)) => format!("{} ...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

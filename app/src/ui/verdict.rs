//! A check's verdict, as pages and the live list show it. Plain views without signals or erased types: the list is
//! made anew every second, and that keeps the browser's code small.

use leptos::prelude::*;

use super::time::about;
use crate::model::{Cause, Evidence, Verdict};

/// The style sheet's name of a verdict (`data-is`).
pub(crate) fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotYetLooked => "unknown",
        Verdict::NotBegun { .. } => "not-begun",
        Verdict::Passed | Verdict::PassedWith { .. } => "passed",
        Verdict::Failed(_) => "failed",
        Verdict::Converging { .. } => "converging",
        Verdict::CannotTell { .. } => "cannot-tell",
    }
}

/// The same, read aloud.
pub(crate) fn spoken(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotYetLooked => "Not yet looked at: ",
        Verdict::NotBegun { .. } => "Not begun: ",
        Verdict::Passed | Verdict::PassedWith { .. } => "Passed: ",
        Verdict::Failed(_) => "Not yet right: ",
        Verdict::Converging { .. } => "On its way: ",
        Verdict::CannotTell { .. } => "Cannot tell: ",
    }
}

/// What there is to say about it, said `since` seconds ago.
pub(crate) fn detail(verdict: Verdict, since: u32) -> impl IntoView {
    let (mut failed, mut converging, mut note) = (None, None, None);
    match verdict {
        Verdict::NotYetLooked | Verdict::Passed => {}
        Verdict::PassedWith { remark } => note = Some(view! { <p class="check-note">{remark}</p> }),
        Verdict::NotBegun { missing, next_action } => {
            note = Some(view! { <p class="check-note">{format!("{missing}. {next_action}")}</p> });
        }
        Verdict::Failed(cause) => failed = Some(cause_view(cause)),
        Verdict::Converging { waiting_for, usual_seconds, elapsed_seconds } => {
            converging = Some(waiting(&waiting_for, usual_seconds, elapsed_seconds.saturating_add(since)));
        }
        Verdict::CannotTell { reason } => {
            let text = format!("We could not look just now: {reason} This does not count against you.");
            note = Some(view! { <p class="check-note">{text}</p> });
        }
    }
    (failed, converging, note)
}

fn cause_view(cause: Cause) -> impl IntoView {
    let evidence: Vec<_> = cause
        .evidence
        .into_iter()
        .map(|Evidence { label, value }| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
        .collect();
    view! {
        <div class="cause">
            <p class="cause-title">{cause.title}</p>
            <p>{cause.explanation}</p>
            <dl class="evidence" aria-label="What was seen">{evidence}</dl>
            <p class="next-action"><strong>"Next: "</strong>{cause.next_action}</p>
            {cause.command.map(|command| view! { <pre class="cause-command">{command}</pre> })}
        </div>
    }
}

/// What is waited for, how long that usually takes, and how far it is.
pub(crate) fn waiting(what: &str, usual: u32, so_far: u32) -> impl IntoView + use<> {
    let late = so_far > usual.saturating_mul(2).max(30);
    let more = if late { ". This is taking longer than it should." } else { "" };
    let time = format!("{} so far, usually {}{more}", about(so_far.into()), about(usual.into()));
    view! {
        <div class="waiting">
            <p>{format!("Waiting for {what}.")}</p>
            <progress max=usual.max(1).to_string() value=so_far.min(usual).to_string() aria-label="Waiting"></progress>
            <p class="waiting-time">{time}</p>
        </div>
    }
}

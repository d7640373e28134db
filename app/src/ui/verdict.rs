//! A check's verdict, as pages and the live list show it.

use leptos::prelude::*;

use super::time::about;
use crate::model::{Cause, Verdict};

/// The style sheet's name of a verdict (`data-is`).
pub(crate) fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotYetLooked => "unknown",
        Verdict::Passed => "passed",
        Verdict::Failed(_) => "failed",
        Verdict::Converging { .. } => "converging",
        Verdict::CannotTell { .. } => "cannot-tell",
    }
}

/// The same, read aloud.
pub(crate) fn spoken(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotYetLooked => "Not yet looked at: ",
        Verdict::Passed => "Passed: ",
        Verdict::Failed(_) => "Not yet right: ",
        Verdict::Converging { .. } => "On its way: ",
        Verdict::CannotTell { .. } => "Cannot tell: ",
    }
}

/// What there is to say about it; `since` is how many seconds ago it was said.
pub(crate) fn detail(verdict: Verdict, since: Signal<u32>) -> AnyView {
    match verdict {
        Verdict::NotYetLooked | Verdict::Passed => ().into_any(),
        Verdict::Failed(cause) => cause_view(cause).into_any(),
        Verdict::Converging { waiting_for, usual_seconds, elapsed_seconds } => {
            waiting(waiting_for, usual_seconds, elapsed_seconds, since).into_any()
        }
        Verdict::CannotTell { reason } => {
            view! { <p class="check-note">"We could not look just now: " {reason} " This does not count against you."</p> }
                .into_any()
        }
    }
}

fn cause_view(cause: Cause) -> impl IntoView {
    let evidence = (!cause.evidence.is_empty()).then(|| {
        let rows: Vec<_> = cause
            .evidence
            .into_iter()
            .map(|fact| view! { <div><dt>{fact.label}</dt><dd>{fact.value}</dd></div> })
            .collect();
        view! { <dl class="evidence" aria-label="What was seen">{rows}</dl> }
    });
    let command =
        cause.command.map(|command| view! { <pre class="cause-command"><code>{command}</code></pre> });
    view! {
        <div class="cause">
            <p class="cause-title">{cause.title}</p>
            <p>{cause.explanation}</p>
            {evidence}
            <p class="next-action"><strong>"Next: "</strong>{cause.next_action}</p>
            {command}
        </div>
    }
}

/// What is waited for, how long that usually takes, and how far it is.
pub(crate) fn waiting(what: String, usual: u32, elapsed: u32, since: Signal<u32>) -> impl IntoView {
    let so_far = move || elapsed.saturating_add(since.get());
    let late = move || so_far() > usual.saturating_mul(2).max(30);
    view! {
        <div class="waiting">
            <p>"Waiting for " {what} "."</p>
            <progress max=usual.max(1).to_string() value=move || so_far().min(usual).to_string()>
                {move || format!("{} of about {}", about(so_far().into()), about(usual.into()))}
            </progress>
            <p class="waiting-time">
                {move || about(so_far().into())} " so far, usually " {about(usual.into())}
                {move || late().then_some(". This is taking longer than it should.")}
            </p>
        </div>
    }
}

//! The step page's live parts: the rail of steps and the list of checks, moved by one shared stream.

use leptos::prelude::*;
use server_fn::ServerFn as _;

use super::{Heard, hear, seconds};
use crate::{
    actions::{CheckNow, SkipAhead},
    model::{CheckView, LabSlug, LiveStep, NextEvent, StepMark, StepState},
    ui::{icon, verdict},
};

fn address(slug: &LabSlug, number: u32) -> String {
    format!("/live/{slug}?step={number}")
}

/// All steps of the lab with their ticks.
#[island]
pub fn Rail(
    /// The lab.
    slug: LabSlug,
    /// The step the page shows.
    number: u32,
    /// All steps as known when the page was made.
    steps: Vec<StepMark>,
) -> impl IntoView {
    let states = RwSignal::new(steps.iter().map(|step| (step.number, step.state)).collect::<Vec<_>>());
    hear(address(&slug, number), move |heard: Heard<LiveStep>| {
        if let Heard::Message(live) = heard {
            states.set(live.steps.iter().map(|step| (step.number, step.state)).collect());
        }
    });
    let items: Vec<_> = steps
        .into_iter()
        .map(|step| {
            let state = Memo::new(move |_| {
                states.with(|all| {
                    all.iter().find(|(other, _)| *other == step.number).map_or(step.state, |found| found.1)
                })
            });
            let name = move || match state.get() {
                StepState::Later => "later",
                StepState::Current => "current",
                StepState::Passed => "passed",
            };
            view! {
                <li data-is=name>
                    <a
                        href=format!("/labs/{slug}/steps/{}", step.number)
                        aria-current=(step.number == number).then_some("step")
                    >
                        {icon::mark()}
                        <span class="rail-number">{step.number}</span>
                        <span class="rail-title">{step.title}</span>
                        <span class="aside-only">
                            {move || if state.get() == StepState::Passed { " (passed)" } else { "" }}
                        </span>
                    </a>
                </li>
            }
        })
        .collect();
    view! { <ol class="rail">{items}</ol> }
}

/// The checks of a step, what is being waited for, and the way on.
#[island]
pub fn Checks(
    /// The lab.
    slug: LabSlug,
    /// The step.
    number: u32,
    /// As known when the page was made.
    checks: Vec<CheckView>,
    /// As known when the page was made.
    next_event: Option<NextEvent>,
    /// Whether one can skip ahead.
    practice: bool,
    /// Where to go once all have passed.
    onward: String,
    /// What is there.
    onward_title: String,
) -> impl IntoView {
    let live = RwSignal::new(checks);
    let event = RwSignal::new(next_event);
    let connected = RwSignal::new(None::<bool>);
    let since = seconds();
    hear(address(&slug, number), move |heard: Heard<LiveStep>| match heard {
        Heard::Message(message) if message.number == number => {
            since.set(0);
            live.set(message.checks);
            event.set(message.next_event);
            connected.set(Some(true));
        }
        Heard::Message(_) => {}
        Heard::Open => connected.set(Some(true)),
        Heard::Lost => connected.set(Some(false)),
    });
    let passed = move || live.with(|all| all.iter().filter(|check| check.verdict.is_passed()).count());
    let total = move || live.with(Vec::len);
    let done = Memo::new(move |_| total() > 0 && passed() == total());
    let link = move || match connected.get() {
        None => "",
        Some(true) => "Live",
        Some(false) => "Reconnecting",
    };
    view! {
        <div class="checks-head">
            <h2 id="checks">"Checks"</h2>
            <span class="live" data-on=move || connected.get().map_or("unknown", |on| if on { "true" } else { "false" }) role="status">{link}</span>
            <span class="checks-count" role="status">{passed} " of " {total} " passed"</span>
        </div>
        <ul class="checks">
            {move || live.get().into_iter().map(|check| check_view(check, since.get())).collect::<Vec<_>>()}
        </ul>
        <div class="event" data-is=move || if event.with(Option::is_some) { "waiting" } else { "still" }>
            {move || event.get().map(|next| verdict::waiting(&next.waiting_for, next.usual_seconds, next.elapsed_seconds.saturating_add(since.get())))}
            <div class="event-actions">
                {practice
                    .then(|| step_form(SkipAhead::PATH, &slug, number, "Skip ahead", Signal::derive(move || event.with(Option::is_none))))}
                {step_form(CheckNow::PATH, &slug, number, "Check now", Signal::derive(|| false))}
            </div>
        </div>
        <div class="onward" data-is=move || if done.get() { "done" } else { "open" } aria-live="polite">
            {move || {
                done.get()
                    .then(|| {
                        view! {
                            <p class="onward-word">{icon::mark()} "Step complete"</p>
                            <a class="button" href=onward.clone()>{onward_title.clone()} {icon::arrow()}</a>
                        }
                    })
            }}
        </div>
    }
}

fn check_view(check: CheckView, since: u32) -> impl IntoView {
    let (name, spoken) = (verdict::name(&check.verdict), verdict::spoken(&check.verdict));
    view! {
        <li class="check" data-is=name>
            {icon::mark()}
            <div class="check-text">
                <p class="check-title">
                    <span class="aside-only">{spoken}</span>
                    {check.title}
                </p>
                {verdict::detail(check.verdict, since)}
            </div>
        </li>
    }
}

/// A one-button form about a step: in place with a script, by a reload without.
fn step_form(
    action: &'static str,
    slug: &LabSlug,
    number: u32,
    word: &'static str,
    off: Signal<bool>,
) -> impl IntoView + use<> {
    let slug = slug.to_string();
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let hidden = slug.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        pending.set(true);
        problem.set(None);
        #[cfg(feature = "hydrate")]
        {
            let slug = slug.clone();
            leptos::task::spawn_local(async move {
                let number = number.to_string();
                let answer = super::call::post(action, &[("slug", &slug), ("number", &number)]).await;
                problem.set(answer.err().map(|error| error.to_string()));
                pending.set(false);
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = &slug;
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <input type="hidden" name="slug" value=hidden />
            <input type="hidden" name="number" value=number.to_string() />
            <button class="small" disabled=move || off.get() || pending.get()>{word}</button>
            <p class="form-problem" role="alert">{move || problem.get()}</p>
        </form>
    }
}

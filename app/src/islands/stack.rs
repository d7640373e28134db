//! The student's stack: how far it is, what happens in it as it happens, what it costs, and what can be asked. Each part
//! changes by itself, so that what is unfolded or has the focus stays so.

use leptos::prelude::*;
use server_fn::ServerFn as _;

use super::{Heard, hear};
use crate::{
    actions::{RemoveStack, RequestStack},
    model::{LabSlug, LiveStep, StackPanel, StackStage},
    ui::{stack as told, time::stamp},
};

/// The panel.
#[island]
pub fn StackBox(
    /// The lab.
    slug: LabSlug,
    /// The step whose stream tells of it.
    number: u32,
    /// Whether the page is that step's.
    on_step: bool,
    /// As known when the page was made.
    stack: StackPanel,
    /// Only whoever has begun the lab can ask for anything.
    begun: bool,
    /// What a form came back with.
    problem: Option<String>,
) -> impl IntoView {
    let live = RwSignal::new(stack);
    if begun {
        hear(format!("/live/{slug}?step={number}"), move |heard: Heard<LiveStep>| {
            if let Heard::Message(LiveStep { stack: Some(stack), .. }) = heard {
                live.set(stack);
            }
        });
    }
    let problem = RwSignal::new(problem);
    let stage = Memo::new(move |_| live.with(|stack| stack.stage));
    let working = move || matches!(stage.get(), StackStage::Creating | StackStage::Deleting);
    let step = on_step.then_some(number);
    // The step's text was filled in when there were no outputs.
    let was_there = stage.get_untracked() == StackStage::Ready;
    let outdated = move || {
        let values = live.with(|stack| !stack.outputs.is_empty());
        on_step && !was_there && values && stage.get() == StackStage::Ready
    };
    view! {
        <section class="panel stack" id="stack" aria-labelledby="stack-title" data-is=move || told::badge(stage.get()).0>
            <div class="stack-head">
                <h2 id="stack-title">"Your stack"</h2>
                <span class="badge" role="status" data-tone=move || told::badge(stage.get()).0>
                    {move || told::badge(stage.get()).1}
                </span>
            </div>
            <p class="form-problem" role="alert">{move || problem.get()}</p>
            <p class="stack-said">{move || live.with(told::sentence)}</p>
            {move || live.with(|stack| stack.reason.clone()).map(|reason| view! { <p class="banner" data-tone="bad">{reason}</p> })}
            {move || live.with(told::warning).map(|said| view! { <p class="banner" data-tone="warn" role="status">{said}</p> })}
            <p class="banner" data-tone="good" hidden=move || !outdated()>
                <a href=step.map(|step| format!("/labs/{slug}/steps/{step}"))>"Show this step with your stack's values"</a>
            </p>
            <div class="progress" hidden=move || !working()>
                <progress
                    max=move || live.with(|stack| stack.of.max(1)).to_string()
                    value=move || live.with(|stack| stack.done.min(stack.of)).to_string()
                    aria-label="Resources"
                ></progress>
                <span>{move || live.with(|stack| format!("{} of {} resources", stack.done.min(stack.of), stack.of))}</span>
            </div>
            <p class="panel-word">{move || live.with(told::cost)}</p>
            {move || live.with(|stack| stack.receipt.clone()).map(|receipt| { let when = stamp(receipt.at_ms); told::receipt(receipt, when) })}
            {folded("Outputs", live, |stack| stack.outputs.len(), move || {
                let outputs = live.with(|stack| stack.outputs.clone()).into_iter();
                let rows: Vec<_> = outputs.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect();
                view! { <dl class="facts stack-outputs">{rows}</dl> }
            })}
            {folded("What costs something", live, |stack| stack.costs.len(), move || {
                view! { <ul class="stack-list">{told::lines(live.with(|stack| stack.costs.clone()))}</ul> }
            })}
            {folded("Events", live, |stack| stack.events.len(), move || {
                view! { <ol class="stack-list stack-events" tabindex="0" aria-label="Events, newest first">{told::events(live.with(|stack| stack.events.clone()))}</ol> }
            })}
            <div class="stack-asks">
                {move || begun.then(|| asks(&slug, step, stage.get(), problem))}
            </div>
        </section>
    }
}

/// A part that is there as soon as there is something in it; folded, and staying as it is left.
fn folded<V: IntoView + 'static>(
    title: &'static str,
    live: RwSignal<StackPanel>,
    count: fn(&StackPanel) -> usize,
    inside: impl Fn() -> V + Send + Sync + 'static,
) -> impl IntoView {
    let many = Memo::new(move |_| live.with(count));
    view! {
        <details class="stack-part" hidden=move || many.get() == 0>
            <summary>{title} " " <span class="faint number">{move || many.get()}</span></summary>
            {move || inside()}
        </details>
    }
}

/// What can be asked for at this stage.
fn asks(
    slug: &LabSlug,
    step: Option<u32>,
    stage: StackStage,
    problem: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let (request, remove, early) = match stage {
        StackStage::NotThere => (Some("Make the stack"), None, None),
        StackStage::Failed => (Some("Try again"), Some("Delete what there is"), None),
        StackStage::Gone | StackStage::Deleted => (Some("Make it again"), None, None),
        StackStage::Creating => (None, None, Some("Stop and delete it")),
        StackStage::Ready => (None, None, Some("Delete the stack")),
        StackStage::Left => (None, Some("Try again to delete it"), None),
        StackStage::Deleting => (None, None, None),
    };
    let request = request.map(|word| form(RequestStack::PATH, slug, step, word, "primary", problem));
    let delete = |word: &'static str| form(RemoveStack::PATH, slug, step, word, "secondary", problem);
    // Not pressed by mistake: what stands on it would go with it.
    let early = early.map(|word| {
        view! {
            <details class="stack-part">
                <summary>"Delete it now"</summary>
                <p class="panel-word">"All that is in it goes. It can be made again."</p>
                {delete(word)}
            </details>
        }
    });
    view! { <div class="actions">{request} {remove.map(delete)}</div> {early} }
}

/// A one-button form: in place with a script, by a reload without.
fn form(
    action: &'static str,
    slug: &LabSlug,
    step: Option<u32>,
    word: &'static str,
    look: &'static str,
    problem: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let slug = slug.to_string();
    let hidden = slug.clone();
    let pending = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        pending.set(true);
        problem.set(None);
        #[cfg(feature = "hydrate")]
        {
            let slug = slug.clone();
            leptos::task::spawn_local(async move {
                let answer = super::call::post(action, &[("slug", &slug)]).await;
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
            {step.map(|step| view! { <input type="hidden" name="step" value=step.to_string() /> })}
            <button class=look disabled=move || pending.get()>{word}</button>
        </form>
    }
}

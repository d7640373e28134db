//! The panel of the student's stack on the lab's page. Complete without JavaScript: each state says what can be done
//! next, and its button is a form.

use leptos::prelude::*;
use server_fn::ServerFn;

use crate::{
    actions::{RemoveStack, RequestStack},
    model::{LabSlug, StackEvent, StackPanel, StackReceipt, StackStage},
    ui::{
        piece::{form_error, problem},
        time::{about, stamp},
    },
};

/// Events shown at first; the others are folded away.
const NEWEST: usize = 6;

/// The panel. `begun`: only whoever has begun the lab can ask for anything.
pub(super) fn panel(slug: &LabSlug, stack: StackPanel, begun: bool) -> impl IntoView + use<> {
    let (title, tone) = headline(stack.stage);
    let said = sentence(&stack);
    let outputs = outputs(stack.outputs);
    let events = events(stack.events);
    let receipt = stack.receipt.map(receipt);
    let asks = begun.then(|| buttons(slug, stack.stage));
    view! {
        <section class="stack" id="stack" aria-labelledby="stack-title">
            <h2 id="stack-title">{title} " " <span class="badge" data-tone=tone>{word(stack.stage)}</span></h2>
            {problem(form_error::<RequestStack>())}
            {problem(form_error::<RemoveStack>())}
            <p>{said}</p>
            {stack.reason.map(|reason| view! { <p class="banner" data-tone="bad">{reason}</p> })}
            {outputs}
            {events}
            {receipt}
            {asks}
        </section>
    }
}

fn headline(stage: StackStage) -> (&'static str, &'static str) {
    let tone = match stage {
        StackStage::Ready | StackStage::Deleted => "good",
        StackStage::Failed | StackStage::Left => "bad",
        StackStage::NotThere | StackStage::Gone => "plain",
        StackStage::Creating | StackStage::Deleting => "wait",
    };
    ("Your stack", tone)
}

fn word(stage: StackStage) -> &'static str {
    match stage {
        StackStage::NotThere => "not there yet",
        StackStage::Creating => "being made",
        StackStage::Ready => "ready",
        StackStage::Failed => "failed",
        StackStage::Gone => "gone",
        StackStage::Deleting => "being deleted",
        StackStage::Left => "not wholly deleted",
        StackStage::Deleted => "deleted",
    }
}

fn sentence(stack: &StackPanel) -> String {
    let name = &stack.name;
    match stack.stage {
        StackStage::NotThere => {
            let lives = about(u64::from(stack.lives_minutes) * 60);
            let may = if stack.capabilities.is_empty() {
                String::new()
            } else {
                format!(" It needs {}: it makes IAM resources.", stack.capabilities.join(", "))
            };
            format!(
                "Drydock makes what the lab stands on, as a CloudFormation stack named {name}. It lives {lives}.{may}"
            )
        }
        StackStage::Creating => format!("CloudFormation is making {name}. You can go on reading meanwhile."),
        StackStage::Ready => match stack.minutes_left {
            Some(left) => {
                format!("{name} is complete. It will be deleted in {}.", about(u64::from(left) * 60))
            }
            None => format!("{name} is complete."),
        },
        StackStage::Failed => format!("{name} could not be made."),
        StackStage::Gone => format!("{name} is not there any more."),
        StackStage::Deleting => format!("CloudFormation is deleting {name}."),
        StackStage::Left => {
            format!("Something of {name} is still there. Delete what stands in its way, then try again.")
        }
        StackStage::Deleted => format!("{name} is deleted."),
    }
}

fn outputs(outputs: Vec<(String, String)>) -> Option<impl IntoView> {
    (!outputs.is_empty()).then(|| {
        let rows: Vec<_> = outputs
            .into_iter()
            .map(|(name, value)| view! { <dt>{name}</dt> <dd><code>{value}</code></dd> })
            .collect();
        view! { <dl class="stack-outputs">{rows}</dl> }
    })
}

fn events(mut events: Vec<StackEvent>) -> Option<impl IntoView> {
    (!events.is_empty()).then(|| {
        let earlier = events.split_off(events.len().min(NEWEST));
        let rest = (!earlier.is_empty()).then(|| {
            view! {
                <details>
                    <summary>{earlier.len()} " earlier events"</summary>
                    <ol class="stack-events">{lines(earlier)}</ol>
                </details>
            }
        });
        view! { <ol class="stack-events">{lines(events)}</ol> {rest} }
    })
}

fn lines(events: Vec<StackEvent>) -> Vec<impl IntoView> {
    let line = |event: StackEvent| {
        let failed = event.status.ends_with("_FAILED").then_some("");
        view! {
            <li data-failed=failed>
                <code>{event.status}</code> " " {event.resource} " " <span class="faint">{event.kind}</span>
                {event.reason.map(|reason| view! { <span class="stack-reason">{reason}</span> })}
            </li>
        }
    };
    events.into_iter().map(line).collect()
}

fn receipt(receipt: StackReceipt) -> impl IntoView {
    let when = stamp(receipt.at_ms);
    let said = match (receipt.had, receipt.left.len()) {
        (had, 0) => format!("Receipt, {when}: of its {had} resources, nothing is left."),
        (had, left) => format!("Receipt, {when}: of its {had} resources, {left} are still there."),
    };
    let left: Vec<_> = receipt
        .left
        .into_iter()
        .map(|(kind, name)| view! { <li><code>{name}</code> " " <span class="faint">{kind}</span></li> })
        .collect();
    view! {
        <p>{said}</p>
        {(!left.is_empty()).then(|| view! { <ul class="stack-left">{left}</ul> })}
    }
}

fn buttons(slug: &LabSlug, stage: StackStage) -> impl IntoView + use<> {
    let request = |word: &'static str| {
        view! {
            <form method="post" action=RequestStack::url()>
                <input type="hidden" name="slug" value=slug.to_string() />
                <button class="primary">{word}</button>
            </form>
        }
        .into_any()
    };
    let remove = |word: &'static str| {
        view! {
            <form method="post" action=RemoveStack::url()>
                <input type="hidden" name="slug" value=slug.to_string() />
                <button>{word}</button>
            </form>
        }
        .into_any()
    };
    let buttons = match stage {
        StackStage::NotThere => vec![request("Make the stack")],
        StackStage::Failed => vec![request("Try again"), remove("Delete it")],
        StackStage::Gone | StackStage::Deleted => vec![request("Make it again")],
        StackStage::Creating => vec![remove("Stop and delete it")],
        StackStage::Ready => vec![remove("Delete it now")],
        StackStage::Left => vec![remove("Try again to delete it")],
        StackStage::Deleting => Vec::new(),
    };
    view! { <div class="actions">{buttons}</div> }
}

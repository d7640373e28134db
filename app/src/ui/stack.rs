//! A stack in words, and its small pieces. No data access.

use leptos::prelude::*;

use super::time::about;
use crate::model::{StackEvent, StackLine, StackPanel, StackReceipt, StackStage};

/// Its last half hour begins: then it says so.
const WARNING_MINUTES: u32 = 30;

/// The badge's tone and word.
pub(crate) fn badge(stage: StackStage) -> (&'static str, &'static str) {
    match stage {
        StackStage::NotThere => ("calm", "Not there yet"),
        StackStage::Creating => ("wait", "Being made"),
        StackStage::Ready => ("good", "Ready"),
        StackStage::Failed => ("bad", "Failed"),
        StackStage::Gone => ("calm", "Gone"),
        StackStage::Deleting => ("wait", "Being deleted"),
        StackStage::Left => ("bad", "Not wholly deleted"),
        StackStage::Deleted => ("good", "Deleted"),
    }
}

/// What is so, and what it means for the student.
pub(crate) fn sentence(stack: &StackPanel) -> String {
    let name = &stack.name;
    match stack.stage {
        StackStage::NotThere => {
            let lives = about(u64::from(stack.lives_minutes) * 60);
            let may = if stack.capabilities.is_empty() {
                String::new()
            } else {
                format!(" It makes IAM resources, and says so to AWS with {}.", stack.capabilities.join(", "))
            };
            format!(
                "Drydock makes what this lab stands on as a CloudFormation stack named {name}, and deletes it after {lives}.{may}"
            )
        }
        StackStage::Creating => {
            format!("CloudFormation is making {name}. You can go on reading meanwhile.")
        }
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

/// What it costs, where it is there or may be.
pub(crate) fn cost(stack: &StackPanel) -> Option<String> {
    let there = match stack.stage {
        StackStage::NotThere | StackStage::Failed | StackStage::Gone | StackStage::Deleted => false,
        StackStage::Creating | StackStage::Ready | StackStage::Deleting | StackStage::Left => true,
    };
    if !there && stack.stage != StackStage::NotThere {
        return None;
    }
    let hourly = &stack.hourly;
    let list = format!("AWS's list prices of {}", stack.priced);
    Some(match (stack.practice, there) {
        (true, _) => {
            format!("On AWS: {hourly} an hour, by {list}. In a practice account nothing is charged.")
        }
        (false, true) => format!("It costs {hourly} an hour, by {list}."),
        (false, false) => format!("It will cost {hourly} an hour, by {list}."),
    })
}

/// That its time is nearly over.
pub(crate) fn warning(stack: &StackPanel) -> Option<String> {
    let left = stack.minutes_left.filter(|left| *left <= WARNING_MINUTES)?;
    (stack.stage == StackStage::Ready).then(|| {
        format!(
            "In {} this stack is deleted, with all that is in it. What you have built in its network has to go before.",
            about(u64::from(left) * 60)
        )
    })
}

/// Lines of a list of events.
pub(crate) fn events(events: Vec<StackEvent>) -> Vec<impl IntoView> {
    let line = |event: StackEvent| {
        let tone = if event.status.ends_with("_FAILED") {
            "bad"
        } else if event.status.ends_with("_COMPLETE") {
            "good"
        } else {
            "wait"
        };
        let time = event.at.get(11..19).unwrap_or_default().to_owned();
        view! {
            <li>
                <span class="stack-event">
                    <span class="stack-resource">{event.resource}</span>
                    <time class="number faint">{time}</time>
                </span>
                <span class="stack-status" data-tone=tone>{event.status}</span>
                <span class="faint stack-kind">{event.kind}</span>
                {event.reason.map(|reason| view! { <span class="stack-reason">{reason}</span> })}
            </li>
        }
    };
    events.into_iter().map(line).collect()
}

/// Lines of an inventory.
pub(crate) fn lines(lines: Vec<StackLine>) -> Vec<impl IntoView> {
    let line = |line: StackLine| {
        let hourly = (!line.hourly.is_empty()).then(|| format!("{} an hour", line.hourly));
        view! {
            <li>
                <span class="stack-event">
                    <span class="stack-resource">{line.name}</span>
                    {hourly.map(|hourly| view! { <span class="number">{hourly}</span> })}
                </span>
                <span class="faint stack-kind">{line.kind} {line.in_the_way.then_some(", not the stack's: in its way")}</span>
            </li>
        }
    };
    lines.into_iter().map(line).collect()
}

/// What was found after the deletion; `when` is shown as it is.
pub(crate) fn receipt(receipt: StackReceipt, when: String) -> impl IntoView {
    let resources =
        |count: usize| if count == 1 { "1 thing is".to_owned() } else { format!("{count} things are") };
    let had = receipt.had;
    let said = match (receipt.left.len(), receipt.unseen.is_empty()) {
        (0, true) => format!("Every service was asked: of its {had} resources, nothing is left."),
        (0, false) => format!("Of its {had} resources, nothing is left where Drydock could look."),
        (left, _) => {
            let costs = if receipt.hourly.is_empty() {
                String::new()
            } else {
                format!(" On AWS: {} an hour.", receipt.hourly)
            };
            format!("It had {had} resources, and {} still there.{costs}", resources(left))
        }
    };
    let tone = if receipt.left.is_empty() && receipt.unseen.is_empty() { "good" } else { "warn" };
    let left =
        (!receipt.left.is_empty()).then(|| view! { <ul class="stack-list">{lines(receipt.left)}</ul> });
    let unseen: Vec<_> = receipt.unseen.into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let unseen = (!unseen.is_empty()).then(|| {
        view! { <p class="panel-word">"Not looked at:"</p> <ul class="stack-list">{unseen}</ul> }
    });
    view! {
        <div class="stack-receipt" data-tone=tone>
            <p class="stack-receipt-title">"Receipt" <span class="faint">{when}</span></p>
            <p>{said}</p>
            {left}
            {unseen}
        </div>
    }
}

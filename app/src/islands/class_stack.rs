//! The stacks of a workshop's students, live: how far each is, what it costs, and what the host can do about it.

use leptos::prelude::*;
use server_fn::ServerFn as _;

use super::{Heard, hear, seconds};
use crate::{
    actions::{RemoveClassStack, RetryClassStack},
    model::{ClassStack, ClassStacks, LiveWorkshop, StackStage, WorkshopId},
    ui::{stack::badge, time::about},
};

/// The table and its sum.
#[island]
pub fn ClassStackTable(
    /// The workshop.
    id: WorkshopId,
    /// As known when the page was made.
    stacks: ClassStacks,
) -> impl IntoView {
    let live = RwSignal::new(stacks);
    let since = seconds();
    hear(format!("/live/workshop/{id}"), move |heard: Heard<LiveWorkshop>| {
        if let Heard::Message(LiveWorkshop { stacks: Some(stacks), .. }) = heard {
            since.set(0);
            live.set(stacks);
        }
    });
    let problem = RwSignal::new(None::<String>);
    let count =
        move |stage: StackStage| live.with(|all| all.rows.iter().filter(|row| row.stage == stage).count());
    view! {
        <p class="class-sum" role="status">
            {move || count(StackStage::Ready)} " ready, "
            {move || count(StackStage::Creating)} " being made, "
            {move || count(StackStage::Failed) + count(StackStage::Left)} " in trouble. On AWS: "
            {move || live.with(|all| all.hourly.clone())} " an hour."
        </p>
        <p class="form-problem" role="alert">{move || problem.get()}</p>
        <p class="faint" hidden=move || !live.with(|all| all.rows.is_empty())>
            "No stack has been asked for yet. They appear here as students begin."
        </p>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Stacks" hidden=move || live.with(|all| all.rows.is_empty())>
            <table class="class class-stacks">
                <thead>
                    <tr>
                        <th scope="col">"Student"</th>
                        <th scope="col">"Stack"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"An hour"</th>
                        <th scope="col">"Left"</th>
                        <th scope="col"><span class="aside-only">"What can be done"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || live.with(|all| all.rows.clone())
                        key=|row| (row.attempt.clone(), badge(row.stage).1, row.hourly.clone(), row.left.clone(), row.reason.clone())
                        children={
                            let id = id.clone();
                            move |row| line(row, since, &id, problem)
                        }
                    />
                </tbody>
            </table>
        </div>
    }
}

fn line(
    row: ClassStack,
    since: RwSignal<u32>,
    id: &WorkshopId,
    problem: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let (tone, word) = badge(row.stage);
    let asks = match row.stage {
        StackStage::Failed | StackStage::Gone => Some((RetryClassStack::PATH, "Make it again")),
        StackStage::Left => Some((RemoveClassStack::PATH, "Try again")),
        StackStage::Creating | StackStage::Ready => Some((RemoveClassStack::PATH, "Delete")),
        StackStage::NotThere | StackStage::Deleting | StackStage::Deleted => None,
    };
    let (attempt, student) = (row.attempt.to_string(), row.student.clone());
    let form = asks.map(|(action, word)| ask(action, id, attempt, word, &student, problem));
    view! {
        <tr>
            <th scope="row">{row.student}</th>
            <td>
                <span class="badge" data-tone=tone>{word}</span>
                {row.reason.map(|reason| view! { <p class="class-cause stack-reason">{reason}</p> })}
            </td>
            <td class="number">{move || about(row.seconds + u64::from(since.get()))}</td>
            <td class="number">{if row.hourly.is_empty() { "–".to_owned() } else { row.hourly }}</td>
            <td class="class-cause">{if row.left.is_empty() { "–".to_owned() } else { row.left }}</td>
            <td>{form}</td>
        </tr>
    }
}

fn ask(
    action: &'static str,
    id: &WorkshopId,
    attempt: String,
    word: &'static str,
    student: &str,
    problem: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let id = id.to_string();
    let fields = (id.clone(), attempt.clone());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        problem.set(None);
        #[cfg(feature = "hydrate")]
        {
            let (id, attempt) = fields.clone();
            leptos::task::spawn_local(async move {
                let answer = super::call::post(action, &[("id", &id), ("attempt", &attempt)]).await;
                problem.set(answer.err().map(|error| error.to_string()));
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = &fields;
    };
    view! {
        <form method="post" action=action on:submit=submit>
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="attempt" value=attempt />
            <button class="small">{word} <span class="aside-only">": " {student.to_owned()}</span></button>
        </form>
    }
}

//! The instructor's class table, live.

use leptos::prelude::*;

use super::{Heard, hear, seconds};
use crate::{
    model::{LiveWorkshop, StudentRow, SubmissionState, WorkshopId},
    ui::time::about,
};

/// Everyone in the workshop: where they are, what stopped them, for how long.
#[island]
pub fn ClassTable(
    /// The workshop.
    id: WorkshopId,
    /// As known when the page was made.
    rows: Vec<StudentRow>,
) -> impl IntoView {
    let class = RwSignal::new(rows);
    let since = seconds();
    hear(format!("/live/workshop/{id}"), move |heard: Heard<LiveWorkshop>| {
        if let Heard::Message(live) = heard {
            since.set(0);
            class.set(live.rows);
        }
    });
    let stuck = move || class.with(|rows| rows.iter().filter(|row| row.stuck).count());
    view! {
        <p class="class-sum" role="status">
            {move || class.with(Vec::len)} " joined, "
            {move || class.with(|rows| rows.iter().filter(|row| row.passed == row.steps).count())} " finished, "
            {stuck} " may need help"
        </p>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Class">
            <table class="class">
                <thead>
                    <tr>
                        <th scope="col">"Student"</th>
                        <th scope="col">"Step"</th>
                        <th scope="col">"On it for"</th>
                        <th scope="col">"Last cause"</th>
                        <th scope="col">"Text"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || class.get() key=|row| row.attempt.clone() let(row)>
                        {student(row, class, since.into(), &id)}
                    </For>
                </tbody>
            </table>
        </div>
    }
}

fn student(
    first: StudentRow,
    class: RwSignal<Vec<StudentRow>>,
    since: Signal<u32>,
    workshop: &WorkshopId,
) -> impl IntoView + use<> {
    let name = first.name.clone();
    let marking = format!("/teach/{workshop}/submissions/{}", first.attempt);
    let row = Memo::new(move |_| {
        class.with(|rows| rows.iter().find(|row| row.attempt == first.attempt).unwrap_or(&first).clone())
    });
    let finished = move || row.with(|row| row.passed == row.steps);
    view! {
        <tr data-stuck=move || row.with(|row| row.stuck).to_string() data-finished=move || finished().to_string()>
            <th scope="row">
                {name} {move || row.with(|row| row.stuck).then(|| view! { <span class="badge" data-tone="warn">"Look in"</span> })}
            </th>
            <td class="class-step">
                <progress
                    max=move || row.with(|row| row.steps.max(1)).to_string()
                    value=move || row.with(|row| row.passed).to_string()
                    aria-hidden="true"
                ></progress>
                <span>
                    {move || {
                        row.with(|row| {
                            if row.passed == row.steps { "Finished".to_owned() } else { format!("{} of {}", row.step, row.steps) }
                        })
                    }}
                </span>
            </td>
            <td class="number">
                {move || if finished() { "–".to_owned() } else { about(row.with(|row| row.seconds_on_step) + u64::from(since.get())) }}
            </td>
            <td class="class-cause">{move || row.with(|row| row.last_cause.clone()).unwrap_or_else(|| "–".to_owned())}</td>
            <td>{move || text_cell(row.with(|row| row.submission), &marking)}</td>
        </tr>
    }
}

fn text_cell(state: SubmissionState, marking: &str) -> AnyView {
    let (tone, word) = match state {
        SubmissionState::NotBegun => return view! { <span class="faint">"–"</span> }.into_any(),
        SubmissionState::Draft => return view! { <span class="faint">"Draft"</span> }.into_any(),
        SubmissionState::HandedIn { .. } => ("wait", "Mark"),
        SubmissionState::Marked { .. } => ("calm", "Marked, not released"),
        SubmissionState::Released { .. } => ("good", "Released"),
    };
    view! { <a class="badge" data-tone=tone href=marking.to_owned()>{word}</a> }.into_any()
}

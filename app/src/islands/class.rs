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
        <div class="class-live" data-empty=move || class.with(Vec::is_empty).to_string()>
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
                    {move || class.get().into_iter().map(|row| student(row, since.get(), &id)).collect::<Vec<_>>()}
                </tbody>
            </table>
        </div>
        </div>
    }
}

fn student(row: StudentRow, since: u32, workshop: &WorkshopId) -> impl IntoView + use<> {
    let finished = row.passed == row.steps;
    let step = if finished { "Finished".to_owned() } else { format!("{} of {}", row.step, row.steps) };
    let time = if finished { "–".to_owned() } else { about(row.seconds_on_step + u64::from(since)) };
    let (tone, word) = match row.submission {
        SubmissionState::NotBegun => ("", "–"),
        SubmissionState::Draft => ("", "Draft"),
        SubmissionState::HandedIn { .. } => ("wait", "Mark"),
        SubmissionState::Marked { .. } => ("calm", "Marked, not released"),
        SubmissionState::Released { .. } => ("good", "Released"),
    };
    // There is something to read once it was handed in.
    let marking = (!tone.is_empty()).then(|| format!("/teach/{workshop}/submissions/{}", row.attempt));
    view! {
        <tr data-stuck=row.stuck.to_string() data-finished=finished.to_string()>
            <th scope="row">
                {row.name} {row.stuck.then(|| view! { <span class="badge" data-tone="warn">"Look in"</span> })}
            </th>
            <td class="class-step">
                <progress max=row.steps.max(1).to_string() value=row.passed.to_string() aria-hidden="true"></progress>
                <span>{step}</span>
            </td>
            <td class="number">{time}</td>
            <td class="class-cause">{row.last_cause.unwrap_or_else(|| "–".to_owned())}</td>
            <td><a class="badge" data-tone=tone href=marking>{word}</a></td>
        </tr>
    }
}

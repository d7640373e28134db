//! `/teach/:workshop/submissions/:attempt`: read, mark against the rubric, comment, release.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{part, query};
use crate::{
    actions,
    model::{AttemptId, Mark, MarkingGuide, Penalty, SubmissionPage, SubmissionState, WorkshopId},
    shell::{self, Page, port},
    ui::{
        icon, in_textarea,
        piece::{form_error, good_news, levels, problem, submission_badge, typed, way_up},
    },
};

#[component]
pub(super) fn Marking() -> impl IntoView {
    let (id, attempt) = (part::<WorkshopId>("workshop"), part::<AttemptId>("attempt"));
    let saved = query("saved").is_some();
    shell::page(async move {
        let submission = port()?.classrooms.submission(&id?, &attempt?).await?;
        let title = format!("{} · {}", submission.student, submission.workshop_title);
        Ok(Page::new(title, "wide", marking_view(submission, saved)))
    })
}

fn marking_view(page: SubmissionPage, saved: bool) -> impl IntoView {
    let released = matches!(page.state, SubmissionState::Released { .. });
    let news = if released {
        "Saved and released: the student sees it."
    } else {
        "Saved. The student does not see it yet."
    };
    let badge = match page.state {
        SubmissionState::HandedIn { .. } if page.marks.iter().any(|mark| mark.given.is_some()) => {
            view! { <span class="badge" data-tone="wait">"Partly marked"</span> }.into_any()
        }
        SubmissionState::Marked { .. } => {
            view! { <span class="badge" data-tone="calm">"Marked, not released"</span> }.into_any()
        }
        state => submission_badge(state).into_any(),
    };
    let next = page.next_to_mark.clone().map(|next| {
        view! { <a class="button secondary" href=format!("/teach/{}/submissions/{next}", page.workshop)>"Next to mark" {icon::arrow()}</a> }
    });
    view! {
        {way_up(format!("/teach/{}", page.workshop), page.workshop_title.clone())}
        <div class="title-row"><h1>{page.student.clone()}</h1> {badge} {next}</div>
        {problem(form_error::<actions::Mark>())}
        {good_news(saved.then(|| news.to_owned()))}
        <div class="marking">
            <div>
                <details class="question"><summary>"The question"</summary><div class="prose" inner_html=page.question_html.clone()></div></details>
                <article class="paper prose" aria-label="The text" inner_html=page.html.clone()></article>
                <p class="faint">{page.words} " words"</p>
            </div>
            {rubric_form(page, released)}
        </div>
    }
}

fn rubric_form(page: SubmissionPage, released: bool) -> impl IntoView {
    let total: u32 = page.marks.iter().map(|mark| mark.criterion.points).sum();
    let given: u32 = page.marks.iter().filter_map(|mark| mark.given).sum();
    let MarkingGuide { mut look_for, penalties, floor } = page.guide;
    let criteria: Vec<_> = page
        .marks
        .into_iter()
        .map(|mark| {
            let look_for = look_for.remove(&mark.criterion.id);
            criterion(mark, look_for)
        })
        .collect();
    let comment = typed::<actions::Mark>("comment").unwrap_or(page.comment);
    let release = (!released).then(|| {
        view! { <button class="primary" name="release" value="true">"Save and release"</button> }
    });
    view! {
        <form class="panel rubric" method="post" action=actions::Mark::url()>
            <input type="hidden" name="id" value=page.workshop.to_string() />
            <input type="hidden" name="attempt" value=page.attempt.to_string() />
            <h2>"Rubric " <span class="faint">{given} " of " {total}</span></h2>
            {criteria}
            {common_errors(penalties, floor)}
            <div class="field">
                <label for="comment">"Comment to the student, in Markdown"</label>
                <textarea id="comment" name="comment" rows="6" maxlength="10000">{in_textarea(&comment)}</textarea>
            </div>
            <div class="actions">
                <button class="secondary">"Save"</button>
                {release}
            </div>
        </form>
    }
}

/// For the marker to take off where they weigh: points are given by criterion.
fn common_errors(penalties: Vec<Penalty>, floor: u32) -> impl IntoView {
    (!penalties.is_empty()).then(|| {
        let rows: Vec<_> = penalties
            .into_iter()
            .map(|Penalty { points, error, why }| {
                view! { <li><strong>{error}</strong> <span class="points">"−" {points}</span> <p class="faint">{why}</p></li> }
            })
            .collect();
        view! {
            <details class="common-errors">
                <summary>"Common errors, and what each costs"</summary>
                <ul>{rows}</ul>
                <p class="hint">
                    "Take each off once, under the criterion that it touches. The total does not fall below " {floor} "."
                </p>
            </details>
        }
    })
}

fn criterion(mark: Mark, look_for: Option<String>) -> impl IntoView {
    let Mark { criterion, given } = mark;
    let typed_points = typed::<actions::Mark>(&format!("points[{}]", criterion.id));
    let given = typed_points.and_then(|points| points.parse().ok()).or(given);
    // A button per point reads best; with many points a number does.
    let points = if criterion.points <= 10 {
        let choices: Vec<_> = (0..=criterion.points)
            .map(|points| {
                view! {
                    <label class="point">
                        <input
                            type="radio"
                            name=format!("points[{}]", criterion.id)
                            value=points.to_string()
                            checked=given == Some(points)
                        />
                        <span>{points}</span>
                    </label>
                }
            })
            .collect();
        view! { <div class="point-row">{choices}</div> }.into_any()
    } else {
        let list = format!("levels-{}", criterion.id);
        let offered: Vec<_> = criterion
            .levels
            .iter()
            .map(|level| view! { <option value=level.points.to_string() label=level.title.clone()></option> })
            .collect();
        view! {
            <datalist id=list.clone()>{offered}</datalist>
            <input
                type="number"
                list=list
                min="0"
                max=criterion.points.to_string()
                aria-label=format!("Points for {}", criterion.title)
                name=format!("points[{}]", criterion.id)
                value=given.map(|points| points.to_string())
            />
        }
        .into_any()
    };
    view! {
        <fieldset>
            <legend>{criterion.title} <span class="faint">" of " {criterion.points}</span></legend>
            {look_for.map(|text| view! { <p class="look-for">{text}</p> })}
            {levels(criterion.levels)}
            {points}
        </fieldset>
    }
}

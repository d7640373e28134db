//! `/labs/:slug/deliverable`: the student's text, from the first word to the released marks.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{part, query};
use crate::{
    actions::{HandIn, SaveDraft, Withdraw},
    islands::{Editor, Moment},
    model::{Criterion, Draft, LabSlug, ResultView},
    shell::{self, Page, port},
    ui::piece::{form_error, good_news, levels, problem, submission_badge, typed, way_up},
};

#[component]
pub(super) fn Deliverable() -> impl IntoView {
    let slug = part::<LabSlug>("slug");
    let saved = query("saved").map(|_| "Saved.".to_owned());
    shell::page(async move {
        let (port, slug) = (port()?, slug?);
        let draft = port.deliverables.draft(&slug).await?;
        let result = port.deliverables.result(&slug).await?;
        let title = format!("Your text · {}", draft.lab_title);
        let writes = draft.state.is_writing();
        Ok(Page::new(title, "wide", deliverable_view(draft, result, saved)).with_desk(writes))
    })
}

fn deliverable_view(draft: Draft, result: Option<ResultView>, saved: Option<String>) -> impl IntoView {
    let error = form_error::<HandIn>().or_else(form_error::<SaveDraft>).or_else(form_error::<Withdraw>);
    let up = way_up(format!("/labs/{}", draft.slug), draft.lab_title.clone());
    let state = draft.state;
    let question = draft.question_html.clone();
    let criteria = draft.criteria.clone();
    let marked = result.is_some();
    let text = if state.is_writing() { writing(draft).into_any() } else { handed_in(draft).into_any() };
    view! {
        {up}
        <div class="title-row"><h1>"Your text"</h1> {submission_badge(state)}</div>
        {problem(error)}
        {good_news(saved)}
        {result.map(result_view)}
        <div class="prose question" inner_html=question></div>
        {(!marked).then(|| rubric(criteria))}
        {text}
    }
}

fn rubric(criteria: Vec<Criterion>) -> impl IntoView {
    (!criteria.is_empty()).then(|| {
        let total: u32 = criteria.iter().map(|criterion| criterion.points).sum();
        let rows: Vec<_> = criteria
            .into_iter()
            .map(|criterion| {
                view! {
                    <li><strong>{criterion.title}</strong> " " <span class="points">"of " {criterion.points}</span> {levels(criterion.levels)}</li>
                }
            })
            .collect();
        view! {
            <details class="rubric-told">
                <summary>"What it is marked on (" {total} " points)"</summary>
                <ul>{rows}</ul>
            </details>
        }
    })
}

fn writing(mut draft: Draft) -> impl IntoView {
    // Nothing typed is lost; the revision stays the one that is kept, so a save now is meant.
    if let Some(text) = typed::<HandIn>("markdown").or_else(|| typed::<SaveDraft>("markdown")) {
        draft.markdown = text;
    }
    view! {
        <Editor
            slug=draft.slug
            markdown=draft.markdown
            html=draft.html
            revision=draft.revision
            saved_at_ms=draft.saved_at_ms
            max_bytes=draft.max_bytes
        />
    }
}

fn handed_in(draft: Draft) -> impl IntoView {
    let back = draft.can_withdraw.then(|| {
        view! {
            <form method="post" action=Withdraw::url() class="withdraw">
                <input type="hidden" name="slug" value=draft.slug.to_string() />
                <p>"Not marked yet: you can take it back, change it and hand it in again."</p>
                <button class="secondary">"Take it back"</button>
            </form>
        }
    });
    view! {
        <article class="paper prose" aria-label="Your text as handed in" inner_html=draft.html></article>
        {back}
    }
}

fn result_view(result: ResultView) -> impl IntoView {
    let given: u32 = result.marks.iter().filter_map(|mark| mark.given).sum();
    let total: u32 = result.marks.iter().map(|mark| mark.criterion.points).sum();
    let rows: Vec<_> = result
        .marks
        .into_iter()
        .map(|mark| {
            let reached = mark.given.and_then(|given| mark.criterion.reached(given)).map(|level| {
                view! { <p class="faint"><strong>{level.title.clone()}</strong> " · " {level.description.clone()}</p> }
            });
            view! {
                <tr>
                    <th scope="row">{mark.criterion.title.clone()} {reached}</th>
                    <td class="number">{mark.given.unwrap_or_default()} " of " {mark.criterion.points}</td>
                </tr>
            }
        })
        .collect();
    let comment = (!result.comment_html.is_empty()).then(|| {
        view! { <h3>"Your instructor writes"</h3> <div class="prose" inner_html=result.comment_html></div> }
    });
    view! {
        <section class="panel result" aria-labelledby="result">
            <h2 id="result">"Your marks: " <strong>{given} " of " {total}</strong></h2>
            <table><tbody>{rows}</tbody></table>
            {comment}
            <p class="faint">"Released " <Moment at_ms=result.released_at_ms /></p>
        </section>
    }
}

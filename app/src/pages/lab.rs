//! `/labs/:slug`: what the lab is about, its steps, and the way in.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::part;
use crate::{
    actions::{Begin, RemoveStack, RequestStack, StartOver},
    islands::StackBox,
    model::{LabPage, LabSlug},
    shell::{self, Page, port},
    ui::{
        icon,
        piece::{form_error, passed, problem, progress, step_name, submission_badge, way_up},
    },
};

#[component]
pub(super) fn Lab() -> impl IntoView {
    let slug = part::<LabSlug>("slug");
    shell::page(async move {
        let port = port()?;
        let known = port.accounts.me().await?.is_some();
        let lab = port.labs.lab(&slug?).await?;
        let title = lab.card.title.clone();
        Ok(Page::new(title, "wide", lab_view(lab, known)))
    })
}

fn lab_view(lab: LabPage, known: bool) -> impl IntoView {
    let slug = lab.card.slug.clone();
    let done = passed(&lab.steps);
    let of = lab.card.steps;
    let goals: Vec<_> = lab.goals.into_iter().map(|goal| view! { <li>{goal}</li> }).collect();
    let steps: Vec<_> = lab
        .steps
        .into_iter()
        .map(|step| {
            let inside = view! { {icon::mark()} <span class="rail-number">{step.number}</span> <span>{step.title}</span> };
            let item = if lab.current.is_some() {
                view! { <a href=format!("/labs/{slug}/steps/{}", step.number)>{inside}</a> }.into_any()
            } else {
                view! { <span class="outline-item">{inside}</span> }.into_any()
            };
            view! { <li data-is=step_name(step.state)>{item}</li> }
        })
        .collect();
    let text = lab.has_deliverable.then(|| {
        view! {
            <li data-is="text" class="outline-text">
                <a href=format!("/labs/{slug}/deliverable")>"Your text" {submission_badge(lab.submission)}</a>
            </li>
        }
    });
    let stack = lab.stack.map(|of| {
        let error = form_error::<RequestStack>().or_else(form_error::<RemoveStack>);
        view! {
            <StackBox
                slug=slug.clone()
                number=lab.current.unwrap_or(1)
                on_step=false
                stack=of
                begun=lab.current.is_some()
                problem=error.map(|error| error.to_string())
            />
        }
    });
    let word = match (lab.current, known) {
        (Some(_), _) if done == of => "Look at it again".to_owned(),
        (Some(step), _) => format!("Go on with step {step}"),
        (None, true) => "Start".to_owned(),
        (None, false) => "Start as a guest".to_owned(),
    };
    view! {
        {way_up("/".to_owned(), "Labs".to_owned())}
        <div class="lab">
            <div class="lab-about">
                <h1>{lab.card.title}</h1>
                <p class="lead">{lab.card.summary}</p>
                {problem(form_error::<Begin>())}
                <div class="actions">
                    <form method="post" action=Begin::url()>
                        <input type="hidden" name="slug" value=slug.to_string() />
                        <button class="primary large">{word} {icon::arrow()}</button>
                    </form>
                    <span class="faint">"About " {lab.card.minutes} " minutes"</span>
                </div>
                {lab.current.map(|_| progress(done, of))}
                {stack}
                <div class="prose" inner_html=lab.about_html></div>
                <h2>"What you will be able to do"</h2>
                <ul class="goals">{goals}</ul>
                {lab.current.map(|_| start_over(&slug))}
            </div>
            <nav class="outline" aria-label="Steps">
                <h2>"Steps"</h2>
                <ol class="rail rail-long">{steps} {text}</ol>
            </nav>
        </div>
    }
}

/// Folded away, ticked and pressed: it cannot be undone.
fn start_over(slug: &LabSlug) -> impl IntoView + use<> {
    let error = form_error::<StartOver>();
    let open = error.is_some();
    view! {
        <details class="start-over" open=open>
            <summary>"Start over with an empty practice account"</summary>
            {problem(error)}
            <form method="post" action=StartOver::url()>
                <input type="hidden" name="slug" value=slug.to_string() />
                <p>
                    "Everything you have built in the practice account is deleted, and every step becomes open again. Your
                    text is kept. This cannot be undone."
                </p>
                <label class="tick"><input type="checkbox" name="sure" value="true" required /> " Delete what I have built"</label>
                <button class="danger">"Start over"</button>
            </form>
        </details>
    }
}

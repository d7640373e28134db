//! `/`: what there is to learn, and the quickest way in.

use leptos::prelude::*;
use server_fn::ServerFn;

use crate::{
    actions::Begin,
    model::LabCard,
    shell::{self, Page, port},
    ui::{
        icon,
        piece::{Empty, form_error, problem, progress},
    },
};

#[component]
pub(super) fn Catalog() -> impl IntoView {
    shell::page(async {
        let port = port()?;
        let me = port.accounts.me().await?;
        let labs = port.labs.catalog().await?;
        let known = me.is_some();
        let body = view! {
            {hero(labs.first(), known)}
            <section class="catalog" aria-labelledby="labs">
                <h2 id="labs">"Labs"</h2>
                {if labs.is_empty() {
                    view! {
                        <Empty title="No labs yet">
                            <p>"Labs are folders under " <code>"labs/"</code> ". None was found, or none could be read."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <ul class="cards">{labs.into_iter().map(card).collect::<Vec<_>>()}</ul> }.into_any()
                }}
            </section>
        };
        Ok(Page::new("Learn Amazon ECS by building", "wide", body))
    })
}

fn hero(first: Option<&LabCard>, known: bool) -> impl IntoView + use<> {
    let start = first.map(|lab| {
        let word = match (known, lab.started) {
            (false, _) => "Start as a guest",
            (true, false) => "Start the first lab",
            (true, true) => "Go on where you were",
        };
        view! {
            <form method="post" action=Begin::url()>
                <input type="hidden" name="slug" value=lab.slug.to_string() />
                <button class="primary large">{word} {icon::arrow()}</button>
            </form>
        }
    });
    let join =
        (!known).then(|| view! { <a class="button secondary large" href="/join">"Join a workshop"</a> });
    view! {
        <section class="hero">
            <h1>"Build it on ECS." <br /> "See it tick."</h1>
            <p class="lead">
                "Follow an exercise with the real AWS CLI against your own practice account. Every step is checked while you
                work, and when something is wrong you are told why."
            </p>
            {problem(form_error::<Begin>())}
            <div class="actions">{start} {join}</div>
            <ul class="promises">
                <li><strong>"No AWS account needed"</strong> "A practice cloud speaks the AWS protocols, consequences included."</li>
                <li><strong>"Checked as you go"</strong> "A step ticks within a second of becoming true."</li>
                <li><strong>"Told why"</strong> "The cause, the evidence, and one thing to do next."</li>
            </ul>
        </section>
    }
}

fn card(lab: LabCard) -> impl IntoView {
    let services: Vec<_> = lab.services.into_iter().map(|name| view! { <li>{name}</li> }).collect();
    view! {
        <li class="card">
            <h3><a href=format!("/labs/{}", lab.slug)>{lab.title}</a></h3>
            <p>{lab.summary}</p>
            <ul class="tags" aria-label="AWS services">{services}</ul>
            <div class="card-foot">
                {if lab.started {
                    progress(lab.passed, lab.steps).into_any()
                } else {
                    view! { <span>{lab.steps} " steps, about " {lab.minutes} " minutes"</span> }.into_any()
                }}
            </div>
        </li>
    }
}

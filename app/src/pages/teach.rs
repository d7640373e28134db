//! `/teach` and `/teach/:workshop`: the instructor's workshops and the live class.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{part, query};
use crate::{
    actions::{
        CloseWorkshop, CreateWorkshop, EndWorkshop, ReleaseAll, RemoveClassStack, RemoveClassStacks,
        ReopenWorkshop, RetryClassStack, SetStackLimits,
    },
    islands::{ClassStackTable, ClassTable, CopyButton, Moment},
    model::{ClassStacks, LabCard, SubmissionState, WorkshopCard, WorkshopId, WorkshopPage},
    shell::{self, Page, port},
    ui::{
        icon,
        piece::{Empty, Field, form_error, good_news, problem, typed, way_up},
    },
};

#[component]
pub(super) fn Teach() -> impl IntoView {
    shell::page(async {
        let port = port()?;
        let workshops = port.classrooms.workshops().await?;
        let labs = port.labs.catalog().await?;
        let list = if workshops.is_empty() {
            view! {
                <Empty title="No workshops yet">
                    <p>"Make one, show its code to the class, and watch everyone's step from here."</p>
                </Empty>
            }
            .into_any()
        } else {
            view! { <ul class="workshops">{workshops.into_iter().map(workshop_row).collect::<Vec<_>>()}</ul> }
                .into_any()
        };
        let body = view! {
            <h1>"Workshops"</h1>
            <div class="teach">
                <section aria-label="Your workshops">{list}</section>
                {create(labs)}
            </div>
        };
        Ok(Page::new("Workshops", "wide", body))
    })
}

fn workshop_row(workshop: WorkshopCard) -> impl IntoView {
    view! {
        <li class="card">
            <h2><a href=format!("/teach/{}", workshop.id)>{workshop.title}</a></h2>
            <p>{workshop.lab_title}</p>
            <div class="card-foot">
                <span class="code">{workshop.join_code}</span>
                <span>{workshop.students} " joined"</span>
                {(workshop.to_mark > 0).then(|| view! { <span class="badge" data-tone="wait">{workshop.to_mark} " to mark"</span> })}
                {(!workshop.open).then(|| view! { <span class="badge" data-tone="calm">"Closed"</span> })}
                <span class="faint"><Moment at_ms=workshop.created_at_ms /></span>
            </div>
        </li>
    }
}

fn create(labs: Vec<LabCard>) -> impl IntoView {
    let error = form_error::<CreateWorkshop>();
    let chosen = typed::<CreateWorkshop>("lab");
    let options: Vec<_> = labs
        .into_iter()
        .map(|lab| {
            let chosen = chosen.as_deref() == Some(lab.slug.as_str());
            view! { <option value=lab.slug.to_string() selected=chosen>{lab.title}</option> }
        })
        .collect();
    view! {
        <section class="panel" aria-labelledby="new">
            <h2 id="new">"New workshop"</h2>
            {problem(error.clone())}
            <form method="post" action=CreateWorkshop::url()>
                <Field
                    name="title"
                    label="Title"
                    hint="As your class knows it: Containers, group B"
                    value={typed::<CreateWorkshop>("title").unwrap_or_default()}
                    max=80
                    error=error
                />
                <div class="field">
                    <label for="lab">"Lab"</label>
                    <select id="lab" name="lab" required>{options}</select>
                </div>
                <button class="primary">"Make it"</button>
            </form>
        </section>
    }
}

#[component]
pub(super) fn Workshop() -> impl IntoView {
    let id = part::<WorkshopId>("workshop");
    let released = query("released").and_then(|count| count.parse::<u32>().ok()).map(|count| match count {
        0 => "Nothing was ready: a text is released once every criterion is marked.".to_owned(),
        1 => "One result released.".to_owned(),
        _ => format!("{count} results released."),
    });
    shell::page(async move {
        let workshop = port()?.classrooms.workshop(&id?).await?;
        let title = workshop.card.title.clone();
        Ok(Page::new(title, "wide", workshop_view(workshop, released)).with_desk(true))
    })
}

fn workshop_view(workshop: WorkshopPage, released: Option<String>) -> impl IntoView {
    let WorkshopPage { card, slug, join_url, rows, stacks } = workshop;
    let id = card.id.clone();
    let may_end = stacks.as_ref().is_some_and(|stacks| !stacks.ended);
    let marked = rows.iter().filter(|row| matches!(row.submission, SubmissionState::Marked { .. })).count();
    let error =
        form_error::<ReleaseAll>().or_else(form_error::<CloseWorkshop>).or_else(form_error::<ReopenWorkshop>);
    let link = join_url.clone();
    let class = if rows.is_empty() && card.open {
        view! {
            <Empty title="Waiting for the first student">
                <p>"Show the class " <a href=link.clone()>{link.clone()}</a> " or the code above. They appear here as they join."</p>
            </Empty>
        }
        .into_any()
    } else {
        ().into_any()
    };
    view! {
        {way_up("/teach".to_owned(), "Workshops".to_owned())}
        <div class="title-row">
            <h1>{card.title.clone()}</h1>
            {(!card.open).then(|| view! { <span class="badge" data-tone="calm">"Closed"</span> })}
        </div>
        <p class="lead"><a href=format!("/labs/{slug}")>{card.lab_title.clone()}</a></p>
        {problem(error)}
        {good_news(released)}
        {join_panel(&card, join_url)}
        {class}
        <ClassTable id=id.clone() rows=rows />
        <div class="actions">
            <a class="button secondary" href=format!("/teach/{id}/class.csv") download>{icon::download()} "Class as CSV"</a>
            {(marked > 0)
                .then(|| {
                    view! {
                        <form method="post" action=ReleaseAll::url()>
                            <input type="hidden" name="id" value=id.to_string() />
                            <button class="secondary">"Release all marked (" {marked} ")"</button>
                        </form>
                    }
                })}
        </div>
        {stacks.map(|stacks| stacks_panel(&id, stacks))}
        {may_end.then(|| end(&id))}
    }
}

/// What students' stacks do and cost, and what they may.
fn stacks_panel(id: &WorkshopId, stacks: ClassStacks) -> impl IntoView + use<> {
    let error = form_error::<SetStackLimits>();
    let other = form_error::<RemoveClassStack>().or_else(form_error::<RetryClassStack>);
    let every = form_error::<RemoveClassStacks>();
    let some = !stacks.rows.is_empty();
    let typed_or =
        |field: &str, kept: &str| typed::<SetStackLimits>(field).unwrap_or_else(|| kept.to_owned());
    let (student, class) =
        (typed_or("student", &stacks.student_limit), typed_or("class", &stacks.class_limit));
    let priced = stacks.priced.clone();
    let open = every.is_some();
    view! {
        <section class="panel stacks-panel" id="stacks" aria-labelledby="stacks-title">
            <h2 id="stacks-title">"Stacks"</h2>
            {problem(other)}
            <ClassStackTable id=id.clone() stacks=stacks />
            <div class="stacks-foot">
                <form method="post" action=SetStackLimits::url() class="stack-limits">
                    {problem(error.clone())}
                    <input type="hidden" name="id" value=id.to_string() />
                    <div class="stack-limit">
                        <Field name="student" label="One student's stack: $ an hour" value={student} max=12 error=error.clone() />
                        <Field name="class" label="All together: $ an hour" value={class} max=12 error=error />
                    </div>
                    <button class="secondary">"Keep these limits"</button>
                    <p class="hint">"By AWS's list prices of " {priced} ". A stack that would cost more is refused before it is made."</p>
                </form>
                {some.then(|| view! {
                    <details class="start-over" open=open>
                        <summary>"Delete all stacks"</summary>
                        {problem(every)}
                        <form method="post" action=RemoveClassStacks::url()>
                            <input type="hidden" name="id" value=id.to_string() />
                            <p>"Each goes with all that is in it. Students can have theirs made again."</p>
                            <label class="tick"><input type="checkbox" name="sure" value="true" required /> " Delete every stack"</label>
                            <button class="danger">"Delete all"</button>
                        </form>
                    </details>
                })}
            </div>
        </section>
    }
}

/// Folded away, ticked and pressed: what students have built goes.
fn end(id: &WorkshopId) -> impl IntoView + use<> {
    let error = form_error::<EndWorkshop>();
    let unfolded = error.is_some();
    view! {
        <details class="start-over" open=unfolded>
            <summary>"End the workshop"</summary>
            {problem(error)}
            <form method="post" action=EndWorkshop::url()>
                <input type="hidden" name="id" value=id.to_string() />
                <p>"Nobody joins any more, every student's stack is deleted, and none is made. Texts and marks stay. Opened again, the workshop goes on."</p>
                <label class="tick"><input type="checkbox" name="sure" value="true" required /> " End it, and delete the stacks"</label>
                <button class="danger">"End the workshop"</button>
            </form>
        </details>
    }
}

fn join_panel(card: &WorkshopCard, join_url: String) -> impl IntoView + use<> {
    let (action, word) = if card.open {
        (CloseWorkshop::url(), "Close joining")
    } else {
        (ReopenWorkshop::url(), "Open again")
    };
    view! {
        <section class="panel join-panel" aria-label="Joining">
            <div>
                <p class="panel-word">"Join code"</p>
                <p class="code code-large" id="join-code">{card.join_code.clone()}</p>
            </div>
            <div class="join-link">
                <p class="panel-word">"or this link"</p>
                <p><code id="join-url">{join_url}</code> <CopyButton of="join-url".to_owned() what="the link".to_owned() /></p>
            </div>
            <form method="post" action=action>
                <input type="hidden" name="id" value=card.id.to_string() />
                <button class="secondary">{word}</button>
            </form>
        </section>
    }
}

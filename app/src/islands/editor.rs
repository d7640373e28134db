//! The deliverable's editor: preview while typing, saves by itself, says where it stands, never overwrites what
//! was written elsewhere. Without a script it is a form with a Save button.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::moment::shown;
#[cfg(feature = "hydrate")]
use crate::{
    actions::{Autosave, Preview},
    model::SaveOutcome,
};
use crate::{
    actions::{HandIn, SaveDraft},
    model::LabSlug,
    ui::{in_textarea, time::stamp},
};

/// Where the text stands.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "saving happens in a browser"))]
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing was ever saved.
    Empty,
    /// Kept since then.
    Saved(i64),
    /// Changed; about to be saved.
    Changed,
    /// On its way.
    Saving,
    /// Not kept, with the reason; tried again at the next change or by the button.
    NotSaved(String),
    /// Somewhere else another text was saved.
    Conflict { theirs: String, revision: i64 },
}

#[derive(Clone, Copy)]
struct Desk {
    text: RwSignal<String>,
    html: RwSignal<String>,
    revision: RwSignal<i64>,
    standing: RwSignal<Standing>,
}

/// The editor and its preview.
#[island]
pub fn Editor(
    /// The lab.
    slug: LabSlug,
    /// The text as kept.
    markdown: String,
    /// The same, rendered.
    html: String,
    /// Its revision.
    revision: i64,
    /// When it was kept.
    saved_at_ms: Option<i64>,
    /// Bytes at most.
    max_bytes: u32,
) -> impl IntoView {
    let first = in_textarea(&markdown);
    // Who was quicker than the script has written already.
    #[cfg(feature = "hydrate")]
    let markdown = already_typed().unwrap_or(markdown);
    let desk = Desk {
        text: RwSignal::new(markdown),
        html: RwSignal::new(html),
        revision: RwSignal::new(revision),
        standing: RwSignal::new(saved_at_ms.map_or(Standing::Empty, Standing::Saved)),
    };
    // The page's own text has the time in UTC, and is taken over as it is.
    let live = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| live.set(true));
    let typed = typing(&slug, desk);
    let words = move || desk.text.with(|text| text.split_whitespace().count());
    let too_long = move || desk.text.with(String::len) > max_bytes as usize;
    view! {
        <form class="editor" method="post" action=SaveDraft::url() data-is=move || name(&desk.standing.get())>
            <input type="hidden" name="slug" value=slug.to_string() />
            <input type="hidden" name="revision" value=revision.to_string() prop:value=move || desk.revision.get().to_string() />
            <div class="editor-panes">
                <div class="editor-write">
                    <label for="markdown">"Your text, in Markdown"</label>
                    <textarea
                        id="markdown"
                        name="markdown"
                        rows="18"
                        spellcheck="true"
                        prop:value=move || desk.text.get()
                        on:input:target=move |event| typed(event.target().value())
                    >
                        {first}
                    </textarea>
                </div>
                <section class="editor-preview" aria-label="Preview">
                    <p class="editor-label">"Preview"</p>
                    <div class="prose" inner_html=move || desk.html.get()></div>
                </section>
            </div>
            {conflict_view(&slug, desk)}
            <div class="editor-foot">
                <p class="standing" role="status">{move || said(&desk.standing.get(), live.get())}</p>
                <p class="count">
                    {words} " words"
                    {move || too_long().then(|| view! { <strong class="bad">" — too long to save"</strong> })}
                </p>
                <button class="secondary">"Save"</button>
                <button class="primary" formaction=HandIn::url()>"Hand in"</button>
            </div>
        </form>
    }
}

fn name(standing: &Standing) -> &'static str {
    match standing {
        Standing::Empty => "empty",
        Standing::Saved(_) => "saved",
        Standing::Changed | Standing::Saving => "saving",
        Standing::NotSaved(_) => "not-saved",
        Standing::Conflict { .. } => "conflict",
    }
}

#[cfg(feature = "hydrate")]
fn already_typed() -> Option<String> {
    let area = document().get_element_by_id("markdown")?;
    js_sys::Reflect::get(&area, &"value".into()).ok()?.as_string()
}

fn said(standing: &Standing, live: bool) -> String {
    match standing {
        Standing::Empty => "Nothing saved yet.".to_owned(),
        Standing::Saved(at_ms) if live => format!("Saved {}.", shown(*at_ms)),
        Standing::Saved(at_ms) => format!("Saved {}.", stamp(*at_ms)),
        Standing::Changed => "Not saved yet.".to_owned(),
        Standing::Saving => "Saving.".to_owned(),
        Standing::NotSaved(why) => format!("Not saved. {why} We try again when you go on writing."),
        Standing::Conflict { .. } => "Not saved: the text was changed in another window.".to_owned(),
    }
}

fn conflict_view(slug: &LabSlug, desk: Desk) -> impl IntoView + use<> {
    let slug = StoredValue::new(slug.clone());
    move || {
        let Standing::Conflict { theirs, revision } = desk.standing.get() else { return None };
        let other = theirs.clone();
        let take_theirs = move |_| {
            desk.revision.set(revision);
            desk.text.set(other.clone());
            desk.standing.set(Standing::Changed);
            save_soon(&slug.get_value(), desk);
        };
        let keep_mine = move |_| {
            desk.revision.set(revision);
            desk.standing.set(Standing::Changed);
            save_soon(&slug.get_value(), desk);
        };
        Some(view! {
            <div class="banner" data-tone="warn" role="alert">
                <p>"This text was saved in another window meanwhile. Nothing has been overwritten. Which one do you keep?"</p>
                <details>
                    <summary>"Show the other text"</summary>
                    <pre class="other-text">{theirs}</pre>
                </details>
                <div class="banner-actions">
                    <button type="button" class="secondary" on:click=take_theirs>"Take the other"</button>
                    <button type="button" class="secondary" on:click=keep_mine>"Keep mine"</button>
                </div>
            </div>
        })
    }
}

/// What happens when the text has become another.
fn typing(slug: &LabSlug, desk: Desk) -> impl Fn(String) + Clone + 'static {
    let slug = slug.clone();
    #[cfg(feature = "hydrate")]
    warn_before_leaving(desk);
    move |text: String| {
        desk.text.set(text);
        if !matches!(desk.standing.get_untracked(), Standing::Conflict { .. } | Standing::Saving) {
            desk.standing.set(Standing::Changed);
        }
        save_soon(&slug, desk);
    }
}

#[cfg(not(feature = "hydrate"))]
fn save_soon(_: &LabSlug, _: Desk) {}

/// Renders and saves once nothing has been typed for a moment.
#[cfg(feature = "hydrate")]
fn save_soon(slug: &LabSlug, desk: Desk) {
    use std::{cell::Cell, time::Duration};
    thread_local!(static TURN: Cell<u32> = const { Cell::new(0) });
    let turn = TURN.with(|last| {
        last.set(last.get().wrapping_add(1));
        last.get()
    });
    let slug = slug.clone();
    set_timeout(
        move || {
            if TURN.get() == turn {
                leptos::task::spawn_local(save(slug, desk));
            }
        },
        Duration::from_millis(700),
    );
}

#[cfg(feature = "hydrate")]
async fn save(slug: LabSlug, desk: Desk) {
    let text = desk.text.get_untracked();
    if let Ok(html) = super::call::ask::<String>(Preview::PATH, &[("markdown", &text)]).await {
        desk.html.set(html);
    }
    // A save that is under way looks again when it is through; a conflict is the writer's to settle.
    if matches!(desk.standing.get_untracked(), Standing::Saving | Standing::Conflict { .. }) {
        return;
    }
    desk.standing.set(Standing::Saving);
    let revision = desk.revision.get_untracked().to_string();
    let fields = [("slug", slug.as_str()), ("markdown", text.as_str()), ("revision", revision.as_str())];
    let outcome = super::call::ask::<SaveOutcome>(Autosave::PATH, &fields).await;
    match outcome {
        Ok(SaveOutcome::Saved { revision, at_ms }) => {
            desk.revision.set(revision);
            if desk.text.with_untracked(|now| *now == text) {
                desk.standing.set(Standing::Saved(at_ms));
            } else {
                desk.standing.set(Standing::Changed);
                save_soon(&slug, desk);
            }
        }
        Ok(SaveOutcome::Conflict { markdown, revision }) => {
            desk.standing.set(Standing::Conflict { theirs: markdown, revision });
        }
        Err(error) => desk.standing.set(Standing::NotSaved(error.to_string())),
    }
}

#[cfg(feature = "hydrate")]
fn warn_before_leaving(desk: Desk) {
    let _ = window_event_listener(leptos::ev::beforeunload, move |event| {
        if matches!(desk.standing.get_untracked(), Standing::NotSaved(_) | Standing::Conflict { .. }) {
            event.prevent_default();
        }
    });
}

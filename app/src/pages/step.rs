//! `/labs/:slug/steps/:n`: rail, text, checks and the practice account.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::part;
use crate::{
    actions::{CheckNow, RemoveStack, RequestStack, RevealHint, SkipAhead},
    islands::{Checks, CopyButton, Rail, Sites, StackBox},
    model::{Block, Credentials, Download, Hints, LabSlug, Site, StepPage, Tone},
    shell::{self, Page, port},
    ui::{
        icon,
        piece::{form_error, passed, problem, progress},
    },
};

#[component]
pub(super) fn Step() -> impl IntoView {
    let (slug, number) = (part::<LabSlug>("slug"), part::<u32>("number"));
    shell::page(async move {
        let (port, slug, number) = (port()?, slug?, number?);
        let step = port.labs.step(&slug, number).await?;
        let account = if step.practice {
            Some((port.practice.credentials(&slug).await?, port.practice.sites(&slug).await?))
        } else {
            None
        };
        let title = format!("{}. {} · {}", step.number, step.title, step.lab_title);
        Ok(Page::new(title, "step", step_view(step, account)))
    })
}

fn step_view(step: StepPage, account: Option<(Credentials, Vec<Site>)>) -> impl IntoView {
    let slug = step.slug.clone();
    let number = step.number;
    let of = u32::try_from(step.steps.len()).unwrap_or(u32::MAX);
    let done = passed(&step.steps);
    let (onward, onward_title) = onward(&step, of);
    let blocks: Vec<_> =
        step.blocks.into_iter().enumerate().map(|(index, block)| block_view(index, block)).collect();
    let stack = step.stack.map(|stack| {
        let error = form_error::<RequestStack>().or_else(form_error::<RemoveStack>);
        let problem = error.map(|error| error.to_string());
        view! { <StackBox slug=slug.clone() number=number on_step=true stack=stack begun=true problem=problem /> }
    });
    let why = (!step.why_html.is_empty())
        .then(|| view! { <details class="why" open><summary>"Why"</summary><div class="prose" inner_html=step.why_html></div></details> });
    view! {
        <nav class="step-rail" aria-label="Steps of this lab">
            <p class="way-up"><a href=format!("/labs/{slug}")>{icon::back()} {step.lab_title}</a></p>
            {progress(done, of)}
            <Rail slug=slug.clone() number=number steps=step.steps />
            {step.has_deliverable.then(|| view! { <p class="rail-text"><a href=format!("/labs/{slug}/deliverable")>"Your text"</a></p> })}
        </nav>
        <article class="step-text">
            <p class="eyebrow">"Step " {number} " of " {of} <span class="faint">" · about " {step.minutes} " min"</span></p>
            <h1>{step.title}</h1>
            <div class="goal prose" inner_html=step.goal_html></div>
            {why}
            {downloads(step.downloads)}
            <div class="blocks">{blocks}</div>
            {hints(&slug, number, step.hints)}
            {ways(&slug, number, of, step.has_deliverable)}
        </article>
        <aside class="step-side" aria-label="Checks and practice account">
            <section class="panel checks-panel">
                {problem(form_error::<SkipAhead>().or_else(form_error::<CheckNow>))}
                <Checks
                    slug=slug.clone()
                    number=number
                    checks=step.checks
                    next_event=step.next_event
                    practice=step.practice
                    onward=onward
                    onward_title=onward_title
                />
            </section>
            {stack}
            {account.map(|(keys, sites)| practice_account(&slug, number, keys, sites))}
        </aside>
    }
}

/// Where to go when all is ticked.
fn onward(step: &StepPage, of: u32) -> (String, String) {
    let slug = &step.slug;
    if step.number < of {
        (format!("/labs/{slug}/steps/{}", step.number + 1), "Next step".to_owned())
    } else if step.has_deliverable {
        (format!("/labs/{slug}/deliverable"), "Write your text".to_owned())
    } else {
        (format!("/labs/{slug}"), "Back to the lab".to_owned())
    }
}

/// Longest word that is kept on one line, in bytes.
const WHOLE: usize = 36;

/// A command's text, in which a line does not break inside `--cluster-name`: browsers would at every hyphen.
fn whole_words(text: &str) -> Vec<AnyView> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        if word.contains('-') && word.len() <= WHOLE {
            pieces.push(std::mem::take(&mut plain).into_any());
            pieces.push(view! { <span class="whole">{word.to_owned()}</span> }.into_any());
            plain.push_str(&part[word.len()..]);
        } else {
            plain.push_str(part);
        }
    }
    pieces.push(plain.into_any());
    pieces
}

fn block_view(index: usize, block: Block) -> AnyView {
    let id = format!("block-{index}");
    match block {
        Block::Prose { html } => view! { <div class="prose" inner_html=html></div> }.into_any(),
        Block::Command { text } => view! {
            <figure class="command">
                <pre tabindex="0"><code id=id.clone()>{whole_words(&text)}</code></pre>
                <CopyButton of=id what="this command".to_owned() />
            </figure>
        }
        .into_any(),
        Block::Output { text } => view! {
            <figure class="output">
                <figcaption>"Answers"</figcaption>
                <pre tabindex="0"><code>{text}</code></pre>
            </figure>
        }
        .into_any(),
        Block::File { name, text } => view! {
            <figure class="command file">
                <figcaption>{if name.is_empty() { "File".to_owned() } else { name.clone() }}</figcaption>
                <pre tabindex="0"><code id=id.clone()>{text}</code></pre>
                <CopyButton of=id what=name />
            </figure>
        }
        .into_any(),
        Block::Callout { tone, html } => {
            let (name, word, drawing) = match tone {
                Tone::Note => ("note", "Good to know", icon::note().into_any()),
                Tone::Look => ("look", "What to look at", icon::look().into_any()),
                Tone::Warning => ("warning", "Careful", icon::warning().into_any()),
            };
            view! {
                <aside class="callout" data-tone=name>
                    <p class="callout-word">{drawing} {word}</p>
                    <div class="prose" inner_html=html></div>
                </aside>
            }
            .into_any()
        }
    }
}

fn downloads(files: Vec<Download>) -> impl IntoView {
    (!files.is_empty()).then(|| {
        let items: Vec<_> = files
            .into_iter()
            .map(|file| {
                let name = file.name.clone();
                view! {
                    <li>
                        <a href=file.href download=name>{icon::download()} {file.name}</a>
                        <span class="faint">{file.what} " (" {size(file.bytes)} ")"</span>
                    </li>
                }
            })
            .collect();
        view! { <section class="downloads" aria-label="Files for this step"><ul>{items}</ul></section> }
    })
}

fn size(bytes: u64) -> String {
    if bytes < 1000 {
        format!("{bytes} bytes")
    } else {
        format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
    }
}

fn hints(slug: &LabSlug, number: u32, hints: Hints) -> impl IntoView + use<> {
    let shown = hints.revealed_html.len();
    let none = shown == 0 && hints.left == 0;
    let items: Vec<_> = hints
        .revealed_html
        .into_iter()
        .map(|html| view! { <li class="prose" inner_html=html></li> })
        .collect();
    let word = match (shown, hints.left) {
        (0, _) => "Show a hint",
        (_, 1) => "Show the last hint",
        _ => "Show the next hint",
    };
    let more = (hints.left > 0).then(|| {
        view! {
            <form method="post" action=RevealHint::url()>
                <input type="hidden" name="slug" value=slug.to_string() />
                <input type="hidden" name="number" value=number.to_string() />
                <button class="secondary">{word}</button>
                <span class="faint">{hints.left} " left, from a nudge to the solution"</span>
            </form>
        }
    });
    (!none).then(|| {
        view! {
            <section class="hints" aria-labelledby="hints">
                <h2 id="hints">{icon::bulb()} "Stuck?"</h2>
                {problem(form_error::<RevealHint>())}
                <ol class="hint-list">{items}</ol>
                {more}
            </section>
        }
    })
}

fn ways(slug: &LabSlug, number: u32, of: u32, has_text: bool) -> impl IntoView + use<> {
    let back = (number > 1)
        .then(|| view! { <a class="way-back" href=format!("/labs/{slug}/steps/{}", number - 1)>{icon::back()} "Step " {number - 1}</a> });
    let on = if number < of {
        Some((format!("/labs/{slug}/steps/{}", number + 1), format!("Step {}", number + 1)))
    } else {
        has_text.then(|| (format!("/labs/{slug}/deliverable"), "Your text".to_owned()))
    };
    let on = on.map(|(href, text)| view! { <a class="way-on" href=href>{text} {icon::arrow()}</a> });
    view! { <nav class="ways" aria-label="Previous and next step">{back} {on}</nav> }
}

fn practice_account(
    slug: &LabSlug,
    number: u32,
    keys: Credentials,
    sites: Vec<Site>,
) -> impl IntoView + use<> {
    let shells: Vec<_> = keys
        .exports
        .into_iter()
        .enumerate()
        .map(|(index, export)| {
            let id = format!("exports-{index}");
            let what = format!("for {}", export.shell);
            view! {
                <details class="exports" name="exports">
                    <summary>{export.shell}</summary>
                    <pre tabindex="0"><code id=id.clone()>{export.text}</code></pre>
                </details>
                <CopyButton of=id what=what />
            }
        })
        .map(|row| view! { <li>{row}</li> })
        .collect();
    view! {
        <section class="panel account-panel">
            <h2>{icon::key()} "Practice account"</h2>
            <dl class="facts">
                <div><dt>"Account"</dt><dd>{keys.account_id}</dd></div>
                <div><dt>"Region"</dt><dd>{keys.region}</dd></div>
                {keys.endpoint_url.map(|url| view! { <div><dt>"Endpoint"</dt><dd>{url}</dd></div> })}
                <div><dt>"Access key"</dt><dd>{keys.access_key_id}</dd></div>
                <div>
                    <dt>"Secret"</dt>
                    <dd>
                        <details class="secret">
                            <summary>"Show"</summary>
                            <code id="secret">{keys.secret_access_key}</code>
                        </details>
                    </dd>
                </div>
            </dl>
            <p class="panel-word">"Paste into your terminal, once per window:"</p>
            <ul class="shells">{shells}</ul>
        </section>
        <section class="panel sites-panel">
            <h2>"Front ends"</h2>
            <Sites slug=slug.clone() number=number sites=sites />
        </section>
    }
}

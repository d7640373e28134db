//! Server functions: public endpoints under `/do/`, each a line that calls the port.
//!
//! Every one can be posted by a plain form. Then it redirects (on an error back to the form, which shows it); called
//! by an island it answers JSON and, on an error, that error's HTTP status. Origin and session are the server's to
//! check before anything arrives here.
#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "a server function is, whatever it does"))]

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::{
    error::ApiError,
    model::{AttemptId, LabSlug, SaveOutcome, Site, WorkshopId},
};
#[cfg(feature = "ssr")]
use reply::{done, go, port, settle};

/// Makes a guest, then goes to `next`.
#[server(prefix = "/do", endpoint = "start-as-guest")]
pub async fn start_as_guest(#[server(default)] next: String) -> Result<(), ApiError> {
    go(port()?.accounts.start_as_guest().await, |()| next)
}

/// Joins a workshop by its code.
#[server(prefix = "/do", endpoint = "join")]
pub async fn join(code: String, name: String) -> Result<(), ApiError> {
    go(port()?.accounts.join(&code, &name).await, |slug| format!("/labs/{slug}"))
}

/// Signs in, then goes to `next`.
#[server(prefix = "/do", endpoint = "sign-in")]
pub async fn sign_in(
    name: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    go(port()?.accounts.sign_in(&name, &password).await, |()| next)
}

/// Makes an account of a guest, or changes the password.
#[server(prefix = "/do", endpoint = "set-password")]
pub async fn set_password(
    name: String,
    #[server(default)] current: Option<String>,
    password: String,
) -> Result<(), ApiError> {
    go(port()?.accounts.set_password(&name, current.as_deref(), &password).await, |()| {
        "/account?saved".to_owned()
    })
}

/// Uses a one-time instructor link.
#[server(prefix = "/do", endpoint = "accept-invite")]
pub async fn accept_invite(token: String, name: String, password: String) -> Result<(), ApiError> {
    go(port()?.accounts.accept_invite(&token, &name, &password).await, |()| "/teach".to_owned())
}

/// Ends the session.
#[server(prefix = "/do", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    go(port()?.accounts.sign_out().await, |()| "/".to_owned())
}

/// Begins a lab or goes on with it; makes a guest of someone unknown.
#[server(prefix = "/do", endpoint = "begin")]
pub async fn begin(slug: LabSlug) -> Result<(), ApiError> {
    let port = port()?;
    port.accounts.start_as_guest().await.or_else(|error| settle(Err(error)))?;
    go(port.labs.start(&slug).await, |step| format!("/labs/{slug}/steps/{step}"))
}

/// Shows one more hint.
#[server(prefix = "/do", endpoint = "reveal-hint")]
pub async fn reveal_hint(slug: LabSlug, number: u32) -> Result<(), ApiError> {
    go(port()?.labs.reveal_hint(&slug, number).await, |_| format!("/labs/{slug}/steps/{number}#hints"))
}

/// Looks at a step's checks now.
#[server(prefix = "/do", endpoint = "check-now")]
pub async fn check_now(slug: LabSlug, number: u32) -> Result<(), ApiError> {
    done(port()?.labs.check_now(&slug, number).await, || format!("/labs/{slug}/steps/{number}#checks"))
}

/// Lets the practice account's time run to its next event.
#[server(prefix = "/do", endpoint = "skip-ahead")]
pub async fn skip_ahead(slug: LabSlug, number: u32) -> Result<(), ApiError> {
    done(port()?.practice.skip_ahead(&slug).await, || format!("/labs/{slug}/steps/{number}#checks"))
}

/// Empties the practice account, if `sure`.
#[server(prefix = "/do", endpoint = "start-over")]
pub async fn start_over(slug: LabSlug, #[server(default)] sure: bool) -> Result<(), ApiError> {
    if !sure {
        return settle(Err(ApiError::invalid("sure", "Tick the box to confirm: this cannot be undone.")));
    }
    go(port()?.practice.start_over(&slug).await, |()| format!("/labs/{slug}"))
}

/// Asks for the student's stack.
#[server(prefix = "/do", endpoint = "request-stack")]
pub async fn request_stack(slug: LabSlug, #[server(default)] step: Option<u32>) -> Result<(), ApiError> {
    go(port()?.stacks.request(&slug).await, |()| stack_at(&slug, step))
}

/// Asks for the student's stack to be deleted.
#[server(prefix = "/do", endpoint = "remove-stack")]
pub async fn remove_stack(slug: LabSlug, #[server(default)] step: Option<u32>) -> Result<(), ApiError> {
    go(port()?.stacks.remove(&slug).await, |()| stack_at(&slug, step))
}

/// The panel on the page it was asked from.
#[cfg(feature = "ssr")]
fn stack_at(slug: &LabSlug, step: Option<u32>) -> String {
    match step {
        Some(step) => format!("/labs/{slug}/steps/{step}#stack"),
        None => format!("/labs/{slug}#stack"),
    }
}

/// The front ends of the practice account.
#[server(prefix = "/do", endpoint = "sites")]
pub async fn sites(slug: LabSlug) -> Result<Vec<Site>, ApiError> {
    settle(port()?.practice.sites(&slug).await)
}

/// Saves a draft for the editor, which shows a conflict itself.
#[server(prefix = "/do", endpoint = "autosave")]
pub async fn autosave(slug: LabSlug, markdown: String, revision: i64) -> Result<SaveOutcome, ApiError> {
    settle(port()?.deliverables.save_draft(&slug, &markdown, revision).await)
}

/// Saves a draft from the form.
#[server(prefix = "/do", endpoint = "save-draft")]
pub async fn save_draft(
    slug: LabSlug,
    #[server(default)] markdown: String,
    revision: i64,
) -> Result<(), ApiError> {
    let saved = reply::kept(port()?.deliverables.save_draft(&slug, &markdown, revision).await);
    go(saved, |()| format!("/labs/{slug}/deliverable?saved"))
}

/// Renders Markdown.
#[server(prefix = "/do", endpoint = "preview")]
pub async fn preview(markdown: String) -> Result<String, ApiError> {
    settle(port()?.deliverables.preview(&markdown).await)
}

/// Saves what is in the form and hands it in.
#[server(prefix = "/do", endpoint = "hand-in")]
pub async fn hand_in(
    slug: LabSlug,
    #[server(default)] markdown: String,
    revision: i64,
) -> Result<(), ApiError> {
    let deliverables = port()?.deliverables;
    settle(reply::kept(deliverables.save_draft(&slug, &markdown, revision).await))?;
    go(deliverables.hand_in(&slug).await, |()| format!("/labs/{slug}/deliverable"))
}

/// Takes a text back.
#[server(prefix = "/do", endpoint = "withdraw")]
pub async fn withdraw(slug: LabSlug) -> Result<(), ApiError> {
    go(port()?.deliverables.withdraw(&slug).await, |()| format!("/labs/{slug}/deliverable"))
}

/// Makes a workshop.
#[server(prefix = "/do", endpoint = "create-workshop")]
pub async fn create_workshop(title: String, lab: LabSlug) -> Result<(), ApiError> {
    go(port()?.classrooms.create_workshop(&title, &lab).await, |id| format!("/teach/{id}"))
}

/// Nobody can join any more.
#[server(prefix = "/do", endpoint = "close-workshop")]
pub async fn close_workshop(id: WorkshopId) -> Result<(), ApiError> {
    go(port()?.classrooms.close_workshop(&id).await, |()| format!("/teach/{id}"))
}

/// One can join again.
#[server(prefix = "/do", endpoint = "reopen-workshop")]
pub async fn reopen_workshop(id: WorkshopId) -> Result<(), ApiError> {
    go(port()?.classrooms.reopen_workshop(&id).await, |()| format!("/teach/{id}"))
}

/// It ends: nobody joins any more, and every stack is deleted; if `sure`.
#[server(prefix = "/do", endpoint = "end-workshop")]
pub async fn end_workshop(id: WorkshopId, #[server(default)] sure: bool) -> Result<(), ApiError> {
    if !sure {
        return settle(Err(ApiError::invalid("sure", "Tick the box to confirm.")));
    }
    go(port()?.classrooms.end_workshop(&id).await, |()| format!("/teach/{id}"))
}

/// What students' stacks may cost, in dollars by the hour.
#[server(prefix = "/do", endpoint = "set-stack-limits")]
pub async fn set_stack_limits(id: WorkshopId, student: String, class: String) -> Result<(), ApiError> {
    go(port()?.classrooms.set_stack_limits(&id, &student, &class).await, |()| format!("/teach/{id}#stacks"))
}

/// Deletes one student's stack, or tries again to.
#[server(prefix = "/do", endpoint = "remove-class-stack")]
pub async fn remove_class_stack(id: WorkshopId, attempt: AttemptId) -> Result<(), ApiError> {
    go(port()?.classrooms.remove_stack(&id, &attempt).await, |()| format!("/teach/{id}#stacks"))
}

/// Has one student's stack made again.
#[server(prefix = "/do", endpoint = "retry-class-stack")]
pub async fn retry_class_stack(id: WorkshopId, attempt: AttemptId) -> Result<(), ApiError> {
    go(port()?.classrooms.retry_stack(&id, &attempt).await, |()| format!("/teach/{id}#stacks"))
}

/// Deletes every stack of a workshop, if `sure`.
#[server(prefix = "/do", endpoint = "remove-class-stacks")]
pub async fn remove_class_stacks(id: WorkshopId, #[server(default)] sure: bool) -> Result<(), ApiError> {
    if !sure {
        return settle(Err(ApiError::invalid("sure", "Tick the box to confirm.")));
    }
    go(port()?.classrooms.remove_stacks(&id).await, |_| format!("/teach/{id}#stacks"))
}

/// Keeps marks, those that are blank aside; with `release` shows them to the student as well.
#[server(prefix = "/do", endpoint = "mark")]
pub async fn mark(
    id: WorkshopId,
    attempt: AttemptId,
    #[server(default)] points: BTreeMap<String, String>,
    #[server(default)] comment: String,
    #[server(default)] release: bool,
) -> Result<(), ApiError> {
    let classrooms = port()?.classrooms;
    let kept = async {
        classrooms.mark(&id, &attempt, &numbers(points)?, &comment).await?;
        if release { classrooms.release(&id, &attempt).await } else { Ok(()) }
    };
    go(kept.await, |()| format!("/teach/{id}/submissions/{attempt}?saved"))
}

/// Points as they were typed: nothing for what is not marked yet.
#[cfg(feature = "ssr")]
fn numbers(typed: BTreeMap<String, String>) -> Result<BTreeMap<String, u32>, ApiError> {
    let given = typed.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let number = |(criterion, text): (String, String)| match text.trim().parse() {
        Ok(points) => Ok((criterion, points)),
        Err(_) => Err(ApiError::invalid(&criterion, "Points are a whole number.")),
    };
    given.map(number).collect()
}

/// Shows all complete marks to their students.
#[server(prefix = "/do", endpoint = "release-all")]
pub async fn release_all(id: WorkshopId) -> Result<(), ApiError> {
    go(port()?.classrooms.release_all(&id).await, |count| format!("/teach/{id}?released={count}"))
}

/// Remembers the look: `light`, `dark`, or anything else for the system's.
#[server(prefix = "/do", endpoint = "theme")]
pub async fn set_theme(theme: String) -> Result<(), ApiError> {
    reply::remember_theme(&theme);
    Ok(())
}

/// How an answer becomes a reply: status for an island, redirect for a form.
#[cfg(feature = "ssr")]
mod reply {
    use http::{HeaderValue, StatusCode, header, request::Parts};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    use crate::{
        api::{Answer, ApiError, Port},
        model::SaveOutcome,
    };

    pub(super) fn port() -> Answer<Port> {
        use_context::<Port>().ok_or(ApiError::Internal)
    }

    /// Sets an error's status, unless a browser's form posted it: then it is redirected to the form.
    pub(super) fn settle<T>(answer: Answer<T>) -> Answer<T> {
        if let (Err(error), false) = (&answer, from_form())
            && let (Some(options), Ok(status)) =
                (use_context::<ResponseOptions>(), StatusCode::from_u16(error.status()))
        {
            options.set_status(status);
        }
        answer
    }

    /// Settles, and on success goes somewhere, by form or island.
    pub(super) fn go<T>(answer: Answer<T>, to: impl FnOnce(T) -> String) -> Answer<()> {
        settle(answer).map(|value| leptos_axum::redirect(&local(to(value))))
    }

    /// Settles, and on success lets a form go somewhere; an island stays where it is.
    pub(super) fn done(answer: Answer<()>, to: impl FnOnce() -> String) -> Answer<()> {
        settle(answer).map(|()| {
            if from_form() {
                leptos_axum::redirect(&local(to()));
            }
        })
    }

    /// A form has no place to show the other text: it says so.
    pub(super) fn kept(outcome: Answer<SaveOutcome>) -> Answer<()> {
        match outcome? {
            SaveOutcome::Saved { .. } => Ok(()),
            SaveOutcome::Conflict { .. } => Err(ApiError::Conflict {
                message:
                    "This text was changed in another window. Go back, copy what you wrote, then reload."
                        .into(),
            }),
        }
    }

    pub(super) fn remember_theme(theme: &str) {
        let cookie = match theme {
            "light" | "dark" => format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Lax"),
            _ => "theme=; Path=/; Max-Age=0; SameSite=Lax".to_owned(),
        };
        if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie))
        {
            options.append_header(header::SET_COOKIE, value);
        }
    }

    fn from_form() -> bool {
        use_context::<Parts>()
            .and_then(|parts| {
                parts.headers.get(header::ACCEPT)?.to_str().ok().map(|accept| accept.contains("text/html"))
            })
            .unwrap_or(false)
    }

    /// Only ever this site: `//host`, `/\host` and control characters would lead elsewhere.
    fn local(path: String) -> String {
        let elsewhere = path.starts_with("//") || path.contains('\\');
        let fits = path.starts_with('/') && !elsewhere && path.bytes().all(|b| b.is_ascii_graphic());
        if fits { path } else { "/".to_owned() }
    }

    #[cfg(test)]
    mod tests {
        use super::local;

        #[test]
        fn only_this_site_is_redirected_to() {
            assert_eq!(local("/labs/a?b=c#d".into()), "/labs/a?b=c#d");
            for elsewhere in [
                "",
                "//evil.example",
                "/\\evil.example",
                "https://evil.example",
                "/a\r\nSet-Cookie: b",
                "/\tx",
            ] {
                assert_eq!(local(elsewhere.into()), "/", "{elsewhere:?}");
            }
        }
    }
}

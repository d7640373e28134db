//! What is shown instead of a page.

use leptos::prelude::*;
use server_fn::ServerFn;

use crate::{
    actions::StartAsGuest,
    error::ApiError,
    model::Person,
    shell::{self, Page},
};

/// No such address.
#[component]
pub(super) fn NotFound() -> impl IntoView {
    shell::page(async { Err(ApiError::NotFound) })
}

/// The page for an error.
pub(crate) fn page(error: &ApiError, me: Option<&Person>) -> Page {
    let (title, text) = match error {
        ApiError::NotFound => ("Not here", "There is nothing at this address, or it is not yours to see."),
        ApiError::Forbidden => {
            ("Not yours to see", "You are signed in, but not as someone who may open this.")
        }
        ApiError::SignInNeeded => (
            "Who goes there?",
            "This page belongs to somebody. Sign in, join your workshop, or look around as a guest.",
        ),
        ApiError::TooMany { .. } => ("A little slower", "There were too many attempts from here."),
        ApiError::Invalid { .. } | ApiError::Conflict { .. } => ("That does not work just now", ""),
        ApiError::Internal | ApiError::Unreachable => (
            "Something went wrong",
            "It is our fault, it has been noted, and your work is kept. Please try again.",
        ),
    };
    let more =
        matches!(error, ApiError::Invalid { .. } | ApiError::Conflict { .. } | ApiError::TooMany { .. })
            .then(|| error.to_string());
    let ways = if *error == ApiError::SignInNeeded && me.is_none() {
        view! {
            <a class="button primary" href="/sign-in">"Sign in"</a>
            <a class="button secondary" href="/join">"Join with a code"</a>
            <form method="post" action=StartAsGuest::url()><button class="secondary">"Start as a guest"</button></form>
        }
        .into_any()
    } else {
        view! { <a class="button primary" href="/">"Back to the labs"</a> }.into_any()
    };
    Page::new(
        title,
        "narrow",
        view! {
            <div class="lost">
                <p class="lost-code">{error.status()}</p>
                <h1>{title}</h1>
                <p>{text} {more}</p>
                <div class="actions">{ways}</div>
            </div>
        },
    )
}

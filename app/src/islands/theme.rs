//! Light or dark: at once with a script, by a form without.

use leptos::prelude::*;
use server_fn::ServerFn;

use crate::{actions::SetTheme, ui::icon};

/// A button that turns the look over and has it remembered.
#[island]
pub fn ThemeToggle(
    /// Whether the page came dark; light or the system's look otherwise.
    dark: bool,
) -> impl IntoView {
    let turn = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        #[cfg(feature = "hydrate")]
        turn_over();
    };
    view! {
        <form method="post" action=SetTheme::url() on:submit=turn>
            <button class="quiet" name="theme" value=if dark { "light" } else { "dark" } title="Light or dark">
                {icon::half_moon()}
                <span class="aside-only">"Switch between light and dark"</span>
            </button>
        </form>
    }
}

#[cfg(feature = "hydrate")]
fn turn_over() {
    let Some(root) = document().document_element() else { return };
    let system_dark = window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    let dark = root.get_attribute("data-theme").map_or(system_dark, |theme| theme == "dark");
    let theme = if dark { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", theme);
    leptos::task::spawn_local(async move {
        // The page has turned already; not being remembered is no harm.
        let _ = super::call::post(SetTheme::PATH, &[("theme", theme)]).await;
    });
}

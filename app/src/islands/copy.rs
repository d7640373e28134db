//! Copies the text of an element of the page, shown or not.

use leptos::prelude::*;

use crate::ui::icon;

/// A button that copies what the element with the id `of` holds.
#[island]
pub fn CopyButton(
    /// The element's id.
    of: String,
    /// What is copied, for those who cannot see it.
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        copy_text(&of, copied);
        #[cfg(not(feature = "hydrate"))]
        let _ = (&of, copied);
    };
    view! {
        <button type="button" class="copy" data-copied=move || copied.get().to_string() on:click=copy>
            {icon::copy()}
            <span class="copy-word" aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
            <span class="aside-only">" " {what}</span>
        </button>
    }
}

/// Without a secure context or the permission there is no clipboard: then the text is selected, for the keyboard.
#[cfg(feature = "hydrate")]
fn copy_text(of: &str, copied: RwSignal<bool>) {
    let Some(element) = document().get_element_by_id(of) else { return };
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if !clipboard.is_ok_and(|clipboard| !clipboard.is_undefined()) {
        select(&element);
        return;
    }
    let written = navigator.clipboard().write_text(&element.text_content().unwrap_or_default());
    leptos::task::spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(written).await.is_err() {
            select(&element);
            return;
        }
        copied.set(true);
        set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
    });
}

#[cfg(feature = "hydrate")]
fn select(element: &web_sys::Element) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(element);
    }
}

//! A moment: in the visitor's own time zone with a script, in UTC (and labelled so) without.

use leptos::prelude::*;

use crate::ui::time::{iso, stamp};

/// When something was.
#[island]
pub fn Moment(
    /// Milliseconds since 1970.
    at_ms: i64,
) -> impl IntoView {
    let text = RwSignal::new(stamp(at_ms));
    // After the page's own text was taken over, which is UTC.
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| text.set(shown(at_ms)));
    view! { <time datetime=iso(at_ms)>{move || text.get()}</time> }
}

/// For text that is only ever shown by a script.
#[cfg(feature = "hydrate")]
pub(super) fn shown(at_ms: i64) -> String {
    let date = js_sys::Date::new(&iso(at_ms).into());
    js_sys::JSON::parse(r#"{"dateStyle":"medium","timeStyle":"short"}"#)
        .ok()
        .and_then(|options| date.to_locale_string("en-GB", &options).as_string())
        .unwrap_or_else(|| stamp(at_ms))
}

#[cfg(not(feature = "hydrate"))]
pub(super) fn shown(at_ms: i64) -> String {
    stamp(at_ms)
}

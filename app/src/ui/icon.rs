//! The few drawings there are, 20 by 20, in the colour of the text around them.

use leptos::prelude::*;

/// A stroked 20 by 20 drawing.
fn drawing(path: &'static str) -> impl IntoView + use<> {
    view! {
        <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

macro_rules! icons {
    ($($(#[$gate:meta])* $name:ident = $path:literal;)*) => {
        $($(#[$gate])* pub(crate) fn $name() -> impl IntoView { drawing($path) })*
    };
}

icons! {
    copy = "M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.500 7h7A1.500 1.500 0 0 1 13 8.500v7a1.500 1.500 0 0 1-1.500 1.500h-7A1.500 1.500 0 0 1 3 15.500v-7A1.500 1.500 0 0 1 4.500 7z";
    half_moon = "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14";
    arrow = "M4 10h12M11 5l5 5-5 5";
    outward = "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7";
    #[cfg(feature = "ssr")] back = "M16 10H4M9 5l-5 5 5 5";
    #[cfg(feature = "ssr")] download = "M10 3v10M6 9.500l4 4 4-4M4 17h12";
    #[cfg(feature = "ssr")] key = "M12.500 3a4.500 4.500 0 1 1-3.700 7.060L3 16v1h3v-2h2v-2h1.500M13.500 6.500h.01";
    #[cfg(feature = "ssr")] bulb = "M7.500 15h5M8.500 17.500h3M10 2.500a5 5 0 0 0-3 9c.6.5 1 1.200 1 2h4c0-.8.4-1.500 1-2a5 5 0 0 0-3-9z";
    #[cfg(feature = "ssr")] look = "M2 10s3-5.500 8-5.500S18 10 18 10s-3 5.500-8 5.500S2 10 2 10zM10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z";
    #[cfg(feature = "ssr")] note = "M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM10 9v5M10 6.200h.01";
    #[cfg(feature = "ssr")] warning = "M10 3l8 14H2zM10 8v4M10 14.500h.01";
}

/// The circle that shows where a check or a step stands: empty, turning, ticked, crossed or asking. All of its
/// strokes are always there; the style sheet draws those that belong to the `data-is` of an ancestor, so that a
/// change is seen to happen.
pub(crate) fn mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <circle class="mark-rim" cx="12" cy="12" r="10" />
            <circle class="mark-turn" cx="12" cy="12" r="10" pathLength="100" />
            <circle class="mark-fill" cx="12" cy="12" r="11" />
            <path class="mark-tick" pathLength="100" d="M7 12.500l3.500 3.500L17 9" />
            <path class="mark-cross" pathLength="100" d="M8.500 8.500l7 7M15.500 8.500l-7 7" />
            <path class="mark-ask" d="M9.700 9.500a2.400 2.400 0 1 1 3.500 2.100c-.8.4-1.200.9-1.200 1.700M12 16.300h.01" />
        </svg>
    }
}

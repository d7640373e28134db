//! Pieces without data access, shared by pages and islands.

pub(crate) mod icon;
#[cfg(feature = "ssr")]
pub(crate) mod piece;
pub(crate) mod stack;
pub(crate) mod time;
pub(crate) mod verdict;

/// A `textarea`'s first text. Leptos writes the children of this element as they are, so they are escaped here; and a
/// browser drops the first line break.
#[cfg(feature = "desk")]
pub(crate) fn in_textarea(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
}

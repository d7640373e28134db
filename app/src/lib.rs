//! The Leptos user interface: complete pages without JavaScript, islands that make them live.
//!
//! It owns the port it needs ([`api`]) and knows neither the server nor any cloud. Pages exist only in the server's
//! half (`ssr`); the browser's half (`hydrate`) holds the islands and the server functions they call.
#![recursion_limit = "256"]
#![expect(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "components and islands are public functions that take their properties by value; the macros write them so"
)]

mod actions;
#[cfg(feature = "ssr")]
pub mod api;
pub mod error;
pub mod islands;
pub mod model;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod shell;
mod ui;

#[cfg(feature = "ssr")]
pub use pages::App;
#[cfg(feature = "ssr")]
pub use shell::{Assets, STYLE, Scripts, Typed};

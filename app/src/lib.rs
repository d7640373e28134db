//! The Leptos user interface: complete pages without JavaScript, islands that make them live.
//!
//! It owns the port it needs ([`api`]) and knows neither the server nor any cloud.

#[cfg(feature = "ssr")]
pub mod api;
pub mod error;
pub mod model;

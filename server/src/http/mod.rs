//! The way in: routes, and what every request passes on its way to them.

pub mod client;
pub mod csrf;
pub mod error;
pub mod headers;
pub mod health;
pub mod pages;
pub mod router;

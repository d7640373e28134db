//! The way in: routes, and what every request passes on its way to them.

pub mod client;
pub mod csrf;
pub mod error;
pub mod export;
pub mod files;
pub mod headers;
pub mod health;
pub mod live;
pub mod pages;
pub mod router;
mod typed;

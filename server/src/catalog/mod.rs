//! Lab content: files to typed labs, every error kept with its file and line.
//!
//! Parsing is pure, over the contents of a folder; reading the folder is `load`'s. Not here: what a check means (`check`),
//! and how a page looks (`app`).

pub mod check;
pub mod lab;
pub mod values;

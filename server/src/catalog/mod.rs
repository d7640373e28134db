//! Lab content: files to typed labs, every error kept with its file and line.
//!
//! Parsing is pure, over the contents of a folder; reading the folder is `load`'s. Not here: what a check means (`check`),
//! and how a page looks (`app`).

pub mod check;
mod fault;
pub mod lab;
mod load;
mod parse;
mod schema;
pub mod stack;
pub mod text;
pub mod values;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use load::{Catalog, load};
pub use parse::{Folder, parse};

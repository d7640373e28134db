//! Pieces without data access, shared by pages and islands.

pub(crate) mod icon;
#[cfg(feature = "ssr")]
pub(crate) mod piece;
pub(crate) mod time;
pub(crate) mod verdict;

//! The vocabulary every service shares. Imports nothing of the rest of the crate.

pub mod arn;
pub mod fault;
pub mod id;
pub mod page;
pub mod region;
pub mod schedule;
pub mod secret;
pub mod tag;
pub mod time;
pub mod tree;

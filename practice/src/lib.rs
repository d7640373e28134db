//! The practice cloud: AWS as far as a student of Amazon ECS meets it, as a pure library. No clock, no random
//! numbers, no I/O: time and entropy arrive as arguments, so a world is the fold of the commands applied to it.
//!
//! The order of imports is `core → model → world → ops | reconcile | network | images → services → engine → lib`.

pub mod core;
pub mod engine;
pub mod form;
pub mod images;
pub mod network;
pub mod operation;
pub mod resource;
pub mod services;
pub mod wire;
pub mod world;

mod command;
mod coverage;
#[cfg(test)]
mod testing;

pub use command::{Auth, Command, Outcome, Refused, Understood, answer, apply, understand};
pub use core::fault::Fault;
pub use core::time::Time;
pub use coverage::{Coverage, coverage};
pub use engine::{catch_up, catch_up_wholly, next_event};
pub use services::iam::credentials::{AccessKey, account_of};
pub use wire::answer::HttpAnswer;
pub use wire::request::HttpRequest;
pub use world::World;

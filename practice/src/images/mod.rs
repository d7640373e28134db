//! The images of the simulated registries, and what a container of one does: decided by the image and by the
//! container definition's entry point, command and environment, never by its name.

use std::collections::BTreeMap;

mod catalogue;
mod pages;
mod program;
mod reference;
mod shell;
pub(crate) mod sock_shop;

/// The client of MySQL, as command lines call it.
pub(crate) mod client {
    pub(crate) use super::shell::{UNANSWERED, login, option};
}

pub use catalogue::{Image, find, why_not};
pub use program::{Change, Demand, Listener, MAX_TEXT, Piece, Program, Serves, Write};
pub(crate) use reference::Reference;

/// What decides how a container behaves.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Its image.
    pub image: Image,
    /// Entry point of the container definition; empty for the image's own.
    pub entry_point: &'a [String],
    /// Command of the container definition; empty for the image's own.
    pub command: &'a [String],
    /// Environment of the container definition.
    pub environment: &'a BTreeMap<String, String>,
    /// What the container may use at most, in MiB.
    pub memory_mib: Option<i64>,
    /// What the database said that it loads a dump into, once it was asked; empty when all went well.
    pub loaded: Option<&'a str>,
}

/// What a container does once its image is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Docker cannot start it; the daemon's words.
    CannotStart(String),
    /// Its program ends by itself.
    Exits {
        /// Exit code.
        code: i32,
        /// Milliseconds after its start.
        after_ms: i64,
        /// Whether the kernel ended it because it used too much memory.
        out_of_memory: bool,
    },
    /// It keeps running.
    Runs(Program),
}

/// From when on, in milliseconds after the container's start, a health check (`CMD`, `CMD-SHELL` and the rest) passes
/// in it; None when it never does.
pub fn passes_from(start: &Start<'_>, check: &[String]) -> Option<i64> {
    program::passes_from(start, check)
}

/// What a container writes to its standard output, line by line; for a loop that never ends, its first round.
pub fn says(start: &Start<'_>) -> Vec<Vec<Piece>> {
    program::says(start)
}

/// The database that a container loads the dump of its image into, if it does.
pub(crate) fn loads(start: &Start<'_>) -> Option<sock_shop::Login> {
    program::loads(start)
}

/// The files that a container's program writes, in order, whether it ends or not.
pub fn writes(start: &Start<'_>) -> Vec<Write> {
    program::writes(start)
}

/// What a container's program takes of its host for ever.
pub fn demand(start: &Start<'_>) -> Demand {
    program::demand(start)
}

/// What a container does.
pub fn behaviour(start: &Start<'_>) -> Behaviour {
    program::of(start)
}

//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

pub(super) mod configurations;
pub(super) mod describe;
pub(super) mod filter;
pub(super) mod groups;
pub(super) mod hooks;
pub(super) mod instances;
pub(super) mod policies;
pub(super) mod processes;
pub(super) mod scheduled;
pub(super) mod sizes;
pub(super) mod tags;
pub(super) mod traffic;

//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

pub(super) mod instances;
pub(super) mod snapshots;
pub(super) mod subnet_groups;
pub(super) mod tags;

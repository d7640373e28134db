//! The operations, one file per noun.
#![expect(clippy::needless_pass_by_value, reason = "a handler owns its input, whether it uses it up or not")]

pub(super) mod certificates;
pub(crate) mod checks;
pub(super) mod limits;
pub(super) mod listener_attributes;
pub(super) mod listeners;
pub(super) mod load_balancers;
pub(super) mod rules;
pub(super) mod settings;
pub(super) mod tags;
pub(super) mod target_groups;
pub(super) mod targets;

//! CloudFormation's operations.
#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the shape of a handler")]
#![expect(clippy::struct_field_names, reason = "the names are the wire's")]

pub(super) mod change_sets;
pub(super) mod declare;
pub(super) mod describe;
pub(super) mod drift;
pub(super) mod exports;
pub(super) mod signal;
pub(super) mod stacks;
pub(super) mod templates;
pub(super) mod undo;

//! CloudFormation's operations.

pub(super) mod change_sets;
pub(super) mod declare;
pub(super) mod describe;
pub(super) mod drift;
pub(super) mod exports;
pub(super) mod signal;
pub(super) mod stacks;
pub(super) mod templates;
pub(super) mod undo;

//! Amazon CloudWatch Logs.
#![expect(dead_code, reason = "the operations follow")]

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;
mod names;
mod write;

pub use write::{append, create_group, has_group};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service { name: "logs", protocol: PROTOCOL, operations: Vec::new(), next_due: never, reconcile: nothing }
}

//! AWS Secrets Manager.
#![expect(dead_code, reason = "the operations follow")]

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod value;

pub use value::{Reference, value};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "secretsmanager",
        protocol: PROTOCOL,
        operations: Vec::new(),
        next_due: never,
        reconcile: nothing,
    }
}

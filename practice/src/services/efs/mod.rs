//! Amazon Elastic File System.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "elasticfilesystem",
        protocol: PROTOCOL,
        operations: Vec::new(),
        next_due: never,
        reconcile: nothing,
    }
}

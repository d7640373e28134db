//! Amazon Elastic File System.
#![expect(dead_code, reason = "the operations follow")]

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;
mod mount;

pub use mount::{Client, mountable};

const PROTOCOL: Protocol = Protocol::RestJson;

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

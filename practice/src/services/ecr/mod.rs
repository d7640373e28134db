//! Amazon Elastic Container Registry.
#![expect(dead_code, reason = "the operations follow")]

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

mod built_in;
pub mod model;
mod pull;

pub use pull::{PullError, find, registry_of};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service { name: "ecr", protocol: PROTOCOL, operations: Vec::new(), next_due: never, reconcile: nothing }
}

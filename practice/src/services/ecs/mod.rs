//! Amazon Elastic Container Service.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod agent;
pub mod model;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service { name: "ecs", protocol: PROTOCOL, operations: vec![], next_due: never, reconcile: nothing }
}

//! Application Auto Scaling.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "application-autoscaling",
        protocol: PROTOCOL,
        operations: Vec::new(),
        next_due: never,
        reconcile: nothing,
    }
}

//! AWS Systems Manager: the public parameters.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service { name: "ssm", protocol: PROTOCOL, operations: vec![], next_due: never, reconcile: nothing }
}

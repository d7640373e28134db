//! Amazon EC2 Auto Scaling: launch configurations and groups.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol = Protocol::Query { namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "autoscaling",
        protocol: PROTOCOL,
        operations: vec![],
        next_due: never,
        reconcile: nothing,
    }
}

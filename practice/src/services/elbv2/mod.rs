//! Elastic Load Balancing: application and network load balancers.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol =
    Protocol::Query { namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "elasticloadbalancing",
        protocol: PROTOCOL,
        operations: Vec::new(),
        next_due: never,
        reconcile: nothing,
    }
}

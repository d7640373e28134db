//! AWS Certificate Manager.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service { name: "acm", protocol: PROTOCOL, operations: Vec::new(), next_due: never, reconcile: nothing }
}

/// Whether a certificate can be used; None when there is none of that ARN.
pub(crate) fn is_issued(_: &crate::world::View<'_>, _: &str) -> Option<bool> {
    None
}

//! Amazon Elastic Compute Cloud: networks, images, instances.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

pub mod model;

const PROTOCOL: Protocol = Protocol::Ec2 { namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" };

/// The operation table.
pub fn service() -> Service {
    Service { name: "ec2", protocol: PROTOCOL, operations: vec![], next_due: never, reconcile: nothing }
}

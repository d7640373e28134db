//! Amazon Elastic Compute Cloud: networks, images, instances.

use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;

mod cidr;
pub(crate) mod images;
pub(crate) mod instance;
pub(crate) mod instance_types;
pub(crate) mod launch;
pub mod model;
pub(crate) mod template;
pub(crate) mod user_data;
pub(crate) mod zones;

const PROTOCOL: Protocol = Protocol::Ec2 { namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" };

/// The operation table.
pub fn service() -> Service {
    Service { name: "ec2", protocol: PROTOCOL, operations: vec![], next_due: never, reconcile: nothing }
}

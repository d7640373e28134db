//! AWS Cloud Map: namespaces, services in them, instances of those. What it looks like inside a VPC is in
//! [`registry`]: ECS registers its tasks there, and names resolve there. Not here: Route 53 health checks (an instance
//! of a public namespace counts as healthy), shared namespaces, names resolved from the internet.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod ops;
mod reconcile;
pub mod registry;
mod resource;
mod shapes;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    use ops::{discover, instances, namespaces, operations, services, tags};
    Service {
        name: "servicediscovery",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "CreateHttpNamespace", namespaces::create_http),
            write(PROTOCOL, "CreatePrivateDnsNamespace", namespaces::create_private),
            write(PROTOCOL, "CreatePublicDnsNamespace", namespaces::create_public),
            write(PROTOCOL, "CreateService", services::create),
            write(PROTOCOL, "DeleteNamespace", namespaces::delete),
            write(PROTOCOL, "DeleteService", services::delete),
            write(PROTOCOL, "DeleteServiceAttributes", services::delete_attributes),
            write(PROTOCOL, "DeregisterInstance", instances::deregister),
            read(PROTOCOL, "DiscoverInstances", discover::instances),
            read(PROTOCOL, "DiscoverInstancesRevision", discover::revision),
            read(PROTOCOL, "GetInstance", instances::get),
            read(PROTOCOL, "GetInstancesHealthStatus", instances::health),
            read(PROTOCOL, "GetNamespace", namespaces::get),
            read(PROTOCOL, "GetOperation", operations::get),
            read(PROTOCOL, "GetService", services::get),
            read(PROTOCOL, "GetServiceAttributes", services::attributes),
            read(PROTOCOL, "ListInstances", instances::list),
            read(PROTOCOL, "ListNamespaces", namespaces::list),
            read(PROTOCOL, "ListOperations", operations::list),
            read(PROTOCOL, "ListServices", services::list),
            read(PROTOCOL, "ListTagsForResource", tags::list),
            write(PROTOCOL, "RegisterInstance", instances::register),
            write(PROTOCOL, "TagResource", tags::tag),
            write(PROTOCOL, "UntagResource", tags::untag),
            write(PROTOCOL, "UpdateHttpNamespace", namespaces::update_http),
            write(PROTOCOL, "UpdateInstanceCustomHealthStatus", instances::set_health),
            write(PROTOCOL, "UpdatePrivateDnsNamespace", namespaces::update_private),
            write(PROTOCOL, "UpdatePublicDnsNamespace", namespaces::update_public),
            write(PROTOCOL, "UpdateService", services::update),
            write(PROTOCOL, "UpdateServiceAttributes", services::update_attributes),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

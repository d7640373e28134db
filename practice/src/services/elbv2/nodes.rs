//! The nodes of a load balancer: an interface in each of its subnets, which AWS makes and removes.

use super::model::{Kind, LoadBalancer, Node};
use crate::services::ec2::managed::{self, Wanted};
use crate::services::ec2::model::AddressAssociation;
use crate::world::Scope;

/// Makes the interfaces that are missing. Whether there is room was checked before.
pub(super) fn open(scope: &mut Scope<'_>, lb: &mut LoadBalancer) {
    let description = format!("ELB {}", lb.path());
    let kind = match lb.kind {
        Kind::Application => "interface",
        Kind::Network => "network_load_balancer",
    };
    for node in lb.zones.iter_mut().filter(|node| node.interface.is_none()) {
        let wanted = Wanted {
            subnet_id: &node.subnet_id,
            security_groups: &lb.security_groups,
            description: description.clone(),
            kind,
            public: lb.internet_facing && node.allocation_id.is_none(),
            instance_id: None,
        };
        let Some(made) = managed::attach(scope, &wanted) else { continue };
        if let Some(ip) = node.private_ip.as_ref().and_then(|ip| ip.parse().ok())
            && let Some(interface) = scope.region.ec2.interfaces.get_mut(&made.id)
        {
            interface.private_ip = ip;
        }
        if let Some(allocation) = &node.allocation_id {
            let id = scope.region.ids.resource("eipassoc");
            if let Some(address) = scope.region.ec2.addresses.get_mut(allocation) {
                let interface_id = made.id.clone();
                address.association = Some(AddressAssociation { id, interface_id, instance_id: None });
            }
        }
        node.interface = Some(made.id);
    }
}

/// Removes the interface of a node.
pub(super) fn close(scope: &mut Scope<'_>, node: &Node) {
    if let Some(id) = &node.interface {
        managed::release(scope, id);
    }
}

/// Puts the security groups of a load balancer on its interfaces.
pub(super) fn regroup(scope: &mut Scope<'_>, lb: &LoadBalancer) {
    for id in lb.zones.iter().filter_map(|node| node.interface.as_ref()) {
        if let Some(interface) = scope.region.ec2.interfaces.get_mut(id) {
            interface.security_groups.clone_from(&lb.security_groups);
        }
    }
}

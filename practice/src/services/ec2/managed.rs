//! Network interfaces that AWS services make and remove for what they run: tasks, load balancers, NAT gateways, mount
//! targets, endpoints. Follows "Requester-managed network interfaces" (Amazon EC2 User Guide): they are seen like any
//! other, count in their subnet, and hold their subnet and security groups.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::launch::free_address;
use super::lifecycle::draw_public_ip;
use super::model::Interface;
use crate::core::time::Time;
use crate::world::Scope;

/// What an interface of [`Interface`] has when a service made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Managed {
    /// `interfaceType`: `interface`, `nat_gateway`, `network_load_balancer`, `vpc_endpoint`, ...
    pub(crate) kind: String,
    /// Its public address, given for its lifetime. An Elastic IP address is associated instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) public_ip: Option<Ipv4Addr>,
    /// The EC2 instance it is attached to, when it is one of the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_id: Option<String>,
    /// When it was attached.
    pub(crate) attached_at: Time,
}

/// An interface to be made.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// `subnet-...`
    pub(crate) subnet_id: &'a str,
    /// Ids.
    pub(crate) security_groups: &'a [String],
    /// As `DescribeNetworkInterfaces` shows it.
    pub(crate) description: String,
    /// See [`Managed::kind`].
    pub(crate) kind: &'a str,
    /// Whether it gets a public address.
    pub(crate) public: bool,
    /// See [`Managed::instance_id`].
    pub(crate) instance_id: Option<String>,
}

/// Makes an interface with an address of its subnet, attached from now on. None when the subnet is gone or full.
pub(crate) fn attach(scope: &mut Scope<'_>, wanted: &Wanted<'_>) -> Option<Interface> {
    let subnet = scope.region.ec2.subnet(wanted.subnet_id)?.clone();
    let private_ip = free_address(scope, &subnet)?;
    let public_ip = wanted.public.then(|| draw_public_ip(scope.region));
    let interface = Interface {
        id: scope.region.ids.resource("eni"),
        subnet_id: subnet.id,
        private_ip,
        security_groups: wanted.security_groups.to_vec(),
        description: wanted.description.clone(),
        managed: Some(Managed {
            kind: wanted.kind.to_owned(),
            public_ip,
            instance_id: wanted.instance_id.clone(),
            attached_at: scope.now,
        }),
    };
    scope.region.ec2.interfaces.insert(interface.id.clone(), interface.clone());
    Some(interface)
}

/// Removes such an interface and what belongs to it. Nothing happens when it is gone already.
pub(crate) fn release(scope: &mut Scope<'_>, id: &str) {
    let model = &mut scope.region.ec2;
    if model.interfaces.get(id).is_none_or(|interface| interface.managed.is_none()) {
        return;
    }
    model.interfaces.remove(id);
    model.tags.remove(id);
    for address in model.addresses.values_mut() {
        address.association.take_if(|a| a.interface_id == id);
    }
}

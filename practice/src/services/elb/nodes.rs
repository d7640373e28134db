//! The nodes of a classic load balancer: subnets and security groups, checked, and an interface in each subnet.

use super::fault::{configuration, validation};
use super::model::{Balancer, Node};
use crate::core::fault::Fault;
use crate::services::ec2::managed::{self, Wanted};
use crate::services::ec2::model::Subnet;
use crate::world::{Scope, View};

/// Security groups of one load balancer; AWS's quota per interface.
const MAX_GROUPS: usize = 5;

/// One node for each subnet, and their VPC.
pub(super) fn of_subnets(view: &View<'_>, ids: &[String]) -> Result<(String, Vec<Node>), Fault> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut vpc = String::new();
    for id in ids {
        let shown: String = id.chars().take(64).collect();
        let missing = || {
            Fault::new(
                "SubnetNotFound",
                format!("The requested configuration cannot be satisfied: subnet {shown} does not exist"),
            )
        };
        let subnet: &Subnet = view.region.ec2.subnet(id).ok_or_else(missing)?;
        if !vpc.is_empty() && subnet.vpc_id != vpc {
            return Err(configuration("All subnets must belong to the same VPC"));
        }
        if nodes.iter().any(|node| node.zone == subnet.zone) {
            return Err(configuration("ELB cannot be attached to multiple subnets in the same AZ."));
        }
        vpc.clone_from(&subnet.vpc_id);
        nodes.push(Node { zone: subnet.zone.clone(), subnet_id: subnet.id.clone(), interface: None });
    }
    nodes.sort_by(|a, b| a.zone.cmp(&b.zone));
    Ok((vpc, nodes))
}

/// The default subnets of Availability Zones.
pub(super) fn in_zones(view: &View<'_>, zones: &[String]) -> Result<Vec<String>, Fault> {
    let find = |zone: &String| {
        let found =
            view.region.ec2.subnets.values().find(|subnet| subnet.default_for_az && subnet.zone == *zone);
        let shown: String = zone.chars().take(64).collect();
        found.map(|subnet| subnet.id.clone()).ok_or_else(|| {
            validation(format!("There is no default subnet in Availability Zone {shown}: specify subnets"))
        })
    };
    zones.iter().map(find).collect()
}

/// Security groups of the VPC; its default one when none is given.
pub(super) fn groups(view: &View<'_>, vpc: &str, given: &[String]) -> Result<Vec<String>, Fault> {
    let ec2 = &view.region.ec2;
    if given.len() > MAX_GROUPS {
        return Err(configuration("You cannot specify more than 5 security groups"));
    }
    for id in given {
        if ec2.security_group(id).is_none_or(|group| group.vpc_id != vpc) {
            return Err(Fault::new(
                "InvalidSecurityGroup",
                "One or more of the specified security groups do not exist.",
            ));
        }
    }
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    Ok(ec2.security_group_named(vpc, "default").map(|group| group.id.clone()).into_iter().collect())
}

/// Makes the interfaces that are missing.
pub(super) fn open(scope: &mut Scope<'_>, balancer: &mut Balancer) {
    for node in balancer.nodes.iter_mut().filter(|node| node.interface.is_none()) {
        let wanted = Wanted {
            subnet_id: &node.subnet_id,
            security_groups: &balancer.security_groups,
            description: format!("ELB {}", balancer.name),
            kind: "interface",
            public: balancer.internet_facing,
            instance_id: None,
        };
        node.interface = managed::attach(scope, &wanted).map(|made| made.id);
    }
}

/// Removes the interfaces of nodes.
pub(super) fn close<'n>(scope: &mut Scope<'_>, nodes: impl IntoIterator<Item = &'n Node>) {
    for id in nodes.into_iter().filter_map(|node| node.interface.as_ref()) {
        managed::release(scope, id);
    }
}

//! What the health checks find.

use std::net::Ipv4Addr;

use super::model::{Target, TargetGroup, TargetType};
use crate::world::View;

/// The zone of a target, where it has one.
pub(super) fn zone_of(view: &View<'_>, group: &TargetGroup, target: &Target) -> Option<String> {
    let ec2 = &view.region.ec2;
    let subnet = match group.target_type {
        TargetType::Instance => ec2.subnet(&ec2.instance(&target.id)?.subnet_id),
        TargetType::Ip => {
            let ip: Ipv4Addr = target.id.parse().ok()?;
            ec2.subnets.values().find(|subnet| subnet.vpc_id == group.vpc_id && subnet.cidr.holds(ip))
        }
        TargetType::Alb => None,
    };
    subnet.map(|subnet| subnet.zone.clone())
}

/// Whether a load balancer of the group has the zone of a target.
pub(super) fn zone_enabled(view: &View<'_>, group: &TargetGroup, target: &Target) -> bool {
    let Some(zone) = zone_of(view, group, target) else { return true };
    view.region.elbv2.load_balancers_of(&group.arn).any(|lb| lb.zones.iter().any(|node| node.zone == zone))
}

//! Puts instances in service behind the load balancers of their group, and takes them away before they go. What a user
//! registers or deregisters by hand stays so.

use super::model::{Group, Lifecycle};
use crate::services::elbv2::targets;
use crate::world::{Scope, View};

/// Registers and deregisters what has come and gone; true when that was anything.
pub(super) fn step(scope: &mut Scope<'_>, group: &mut Group) -> bool {
    let mut changed = false;
    for member in group.members.values_mut() {
        let serves = member.lifecycle == Lifecycle::InService && !group.deleting;
        let wanted = if serves { group.target_groups.as_slice() } else { &[] };
        if member.registered == wanted {
            continue;
        }
        changed = true;
        let port =
            |scope: &Scope<'_>, arn: &String| scope.region.elbv2.target_groups.get(arn).map(|g| g.port);
        for arn in member.registered.iter().filter(|arn| !wanted.contains(arn)) {
            if let Some(port) = port(scope, arn) {
                // It is there, as its port was just looked up.
                let _ = targets::deregister(scope, arn, &member.instance_id, port);
            }
        }
        for arn in wanted.iter().filter(|arn| !member.registered.contains(arn)) {
            if let Some(port) = port(scope, arn) {
                // A full group stays as it is, as on AWS.
                let _ = targets::register(scope, arn, &member.instance_id, port);
            }
        }
        member.registered = wanted.to_vec();
    }
    changed
}

/// The instances in service that groups put behind the classic load balancer of that name, by id.
pub fn instances_behind(view: &View<'_>, load_balancer: &str) -> Vec<String> {
    let groups = view.region.autoscaling.groups.values();
    let behind = groups.filter(|group| group.load_balancers.iter().any(|name| name == load_balancer));
    let members = behind.flat_map(|group| group.members.values());
    let serving = members.filter(|member| member.lifecycle == Lifecycle::InService);
    serving.map(|member| member.instance_id.clone()).collect()
}

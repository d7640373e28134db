//! A task's own network interface: made, attached, removed. Follows "Task networking with the awsvpc network mode".

use super::{enter, over};
use crate::services::ec2::managed;
use crate::services::ecs::model::{Eni, Launch, Phase, Stop, StopCode};
use crate::world::Scope;

/// From the making of an interface until it is attached to its container instance.
const INTERFACE_MS: i64 = 6_000;

/// The same on Fargate, where there is a host to be found.
const FARGATE_HOST_MS: i64 = 12_000;

/// Makes the task's own interface.
pub(super) fn attach(scope: &mut Scope<'_>, cluster_name: &str, id: &str, subnet: &str) {
    let attachment = scope.region.ids.uuid();
    let found = scope.region.ecs.clusters.get(cluster_name).and_then(|c| Some((c, c.tasks.get(id)?)));
    let Some((cluster, task)) = found else { return };
    let Some(network) = task.network.clone() else { return };
    let host = cluster.instances.get(&task.instance).map(|host| host.ec2_instance.clone());
    let ec2 = &scope.region.ec2;
    let mut groups = network.security_groups;
    if groups.is_empty() {
        let vpc = ec2.subnet(subnet).map(|subnet| subnet.vpc_id.as_str()).unwrap_or_default();
        groups.extend(ec2.security_group_named(vpc, "default").map(|group| group.id.clone()));
    }
    let fargate = task.launch == Launch::Fargate;
    let description = scope.arn("ecs", &format!("attachment/{attachment}"));
    let wanted = managed::Wanted {
        subnet_id: subnet,
        security_groups: &groups,
        description,
        kind: "interface",
        public: network.public,
        instance_id: host.filter(|_| !fargate),
    };
    let made = managed::attach(scope, &wanted);
    let zone = scope.region.ec2.subnet(subnet).map(|subnet| subnet.zone.clone()).unwrap_or_default();
    let (now, settings) = (scope.now, scope.settings);
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster_name) else { return };
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    task.version += 1;
    let Some(made) = made else {
        let public = if network.public { "enabled" } else { "disabled" };
        let reason = format!(
            "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment {public} in subnet '{subnet}': InsufficientFreeAddressesInSubnet"
        );
        let stop = Stop { at: now, code: StopCode::TaskFailedToStart, reason };
        over(cluster, id, stop, &[], None, (settings, now));
        return;
    };
    task.zone = zone;
    task.eni = Some(Eni {
        attachment,
        subnet: subnet.to_owned(),
        interface: Some(made.id),
        private_ip: Some(made.private_ip),
        deleted: false,
    });
    enter(task, Phase::Provisioning, if fargate { FARGATE_HOST_MS } else { INTERFACE_MS }, settings, now);
}

/// Removes the task's interface: it is `STOPPED` then.
pub(super) fn detach(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
    let now = scope.now;
    let model = &mut scope.region.ecs;
    let Some(task) = model.clusters.get_mut(cluster_name).and_then(|c| c.tasks.get_mut(id)) else { return };
    task.version += 1;
    task.next_step = None;
    task.phase = Phase::Stopped;
    task.stopped_at = Some(now);
    let interface = task.eni.as_mut().and_then(|eni| {
        eni.deleted = true;
        eni.interface.clone()
    });
    if let Some(interface) = interface {
        managed::release(scope, &interface);
    }
}

//! Database instances become available and go; snapshots are finished.

use super::model::Phase;
use crate::core::time::Time;
use crate::services::ec2::managed::{self, Wanted};
use crate::world::{Scope, View};

/// The next moment something happens by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let model = &view.region.rds;
    let instances = model.instances.values().filter_map(|one| one.phase.due());
    instances.chain(model.snapshots.values().filter_map(|one| one.ready_at)).min()
}

/// Lets happen what is due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let mut changed = false;
    for snapshot in scope.region.rds.snapshots.values_mut() {
        changed |= snapshot.ready_at.take_if(|at| *at <= now).is_some();
    }
    let due = |phase: Phase| phase.due().is_some_and(|at| at <= now);
    let ids: Vec<String> =
        scope.region.rds.instances.values().filter(|one| due(one.phase)).map(|one| one.id.clone()).collect();
    for id in &ids {
        advance(scope, id);
    }
    changed || !ids.is_empty()
}

fn advance(scope: &mut Scope<'_>, id: &str) {
    let Some(mut one) = scope.region.rds.instances.remove(id) else { return };
    match one.phase {
        Phase::Deleting(_) => {
            if let Some(interface) = &one.interface {
                managed::release(scope, interface);
            }
            return;
        }
        Phase::Creating(_) => {
            let group = scope.region.rds.subnet_groups.get(&one.subnet_group);
            let ec2 = &scope.region.ec2;
            let in_zone = |id: &&String| ec2.subnet(id).is_some_and(|subnet| subnet.zone == one.zone);
            let subnet = group.and_then(|group| group.subnets.iter().find(in_zone)).cloned();
            if let Some(subnet_id) = subnet {
                let wanted = Wanted {
                    subnet_id: &subnet_id,
                    security_groups: &one.security_groups,
                    description: "RDSNetworkInterface".to_owned(),
                    kind: "interface",
                    public: one.public,
                    instance_id: None,
                };
                one.interface = managed::attach(scope, &wanted).map(|made| made.id);
            }
            one.created_at = scope.now;
            one.phase = Phase::Available;
        }
        Phase::Modifying(_) | Phase::Available => one.phase = Phase::Available,
    }
    scope.region.rds.instances.insert(id.to_owned(), one);
}

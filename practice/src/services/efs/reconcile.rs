//! What becomes available, and what goes.

use super::model::Life;
use crate::core::time::Time;
use crate::services::ec2::managed::release;
use crate::world::{Scope, View};

fn due(life: Life) -> Option<Time> {
    match life {
        Life::Creating(at) | Life::Deleting(at) => Some(at),
        Life::Available => None,
    }
}

/// Every life of the region.
fn lives<'w>(view: &View<'w>) -> impl Iterator<Item = Life> + 'w {
    let efs = &view.region.efs;
    let systems = efs.file_systems.values().map(|kept| kept.life);
    let targets = efs.mount_targets.values().map(|target| target.life);
    systems.chain(targets).chain(efs.access_points.values().map(|point| point.life))
}

pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    lives(view).filter_map(due).min()
}

/// Lets a life go on; None when it has ended.
fn onward(life: Life, now: Time) -> Option<Life> {
    match life {
        Life::Creating(at) if at <= now => Some(Life::Available),
        Life::Deleting(at) if at <= now => None,
        other => Some(other),
    }
}

pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    if next_due(&scope.view()).is_none_or(|due| due > now) {
        return false;
    }
    let efs = &mut scope.region.efs;
    let step = |life: &mut Life| {
        let next = onward(*life, now);
        *life = next.unwrap_or(*life);
        next.is_some()
    };
    efs.file_systems.retain(|_, kept| step(&mut kept.life));
    efs.access_points.retain(|_, point| step(&mut point.life));
    let mut gone = Vec::new();
    efs.mount_targets.retain(|_, target| {
        let stays = step(&mut target.life);
        if !stays {
            gone.push(target.interface_id.clone());
        }
        stays
    });
    for interface in gone {
        release(scope, &interface);
    }
    true
}

//! Load balancers become active, drained targets go, health checks show.

use super::health;
use super::model::Model;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// The next moment something happens by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let model = &view.region.elbv2;
    let active = model.load_balancers.values().filter_map(|lb| lb.active_at);
    let targets = model.target_groups.values().flat_map(|group| group.targets.values());
    active.chain(targets.filter_map(|target| target.drained_at)).chain(health::next_due(view)).min()
}

/// Lets happen what is due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let model = &mut scope.region.elbv2;
    let changed = activate(model, now) | drain(model, now);
    changed | health::reconcile(scope)
}

fn activate(model: &mut Model, now: Time) -> bool {
    let mut changed = false;
    for lb in model.load_balancers.values_mut() {
        changed |= lb.active_at.take_if(|at| *at <= now).is_some();
    }
    changed
}

fn drain(model: &mut Model, now: Time) -> bool {
    let mut changed = false;
    for group in model.target_groups.values_mut() {
        let before = group.targets.len();
        group.targets.retain(|_, target| target.drained_at.is_none_or(|at| at > now));
        changed |= group.targets.len() < before;
    }
    changed
}

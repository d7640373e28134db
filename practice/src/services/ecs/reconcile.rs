//! What happens by itself: agents first, then tasks, then services, so that each sees what the one before it did.

use super::{agent, external, readiness, scaling, services, tasks};
use crate::core::time::Time;
use crate::world::{Scope, View};

/// The next moment at which something is due.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let all = [
        agent::next_due(view),
        scaling::next_due(view),
        tasks::next_due(view),
        readiness::next_due(view),
        services::next_due(view),
    ];
    all.into_iter().flatten().min()
}

/// Takes every step that is due. True when anything changed.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let agents = agent::reconcile(scope) | external::reconcile(scope);
    let tasks = tasks::reconcile(scope);
    let ready = readiness::reconcile(scope);
    let services = services::reconcile(scope);
    let capacity = scaling::reconcile(scope);
    capacity || agents || tasks || ready || services
}

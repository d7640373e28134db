//! Operations that are done.

use super::model::Operation;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// The next operation to be done.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let operations = view.region.servicediscovery.operations.values();
    operations.filter(|operation| !operation.done).map(|operation| operation.done_at).min()
}

/// Ends the operations that are due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let (now, model) = (scope.now, &mut scope.region.servicediscovery);
    let due = |operation: &&mut Operation| !operation.done && operation.done_at <= now;
    let mut changed = false;
    for operation in model.operations.values_mut().filter(due) {
        (operation.done, changed) = (true, true);
        let target = |kind: &str| operation.targets.get(kind);
        if let Some(namespace) = target("NAMESPACE").and_then(|id| model.namespaces.get_mut(id)) {
            namespace.ready = true;
        }
        let service = target("SERVICE").and_then(|id| model.services.get_mut(id));
        if let Some((service, id)) = service.zip(target("INSTANCE"))
            && let Some(instance) = service.instances.get_mut(id).filter(|instance| !instance.ready)
        {
            instance.ready = true;
            service.revision += 1;
        }
    }
    changed
}

//! What tasks are started from: a deployment or a task set.

use crate::services::ecs::model::{RevisionId, Service, Spec, TaskSet};

/// A deployment or a task set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    /// `startedBy` of its tasks.
    pub(super) id: &'a str,
    pub(super) definition: &'a RevisionId,
    pub(super) spec: &'a Spec,
    /// Whether its tasks belong to the alternate target groups.
    pub(super) alternate: bool,
}

/// The deployment or task set of a service with that id.
pub(super) fn find<'a>(service: &'a Service, id: &str) -> Option<Unit<'a>> {
    let deployment = service.deployments.iter().find(|deployment| deployment.id == id).map(|d| Unit {
        id: &d.id,
        definition: &d.definition,
        spec: &d.spec,
        alternate: d.alternate,
    });
    let set = || service.task_sets.iter().find(|set| set.id == id);
    let of_set =
        |s: &'a TaskSet| Unit { id: &s.id, definition: &s.definition, spec: &s.spec, alternate: false };
    deployment.or_else(|| set().map(of_set))
}

/// The one that new tasks of a service belong to.
pub(super) fn primary(service: &Service) -> Option<Unit<'_>> {
    find(service, &service.primary()?.id)
}

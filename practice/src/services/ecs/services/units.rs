//! What tasks are started from: a deployment or a task set.

use crate::services::ecs::model::{RevisionId, Service, Spec};

/// A deployment or a task set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    /// `startedBy` of its tasks.
    pub(super) id: &'a str,
    pub(super) definition: &'a RevisionId,
    pub(super) spec: &'a Spec,
}

/// The deployment or task set of a service with that id.
pub(super) fn find<'a>(service: &'a Service, id: &str) -> Option<Unit<'a>> {
    let of_deployment = |d: &'a crate::services::ecs::model::Deployment| Unit {
        id: &d.id,
        definition: &d.definition,
        spec: &d.spec,
    };
    let of_set = |s: &'a crate::services::ecs::model::TaskSet| Unit {
        id: &s.id,
        definition: &s.definition,
        spec: &s.spec,
    };
    let deployment = service.deployments.iter().find(|deployment| deployment.id == id).map(of_deployment);
    deployment.or_else(|| service.task_sets.iter().find(|set| set.id == id).map(of_set))
}

/// The one that new tasks of a service belong to.
pub(super) fn primary(service: &Service) -> Option<Unit<'_>> {
    find(service, &service.primary()?.id)
}

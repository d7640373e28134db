//! How deployments begin and end, and what is remembered of them: service revisions and service deployments. Follows
//! "View service history using Amazon ECS service deployments".

use super::shift;
use crate::core::id::IdSource;
use crate::core::time::Time;
use crate::services::ecs::events;
use crate::services::ecs::model::{
    Deployment, DeploymentStatus, MAX_HISTORY, RevisionId, Rollback, Rollout, Service, ServiceDeployment,
    ServiceRevision, Shifting,
};

/// Nineteen digits.
fn digits(ids: &mut IdSource) -> String {
    (1_000_000_000_000_000_000 + ids.bits() % 8_000_000_000_000_000_000).to_string()
}

/// A new id of a deployment or task set.
pub(in crate::services::ecs) fn new_id(ids: &mut IdSource) -> String {
    format!("ecs-svc/{}", digits(ids))
}

/// A new deployment of what the service asks for now, as the primary one. One that is under way is over.
pub(in crate::services::ecs) fn begin(
    ids: &mut IdSource,
    service: &mut Service,
    definition: RevisionId,
    now: Time,
) {
    let (id, revision) = (new_id(ids), digits(ids));
    if let Some(earlier) = service.under_way() {
        earlier.status = DeploymentStatus::Stopped;
        earlier.reason = Some("Service deployment stopped: a new service deployment was started.".to_owned());
        earlier.updated_at = now;
        earlier.stopped_at = Some(now);
        earlier.finished_at = Some(now);
    }
    let sources = service.deployments.iter().map(|d| d.revision.clone()).filter(|id| !id.is_empty());
    service.history.push_front(ServiceDeployment {
        id: ids.hex(21),
        deployment: id.clone(),
        target: revision.clone(),
        sources: sources.collect(),
        status: DeploymentStatus::InProgress,
        reason: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
        stopped_at: None,
        configuration: service.deployment.clone(),
        stage: None,
        tripped: None,
        alarmed: Vec::new(),
        rollback: None,
    });
    service.history.truncate(MAX_HISTORY);
    service.revisions.push_front(ServiceRevision {
        id: revision.clone(),
        created_at: now,
        definition: definition.clone(),
        spec: service.spec.clone(),
    });
    service.revisions.truncate(MAX_HISTORY);
    // The first deployment has nobody to take traffic from.
    let before = service.primary().filter(|_| service.deployment.strategy != Shifting::Rolling);
    let shift = before.map(|_| shift::begin(now));
    let alternate = before.is_some_and(|before| !before.alternate);
    service.deployments.insert(
        0,
        Deployment {
            id,
            definition,
            spec: service.spec.clone(),
            revision,
            created_at: now,
            updated_at: now,
            rollout: Rollout::InProgress,
            rollout_reason: None,
            failed_tasks: 0,
            short_lived: 0,
            alternate,
            shift,
        },
    );
    service.held_until = None;
    service.steady = false;
}

/// The primary deployment has all it wants: it was a success, or the way back was.
pub(super) fn completed(service: &mut Service, now: Time) {
    if let Some(one) = service.under_way() {
        one.status = match one.rollback {
            Some(_) => DeploymentStatus::RollbackSuccessful,
            None => DeploymentStatus::Successful,
        };
        one.finished_at = Some(now);
        one.updated_at = now;
    }
}

/// The primary deployment was given up, and there is no way back.
pub(super) fn failed(service: &mut Service, reason: &str, now: Time) {
    if let Some(one) = service.under_way() {
        one.status = DeploymentStatus::Stopped;
        one.reason = Some(reason.to_owned());
        one.stopped_at = Some(now);
        one.finished_at = Some(now);
        one.updated_at = now;
    }
}

/// Back to the last deployment that completed, which becomes the primary one again. False when there is none.
pub(super) fn roll_back(service: &mut Service, by: &str, reason: &str, now: Time) -> bool {
    let Some(at) = service.deployments.iter().position(|d| d.rollout == Rollout::Completed) else {
        return false;
    };
    let name = service.name.clone();
    let mut earlier = service.deployments.remove(at);
    earlier.rollout = Rollout::InProgress;
    earlier.rollout_reason =
        Some(format!("ECS deployment {by}: rolling back to deploymentId {}.", earlier.id));
    earlier.failed_tasks = 0;
    earlier.shift = None;
    earlier.updated_at = now;
    let message = events::rolling_back(&name, &earlier.id);
    service.spec = earlier.spec.clone();
    if let Some(one) = service.under_way() {
        one.status = DeploymentStatus::RollbackInProgress;
        one.reason = Some(reason.to_owned());
        one.updated_at = now;
        one.rollback =
            Some(Rollback { reason: reason.to_owned(), started_at: now, revision: earlier.revision.clone() });
    }
    if let Some(failed) = service.deployments.first_mut() {
        failed.rollout = Rollout::Failed;
        failed.shift = None;
    }
    service.deployments.insert(0, earlier);
    service.held_until = None;
    service.steady = false;
    events::say(service, now, message);
    true
}

/// Whether there is a deployment to go back to.
pub(in crate::services::ecs) fn can_roll_back(service: &Service) -> bool {
    service.deployments.iter().skip(1).any(|deployment| deployment.rollout == Rollout::Completed)
}

/// A user stops the deployment that is under way, with or without the way back.
pub(in crate::services::ecs) fn stop_deployment(service: &mut Service, back: bool, now: Time) {
    let reason = "Service deployment stopped by the user.";
    if back && roll_back(service, "stopped", reason, now) {
        return;
    }
    if let Some(primary) = service.deployments.first_mut() {
        primary.rollout = Rollout::Failed;
        primary.rollout_reason = Some(format!("ECS deployment {} stopped.", primary.id));
        primary.updated_at = now;
    }
    failed(service, reason, now);
}

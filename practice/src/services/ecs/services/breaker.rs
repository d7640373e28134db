//! What failures lead to: pauses that grow, the deployment circuit breaker, the way back. Follows "Amazon ECS service
//! throttle logic" and "How the Amazon ECS deployment circuit breaker detects failures".

use super::history;
use crate::core::time::Time;
use crate::services::ecs::events;
use crate::services::ecs::model::{Cluster, DeploymentConfiguration, Rollout, Service, ThresholdKind};
use crate::world::Settings;

/// First and longest pause after tasks that never ran.
const HOLD_MS: (i64, i64) = (5_000, 15 * 60_000);
/// A task that ended by itself earlier than this was short-lived.
const SHORT_MS: i64 = 60_000;
/// So many of them are replaced at once, as on AWS. AWS goes on for ever; here a pause grows from then on, so that a
/// world that is left alone with a container that crashes comes to rest.
const PATIENCE: u32 = 10;
/// Failures from which the service says that it cannot start tasks.
const INCONSISTENT: u32 = 3;

/// Failed tasks at which the circuit breaker opens: half of the desired count, 3 at least and 200 at most, unless
/// configured otherwise.
pub(in crate::services::ecs) fn threshold(configuration: &DeploymentConfiguration, desired: u32) -> u32 {
    let percent =
        |of: u32| u32::try_from((u64::from(desired) * u64::from(of)).div_ceil(100)).unwrap_or(u32::MAX);
    match configuration.threshold.map(|threshold| (threshold.kind, threshold.value)) {
        None => percent(50).clamp(3, 200),
        Some((ThresholdKind::Count, count)) => count.max(1),
        Some((ThresholdKind::BoundedPercent, of)) => percent(of).clamp(3, 200),
        Some((ThresholdKind::UnboundedPercent, of)) => percent(of).max(1),
    }
}

/// Whether failures are remembered that a healthy task makes up for.
pub(super) fn may_forgive(service: &Service) -> bool {
    !service.deployment.counts_on && service.primary().is_some_and(|primary| primary.failed_tasks > 0)
}

/// A task of a deployment has reached `RUNNING`: its failures are forgiven, where no health check is to follow.
pub(in crate::services::ecs) fn task_ran(cluster: &mut Cluster, name: &str, deployment: &str) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    let resets = !service.deployment.counts_on;
    if let Some(deployment) = service.deployments.iter_mut().find(|d| d.id == deployment)
        && resets
        && deployment.spec.load_balancers.is_empty()
    {
        deployment.failed_tasks = 0;
    }
    if service.primary().is_some_and(|primary| primary.id == deployment && primary.short_lived <= PATIENCE) {
        service.held_until = None;
    }
}

/// A task of the primary deployment is healthy.
pub(super) fn task_healthy(service: &mut Service) {
    let resets = !service.deployment.counts_on;
    if let Some(primary) = service.deployments.first_mut().filter(|_| resets) {
        primary.failed_tasks = 0;
    }
}

/// A task of a deployment has ended by itself, `ran_ms` after it began to run.
pub(in crate::services::ecs) fn task_exited(
    cluster: &mut Cluster,
    name: &str,
    of: &str,
    ran_ms: i64,
    settings: &Settings,
    now: Time,
) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    if ran_ms >= settings.lasts(SHORT_MS) || service.primary().is_none_or(|primary| primary.id != of) {
        return;
    }
    hold_back(service, settings, now);
}

/// One more task of the primary deployment did not last: from some number on, pauses grow.
fn hold_back(service: &mut Service, settings: &Settings, now: Time) {
    let Some(primary) = service.deployments.first_mut() else { return };
    primary.short_lived = primary.short_lived.saturating_add(1);
    if let Some(over) = primary.short_lived.checked_sub(PATIENCE + 1) {
        service.held_until = Some(now.plus_ms(settings.lasts(pause_ms(over))));
    }
}

/// The pause after so many failures.
fn pause_ms(failures: u32) -> i64 {
    let (first, longest) = HOLD_MS;
    first.saturating_mul(1 << failures.min(10)).min(longest)
}

/// A task of a deployment ended without ever having run; `why` is its `stoppedReason`.
pub(in crate::services::ecs) fn task_failed(
    cluster: &mut Cluster,
    name: &str,
    of: &str,
    why: &str,
    settings: &Settings,
    now: Time,
) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    if why.starts_with("ECS was unable to assume the role") {
        events::complain(service, events::unlaunched(name, why), settings, now);
    }
    let Some(failures) = count(service, of, now) else { return };
    if open(service, now) {
        return;
    }
    service.held_until = Some(now.plus_ms(settings.lasts(pause_ms(failures))));
    if failures >= INCONSISTENT {
        events::complain(service, events::inconsistent(name), settings, now);
    }
}

/// A task of a deployment was stopped because its health checks failed.
pub(super) fn task_unhealthy(service: &mut Service, of: &str, settings: &Settings, now: Time) {
    if count(service, of, now).is_some() && !open(service, now) {
        hold_back(service, settings, now);
    }
}

/// One more failure of a deployment; how many there are now if it is the primary one.
fn count(service: &mut Service, of: &str, now: Time) -> Option<u32> {
    let at = service.deployments.iter().position(|deployment| deployment.id == of)?;
    let deployment = service.deployments.get_mut(at)?;
    deployment.failed_tasks = deployment.failed_tasks.saturating_add(1);
    deployment.updated_at = now;
    (at == 0).then_some(deployment.failed_tasks)
}

/// Opens the circuit breaker if it is time.
fn open(service: &mut Service, now: Time) -> bool {
    let limit = threshold(&service.deployment, service.desired);
    let breaker = service.deployment.circuit_breaker;
    let Some(failures) = service
        .primary()
        .filter(|primary| breaker && primary.rollout == Rollout::InProgress && primary.failed_tasks >= limit)
        .map(|primary| primary.failed_tasks)
    else {
        return false;
    };
    if let Some(one) = service.under_way() {
        one.tripped = Some(failures);
    }
    let back = service.deployment.rollback;
    fail(service, "circuit breaker", "tasks failed to start.", back, now);
    true
}

/// Fails the primary deployment, and goes back if that is wanted. `by` is `circuit breaker` or `alarms`.
pub(super) fn fail(service: &mut Service, by: &str, why: &str, back: bool, now: Time) {
    let name = service.name.clone();
    let reason = format!("ECS deployment {by}: {why}");
    let Some(primary) = service.deployments.first_mut() else { return };
    primary.rollout = Rollout::Failed;
    primary.rollout_reason = Some(reason.clone());
    primary.updated_at = now;
    let id = primary.id.clone();
    events::say(service, now, events::failed(&name, &id, why));
    if back && history::roll_back(service, by, &reason, now) {
        return;
    }
    history::failed(service, &reason, now);
}

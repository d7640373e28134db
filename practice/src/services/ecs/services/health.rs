//! Whether a task of a service does well: what load balancers and health checks say; without any, a matter of time.

use super::targets;
use crate::core::time::Time;
use crate::services::ecs::events;
use crate::services::ecs::health;
use crate::services::ecs::model::{Service, Task};
use crate::world::View;

/// Without load balancer and health check, a task counts as healthy this long after it runs.
const HEALTHY_MS: i64 = 40_000;

/// How a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Nothing is known yet; that changes at that moment if nothing else decides.
    Waiting(Option<Time>),
    /// It does well.
    Healthy,
    /// It is to be replaced.
    Unhealthy {
        /// What the service says of it.
        event: String,
        /// `stoppedReason`.
        reason: String,
    },
}

/// How a task of a service does now.
pub(super) fn of(view: &View<'_>, service: &Service, task: &Task) -> Health {
    let Some(started) = task.started_at else { return Health::Waiting(None) };
    if let Some(revision) = view.region.ecs.revision(&task.definition).filter(|r| health::is_checked(r)) {
        match health::of_task(task, revision, view.settings, view.now) {
            health::Health::Healthy if !service.targets.contains_key(&task.id) => return Health::Healthy,
            health::Health::Healthy => {}
            health::Health::Unknown => return Health::Waiting(None),
            health::Health::Unhealthy => {
                let (name, id) = (&service.name, &task.id);
                return Health::Unhealthy {
                    event: format!("(service {name}) (task {id}) failed container health checks."),
                    reason: "Task failed container health checks".to_owned(),
                };
            }
        }
    }
    if !service.targets.contains_key(&task.id) {
        let at = started.plus_ms(view.settings.lasts(HEALTHY_MS));
        return if at <= view.now { Health::Healthy } else { Health::Waiting(Some(at)) };
    }
    let grace = i64::from(service.grace_seconds.unwrap_or(0)) * 1_000;
    let excused = Some(started.plus_ms(view.settings.lasts(grace))).filter(|at| grace > 0 && *at > view.now);
    match targets::trouble(view, service, task) {
        None => Health::Healthy,
        Some((_, health)) if health.state != "unhealthy" => Health::Waiting(None),
        Some(_) if excused.is_some() => Health::Waiting(excused),
        Some((target, health)) => {
            let why = health.description.as_deref().unwrap_or("Health checks failed");
            Health::Unhealthy {
                event: events::unhealthy(&service.name, &task.id, target, why),
                reason: format!("Task failed ELB health checks in (target-group {})", target.group),
            }
        }
    }
}

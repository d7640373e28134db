//! Whether a task of a service does well. Without load balancer and health check that is a matter of time.

use crate::core::time::Time;
use crate::services::ecs::model::Task;
use crate::world::View;

/// Without load balancer and health check, a task counts as healthy this long after it runs.
const HEALTHY_MS: i64 = 40_000;

/// How a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Nothing is known yet; it is healthy at that moment if nothing else decides.
    Waiting(Option<Time>),
    /// It does well.
    Healthy,
    /// It is to be replaced.
    #[expect(dead_code, reason = "no health checks yet")]
    Unhealthy {
        /// What the service says of it.
        event: String,
        /// `stoppedReason`.
        reason: String,
    },
}

/// How a task of a service does now.
pub(super) fn of(view: &View<'_>, task: &Task) -> Health {
    match task.started_at.map(|at| at.plus_ms(view.settings.lasts(HEALTHY_MS))) {
        Some(at) if at <= view.now => Health::Healthy,
        at => Health::Waiting(at),
    }
}

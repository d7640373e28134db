//! The health of containers that have a health check: a function of when they began and when their check begins to
//! pass, so that a check that goes on passing is no event. Follows "Determine Amazon ECS task health using container
//! health checks".

use super::model::{Container, ContainerDefinition, HealthCheck, Phase, Revision, Task};
use super::tasks;
use crate::core::time::Time;
use crate::images;
use crate::world::Settings;

/// `healthStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// Not known (yet), or there is no check.
    Unknown,
    /// The last check passed.
    Healthy,
    /// So many checks in a row failed.
    Unhealthy,
}

impl Health {
    /// As on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
        }
    }
}

/// The health of a task: that of its essential containers that have a check.
pub(crate) fn of_task(task: &Task, revision: &Revision, settings: &Settings, now: Time) -> Health {
    if task.phase >= Phase::Stopping {
        return Health::Unknown;
    }
    let essential = task.containers.iter().filter_map(|container| {
        let definition = revision.containers.iter().find(|d| d.name == container.name)?;
        let counts = definition.is_essential() && check(definition).is_some();
        counts.then(|| of_container(task, container, definition, settings, now))
    });
    let mut all = Health::Healthy;
    let mut any = false;
    for health in essential {
        any = true;
        match health {
            Health::Unhealthy => return Health::Unhealthy,
            Health::Unknown => all = Health::Unknown,
            Health::Healthy => {}
        }
    }
    if any { all } else { Health::Unknown }
}

/// Whether a revision has a health check that counts for its tasks.
pub(crate) fn is_checked(revision: &Revision) -> bool {
    revision.containers.iter().any(|definition| definition.is_essential() && check(definition).is_some())
}

/// The health of a container.
pub(crate) fn of_container(
    task: &Task,
    container: &Container,
    definition: &ContainerDefinition,
    settings: &Settings,
    now: Time,
) -> Health {
    let Some(check) = check(definition).filter(|_| container.is_running()) else { return Health::Unknown };
    let timeline = timeline(task, container, definition, check, settings);
    timeline.into_iter().rev().find(|(at, _)| *at <= now).map_or(Health::Unknown, |(_, health)| health)
}

/// The next moment at which the health of a task's container changes.
pub(super) fn next(task: &Task, revision: &Revision, settings: &Settings, now: Time) -> Option<Time> {
    let checked = task.containers.iter().filter(|c| c.is_running()).filter_map(|container| {
        let definition = revision.containers.iter().find(|d| d.name == container.name)?;
        let check = check(definition)?;
        let timeline = timeline(task, container, definition, check, settings);
        timeline.into_iter().map(|(at, _)| at).find(|at| *at > now)
    });
    checked.min()
}

fn check(definition: &ContainerDefinition) -> Option<&HealthCheck> {
    definition.health_check.as_ref().filter(|check| check.command.first().is_some_and(|word| word != "NONE"))
}

/// What its health becomes and when, in order: at most unhealthy, then healthy.
fn timeline(
    task: &Task,
    container: &Container,
    definition: &ContainerDefinition,
    check: &HealthCheck,
    settings: &Settings,
) -> Vec<(Time, Health)> {
    let Some(began) = task.began(container) else { return Vec::new() };
    let ms = |seconds: Option<i64>, default: i64| seconds.unwrap_or(default).clamp(0, 3_600) * 1_000;
    let (interval, timeout) = (ms(check.interval, 30).max(1_000), ms(check.timeout, 5));
    let (grace, retries) = (ms(check.start_period, 0), check.retries.unwrap_or(3).clamp(1, 10));
    let at = |round: i64| began.plus_ms(settings.lasts(round.saturating_mul(interval)));
    let passes = tasks::with_start(task, definition, |start| images::passes_from(start, &check.command));
    let mut line = Vec::new();
    let first_pass =
        passes.flatten().map(|from| (from.div_euclid(interval) + i64::from(from % interval != 0)).max(1));
    // The failures of the start period do not count.
    let first_counted = grace / interval + 1;
    let given_up = first_counted + retries - 1;
    if first_pass.is_none_or(|round| round > given_up) {
        line.push((at(given_up).plus_ms(settings.lasts(timeout.min(1_000))), Health::Unhealthy));
    }
    line.extend(first_pass.map(|round| (at(round), Health::Healthy)));
    line
}

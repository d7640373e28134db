//! The life of a task's containers: in which order they start, when they end and start again. Follows "Container
//! dependency", "Container restart policy" and the agent's own words.

use super::health::{self, Health};
use super::model::{Container, ContainerDefinition, ContainerState, Dependency, Phase, Revision, Task};
use super::tasks;
use crate::core::time::Time;
use crate::images::Behaviour;
use crate::world::Settings;

/// The reason of a container that the kernel ended.
pub(super) const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

/// What happens to the containers of a task at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// They end: name, exit code, reason.
    pub(super) ends: Vec<(String, i32, Option<String>)>,
    /// They begin, by name.
    pub(super) starts: Vec<String>,
    /// They ended, and will start again at that moment.
    pub(super) restarts: Vec<(String, Time)>,
    /// One that can never start, and why: the end of its task.
    pub(super) stuck: Option<(String, String)>,
    /// An essential one ended for good.
    pub(super) over: bool,
}

impl Turn {
    /// Whether nothing happens.
    pub(super) fn is_still(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens to a task's containers now. A start may let others start: ask again until nothing happens.
pub(super) fn turn(task: &Task, revision: &Revision, settings: &Settings, now: Time) -> Turn {
    let mut turn = Turn::default();
    for (container, definition) in pairs(task, revision) {
        if let Some((code, at, reason)) =
            end(task, container, definition, settings).filter(|(_, at, _)| *at <= now)
        {
            turn.ends.push((container.name.clone(), code, reason));
            match restart(task, container, definition, code, settings, at) {
                Some(again) => turn.restarts.push((container.name.clone(), again.max(now))),
                None => turn.over |= definition.is_essential(),
            }
        }
    }
    if turn.over {
        return turn;
    }
    for (container, definition) in pairs(task, revision) {
        let again = container.restarts_at.is_some_and(|at| at <= now);
        if again || container.state == ContainerState::Pending && task.phase == Phase::Starting {
            match ready(task, revision, definition, settings, now) {
                Ok(true) => turn.starts.push(container.name.clone()),
                Ok(false) => {}
                Err(why) => {
                    turn.stuck = Some((container.name.clone(), why));
                    return turn;
                }
            }
        }
    }
    turn
}

/// The next moment at which something happens to a task's containers by itself.
pub(super) fn next(task: &Task, revision: &Revision, settings: &Settings, now: Time) -> Option<Time> {
    let ends = pairs(task, revision).filter_map(|(c, d)| end(task, c, d, settings)).map(|(_, at, _)| at);
    let restarts =
        task.containers.iter().filter_map(|container| container.restarts_at).filter(|at| *at > now);
    let deadlines = pairs(task, revision)
        .filter(|_| task.phase == Phase::Starting)
        .filter_map(|(c, d)| deadline(task, c, d, settings));
    let health = health::next(task, revision, settings, now);
    ends.chain(restarts).chain(deadlines.filter(|at| *at > now)).chain(health).min()
}

fn pairs<'t>(
    task: &'t Task,
    revision: &'t Revision,
) -> impl Iterator<Item = (&'t Container, &'t ContainerDefinition)> {
    task.containers.iter().filter_map(|container| {
        Some((container, revision.containers.iter().find(|d| d.name == container.name)?))
    })
}

/// How and when a running container ends by itself.
fn end(
    task: &Task,
    container: &Container,
    definition: &ContainerDefinition,
    settings: &Settings,
) -> Option<(i32, Time, Option<String>)> {
    let began = task.began(container).filter(|_| container.is_running())?;
    match tasks::behaviour(task, definition)? {
        Behaviour::Exits { code, after_ms, out_of_memory } => {
            let reason = out_of_memory.then(|| OUT_OF_MEMORY.to_owned());
            Some((code, began.plus_ms(settings.lasts(after_ms)), reason))
        }
        Behaviour::CannotStart(_) | Behaviour::Runs(_) => None,
    }
}

/// When a restart policy starts a container again that has ended: only one that ran long enough.
fn restart(
    task: &Task,
    container: &Container,
    definition: &ContainerDefinition,
    code: i32,
    settings: &Settings,
    ended: Time,
) -> Option<Time> {
    let policy = definition.other.get("restartPolicy")?;
    let enabled = policy.get("enabled").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let ignored = policy.get("ignoredExitCodes").and_then(|codes| codes.as_array());
    let is_ignored =
        ignored.is_some_and(|codes| codes.iter().any(|one| one.as_i64() == Some(i64::from(code))));
    let period = policy.get("restartAttemptPeriod").and_then(serde_json::Value::as_i64).unwrap_or(300);
    let ran_ms = ended.since(task.began(container)?);
    let long_enough = ran_ms >= settings.lasts(period.saturating_mul(1_000));
    (enabled && !is_ignored && long_enough && task.stop.is_none())
        .then(|| ended.plus_ms(settings.lasts(1_000)))
}

/// Whether everything a container depends on is as it wants it; an error when that can never be.
fn ready(
    task: &Task,
    revision: &Revision,
    definition: &ContainerDefinition,
    settings: &Settings,
    now: Time,
) -> Result<bool, String> {
    for dependency in definition.depends_on.iter().flatten() {
        let found = pairs(task, revision).find(|(other, _)| other.name == dependency.container_name);
        let Some((other, of)) = found else { continue };
        let fails = |how: &str| {
            format!(
                "dependency graph: failed to resolve container ordering dependency [{}] for target [{}] as dependency {how}",
                other.name, definition.name
            )
        };
        if is_met(task, other, of, dependency, settings, now).map_err(fails)? {
            continue;
        }
        if deadline(task, other, of, settings).is_some_and(|at| at <= now) {
            return Err(format!(
                "dependency graph: container ordering dependency [{}] for target [{}] has timed out.",
                other.name, definition.name
            ));
        }
        return Ok(false);
    }
    Ok(true)
}

fn is_met(
    task: &Task,
    other: &Container,
    of: &ContainerDefinition,
    dependency: &Dependency,
    settings: &Settings,
    now: Time,
) -> Result<bool, &'static str> {
    let ended = other.state == ContainerState::Stopped && other.restarts_at.is_none();
    match dependency.condition.as_str() {
        "COMPLETE" => Ok(ended),
        "SUCCESS" if ended && other.exit_code == Some(0) => Ok(true),
        "SUCCESS" if ended => Err("did not exit successfully."),
        "SUCCESS" => Ok(false),
        "HEALTHY" if ended => Err("is not healthy."),
        "HEALTHY" => match health::of_container(task, other, of, settings, now) {
            Health::Healthy => Ok(true),
            Health::Unhealthy => Err("is not healthy."),
            Health::Unknown => Ok(false),
        },
        _ => Ok(other.state != ContainerState::Pending),
    }
}

/// When those that depend on a container give up: its `startTimeout`.
fn deadline(
    task: &Task,
    container: &Container,
    definition: &ContainerDefinition,
    settings: &Settings,
) -> Option<Time> {
    let seconds = definition.start_timeout?;
    Some(task.began(container)?.plus_ms(settings.lasts(seconds.clamp(0, 3_600) * 1_000)))
}

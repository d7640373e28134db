//! What services say, word for word as ECS does. Follows "Amazon ECS service event messages".

use super::model::{Event, MAX_EVENTS, Service, TargetRef};
use super::placement::Unplaced;
use crate::core::id::IdSource;
use crate::core::time::Time;
use crate::world::Settings;

/// The same trouble is told again after that long, or once something was done about it.
const REPEATS_MS: i64 = 6 * 3_600_000;
const STARTED: &str = " has started ";
const STEADY: &str = " has reached a steady state.";
const SEE: &str = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

impl Event {
    /// A UUID that follows from the event.
    pub(super) fn id(&self, service: &str) -> String {
        IdSource::new(u64::try_from(self.at.0).unwrap_or(0), &format!("{service}: {}", self.message)).uuid()
    }
}

/// Adds an event. The oldest of too many is dropped.
pub(super) fn say(service: &mut Service, now: Time, message: String) {
    service.events.push_front(Event { at: now, message });
    service.events.truncate(MAX_EVENTS);
}

/// Whether a trouble was told already, and nothing was done about it since.
pub(super) fn is_told(service: &Service, message: &str, settings: &Settings, now: Time) -> bool {
    service
        .events
        .iter()
        .take_while(|event| !event.message.contains(STARTED) && !event.message.ends_with(STEADY))
        .any(|event| event.message == message && now.since(event.at) < settings.lasts(REPEATS_MS))
}

/// Adds an event of trouble unless it was told already.
pub(super) fn complain(service: &mut Service, message: String, settings: &Settings, now: Time) {
    if !is_told(service, &message, settings, now) {
        say(service, now, message);
    }
}

pub(super) fn steady(service: &str) -> String {
    format!("(service {service}){STEADY}")
}

pub(super) fn started(service: &str, tasks: &[String]) -> String {
    format!("(service {service}){STARTED}{} tasks: {}.", tasks.len(), list(tasks))
}

pub(super) fn stopped(service: &str, tasks: &[String]) -> String {
    format!("(service {service}) has stopped {} running tasks: {}.", tasks.len(), list(tasks))
}

fn list(tasks: &[String]) -> String {
    tasks.iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ")
}

/// `place` is where it was looked for: `cluster` or `capacity provider`.
pub(super) fn unplaced(service: &str, place: &str, why: &Unplaced) -> String {
    let start = format!(
        "(service {service}) was unable to place a task because no container instance met all of its requirements."
    );
    match why {
        Unplaced::NoInstances => {
            format!("{start} Reason: No Container Instances were found in your {place}. {SEE}")
        }
        Unplaced::Closest { instance, unfit, .. } => {
            let what = unfit.event();
            let stop = if what.ends_with('"') { "" } else { "." };
            let stop = if what.ends_with(".\"") { stop } else { "." };
            format!("{start} The closest matching (container-instance {instance}) {what}{stop} {SEE}")
        }
    }
}

pub(super) fn inconsistent(service: &str) -> String {
    format!("(service {service}) is unable to consistently start tasks successfully. {SEE}")
}

pub(super) fn unlaunched(service: &str, why: &str) -> String {
    format!("(service {service}) failed to launch a task with (error {why}).")
}

pub(super) fn protected(service: &str, count: usize) -> String {
    format!("(service {service}) was unable to scale in due to (reason {count} tasks under protection).")
}

pub(super) fn deadlocked(service: &str) -> String {
    format!(
        "(service {service}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )
}

pub(super) fn completed(service: &str, deployment: &str) -> String {
    format!("(service {service}) (deployment {deployment}) deployment completed.")
}

pub(super) fn failed(service: &str, deployment: &str, why: &str) -> String {
    format!("(service {service}) (deployment {deployment}) deployment failed: {why}")
}

pub(super) fn too_many(service: &str) -> String {
    format!(
        "(service {service}) was unable to place a task. Reason: You've reached the limit on the number of tasks you can run in a cluster."
    )
}

pub(super) fn rolling_back(service: &str, deployment: &str) -> String {
    format!("(service {service}) rolling back to deployment {deployment}.")
}

pub(super) fn registered(service: &str, count: usize, group: &str) -> String {
    format!("(service {service}) registered {count} targets in (target-group {group})")
}

pub(super) fn deregistered(service: &str, count: usize, group: &str) -> String {
    format!("(service {service}) deregistered {count} targets in (target-group {group})")
}

/// `unit` is the deployment or task set the tasks belong to.
pub(super) fn draining(service: &str, unit: Option<&str>, count: usize) -> String {
    let unit = unit.map(|id| format!(", taskSet {id}")).unwrap_or_default();
    format!("(service {service}{unit}) has begun draining connections on {count} tasks.")
}

pub(super) fn unhealthy(service: &str, task: &str, target: &TargetRef, why: &str) -> String {
    let who = if target.id.starts_with("i-") {
        format!("(instance {})", target.id)
    } else {
        format!("(task {task})")
    };
    format!(
        "(service {service}) {who} (port {}) is unhealthy in (target-group {}) due to (reason {why}).",
        target.port, target.group
    )
}

pub(super) fn shifted(service: &str, deployment: &str, permille: u32) -> String {
    format!(
        "(service {service}) (deployment {deployment}) has shifted {}% of production traffic to the new service revision.",
        f64::from(permille) / 10.0
    )
}

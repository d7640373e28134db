//! When the programs of a task listen: some sleep first, or wait for others. That moment changes nothing that AWS
//! shows, but a page opens from then on, so it is an event.

use super::model::{Revision, Task};
use super::tasks;
use crate::core::time::Time;
use crate::images::{Behaviour, Listener};
use crate::world::{Scope, Settings, View};

/// When a listener of a running task is there.
pub(crate) fn at(task: &Task, listener: &Listener, settings: &Settings) -> Time {
    task.started_at.unwrap_or(task.created_at).plus_ms(settings.lasts(listener.ready_ms))
}

/// The next moment after `now` at which one of a task's programs begins to listen.
pub(super) fn next(task: &Task, revision: &Revision, settings: &Settings, now: Time) -> Option<Time> {
    let running = task.containers.iter().filter(|container| container.is_running());
    let programs = running.filter_map(|container| {
        let definition = revision.containers.iter().find(|d| d.name == container.name)?;
        match tasks::behaviour(task, definition)? {
            Behaviour::Runs(program) => Some(program),
            Behaviour::CannotStart(_) | Behaviour::Exits { .. } => None,
        }
    });
    let listeners = programs.flat_map(|program| program.listeners);
    listeners.map(|listener| at(task, &listener, settings)).filter(|at| *at > now).min()
}

/// The next moment at which any program begins to listen.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let clusters = view.region.ecs.clusters.values();
    clusters.flat_map(|cluster| cluster.tasks.values()).filter_map(|task| task.ready_at).min()
}

/// Moves on to the moment after each one that has come. True when there was one.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let ecs = &mut scope.region.ecs;
    let (mut changed, families) = (false, &ecs.families);
    for task in ecs.clusters.values_mut().flat_map(|cluster| cluster.tasks.values_mut()) {
        if task.ready_at.is_some_and(|at| at <= scope.now) {
            let id = &task.definition;
            let revision = families.get(&id.family).and_then(|family| family.revisions.get(&id.revision));
            task.ready_at = revision.and_then(|revision| next(task, revision, scope.settings, scope.now));
            changed = true;
        }
    }
    changed
}

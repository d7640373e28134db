//! The containers of a task: how they begin and end, what they do.

use std::collections::BTreeMap;

use crate::core::secret::Secret;
use crate::images::{self, Behaviour, Start};
use crate::network::{files, load, output};
use crate::services::ecs::life::{self, Turn};
use crate::services::ecs::model::{
    Binding, ContainerDefinition, ContainerInstance, ContainerState, Model, Phase, Revision, Task,
};
use crate::services::ecs::{initializing, placement, readiness, starting};
use crate::world::{Scope, View};

/// Most rounds of containers that let others start at one moment: there are ten containers at most.
const MAX_TURNS: usize = 12;

/// The end of a process that heeds SIGTERM.
const HEEDED_STOP_MS: i64 = 1_000;

/// What one that does not is given before SIGKILL, unless `stopTimeout` says otherwise.
const STOP_TIMEOUT_S: i64 = 30;

/// What a container's secrets came to, by the name of their variable.
pub(super) type Secrets = BTreeMap<String, Secret<String>>;

/// The images of a task's containers, where their references are those of private registries, and their secrets.
pub(super) fn resolved(view: &View<'_>, cluster: &str, id: &str) -> (Vec<Option<String>>, Vec<Secrets>) {
    let model = &view.region.ecs;
    let task = model.clusters.get(cluster).and_then(|c| c.tasks.get(id));
    let revision = task.and_then(|task| model.revision(&task.definition));
    let Some(revision) = revision else { return (Vec::new(), Vec::new()) };
    let images = revision.containers.iter().map(|definition| {
        starting::source(view, &definition.image).ok().filter(|built_in| *built_in != definition.image)
    });
    (images.collect(), initializing::fetched(view, revision))
}

/// Carries out what happens to the containers of a task, until nothing more does.
pub(super) fn live(scope: &mut Scope<'_>, cluster_name: &str, id: &str, mut turn: Turn) {
    let (now, settings) = (scope.now, scope.settings);
    for _ in 0..MAX_TURNS {
        let made = turn.starts.iter().map(|name| create(&scope.region.ecs, cluster_name, id, name));
        let made: Vec<_> = made.collect();
        let runtime_ids: Vec<String> = turn.starts.iter().map(|_| scope.region.ids.hex(64)).collect();
        let model = &mut scope.region.ecs;
        let Some(task) = model.clusters.get_mut(cluster_name).and_then(|c| c.tasks.get_mut(id)) else {
            return;
        };
        end(task, &turn.ends);
        for (name, at) in &turn.restarts {
            if let Some(container) = task.containers.iter_mut().find(|c| c.name == *name) {
                container.restarts_at = Some(*at);
            }
        }
        for ((name, made), runtime_id) in turn.starts.iter().zip(made).zip(runtime_ids) {
            if let Some(container) = task.containers.iter_mut().find(|c| c.name == *name) {
                container.state = ContainerState::Running;
                container.runtime_id = Some(runtime_id);
                container.started_at = Some(now);
                container.restarts_at = None;
                container.exit_code = None;
                (container.bindings, container.weave_ip) = made;
            }
        }
        for name in &turn.starts {
            load::begun(scope, cluster_name, id, name);
            files::begun(scope, cluster_name, id, name);
            output::begun(scope, cluster_name, id, name);
        }
        let found = scope.region.ecs.clusters.get(cluster_name).and_then(|c| c.tasks.get(id));
        let found = found.and_then(|task| Some((task, scope.region.ecs.revision(&task.definition)?)));
        let Some((task, revision)) = found else { return };
        let next = life::turn(task, revision, settings, now);
        // Ends are decided upon, with all their consequences, in a step of their own.
        if next.is_still() || next.over || next.stuck.is_some() {
            return;
        }
        turn = next;
    }
}

pub(super) fn end(task: &mut Task, codes: &[(String, i32, Option<String>)]) {
    for (name, code, reason) in codes {
        if let Some(container) = task.containers.iter_mut().find(|c| c.name == *name && c.is_running()) {
            container.state = ContainerState::Stopped;
            container.exit_code = Some(*code);
            container.reason.clone_from(reason);
            container.memory.clear();
        }
    }
}

/// A task whose containers live takes its next step when something happens to one of them by itself.
pub(super) fn plan(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
    let (next, ready_at) = {
        let model = &scope.region.ecs;
        let task = model.clusters.get(cluster_name).and_then(|c| c.tasks.get(id));
        let lives = |t: &&Task| {
            t.stop.is_none()
                && (t.phase == Phase::Running || t.phase == Phase::Starting && t.next_step.is_none())
        };
        let Some(task) = task.filter(lives) else { return };
        let Some(revision) = model.revision(&task.definition) else { return };
        let still = life::turn(task, revision, scope.settings, scope.now).is_still();
        let next =
            if still { life::next(task, revision, scope.settings, scope.now) } else { Some(scope.now) };
        (next, readiness::next(task, revision, scope.settings, scope.now))
    };
    if let Some(task) = scope.region.ecs.clusters.get_mut(cluster_name).and_then(|c| c.tasks.get_mut(id)) {
        // One that is overdue already (the speed has changed meanwhile) ends as soon as time moves.
        task.next_step = next.map(|at| at.max(scope.now.plus_ms(1)));
        let complete = task.containers.iter().all(|c| c.state != ContainerState::Pending);
        if task.phase == Phase::Starting && complete {
            task.next_step = Some(scope.now.plus_ms(1));
        }
        task.ready_at = ready_at;
    }
}

/// What decides what a container of a task does, once its image is there; None when there is no such image.
pub(crate) fn with_start<T>(
    task: &Task,
    definition: &ContainerDefinition,
    ask: impl FnOnce(&Start<'_>) -> T,
) -> Option<T> {
    let container = task.containers.iter().find(|container| container.name == definition.name);
    let resolved = container.and_then(|container| container.image.as_deref());
    let image = images::find(resolved.unwrap_or(&definition.image))?;
    let overridden = task.override_of(&definition.name);
    let command =
        overridden.and_then(|o| o.command.as_deref()).or(definition.command.as_deref()).unwrap_or_default();
    let entry_point = definition.entry_point.as_deref().unwrap_or_default();
    let variables = definition.environment.iter().chain(overridden.into_iter().flat_map(|o| &o.environment));
    let mut environment: BTreeMap<String, String> =
        variables.filter_map(|kv| Some((kv.name.clone()?, kv.value.clone().unwrap_or_default()))).collect();
    let secrets = container.into_iter().flat_map(|container| &container.secrets);
    environment.extend(secrets.map(|(name, value)| (name.clone(), value.0.clone())));
    let memory_mib = overridden.and_then(|o| o.memory).or(definition.memory);
    let loaded = container.and_then(|container| container.loaded.as_deref());
    Some(ask(&Start { image, entry_point, command, environment: &environment, memory_mib, loaded }))
}

/// What a container of a task does once its image is there; None when there is no such image.
pub(crate) fn behaviour(task: &Task, definition: &ContainerDefinition) -> Option<Behaviour> {
    with_start(task, definition, images::behaviour)
}

/// Whether a container's first process ends on SIGTERM. A shell, or an interpreter without a handler, does not as
/// process 1.
fn heeds_sigterm(task: &Task, definition: &ContainerDefinition) -> bool {
    let own = task.command_of(definition);
    let server = images::find(&definition.image).is_some_and(|image| {
        ["nginx", "httpd", "redis", "amazon/amazon-ecs-sample", "mongo", "mysql", "rabbitmq"]
            .contains(&image.repository)
            || image.repository.starts_with("weaveworksdemos/")
            || image.repository.starts_with("openzipkin/")
    });
    match own.first() {
        None => server,
        Some(first) => server && !["sh", "bash", "/bin/sh", "/bin/bash"].contains(first),
    }
}

pub(super) fn stop_ms(task: &Task, revision: &Revision) -> i64 {
    let running = task.containers.iter().filter(|c| c.is_running());
    let each = running.filter_map(|c| revision.containers.iter().find(|d| d.name == c.name)).map(|d| {
        let timeout = d.stop_timeout.unwrap_or(STOP_TIMEOUT_S).clamp(0, 3_600) * 1_000;
        if heeds_sigterm(task, d) { HEEDED_STOP_MS } else { timeout }
    });
    each.max().unwrap_or(0)
}

/// The containers that still run, with the exit codes of their stop: 0 where SIGTERM is heeded, else SIGKILL's.
pub(super) fn killed(task: &Task, revision: &Revision) -> Vec<(String, i32, Option<String>)> {
    let running = task.containers.iter().filter(|c| c.is_running());
    running
        .map(|container| {
            let definition = revision.containers.iter().find(|d| d.name == container.name);
            let heeds = definition.is_some_and(|definition| heeds_sigterm(task, definition));
            (container.name.clone(), if heeds { 0 } else { 137 }, None)
        })
        .collect()
}

/// Host ports and Weave address of a container that is about to run.
fn create(model: &Model, cluster_name: &str, id: &str, name: &str) -> (Vec<Binding>, Option<u32>) {
    let found = model.clusters.get(cluster_name).and_then(|c| Some((c, c.tasks.get(id)?)));
    let Some((cluster, task)) = found else { return (Vec::new(), None) };
    let definition = model.revision(&task.definition).and_then(|revision| {
        Some((revision, revision.containers.iter().find(|definition| definition.name == name)?))
    });
    let Some((revision, definition)) = definition else { return (Vec::new(), None) };
    let bridged = !matches!(revision.network_mode.as_deref(), Some("host" | "none" | "awsvpc"));
    if revision.network_mode.as_deref() == Some("awsvpc") {
        return (Vec::new(), None);
    }
    let mut ports = placement::ports_in_use(model, cluster, &task.instance);
    let mut bindings = Vec::new();
    for mapping in &definition.port_mappings {
        let protocol = mapping.transport();
        let inside = mapping.container_port.and_then(|port| u16::try_from(port).ok());
        let outside = if bridged {
            mapping.fixed_host_port().or_else(|| placement::dynamic_port(&ports, protocol))
        } else {
            inside
        };
        if let (Some(container_port), Some(host_port)) = (inside, outside) {
            ports.insert((protocol, host_port));
            bindings.push(Binding { container_port, host_port, protocol });
        }
    }
    let host = cluster.instances.get(&task.instance);
    let base = host.and_then(ContainerInstance::weave_base).filter(|_| bridged);
    let taken: Vec<u32> = cluster
        .tasks_on(&task.instance)
        .flat_map(|task| task.containers.iter().filter(|c| c.is_running()).filter_map(|c| c.weave_ip))
        .collect();
    (bindings, base.and_then(|base| (base + 1..base + 1_000).find(|ip| !taken.contains(ip))))
}

//! The life of a task on a container instance: placed, pulled, started, stopped. Follows "Amazon ECS task lifecycle"
//! and, for the words of its ends, "Stopped task error messages".

use std::collections::BTreeMap;

use super::model::{
    Binding, Cluster, Container, ContainerDefinition, ContainerState, Model, Overrides, Phase, Revision,
    Stop, StopCode, Task,
};
use super::{placement, readiness, services};
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::images::{self, Behaviour, Start};
use crate::network::egress;
use crate::world::{Scope, Settings, View};

/// From the control plane to the agent, in AWS's milliseconds.
pub(super) const NOTICE_MS: i64 = 1_000;
/// A pull of what the host has already.
const CACHED_PULL_MS: i64 = 600;
/// From a failed pull until the agent gives up.
const FAILED_PULL_MS: i64 = 3_000;
/// From the end of the pull until the containers run.
const START_MS: i64 = 1_500;
/// The end of a process that heeds SIGTERM.
const HEEDED_STOP_MS: i64 = 1_000;
/// What one that does not is given before SIGKILL, unless `stopTimeout` says otherwise.
const STOP_TIMEOUT_S: i64 = 30;
/// How long a stopped task is shown, by the world's clock: also where things happen faster than on AWS.
const VISIBLE_MS: i64 = 3_600_000;

/// A task to be.
pub(super) struct NewTask<'a> {
    pub(super) revision: &'a Revision,
    pub(super) instance: &'a str,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) service: Option<String>,
    pub(super) overrides: Overrides,
    pub(super) tags: Tags,
}

/// Makes a task on an instance. Draws its ids.
pub(super) fn make(
    ids: &mut IdSource,
    cluster: &Cluster,
    new: NewTask<'_>,
    settings: &Settings,
    now: Time,
) -> Task {
    let zone = cluster
        .instances
        .get(new.instance)
        .and_then(|host| super::attributes::value(host, "ecs.availability-zone"))
        .unwrap_or_default();
    let containers = new.revision.containers.iter().map(|definition| Container {
        name: definition.name.clone(),
        id: ids.uuid(),
        runtime_id: None,
        state: ContainerState::Pending,
        exit_code: None,
        reason: None,
        bindings: Vec::new(),
        weave_ip: None,
        memory: BTreeMap::new(),
    });
    let containers = containers.collect();
    Task {
        id: ids.hex(32),
        definition: new.revision.id.clone(),
        instance: new.instance.to_owned(),
        zone,
        group: new.group,
        started_by: new.started_by,
        service: new.service,
        phase: Phase::Pending,
        next_step: Some(now.plus_ms(settings.lasts(NOTICE_MS))),
        ready_at: None,
        stop: None,
        created_at: now,
        pull_started_at: None,
        pull_stopped_at: None,
        started_at: None,
        execution_stopped_at: None,
        stopped_at: None,
        containers,
        overrides: new.overrides,
        launch: super::model::Launch::Ec2,
        capacity_provider: None,
        network: None,
        eni: None,
        tags: new.tags,
        version: 1,
    }
}

/// Asks for a task's end. One that is to stop already keeps its first reason.
pub(super) fn request_stop(task: &mut Task, code: StopCode, reason: &str, settings: &Settings, now: Time) {
    if task.stop.is_none() && task.phase != Phase::Stopped {
        task.stop = Some(Stop { at: now, code, reason: reason.to_owned() });
        task.next_step = Some(now.plus_ms(settings.lasts(NOTICE_MS)));
        task.version += 1;
    }
}

/// Ends a task now. `exit` is the exit code of containers that ran.
pub(super) fn finish(task: &mut Task, stop: Stop, exit: Option<i32>, now: Time) {
    for container in &mut task.containers {
        if container.is_running() {
            container.exit_code = exit;
        }
        container.state = ContainerState::Stopped;
        container.memory.clear();
    }
    task.stop.get_or_insert(stop);
    task.phase = Phase::Stopped;
    task.execution_stopped_at.get_or_insert(now);
    task.stopped_at = Some(now);
    task.next_step = None;
    task.ready_at = None;
    task.version += 1;
}

/// The next moment a task does something by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let clusters = view.region.ecs.clusters.values();
    clusters.flat_map(|cluster| cluster.tasks.values()).filter_map(|task| task.next_step).min()
}

/// Takes every step that is due, and forgets what is past showing.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let forget = now.plus_ms(-VISIBLE_MS);
    let mut changed = false;
    let mut due: Vec<(Time, String, String)> = Vec::new();
    for cluster in scope.region.ecs.clusters.values_mut() {
        let before = cluster.tasks.len() + cluster.run_tokens.len();
        cluster.tasks.retain(|_, task| task.stopped_at.is_none_or(|at| at > forget));
        cluster.run_tokens.retain(|_, token| token.at.plus_ms(86_400_000) > now);
        changed |= cluster.tasks.len() + cluster.run_tokens.len() != before;
        for task in cluster.tasks.values() {
            if let Some(at) = task.next_step.filter(|at| *at <= now) {
                due.push((at, cluster.name.clone(), task.id.clone()));
            }
        }
    }
    due.sort();
    for (_, cluster, task) in &due {
        step(scope, cluster, task);
    }
    changed || !due.is_empty()
}

/// What becomes of a task at its due moment.
enum Next {
    /// Nothing until its agent is back, or for good.
    Wait,
    Pull {
        takes_ms: i64,
    },
    Start,
    Run,
    /// It runs on; these containers have ended with these codes.
    Ended(Vec<(String, i32)>),
    /// Its processes are told to end, which takes that long.
    End {
        takes_ms: i64,
    },
    Finish {
        stop: Stop,
        exit: Vec<(String, i32)>,
        failed: Option<(String, String)>,
    },
}

fn step(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
    let now = scope.now;
    let next = {
        let view = scope.view();
        let model = &view.region.ecs;
        let found = model.clusters.get(cluster_name).and_then(|c| Some((c, c.tasks.get(id)?)));
        let Some((cluster, task)) = found else { return };
        match model.revision(&task.definition) {
            Some(revision) => decide(&view, cluster, task, revision),
            None => Next::Wait,
        }
    };
    let lasts = |ms| now.plus_ms(scope.settings.lasts(ms));
    let (pull, start) = match &next {
        Next::Pull { takes_ms } | Next::End { takes_ms } => (lasts(*takes_ms), lasts(START_MS)),
        _ => (now, lasts(START_MS)),
    };
    let created = matches!(next, Next::Run).then(|| create(&scope.region.ecs, cluster_name, id));
    let region = &mut *scope.region;
    let Some(cluster) = region.ecs.clusters.get_mut(cluster_name) else { return };
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    task.version += 1;
    task.next_step = None;
    match next {
        Next::Wait => task.version -= 1,
        Next::Pull { .. } => {
            task.phase = Phase::Pulling;
            task.pull_started_at = Some(now);
            task.next_step = Some(pull);
        }
        Next::Start => {
            task.phase = Phase::Starting;
            task.pull_stopped_at = Some(now);
            task.next_step = Some(start);
        }
        Next::Run => {
            task.phase = Phase::Running;
            task.started_at = Some(now);
            for (container, made) in task.containers.iter_mut().zip(created.unwrap_or_default()) {
                container.state = ContainerState::Running;
                container.runtime_id = Some(region.ids.hex(64));
                (container.bindings, container.weave_ip) = made;
            }
            if let Some((name, deployment)) = task.service.clone().zip(task.started_by.clone()) {
                services::task_ran(cluster, &name, &deployment);
            }
        }
        Next::Ended(codes) => end(task, &codes),
        Next::End { .. } => {
            task.phase = Phase::Stopping;
            task.execution_stopped_at.get_or_insert(pull);
            task.next_step = Some(pull);
        }
        Next::Finish { stop, exit, failed } => {
            end(task, &exit);
            if let Some((name, reason)) = failed
                && let Some(container) = task.containers.iter_mut().find(|c| c.name == name)
            {
                container.reason = Some(reason);
            }
            let ran_ms = task.started_at.map(|started| now.since(started));
            let code = stop.code;
            finish(task, stop, None, now);
            if let Some((name, of)) = task.service.clone().zip(task.started_by.clone()) {
                match (code, ran_ms) {
                    (StopCode::TaskFailedToStart, None) => {
                        services::task_failed(cluster, &name, &of, scope.settings, now);
                    }
                    (StopCode::EssentialContainerExited, Some(ran_ms)) => {
                        services::task_exited(cluster, &name, &of, ran_ms, scope.settings, now);
                    }
                    _ => {}
                }
            }
        }
    }
    plan(scope, cluster_name, id);
}

fn end(task: &mut Task, codes: &[(String, i32)]) {
    for (name, code) in codes {
        if let Some(container) = task.containers.iter_mut().find(|c| c.name == *name && c.is_running()) {
            container.state = ContainerState::Stopped;
            container.exit_code = Some(*code);
            container.memory.clear();
        }
    }
}

/// A running task takes its next step when the next of its containers ends by itself.
fn plan(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
    let (exit, ready_at) = {
        let model = &scope.region.ecs;
        let task = model.clusters.get(cluster_name).and_then(|c| c.tasks.get(id));
        let Some(task) = task.filter(|t| t.phase == Phase::Running && t.stop.is_none()) else { return };
        let Some(revision) = model.revision(&task.definition) else { return };
        let exit = exits(task, revision, scope.settings).into_iter().map(|(_, _, at)| at).min();
        (exit, readiness::next(task, revision, scope.settings, scope.now))
    };
    if let Some(task) = scope.region.ecs.clusters.get_mut(cluster_name).and_then(|c| c.tasks.get_mut(id)) {
        // One that is overdue already (the speed has changed meanwhile) ends as soon as time moves.
        task.next_step = exit.map(|at| at.max(scope.now.plus_ms(1)));
        task.ready_at = ready_at;
    }
}

/// The containers that run and will end by themselves: name, exit code, when.
fn exits(task: &Task, revision: &Revision, settings: &Settings) -> Vec<(String, i32, Time)> {
    let Some(started) = task.started_at else { return Vec::new() };
    let running = task.containers.iter().filter(|c| c.is_running());
    let ends = running.filter_map(|container| {
        let definition = revision.containers.iter().find(|d| d.name == container.name)?;
        match behaviour(task, definition)? {
            Behaviour::Exits { code, after_ms } => {
                Some((container.name.clone(), code, started.plus_ms(settings.lasts(after_ms))))
            }
            Behaviour::CannotStart(_) | Behaviour::Runs(_) => None,
        }
    });
    ends.collect()
}

/// What a container of a task does once its image is there; None when there is no such image.
pub(crate) fn behaviour(task: &Task, definition: &ContainerDefinition) -> Option<Behaviour> {
    let image = images::find(&definition.image)?;
    let overridden = task.override_of(&definition.name);
    let command =
        overridden.and_then(|o| o.command.as_deref()).or(definition.command.as_deref()).unwrap_or_default();
    let entry_point = definition.entry_point.as_deref().unwrap_or_default();
    let variables = definition.environment.iter().chain(overridden.into_iter().flat_map(|o| &o.environment));
    let environment =
        variables.filter_map(|kv| Some((kv.name.clone()?, kv.value.clone().unwrap_or_default()))).collect();
    Some(images::behaviour(&Start { image, entry_point, command, environment: &environment }))
}

fn decide(view: &View<'_>, cluster: &Cluster, task: &Task, revision: &Revision) -> Next {
    let host = cluster.instances.get(&task.instance);
    if !host.is_some_and(|host| host.connected) {
        return Next::Wait;
    }
    if task.phase.is_pending()
        && let Some(stop) = &task.stop
    {
        return Next::Finish { stop: stop.clone(), exit: Vec::new(), failed: None };
    }
    match task.phase {
        Phase::Pending => Next::Pull { takes_ms: pull_ms(view, cluster, task, revision) },
        Phase::Pulling => match cannot_pull(view, cluster, task, revision) {
            Some((name, reason)) => failed_to_start(view.now, name, reason),
            None => Next::Start,
        },
        Phase::Starting => match cannot_start(task, revision) {
            Some((name, reason)) => failed_to_start(view.now, name, reason),
            None => Next::Run,
        },
        Phase::Running if task.stop.is_some() => Next::End { takes_ms: stop_ms(task, revision) },
        Phase::Running => {
            let due = exits(task, revision, view.settings).into_iter().filter(|(_, _, at)| *at <= view.now);
            let codes: Vec<(String, i32)> = due.map(|(name, code, _)| (name, code)).collect();
            let essential = |name: &str| {
                revision
                    .containers
                    .iter()
                    .any(|definition| definition.name == name && definition.is_essential())
            };
            if codes.iter().any(|(name, _)| essential(name)) {
                let reason = "Essential container in task exited".to_owned();
                let stop = Stop { at: view.now, code: StopCode::EssentialContainerExited, reason };
                let mut exit = codes;
                exit.extend(killed(task, revision));
                Next::Finish { stop, exit, failed: None }
            } else {
                Next::Ended(codes)
            }
        }
        Phase::Stopping => match &task.stop {
            Some(stop) => Next::Finish { stop: stop.clone(), exit: killed(task, revision), failed: None },
            None => Next::Wait,
        },
        Phase::Stopped => Next::Wait,
    }
}

fn failed_to_start(at: Time, container: String, reason: String) -> Next {
    let stop = Stop { at, code: StopCode::TaskFailedToStart, reason: reason.clone() };
    Next::Finish { stop, exit: Vec::new(), failed: Some((container, reason)) }
}

/// Whether another task on the host had the image pulled.
fn is_cached(model: &Model, cluster: &Cluster, task: &Task, image: &str) -> bool {
    cluster.tasks.values().filter(|t| t.instance == task.instance && t.started_at.is_some()).any(|other| {
        let revision = model.revision(&other.definition);
        revision.is_some_and(|revision| revision.containers.iter().any(|c| c.image == image))
    })
}

fn pull_ms(view: &View<'_>, cluster: &Cluster, task: &Task, revision: &Revision) -> i64 {
    if cannot_pull(view, cluster, task, revision).is_some() {
        return FAILED_PULL_MS;
    }
    let mut names: Vec<&str> = revision.containers.iter().map(|c| c.image.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let each = names.into_iter().map(|name| match images::find(name) {
        Some(image) if !is_cached(&view.region.ecs, cluster, task, name) => image.pull_ms(),
        _ => CACHED_PULL_MS,
    });
    each.max().unwrap_or(CACHED_PULL_MS)
}

/// The container whose image does not come, and why. Follows "`CannotPullContainer` task errors in Amazon ECS".
fn cannot_pull(
    view: &View<'_>,
    cluster: &Cluster,
    task: &Task,
    revision: &Revision,
) -> Option<(String, String)> {
    let host = cluster.instances.get(&task.instance)?;
    let reachable = egress::instance_to_internet(view, &host.ec2_instance).is_ok();
    revision.containers.iter().find_map(|container| {
        let why = if images::find(&container.image).is_none() {
            images::why_not(&container.image)
        } else if reachable || is_cached(&view.region.ecs, cluster, task, &container.image) {
            return None;
        } else {
            let registry = match container.image.split_once('/') {
                Some((host, _)) if host.contains('.') => host,
                _ => "registry-1.docker.io",
            };
            format!(
                "Get \"https://{registry}/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
            )
        };
        let reason = format!("CannotPullContainerError: Error response from daemon: {why}");
        Some((container.name.clone(), reason))
    })
}

fn cannot_start(task: &Task, revision: &Revision) -> Option<(String, String)> {
    revision.containers.iter().find_map(|definition| match behaviour(task, definition)? {
        Behaviour::CannotStart(why) => {
            let reason = format!("CannotStartContainerError: Error response from daemon: {why}");
            Some((definition.name.clone(), reason))
        }
        Behaviour::Exits { .. } | Behaviour::Runs(_) => None,
    })
}

/// Whether a container's first process ends on SIGTERM. A shell, or an interpreter without a handler, does not as
/// process 1.
fn heeds_sigterm(task: &Task, definition: &ContainerDefinition) -> bool {
    let own = task.command_of(definition);
    let server = images::find(&definition.image).is_some_and(|image| {
        ["nginx", "httpd", "redis", "amazon/amazon-ecs-sample"].contains(&image.repository)
    });
    match own.first() {
        None => server,
        Some(first) => server && !["sh", "bash", "/bin/sh", "/bin/bash"].contains(first),
    }
}

fn stop_ms(task: &Task, revision: &Revision) -> i64 {
    let running = task.containers.iter().filter(|c| c.is_running());
    let each = running.filter_map(|c| revision.containers.iter().find(|d| d.name == c.name)).map(|d| {
        let timeout = d.stop_timeout.unwrap_or(STOP_TIMEOUT_S).clamp(0, 3_600) * 1_000;
        if heeds_sigterm(task, d) { HEEDED_STOP_MS } else { timeout }
    });
    each.max().unwrap_or(0)
}

/// The containers that still run, with the exit codes of their stop: 0 where SIGTERM is heeded, else SIGKILL's.
fn killed(task: &Task, revision: &Revision) -> Vec<(String, i32)> {
    let running = task.containers.iter().filter(|c| c.is_running());
    running
        .map(|container| {
            let definition = revision.containers.iter().find(|d| d.name == container.name);
            let heeds = definition.is_some_and(|definition| heeds_sigterm(task, definition));
            (container.name.clone(), if heeds { 0 } else { 137 })
        })
        .collect()
}

/// Host ports and Weave address of each container of a task, in the definition's order.
fn create(model: &Model, cluster_name: &str, id: &str) -> Vec<(Vec<Binding>, Option<u32>)> {
    let found = model.clusters.get(cluster_name).and_then(|c| Some((c, c.tasks.get(id)?)));
    let Some((cluster, task)) = found else { return Vec::new() };
    let Some(revision) = model.revision(&task.definition) else { return Vec::new() };
    let host = cluster.instances.get(&task.instance);
    let mut ports = placement::ports_in_use(model, cluster, &task.instance);
    let bridged = !matches!(revision.network_mode.as_deref(), Some("host" | "none" | "awsvpc"));
    let base = host.and_then(super::model::ContainerInstance::weave_base).filter(|_| bridged);
    let mut taken: Vec<u32> = cluster
        .tasks_on(&task.instance)
        .flat_map(|task| task.containers.iter().filter(|c| c.is_running()).filter_map(|c| c.weave_ip))
        .collect();
    let containers = revision.containers.iter().map(|definition| {
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
        let address = base.and_then(|base| (base + 1..base + 1_000).find(|ip| !taken.contains(ip)));
        taken.extend(address);
        (bindings, address)
    });
    containers.collect()
}

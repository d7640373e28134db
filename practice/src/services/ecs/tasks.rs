//! The life of a task, step by step, and its end. What keeps it from starting is in [`super::starting`], what happens to
//! its containers in [`super::life`]. Follows "Amazon ECS task lifecycle" and, for the words of its ends, "Stopped task
//! error messages".
//!
//! - [`decision`]: what becomes of it next; [`containers`], [`interface`]: what it consists of

use std::collections::BTreeMap;

use super::capacity::Launching;
use super::model::{
    Cluster, Container, ContainerState, Launch, Overrides, Phase, Revision, Stop, StopCode, Task,
};
use super::{initializing, services};
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::{Scope, Settings, View};

mod containers;
mod decision;
mod interface;

pub(crate) use containers::{behaviour, with_start};
use containers::{end, live, plan, resolved};
use decision::{Next, decide};
use interface::{attach, detach};

/// From the control plane to the agent, in AWS's milliseconds.
pub(super) const NOTICE_MS: i64 = 1_000;

/// From the end of the containers until the interface is removed.
const DETACH_MS: i64 = 8_000;

/// From the end of the pull until the containers run.
const START_MS: i64 = 1_500;

/// How long a stopped task is shown, by the world's clock: also where things happen faster than on AWS.
const VISIBLE_MS: i64 = 3_600_000;

/// A task to be.
pub(super) struct NewTask<'a> {
    pub(super) revision: &'a Revision,
    /// A container instance's id; empty on Fargate, and where capacity is waited for.
    pub(super) instance: &'a str,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) service: Option<String>,
    pub(super) overrides: Overrides,
    pub(super) launching: Launching,
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
        image: None,
        started_at: None,
        restarts_at: None,
        secrets: BTreeMap::new(),
        exit_code: None,
        reason: None,
        bindings: Vec::new(),
        weave_ip: None,
        loaded: None,
        memory: BTreeMap::new(),
    });
    let containers = containers.collect();
    let waits = new.instance.is_empty() && new.launching.launch == Launch::Ec2;
    Task {
        id: ids.hex(32),
        definition: new.revision.id.clone(),
        instance: new.instance.to_owned(),
        zone,
        group: new.group,
        started_by: new.started_by,
        service: new.service,
        phase: if waits || new.launching.network.is_some() { Phase::Provisioning } else { Phase::Pending },
        next_step: (!waits).then(|| now.plus_ms(settings.lasts(NOTICE_MS))),
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
        launch: new.launching.launch,
        capacity_provider: new.launching.provider,
        platform_version: new.launching.platform_version,
        execute_command: new.launching.execute_command,
        registers: new.launching.registers,
        connect: new.launching.connect,
        protected_until: None,
        network: new.launching.network,
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

/// Ends a task now; its own interface goes a little later. `exit` is the exit code of containers that ran.
pub(super) fn finish(task: &mut Task, stop: Stop, exit: Option<i32>, now: Time) {
    for container in &mut task.containers {
        if container.is_running() {
            container.exit_code = exit;
        }
        container.state = ContainerState::Stopped;
        container.restarts_at = None;
        container.memory.clear();
    }
    task.stop.get_or_insert(stop);
    task.execution_stopped_at.get_or_insert(now);
    if task.eni.as_ref().is_some_and(|eni| !eni.deleted) {
        task.phase = Phase::Deprovisioning;
        task.next_step = Some(now.plus_ms(DETACH_MS));
    } else {
        task.phase = Phase::Stopped;
        task.stopped_at = Some(now);
        task.next_step = None;
    }
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

fn step(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
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
    if let Next::Attach { subnet } = &next {
        attach(scope, cluster_name, id, subnet);
        return;
    }
    if matches!(next, Next::Detach) {
        detach(scope, cluster_name, id);
        return;
    }
    let (now, settings) = (scope.now, scope.settings);
    let starts = matches!(next, Next::Start);
    let (images, secrets) =
        if starts { resolved(&scope.view(), cluster_name, id) } else { Default::default() };
    if starts {
        initializing::open_logs(scope, cluster_name, id);
    }
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster_name) else { return };
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    task.next_step = None;
    if matches!(next, Next::Wait) {
        return;
    }
    task.version += 1;
    match next {
        Next::Wait | Next::Attach { .. } | Next::Detach => {}
        Next::Hand => enter(task, Phase::Pending, NOTICE_MS, settings, now),
        Next::Pull { takes_ms } => {
            enter(task, Phase::Pulling, takes_ms, settings, now);
            task.pull_started_at = Some(now);
        }
        Next::Start => {
            enter(task, Phase::Starting, START_MS, settings, now);
            task.pull_stopped_at = Some(now);
            for ((container, image), secrets) in task.containers.iter_mut().zip(images).zip(secrets) {
                (container.image, container.secrets) = (image, secrets);
            }
        }
        Next::Live(turn) => live(scope, cluster_name, id, turn),
        Next::Enter { phase: Phase::Running, .. } => run(cluster, id, now),
        Next::Enter { phase, takes_ms } => {
            enter(task, phase, takes_ms, settings, now);
            if phase == Phase::Stopping {
                task.execution_stopped_at.get_or_insert(now.plus_ms(settings.lasts(takes_ms)));
            }
        }
        Next::Finish { stop, exit, failed } => over(cluster, id, stop, &exit, failed, (settings, now)),
    }
    plan(scope, cluster_name, id);
}

fn enter(task: &mut Task, phase: Phase, takes_ms: i64, settings: &Settings, now: Time) {
    task.phase = phase;
    task.next_step = Some(now.plus_ms(settings.lasts(takes_ms)));
}

/// The task is `RUNNING`.
fn run(cluster: &mut Cluster, id: &str, now: Time) {
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    task.phase = Phase::Running;
    task.started_at.get_or_insert(now);
    if let Some((name, deployment)) = task.service.clone().zip(task.started_by.clone()) {
        services::task_ran(cluster, &name, &deployment);
    }
}

/// The task is at its end; its service is told.
fn over(
    cluster: &mut Cluster,
    id: &str,
    stop: Stop,
    exit: &[(String, i32, Option<String>)],
    failed: Option<(String, String)>,
    (settings, now): (&Settings, Time),
) {
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    end(task, exit);
    if let Some((name, reason)) = failed
        && let Some(container) = task.containers.iter_mut().find(|c| c.name == name)
    {
        container.reason = Some(reason);
    }
    let ran_ms = task.started_at.map(|started| now.since(started));
    let (code, reason) = (stop.code, stop.reason.clone());
    finish(task, stop, None, now);
    if let Some((name, of)) = task.service.clone().zip(task.started_by.clone()) {
        match (code, ran_ms) {
            (StopCode::TaskFailedToStart, None) => {
                services::task_failed(cluster, &name, &of, &reason, settings, now);
            }
            (StopCode::EssentialContainerExited, Some(ran_ms)) => {
                services::task_exited(cluster, &name, &of, ran_ms, settings, now);
            }
            _ => {}
        }
    }
}

//! The life of a task: its interface, its images, its containers, its end. What keeps it from starting is in
//! [`super::starting`], what happens to its containers in [`super::life`]. Follows "Amazon ECS task lifecycle"
//! and, for the words of its ends, "Stopped task error messages".

use std::collections::BTreeMap;

use super::capacity::{self, Launching};
use super::life::{self, Turn};
use super::model::{
    Binding, Cluster, Container, ContainerDefinition, ContainerState, Eni, Launch, Model, Overrides, Phase,
    Revision, Stop, StopCode, Task,
};
use super::{initializing, placement, readiness, services, starting};
use crate::core::id::IdSource;
use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::images::{self, Behaviour, Start};
use crate::network::files;
use crate::services::ec2::managed;
use crate::world::{Scope, Settings, View};

/// From the control plane to the agent, in AWS's milliseconds.
pub(super) const NOTICE_MS: i64 = 1_000;
/// From the making of an interface until it is attached to its container instance.
const INTERFACE_MS: i64 = 6_000;
/// The same on Fargate, where there is a host to be found.
const FARGATE_HOST_MS: i64 = 12_000;
/// From the end of the containers until the interface is removed.
const DETACH_MS: i64 = 8_000;
/// Registration with target groups and service registries.
const ACTIVATES_MS: i64 = 2_000;
/// The end of that.
const DEACTIVATES_MS: i64 = 3_000;
/// Most rounds of containers that let others start at one moment: there are ten containers at most.
const MAX_TURNS: usize = 12;
/// From the end of the pull until the containers run.
const START_MS: i64 = 1_500;
/// The end of a process that heeds SIGTERM.
const HEEDED_STOP_MS: i64 = 1_000;
/// What one that does not is given before SIGKILL, unless `stopTimeout` says otherwise.
const STOP_TIMEOUT_S: i64 = 30;
/// How long a stopped task is shown, by the world's clock: also where things happen faster than on AWS.
const VISIBLE_MS: i64 = 3_600_000;

/// What a container's secrets came to, by the name of their variable.
type Secrets = BTreeMap<String, Secret<String>>;

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

/// What becomes of a task at its due moment.
enum Next {
    /// Nothing until its agent is back, or for good.
    Wait,
    /// Its interface is made in that subnet.
    Attach {
        subnet: String,
    },
    /// It is its agent's.
    Hand,
    Pull {
        takes_ms: i64,
    },
    Start,
    /// Something happens to its containers.
    Live(Turn),
    /// It goes to a phase and stays there for so long.
    Enter {
        phase: Phase,
        takes_ms: i64,
    },
    /// Its containers and itself end.
    Finish {
        stop: Stop,
        exit: Vec<(String, i32, Option<String>)>,
        failed: Option<(String, String)>,
    },
    /// Its interface is gone.
    Detach,
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

/// The images of a task's containers, where their references are those of private registries, and their secrets.
fn resolved(view: &View<'_>, cluster: &str, id: &str) -> (Vec<Option<String>>, Vec<Secrets>) {
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
fn live(scope: &mut Scope<'_>, cluster_name: &str, id: &str, mut turn: Turn) {
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
        turn.starts.iter().for_each(|name| files::begun(scope, cluster_name, id, name));
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

/// Makes the task's own interface.
fn attach(scope: &mut Scope<'_>, cluster_name: &str, id: &str, subnet: &str) {
    let attachment = scope.region.ids.uuid();
    let found = scope.region.ecs.clusters.get(cluster_name).and_then(|c| Some((c, c.tasks.get(id)?)));
    let Some((cluster, task)) = found else { return };
    let Some(network) = task.network.clone() else { return };
    let host = cluster.instances.get(&task.instance).map(|host| host.ec2_instance.clone());
    let ec2 = &scope.region.ec2;
    let mut groups = network.security_groups;
    if groups.is_empty() {
        let vpc = ec2.subnet(subnet).map(|subnet| subnet.vpc_id.as_str()).unwrap_or_default();
        groups.extend(ec2.security_group_named(vpc, "default").map(|group| group.id.clone()));
    }
    let fargate = task.launch == Launch::Fargate;
    let description = scope.arn("ecs", &format!("attachment/{attachment}"));
    let wanted = managed::Wanted {
        subnet_id: subnet,
        security_groups: &groups,
        description,
        kind: "interface",
        public: network.public,
        instance_id: host.filter(|_| !fargate),
    };
    let made = managed::attach(scope, &wanted);
    let zone = scope.region.ec2.subnet(subnet).map(|subnet| subnet.zone.clone()).unwrap_or_default();
    let (now, settings) = (scope.now, scope.settings);
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster_name) else { return };
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    task.version += 1;
    let Some(made) = made else {
        let public = if network.public { "enabled" } else { "disabled" };
        let reason = format!(
            "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment {public} in subnet '{subnet}': InsufficientFreeAddressesInSubnet"
        );
        let stop = Stop { at: now, code: StopCode::TaskFailedToStart, reason };
        over(cluster, id, stop, &[], None, (settings, now));
        return;
    };
    task.zone = zone;
    task.eni = Some(Eni {
        attachment,
        subnet: subnet.to_owned(),
        interface: Some(made.id),
        private_ip: Some(made.private_ip),
        deleted: false,
    });
    enter(task, Phase::Provisioning, if fargate { FARGATE_HOST_MS } else { INTERFACE_MS }, settings, now);
}

/// Removes the task's interface: it is `STOPPED` then.
fn detach(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
    let now = scope.now;
    let model = &mut scope.region.ecs;
    let Some(task) = model.clusters.get_mut(cluster_name).and_then(|c| c.tasks.get_mut(id)) else { return };
    task.version += 1;
    task.next_step = None;
    task.phase = Phase::Stopped;
    task.stopped_at = Some(now);
    let interface = task.eni.as_mut().and_then(|eni| {
        eni.deleted = true;
        eni.interface.clone()
    });
    if let Some(interface) = interface {
        managed::release(scope, &interface);
    }
}

fn end(task: &mut Task, codes: &[(String, i32, Option<String>)]) {
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
fn plan(scope: &mut Scope<'_>, cluster_name: &str, id: &str) {
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
    Some(ask(&Start { image, entry_point, command, environment: &environment, memory_mib }))
}

/// What a container of a task does once its image is there; None when there is no such image.
pub(crate) fn behaviour(task: &Task, definition: &ContainerDefinition) -> Option<Behaviour> {
    with_start(task, definition, images::behaviour)
}

fn decide(view: &View<'_>, cluster: &Cluster, task: &Task, revision: &Revision) -> Next {
    if task.phase == Phase::Deprovisioning {
        return Next::Detach;
    }
    if task.awaits_instance() {
        return match &task.stop {
            Some(stop) => Next::Finish { stop: stop.clone(), exit: Vec::new(), failed: None },
            None => Next::Wait,
        };
    }
    let host = cluster.instances.get(&task.instance);
    if task.launch != Launch::Fargate && !host.is_some_and(|host| host.connected) {
        return Next::Wait;
    }
    if task.phase < Phase::Starting
        && let Some(stop) = &task.stop
    {
        return Next::Finish { stop: stop.clone(), exit: Vec::new(), failed: None };
    }
    match task.phase {
        Phase::Provisioning if task.eni.is_none() => {
            match capacity::subnet(&view.region.ec2, cluster, task) {
                Some(subnet) => Next::Attach { subnet: subnet.to_owned() },
                None => no_subnet(view.now, task),
            }
        }
        Phase::Provisioning => Next::Hand,
        Phase::Pending => Next::Pull { takes_ms: starting::pull_ms(view, cluster, task, revision) },
        Phase::Pulling => match starting::obstacle(view, cluster, task, revision) {
            Some(obstacle) => failed_to_start(view.now, obstacle.container, obstacle.reason),
            None => Next::Start,
        },
        Phase::Starting | Phase::Activating | Phase::Running => alive(view, task, revision),
        Phase::Deactivating => Next::Enter { phase: Phase::Stopping, takes_ms: stop_ms(task, revision) },
        Phase::Stopping => match &task.stop {
            Some(stop) => {
                let exit = killed(task, revision);
                Next::Finish { stop: stop.clone(), exit, failed: None }
            }
            None => Next::Wait,
        },
        Phase::Deprovisioning | Phase::Stopped => Next::Wait,
    }
}

/// A task with containers that run, or are about to.
fn alive(view: &View<'_>, task: &Task, revision: &Revision) -> Next {
    if task.stop.is_some() {
        let known = task.registers && task.phase >= Phase::Activating;
        return if known {
            Next::Enter { phase: Phase::Deactivating, takes_ms: DEACTIVATES_MS }
        } else {
            Next::Enter { phase: Phase::Stopping, takes_ms: stop_ms(task, revision) }
        };
    }
    if task.phase == Phase::Starting
        && let Some((name, reason)) = cannot_start(task, revision)
    {
        return failed_to_start(view.now, Some(name), reason);
    }
    let turn = life::turn(task, revision, view.settings, view.now);
    if let Some((name, why)) = turn.stuck {
        let reason = "Task failed to start".to_owned();
        let stop = Stop { at: view.now, code: StopCode::TaskFailedToStart, reason };
        let exit = killed(task, revision);
        return Next::Finish { stop, exit, failed: Some((name, why)) };
    }
    if turn.over {
        let reason = "Essential container in task exited".to_owned();
        let stop = Stop { at: view.now, code: StopCode::EssentialContainerExited, reason };
        let mut exit = turn.ends;
        exit.extend(killed(task, revision));
        return Next::Finish { stop, exit, failed: None };
    }
    if !turn.is_still() {
        return Next::Live(turn);
    }
    let complete = task.containers.iter().all(|container| container.state != ContainerState::Pending);
    match task.phase {
        Phase::Starting if complete && task.registers => {
            Next::Enter { phase: Phase::Activating, takes_ms: ACTIVATES_MS }
        }
        Phase::Starting if complete => Next::Enter { phase: Phase::Running, takes_ms: 0 },
        Phase::Activating => Next::Enter { phase: Phase::Running, takes_ms: 0 },
        // A change of health: nothing of the task itself changes, and its service looks at it.
        _ => Next::Live(turn),
    }
}

fn no_subnet(at: Time, task: &Task) -> Next {
    let named = task.network.iter().flat_map(|network| &network.subnets).next().cloned().unwrap_or_default();
    let reason = format!(
        "Unexpected EC2 error while attempting to Create Network Interface in subnet '{named}': InvalidSubnetID.NotFound"
    );
    failed_to_start(at, None, reason)
}

fn failed_to_start(at: Time, container: Option<String>, reason: String) -> Next {
    let stop = Stop { at, code: StopCode::TaskFailedToStart, reason: reason.clone() };
    Next::Finish { stop, exit: Vec::new(), failed: container.map(|container| (container, reason)) }
}

fn cannot_start(task: &Task, revision: &Revision) -> Option<(String, String)> {
    let pending = |d: &&ContainerDefinition| {
        task.containers.iter().any(|c| c.name == d.name && c.state == ContainerState::Pending)
    };
    revision.containers.iter().filter(pending).find_map(|definition| match behaviour(task, definition)? {
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
fn killed(task: &Task, revision: &Revision) -> Vec<(String, i32, Option<String>)> {
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
    let base = host.and_then(super::model::ContainerInstance::weave_base).filter(|_| bridged);
    let taken: Vec<u32> = cluster
        .tasks_on(&task.instance)
        .flat_map(|task| task.containers.iter().filter(|c| c.is_running()).filter_map(|c| c.weave_ip))
        .collect();
    (bindings, base.and_then(|base| (base + 1..base + 1_000).find(|ip| !taken.contains(ip))))
}

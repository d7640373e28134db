//! What the service scheduler does: keeps the desired count in rounds, rolls deployments within their bounds, holds
//! back after tasks that never ran, and says so. A plan is a pure reading of the world; a round carries it out.
//! Follows "Amazon ECS services", "Rolling update" and "Amazon ECS service throttle logic".

use std::collections::BTreeSet;

use super::events;
use super::model::{
    Cluster, Deployment, Model, Phase, Revision, RevisionId, Rollout, Scheduling, Service, ServiceStatus,
    StopCode, Task,
};
use super::placement::{self, Needs, Unfit, Unplaced};
use super::tasks::{self, NewTask};
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::{Scope, Settings, View};

/// From a need until the scheduler's next round, in AWS's milliseconds.
const ROUND_MS: i64 = 2_000;
/// Without load balancer and health check, a task counts as healthy this long after it runs.
const HEALTHY_MS: i64 = 40_000;
/// First and longest pause after tasks that never ran.
const HOLD_MS: (i64, i64) = (5_000, 15 * 60_000);
/// A task that ended by itself earlier than this was short-lived.
const SHORT_MS: i64 = 60_000;
/// So many of them are replaced at once, as on AWS. AWS goes on for ever; here a pause grows from then on, so that a
/// world that is left alone with a container that crashes comes to rest.
const PATIENCE: u32 = 10;
/// Most tasks started or stopped in one round.
const MAX_PER_ROUND: usize = 100;

/// A new deployment, as the primary one.
pub(super) fn deployment(ids: &mut IdSource, definition: RevisionId, now: Time) -> Deployment {
    let digits = 1_000_000_000_000_000_000 + ids.bits() % 8_000_000_000_000_000_000;
    Deployment {
        id: format!("ecs-svc/{digits}"),
        definition,
        created_at: now,
        updated_at: now,
        rollout: Rollout::InProgress,
        failed_tasks: 0,
        short_lived: 0,
    }
}

/// The next round of any service.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let clusters = view.region.ecs.clusters.values();
    clusters.flat_map(|cluster| cluster.services.values()).filter_map(|service| service.next_round).min()
}

/// Plans for every service, and carries out the rounds that are due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let all: Vec<(String, String)> = scope
        .region
        .ecs
        .clusters
        .values()
        .flat_map(|cluster| {
            let living = cluster.services.values().filter(|s| s.status != ServiceStatus::Inactive);
            living.map(|service| (cluster.name.clone(), service.name.clone()))
        })
        .collect();
    let mut changed = false;
    for (cluster, service) in &all {
        changed |= attend(scope, cluster, service);
    }
    changed
}

fn attend(scope: &mut Scope<'_>, cluster_name: &str, name: &str) -> bool {
    let now = scope.now;
    let Some(plan) = scope.region.ecs.clusters.get(cluster_name).and_then(|cluster| {
        let service = cluster.services.get(name)?;
        Some(plan(&scope.region.ecs, cluster, service, scope.settings, now))
    }) else {
        return false;
    };
    let round = now.plus_ms(scope.settings.lasts(ROUND_MS));
    let Some(service) = service_mut(scope, cluster_name, name) else { return false };
    let before = (service.next_round, service.desired);
    service.desired = plan.desired;
    if service.next_round.is_some_and(|at| at <= now) {
        service.next_round = None;
        carry_out(scope, cluster_name, name, &plan);
        return true;
    }
    service.next_round =
        if plan.is_urgent() { Some(service.next_round.map_or(round, |at| at.min(round))) } else { plan.wake };
    before != (service.next_round, service.desired)
}

fn service_mut<'s>(scope: &'s mut Scope<'_>, cluster: &str, name: &str) -> Option<&'s mut Service> {
    scope.region.ecs.clusters.get_mut(cluster)?.services.get_mut(name)
}

/// What a service would do now.
#[derive(Debug, Default)]
struct Plan {
    /// The count it keeps.
    desired: u32,
    /// How many tasks to start, at most.
    start: usize,
    /// Which to stop.
    stop: Vec<String>,
    /// What to complain about, when it was not told already.
    trouble: Option<String>,
    /// It has just got all it wants.
    settled: bool,
    /// It is deleted and its last task is gone.
    gone: bool,
    /// When that may change without anything else happening.
    wake: Option<Time>,
}

impl Plan {
    fn is_urgent(&self) -> bool {
        self.start > 0 || !self.stop.is_empty() || self.trouble.is_some() || self.settled || self.gone
    }
}

/// A service's tasks as its plan sees them.
struct Crew<'a> {
    /// Of the primary deployment, on instances that stay.
    current: Vec<&'a Task>,
    /// Of older deployments, or on instances that are draining.
    outgoing: Vec<&'a Task>,
    /// On their way out.
    stopping: usize,
}

impl<'a> Crew<'a> {
    fn of(cluster: &'a Cluster, service: &Service) -> Self {
        let primary = service.primary().map(|deployment| deployment.id.as_str());
        let mut crew = Self { current: Vec::new(), outgoing: Vec::new(), stopping: 0 };
        let all = cluster.tasks.values().filter(|task| task.service.as_deref() == Some(&service.name));
        for task in all.filter(|task| task.phase != Phase::Stopped) {
            let stays = cluster.instances.get(&task.instance).is_some_and(|host| !host.draining);
            if !task.is_wanted() {
                crew.stopping += 1;
            } else if stays && task.started_by.as_deref() == primary {
                crew.current.push(task);
            } else {
                crew.outgoing.push(task);
            }
        }
        crew
    }
}

fn plan(model: &Model, cluster: &Cluster, service: &Service, settings: &Settings, now: Time) -> Plan {
    let crew = Crew::of(cluster, service);
    if service.status == ServiceStatus::Draining {
        let stop: Vec<String> = crew.current.iter().chain(&crew.outgoing).map(|t| t.id.clone()).collect();
        let gone = stop.is_empty() && crew.stopping == 0;
        return Plan { stop, gone, ..Plan::default() };
    }
    let revision = service.primary().and_then(|deployment| model.revision(&deployment.definition));
    let Some(revision) = revision else { return Plan { desired: service.desired, ..Plan::default() } };
    let desired = match service.scheduling {
        Scheduling::Replica => service.desired,
        Scheduling::Daemon => eligible(model, cluster, service, revision),
    };
    let mut plan = Plan { desired, ..Plan::default() };
    let wanted = desired as usize;
    let healthy_at = |task: &Task| task.started_at.map(|at| at.plus_ms(settings.lasts(HEALTHY_MS)));
    let healthy = |task: &&&Task| healthy_at(task).is_some_and(|at| at <= now);
    let percent = |of: u32| wanted * of as usize;
    let most = percent(service.deployment.maximum_percent) / 100;
    let fewest = percent(service.deployment.minimum_healthy_percent).div_ceil(100);

    plan.stop = surplus(&crew, wanted);
    let running_old = crew.outgoing.iter().filter(|task| task.phase == Phase::Running).count();
    let sound = crew.current.iter().filter(healthy).count() + running_old;
    let (young, old): (Vec<&Task>, Vec<&Task>) = crew.outgoing.iter().partition(|t| t.phase.is_pending());
    plan.stop.extend(young.iter().map(|task| task.id.clone()));
    plan.stop.extend(old.iter().take(sound.saturating_sub(fewest)).map(|task| task.id.clone()));
    plan.stop.truncate(MAX_PER_ROUND);

    let need = wanted.saturating_sub(crew.current.len());
    let room = most.saturating_sub(crew.current.len() + crew.outgoing.len());
    let held = service.held_until.filter(|at| *at > now);
    let given_up = service.primary().is_some_and(|deployment| deployment.rollout == Rollout::Failed);
    plan.start = if held.is_some() || given_up { 0 } else { need.min(room).min(MAX_PER_ROUND) };
    if plan.start > 0 {
        if let Err(why) = place(model, cluster, service, revision) {
            plan.start = 0;
            // Whoever is stopping may make room; that is worth waiting for in silence.
            plan.trouble = (crew.stopping == 0).then(|| events::unplaced(&service.name, &why));
        }
    } else if need > 0 && room == 0 && plan.stop.is_empty() && crew.stopping == 0 && held.is_none() {
        let moving = crew.current.iter().any(|task| !healthy(&task));
        plan.trouble = (!moving).then(|| events::deadlocked(&service.name));
    }
    plan.trouble = plan.trouble.filter(|message| !events::is_told(service, message, settings, now));
    let complete = need == 0
        && crew.outgoing.is_empty()
        && crew.current.len() == wanted
        && crew.current.iter().all(|task| healthy(&task));
    let news = !service.steady
        || service.deployments.len() > 1
        || service.primary().is_some_and(|deployment| deployment.rollout == Rollout::InProgress);
    plan.settled = complete && news;
    let growing = crew.current.iter().filter_map(|task| healthy_at(task)).filter(|at| *at > now);
    plan.wake = if news { growing.chain(held.filter(|_| need > 0)).min() } else { held.filter(|_| need > 0) };
    plan
}

/// Tasks above the desired count: those that do not run yet first, then of the fullest zone, then the youngest.
fn surplus(crew: &Crew<'_>, wanted: usize) -> Vec<String> {
    let excess = crew.current.len().saturating_sub(wanted);
    let mut left = crew.current.clone();
    let mut stop = Vec::new();
    for _ in 0..excess.min(MAX_PER_ROUND) {
        let in_zone = |zone: &str| left.iter().filter(|task| task.zone == zone).count();
        let key =
            |task: &&Task| (task.phase.is_pending(), in_zone(&task.zone), task.created_at, task.id.clone());
        let Some(at) = (0..left.len()).max_by_key(|at| left.get(*at).map(key)) else { break };
        stop.push(left.remove(at).id.clone());
    }
    stop
}

/// How many instances a daemon belongs on: those that it could run on if they were empty.
fn eligible(model: &Model, cluster: &Cluster, service: &Service, revision: &Revision) -> u32 {
    let group = service.group();
    let needs = Needs::of(revision, None, &service.constraints, &group);
    let fits = cluster.instances.values().filter(|host| {
        !host.draining
            && !matches!(
                placement::unfit(model, cluster, host, &needs),
                Some(Unfit::Agent | Unfit::Attribute | Unfit::MemberOf)
            )
    });
    u32::try_from(fits.count()).unwrap_or(u32::MAX)
}

/// Where the next task of a service would go.
fn place(
    model: &Model,
    cluster: &Cluster,
    service: &Service,
    revision: &Revision,
) -> Result<String, Unplaced> {
    let group = service.group();
    let needs = Needs::of(revision, None, &service.constraints, &group);
    let without: BTreeSet<String> = match service.scheduling {
        Scheduling::Replica => BTreeSet::new(),
        Scheduling::Daemon => {
            let crew = Crew::of(cluster, service);
            crew.current.iter().map(|task| task.instance.clone()).collect()
        }
    };
    placement::choose(model, cluster, &needs, &service.strategies, &without)
}

fn carry_out(scope: &mut Scope<'_>, cluster_name: &str, name: &str, plan: &Plan) {
    let now = scope.now;
    let started = start(scope, cluster_name, name, plan.start);
    let settings = scope.settings;
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster_name) else { return };
    let Some(service) = cluster.services.get_mut(name) else { return };
    let primary = service.primary().map(|deployment| deployment.id.clone());
    for id in &plan.stop {
        if let Some(task) = cluster.tasks.get_mut(id) {
            let reason = match &task.started_by {
                Some(of) if task.started_by != primary => {
                    format!("Scaling activity initiated by deployment {}", primary.as_deref().unwrap_or(of))
                }
                of => {
                    format!("Scaling activity initiated by deployment {}", of.as_deref().unwrap_or_default())
                }
            };
            tasks::request_stop(task, StopCode::ServiceSchedulerInitiated, &reason, settings, now);
        }
    }
    if !plan.stop.is_empty() {
        events::say(service, now, events::stopped(name, &plan.stop));
        service.steady = false;
    }
    if !started.is_empty() {
        events::say(service, now, events::started(name, &started));
        service.steady = false;
    }
    if let Some(message) = plan.trouble.clone() {
        events::say(service, now, message);
    }
    if plan.settled {
        settle(service, now);
    }
    if plan.gone {
        service.status = ServiceStatus::Inactive;
        service.deployments.clear();
    }
}

/// The service has what it wants: older deployments are over, the primary one is complete.
fn settle(service: &mut Service, now: Time) {
    service.deployments.truncate(1);
    service.held_until = None;
    let name = service.name.clone();
    service.deployments.iter_mut().for_each(|deployment| deployment.short_lived = 0);
    if let Some(primary) = service.deployments.first_mut()
        && primary.rollout == Rollout::InProgress
    {
        primary.rollout = Rollout::Completed;
        primary.updated_at = now;
        let message = events::completed(&name, &primary.id);
        events::say(service, now, message);
    }
    events::say(service, now, events::steady(&name));
    service.steady = true;
}

/// Starts as many tasks as fit, up to `count`. Their ids.
fn start(scope: &mut Scope<'_>, cluster_name: &str, name: &str, count: usize) -> Vec<String> {
    let mut started = Vec::new();
    for _ in 0..count {
        let region = &mut *scope.region;
        let Some(cluster) = region.ecs.clusters.get(cluster_name) else { break };
        let Some(service) = cluster.services.get(name) else { break };
        let Some(primary) = service.primary() else { break };
        let Some(revision) = region.ecs.revision(&primary.definition) else { break };
        let Ok(instance) = place(&region.ecs, cluster, service, revision) else { break };
        let new = NewTask {
            revision,
            instance: &instance,
            group: service.group(),
            started_by: Some(primary.id.clone()),
            service: Some(name.to_owned()),
            overrides: super::model::Overrides::default(),
            tags: task_tags(cluster, service, revision),
        };
        let task = tasks::make(&mut region.ids, cluster, new, scope.settings, scope.now);
        started.push(task.id.clone());
        if let Some(cluster) = region.ecs.clusters.get_mut(cluster_name) {
            cluster.tasks.insert(task.id.clone(), task);
        }
    }
    started
}

fn task_tags(cluster: &Cluster, service: &Service, revision: &Revision) -> Tags {
    let mut tags = match service.propagate_tags.as_deref() {
        Some("SERVICE") => service.tags.clone(),
        Some("TASK_DEFINITION") => revision.tags.clone(),
        _ => Tags::new(),
    };
    if service.managed_tags {
        tags.insert("aws:ecs:clusterName".to_owned(), cluster.name.clone());
        tags.insert("aws:ecs:serviceName".to_owned(), service.name.clone());
    }
    tags
}

/// A task of a deployment has reached `RUNNING`: its failures are forgiven.
pub(super) fn task_ran(cluster: &mut Cluster, name: &str, deployment: &str) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    if let Some(deployment) = service.deployments.iter_mut().find(|d| d.id == deployment) {
        deployment.failed_tasks = 0;
    }
    if service.primary().is_some_and(|primary| primary.id == deployment && primary.short_lived <= PATIENCE) {
        service.held_until = None;
    }
}

/// A task of a deployment has ended by itself, `ran_ms` after it began to run.
pub(super) fn task_exited(
    cluster: &mut Cluster,
    name: &str,
    of: &str,
    ran_ms: i64,
    settings: &Settings,
    now: Time,
) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    let Some(primary) = service.deployments.first_mut().filter(|primary| primary.id == of) else { return };
    if ran_ms >= settings.lasts(SHORT_MS) {
        return;
    }
    primary.short_lived = primary.short_lived.saturating_add(1);
    if let Some(over) = primary.short_lived.checked_sub(PATIENCE + 1) {
        service.held_until = Some(now.plus_ms(settings.lasts(pause_ms(over))));
    }
}

/// The pause after so many failures.
fn pause_ms(failures: u32) -> i64 {
    let (first, longest) = HOLD_MS;
    first.saturating_mul(1 << failures.min(10)).min(longest)
}

/// A task of a deployment ended without ever having run.
pub(super) fn task_failed(cluster: &mut Cluster, name: &str, of: &str, settings: &Settings, now: Time) {
    let Some(service) = cluster.services.get_mut(name) else { return };
    let Some(at) = service.deployments.iter().position(|deployment| deployment.id == of) else { return };
    let breaker = service.deployment.circuit_breaker;
    let limit = service.desired.div_ceil(2).clamp(3, 200);
    let Some(deployment) = service.deployments.get_mut(at) else { return };
    deployment.failed_tasks += 1;
    deployment.updated_at = now;
    let failures = deployment.failed_tasks;
    let broken = breaker && failures >= limit && deployment.rollout == Rollout::InProgress;
    if at > 0 {
        return;
    }
    if broken {
        deployment.rollout = Rollout::Failed;
        events::say(service, now, events::failed(name, of));
        if service.deployment.rollback {
            roll_back(service, now);
        }
        return;
    }
    service.held_until = Some(now.plus_ms(settings.lasts(pause_ms(failures))));
    if failures >= 3 {
        events::complain(service, events::inconsistent(name), settings, now);
    }
}

/// Back to the last deployment that completed, which becomes the primary one again.
fn roll_back(service: &mut Service, now: Time) {
    let Some(at) = service.deployments.iter().position(|d| d.rollout == Rollout::Completed) else { return };
    let name = service.name.clone();
    let mut earlier = service.deployments.remove(at);
    earlier.rollout = Rollout::InProgress;
    earlier.failed_tasks = 0;
    earlier.updated_at = now;
    let message = events::rolling_back(&name, &earlier.id);
    service.deployments.insert(0, earlier);
    service.held_until = None;
    events::say(service, now, message);
}

/// Tasks of a deployment that are not yet `STOPPED`: pending and running.
pub(super) fn counts(cluster: &Cluster, of: impl Fn(&Task) -> bool) -> (u32, u32) {
    let alive = cluster.tasks.values().filter(|task| task.phase != Phase::Stopped && of(task));
    alive.fold(
        (0, 0),
        |(pending, running), task| {
            if task.phase.is_pending() { (pending + 1, running) } else { (pending, running + 1) }
        },
    )
}

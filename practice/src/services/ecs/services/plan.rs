//! What a service would do now: a pure reading of the world.

use std::collections::BTreeSet;

use super::MAX_PER_ROUND;
use super::health::{self, Health};
use super::units::Unit;
use super::{alarms, connect, registry, sets, shift, targets, units};
use crate::core::time::Time;
use crate::services::ecs::events;
use crate::services::ecs::model::{
    Cluster, Controller, Launch, Phase, Revision, Rollout, Scheduling, Service, ServiceStatus, Spec, Task,
};
use crate::services::ecs::placement::{self, Needs, Unfit, Unplaced};
use crate::services::ecs::{providers, scaling};
use crate::world::View;

/// What a service would do now.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The count it keeps.
    pub(super) desired: u32,
    /// How many tasks to start, at most.
    pub(super) start: usize,
    /// The same for task sets, by id.
    pub(super) sets: Vec<(String, usize)>,
    /// Task sets that were deleted and have no task left.
    pub(super) drained: Vec<String>,
    /// Which to stop.
    pub(super) stop: Vec<String>,
    /// Which to stop because they are unhealthy, with what is said of them and their `stoppedReason`.
    pub(super) replace: Vec<(String, String, String)>,
    /// The alarms that fail its deployment.
    pub(super) alarmed: Vec<String>,
    /// A task of its primary deployment has become healthy.
    pub(super) thrives: bool,
    /// What to complain about, when it was not told already.
    pub(super) trouble: Option<String>,
    /// What is to change in its target groups.
    pub(super) targets: targets::Changes,
    /// What is to change in its service registries.
    pub(super) entries: registry::Entries,
    /// What Service Connect is to change in Cloud Map.
    pub(super) connect: connect::Changes,
    /// What is to be done about its traffic.
    pub(super) traffic: shift::Moves,
    /// It has just got all it wants.
    pub(super) settled: bool,
    /// It is deleted and its last task is gone.
    pub(super) gone: bool,
    /// When that may change without anything else happening.
    pub(super) wake: Option<Time>,
}

impl Plan {
    pub(super) fn is_urgent(&self) -> bool {
        self.start > 0
            || !self.sets.is_empty()
            || !self.drained.is_empty()
            || !self.stop.is_empty()
            || !self.replace.is_empty()
            || self.thrives
            || !self.alarmed.is_empty()
            || self.trouble.is_some()
            || self.settled
            || self.gone
    }
}

/// A service's tasks as its plan sees them.
struct Crew<'a> {
    /// Of the primary deployment, on instances that stay, with how they do.
    current: Vec<(&'a Task, Health)>,
    /// Of the primary deployment, unhealthy.
    ailing: Vec<(&'a Task, String, String)>,
    /// Of older deployments, or on instances that are draining.
    outgoing: Vec<&'a Task>,
    /// On their way out.
    stopping: usize,
    /// Those of them that are still `RUNNING`, or not even that.
    lingering: usize,
}

impl<'a> Crew<'a> {
    fn of(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&'a Task]) -> Self {
        let primary = service.primary().map(|deployment| deployment.id.as_str());
        let mut crew =
            Self { current: Vec::new(), ailing: Vec::new(), outgoing: Vec::new(), stopping: 0, lingering: 0 };
        for task in tasks {
            let stays = task.launch == Launch::Fargate
                || task.awaits_instance()
                || cluster.instances.get(&task.instance).is_some_and(|host| !host.draining);
            if !task.is_wanted() {
                crew.stopping += 1;
                crew.lingering += usize::from(task.phase <= Phase::Running);
            } else if stays && task.started_by.as_deref() == primary {
                match health::of(view, service, task) {
                    Health::Unhealthy { event, reason } => crew.ailing.push((task, event, reason)),
                    health => crew.current.push((task, health)),
                }
            } else {
                crew.outgoing.push(task);
            }
        }
        crew
    }

    fn healthy(&self) -> usize {
        self.current.iter().filter(|(_, health)| *health == Health::Healthy).count()
    }

    fn total(&self) -> usize {
        self.current.len() + self.ailing.len() + self.outgoing.len()
    }
}

/// What a service would do now with its tasks, those that are not yet `STOPPED`.
pub(super) fn plan(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&Task]) -> Plan {
    let mut plan = counted(view, cluster, service, tasks);
    plan.targets = targets::changes(view, cluster, service, tasks);
    plan.entries = registry::entries(view, cluster, service, tasks);
    plan.connect = connect::changes(view, service);
    plan
}

fn counted(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&Task]) -> Plan {
    let model = &view.region.ecs;
    if service.status == ServiceStatus::Draining {
        let stop: Vec<String> = tasks.iter().filter(|t| t.is_wanted()).map(|t| t.id.clone()).collect();
        return Plan { gone: tasks.is_empty(), stop, ..Plan::default() };
    }
    if service.controller != Controller::Ecs {
        return sets::plan(view, cluster, service, tasks);
    }
    let revision = service.primary().and_then(|deployment| model.revision(&deployment.definition));
    let Some(revision) = revision else { return Plan { desired: service.desired, ..Plan::default() } };
    let crew = Crew::of(view, cluster, service, tasks);
    let desired = match service.scheduling {
        Scheduling::Replica => service.desired,
        Scheduling::Daemon => eligible(view, cluster, service, revision),
    };
    let mut plan = Plan { desired, ..Plan::default() };
    let wanted = desired as usize;
    let percent = |of: u32| wanted * of as usize;
    // Where traffic shifts, all new tasks run beside all old ones.
    let side_by_side = service.primary().is_some_and(|primary| primary.shift.is_some());
    let most = if side_by_side { 2 * wanted } else { percent(service.deployment.maximum_percent) / 100 };
    let need = wanted.saturating_sub(crew.current.len());
    let room = most.saturating_sub(crew.total());

    plan.alarmed = alarms::raised(view, service);
    stops(&mut plan, service, &crew, (wanted, need > 0 && room == 0), view.now);
    // The upper limit is on all that are pending or running, those told to stop among them.
    starts(&mut plan, view, cluster, service, &crew, (need, room.saturating_sub(crew.lingering)));
    let complete = need == 0
        && crew.outgoing.is_empty()
        && crew.ailing.is_empty()
        && crew.current.len() == wanted
        && crew.healthy() == wanted;
    let news = !service.steady
        || service.deployments.len() > 1
        || service.primary().is_some_and(|deployment| deployment.rollout == Rollout::InProgress);
    plan.settled = complete && news;
    let ready = need == 0 && crew.ailing.is_empty() && crew.healthy() == wanted;
    plan.traffic = shift::moves(view, service, ready);
    let held = service.held_until.filter(|at| *at > view.now && need > 0);
    let growing = crew.current.iter().filter_map(|(_, health)| match health {
        Health::Waiting(at) => *at,
        _ => None,
    });
    let excess = crew.current.len() > wanted || !crew.outgoing.is_empty();
    let all = crew.current.iter().map(|(task, _)| *task).chain(crew.outgoing.iter().copied());
    let kept: Vec<Time> = all.filter(|_| excess).filter_map(|task| task.protected_until).collect();
    // Also in a steady state: a task that falls ill within the grace period is looked at again when that is over.
    let wakes = growing.chain(held).chain(plan.traffic.wake).chain(kept);
    plan.wake = wakes.filter(|at| *at > view.now).min();
    plan
}

/// Who has to go: more than wanted, unhealthy, of an older deployment.
fn stops(plan: &mut Plan, service: &Service, crew: &Crew<'_>, (wanted, stuck): (usize, bool), now: Time) {
    let fewest = (wanted * service.deployment.minimum_healthy_percent as usize).div_ceil(100);
    plan.stop = surplus(crew, wanted, now);
    let running_old = crew.outgoing.iter().filter(|task| task.phase == Phase::Running).count();
    let sound = crew.healthy() + running_old;
    let stays = shift::keeps_old(service);
    let leaving = crew.outgoing.iter().filter(|task| !stays && !task.is_protected(now)).copied();
    let (young, old): (Vec<&Task>, Vec<&Task>) = leaving.partition(|t| t.phase.is_pending());
    plan.stop.extend(young.iter().map(|task| task.id.clone()));
    plan.stop.extend(old.iter().take(sound.saturating_sub(fewest)).map(|task| task.id.clone()));
    plan.stop.truncate(MAX_PER_ROUND);
    // One that falls ill later goes when its replacement does well, or at once when there is no room for one. During
    // a deployment nobody waits for that.
    let rolling = service.primary().is_some_and(|primary| primary.rollout == Rollout::InProgress);
    let go = if rolling || crew.healthy() >= wanted {
        crew.ailing.len()
    } else {
        usize::from(stuck && plan.stop.is_empty())
    };
    let ailing = crew.ailing.iter().take(go.min(MAX_PER_ROUND));
    plan.replace = ailing.map(|(task, event, why)| (task.id.clone(), event.clone(), why.clone())).collect();
    plan.thrives = crew.healthy() > 0 && super::breaker::may_forgive(service);
}

/// How many to start, and what is said when that is not possible.
fn starts(
    plan: &mut Plan,
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    crew: &Crew<'_>,
    (need, room): (usize, usize),
) {
    let held = service.held_until.filter(|at| *at > view.now);
    let given_up = service.primary().is_some_and(|deployment| deployment.rollout == Rollout::Failed);
    plan.start = if held.is_some() || given_up { 0 } else { need.min(room).min(MAX_PER_ROUND) };
    if plan.start > 0 {
        if let Some(unit) = units::primary(service)
            && let Err(why) = place(view, cluster, service, unit)
        {
            plan.start = 0;
            // Whoever is stopping may make room; that is worth waiting for in silence.
            plan.trouble =
                (crew.stopping == 0).then(|| events::unplaced(&service.name, where_looked(unit.spec), &why));
        }
    } else if need > 0
        && room == 0
        && plan.stop.is_empty()
        && plan.replace.is_empty()
        && crew.stopping == 0
        && held.is_none()
        && !given_up
    {
        let moving = crew.healthy() < crew.current.len();
        plan.trouble = (!moving).then(|| events::deadlocked(&service.name));
    }
    let kept = crew.current.iter().filter(|(task, _)| task.is_protected(view.now)).count();
    if crew.current.len() > plan.desired as usize && plan.stop.is_empty() && kept > 0 {
        plan.trouble = Some(events::protected(&service.name, kept));
    }
    let told = |message: &String| !events::is_told(service, message, view.settings, view.now);
    plan.trouble = plan.trouble.take().filter(told);
}

/// Tasks above the desired count that are not protected: those that do not run yet first, then of the fullest zone, then the youngest.
fn surplus(crew: &Crew<'_>, wanted: usize, now: Time) -> Vec<String> {
    let excess = crew.current.len().saturating_sub(wanted);
    let free = crew.current.iter().map(|(task, _)| *task).filter(|task| !task.is_protected(now));
    let mut left: Vec<&Task> = free.collect();
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
fn eligible(view: &View<'_>, cluster: &Cluster, service: &Service, revision: &Revision) -> u32 {
    let (model, ec2) = (&view.region.ecs, &view.region.ec2);
    let group = service.group();
    let spec = service.primary().map_or(&service.spec, |primary| &primary.spec);
    let needs = Needs::of(revision, None, &service.constraints, &group)
        .on_network(ec2, spec.network.as_ref())
        .launched_as(spec.place());
    let fits = cluster.instances.values().filter(|host| {
        !host.draining
            && !matches!(
                placement::unfit(model, cluster, host, &needs),
                Some(Unfit::Agent | Unfit::Attribute | Unfit::MemberOf)
            )
    });
    u32::try_from(fits.count()).unwrap_or(u32::MAX)
}

/// Where a place was looked for, as events say it.
pub(super) fn where_looked(spec: &Spec) -> &'static str {
    if spec.providers.is_empty() { "cluster" } else { "capacity provider" }
}

/// Where the next task of a deployment or task set would go.
pub(super) fn place(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    unit: Unit<'_>,
) -> Result<Place, Unplaced> {
    let model = &view.region.ecs;
    let Some(revision) = model.revision(unit.definition) else { return Err(Unplaced::NoInstances) };
    let mine = |task: &&Task| {
        task.is_wanted()
            && task.service.as_deref() == Some(&service.name)
            && task.started_by.as_deref() == Some(unit.id)
    };
    let provider = providers::next(&unit.spec.providers, cluster.tasks.values().filter(mine));
    let launch = unit.spec.place();
    if launch == Launch::Fargate {
        return Ok(Place { instance: String::new(), provider: provider.map(str::to_owned) });
    }
    let group = service.group();
    let needs = Needs::of(revision, None, &service.constraints, &group)
        .on_network(&view.region.ec2, unit.spec.network.as_ref())
        .launched_as(launch);
    let without: BTreeSet<String> = match (service.scheduling, provider) {
        (Scheduling::Daemon, _) => {
            cluster.tasks.values().filter(mine).map(|task| task.instance.clone()).collect()
        }
        (Scheduling::Replica, None) => BTreeSet::new(),
        (Scheduling::Replica, Some(name)) => providers::others(view, cluster, name),
    };
    let instance = match placement::choose(model, cluster, &needs, &service.strategies, &without) {
        // It waits for its provider to bring more.
        Err(_) if service.scheduling == Scheduling::Replica && scaling::may_wait(view, cluster, provider) => {
            String::new()
        }
        found => found?,
    };
    Ok(Place { instance, provider: provider.map(str::to_owned) })
}

/// Where a task goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// A container instance; empty on Fargate, and where capacity is waited for.
    pub(super) instance: String,
    pub(super) provider: Option<String>,
}

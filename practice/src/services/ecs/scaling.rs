//! Capacity providers over Auto Scaling groups at work: tasks wait for capacity, groups grow and shrink with the need,
//! instances that leave are drained first. Follows "Automatically manage Amazon ECS capacity with cluster auto scaling"
//! and "Deep dive on Amazon ECS cluster auto scaling": the metric is `CapacityProviderReservation`, instances needed in
//! percent of instances there are. Its alarms are not made: what they would come to is computed.

use std::collections::BTreeSet;

use super::model::{CapacityProvider, Cluster, Phase, Scheduling, Service, Task};
use super::placement::{self, Needs};
use super::{providers, tasks};
use crate::core::time::Time;
use crate::services::autoscaling::managed;
use crate::services::autoscaling::model::Group;
use crate::services::ec2::instance_types;
use crate::world::{Scope, View};

/// From a need until the group is told: a minute of the metric, and its alarm.
const OUT_MS: i64 = 75_000;
/// The metric has to be below its target for a quarter of an hour until the group shrinks.
const IN_MS: i64 = 15 * 60_000;
/// An instance that is to be drained is not waited for any longer.
const DRAIN_MS: i64 = 48 * 3_600_000;
/// Most tasks of a cluster that wait for capacity.
pub(super) const MAX_WAITING: usize = 500;

/// Whether a task waits for a container instance.
pub(super) fn waits(task: &Task) -> bool {
    task.phase == Phase::Provisioning && task.awaits_instance() && task.stop.is_none()
}

/// Whether a task that finds no place may wait for a capacity provider to make one.
pub(super) fn may_wait(view: &View<'_>, cluster: &Cluster, provider: Option<&str>) -> bool {
    let provider = provider.and_then(|name| view.region.ecs.providers.get(name));
    provider.is_some_and(|provider| {
        provider.scaling.enabled
            && managed::group(view, &provider.group).is_some()
            && cluster.tasks.values().filter(|task| waits(task)).count() < MAX_WAITING
    })
}

/// Whether an instance that its group lets go is to be drained first: it has tasks, and a provider that drains.
pub(crate) fn drains(view: &View<'_>, group_arn: &str, ec2_instance: &str) -> bool {
    let model = &view.region.ecs;
    let drains = model.providers.values().any(|one| one.group == group_arn && one.draining);
    drains
        && model
            .instance_on(ec2_instance)
            .is_some_and(|(cluster, host)| host.connected && is_busy(cluster, &host.id))
}

/// Whether tasks are on an instance, those of daemons aside.
fn is_busy(cluster: &Cluster, instance: &str) -> bool {
    cluster.tasks_on(instance).any(|task| !is_daemon(cluster, task))
}

fn is_daemon(cluster: &Cluster, task: &Task) -> bool {
    let service = task.service.as_deref().and_then(|name| cluster.services.get(name));
    service.is_some_and(|service| service.scheduling == Scheduling::Daemon)
}

/// The next moment a group is told its size, or an instance is drained for too long.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let providers = view.region.ecs.providers.values();
    let each = providers.flat_map(|provider| {
        let group = managed::group(view, &provider.group).filter(|_| provider.draining);
        let leaving = group.into_iter().flat_map(|group| managed::leaving(group, view));
        let late = leaving.map(|(_, since)| since.plus_ms(view.settings.lasts(DRAIN_MS)));
        provider.resize.map(|(_, at)| at).into_iter().chain(late)
    });
    each.min()
}

/// Places tasks that wait, and sizes, protects and drains groups. True when anything changed.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    if scope.region.ecs.providers.is_empty() {
        return false;
    }
    let mut changed = place(scope);
    let names: Vec<String> = scope.region.ecs.providers.keys().cloned().collect();
    for name in &names {
        changed |= drain(scope, name);
        changed |= protect(scope, name);
        changed |= size(scope, name);
    }
    changed
}

/// Gives tasks that wait an instance, the oldest first.
fn place(scope: &mut Scope<'_>) -> bool {
    let mut changed = false;
    let clusters: Vec<String> = scope.region.ecs.clusters.keys().cloned().collect();
    for name in &clusters {
        // One that finds no place speaks for those like it.
        let mut stuck = BTreeSet::new();
        let queue: Vec<String> = {
            let Some(cluster) = scope.region.ecs.clusters.get(name) else { continue };
            let mut queue: Vec<&Task> = cluster.tasks.values().filter(|task| waits(task)).collect();
            queue.sort_by_key(|task| (task.created_at, &task.id));
            queue.into_iter().map(|task| task.id.clone()).collect()
        };
        for id in queue {
            let view = scope.view();
            let found = view.region.ecs.clusters.get(name).and_then(|c| Some((c, c.tasks.get(&id)?)));
            let Some((cluster, task)) = found else { continue };
            let kind = (task.group.clone(), task.definition.clone(), task.capacity_provider.clone());
            if stuck.contains(&kind) {
                continue;
            }
            let Some(instance) = choose(&view, cluster, task) else {
                stuck.insert(kind);
                continue;
            };
            let zone = cluster.instances.get(&instance);
            let zone = zone.and_then(|host| super::attributes::value(host, "ecs.availability-zone"));
            let (settings, now) = (scope.settings, scope.now);
            let Some(task) = scope.region.ecs.clusters.get_mut(name).and_then(|c| c.tasks.get_mut(&id))
            else {
                continue;
            };
            task.zone = zone.unwrap_or_default();
            task.instance = instance;
            task.phase = if task.network.is_some() { Phase::Provisioning } else { Phase::Pending };
            task.next_step = Some(now.plus_ms(settings.lasts(tasks::NOTICE_MS)));
            task.version += 1;
            changed = true;
        }
    }
    changed
}

fn choose(view: &View<'_>, cluster: &Cluster, task: &Task) -> Option<String> {
    let model = &view.region.ecs;
    let service = task.service.as_deref().and_then(|name| cluster.services.get(name));
    let needs = needs(view, task, service)?;
    let without = providers::others(view, cluster, task.capacity_provider.as_deref()?);
    let strategies = service.map(|service| service.strategies.as_slice()).unwrap_or_default();
    placement::choose(model, cluster, &needs, strategies, &without).ok()
}

fn needs<'v>(view: &'v View<'_>, task: &'v Task, service: Option<&'v Service>) -> Option<Needs<'v>> {
    let revision = view.region.ecs.revision(&task.definition)?;
    let constraints = service.map(|service| service.constraints.as_slice()).unwrap_or_default();
    let needs = Needs::of(revision, Some(&task.overrides), constraints, &task.group);
    Some(needs.on_network(&view.region.ec2, task.network.as_ref()))
}

/// Drains instances that their group lets go, and lets them end when they are empty.
fn drain(scope: &mut Scope<'_>, name: &str) -> bool {
    let view = scope.view();
    let provider = view.region.ecs.providers.get(name).filter(|provider| provider.draining);
    let group = provider.and_then(|provider| managed::group(&view, &provider.group));
    let Some(group) = group else { return false };
    let (mut over, mut begin) = (Vec::new(), Vec::new());
    for (id, since) in managed::leaving(group, &view) {
        let late = since.plus_ms(view.settings.lasts(DRAIN_MS)) <= view.now;
        match view.region.ecs.instance_on(&id) {
            Some((cluster, host)) if is_busy(cluster, &host.id) && !late => {
                if !host.draining {
                    begin.push((cluster.name.clone(), host.id.clone()));
                }
            }
            _ => over.push(id),
        }
    }
    for (cluster, id) in &begin {
        let host = scope.region.ecs.clusters.get_mut(cluster).and_then(|c| c.instances.get_mut(id));
        if let Some(host) = host {
            host.draining = true;
            host.version += 1;
        }
    }
    for id in &over {
        managed::let_go(scope, id);
    }
    !(over.is_empty() && begin.is_empty())
}

/// Keeps instances with tasks from being let go when the group shrinks.
fn protect(scope: &mut Scope<'_>, name: &str) -> bool {
    let (arn, busy) = {
        let view = scope.view();
        let provider = view.region.ecs.providers.get(name).filter(|one| one.termination_protection);
        let Some(provider) = provider else { return false };
        let Some(group) = managed::group(&view, &provider.group) else { return false };
        let busy = |id: &&String| {
            view.region.ecs.instance_on(id).is_none_or(|(cluster, host)| is_busy(cluster, &host.id))
        };
        let busy: BTreeSet<String> = group.members.keys().filter(busy).cloned().collect();
        (provider.group.clone(), busy)
    };
    managed::protect(scope, &arn, |id| busy.contains(id))
}

/// Tells a group its size when it was not the one that is needed for long enough.
fn size(scope: &mut Scope<'_>, name: &str) -> bool {
    let (wanted, desired, resize, arn) = {
        let view = scope.view();
        let Some(provider) = view.region.ecs.providers.get(name) else { return false };
        let group = managed::group(&view, &provider.group).filter(|_| provider.scaling.enabled);
        let wanted = group.map(|group| wanted(&view, provider, group));
        let desired = group.map_or(0, |group| group.desired);
        (wanted.unwrap_or(desired), desired, provider.resize, provider.group.clone())
    };
    let grows = |to: i32| to > desired;
    let next = match resize {
        _ if wanted == desired => None,
        Some((_, at)) if at <= scope.now => {
            let policy = format!("TargetTracking-ECSManagedAutoScalingPlan-{name}");
            managed::resize(scope, &arn, wanted, &policy);
            None
        }
        Some((to, at)) if grows(to) == grows(wanted) => Some((wanted, at)),
        _ => {
            let lasts = if grows(wanted) { OUT_MS } else { IN_MS };
            Some((wanted, scope.now.plus_ms(scope.settings.lasts(lasts))))
        }
    };
    let told = resize.is_some_and(|(_, at)| at <= scope.now) && wanted != desired;
    let Some(provider) = scope.region.ecs.providers.get_mut(name) else { return told };
    let changed = provider.resize != next;
    provider.resize = next;
    changed || told
}

/// How many instances a group is to have.
fn wanted(view: &View<'_>, provider: &CapacityProvider, group: &Group) -> i32 {
    let clusters = view.region.ecs.clusters.values();
    let ours: Vec<&Cluster> =
        clusters.filter(|cluster| cluster.capacity_providers.contains(&provider.name)).collect();
    let busy = ours.iter().map(|cluster| {
        let hosts = cluster.instances.values();
        let of_group = hosts.filter(|host| group.members.contains_key(&host.ec2_instance) && !host.draining);
        of_group.filter(|host| is_busy(cluster, &host.id)).count()
    });
    let needed = busy.sum::<usize>() + more(view, provider, group, &ours);
    let target = i64::from(provider.scaling.target.clamp(1, 100));
    let whole = i64::try_from(needed).unwrap_or(i64::MAX).saturating_mul(100);
    let wanted = i32::try_from((whole + target - 1) / target).unwrap_or(i32::MAX);
    let wanted = wanted.clamp(group.min, group.max);
    let (least, most) = (provider.scaling.min_step, provider.scaling.max_step);
    let step = (wanted - group.desired).min(most);
    if step > 0 { (group.desired + step.max(least)).min(group.max) } else { wanted }
}

/// How many more instances the tasks that wait would fill.
fn more(view: &View<'_>, provider: &CapacityProvider, group: &Group, clusters: &[&Cluster]) -> usize {
    let all = clusters.iter().flat_map(|cluster| cluster.tasks.values().map(move |task| (*cluster, task)));
    let mut queue: Vec<(&Cluster, &Task)> = all
        .filter(|(_, task)| waits(task) && task.capacity_provider.as_deref() == Some(&provider.name))
        .collect();
    if queue.is_empty() {
        return 0;
    }
    queue.sort_by_key(|(_, task)| (task.created_at, &task.id));
    let Some(kind) = managed::instance_type(view, group) else { return 0 };
    let room = Room {
        cpu: i64::from(instance_types::cpu_units(&kind)),
        memory: i64::from(instance_types::memory_mib(&kind)),
        interfaces: instance_types::find(&kind).map_or(1, |kind| kind.interfaces.saturating_sub(1)),
        taken: BTreeSet::new(),
    };
    let mut bins: Vec<Room> = Vec::new();
    for (cluster, task) in queue {
        let service = task.service.as_deref().and_then(|name| cluster.services.get(name));
        let Some(needs) = needs(view, task, service) else { continue };
        if bins.iter_mut().any(|bin| bin.takes(&needs, task)) {
            continue;
        }
        let mut next = room.clone();
        // One that fits no empty instance is not helped by more of them.
        if next.takes(&needs, task) {
            bins.push(next);
        }
    }
    bins.len()
}

/// What is left on an instance that is not there yet.
#[derive(Debug, Clone)]
struct Room {
    cpu: i64,
    memory: i64,
    interfaces: u32,
    /// Host ports and, for tasks that want an instance for themselves, their groups.
    taken: BTreeSet<String>,
}

impl Room {
    fn takes(&mut self, needs: &Needs<'_>, task: &Task) -> bool {
        let own = u32::from(task.network.is_some());
        let mut marks: Vec<String> = needs.ports.iter().map(|(t, port)| format!("{t:?} {port}")).collect();
        if needs.constraints.iter().any(|constraint| constraint.kind == "distinctInstance") {
            marks.push(task.group.clone());
        }
        let fits = needs.cpu <= self.cpu
            && needs.memory <= self.memory
            && own <= self.interfaces
            && !marks.iter().any(|mark| self.taken.contains(mark));
        if fits {
            self.cpu -= needs.cpu;
            self.memory -= needs.memory;
            self.interfaces -= own;
            self.taken.extend(marks);
        }
        fits
    }
}

//! Tasks behind load balancers: registered before they run, taken out before they stop, replaced when the load
//! balancer finds them unhealthy. Follows "Use load balancing to distribute Amazon ECS service traffic".

use super::service_mut;
use super::units::Unit;
use crate::services::ecs::events;
use crate::services::ecs::model::{Cluster, Launch, LoadBalancer, Phase, Service, TargetRef, Task};
use crate::services::elbv2::model::TargetGroup;
use crate::services::elbv2::targets::{self as elb, TargetHealth};
use crate::world::{Scope, View};

/// What is to change in the target groups of a service.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Tasks to be registered.
    register: Vec<(String, Vec<TargetRef>)>,
    /// Tasks to be taken out.
    deregister: Vec<String>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.register.is_empty() && self.deregister.is_empty()
    }
}

/// The target group that a deployment's tasks belong to.
pub(super) fn group_of(balancer: &LoadBalancer, alternate: bool) -> Option<&str> {
    let other =
        balancer.advanced_configuration.as_ref().and_then(|a| a.alternate_target_group_arn.as_deref());
    other.filter(|_| alternate).or(balancer.target_group_arn.as_deref())
}

/// What a task is as a target: its own address, or a port of its host.
fn targets(view: &View<'_>, cluster: &Cluster, task: &Task, unit: Unit<'_>) -> Vec<TargetRef> {
    let each = unit.spec.load_balancers.iter().filter_map(|balancer| {
        let group = group_of(balancer, unit.alternate)?.to_owned();
        let inside = u16::try_from(balancer.container_port?).ok()?;
        if let Some(address) = task.eni.as_ref().and_then(|eni| eni.private_ip) {
            return Some(TargetRef { group, id: address.to_string(), port: inside });
        }
        let host = cluster.instances.get(&task.instance)?;
        let container = task.containers.iter().find(|c| Some(&c.name) == balancer.container_name.as_ref())?;
        let bound = container.bindings.iter().find(|binding| binding.container_port == inside);
        let revision = view.region.ecs.revision(unit.definition);
        let of_host = revision.is_some_and(|revision| revision.network_mode.as_deref() == Some("host"));
        let port = bound.map(|binding| binding.host_port).or(of_host.then_some(inside))?;
        Some(TargetRef { group, id: host.ec2_instance.clone(), port })
    });
    each.collect()
}

/// What is to change now. `tasks` are those that are not yet `STOPPED`.
pub(super) fn changes(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&Task]) -> Changes {
    let mut changes = Changes::default();
    for task in tasks.iter().filter(|task| task.is_wanted() && task.phase >= Phase::Activating) {
        if service.targets.contains_key(&task.id) {
            continue;
        }
        let unit = task.started_by.as_deref().and_then(|id| super::units::find(service, id));
        let Some(unit) = unit.filter(|unit| !unit.spec.load_balancers.is_empty()) else { continue };
        let targets = targets(view, cluster, task, unit);
        if !targets.is_empty() {
            changes.register.push((task.id.clone(), targets));
        }
    }
    changes.deregister = service.targets.keys().filter(|id| !stays(cluster, id)).cloned().collect();
    changes
}

/// Whether a task that is registered stays so: until it is `DEACTIVATING`, or told to stop where nobody hears it.
pub(super) fn stays(cluster: &Cluster, id: &str) -> bool {
    let Some(task) = cluster.tasks.get(id) else { return false };
    let heard = || {
        task.launch == Launch::Fargate || cluster.instances.get(&task.instance).is_some_and(|h| h.connected)
    };
    task.phase <= Phase::Running && (task.stop.is_none() || task.registers && heard())
}

/// Registers and takes out, and says so.
pub(super) fn apply(scope: &mut Scope<'_>, cluster: &str, name: &str, changes: &Changes) {
    let mut said: Vec<(String, usize)> = Vec::new();
    for (task, targets) in &changes.register {
        for target in targets {
            // A target group that is gone or full: the task runs without; DescribeTargetHealth shows it.
            if elb::register(scope, &target.group, &target.id, target.port).is_ok() {
                add(&mut said, &target.group);
            }
        }
        if let Some(service) = service_mut(scope, cluster, name) {
            service.targets.insert(task.clone(), targets.clone());
        }
    }
    let (now, mut messages) = (scope.now, Vec::new());
    messages.extend(said.iter().map(|(group, count)| events::registered(name, *count, group)));
    let mut gone: Vec<(String, usize)> = Vec::new();
    for id in &changes.deregister {
        let targets = service_mut(scope, cluster, name).and_then(|service| service.targets.remove(id));
        for target in targets.unwrap_or_default() {
            if elb::deregister(scope, &target.group, &target.id, target.port).is_ok() {
                add(&mut gone, &target.group);
                drain(scope, cluster, id, &target.group);
            }
        }
    }
    if !gone.is_empty() {
        let unit = changes
            .deregister
            .first()
            .and_then(|id| scope.region.ecs.clusters.get(cluster)?.tasks.get(id)?.started_by.clone());
        messages.extend(gone.iter().map(|(group, count)| events::deregistered(name, *count, group)));
        messages.push(events::draining(name, unit.as_deref(), changes.deregister.len()));
    }
    if let Some(service) = service_mut(scope, cluster, name) {
        for message in messages {
            events::say(service, now, message);
        }
    }
}

fn add(counts: &mut Vec<(String, usize)>, group: &str) {
    match counts.iter_mut().find(|(known, _)| known == group) {
        Some((_, count)) => *count += 1,
        None => counts.push((group.to_owned(), 1)),
    }
}

/// A task that is being taken out stays until the deregistration delay is over.
fn drain(scope: &mut Scope<'_>, cluster: &str, task: &str, group: &str) {
    let delay = scope.region.elbv2.target_groups.get(group).map_or(0, TargetGroup::deregistration_delay);
    let until = scope.now.plus_ms(scope.settings.lasts(delay * 1_000));
    let task = scope.region.ecs.clusters.get_mut(cluster).and_then(|c| c.tasks.get_mut(task));
    if let Some(task) = task.filter(|task| matches!(task.phase, Phase::Running | Phase::Deactivating)) {
        task.next_step = task.next_step.map(|at| at.max(until));
    }
}

/// What the load balancers say of a task: the first target that is not healthy. None when all are.
pub(super) fn trouble<'s>(
    view: &View<'_>,
    service: &'s Service,
    task: &Task,
) -> Option<(&'s TargetRef, TargetHealth)> {
    service.targets.get(&task.id).into_iter().flatten().find_map(|target| {
        let health = elb::health(view, &target.group, &target.id, target.port);
        (!health.is_healthy()).then_some((target, health))
    })
}

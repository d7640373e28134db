//! A round of the scheduler: a plan is carried out, as far as the world still allows it.

use super::plan::{self, Plan};
use super::units::{self, Unit};
use super::{breaker, history, service_mut};
use crate::core::tag::Tags;
use crate::services::ecs::capacity::{self, Launching};
use crate::services::ecs::model::{
    Cluster, Launch, Overrides, Revision, Rollout, Service, ServiceStatus, StopCode,
};
use crate::services::ecs::tasks::{self, NewTask};
use crate::services::ecs::{events, quotas};
use crate::services::servicediscovery::registry as map;
use crate::world::{Scope, View};

/// Starts, stops and says what a plan asks for.
pub(super) fn carry_out(scope: &mut Scope<'_>, cluster: &str, name: &str, plan: &Plan) {
    let now = scope.now;
    let primary = service_mut(scope, cluster, name).and_then(|s| s.primary().map(|d| d.id.clone()));
    let (mut started, mut full) = (Vec::new(), false);
    for (unit, count) in primary.map(|id| (id, plan.start)).iter().chain(&plan.sets) {
        let (more, stuck) = start(scope, cluster, name, unit, *count);
        started.extend(more);
        full |= stuck;
    }
    stop(scope, cluster, name, plan);
    for (task, event, reason) in &plan.replace {
        replace(scope, cluster, name, (task, event, reason));
    }
    let settings = scope.settings;
    let Some(service) = service_mut(scope, cluster, name) else { return };
    if !started.is_empty() {
        events::say(service, now, events::started(name, &started));
        service.steady = false;
    }
    if full {
        events::complain(service, events::too_many(name), settings, now);
    }
    if let Some(message) = plan.trouble.clone() {
        events::say(service, now, message);
    }
    if !plan.alarmed.is_empty() {
        let back = service.deployment.alarms.as_ref().is_some_and(|alarms| alarms.rollback);
        if let Some(one) = service.under_way() {
            one.alarmed.clone_from(&plan.alarmed);
        }
        breaker::fail(service, "alarms", "alarm detected.", back, now);
        return;
    }
    if plan.thrives {
        breaker::task_healthy(service);
    }
    service.task_sets.retain(|set| !plan.drained.contains(&set.id));
    if plan.settled {
        settle(service, now);
    }
    if plan.gone
        && let Some(service) = service_mut(scope, cluster, name)
    {
        service.status = ServiceStatus::Inactive;
        service.deployments.clear();
        service.task_sets.clear();
        let left: Vec<_> = service.discoveries.drain(..).collect();
        for had in &left {
            map::remove(scope, &had.service);
        }
    }
}

fn stop(scope: &mut Scope<'_>, cluster: &str, name: &str, plan: &Plan) {
    let (settings, now) = (scope.settings, scope.now);
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster) else { return };
    let Some(service) = cluster.services.get_mut(name) else { return };
    if plan.stop.is_empty() {
        return;
    }
    let primary = service.primary().map(|deployment| deployment.id.clone());
    for id in &plan.stop {
        if let Some(task) = cluster.tasks.get_mut(id) {
            let by = primary.as_ref().or(task.started_by.as_ref()).map_or("", String::as_str);
            let reason = format!("Scaling activity initiated by (deployment {by})");
            tasks::request_stop(task, StopCode::ServiceSchedulerInitiated, &reason, settings, now);
        }
    }
    events::say(service, now, events::stopped(name, &plan.stop));
    service.steady = false;
}

/// Stops an unhealthy task; its deployment has failed once more.
fn replace(
    scope: &mut Scope<'_>,
    cluster: &str,
    name: &str,
    (id, event, reason): (&String, &String, &String),
) {
    let (settings, now) = (scope.settings, scope.now);
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster) else { return };
    let Some(task) = cluster.tasks.get_mut(id) else { return };
    tasks::request_stop(task, StopCode::ServiceSchedulerInitiated, reason, settings, now);
    let of = task.started_by.clone().unwrap_or_default();
    if let Some(service) = cluster.services.get_mut(name) {
        events::say(service, now, event.clone());
        events::say(service, now, events::stopped(name, std::slice::from_ref(id)));
        service.steady = false;
        breaker::task_unhealthy(service, &of, settings, now);
    }
}

/// The service has what it wants: older deployments are over, the primary one is complete.
fn settle(service: &mut Service, now: crate::core::time::Time) {
    service.deployments.truncate(1);
    service.held_until = None;
    let name = service.name.clone();
    service.deployments.iter_mut().for_each(|deployment| deployment.short_lived = 0);
    if let Some(primary) = service.deployments.first_mut()
        && primary.rollout == Rollout::InProgress
    {
        primary.rollout = Rollout::Completed;
        primary.rollout_reason = None;
        primary.shift = None;
        primary.updated_at = now;
        let message = events::completed(&name, &primary.id);
        events::say(service, now, message);
        history::completed(service, now);
    }
    events::say(service, now, events::steady(&name));
    service.steady = true;
}

/// Starts as many tasks of a deployment or task set as fit, up to `count`. Their ids, and whether the cluster holds no
/// more.
fn start(
    scope: &mut Scope<'_>,
    cluster_name: &str,
    name: &str,
    unit: &str,
    count: usize,
) -> (Vec<String>, bool) {
    let mut started = Vec::new();
    let room = scope.region.ecs.clusters.get(cluster_name).map_or(0, quotas::room_for_tasks);
    for _ in 0..count.min(room) {
        let view = scope.view();
        let ecs = &view.region.ecs;
        let Some(cluster) = ecs.clusters.get(cluster_name) else { break };
        let Some(service) = cluster.services.get(name) else { break };
        let Some(unit) = units::find(service, unit) else { break };
        let Some(revision) = ecs.revision(unit.definition) else { break };
        let Ok(place) = plan::place(&view, cluster, service, unit) else { break };
        let (settings, now) = (scope.settings, scope.now);
        let new = NewTask {
            revision,
            instance: &place.instance,
            group: service.group(),
            started_by: Some(unit.id.to_owned()),
            service: Some(name.to_owned()),
            overrides: Overrides::default(),
            launching: launching(&view, service, unit, place.provider),
            tags: task_tags(cluster, service, revision),
        };
        // The ids are drawn from a copy, as the rest of the region is only looked at.
        let mut ids = view.region.ids.clone();
        let task = tasks::make(&mut ids, cluster, new, settings, now);
        started.push(task.id.clone());
        scope.region.ids = ids;
        if let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster_name) {
            cluster.tasks.insert(task.id.clone(), task);
        }
    }
    (started, count > room)
}

/// How a task of a deployment or task set comes to run.
fn launching(view: &View<'_>, service: &Service, unit: Unit<'_>, provider: Option<String>) -> Launching {
    let space = unit.spec.connect.as_ref().and_then(|connect| connect.namespace.as_deref());
    let space = space.and_then(|name| map::namespace(view, name));
    let (spec, launch) = (unit.spec, unit.spec.place());
    let version = capacity::platform(spec.platform_version.as_deref()).filter(|_| launch == Launch::Fargate);
    Launching {
        launch,
        provider,
        platform_version: version.map(str::to_owned),
        network: spec.network.clone(),
        execute_command: service.execute_command,
        registers: spec.registers(),
        connect: space.map(|space| space.id.clone()),
    }
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

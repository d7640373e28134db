//! What the service scheduler does: keeps the desired count in rounds, rolls deployments within their bounds, holds
//! back after tasks that never ran, and says so. A plan is a pure reading of the world; a round carries it out.
//! Follows "Amazon ECS services", "Rolling update" and "Amazon ECS service throttle logic".
//!
//! - [`plan`]: what a service would do now; [`round`]: doing it
//! - [`breaker`]: what failures lead to; [`alarms`]: those of `CloudWatch`; [`health`]: whether a task does well
//! - [`targets`]: load balancers; [`registry`]: Cloud Map; [`connect`]: Service Connect; [`shift`]: deployments that shift traffic
//! - [`sets`]: task sets; [`units`]: what they and deployments have in common
//! - [`history`]: how deployments begin and end, and what is remembered of them

use std::collections::BTreeMap;

use super::model::{Cluster, Phase, Service, ServiceStatus, Task};
use crate::core::time::Time;
use crate::world::{Scope, View};

mod alarms;
mod breaker;
mod connect;
mod health;
mod history;
mod plan;
mod registry;
mod round;
mod sets;
mod shift;
mod targets;
mod units;

pub(super) use breaker::{task_exited, task_failed, task_ran, threshold};
pub(super) use history::{begin, can_roll_back, new_id, stop_deployment};
use plan::Plan;
pub(super) use sets::desired as desired_of_set;
pub(super) use shift::resume;

/// From a need until the scheduler's next round, in AWS's milliseconds.
const ROUND_MS: i64 = 2_000;
/// Most tasks started or stopped in one round.
const MAX_PER_ROUND: usize = 100;

/// The next round of any service.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let clusters = view.region.ecs.clusters.values();
    clusters.flat_map(|cluster| cluster.services.values()).filter_map(|service| service.next_round).min()
}

/// The tasks of each service of a cluster that are not yet `STOPPED`: one pass over them for all services.
fn crews(cluster: &Cluster) -> BTreeMap<&str, Vec<&Task>> {
    let mut crews: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in cluster.tasks.values().filter(|task| task.phase != Phase::Stopped) {
        if let Some(name) = task.service.as_deref() {
            crews.entry(name).or_default().push(task);
        }
    }
    crews
}

/// Plans for every service, and carries out the rounds that are due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let mut plans = Vec::new();
    let view = scope.view();
    for cluster in view.region.ecs.clusters.values().filter(|cluster| !cluster.services.is_empty()) {
        let crews = crews(cluster);
        for service in cluster.services.values().filter(|s| s.status != ServiceStatus::Inactive) {
            let crew = crews.get(service.name.as_str()).map_or(&[][..], Vec::as_slice);
            plans.push((
                cluster.name.clone(),
                service.name.clone(),
                plan::plan(&view, cluster, service, crew),
            ));
        }
    }
    let mut changed = false;
    for (cluster, service, plan) in &plans {
        changed |= attend(scope, cluster, service, plan);
    }
    changed
}

/// Carries out a round that is due, else sees to it that there is one when it is needed.
fn attend(scope: &mut Scope<'_>, cluster: &str, name: &str, plan: &Plan) -> bool {
    let now = scope.now;
    let round = now.plus_ms(scope.settings.lasts(ROUND_MS));
    let Some(service) = service_mut(scope, cluster, name) else { return false };
    let before = (service.next_round, service.desired);
    service.desired = plan.desired;
    let acted = !plan.targets.is_empty()
        || !plan.entries.is_empty()
        || !plan.traffic.is_empty()
        || !plan.connect.is_empty();
    if acted {
        targets::apply(scope, cluster, name, &plan.targets);
        registry::apply(scope, cluster, name, &plan.entries);
        connect::apply(scope, cluster, name, &plan.connect);
        shift::apply(scope, cluster, name, &plan.traffic);
    }
    let Some(service) = service_mut(scope, cluster, name) else { return acted };
    if service.next_round.is_some_and(|at| at <= now) {
        service.next_round = None;
        round::carry_out(scope, cluster, name, plan);
        return true;
    }
    service.next_round =
        if plan.is_urgent() { Some(service.next_round.map_or(round, |at| at.min(round))) } else { plan.wake };
    acted || before != (service.next_round, service.desired)
}

fn service_mut<'s>(scope: &'s mut Scope<'_>, cluster: &str, name: &str) -> Option<&'s mut Service> {
    scope.region.ecs.clusters.get_mut(cluster)?.services.get_mut(name)
}

/// Tasks on their way to `RUNNING`, and those that are. One that is on its way out counts no more.
pub(super) fn counts(cluster: &Cluster, of: impl Fn(&Task) -> bool) -> (u32, u32) {
    let alive = cluster.tasks.values().filter(|task| task.phase <= Phase::Running && of(task));
    alive.fold(
        (0, 0),
        |(pending, running), task| {
            if task.phase.is_pending() { (pending + 1, running) } else { (pending, running + 1) }
        },
    )
}

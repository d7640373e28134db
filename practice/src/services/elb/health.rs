//! Which instances are behind a load balancer, and their health, computed as that of targets is
//! ([`crate::services::elbv2::health`]): a new instance needs one pass, one that was found ill as many as the healthy
//! threshold. Follows "Configure health checks for your Classic Load Balancer".

use std::collections::BTreeSet;

use super::model::{Balancer, Member};
use crate::core::time::Time;
use crate::network::balancer::Index;
use crate::network::classic;
use crate::services::autoscaling;
use crate::services::ec2::model::State;
use crate::services::elbv2::health::{judge, note};
use crate::services::elbv2::model::{Shown, Verdict};
use crate::services::elbv2::print::Print;
use crate::world::{Scope, View};

/// The next moment at which an instance's state changes by its checks.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let members = view.region.elb.load_balancers.values().flat_map(|one| one.instances.values());
    members.filter_map(|member| member.health.as_ref()?.turns_at).min()
}

/// Lets instances come and go and states change that are due, and looks again where something has changed.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    if scope.region.elb.load_balancers.is_empty() {
        return false;
    }
    let mut changed = turn(scope);
    changed |= follow(scope);
    let seen = Some(print(&scope.view()));
    if seen == scope.region.elb.seen {
        return changed;
    }
    let found = look(&scope.view());
    scope.region.elb.seen = seen;
    let (now, settings) = (scope.now, scope.settings);
    for (name, id, verdict) in found {
        let Some(one) = scope.region.elb.load_balancers.get_mut(&name) else { continue };
        if let Some(member) = one.instances.get_mut(&id) {
            note(&mut member.health, verdict, &one.check, now, now, settings);
        }
    }
    true
}

fn turn(scope: &mut Scope<'_>) -> bool {
    let (now, mut turned) = (scope.now, false);
    let all = scope.region.elb.load_balancers.values_mut().flat_map(|one| one.instances.values_mut());
    for health in all.filter_map(|member| member.health.as_mut()) {
        if health.turns_at.take_if(|at| *at <= now).is_some() {
            health.shown = if health.verdict == Verdict::Passes { Shown::Healthy } else { Shown::Unhealthy };
            health.shown_since = now;
            turned = true;
        }
    }
    turned
}

/// Instances that others put behind a load balancer come and go; those that are terminated go.
fn follow(scope: &mut Scope<'_>) -> bool {
    let names: Vec<String> = scope.region.elb.load_balancers.keys().cloned().collect();
    let mut changed = false;
    for name in names {
        let wanted = behind(&scope.view(), &name);
        let (ec2, now) = (&scope.region.ec2, scope.now);
        let lives = |id: &str| {
            ec2.instance(id).is_some_and(|instance| !matches!(instance.state, State::Terminated { .. }))
        };
        let Some(one) = scope.region.elb.load_balancers.get_mut(&name) else { continue };
        let before = one.instances.len();
        one.instances.retain(|id, member| lives(id) && (member.by_hand || wanted.contains(id)));
        changed |= one.instances.len() != before;
        for id in wanted {
            if lives(&id) && !one.instances.contains_key(&id) {
                one.instances.insert(id, Member { by_hand: false, since: now, health: None });
                changed = true;
            }
        }
    }
    changed
}

/// Instances of Auto Scaling groups, and hosts of ECS tasks, whose group or service names the load balancer.
fn behind(view: &View<'_>, name: &str) -> BTreeSet<String> {
    let clusters = view.region.ecs.clusters.values();
    let mut found: BTreeSet<String> = autoscaling::instances_behind(view, name).into_iter().collect();
    for cluster in clusters {
        let services = cluster.services.values().filter(|service| {
            service.spec.load_balancers.iter().any(|lb| lb.load_balancer_name.as_deref() == Some(name))
        });
        for service in services {
            let group = format!("service:{}", service.name);
            let tasks = cluster.tasks.values().filter(|task| {
                task.group == group
                    && task.is_wanted()
                    && task.phase == crate::services::ecs::model::Phase::Running
            });
            let hosts = tasks.filter_map(|task| cluster.instances.get(&task.instance));
            found.extend(hosts.map(|host| host.ec2_instance.clone()));
        }
    }
    found
}

/// A print of all that the checks depend on.
fn print(view: &View<'_>) -> u64 {
    let mut print = Print::of_surroundings(view);
    for one in view.region.elb.load_balancers.values() {
        print.text(&one.name);
        print.texts([&one.check.protocol, &one.check.port].into_iter().chain(&one.check.path));
        print.texts(&one.security_groups);
        print.texts(one.nodes.iter().map(|node| &node.subnet_id));
        print.texts(one.instances.keys());
    }
    print.value()
}

fn look(view: &View<'_>) -> Vec<(String, String, Option<Verdict>)> {
    let index = Index::of(view);
    let mut found = Vec::new();
    for one in view.region.elb.load_balancers.values() {
        for id in one.instances.keys() {
            let verdict =
                checkable(view, one, id).then(|| judge(&one.check, classic::check(view, &index, one, id)));
            found.push((one.name.clone(), id.clone(), verdict));
        }
    }
    found
}

/// Whether an instance runs, in a zone that the load balancer has.
fn checkable(view: &View<'_>, one: &Balancer, id: &str) -> bool {
    let Some(instance) = view.region.ec2.instance(id) else { return false };
    let zone = view.region.ec2.subnet(&instance.subnet_id).map(|subnet| &subnet.zone);
    instance.state == State::Running
        && zone.is_some_and(|zone| one.nodes.iter().any(|node| node.zone == *zone))
}

/// State, reason code and description of a registered instance.
pub(crate) fn state(view: &View<'_>, one: &Balancer, id: &str) -> (&'static str, &'static str, String) {
    let out = |code: &'static str, why: &str| ("OutOfService", code, why.to_owned());
    let Some(member) = one.instances.get(id) else {
        return out("Instance", "Instance is not currently registered with the LoadBalancer.");
    };
    let instance = view.region.ec2.instance(id);
    match instance.map(|instance| instance.state) {
        Some(State::Running | State::Pending { .. }) => {}
        state => {
            let name = state.map_or("terminated", State::name);
            return out("Instance", &format!("Instance is in {name} state."));
        }
    }
    match member.health.as_ref().map(|health| health.shown) {
        Some(Shown::Healthy) => ("InService", "N/A", "N/A".to_owned()),
        Some(Shown::Unhealthy) => out(
            "Instance",
            "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
        ),
        None if instance.is_some_and(|i| i.state == State::Running) && !checkable(view, one, id) => out(
            "ELB",
            "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.",
        ),
        Some(Shown::Initial) | None => out("ELB", "Instance registration is still in progress."),
    }
}

//! Of stacks, and of what answers behind the address that a stack gives.

use super::{Need, around, the_service, with};
use crate::catalog::check::{ChangeSet, Site, Stack};
use crate::check::facts::Facts;
use crate::check::find;

/// Services of a stack that are looked at.
const MOST_SERVICES: usize = 40;

/// A stack, and what it has made.
pub(super) fn as_asked(of: &Stack) -> Vec<Need> {
    let mut needs = vec![Need::Stack(of.stack.clone())];
    needs.extend(of.resources.map(|_| Need::StackResources(of.stack.clone())));
    needs
}

/// A change set.
pub(super) fn change_set(of: &ChangeSet) -> Vec<Need> {
    vec![Need::ChangeSet { stack: of.stack.clone(), name: of.change_set.clone() }]
}

/// Why a stack is not there, or not as it should be.
pub(super) fn of_stack(name: &str, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Stack(name.to_owned()), Need::Refusals];
    match find::stack(facts, name) {
        None => needs.push(Need::StackNames),
        Some(_) => needs.extend([
            Need::StackEvents(name.to_owned()),
            Need::StackResources(name.to_owned()),
            Need::StackDefaults(name.to_owned()),
            Need::LogGroups,
        ]),
    }
    let sets = facts.names.change_sets.iter().filter(|(stack, _)| stack == name);
    needs.extend(sets.map(|(stack, name)| Need::ChangeSet { stack: stack.clone(), name: name.clone() }));
    let clusters = find::resources(facts, name, "AWS::ECS::Cluster");
    needs.extend(clusters.map(|of| Need::ContainerInstances(of.physical_id.clone())));
    needs.extend(find::signalled(facts, name).map(|instance| Need::Console(instance.to_owned())));
    needs
}

/// Whether something went with its stack.
pub(super) fn gone_with(facts: &Facts) -> Vec<Need> {
    let stacks = facts.names.stacks.iter();
    stacks
        .flat_map(|name| {
            [Need::Stack(name.clone()), Need::StackResources(name.clone()), Need::StackEvents(name.clone())]
        })
        .collect()
}

/// Where a page is asked.
pub(super) fn address(of: &Site, facts: &Facts) -> Vec<Need> {
    match (&of.load_balancer, &of.stack) {
        (Some(name), _) => around::listeners_of(name, facts),
        (None, Some(stack)) => vec![Need::Stack(stack.clone())],
        (None, None) => Vec::new(),
    }
}

/// Everything between a page and the programs behind it.
pub(super) fn site(of: &Site, facts: &Facts) -> Vec<Need> {
    let mut needs = with(
        address(of, facts),
        &[Need::SecurityGroups, Need::RouteTables, Need::Subnets, Need::TargetGroups, Need::LoadBalancers],
    );
    if let (Some(cluster), Some(service)) = (&facts.names.cluster, &facts.names.service) {
        needs.extend(around::behind(facts, cluster, service));
    }
    let Some(stack) = &of.stack else { return needs };
    needs.extend(of_stack(stack, facts));
    needs.extend([Need::ClassicBalancers, Need::Databases, Need::Instances]);
    if let Some(at) = find::site(facts, of) {
        if let Some(balancer) = find::balancer_at(facts, &at.host) {
            needs.push(Need::Listeners(balancer.arn.clone()));
        }
        if let Some(balancer) = find::classic_at(facts, &at.host) {
            needs.push(Need::InstanceHealth(balancer.name.clone()));
        }
    }
    for (cluster, service) in find::services_of(facts, stack).into_iter().take(MOST_SERVICES) {
        needs.extend([the_service(cluster, service), Need::Tasks(cluster.to_owned())]);
        if let Some(service) = find::service(facts, cluster, service) {
            needs.push(Need::TaskDefinition(service.task_definition.clone()));
            needs.extend(service.load_balancers.iter().map(|of| Need::TargetHealth(of.target_group.clone())));
        }
    }
    let joined = find::resources(facts, stack, "AWS::ECS::Cluster")
        .flat_map(|of| find::joined_ids(facts, &of.physical_id))
        .collect::<Vec<_>>();
    let carrying = find::all(facts.instances.as_ref()).iter().filter(|one| joined.contains(&one.instance_id));
    needs.extend(carrying.map(|instance| Need::Image(instance.image_id.clone())));
    needs
}

//! Of load balancers, certificates, logs and file systems, and of services behind load balancers.

use super::{Need, placing, the_vpc};
use crate::catalog::check::{Listener, LoadBalancer, TargetGroup, TargetsHealthy};
use crate::check::facts::Facts;
use crate::check::find;

pub(super) fn load_balancer(of: &LoadBalancer, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::LoadBalancers, Need::RouteTables];
    if of.security_group.is_some() {
        needs.push(Need::SecurityGroups);
        needs.extend(the_vpc(facts));
    }
    needs
}

pub(super) fn target_group(of: &TargetGroup, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::TargetGroups];
    if of.vpc.is_some() {
        needs.extend(the_vpc(facts));
    }
    needs
}

pub(super) fn listener(of: &Listener, facts: &Facts) -> Vec<Need> {
    let mut needs = listeners_of(&of.load_balancer, facts);
    needs.extend(of.forwards_to.as_ref().map(|_| Need::TargetGroups));
    needs.extend(of.certificate.clone().map(Need::Certificate));
    needs
}

pub(super) fn targets_healthy(of: &TargetsHealthy, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::TargetGroups];
    needs.extend(
        find::target_group(facts, &of.target_group).map(|group| Need::TargetHealth(group.arn.clone())),
    );
    needs
}

/// A load balancer and its listeners.
pub(super) fn listeners_of(name: &str, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::LoadBalancers];
    needs.extend(find::load_balancer(facts, name).map(|of| Need::Listeners(of.arn.clone())));
    needs
}

/// Everything between a load balancer and the tasks of a service.
pub(super) fn behind(facts: &Facts, cluster: &str, service: &str) -> Vec<Need> {
    let mut needs = placing(facts, cluster, service);
    needs.extend(balancers_of(facts, cluster, service));
    needs
}

/// What a service that is behind load balancers, or whose tasks have interfaces of their own, is explained by.
pub(super) fn balancers_of(facts: &Facts, cluster: &str, service: &str) -> Vec<Need> {
    let Some(service) = find::service(facts, cluster, service) else { return Vec::new() };
    let mut needs = Vec::new();
    if !service.subnets.is_empty() {
        needs.extend([Need::Subnets, Need::RouteTables, Need::LogGroups]);
    }
    if !service.load_balancers.is_empty() {
        needs.extend([Need::TargetGroups, Need::LoadBalancers, Need::SecurityGroups, Need::Subnets]);
        needs.extend(service.load_balancers.iter().map(|of| Need::TargetHealth(of.target_group.clone())));
    }
    needs
}

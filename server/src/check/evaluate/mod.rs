//! Facts and a check to a verdict. Pure, total, and the same every time: a kept `Facts` can be judged again offline.
//!
//! A fact that could not be had becomes `CannotTell`; the ways things go wrong are `explain`'s.

mod around;
mod balancing;
mod discovery;
mod left;
mod left_around;
mod left_capacity;
mod machines;
mod network;
mod rollout;
mod scaling;
mod stacks;
mod tasks;

pub(super) use balancing::{regex, site_done, site_visits};
pub(super) use rollout::tasks_by_instance;
pub(super) use tasks::values;

use super::facts::{Fact, Facts, Named};
use super::{CheckReport, Verdict};
use crate::catalog::check::{Check, Kind};

/// What a check is judged with.
pub(super) struct Judge<'a> {
    facts: &'a Facts,
    check: &'a Check,
    remark: Option<String>,
}

/// Either verdict is the verdict; `Err` is for `?` to leave by.
type Judged = Result<Verdict, Verdict>;

/// Judges one check, its values filled in.
pub(super) fn check(facts: &Facts, check: &Check) -> CheckReport {
    let mut judge = Judge { facts, check, remark: None };
    let judged = match &check.kind {
        Kind::IamRole { role, trusted_by, allows, instance_profile } => {
            judge.iam_role(role, trusted_by.as_deref(), allows, instance_profile.as_deref())
        }
        Kind::EcsCluster { cluster } => judge.ecs_cluster(cluster),
        Kind::Vpc { vpc, cidr, dns_support, dns_hostnames } => {
            judge.vpc(vpc, cidr.as_deref(), *dns_support, *dns_hostnames)
        }
        Kind::Subnet { subnet, vpc } => judge.subnet(subnet, vpc),
        Kind::InternetGateway { gateway, vpc } => judge.internet_gateway(gateway, vpc),
        Kind::DefaultRoute { subnet, vpc, via } => judge.default_route(subnet, vpc, *via),
        Kind::SecurityGroup { security_group, vpc, ingress } => {
            judge.security_group(security_group, vpc, ingress)
        }
        Kind::KeyPair { key_name } => judge.key_pair(key_name),
        Kind::LaunchSource(of) => judge.launch_source(of),
        Kind::AutoScalingGroup { group, at_least, subnet } => {
            judge.auto_scaling_group(group, *at_least, subnet.as_deref())
        }
        Kind::ContainerInstances(of) if of.external => judge.external_instances(of),
        Kind::ContainerInstances(of) => {
            judge.container_instances(&of.cluster, of.joined, of.group.as_deref())
        }
        Kind::TaskDefinition(of) => judge.task_definition(of),
        Kind::EcsService(of) => judge.ecs_service(of),
        Kind::TaskStopped(of) => judge.task_stopped(of),
        Kind::LogGroup(of) => judge.log_group(of),
        Kind::LoadBalancer(of) => judge.load_balancer(of),
        Kind::TargetGroup(of) => judge.target_group(of),
        Kind::Listener(of) => judge.listener(of),
        Kind::Certificate { domain } => judge.certificate(domain),
        Kind::TargetsHealthy(of) => judge.targets_healthy(of),
        Kind::Site(of) => judge.site(of),
        Kind::FileSystem(of) => judge.file_system(of),
        Kind::ServiceEvent(of) => judge.service_event(of),
        Kind::ServiceDeployment(of) => judge.service_deployment(of),
        Kind::CapacityProvider(of) => judge.capacity_provider(of),
        Kind::Placement(of) => judge.placement(of),
        Kind::ScalingPolicy(of) => judge.scaling_policy(of),
        Kind::ScaledOut(of) => judge.scaled_out(of),
        Kind::Namespace(of) => judge.namespace(of),
        Kind::DiscoveryService(of) => judge.discovery_service(of),
        Kind::DiscoveryInstances(of) => judge.discovery_instances(of),
        Kind::ServiceConnect(of) => judge.service_connect(of),
        Kind::Activation(of) => judge.activation(of),
        Kind::Stack(of) => judge.stack(of),
        Kind::StackEvent(of) => judge.stack_event(of),
        Kind::ChangeSet(of) => judge.change_set(of),
        Kind::StackDrift(of) => judge.stack_drift(of),
        Kind::TableItems(of) => judge.table_items(of),
        Kind::Http(of) => judge.http(of),
        Kind::NothingLeft { gone, cluster } => judge.nothing_left(gone, cluster.as_deref()),
    };
    let verdict = judged.unwrap_or_else(|verdict| verdict);
    let remark = judge.remark.filter(|_| verdict == Verdict::Passed);
    CheckReport { id: check.id.clone(), verdict, remark }
}

/// The answer to a question that had to be asked.
fn seen<'a, T>(fact: Option<&'a Fact<T>>, what: &str) -> Result<&'a T, Verdict> {
    match fact {
        Some(Fact::Known(value)) => Ok(value),
        Some(Fact::Unknown(trouble)) => {
            Err(Verdict::CannotTell { reason: format!("{what} could not be looked at: {trouble}") })
        }
        None => Err(Verdict::CannotTell { reason: format!("{what} was not looked at") }),
    }
}

/// The thing of that name, or that there is none.
fn one<'a, T>(of: &'a Named<Option<T>>, name: &str, what: &str) -> Result<Option<&'a T>, Verdict> {
    Ok(seen(of.get(name), what)?.as_ref())
}

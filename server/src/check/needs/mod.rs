//! What has to be asked before a check can be judged, or its failure explained. Pure: it reads the facts there are already
//! and names the next ones, so that a look asks only for what it needs, and explains only what has failed.

mod around;
mod discovery;
mod rollout;
mod stacks;

use super::facts::{Fact, Facts};
use super::{find, machine};
use crate::catalog::check::{
    ChangeSet, DiscoveryInstances, Kind, LaunchSource, Placement, ServiceConnect, ServiceDeployment,
    ServiceEvent, Stack, StackDrift, StackEvent, Via, What,
};

/// Task definitions of tasks that have ended, of which it is asked what they were.
const MOST_REVISIONS: usize = 5;

/// One thing to ask an account for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) enum Need {
    Cluster(String),
    ClusterNames,
    ContainerInstances(String),
    Service {
        cluster: String,
        service: String,
    },
    Tasks(String),
    /// A family or an ARN.
    TaskDefinition(String),
    Role(String),
    Profile(String),
    Vpcs,
    VpcDns(String),
    Subnets,
    Gateways,
    RouteTables,
    SecurityGroups,
    KeyPairs,
    Instances,
    Image(String),
    Console(String),
    Groups,
    Activities(String),
    Launch(String),
    NatGateways,
    Addresses,
    LoadBalancers,
    TargetGroups,
    /// By ARN of the load balancer.
    Listeners(String),
    /// By ARN of the target group.
    TargetHealth(String),
    /// By domain name.
    Certificate(String),
    LogGroups,
    FileSystems,
    CapacityProvider(String),
    ServiceDeployments {
        cluster: String,
        service: String,
    },
    ScalableTargets,
    ScalingPolicies,
    /// By resource id.
    ScalingActivities(String),
    /// By the beginning of their names.
    Alarms(String),
    Activations,
    ManagedInstances,
    Namespaces,
    NamespaceOperations,
    /// By id of the namespace.
    DiscoveryServices(String),
    /// By id of the Cloud Map service.
    DiscoveryInstances(String),
    /// By name, as all that follow.
    Stack(String),
    StackNames,
    StackResources(String),
    StackEvents(String),
    StackDefaults(String),
    StackDrifts(String),
    ChangeSet {
        stack: String,
        name: String,
    },
    Refusals,
    /// What there is of a stack.
    Inventory(String),
    ClassicBalancers,
    InstanceHealth(String),
    Databases,
    Table(String),
}

impl Need {
    /// Whether it has been asked for, whatever came back.
    pub(in crate::check) fn is_met(&self, facts: &Facts) -> bool {
        match self {
            Self::Cluster(name) => facts.clusters.contains_key(name),
            Self::ClusterNames => facts.cluster_names.is_some(),
            Self::ContainerInstances(name) => facts.container_instances.contains_key(name),
            Self::Service { cluster, service } => {
                facts.services.get(cluster).is_some_and(|of| of.contains_key(service))
            }
            Self::Tasks(name) => facts.tasks.contains_key(name),
            Self::TaskDefinition(name) => facts.task_definitions.contains_key(name),
            Self::Role(name) => facts.roles.contains_key(name),
            Self::Profile(name) => facts.instance_profiles.contains_key(name),
            Self::Vpcs => facts.vpcs.is_some(),
            Self::VpcDns(id) => facts.vpc_dns.contains_key(id),
            Self::Subnets => facts.subnets.is_some(),
            Self::Gateways => facts.internet_gateways.is_some(),
            Self::RouteTables => facts.route_tables.is_some(),
            Self::SecurityGroups => facts.security_groups.is_some(),
            Self::KeyPairs => facts.key_pairs.is_some(),
            Self::Instances => facts.instances.is_some(),
            Self::Image(id) => facts.images.contains_key(id),
            Self::Console(id) => facts.console.contains_key(id),
            Self::Groups => facts.groups.is_some(),
            Self::Activities(name) => facts.activities.contains_key(name),
            Self::Launch(name) => facts.launches.contains_key(name),
            Self::NatGateways => facts.nat_gateways.is_some(),
            Self::Addresses => facts.addresses.is_some(),
            Self::LoadBalancers => facts.load_balancers.is_some(),
            Self::TargetGroups => facts.target_groups.is_some(),
            Self::Listeners(arn) => facts.listeners.contains_key(arn),
            Self::TargetHealth(arn) => facts.target_health.contains_key(arn),
            Self::Certificate(domain) => facts.certificates.contains_key(domain),
            Self::LogGroups => facts.log_groups.is_some(),
            Self::FileSystems => facts.file_systems.is_some(),
            Self::CapacityProvider(name) => facts.capacity_providers.contains_key(name),
            Self::ServiceDeployments { cluster, service } => {
                facts.service_deployments.get(cluster).is_some_and(|of| of.contains_key(service))
            }
            Self::ScalableTargets => facts.scalable_targets.is_some(),
            Self::ScalingPolicies => facts.scaling_policies.is_some(),
            Self::ScalingActivities(of) => facts.scaling_activities.contains_key(of),
            Self::Alarms(prefix) => facts.alarms.contains_key(prefix),
            Self::Activations => facts.activations.is_some(),
            Self::ManagedInstances => facts.managed_instances.is_some(),
            Self::Namespaces => facts.namespaces.is_some(),
            Self::NamespaceOperations => facts.namespace_operations.is_some(),
            Self::DiscoveryServices(of) => facts.discovery_services.contains_key(of),
            Self::DiscoveryInstances(of) => facts.discovery_instances.contains_key(of),
            Self::Stack(name) => facts.stacks.contains_key(name),
            Self::StackNames => facts.stack_names.is_some(),
            Self::StackResources(name) => facts.stack_resources.contains_key(name),
            Self::StackEvents(name) => facts.stack_events.contains_key(name),
            Self::StackDefaults(name) => facts.stack_defaults.contains_key(name),
            Self::StackDrifts(name) => facts.stack_drifts.contains_key(name),
            Self::ChangeSet { stack, name } => {
                facts.change_sets.get(stack).is_some_and(|of| of.contains_key(name))
            }
            Self::Refusals => facts.refusals.is_some(),
            Self::Inventory(name) => facts.inventories.contains_key(name),
            Self::ClassicBalancers => facts.classic_balancers.is_some(),
            Self::InstanceHealth(of) => facts.instance_health.contains_key(of),
            Self::Databases => facts.databases.is_some(),
            Self::Table(name) => facts.tables.contains_key(name),
        }
    }
}

/// What a check is judged on.
pub(in crate::check) fn to_judge(kind: &Kind, facts: &Facts) -> Vec<Need> {
    match kind {
        Kind::IamRole { role, instance_profile, .. } => {
            let mut needs = vec![Need::Role(role.clone())];
            needs.extend(
                instance_profile.iter().map(|name| Need::Profile(machine::last_part(name).to_owned())),
            );
            needs
        }
        Kind::EcsCluster { cluster } => vec![Need::Cluster(cluster.clone())],
        Kind::Vpc { dns_support, dns_hostnames, .. } => {
            let mut needs = the_vpc(facts);
            if dns_support.is_some() || dns_hostnames.is_some() {
                needs.extend(find::vpc(facts).map(|found| Need::VpcDns(found.it.vpc_id.clone())));
            }
            needs
        }
        Kind::Subnet { .. } => with(the_vpc(facts), &[Need::Subnets]),
        Kind::InternetGateway { .. } => with(the_vpc(facts), &[Need::Gateways]),
        Kind::DefaultRoute { via, .. } => {
            let mut needs = with(the_vpc(facts), &[Need::Subnets, Need::Gateways, Need::RouteTables]);
            needs.extend((*via == Some(Via::NatGateway)).then_some(Need::NatGateways));
            needs
        }
        Kind::SecurityGroup { .. } => with(the_vpc(facts), &[Need::SecurityGroups]),
        Kind::KeyPair { .. } => vec![Need::KeyPairs],
        Kind::LaunchSource(of) => launch_source(of, facts),
        Kind::AutoScalingGroup { subnet, .. } => {
            let mut needs = vec![Need::Groups];
            if subnet.is_some() {
                needs.push(Need::Subnets);
                needs.extend(the_vpc(facts));
            }
            needs
        }
        Kind::ContainerInstances(of) => {
            vec![Need::Cluster(of.cluster.clone()), Need::ContainerInstances(of.cluster.clone())]
        }
        Kind::TaskDefinition(of) => {
            let mut needs = vec![Need::TaskDefinition(of.family.clone())];
            needs.extend(of.volumes.iter().any(|v| v.efs.is_some()).then_some(Need::FileSystems));
            needs
        }
        Kind::TaskStopped(of) => vec![Need::Tasks(of.cluster.clone())],
        Kind::LogGroup(_) => vec![Need::LogGroups],
        Kind::LoadBalancer(of) => around::load_balancer(of, facts),
        Kind::TargetGroup(of) => around::target_group(of, facts),
        Kind::Listener(of) => around::listener(of, facts),
        Kind::Certificate { domain } => vec![Need::Certificate(domain.clone())],
        Kind::TargetsHealthy(of) => around::targets_healthy(of, facts),
        Kind::Site(of) => stacks::address(of, facts),
        Kind::FileSystem(of) => {
            let mut needs = vec![Need::FileSystems, Need::SecurityGroups];
            needs.extend((!of.subnets.is_empty()).then_some(Need::Subnets));
            with(needs, &the_vpc(facts))
        }
        Kind::EcsService(of) => {
            let mut needs = vec![the_service(&of.cluster, &of.service)];
            if of.stopped_by_user.is_some() || of.launch.is_some() {
                needs.push(Need::Tasks(of.cluster.clone()));
            }
            needs
        }
        Kind::ServiceEvent(ServiceEvent { cluster, service, .. })
        | Kind::ServiceConnect(ServiceConnect { cluster, service, .. }) => {
            vec![the_service(cluster, service)]
        }
        Kind::ServiceDeployment(of) => rollout::deployment(of),
        Kind::Placement(of) => {
            vec![the_service(&of.cluster, &of.service), Need::Tasks(of.cluster.clone())]
        }
        Kind::CapacityProvider(of) => rollout::capacity_provider(of),
        Kind::ScalingPolicy(_) => vec![Need::ScalableTargets, Need::ScalingPolicies],
        Kind::ScaledOut(of) => rollout::scaled_out(of),
        Kind::Namespace(_) => vec![Need::Namespaces, Need::NamespaceOperations],
        Kind::DiscoveryService(of) => discovery::services(&of.namespace, facts),
        Kind::DiscoveryInstances(of) => with(
            discovery::registered(&of.namespace, &of.name, facts),
            &[the_service(&of.cluster, &of.service), Need::Tasks(of.cluster.clone())],
        ),
        Kind::Activation(of) => vec![Need::Activations, Need::Role(of.role.clone())],
        Kind::Stack(of) => stacks::as_asked(of),
        Kind::StackEvent(of) => vec![Need::StackEvents(of.stack.clone()), Need::Stack(of.stack.clone())],
        Kind::ChangeSet(of) => stacks::change_set(of),
        Kind::StackDrift(of) => vec![Need::Stack(of.stack.clone()), Need::StackDrifts(of.stack.clone())],
        Kind::TableItems(of) => vec![Need::Table(of.table.clone())],
        Kind::Http(of) => vec![
            Need::ContainerInstances(of.cluster.clone()),
            Need::Instances,
            Need::Tasks(of.cluster.clone()),
        ],
        Kind::NothingLeft { gone, cluster } => {
            let cluster = cluster.as_deref().unwrap_or_default();
            let mut needs: Vec<Need> = gone.iter().map(|of| to_miss(of.what, &of.name, cluster)).collect();
            // What is in a namespace goes first.
            let spaces = gone.iter().filter(|of| of.what == What::Namespace);
            needs.extend(spaces.flat_map(|of| discovery::services(&of.name, facts)));
            needs
        }
    }
}

fn launch_source(of: &LaunchSource, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Launch(of.name.clone())];
    if of.image.is_some() {
        needs.extend(machine::launch(facts, &of.name).map(|l| Need::Image(l.launch.image_id.clone())));
    }
    if of.security_group.is_some() {
        needs.push(Need::SecurityGroups);
    }
    if of.public_address.is_some() {
        needs.extend([Need::Subnets, Need::Vpcs]);
    }
    needs
}

fn to_miss(what: What, name: &str, cluster: &str) -> Need {
    let name = name.to_owned();
    match what {
        What::EcsService => Need::Service { cluster: cluster.to_owned(), service: name },
        What::TaskDefinition => Need::TaskDefinition(name),
        What::AutoScalingGroup => Need::Groups,
        What::LaunchSource => Need::Launch(name),
        What::Instances => Need::Instances,
        What::InstanceProfile => Need::Profile(name),
        What::IamRole => Need::Role(name),
        What::KeyPair => Need::KeyPairs,
        What::SecurityGroup => Need::SecurityGroups,
        What::InternetGateway => Need::Gateways,
        What::Subnet => Need::Subnets,
        What::Vpc => Need::Vpcs,
        What::EcsCluster => Need::Cluster(name),
        What::LoadBalancer => Need::LoadBalancers,
        What::TargetGroup => Need::TargetGroups,
        What::Certificate => Need::Certificate(name),
        What::FileSystem => Need::FileSystems,
        What::NatGateway => Need::NatGateways,
        What::ElasticIp => Need::Addresses,
        What::RouteTable => Need::RouteTables,
        What::LogGroup => Need::LogGroups,
        What::CapacityProvider => Need::CapacityProvider(name),
        What::ScalableTarget => Need::ScalableTargets,
        What::Namespace => Need::Namespaces,
        What::ContainerInstances => Need::ContainerInstances(name),
        What::ManagedInstance => Need::ManagedInstances,
        What::Activation => Need::Activations,
        What::Stack => Need::Stack(name),
        What::OfStack => Need::Inventory(name),
    }
}

/// What tells why a check has failed, or whether it still can come true. `usual` is how long that usually takes, in seconds.
pub(in crate::check) fn to_explain(kind: &Kind, facts: &Facts, usual: u32) -> Vec<Need> {
    match kind {
        Kind::EcsCluster { .. } => vec![Need::ClusterNames],
        Kind::ContainerInstances(of) if of.external => rollout::external(&of.cluster, facts),
        Kind::ContainerInstances(of) => {
            let cluster = of.cluster.as_str();
            let group = of.group.as_deref().or_else(|| find::group_of_cluster(facts, cluster));
            let mut needs = joining(facts, cluster, group);
            if group.is_none() {
                needs.extend(stacks::gone_with(facts));
            }
            // The slowest question of all, and the last resort.
            needs.extend(
                machine::not_joined(facts, cluster, group)
                    .iter()
                    .filter(|i| machine::age(facts, i).is_some_and(|age| age > i64::from(usual)))
                    .take(2)
                    .map(|instance| Need::Console(instance.instance_id.clone())),
            );
            needs
        }
        Kind::EcsService(of) => around::behind(facts, &of.cluster, &of.service),
        Kind::TargetsHealthy(of) => around::behind(facts, &of.cluster, &of.service),
        Kind::Site(of) => stacks::site(of, facts),
        Kind::Stack(Stack { stack, .. })
        | Kind::StackEvent(StackEvent { stack, .. })
        | Kind::StackDrift(StackDrift { stack, .. })
        | Kind::ChangeSet(ChangeSet { stack, .. }) => stacks::of_stack(stack, facts),
        Kind::ServiceEvent(_) | Kind::TableItems(_) => stacks::gone_with(facts),
        Kind::Http(of) => {
            let mut needs = joining(facts, &of.cluster, facts.names.group.as_deref());
            needs.push(Need::SecurityGroups);
            if let Some(Fact::Known(tasks)) = facts.tasks.get(&of.cluster) {
                let running = tasks.iter().filter(|task| task.desired_status == "RUNNING");
                needs.extend(running.map(|task| Need::TaskDefinition(task.task_definition.clone())));
            }
            if let Some(instances) = find::known(facts.instances.as_ref()) {
                let joined = find::joined_ids(facts, &of.cluster);
                let carrying = instances.iter().filter(|i| joined.contains(&i.instance_id));
                needs.extend(carrying.map(|i| Need::Image(i.image_id.clone())));
            }
            if let Some(service) = of.service.as_ref().or(facts.names.service.as_ref()) {
                needs.extend(placing(facts, &of.cluster, service));
            }
            if let Some(asks) = &of.asks {
                needs.extend(discovery::asked(of, asks, facts));
            }
            needs
        }
        Kind::ServiceDeployment(ServiceDeployment { cluster, service, .. })
        | Kind::Placement(Placement { cluster, service, .. })
        | Kind::DiscoveryInstances(DiscoveryInstances { cluster, service, .. }) => {
            around::behind(facts, cluster, service)
        }
        Kind::TaskStopped(of) => {
            let tasks = find::all(facts.tasks.get(&of.cluster)).iter();
            let ended = tasks.filter(|task| of.exit_code.is_some() && task.last_status == "STOPPED");
            let mut revisions: Vec<&String> = ended.map(|task| &task.task_definition).collect();
            revisions.sort();
            revisions.dedup();
            revisions.into_iter().take(MOST_REVISIONS).map(|of| Need::TaskDefinition(of.clone())).collect()
        }
        Kind::AutoScalingGroup { group, .. } => vec![Need::Activities(group.clone())],
        Kind::LaunchSource(_) => vec![Need::Groups],
        _ => Vec::new(),
    }
}

fn with(mut needs: Vec<Need>, more: &[Need]) -> Vec<Need> {
    needs.extend_from_slice(more);
    needs
}

/// The lab's VPC is found by its tag; failing that by way of the lab's subnet or group.
fn the_vpc(facts: &Facts) -> Vec<Need> {
    match find::vpc(facts) {
        Some(found) if found.by_tag => vec![Need::Vpcs],
        _ => vec![Need::Vpcs, Need::Subnets, Need::Groups],
    }
}

/// Everything between an instance and its place in the cluster.
fn joining(facts: &Facts, cluster: &str, group: Option<&str>) -> Vec<Need> {
    let mut needs =
        vec![Need::Groups, Need::Instances, Need::Vpcs, Need::Subnets, Need::RouteTables, Need::Gateways];
    needs.extend(group.map(|name| Need::Activities(name.to_owned())));
    for instance in machine::not_joined(facts, cluster, group) {
        needs.push(Need::Image(instance.image_id.clone()));
        if let Some(name) = machine::launched_from(facts, &instance.instance_id, group) {
            needs.push(Need::Launch(name.to_owned()));
            if let Some(from) = machine::launch(facts, name) {
                let other = machine::cluster_in(&from.launch.user_data);
                needs.push(Need::ContainerInstances(other.unwrap_or("default").to_owned()));
            }
        }
        if let Some(arn) = &instance.instance_profile_arn {
            let profile = machine::last_part(arn);
            needs.push(Need::Profile(profile.to_owned()));
            if let Some(Fact::Known(Some(roles))) = facts.instance_profiles.get(profile) {
                needs.extend(roles.iter().map(|role| Need::Role(role.clone())));
            }
        }
    }
    needs
}

/// Everything between a service and its running tasks.
fn placing(facts: &Facts, cluster: &str, service: &str) -> Vec<Need> {
    let mut needs = vec![
        the_service(cluster, service),
        Need::ContainerInstances(cluster.to_owned()),
        Need::Tasks(cluster.to_owned()),
        Need::Groups,
        Need::Instances,
    ];
    if let Some(service) = find::service(facts, cluster, service) {
        needs.push(Need::TaskDefinition(service.task_definition.clone()));
        let providers = service.capacity_providers.iter().filter(|name| !name.starts_with("FARGATE"));
        needs.extend(providers.map(|name| Need::CapacityProvider(name.clone())));
    }
    needs
}

fn the_service(cluster: &str, service: &str) -> Need {
    Need::Service { cluster: cluster.to_owned(), service: service.to_owned() }
}

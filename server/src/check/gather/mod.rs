//! Asks an account for what is needed and puts the answers into `Facts`: each call once, in batches as large as AWS takes,
//! several at a time, every list followed to its end within a bound.
//!
//! A call that fails makes its own facts unknown and no others. Nothing here judges.

mod around;
mod autoscaling;
mod balancing;
mod beside;
mod capacity;
mod discovery;
mod ecs;
mod iam;
mod network;
mod stacks;

use super::facts::{Fact, Facts};
use super::needs::Need;
use crate::cloud::{Cloud, Trouble};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};

/// At most so many calls are under way at once.
const AT_ONCE: usize = 8;
/// At most so many pages of one list.
const MAX_PAGES: usize = 20;

/// Puts an answer where it belongs.
type Put = Box<dyn FnOnce(&mut Facts) + Send>;
/// One question under way.
type Job<'a> = BoxFuture<'a, Put>;

/// Asks for everything in `needs` and adds it to `facts`.
pub(super) async fn gather(cloud: &Cloud, needs: &BTreeSet<Need>, facts: &mut Facts) {
    let puts: Vec<Put> = futures::stream::iter(jobs(cloud, needs)).buffer_unordered(AT_ONCE).collect().await;
    for put in puts {
        put(facts);
    }
}

fn jobs<'a>(cloud: &'a Cloud, needs: &BTreeSet<Need>) -> Vec<Job<'a>> {
    let mut jobs: Vec<Job<'a>> = Vec::new();
    let mut clusters = Vec::new();
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut images = Vec::new();
    let mut launches = Vec::new();
    let mut providers = Vec::new();
    for need in needs.iter().cloned() {
        match need {
            Need::Cluster(name) => clusters.push(name),
            Need::Service { cluster, service } => services.entry(cluster).or_default().push(service),
            Need::Image(id) => images.push(id),
            Need::Launch(name) => launches.push(name),
            Need::ClusterNames => jobs.push(Box::pin(ecs::cluster_names(cloud))),
            Need::ContainerInstances(cluster) => {
                jobs.push(Box::pin(ecs::container_instances(cloud, cluster)));
            }
            Need::Tasks(cluster) => jobs.push(Box::pin(ecs::tasks(cloud, cluster))),
            Need::TaskDefinition(name) => jobs.push(Box::pin(ecs::task_definition(cloud, name))),
            Need::Role(name) => jobs.push(Box::pin(iam::role(cloud, name))),
            Need::Profile(name) => jobs.push(Box::pin(iam::profile(cloud, name))),
            Need::Groups => jobs.push(Box::pin(autoscaling::groups(cloud))),
            Need::Activities(name) => jobs.push(Box::pin(autoscaling::activities(cloud, name))),
            Need::LoadBalancers => jobs.push(Box::pin(balancing::load_balancers(cloud))),
            Need::TargetGroups => jobs.push(Box::pin(balancing::target_groups(cloud))),
            Need::Listeners(of) => jobs.push(Box::pin(balancing::listeners(cloud, of))),
            Need::TargetHealth(of) => jobs.push(Box::pin(balancing::target_health(cloud, of))),
            Need::Certificate(of) => jobs.push(Box::pin(balancing::certificate(cloud, of))),
            Need::LogGroups => jobs.push(Box::pin(around::log_groups(cloud))),
            Need::FileSystems => jobs.push(Box::pin(around::file_systems(cloud))),
            Need::CapacityProvider(name) => providers.push(name),
            Need::ServiceDeployments { cluster, service } => {
                jobs.push(Box::pin(ecs::service_deployments(cloud, cluster, service)));
            }
            Need::ScalableTargets => jobs.push(Box::pin(capacity::scalable_targets(cloud))),
            Need::ScalingPolicies => jobs.push(Box::pin(capacity::scaling_policies(cloud))),
            Need::ScalingActivities(of) => jobs.push(Box::pin(capacity::scaling_activities(cloud, of))),
            Need::Alarms(prefix) => jobs.push(Box::pin(capacity::alarms(cloud, prefix))),
            Need::Activations => jobs.push(Box::pin(capacity::activations(cloud))),
            Need::ManagedInstances => jobs.push(Box::pin(capacity::managed_instances(cloud))),
            Need::Namespaces => jobs.push(Box::pin(discovery::namespaces(cloud))),
            Need::NamespaceOperations => jobs.push(Box::pin(discovery::namespace_operations(cloud))),
            Need::DiscoveryServices(of) => jobs.push(Box::pin(discovery::services(cloud, of))),
            Need::DiscoveryInstances(of) => jobs.push(Box::pin(discovery::instances(cloud, of))),
            Need::Stack(name) => jobs.push(Box::pin(stacks::stack(cloud, name))),
            Need::StackNames => jobs.push(Box::pin(stacks::stack_names(cloud))),
            Need::StackResources(name) => jobs.push(Box::pin(stacks::resources(cloud, name))),
            Need::StackEvents(name) => jobs.push(Box::pin(stacks::events(cloud, name))),
            Need::StackDefaults(name) => jobs.push(Box::pin(stacks::defaults(cloud, name))),
            Need::StackDrifts(name) => jobs.push(Box::pin(stacks::drifts(cloud, name))),
            Need::ChangeSet { stack, name } => jobs.push(Box::pin(stacks::change_set(cloud, stack, name))),
            Need::Inventory(name) => jobs.push(Box::pin(stacks::inventory(cloud, name))),
            Need::Refusals => jobs.push(Box::pin(stacks::refusals(cloud))),
            Need::ClassicBalancers => jobs.push(Box::pin(beside::classic_balancers(cloud))),
            Need::InstanceHealth(of) => jobs.push(Box::pin(beside::instance_health(cloud, of))),
            Need::Databases => jobs.push(Box::pin(beside::databases(cloud))),
            Need::Table(name) => jobs.push(Box::pin(beside::table(cloud, name))),
            other => jobs.push(network::job(cloud, other)),
        }
    }
    if !clusters.is_empty() {
        jobs.push(Box::pin(ecs::clusters(cloud, clusters)));
    }
    for (cluster, names) in services {
        jobs.push(Box::pin(ecs::services(cloud, cluster, names)));
    }
    if !providers.is_empty() {
        jobs.push(Box::pin(ecs::capacity_providers(cloud, providers)));
    }
    if !images.is_empty() {
        jobs.push(Box::pin(network::images(cloud, images)));
    }
    if !launches.is_empty() {
        jobs.push(Box::pin(autoscaling::launches(cloud, launches)));
    }
    jobs
}

fn fact<T>(result: Result<T, Trouble>) -> Fact<T> {
    match result {
        Ok(value) => Fact::Known(value),
        Err(trouble) => Fact::Unknown(trouble),
    }
}

/// The answer for each name of a batch: what was found, or nothing, or the batch's trouble.
fn each<T>(
    names: Vec<String>,
    result: Result<BTreeMap<String, T>, Trouble>,
) -> BTreeMap<String, Fact<Option<T>>> {
    match result {
        Ok(mut found) => names
            .into_iter()
            .map(|name| {
                let value = found.remove(&name);
                (name, Fact::Known(value))
            })
            .collect(),
        Err(trouble) => names.into_iter().map(|name| (name, Fact::Unknown(trouble.clone()))).collect(),
    }
}

fn too_many(what: &str) -> Trouble {
    Trouble::Other(format!("there are too many {what} to look at"))
}

//! Of deployments, capacity, scaling, and machines outside AWS.

use super::{Need, the_service};
use crate::catalog::check::{CapacityProvider, DeploymentState, ScaledOut, ServiceDeployment};
use crate::check::facts::Facts;
use crate::check::find;

/// Other clusters in which a lost machine is looked for.
const OTHER_CLUSTERS: usize = 10;

pub(super) fn deployment(of: &ServiceDeployment) -> Vec<Need> {
    let mut needs = vec![the_service(&of.cluster, &of.service)];
    if matches!(of.state, DeploymentState::RolledBack | DeploymentState::Failed) {
        needs.push(Need::ServiceDeployments { cluster: of.cluster.clone(), service: of.service.clone() });
    }
    needs
}

pub(super) fn capacity_provider(of: &CapacityProvider) -> Vec<Need> {
    let mut needs = vec![Need::CapacityProvider(of.capacity_provider.clone())];
    needs.extend(of.cluster.clone().map(Need::Cluster));
    needs
}

pub(super) fn scaled_out(of: &ScaledOut) -> Vec<Need> {
    let resource = find::resource_id(&of.cluster, &of.service);
    vec![
        the_service(&of.cluster, &of.service),
        Need::ScalableTargets,
        Need::Alarms(find::alarm_prefix(&resource)),
        Need::ScalingActivities(resource),
    ]
}

/// Everything between a machine outside AWS and its place in the cluster.
pub(super) fn external(cluster: &str, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Activations, Need::ManagedInstances, Need::ClusterNames];
    needs.extend(facts.names.machine_role.clone().map(Need::Role));
    let others = find::all(facts.cluster_names.as_ref()).iter().filter(|name| *name != cluster);
    needs.extend(others.take(OTHER_CLUSTERS).map(|name| Need::ContainerInstances(name.clone())));
    needs
}

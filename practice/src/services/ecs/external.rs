//! ECS Anywhere: container instances outside AWS. Their machine is a managed node of Systems Manager, whose role their
//! agent has; without the node or the role's permissions the agent is not connected. Follows "Amazon ECS clusters for
//! external instances". Not here: the machine itself, whose containers no one in this world reaches.

use super::model::{Cluster, ContainerInstance, Phase};
use super::tasks;
use crate::services::iam;
use crate::services::ssm::managed_role;
use crate::world::{Scope, View};

/// What the id of a managed node begins with.
const NODE: &str = "mi-";
/// What marks an external instance.
pub(super) const EXTERNAL: &str = "ecs.capability.external";
/// Not shown: the version of Docker that the agent reported.
pub(super) const DOCKER_VERSION: &str = "drydock.docker-version";

/// Whether an id is that of a managed node.
pub(super) fn is_node(id: &str) -> bool {
    id.starts_with(NODE)
}

/// The ARN of the role that the agents of a managed node have.
pub(super) fn role(view: &View<'_>, node: &str) -> Option<String> {
    let name = managed_role(view, node)?;
    view.iam.role(name).map(|role| role.arn.clone())
}

/// Why the agent of a managed node may not do something: AWS's sentence.
pub(super) fn denied(view: &View<'_>, node: &str, action: &str, resource: &str) -> Option<String> {
    let unknown = || format!("The managed node {node} has no credentials: its role does not exist.");
    let Some(role) = role(view, node) else { return Some(unknown()) };
    iam::role_allows(view, &role, action, resource).err().map(|denied| denied.message(node))
}

/// Whether the agent of a container instance gets its connection.
fn may_connect(view: &View<'_>, node: &str) -> bool {
    let hosts = view.arn("ecs", "container-instance/*");
    ["ecs:DiscoverPollEndpoint", "ecs:Poll"].iter().all(|action| denied(view, node, action, &hosts).is_none())
}

/// Connects and disconnects the agents of external instances. True when that changed anything.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let view = scope.view();
    let mut changes: Vec<(String, String, bool)> = Vec::new();
    for cluster in view.region.ecs.clusters.values() {
        for host in cluster.instances.values().filter(|host| is_node(&host.ec2_instance)) {
            let connected = may_connect(&view, &host.ec2_instance);
            if connected != host.connected {
                changes.push((cluster.name.clone(), host.id.clone(), connected));
            }
        }
    }
    let soon = scope.now.plus_ms(scope.settings.lasts(tasks::NOTICE_MS));
    for (cluster, id, connected) in &changes {
        let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster) else { continue };
        if let Some(host) = cluster.instances.get_mut(id) {
            host.connected = *connected;
            host.version += 1;
        }
        // What waited for it goes on.
        let waiting = |task: &&mut super::model::Task| {
            *connected && task.instance == *id && task.next_step.is_none() && task.phase != Phase::Stopped
        };
        cluster.tasks.values_mut().filter(waiting).for_each(|task| task.next_step = Some(soon));
    }
    !changes.is_empty()
}

/// Where a managed node is registered already.
pub(super) fn registered<'v>(view: &View<'v>, node: &str) -> Option<(&'v Cluster, &'v ContainerInstance)> {
    view.region.ecs.clusters.values().find_map(|cluster| {
        let host = cluster.instances.values().find(|host| host.ec2_instance == node)?;
        Some((cluster, host))
    })
}

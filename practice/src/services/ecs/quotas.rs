//! How much of ECS one region of a practice account holds, so that a world stays small. Follows "Amazon ECS endpoints
//! and quotas" for services and tasks; the others are this cloud's own.

use super::fault;
use super::model::{Cluster, Model, Phase, Revision, ServiceStatus};
use crate::core::fault::Fault;

const CLUSTERS: usize = 1_000;
const FAMILIES: usize = 1_000;
/// Revisions of all families together.
const REVISIONS: usize = 10_000;
/// Bytes of all revisions together.
const REVISION_BYTES: usize = 4_000_000;
const SERVICES: usize = 500;
const PROVIDERS: usize = 100;
const TASKS: usize = 5_000;

fn room(used: usize, limit: usize, what: &str) -> Result<(), Fault> {
    if used < limit {
        return Ok(());
    }
    Err(fault::client(format!("The limit for the resource was exceeded: {limit} {what}.")))
}

/// Whether a new cluster has room. Deleted ones are shown only while there is.
pub(super) fn cluster(model: &mut Model) -> Result<(), Fault> {
    if model.clusters.len() >= CLUSTERS {
        model.clusters.retain(|_, cluster| cluster.active);
    }
    room(model.clusters.len(), CLUSTERS, "clusters")
}

/// Whether a new revision has room.
pub(super) fn revision(model: &Model, new: &Revision) -> Result<(), Fault> {
    if !model.families.contains_key(&new.id.family) {
        room(model.families.len(), FAMILIES, "task definition families")?;
    }
    let kept = || model.families.values().flat_map(|family| family.revisions.values());
    room(kept().count(), REVISIONS, "task definition revisions")?;
    let bytes = |revision| serde_json::to_vec(revision).map_or(0, |text| text.len());
    let used = kept().map(bytes).sum::<usize>();
    room(used + bytes(new), REVISION_BYTES, "bytes of task definitions")
}

/// Whether a new capacity provider has room.
pub(super) fn provider(model: &Model) -> Result<(), Fault> {
    if model.providers.len() < PROVIDERS {
        return Ok(());
    }
    let message = "The limit for the number of capacity providers has been reached.";
    Err(Fault::new("LimitExceededException", message))
}

/// Whether a new service has room. Deleted ones are shown only while there is.
pub(super) fn service(cluster: &mut Cluster) -> Result<(), Fault> {
    if cluster.services.len() >= SERVICES {
        cluster.services.retain(|_, service| service.status != ServiceStatus::Inactive);
    }
    room(cluster.services.len(), SERVICES, "services per cluster")
}

/// How many more tasks a cluster has room for.
pub(super) fn room_for_tasks(cluster: &Cluster) -> usize {
    TASKS.saturating_sub(cluster.tasks.values().filter(|task| task.phase != Phase::Stopped).count())
}

/// Whether that many more tasks have room.
pub(super) fn tasks(cluster: &Cluster, more: usize) -> Result<(), Fault> {
    room((TASKS - room_for_tasks(cluster) + more).saturating_sub(1), TASKS, "tasks per cluster")
}

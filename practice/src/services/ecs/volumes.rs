//! Volumes on Amazon EFS: what their configuration must be like, and what keeps a task from mounting them. Follows "Use
//! Amazon EFS volumes with Amazon ECS" and "Resolve Amazon ECS stopped task errors".

use serde_json::Value;

use super::fault;
use super::model::{Cluster, Launch, Revision, Task};
use super::starting::Obstacle;
use crate::core::fault::Fault;
use crate::network::endpoint::Endpoint;
use crate::services::efs::{Client, mountable};
use crate::world::View;

/// What the mount helper takes until it gives up: three tries of 15 seconds.
const MOUNT_MS: i64 = 45_000;

/// Checks an `efsVolumeConfiguration`.
pub(super) fn check(volume: &Value) -> Result<(), Fault> {
    let Some(efs) = volume.get("efsVolumeConfiguration").filter(|efs| !efs.is_null()) else { return Ok(()) };
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
    if text(efs, "fileSystemId").is_none_or(|id| id.is_empty()) {
        return Err(fault::client("EFSVolumeConfiguration.fileSystemId should not be null or empty."));
    }
    let encrypted = text(efs, "transitEncryption").as_deref() == Some("ENABLED");
    let auth = efs.get("authorizationConfig");
    let point = auth.and_then(|auth| text(auth, "accessPointId"));
    let by_role = auth.and_then(|auth| text(auth, "iam")).as_deref() == Some("ENABLED");
    if point.is_some() && text(efs, "rootDirectory").is_some_and(|root| !matches!(root.as_str(), "" | "/")) {
        return Err(fault::client(
            "Invalid EFSVolumeConfiguration: rootDirectory must be omitted or set to / when an access point is specified.",
        ));
    }
    if (point.is_some() || by_role) && !encrypted {
        return Err(fault::client(
            "Invalid EFSVolumeConfiguration: transitEncryption must be ENABLED when an access point or IAM authorization is used.",
        ));
    }
    let named = text(efs, "rootDirectory").is_none_or(|root| root.is_empty() || root.starts_with('/'));
    if !named {
        return Err(fault::client("Invalid EFSVolumeConfiguration: rootDirectory must be an absolute path."));
    }
    Ok(())
}

/// Why a task's file systems are not mounted, if so.
pub(super) fn obstacle(
    view: &View<'_>,
    cluster: &Cluster,
    task: &Task,
    revision: &Revision,
) -> Option<Obstacle> {
    let systems = revision.volumes.iter().filter_map(|volume| {
        let efs = volume.get("efsVolumeConfiguration").filter(|efs| !efs.is_null())?;
        Some((volume.get("name")?.as_str()?, efs))
    });
    for (name, efs) in systems {
        let id = efs.get("fileSystemId").and_then(Value::as_str).unwrap_or_default();
        let auth = efs.get("authorizationConfig");
        let point = auth.and_then(|auth| auth.get("accessPointId")).and_then(Value::as_str);
        let from = if task.network.is_some() {
            Endpoint::of_task(view, task)
        } else {
            let host = cluster.instances.get(&task.instance);
            host.and_then(|host| view.region.ec2.instance(&host.ec2_instance)).and_then(Endpoint::of_instance)
        };
        let from = from?;
        let client = Client {
            vpc_id: from.vpc,
            subnet_id: from.subnet,
            address: from.private_ip,
            groups: from.groups,
        };
        if let Err(why) = mountable(view, id, point, &client) {
            let reason = if task.launch == Launch::Fargate {
                format!(
                    "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: {why}"
                )
            } else {
                let volume = format!("ecs-{}-{}-{name}", revision.id.family, revision.id.revision);
                format!(
                    "CannotCreateVolumeError: Error response from daemon: create {volume}: VolumeDriver.Create: mounting volume failed: {}",
                    why.trim_start_matches("stderr: ")
                )
            };
            return Some(Obstacle { container: None, reason, takes_ms: MOUNT_MS });
        }
    }
    None
}

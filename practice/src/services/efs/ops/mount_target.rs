//! Mount targets: one for an Availability Zone, with a network interface in its subnet.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad, no_access_point, no_mount_target};
use super::super::model::{Life, MAX_GROUPS, MountTarget};
use super::{find, find_available, id_of, paged, word};
use crate::core::fault::Fault;
use crate::services::ec2::managed::{Wanted, attach};
use crate::services::ec2::zones;
use crate::world::{Scope, View};

/// How long a mount target takes to become available, and to go, in AWS's milliseconds.
const CREATES_MS: i64 = 80_000;
const GOES_MS: i64 = 30_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    file_system_id: String,
    subnet_id: String,
    ip_address: Option<String>,
    security_groups: Option<Vec<String>>,
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::new("MountTargetConflict", message).with_status(409)
}

/// The groups of a mount target, all of its VPC.
fn groups(view: &View<'_>, vpc_id: &str, given: Option<Vec<String>>) -> Result<Vec<String>, Fault> {
    let ec2 = &view.region.ec2;
    let mut groups = given.unwrap_or_default();
    if groups.len() > MAX_GROUPS {
        let message = "The number of security groups must be at most 5.";
        return Err(Fault::new("SecurityGroupLimitExceeded", message));
    }
    let lost = groups.iter().find(|id| ec2.security_group(id).is_none_or(|group| group.vpc_id != vpc_id));
    if let Some(lost) = lost {
        let message = format!("One of the security groups provided is invalid: {lost}");
        return Err(Fault::new("SecurityGroupNotFound", message));
    }
    if groups.is_empty() {
        groups.extend(ec2.security_group_named(vpc_id, "default").map(|group| group.id.clone()));
    }
    groups.sort();
    groups.dedup();
    Ok(groups)
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let id = id_of(&input.file_system_id).to_owned();
    let zone_of_system = find_available(scope, &id)?.zone.clone();
    if input.ip_address.is_some() {
        return Err(bad("This practice cloud chooses the addresses of mount targets: leave IpAddress out."));
    }
    let view = scope.view();
    let no_subnet =
        || Fault::new("SubnetNotFound", format!("The subnet ID '{}' does not exist", input.subnet_id));
    let subnet = view.region.ec2.subnet(&input.subnet_id).ok_or_else(no_subnet)?.clone();
    let groups = groups(&view, &subnet.vpc_id, input.security_groups)?;
    if zone_of_system.is_some_and(|zone| zone != subnet.zone) {
        let message = "The Availability Zone of the subnet is not that of the One Zone file system.";
        return Err(Fault::new("AvailabilityZonesMismatch", message));
    }
    for (_, target) in view.region.efs.targets_of(&id) {
        if target.vpc_id != subnet.vpc_id {
            return Err(conflict(
                "requested subnet for new mount target is not in the same VPC as existing mount targets",
            ));
        }
        if target.zone == subnet.zone {
            return Err(conflict("mount target already exists in this AZ"));
        }
    }
    let target_id = scope.region.ids.resource("fsmt");
    let wanted = Wanted {
        subnet_id: &subnet.id,
        security_groups: &groups,
        description: format!("EFS mount target for {id} ({target_id})"),
        kind: "efs",
        public: false,
        instance_id: None,
    };
    let full = || {
        Fault::new("NoFreeAddressesInSubnet", "The specified subnet does not have enough free addresses.")
            .with_status(409)
    };
    let interface = attach(scope, &wanted).ok_or_else(full)?;
    let target = MountTarget {
        file_system_id: id,
        subnet_id: subnet.id,
        vpc_id: subnet.vpc_id,
        zone: subnet.zone,
        address: interface.private_ip,
        interface_id: interface.id,
        security_groups: groups,
        life: Life::Creating(scope.now.plus_ms(scope.settings.lasts(CREATES_MS))),
    };
    scope.region.efs.mount_targets.insert(target_id.clone(), target.clone());
    Ok(shape(&scope.view(), &target_id, &target))
}

fn shape(view: &View<'_>, id: &str, target: &MountTarget) -> Value {
    let zone = zones::of(&view.region.name).find(|zone| zone.name == target.zone);
    json!({
        "OwnerId": view.account,
        "MountTargetId": id,
        "FileSystemId": target.file_system_id,
        "SubnetId": target.subnet_id,
        "LifeCycleState": word(target.life),
        "IpAddress": target.address,
        "NetworkInterfaceId": target.interface_id,
        "AvailabilityZoneId": zone.map(|zone| zone.id),
        "AvailabilityZoneName": target.zone,
        "VpcId": target.vpc_id,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    max_items: Option<i64>,
    marker: Option<String>,
    file_system_id: Option<String>,
    mount_target_id: Option<String>,
    access_point_id: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let efs = &view.region.efs;
    let asked = [&input.file_system_id, &input.mount_target_id, &input.access_point_id];
    if asked.into_iter().flatten().count() != 1 {
        return Err(bad("Exactly one of FileSystemId, MountTargetId and AccessPointId must be given."));
    }
    let system = match (&input.file_system_id, &input.access_point_id) {
        (Some(id), _) => {
            find(view, id)?;
            Some(id_of(id).to_owned())
        }
        (None, Some(id)) => {
            let point = efs.access_points.get(id_of(id)).ok_or_else(|| no_access_point(id))?;
            Some(point.file_system_id.clone())
        }
        (None, None) => None,
    };
    if let Some(id) = &input.mount_target_id {
        efs.mount_targets.get(id).ok_or_else(|| no_mount_target(id))?;
    }
    let wanted = |id: &String, target: &MountTarget| {
        system.as_ref().is_none_or(|system| target.file_system_id == *system)
            && input.mount_target_id.as_ref().is_none_or(|wanted| wanted == id)
    };
    let all = efs.mount_targets.iter().filter(|(id, target)| wanted(id, target));
    let page = paged(all, |(id, _)| (*id).clone(), input.max_items, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|(id, target)| shape(view, id, target)).collect();
    let mut answer = json!({"MountTargets": shapes});
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    mount_target_id: String,
    security_groups: Option<Vec<String>>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    let goes = scope.now.plus_ms(scope.settings.lasts(GOES_MS));
    let target = scope.region.efs.mount_targets.get_mut(&input.mount_target_id);
    target.ok_or_else(|| no_mount_target(&input.mount_target_id))?.life = Life::Deleting(goes);
    Ok(())
}

pub(crate) fn describe_groups(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let target = view.region.efs.mount_targets.get(&input.mount_target_id);
    let target = target.ok_or_else(|| no_mount_target(&input.mount_target_id))?;
    Ok(json!({"SecurityGroups": target.security_groups}))
}

pub(crate) fn modify_groups(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    let id = input.mount_target_id;
    let view = scope.view();
    let target = view.region.efs.mount_targets.get(&id).ok_or_else(|| no_mount_target(&id))?;
    if target.life != Life::Available {
        let message = format!("Mount target '{id}' is not in the state 'available'.");
        return Err(Fault::new("IncorrectMountTargetState", message).with_status(409));
    }
    let groups = groups(&view, &target.vpc_id, input.security_groups)?;
    if let Some(target) = scope.region.efs.mount_targets.get_mut(&id) {
        target.security_groups.clone_from(&groups);
        if let Some(interface) = scope.region.ec2.interfaces.get_mut(&target.interface_id) {
            interface.security_groups = groups;
        }
    }
    Ok(())
}

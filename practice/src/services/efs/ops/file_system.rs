//! File systems.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad, no_file_system};
use super::super::model::{FileSystem, Life, MAX_FILE_SYSTEMS};
use super::settings::{check_lifecycle, check_policy};
use super::{OneFileSystem, Tag, find, find_available, id_of, paged, tags, tags_out, word};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::services::ec2::zones;
use crate::world::{Scope, View};

/// How long a file system takes to become available, and to go, in AWS's milliseconds.
const CREATES_MS: i64 = 5_000;
const GOES_MS: i64 = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    creation_token: String,
    performance_mode: Option<String>,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    throughput_mode: Option<String>,
    provisioned_throughput_in_mibps: Option<f64>,
    availability_zone_name: Option<String>,
    backup: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
    // No members of AWS's: what CloudFormation puts as soon as the file system is available.
    #[serde(default)]
    lifecycle_policies: Vec<BTreeMap<String, String>>,
    policy: Option<String>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    if !(1..=64).contains(&input.creation_token.chars().count()) {
        return Err(bad("CreationToken must have from 1 to 64 characters."));
    }
    let same = |(_, kept): &(&String, &FileSystem)| kept.creation_token == input.creation_token;
    if let Some((id, _)) = scope.region.efs.file_systems.iter().find(same) {
        let message =
            format!("File system '{id}' already exists with creation token '{}'", input.creation_token);
        return Err(Fault::new("FileSystemAlreadyExists", message).with_status(409));
    }
    let performance = input.performance_mode.unwrap_or_else(|| "generalPurpose".to_owned());
    if !matches!(performance.as_str(), "generalPurpose" | "maxIO") {
        return Err(bad("PerformanceMode must be generalPurpose or maxIO."));
    }
    let throughput = input.throughput_mode.unwrap_or_else(|| "bursting".to_owned());
    let provisioned_mibps = throughput_of(&throughput, input.provisioned_throughput_in_mibps)?;
    let zone = input.availability_zone_name;
    if zone.as_ref().is_some_and(|zone| !zones::of(&scope.region.name).any(|known| known.name == *zone)) {
        return Err(Fault::new(
            "UnsupportedAvailabilityZone",
            "The Availability Zone is not one of this region.",
        ));
    }
    if input.kms_key_id.is_some() && input.encrypted == Some(false) {
        return Err(bad("A KmsKeyId needs Encrypted to be true."));
    }
    let tags = tags(&input.tags)?;
    check_lifecycle(&input.lifecycle_policies)?;
    input.policy.as_deref().map(check_policy).transpose()?;
    if scope.region.efs.file_systems.len() >= MAX_FILE_SYSTEMS {
        let message = "This practice region has room for 100 file systems.";
        return Err(Fault::new("FileSystemLimitExceeded", message).with_status(403));
    }
    let encrypted = input.encrypted.unwrap_or(false);
    let key = encrypted
        .then(|| input.kms_key_id.unwrap_or_else(|| scope.arn("kms", "alias/aws/elasticfilesystem")));
    let kept = FileSystem {
        files: BTreeMap::new(),
        creation_token: input.creation_token,
        created_at: scope.now,
        life: Life::Creating(scope.now.plus_ms(scope.settings.lasts(CREATES_MS))),
        performance,
        throughput,
        provisioned_mibps,
        encrypted,
        kms_key: key,
        // One Zone file systems are backed up unless told otherwise.
        backup: input.backup.unwrap_or(zone.is_some()),
        zone,
        lifecycle: input.lifecycle_policies,
        policy: input.policy,
        tags,
    };
    let id = scope.region.ids.resource("fs");
    scope.region.efs.file_systems.insert(id.clone(), kept.clone());
    Ok(shape(&scope.view(), &id, &kept))
}

fn throughput_of(mode: &str, provisioned: Option<f64>) -> Result<Option<f64>, Fault> {
    match (mode, provisioned) {
        ("bursting" | "elastic", None) => Ok(None),
        ("provisioned", Some(mibps)) if (1.0..=3414.0).contains(&mibps) => Ok(Some(mibps)),
        ("provisioned", _) => {
            Err(bad("ProvisionedThroughputInMibps must be from 1 to 3414 in the mode provisioned."))
        }
        ("bursting" | "elastic", Some(_)) => {
            Err(bad("ProvisionedThroughputInMibps is for the mode provisioned alone."))
        }
        _ => Err(bad("ThroughputMode must be bursting, provisioned or elastic.")),
    }
}

fn shape(view: &View<'_>, id: &str, kept: &FileSystem) -> Value {
    let mut shape = json!({
        "OwnerId": view.account,
        "CreationToken": kept.creation_token,
        "FileSystemId": id,
        "FileSystemArn": view.arn("elasticfilesystem", &format!("file-system/{id}")),
        "CreationTime": Epoch(kept.created_at),
        "LifeCycleState": word(kept.life),
        "NumberOfMountTargets": view.region.efs.targets_of(id).count(),
        "SizeInBytes": {"Value": 6144, "ValueInIA": 0, "ValueInStandard": 6144, "ValueInArchive": 0},
        "PerformanceMode": kept.performance,
        "Encrypted": kept.encrypted,
        "ThroughputMode": kept.throughput,
        "Tags": tags_out(&kept.tags),
        "FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"},
    });
    if let Some(name) = kept.tags.get("Name") {
        shape["Name"] = json!(name);
    }
    if let Some(key) = &kept.kms_key {
        shape["KmsKeyId"] = json!(key);
    }
    if let Some(mibps) = kept.provisioned_mibps {
        shape["ProvisionedThroughputInMibps"] = json!(mibps);
    }
    if let Some(zone) = &kept.zone {
        let known = zones::of(&view.region.name).find(|known| known.name == *zone);
        shape["AvailabilityZoneName"] = json!(zone);
        shape["AvailabilityZoneId"] = json!(known.map(|known| known.id));
    }
    shape
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    max_items: Option<i64>,
    marker: Option<String>,
    creation_token: Option<String>,
    file_system_id: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    if let Some(id) = &input.file_system_id {
        find(view, id)?;
    }
    let wanted = |id: &String, kept: &FileSystem| {
        input.file_system_id.as_ref().is_none_or(|wanted| id_of(wanted) == id)
            && input.creation_token.as_ref().is_none_or(|token| kept.creation_token == *token)
    };
    let all = view.region.efs.file_systems.iter().filter(|(id, kept)| wanted(id, kept));
    let page = paged(all, |(id, _)| (*id).clone(), input.max_items, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|(id, kept)| shape(view, id, kept)).collect();
    let mut answer = json!({"FileSystems": shapes});
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    file_system_id: String,
    throughput_mode: Option<String>,
    provisioned_throughput_in_mibps: Option<f64>,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let kept = find_available(scope, &input.file_system_id)?;
    let mode = input.throughput_mode.unwrap_or_else(|| kept.throughput.clone());
    let provisioned = throughput_of(&mode, input.provisioned_throughput_in_mibps)?;
    (kept.throughput, kept.provisioned_mibps) = (mode, provisioned);
    let kept = kept.clone();
    Ok(shape(&scope.view(), id_of(&input.file_system_id), &kept))
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneFileSystem) -> Result<(), Fault> {
    let id = id_of(&input.file_system_id).to_owned();
    let goes = scope.now.plus_ms(scope.settings.lasts(GOES_MS));
    let efs = &mut scope.region.efs;
    if efs.targets_of(&id).next().is_some() {
        let message = format!(
            "Unable to delete File System '{id}': mount targets of this file system are still in use."
        );
        return Err(Fault::new("FileSystemInUse", message).with_status(409));
    }
    let kept = efs.file_systems.get_mut(&id).ok_or_else(|| no_file_system(&id))?;
    kept.life = Life::Deleting(goes);
    efs.access_points.retain(|_, point| point.file_system_id != id);
    Ok(())
}

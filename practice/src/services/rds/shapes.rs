//! RDS in the API's shapes.

use serde_json::{Value, json};

use super::ask::arn;
use super::model::{Instance, Phase, Snapshot, SubnetGroup};
use crate::core::tag::Tags;
use crate::world::View;

pub(super) fn instance(view: &View<'_>, one: &Instance) -> Value {
    let there = !matches!(one.phase, Phase::Creating(_));
    let groups: Vec<Value> =
        one.security_groups.iter().map(|id| json!({"VpcSecurityGroupId": id, "Status": "active"})).collect();
    let family = one.engine_version.split('.').take(2).collect::<Vec<_>>().join(".");
    json!({
        "DBInstanceIdentifier": one.id,
        "DBInstanceClass": one.class,
        "Engine": one.engine,
        "DBInstanceStatus": one.phase.name(),
        "MasterUsername": one.user,
        "DBName": one.database,
        "Endpoint": there.then(|| json!({"Address": one.address, "Port": one.port, "HostedZoneId": zone_id()})),
        "AllocatedStorage": one.storage,
        "InstanceCreateTime": there.then(|| one.created_at.iso()),
        "PreferredBackupWindow": "07:00-07:30",
        "BackupRetentionPeriod": one.backup_days,
        "DBSecurityGroups": [],
        "VpcSecurityGroups": groups,
        "DBParameterGroups": [{"DBParameterGroupName": format!("default.{}{family}", one.engine), "ParameterApplyStatus": "in-sync"}],
        "AvailabilityZone": there.then_some(&one.zone),
        "DBSubnetGroup": view.region.rds.subnet_groups.get(&one.subnet_group).map(|group| subnet_group(view, group)),
        "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
        "PendingModifiedValues": {},
        "MultiAZ": one.multi_az,
        "EngineVersion": one.engine_version,
        "AutoMinorVersionUpgrade": true,
        "LicenseModel": "general-public-license",
        "PubliclyAccessible": one.public,
        "StorageType": one.storage_type,
        "DbInstancePort": 0,
        "StorageEncrypted": one.encrypted,
        "DbiResourceId": one.resource_id,
        "CopyTagsToSnapshot": one.copy_tags,
        "DBInstanceArn": arn(view, "db", &one.id),
        "DeletionProtection": one.protected,
        "TagList": tags(&one.tags),
        "NetworkType": "IPV4",
    })
}

/// The hosted zone of RDS's names.
pub(super) fn zone_id() -> &'static str {
    "Z2R2ITUGPM61AM"
}

pub(super) fn subnet_group(view: &View<'_>, group: &SubnetGroup) -> Value {
    let subnets: Vec<Value> = group
        .subnets
        .iter()
        .map(|id| {
            let zone = view.region.ec2.subnet(id).map(|subnet| subnet.zone.clone());
            json!({"SubnetIdentifier": id, "SubnetAvailabilityZone": {"Name": zone}, "SubnetStatus": "Active"})
        })
        .collect();
    json!({"DBSubnetGroupName": group.name, "DBSubnetGroupDescription": group.description, "VpcId": group.vpc_id,
        "SubnetGroupStatus": "Complete", "Subnets": subnets, "DBSubnetGroupArn": arn(view, "subgrp", &group.name),
        "SupportedNetworkTypes": ["IPV4"]})
}

pub(super) fn snapshot(view: &View<'_>, one: &Snapshot) -> Value {
    let ready = one.ready_at.is_none();
    json!({"DBSnapshotIdentifier": one.id, "DBInstanceIdentifier": one.of.id, "SnapshotCreateTime": one.created_at.iso(),
        "Engine": one.of.engine, "AllocatedStorage": one.of.storage, "Status": if ready { "available" } else { "creating" },
        "Port": one.of.port, "AvailabilityZone": one.of.zone, "VpcId": one.of.vpc_id, "InstanceCreateTime": one.of.created_at.iso(),
        "MasterUsername": one.of.user, "EngineVersion": one.of.engine_version, "SnapshotType": "manual",
        "PercentProgress": if ready { 100 } else { 0 }, "StorageType": one.of.storage_type, "Encrypted": one.of.encrypted,
        "DBSnapshotArn": arn(view, "snapshot", &one.id), "DbiResourceId": one.of.resource_id, "TagList": tags(&one.tags)})
}

pub(super) fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

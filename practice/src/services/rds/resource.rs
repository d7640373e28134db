//! `AWS::RDS::DBInstance`, `AWS::RDS::DBSubnetGroup`.

use serde_json::{Map, Value, json};

use super::model::Phase;
use super::{ask, shapes};
use crate::core::fault::Fault;
use crate::form::{attributes, keep, shown_tags, tag_list, unless_gone};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::world::View;

/// Its physical id is its identifier.
pub(super) struct DbInstance;

/// Those that the API calls the same and changes.
const CHANGED: [&str; 11] = [
    "AllocatedStorage",
    "DBInstanceClass",
    "MasterUserPassword",
    "BackupRetentionPeriod",
    "MultiAZ",
    "EngineVersion",
    "StorageType",
    "CopyTagsToSnapshot",
    "PubliclyAccessible",
    "DeletionProtection",
    "ApplyImmediately",
];
/// And those that it only takes at the creation.
const MADE: [&str; 8] = [
    "Engine",
    "DBName",
    "MasterUsername",
    "DBSubnetGroupName",
    "AvailabilityZone",
    "Port",
    "StorageEncrypted",
    "ManageMasterUserPassword",
];

fn input(asked: &Asked<'_>, id: &str, names: &[&str]) -> Value {
    let mut input = keep(asked.properties, names);
    input["DBInstanceIdentifier"] = json!(id);
    if let Some(groups) = asked.properties.get("VPCSecurityGroups") {
        input["VpcSecurityGroupIds"] = groups.clone();
    }
    input
}

impl Resource for DbInstance {
    fn type_name(&self) -> &'static str {
        "AWS::RDS::DBInstance"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let id = asked.name("DBInstanceIdentifier", 63).to_ascii_lowercase();
        if let Some(name) = ["DBClusterIdentifier", "DBSnapshotIdentifier", "SourceDBInstanceIdentifier"]
            .iter()
            .find(|name| !asked.property(name).is_null())
        {
            let message =
                format!("The property {name} of AWS::RDS::DBInstance is not part of this practice cloud.");
            return Err(Fault::new("UnsupportedOperation", message));
        }
        let mut input = input(asked, &id, &[&CHANGED[..], &MADE[..]].concat());
        input["Tags"] = tag_list(&asked.tags(), ("Key", "Value"));
        api.call("rds", "CreateDBInstance", input)?;
        Ok(id)
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        match view.region.rds.instances.get(id).map(|one| one.phase) {
            Some(Phase::Available) => Settled::Yes,
            Some(Phase::Creating(_) | Phase::Modifying(_)) => Settled::NotYet,
            Some(Phase::Deleting(_)) | None => Settled::Failed(format!("DB instance {id} was deleted.")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if CHANGED.iter().chain(&["VPCSecurityGroups"]).any(|name| asked.changed(before, name)) {
            api.call("rds", "ModifyDBInstance", input(asked, id, &CHANGED))?;
        }
        let arn = ask::arn(&api.view(), "db", id);
        let tags = json!({"ResourceName": arn, "Tags": tag_list(&asked.tags(), ("Key", "Value"))});
        api.call("rds", "AddTagsToResource", tags).map(|_| ())
    }

    /// Without a snapshot: that one is left behind is what `DeletionPolicy: Snapshot` is for, which CloudFormation
    /// carries out before.
    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        let going =
            api.view().region.rds.instances.get(id).is_none_or(|one| matches!(one.phase, Phase::Deleting(_)));
        if going {
            return Ok(());
        }
        let input = json!({"DBInstanceIdentifier": id, "SkipFinalSnapshot": true});
        unless_gone(api.call("rds", "DeleteDBInstance", input), "DBInstanceNotFound")
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if view.region.rds.instances.contains_key(id) { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let Some(one) = view.region.rds.instances.get(id) else { return Map::new() };
        attributes([
            ("Endpoint.Address", json!(one.address)),
            ("Endpoint.Port", json!(one.port.to_string())),
            ("Endpoint.HostedZoneId", json!(shapes::zone_id())),
            ("DbiResourceId", json!(one.resource_id)),
            ("DBInstanceArn", json!(ask::arn(view, "db", id))),
        ])
    }

    /// Without the names, which RDS writes in small letters, and the engine's version, which it completes.
    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let found = view.region.rds.instances.get(id);
        let Some(one) = found.filter(|one| !matches!(one.phase, Phase::Deleting(_))) else {
            return Actual::Gone;
        };
        let mut shown = json!({
            "AllocatedStorage": one.storage, "AvailabilityZone": one.zone,
            "BackupRetentionPeriod": one.backup_days, "CopyTagsToSnapshot": one.copy_tags,
            "DBInstanceClass": one.class, "DeletionProtection": one.protected, "Engine": one.engine,
            "MasterUsername": one.user, "MultiAZ": one.multi_az, "Port": one.port,
            "PubliclyAccessible": one.public, "StorageEncrypted": one.encrypted,
            "StorageType": one.storage_type, "VPCSecurityGroups": one.security_groups,
            "Tags": shown_tags(&one.tags),
        });
        if let Some(name) = &one.database {
            shown["DBName"] = name.as_str().into();
        }
        Actual::Is(shown)
    }
}

/// Its physical id is its name.
pub(super) struct DbSubnetGroup;

impl Resource for DbSubnetGroup {
    fn type_name(&self) -> &'static str {
        "AWS::RDS::DBSubnetGroup"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("DBSubnetGroupName", 255).to_ascii_lowercase();
        let mut input = keep(asked.properties, &["DBSubnetGroupDescription", "SubnetIds"]);
        input["DBSubnetGroupName"] = json!(name);
        input["Tags"] = tag_list(&asked.tags(), ("Key", "Value"));
        api.call("rds", "CreateDBSubnetGroup", input)?;
        Ok(name)
    }

    fn update(&self, api: &mut Api<'_, '_>, id: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let mut input = keep(asked.properties, &["DBSubnetGroupDescription", "SubnetIds"]);
        input["DBSubnetGroupName"] = json!(id);
        api.call("rds", "ModifyDBSubnetGroup", input)?;
        let arn = ask::arn(&api.view(), "subgrp", id);
        let tags = json!({"ResourceName": arn, "Tags": tag_list(&asked.tags(), ("Key", "Value"))});
        api.call("rds", "AddTagsToResource", tags).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        let answer = api.call("rds", "DeleteDBSubnetGroup", json!({"DBSubnetGroupName": id}));
        unless_gone(answer, "DBSubnetGroupNotFoundFault")
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        match view.region.rds.subnet_groups.get(id) {
            None => Actual::Gone,
            Some(group) => Actual::Is(json!({
                "DBSubnetGroupDescription": group.description, "SubnetIds": group.subnets,
                "Tags": shown_tags(&group.tags),
            })),
        }
    }
}

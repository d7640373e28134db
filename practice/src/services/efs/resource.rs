//! EFS's resource types.

use serde_json::{Map, Value, json};

use super::model::Life;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::form::{
    TagChanges, attributes, document, keep, not_found, refuse, refuse_change, tag_list, tags_of, unless_gone,
    with,
};
use crate::resource::{Api, Asked, Resource, Settled};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&FileSystem, &MountTarget, &AccessPoint];

const SERVICE: &str = "elasticfilesystem";

/// How far something is that is becoming available.
fn settled(life: Option<Life>, type_name: &str, id: &str) -> Settled {
    match life {
        Some(Life::Available) => Settled::Yes,
        Some(Life::Creating(_)) => Settled::NotYet,
        Some(Life::Deleting(_)) | None => Settled::Failed(not_found(type_name, id).message),
    }
}

fn retag(
    api: &mut Api<'_, '_>,
    id: &str,
    has: &Tags,
    before: &Value,
    asked: &Asked<'_>,
    property: &str,
) -> Result<(), Fault> {
    TagChanges::new(has, before, asked, property).apply(
        api,
        SERVICE,
        ("TagResource", |set| json!({"ResourceId": id, "Tags": tag_list(set, ("Key", "Value"))})),
        ("UntagResource", |keys| json!({"ResourceId": id, "TagKeys": keys})),
    )
}

struct FileSystem;

/// What its replication would need.
fn beyond(type_name: &str, properties: &Value) -> Result<(), Fault> {
    refuse(type_name, properties, &["ReplicationConfiguration"])?;
    let protection = &properties["FileSystemProtection"];
    match protection["ReplicationOverwriteProtection"].as_str() {
        None | Some("ENABLED") => Ok(()),
        Some(_) => refuse(type_name, properties, &["FileSystemProtection"]),
    }
}

fn backed_up(properties: &Value) -> bool {
    properties["BackupPolicy"]["Status"] == "ENABLED"
}

impl Resource for FileSystem {
    fn type_name(&self) -> &'static str {
        "AWS::EFS::FileSystem"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        const TAKEN: [&str; 7] = [
            "AvailabilityZoneName",
            "Encrypted",
            "KmsKeyId",
            "LifecyclePolicies",
            "PerformanceMode",
            "ProvisionedThroughputInMibps",
            "ThroughputMode",
        ];
        beyond(self.type_name(), asked.properties)?;
        let mut input = with(keep(asked.properties, &TAKEN), "CreationToken", asked.generated(64));
        input["Tags"] = tag_list(&tags_of(asked, "FileSystemTags"), ("Key", "Value"));
        if !asked.property("BackupPolicy").is_null() {
            input["Backup"] = backed_up(asked.properties).into();
        }
        if let Some(policy) = asked.properties.get("FileSystemPolicy") {
            input["Policy"] = document(policy).into();
        }
        let answer = api.call(SERVICE, "CreateFileSystem", input)?;
        Ok(answer["FileSystemId"].as_str().unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        settled(view.region.efs.file_systems.get(id).map(|kept| kept.life), self.type_name(), id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        beyond(self.type_name(), asked.properties)?;
        let system = json!({"FileSystemId": id});
        let throughput = ["ThroughputMode", "ProvisionedThroughputInMibps"];
        if throughput.iter().any(|name| asked.changed(before, name)) {
            let mut input = keep(asked.properties, &throughput);
            input["FileSystemId"] = id.into();
            input["ThroughputMode"] = asked.text("ThroughputMode").unwrap_or("bursting").into();
            api.call(SERVICE, "UpdateFileSystem", input)?;
        }
        if asked.changed(before, "BackupPolicy") {
            let word = if backed_up(asked.properties) { "ENABLED" } else { "DISABLED" };
            let input = with(system.clone(), "BackupPolicy", json!({"Status": word}));
            api.call(SERVICE, "PutBackupPolicy", input)?;
        }
        if asked.changed(before, "LifecyclePolicies") {
            let policies = asked.property("LifecyclePolicies").as_array().cloned().unwrap_or_default();
            let input = with(system.clone(), "LifecyclePolicies", policies);
            api.call(SERVICE, "PutLifecycleConfiguration", input)?;
        }
        if asked.changed(before, "FileSystemPolicy") {
            match asked.properties.get("FileSystemPolicy") {
                Some(policy) => {
                    api.call(SERVICE, "PutFileSystemPolicy", with(system, "Policy", document(policy)))?
                }
                None => api.call(SERVICE, "DeleteFileSystemPolicy", system)?,
            };
        }
        let has = api.view().region.efs.file_systems.get(id).map(|kept| kept.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, id, &has, before, asked, "FileSystemTags")
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let life = api.view().region.efs.file_systems.get(id).map(|kept| kept.life);
        if matches!(life, None | Some(Life::Deleting(_))) {
            return Ok(());
        }
        api.call(SERVICE, "DeleteFileSystem", json!({"FileSystemId": id})).map(|_| ())
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if view.region.efs.file_systems.contains_key(id) { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let arn = view.arn(SERVICE, &format!("file-system/{id}"));
        attributes([("Arn", arn.into()), ("FileSystemId", id.into())])
    }
}

struct MountTarget;

impl Resource for MountTarget {
    fn type_name(&self) -> &'static str {
        "AWS::EFS::MountTarget"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        if asked.text("IpAddressType").is_some_and(|kind| kind != "IPV4_ONLY") {
            refuse(self.type_name(), asked.properties, &["IpAddressType"])?;
        }
        refuse(self.type_name(), asked.properties, &["Ipv6Address"])?;
        let input = keep(asked.properties, &["FileSystemId", "SubnetId", "IpAddress", "SecurityGroups"]);
        let answer = api.call(SERVICE, "CreateMountTarget", input)?;
        Ok(answer["MountTargetId"].as_str().unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        settled(view.region.efs.mount_targets.get(id).map(|target| target.life), self.type_name(), id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if asked.changed(before, "SecurityGroups") {
            let input = with(keep(asked.properties, &["SecurityGroups"]), "MountTargetId", id);
            api.call(SERVICE, "ModifyMountTargetSecurityGroups", input)?;
        }
        Ok(())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let life = api.view().region.efs.mount_targets.get(id).map(|target| target.life);
        if matches!(life, None | Some(Life::Deleting(_))) {
            return Ok(());
        }
        api.call(SERVICE, "DeleteMountTarget", json!({"MountTargetId": id})).map(|_| ())
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if view.region.efs.mount_targets.contains_key(id) { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }
}

struct AccessPoint;

/// The ids of users and groups, which templates write as texts, as the numbers they are in the API.
fn numbered(tree: &Value) -> Value {
    const IDS: [&str; 5] = ["Uid", "Gid", "SecondaryGids", "OwnerUid", "OwnerGid"];
    let number = |value: &Value| {
        value.as_str().and_then(|text| text.parse::<u64>().ok()).map_or_else(|| value.clone(), Value::from)
    };
    let Value::Object(members) = tree else { return tree.clone() };
    let member = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Array(items) if IDS.contains(&name.as_str()) => items.iter().map(number).collect(),
            value if IDS.contains(&name.as_str()) => number(value),
            value => numbered(value),
        };
        (name.clone(), value)
    };
    Value::Object(members.iter().map(member).collect())
}

impl Resource for AccessPoint {
    fn type_name(&self) -> &'static str {
        "AWS::EFS::AccessPoint"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = numbered(&keep(asked.properties, &["FileSystemId", "PosixUser", "RootDirectory"]));
        let input = with(input, "ClientToken", asked.name("ClientToken", 64));
        let input = with(input, "Tags", tag_list(&tags_of(asked, "AccessPointTags"), ("Key", "Value")));
        let answer = api.call(SERVICE, "CreateAccessPoint", input)?;
        Ok(answer["AccessPointId"].as_str().unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        settled(view.region.efs.access_points.get(id).map(|point| point.life), self.type_name(), id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse_change(self.type_name(), before, asked, &["ClientToken"])?;
        let has = api.view().region.efs.access_points.get(id).map(|point| point.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, id, &has, before, asked, "AccessPointTags")
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let input = json!({"AccessPointId": id});
        unless_gone(api.call(SERVICE, "DeleteAccessPoint", input), "AccessPointNotFound")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let arn = view.arn(SERVICE, &format!("access-point/{id}"));
        attributes([("Arn", arn.into()), ("AccessPointId", id.into())])
    }
}

//! A member of `Resources`: its attributes, not its properties, which the resource type's schema knows.

use serde_json::{Map, Value};

use super::fault::{invalid, malformed, misused};
use super::function::text;
use super::model::{Policy, Resource};
use super::policies;
use crate::core::fault::Fault;

/// Resource attributes.
const ATTRIBUTES: [&str; 10] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// Types of which a snapshot can be left behind: the page of `DeletionPolicy`.
const SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// Reads a resource. `loose`: its policies may still be functions, which the transform resolves.
pub(super) fn resource(id: &str, value: &Value, loose: bool) -> Result<Resource, Fault> {
    let here = |why: &str| malformed(format!("[/Resources/{id}] {why}"));
    let members = value.as_object().ok_or_else(|| here("resource definition is malformed"))?;
    if let Some(unknown) = members.keys().find(|name| !ATTRIBUTES.contains(&name.as_str())) {
        return Err(invalid(format!("Invalid template resource property '{unknown}'")));
    }
    let kind = match members.get("Type") {
        None => return Err(here("Every Resources object must contain a Type member.")),
        Some(Value::String(kind)) if !kind.is_empty() => kind.clone(),
        Some(_) => return Err(here("Type must be a string.")),
    };
    let object = |name: &str, otherwise: Value| match members.get(name) {
        None => Ok(otherwise),
        Some(value @ Value::Object(_)) => Ok(value.clone()),
        Some(_) => Err(here(&format!("Any {name} member must be an object."))),
    };
    let policy = |name: &str| match members.get(name) {
        Some(Value::Object(_)) if loose => Ok(None),
        Some(value) => named_policy(id, &kind, name, value).map(Some),
        None => Ok(None),
    };
    let creation_policy = object("CreationPolicy", Value::Null)?;
    policies::check(&format!("/Resources/{id}/CreationPolicy"), &creation_policy, policies::CREATION)?;
    let update_policy = object("UpdatePolicy", Value::Null)?;
    policies::check(&format!("/Resources/{id}/UpdatePolicy"), &update_policy, policies::UPDATE)?;
    Ok(Resource {
        properties: object("Properties", Value::Object(Map::new()))?,
        depends_on: depends_on(id, members.get("DependsOn"))?,
        condition: condition_name(members, &format!("/Resources/{id}"))?,
        deletion_policy: policy("DeletionPolicy")?,
        update_replace_policy: policy("UpdateReplacePolicy")?,
        creation_policy,
        update_policy,
        metadata: object("Metadata", Value::Null)?,
        kind,
    })
}

/// `Condition` of a resource or an output.
pub(super) fn condition_name(members: &Map<String, Value>, path: &str) -> Result<Option<String>, Fault> {
    match members.get("Condition") {
        None => Ok(None),
        // As text: a condition that is called `No` is `false` in YAML 1.1, here and where it is declared.
        Some(name) => match text(name) {
            Some(name) => Ok(Some(name)),
            None => Err(malformed(format!("[{path}] Condition must be a string."))),
        },
    }
}

fn depends_on(id: &str, value: Option<&Value>) -> Result<Vec<String>, Fault> {
    let refused = || malformed(format!("[/Resources/{id}] DependsOn must be a string or list of strings."));
    let mut names: Vec<String> = match value {
        None => Vec::new(),
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(items)) => {
            let names: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            names.ok_or_else(refused)?
        }
        Some(_) => return Err(refused()),
    };
    names.sort();
    names.dedup();
    Ok(names)
}

fn named_policy(id: &str, kind: &str, attribute: &str, value: &Value) -> Result<Policy, Fault> {
    let policy = match (value.as_str(), attribute) {
        (Some("Delete"), _) => Policy::Delete,
        (Some("Retain"), _) => Policy::Retain,
        (Some("RetainExceptOnCreate"), "DeletionPolicy") => Policy::RetainExceptOnCreate,
        (Some("Snapshot"), _) => Policy::Snapshot,
        (Some(other), _) => {
            return Err(malformed(format!("Unrecognized {attribute} {other} for resource {id}")));
        }
        (None, _) => {
            return Err(malformed(format!("[/Resources/{id}] Every {attribute} member must be a string.")));
        }
    };
    if policy == Policy::Snapshot && !SNAPSHOTS.contains(&kind) {
        let spoken = if attribute == "DeletionPolicy" { "deletion policy" } else { "update replace policy" };
        return Err(misused(format!("resource type {kind} does not support {spoken} Snapshot")));
    }
    Ok(policy)
}

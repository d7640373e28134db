//! CloudFormation's names of ECS's structures. They begin with a capital letter where the API's begin with a small one,
//! but for a few; keys that are the user's own stay as they are.

use serde_json::Value;

use crate::form::{camel, pascal};

/// Names that are more than their first letter apart.
const OTHER: [(&str, &str); 9] = [
    ("AwsVpcConfiguration", "awsvpcConfiguration"),
    ("ClusterSettings", "settings"),
    ("EFSVolumeConfiguration", "efsVolumeConfiguration"),
    ("FSxWindowsFileServerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"),
    ("IAM", "iam"),
    ("PlacementStrategies", "placementStrategy"),
    ("ProxyConfigurationProperties", "properties"),
    ("S3FilesVolumeConfiguration", "s3filesVolumeConfiguration"),
    // Of a volume of a task; that of a managed EBS volume is another one.
    ("EFSVolumeConfiguration.FilesystemId", "fileSystemId"),
];
/// Members whose own members are the user's.
const USERS: [&str; 5] = ["DockerLabels", "DriverOpts", "HookDetails", "Labels", "Options"];

/// Properties as a structure of the API.
pub(super) fn to_api(properties: &Value) -> Value {
    within("", properties)
}

fn within(parent: &str, tree: &Value) -> Value {
    match tree {
        Value::Object(members) => {
            let member = |(name, child): (&String, &Value)| {
                let kept = USERS.contains(&name.as_str());
                (api_name(parent, name), if kept { child.clone() } else { within(name, child) })
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(items) => items.iter().map(|item| within(parent, item)).collect(),
        other => other.clone(),
    }
}

fn api_name(parent: &str, name: &str) -> String {
    let qualified = format!("{parent}.{name}");
    let other = OTHER.iter().find(|(known, _)| *known == name || *known == qualified);
    other.map_or_else(|| camel(name), |(_, api)| (*api).to_owned())
}

/// A structure of the API in the form of a template: those of clusters and services, whose names differ by their first
/// letter only.
pub(super) fn from_api(tree: &Value) -> Value {
    match tree {
        Value::Object(members) => {
            let member = |(name, child): (&String, &Value)| {
                let name = pascal(name);
                let kept = USERS.contains(&name.as_str());
                let child = if kept { child.clone() } else { from_api(child) };
                (name, child)
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(items) => items.iter().map(from_api).collect(),
        other => other.clone(),
    }
}

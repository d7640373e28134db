//! The answers of CloudWatch Logs and of EFS.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{FileSystem, LogGroup, MountTarget};
use crate::cloud::{Cloud, Trouble};
use serde_json::{Value, json};

/// File systems whose mount targets are looked at.
const MOST_FILE_SYSTEMS: usize = 10;

pub(super) async fn log_groups(cloud: &Cloud) -> Put {
    let answer: Result<Vec<LogGroup>, Trouble> =
        cloud.logs.list("DescribeLogGroups", json!({}), "logGroups", "nextToken").await;
    put(move |facts| facts.log_groups = Some(fact(answer)))
}

pub(super) async fn file_systems(cloud: &Cloud) -> Put {
    let answer = all_file_systems(cloud).await;
    put(move |facts| facts.file_systems = Some(fact(answer)))
}

async fn all_file_systems(cloud: &Cloud) -> Result<Vec<FileSystem>, Trouble> {
    let page = cloud.efs.get("/2015-02-01/file-systems?MaxItems=100").await?;
    let mut all: Vec<FileSystem> = members(&page, "FileSystems").map(file_system).collect();
    for system in all.iter_mut().filter(|system| !system.name.is_empty()).take(MOST_FILE_SYSTEMS) {
        let uri = format!("/2015-02-01/mount-targets?FileSystemId={}", system.id);
        let page = cloud.efs.get(&uri).await?;
        for of in members(&page, "MountTargets") {
            let id = text(of, "MountTargetId");
            let uri = format!("/2015-02-01/mount-targets/{id}/security-groups");
            let groups = cloud.efs.get(&uri).await?;
            let groups = members(&groups, "SecurityGroups").filter_map(Value::as_str);
            system.mount_targets.push(MountTarget {
                id,
                subnet_id: text(of, "SubnetId"),
                state: text(of, "LifeCycleState"),
                security_groups: groups.map(str::to_owned).collect(),
            });
        }
    }
    Ok(all)
}

fn file_system(of: &Value) -> FileSystem {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let created_at = of.get("CreationTime").and_then(Value::as_f64).map(|seconds| seconds as i64);
    FileSystem {
        id: text(of, "FileSystemId"),
        name: text(of, "Name"),
        state: text(of, "LifeCycleState"),
        created_at,
        mount_targets: Vec::new(),
    }
}

fn members<'a>(of: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(list).and_then(Value::as_array).into_iter().flatten()
}

fn text(of: &Value, member: &str) -> String {
    of.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

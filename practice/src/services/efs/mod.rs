//! Amazon Elastic File System: file systems, mount targets, access points and their settings. What tasks write to a
//! file system is kept, in small measure: see `crate::network::files`. Not in it: replication, account preferences.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod mount;
mod ops;
mod reconcile;
mod resource;
#[cfg(test)]
mod tests;

pub use mount::{Client, mountable};
use ops::{access_point, file_system, mount_target, settings, tag};

const PROTOCOL: Protocol = Protocol::RestJson;

/// The operation table.
pub fn service() -> Service {
    let operations = vec![
        write(PROTOCOL, "CreateAccessPoint", access_point::create),
        write(PROTOCOL, "CreateFileSystem", file_system::create),
        write(PROTOCOL, "CreateMountTarget", mount_target::create),
        write(PROTOCOL, "CreateTags", tag::add),
        write(PROTOCOL, "DeleteAccessPoint", access_point::delete),
        write(PROTOCOL, "DeleteFileSystem", file_system::delete),
        write(PROTOCOL, "DeleteFileSystemPolicy", settings::delete_policy),
        write(PROTOCOL, "DeleteMountTarget", mount_target::delete),
        write(PROTOCOL, "DeleteTags", tag::remove),
        read(PROTOCOL, "DescribeAccessPoints", access_point::describe),
        read(PROTOCOL, "DescribeBackupPolicy", settings::backup),
        read(PROTOCOL, "DescribeFileSystemPolicy", settings::policy),
        read(PROTOCOL, "DescribeFileSystems", file_system::describe),
        read(PROTOCOL, "DescribeLifecycleConfiguration", settings::lifecycle),
        read(PROTOCOL, "DescribeMountTargetSecurityGroups", mount_target::describe_groups),
        read(PROTOCOL, "DescribeMountTargets", mount_target::describe),
        read(PROTOCOL, "DescribeTags", tag::list),
        read(PROTOCOL, "ListTagsForResource", tag::list),
        write(PROTOCOL, "ModifyMountTargetSecurityGroups", mount_target::modify_groups),
        write(PROTOCOL, "PutBackupPolicy", settings::put_backup),
        write(PROTOCOL, "PutFileSystemPolicy", settings::put_policy),
        write(PROTOCOL, "PutLifecycleConfiguration", settings::put_lifecycle),
        write(PROTOCOL, "TagResource", tag::add),
        write(PROTOCOL, "UntagResource", tag::remove),
        write(PROTOCOL, "UpdateFileSystem", file_system::update),
    ];
    Service {
        name: "elasticfilesystem",
        protocol: PROTOCOL,
        operations,
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

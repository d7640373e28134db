//! File systems through the front door.

use serde_json::{Value, json};

use super::{Client, mountable};
use crate::testing::Lab;

const S: &str = "elasticfilesystem";

/// A file system with a mount target in the first default subnet; its id, the target's id and the subnet.
fn with_target() -> (Lab, String, String, String) {
    let mut lab = Lab::new();
    let made = lab.call(
        S,
        "CreateFileSystem",
        json!({"CreationToken": "one", "Tags": [{"Key": "Name", "Value": "data"}]}),
    );
    assert_eq!((&made["LifeCycleState"], &made["Name"]), (&json!("creating"), &json!("data")));
    let id = made["FileSystemId"].as_str().unwrap().to_owned();
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
    let subnet = subnets["subnetSet"][0]["subnetId"].as_str().unwrap().to_owned();
    let target = json!({"FileSystemId": id, "SubnetId": subnet});
    assert_eq!(lab.refused(S, "CreateMountTarget", target.clone()), "IncorrectFileSystemLifeCycleState");
    lab.advance(10);
    let target = lab.call(S, "CreateMountTarget", target)["MountTargetId"].as_str().unwrap().to_owned();
    (lab, id, target, subnet)
}

fn mounts(lab: &Lab, id: &str, point: Option<&str>, subnet: &str, groups: &[String]) -> Result<(), String> {
    lab.world.look("us-east-1", lab.now, &lab.caller, |view| {
        let subnet = view.region.ec2.subnet(subnet).unwrap();
        let address = subnet.cidr.at(100).unwrap();
        mountable(view, id, point, &Client { vpc_id: &subnet.vpc_id, subnet_id: &subnet.id, address, groups })
    })
}

#[test]
fn a_file_system_is_mounted_where_a_target_lets_nfs_in() {
    let (mut lab, id, target, subnet) = with_target();
    let groups = lab.call(S, "DescribeMountTargetSecurityGroups", json!({"MountTargetId": target}));
    let default: Vec<String> = serde_json::from_value(groups["SecurityGroups"].clone()).unwrap();
    assert!(mounts(&lab, &id, None, &subnet, &default).unwrap_err().contains("Failed to resolve"));
    lab.advance(90);
    assert_eq!(mounts(&lab, &id, None, &subnet, &default), Ok(()));
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
    let elsewhere = subnets["subnetSet"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["subnetId"] != subnet.as_str())
        .unwrap();
    let other_zone = elsewhere["subnetId"].as_str().unwrap();
    assert!(mounts(&lab, &id, None, other_zone, &default).unwrap_err().contains("Failed to resolve"));
    let vpc = subnets["subnetSet"][0]["vpcId"].clone();
    let closed = lab.call(
        "ec2",
        "CreateSecurityGroup",
        json!({"GroupName": "closed", "GroupDescription": "x", "VpcId": vpc}),
    );
    let closed = closed["groupId"].as_str().unwrap().to_owned();
    lab.call(
        S,
        "ModifyMountTargetSecurityGroups",
        json!({"MountTargetId": target, "SecurityGroups": [closed]}),
    );
    assert!(mounts(&lab, &id, None, &subnet, &default).unwrap_err().contains("timed out"));
    assert!(mounts(&lab, &id, Some("fsap-0"), &subnet, &default).unwrap_err().contains("access denied"));
    assert!(
        mounts(&lab, "fs-0", None, &subnet, &default)
            .unwrap_err()
            .contains("fs-0.efs.us-east-1.amazonaws.com")
    );
}

#[test]
fn one_target_for_a_zone_and_nothing_is_deleted_in_use() {
    let (mut lab, id, target, subnet) = with_target();
    let again = json!({"FileSystemId": id, "SubnetId": subnet});
    assert_eq!(lab.refused(S, "CreateMountTarget", again.clone()), "MountTargetConflict");
    assert_eq!(lab.refused(S, "DeleteFileSystem", json!({"FileSystemId": id})), "FileSystemInUse");
    let interfaces = |lab: &mut Lab| -> Vec<String> {
        let all = lab.call("ec2", "DescribeNetworkInterfaces", json!({}));
        all["networkInterfaceSet"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["description"].to_string())
            .collect()
    };
    assert!(interfaces(&mut lab).iter().any(|text| text.contains(&target)));
    lab.call(S, "DeleteMountTarget", json!({"MountTargetId": target}));
    lab.advance(60);
    assert_eq!(interfaces(&mut lab), Vec::<String>::new());
    lab.call(S, "DeleteFileSystem", json!({"FileSystemId": id}));
    lab.advance(60);
    assert_eq!(lab.refused(S, "DescribeFileSystems", json!({"FileSystemId": id})), "FileSystemNotFound");
    assert_eq!(crate::next_event(&lab.world), None);
}

#[test]
fn tokens_settings_access_points_and_tags() {
    let (mut lab, id, ..) = with_target();
    assert_eq!(
        lab.refused(S, "CreateFileSystem", json!({"CreationToken": "one"})),
        "FileSystemAlreadyExists"
    );
    let point = json!({"ClientToken": "p", "FileSystemId": id, "PosixUser": {"Uid": 1000, "Gid": 1000},
        "RootDirectory": {"Path": "/app", "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"}}});
    let made = lab.call(S, "CreateAccessPoint", point.clone());
    assert_eq!(lab.call(S, "CreateAccessPoint", point)["AccessPointId"], made["AccessPointId"]);
    lab.advance(5);
    let points = lab.call(S, "DescribeAccessPoints", json!({"FileSystemId": id}));
    assert_eq!(points["AccessPoints"][0]["LifeCycleState"], "available");
    lab.call(
        S,
        "PutLifecycleConfiguration",
        json!({"FileSystemId": id, "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]}),
    );
    let bad = json!({"FileSystemId": id, "LifecyclePolicies": [{"TransitionToIA": "SOON"}]});
    assert_eq!(lab.refused(S, "PutLifecycleConfiguration", bad), "BadRequest");
    lab.call(S, "PutBackupPolicy", json!({"FileSystemId": id, "BackupPolicy": {"Status": "ENABLED"}}));
    assert_eq!(
        lab.call(S, "DescribeBackupPolicy", json!({"FileSystemId": id}))["BackupPolicy"]["Status"],
        "ENABLED"
    );
    assert_eq!(lab.refused(S, "DescribeFileSystemPolicy", json!({"FileSystemId": id})), "PolicyNotFound");
    lab.call(S, "TagResource", json!({"ResourceId": id, "Tags": [{"Key": "a", "Value": "b"}]}));
    lab.call(S, "UntagResource", json!({"ResourceId": id, "TagKeys": ["Name"]}));
    let tags: Value = lab.call(S, "ListTagsForResource", json!({"ResourceId": id}));
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "b"}]));
    lab.call(S, "DeleteAccessPoint", json!({"AccessPointId": made["AccessPointId"]}));
}

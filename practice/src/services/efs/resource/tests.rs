//! EFS's resource types, driven by hand.

use serde_json::{Value, json};

use crate::testing::driver::Driver;

#[test]
fn a_file_system_that_is_mounted() {
    let mut driver = Driver::new();
    let policy = json!({"Version": "2012-10-17", "Statement": []});
    let properties = json!({
        "Encrypted": true, "BackupPolicy": {"Status": "ENABLED"}, "FileSystemPolicy": policy,
        "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}],
        "FileSystemTags": [{"Key": "Name", "Value": "shop"}],
    });
    let mut system = driver.create("AWS::EFS::FileSystem", &properties);
    let id = json!({"FileSystemId": system.id});
    let efs = "elasticfilesystem";
    let told = driver.lab.call(efs, "DescribeFileSystems", id.clone())["FileSystems"][0].clone();
    assert_eq!((&told["LifeCycleState"], &told["Name"]), (&json!("available"), &json!("shop")));
    assert_eq!(driver.attribute(&system, "Arn"), told["FileSystemArn"]);
    let told = driver.lab.call(efs, "DescribeFileSystemPolicy", id.clone());
    assert_eq!(serde_json::from_str::<Value>(told["Policy"].as_str().unwrap()).unwrap(), policy);
    let told = driver.lab.call(efs, "DescribeLifecycleConfiguration", id.clone());
    assert_eq!(told["LifecyclePolicies"], properties["LifecyclePolicies"]);
    driver.update(&mut system, &json!({"Encrypted": true, "ThroughputMode": "elastic"}));
    let told = driver.lab.call(efs, "DescribeFileSystems", id.clone())["FileSystems"][0].clone();
    assert_eq!((&told["ThroughputMode"], told.get("Name")), (&json!("elastic"), None));
    assert_eq!(
        driver.lab.call(efs, "DescribeBackupPolicy", id.clone())["BackupPolicy"]["Status"],
        "DISABLED"
    );
    assert_eq!(driver.lab.refused(efs, "DescribeFileSystemPolicy", id), "PolicyNotFound");

    let subnet = driver.lab.call("ec2", "DescribeSubnets", json!({}))["subnetSet"][0].clone();
    let group =
        driver.lab.call("ec2", "DescribeSecurityGroups", json!({}))["securityGroupInfo"][0]["groupId"]
            .clone();
    let target =
        json!({"FileSystemId": system.id, "SubnetId": subnet["subnetId"], "SecurityGroups": [group]});
    let began = driver.lab.now;
    let target = driver.create("AWS::EFS::MountTarget", &target);
    assert!(driver.lab.now.since(began) >= 80_000);
    assert_eq!(driver.attribute(&target, "Id"), target.id);
    let user = json!({"Uid": "1000", "Gid": "1000", "SecondaryGids": ["5"]});
    let root = json!({"Path": "/data", "CreationInfo": {"OwnerUid": "1000", "OwnerGid": "1000", "Permissions": "0755"}});
    let point = json!({"FileSystemId": system.id, "PosixUser": user, "RootDirectory": root});
    let point = driver.create("AWS::EFS::AccessPoint", &point);
    let told = driver.lab.call(efs, "DescribeAccessPoints", json!({"AccessPointId": point.id}));
    let told = &told["AccessPoints"][0];
    assert_eq!(told["PosixUser"], json!({"Uid": 1000, "Gid": 1000, "SecondaryGids": [5]}));
    assert_eq!(told["RootDirectory"]["CreationInfo"]["OwnerUid"], 1000);
    assert_eq!(told["RootDirectory"]["CreationInfo"]["Permissions"], "0755");

    assert_eq!(driver.try_delete(&system).unwrap_err().code, "FileSystemInUse");
    driver.delete(&point);
    driver.delete(&target);
    driver.delete(&system);
    assert!(driver.look(|view| view.region.efs.file_systems.is_empty()));
}

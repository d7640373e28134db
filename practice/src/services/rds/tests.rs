//! RDS through the front door.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::testing::Lab;
use crate::testing::driver::Driver;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A database in the default VPC, available, behind a security group of its own.
struct Shop {
    lab: Lab,
    address: String,
    group: String,
}

impl Shop {
    fn new() -> Self {
        let mut lab = Lab::new();
        let vpc = lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone();
        let group = json!({"GroupName": "db", "GroupDescription": "db", "VpcId": vpc});
        let group = text(&lab.call("ec2", "CreateSecurityGroup", group)["groupId"]);
        let made = lab.call("rds", "CreateDBInstance", json!({"DBInstanceIdentifier": "Catalogue", "DBInstanceClass": "db.t3.micro",
            "Engine": "mysql", "MasterUsername": "catalogue_user", "MasterUserPassword": "default_password",
            "DBName": "socksdb", "AllocatedStorage": "20", "VpcSecurityGroupIds": [group], "CopyTagsToSnapshot": "true",
            "Tags": [{"Key": "lab", "Value": "shop"}]}));
        assert_eq!(made["DBInstance"]["DBInstanceStatus"], "creating");
        assert_eq!(made["DBInstance"]["Endpoint"], Value::Null);
        lab.settle();
        let seen = lab.call("rds", "DescribeDBInstances", json!({"DBInstanceIdentifier": "catalogue"}));
        let seen = &seen["DBInstances"][0];
        assert_eq!(seen["DBInstanceStatus"], "available");
        let address = text(&seen["Endpoint"]["Address"]);
        Self { lab, address, group }
    }

    /// Runs an importer in the default VPC to the end.
    fn import(&mut self, script: &str) -> bool {
        let image = crate::services::ec2::images::amazon_linux("us-east-1", "x86_64").unwrap().id;
        let data = STANDARD.encode(script.replace("HOST", &self.address));
        let run = json!({"ImageId": image, "InstanceType": "t2.micro", "MinCount": "1", "MaxCount": "1", "UserData": data});
        self.lab.call("ec2", "RunInstances", run);
        self.lab.settle();
        self.lab.world.regions["us-east-1"].rds.instances["catalogue"].socks
    }

    fn open(&mut self) {
        let rule = json!({"GroupId": self.group, "IpProtocol": "tcp", "FromPort": "3306", "ToPort": "3306", "CidrIp": "0.0.0.0/0"});
        self.lab.call("ec2", "AuthorizeSecurityGroupIngress", rule);
    }
}

const IMPORT: &str = "#!/bin/bash\ndnf install -y mariadb105\ncurl -fsSL --retry 5 -o /tmp/dump.sql https://example.com/dump.sql\nmysql --host=HOST --user=catalogue_user --password=default_password socksdb < /tmp/dump.sql\nshutdown -h now\n";

#[test]
fn a_dump_is_imported_where_the_security_group_lets_it_in() {
    let mut shop = Shop::new();
    assert!(!shop.import(IMPORT), "its security group lets nobody in");
    shop.open();
    for (wrong, why) in [
        (IMPORT.replace("dnf install -y mariadb105", ""), "no client"),
        (IMPORT.replace("default_password", "other"), "another password"),
        (IMPORT.replace("socksdb", "shop"), "another database"),
        (IMPORT.replace("-o /tmp/dump.sql", "-o /tmp/other.sql"), "another file"),
    ] {
        assert!(!shop.import(&wrong), "{why}");
    }
    assert!(shop.import(IMPORT));
    let seen = shop.lab.call("ec2", "DescribeInstances", json!({}));
    assert_eq!(
        seen["reservationSet"][0]["instancesSet"][0]["instanceState"]["name"], "stopped",
        "it shut itself down"
    );
    shop.lab.settle();
    assert_eq!(crate::next_event(&shop.lab.world), None);
}

#[test]
fn a_deletion_says_what_becomes_of_the_data() {
    let mut shop = Shop::new();
    let delete = |more: Value| {
        let mut input = json!({"DBInstanceIdentifier": "catalogue"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    assert_eq!(shop.lab.refused("rds", "DeleteDBInstance", delete(json!({}))), "InvalidParameterCombination");
    let modify = |protect: &str| delete(json!({"DeletionProtection": protect, "ApplyImmediately": "true"}));
    shop.lab.call("rds", "ModifyDBInstance", modify("true"));
    shop.lab.settle();
    let code = shop.lab.refused("rds", "DeleteDBInstance", delete(json!({"SkipFinalSnapshot": "true"})));
    assert_eq!(code, "InvalidParameterCombination");
    shop.lab.call("rds", "ModifyDBInstance", modify("false"));
    shop.lab.settle();
    shop.lab.call("rds", "DeleteDBInstance", delete(json!({"FinalDBSnapshotIdentifier": "last"})));
    shop.lab.settle();
    assert_eq!(shop.lab.refused("rds", "DescribeDBInstances", delete(json!({}))), "DBInstanceNotFound");
    let left = shop.lab.call("rds", "DescribeDBSnapshots", json!({}));
    assert_eq!(
        (left["DBSnapshots"][0]["Status"].as_str(), &left["DBSnapshots"][0]["TagList"][0]["Key"]),
        (Some("available"), &json!("lab"))
    );
    shop.lab.call("rds", "DeleteDBSnapshot", json!({"DBSnapshotIdentifier": "last"}));
    let interfaces = shop.lab.call("ec2", "DescribeNetworkInterfaces", json!({}));
    assert!(!interfaces.to_string().contains("RDSNetworkInterface"));
}

#[test]
fn lists_of_rds_have_names_of_their_own() {
    let form = b"Action=X&Version=2014-10-31&SubnetIds.SubnetIdentifier.1=a&SubnetIds.SubnetIdentifier.2=b&Tags.Tag.1.Key=k&TagSpecification.1.ResourceType=i&TagSpecification.1.Tag.1.Key=x";
    let tree = crate::wire::query::decode(form).unwrap();
    assert_eq!(tree["SubnetIds"], json!(["a", "b"]));
    assert_eq!(tree["Tags"], json!([{"Key": "k"}]));
    assert_eq!(tree["TagSpecification"][0]["Tag"], json!([{"Key": "x"}]), "EC2's are as they were");
}

#[test]
fn the_resource_types_settle_and_go() {
    let mut driver = Driver::new();
    let subnets = driver.lab.call("ec2", "DescribeSubnets", json!({}))["subnetSet"].clone();
    let group = json!({"DBSubnetGroupDescription": "d", "SubnetIds": [subnets[0]["subnetId"], subnets[1]["subnetId"]]});
    let group = driver.create("AWS::RDS::DBSubnetGroup", &group);
    let wanted = json!({"Engine": "mysql", "EngineVersion": "8.4.8", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20",
        "StorageType": "gp3", "StorageEncrypted": true, "DBName": "socksdb", "MasterUsername": "catalogue_user",
        "MasterUserPassword": "default_password", "DBSubnetGroupName": group.id, "BackupRetentionPeriod": 0,
        "PubliclyAccessible": false, "CopyTagsToSnapshot": true});
    let made = driver.create("AWS::RDS::DBInstance", &wanted);
    let seen = driver.lab.call("rds", "DescribeDBInstances", json!({"DBInstanceIdentifier": made.id}));
    assert_eq!(seen["DBInstances"][0]["DBInstanceStatus"], "available");
    let code = driver.lab.refused("rds", "DeleteDBSubnetGroup", json!({"DBSubnetGroupName": group.id}));
    assert_eq!(code, "InvalidDBSubnetGroupStateFault");
    let one_zone = json!({"DBSubnetGroupName": "x", "DBSubnetGroupDescription": "d", "SubnetIds": [subnets[0]["subnetId"]]});
    assert_eq!(
        driver.lab.refused("rds", "CreateDBSubnetGroup", one_zone),
        "DBSubnetGroupDoesNotCoverEnoughAZs"
    );
}

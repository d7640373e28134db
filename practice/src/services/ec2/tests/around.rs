use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Net, id};
use crate::testing::Lab;

#[test]
fn key_pairs_come_once() {
    let mut lab = Lab::new();
    let made = lab.ec2("CreateKeyPair", json!({"KeyName": "demo"}));
    let material = made["keyMaterial"].as_str().unwrap();
    assert!(material.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), "{material}");
    assert!(material.lines().all(|line| line.len() <= 64));
    assert_eq!(made["keyFingerprint"].as_str().unwrap().len(), 59);
    assert_eq!(lab.ec2_refused("CreateKeyPair", json!({"KeyName": "demo"})), "InvalidKeyPair.Duplicate");
    let shown = lab.ec2("DescribeKeyPairs", json!({"KeyName": ["demo"]}));
    assert_eq!(shown["keySet"][0]["keyPairId"], made["keyPairId"]);
    assert!(shown["keySet"][0]["keyMaterial"].is_null());
    let public = STANDARD.encode(format!("ssh-ed25519 {} me@here", STANDARD.encode([7; 51])));
    lab.ec2("ImportKeyPair", json!({"KeyName": "own", "PublicKeyMaterial": public}));
    let bad = json!({"KeyName": "bad", "PublicKeyMaterial": STANDARD.encode("hello")});
    assert_eq!(lab.ec2_refused("ImportKeyPair", bad), "InvalidKey.Format");
    lab.ec2("DeleteKeyPair", json!({"KeyName": "demo"}));
    lab.ec2("DeleteKeyPair", json!({"KeyName": "demo"}));
    assert_eq!(lab.ec2_refused("DescribeKeyPairs", json!({"KeyName": ["demo"]})), "InvalidKeyPair.NotFound");
}

#[test]
fn tags_are_set_found_and_taken_away() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let input = json!({"ResourceId": [net.vpc, net.subnet], "Tag": [tag("Name", "demo"), tag("Team", "a")]});
    lab.ec2("CreateTags", input);
    let found = lab.ec2("DescribeVpcs", json!({"Filter": [{"Name": "tag:Name", "Value": ["de*"]}]}));
    assert_eq!(found["vpcSet"][0]["vpcId"], net.vpc.as_str());
    let by = json!({"Filter": [{"Name": "resource-type", "Value": ["subnet"]}]});
    assert_eq!(lab.ec2("DescribeTags", by)["tagSet"].as_array().unwrap().len(), 2);
    for (bad, code) in [
        (json!({"ResourceId": ["vpc-0"], "Tag": [tag("a", "b")]}), "InvalidVpcID.NotFound"),
        (json!({"ResourceId": ["zebra"], "Tag": [tag("a", "b")]}), "InvalidID"),
        (json!({"ResourceId": [net.vpc], "Tag": [tag("aws:a", "b")]}), "InvalidParameterValue"),
        (json!({"ResourceId": [net.vpc]}), "MissingParameter"),
    ] {
        assert_eq!(lab.ec2_refused("CreateTags", bad), code);
    }
    let many: Vec<Value> = (0..49).map(|i| tag(&format!("k{i}"), "")).collect();
    let many = json!({"ResourceId": [net.vpc], "Tag": many});
    assert_eq!(lab.ec2_refused("CreateTags", many), "TagLimitExceeded");
    lab.ec2("DeleteTags", json!({"ResourceId": [net.vpc], "Tag": [tag("Name", "other"), {"Key": "Team"}]}));
    let left = lab.ec2("DescribeVpcs", json!({"VpcId": [net.vpc]}));
    assert_eq!(left["vpcSet"][0]["tagSet"], json!([{"key": "Name", "value": "demo"}]));
    lab.ec2("DeleteTags", json!({"ResourceId": [net.vpc]}));
    let left = lab.ec2("DescribeVpcs", json!({"VpcId": [net.vpc]}));
    assert_eq!(left["vpcSet"][0]["tagSet"], json!([]));
}

#[test]
fn images_differ_by_region() {
    let mut lab = Lab::new();
    let by = |name: &str| json!({"Filter": [{"Name": "name", "Value": [name]}]});
    let weave = lab.ec2("DescribeImages", by("Weaveworks ECS Image*"));
    assert_eq!(weave["imagesSet"][0]["imageId"], "ami-f560d8e3");
    let mut newest = json!({"Owner": ["amazon"]});
    newest["Filter"] = json!([{"Name": "name", "Value": ["al2023-ami-ecs-hvm-*-x86_64"]}]);
    let here = id(&lab.ec2("DescribeImages", newest.clone())["imagesSet"][0]["imageId"]);
    lab.region = "sa-east-1".to_owned();
    let there = id(&lab.ec2("DescribeImages", newest)["imagesSet"][0]["imageId"]);
    assert_ne!(here, there);
    assert_eq!(lab.ec2("DescribeImages", by("Weave*"))["imagesSet"], json!([]));
    assert_eq!(lab.ec2("DescribeImages", json!({"Owner": ["self"]}))["imagesSet"], json!([]));
    assert_eq!(lab.ec2_refused("DescribeImages", json!({"ImageId": [here]})), "InvalidAMIID.NotFound");
}

#[test]
fn what_aws_has() {
    let mut lab = Lab::new();
    let zones = lab.ec2("DescribeAvailabilityZones", json!({"ZoneName": ["us-east-1b"]}));
    assert_eq!(zones["availabilityZoneInfo"][0]["zoneId"], "use1-az2");
    let bad = json!({"ZoneName": ["us-east-1x"]});
    assert_eq!(lab.ec2_refused("DescribeAvailabilityZones", bad), "InvalidParameterValue");
    let regions = lab.ec2("DescribeRegions", json!({}));
    assert_eq!(regions["regionInfo"].as_array().unwrap().len(), 17);
    let types = lab.ec2("DescribeInstanceTypes", json!({"InstanceType": ["t2.micro"]}));
    assert_eq!(types["instanceTypeSet"][0]["memoryInfo"]["sizeInMiB"], 1024);
    let bad = json!({"InstanceType": ["t9.nano"]});
    assert_eq!(lab.ec2_refused("DescribeInstanceTypes", bad), "InvalidInstanceType");
    let all = lab.ec2("DescribeInstanceTypes", json!({}));
    let first = lab.ec2("DescribeInstanceTypes", json!({"MaxResults": 30}));
    let rest = lab.ec2("DescribeInstanceTypes", json!({"MaxResults": 30, "NextToken": first["nextToken"]}));
    let count = |value: &Value| value["instanceTypeSet"].as_array().unwrap().len();
    assert_eq!(count(&first) + count(&rest), count(&all), "the types are not in order");
    let attributes = lab.ec2("DescribeAccountAttributes", json!({"AttributeName": ["supported-platforms"]}));
    assert_eq!(attributes["accountAttributeSet"][0]["attributeValueSet"][0]["attributeValue"], "VPC");
}

#[test]
fn the_console_tells_what_happened() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let mut console = |image: &str, user_data: &str| {
        let launched = lab.ec2(
            "RunInstances",
            json!({"ImageId": image, "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1,
                "SubnetId": net.subnet, "UserData": STANDARD.encode(user_data)}),
        );
        let instance = json!({"InstanceId": launched["instancesSet"][0]["instanceId"]});
        assert!(lab.ec2("GetConsoleOutput", instance.clone())["output"].is_null());
        lab.advance(80);
        let output = lab.ec2("GetConsoleOutput", instance);
        String::from_utf8(STANDARD.decode(output["output"].as_str().unwrap()).unwrap()).unwrap()
    };
    let log = console("ami-f560d8e3", "#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n");
    for line in [
        "part-001: done",
        "Cluster: demo",
        "weave main process started",
        "Unable to register as a container instance",
    ] {
        assert!(log.contains(line), "no {line:?} in\n{log}");
    }
    let log = console("ami-f560d8e3", "echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n");
    assert!(log.contains("Unhandled non-multipart") && log.contains("Cluster: default"), "{log}");
    let plain = crate::services::ec2::images::amazon_linux("us-east-1", "x86_64").unwrap();
    assert!(console(&plain.id, "").contains("agent is not installed"));
}

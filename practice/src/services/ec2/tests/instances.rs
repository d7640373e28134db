use serde_json::{Value, json};

use super::{Net, id};
use crate::testing::Lab;

const WEAVE: &str = "ami-f560d8e3";

fn run(lab: &mut Lab, net: &Net, count: u32) -> Value {
    let interface = json!({"DeviceIndex": "0", "AssociatePublicIpAddress": "true", "SubnetId": net.subnet});
    let count = count.to_string();
    lab.ec2(
        "RunInstances",
        json!({"ImageId": WEAVE, "InstanceType": "t2.micro", "MinCount": count, "MaxCount": count,
            "NetworkInterface": [interface]}),
    )
}

fn only(lab: &mut Lab) -> Value {
    lab.ec2("DescribeInstances", json!({}))["reservationSet"][0]["instancesSet"][0].clone()
}

#[test]
fn an_instance_lives_and_dies() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let launched = run(&mut lab, &net, 1);
    let instance = id(&launched["instancesSet"][0]["instanceId"]);
    assert_eq!(launched["instancesSet"][0]["instanceState"]["name"], "pending");
    lab.advance(30);
    let running = only(&mut lab);
    assert_eq!(running["instanceState"], json!({"code": 16, "name": "running"}));
    let public = running["ipAddress"].as_str().unwrap().to_owned();
    let name = format!("ec2-{}.compute-1.amazonaws.com", public.replace('.', "-"));
    assert_eq!(running["dnsName"], name);
    let private = running["privateIpAddress"].as_str().unwrap();
    let last: u8 = private.strip_prefix("172.31.0.").unwrap().parse().unwrap();
    assert!((4..15).contains(&last), "{private} is reserved");
    let detach = json!({"InternetGatewayId": net.gateway, "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("DetachInternetGateway", detach.clone()), "DependencyViolation");
    assert_eq!(lab.ec2_refused("DeleteSubnet", json!({"SubnetId": net.subnet})), "DependencyViolation");
    let subnets = lab.ec2("DescribeSubnets", json!({"SubnetId": [net.subnet]}));
    assert_eq!(subnets["subnetSet"][0]["availableIpAddressCount"], 10);
    let ids = json!({"InstanceId": [instance]});
    let ending = lab.ec2("TerminateInstances", ids.clone());
    assert_eq!(ending["instancesSet"][0]["currentState"]["name"], "shutting-down");
    assert_eq!(ending["instancesSet"][0]["previousState"]["name"], "running");
    lab.advance(40);
    let gone = only(&mut lab);
    assert_eq!(gone["instanceState"]["name"], "terminated");
    assert_eq!(gone["stateReason"]["code"], "Client.UserInitiatedShutdown");
    assert!(gone["vpcId"].is_null() && gone["ipAddress"].is_null());
    lab.ec2("DetachInternetGateway", detach);
    lab.ec2("DeleteSubnet", json!({"SubnetId": net.subnet}));
    lab.advance(3700);
    assert_eq!(lab.ec2_refused("DescribeInstances", ids), "InvalidInstanceID.NotFound");
}

#[test]
fn without_dns_hostnames_there_is_no_public_name() {
    let mut lab = Lab::new();
    lab.region = "eu-west-1".to_owned();
    let net = Net::new(&mut lab);
    let off = json!({"VpcId": net.vpc, "EnableDnsHostnames": {"Value": "false"}});
    lab.ec2("ModifyVpcAttribute", off);
    let input = json!({"ImageId": "ami-13c8f475", "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1,
        "SubnetId": net.subnet});
    lab.ec2("RunInstances", input);
    lab.advance(40);
    let instance = only(&mut lab);
    assert_eq!((&instance["dnsName"], &instance["ipAddress"]), (&json!(""), &Value::Null));
    let private = instance["privateDnsName"].as_str().unwrap();
    assert!(private.ends_with(".eu-west-1.compute.internal"), "{private}");
}

#[test]
fn launches_are_checked_whole() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let good = json!({"ImageId": WEAVE, "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": net.subnet});
    let mut refused = |member: &str, value: Value| {
        let mut input = good.clone();
        input[member] = value;
        lab.ec2_refused("RunInstances", input)
    };
    for (member, value, code) in [
        ("ImageId", json!("ami-0123456789abcdef0"), "InvalidAMIID.NotFound"),
        ("ImageId", json!("weave"), "InvalidAMIID.Malformed"),
        ("InstanceType", json!("t9.micro"), "InvalidParameterValue"),
        ("InstanceType", json!("t4g.micro"), "InvalidParameterValue"),
        ("KeyName", json!("nobody"), "InvalidKeyPair.NotFound"),
        ("SubnetId", json!("subnet-0"), "InvalidSubnetID.NotFound"),
        ("SecurityGroupId", json!(["sg-0"]), "InvalidGroup.NotFound"),
        ("IamInstanceProfile", json!({"Name": "nobody"}), "InvalidParameterValue"),
        ("UserData", json!("#!/bin/bash"), "InvalidParameterValue"),
        ("PrivateIpAddress", json!("172.31.0.3"), "InvalidParameterValue"),
        ("MinCount", json!(2), "InvalidParameterValue"),
        ("MaxCount", json!(0), "InvalidParameterValue"),
        ("LaunchTemplate", json!({"LaunchTemplateId": "lt-0"}), "InvalidLaunchTemplateId.NotFound"),
    ] {
        assert_eq!(refused(member, value), code, "{member}");
    }
    let mut twelve = good.clone();
    (twelve["MinCount"], twelve["MaxCount"]) = (json!(12), json!(12));
    assert_eq!(lab.ec2_refused("RunInstances", twelve.clone()), "InsufficientFreeAddressesInSubnet");
    twelve["MinCount"] = json!(1);
    let run = lab.ec2("RunInstances", twelve);
    assert_eq!(run["instancesSet"].as_array().unwrap().len(), 11);
}

#[test]
fn stopping_gives_the_address_back() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let launched = run(&mut lab, &net, 1);
    let ids = json!({"InstanceId": [launched["instancesSet"][0]["instanceId"]]});
    lab.advance(60);
    let before = only(&mut lab);
    lab.ec2("StopInstances", ids.clone());
    assert_eq!(lab.ec2_refused("StartInstances", ids.clone()), "IncorrectInstanceState");
    lab.advance(60);
    let stopped = only(&mut lab);
    assert_eq!(stopped["instanceState"]["name"], "stopped");
    assert!(stopped["ipAddress"].is_null());
    assert_eq!(stopped["privateIpAddress"], before["privateIpAddress"]);
    lab.ec2("StartInstances", ids);
    lab.advance(60);
    let after = only(&mut lab);
    assert_eq!(after["instanceState"]["name"], "running");
    assert_ne!(after["ipAddress"], before["ipAddress"]);
}

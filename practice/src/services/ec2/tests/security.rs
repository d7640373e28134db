use serde_json::{Value, json};

use super::{Net, id};
use crate::testing::Lab;

fn group(lab: &mut Lab, net: &Net, name: &str) -> String {
    let input = json!({"GroupName": name, "GroupDescription": "Weave ECS Demo", "VpcId": net.vpc});
    id(&lab.ec2("CreateSecurityGroup", input)["groupId"])
}

fn tcp(group: &str, port: u16, cidr: &str) -> Value {
    let port = port.to_string();
    let permission =
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]});
    json!({"GroupId": group, "IpPermissions": [permission]})
}

#[test]
fn rules_come_and_go() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let sg = group(&mut lab, &net, "web");
    let added = lab.ec2("AuthorizeSecurityGroupIngress", tcp(&sg, 80, "0.0.0.0/0"));
    let rule = &added["securityGroupRuleSet"][0];
    assert_eq!((&rule["fromPort"], &rule["cidrIpv4"]), (&json!(80), &json!("0.0.0.0/0")));
    let fault = lab.try_call("ec2", "AuthorizeSecurityGroupIngress", tcp(&sg, 80, "0.0.0.0/0")).unwrap_err();
    assert_eq!(fault.code, "InvalidPermission.Duplicate");
    assert_eq!(
        fault.message,
        "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW\" already exists"
    );
    let pair =
        json!({"IpProtocol": "udp", "FromPort": "6783", "ToPort": "6784", "Groups": [{"GroupId": sg}]});
    lab.ec2("AuthorizeSecurityGroupIngress", json!({"GroupId": sg, "IpPermissions": [pair]}));
    let flat =
        json!({"GroupId": sg, "IpProtocol": "tcp", "FromPort": "22", "ToPort": "22", "CidrIp": "10.0.0.9/8"});
    lab.ec2("AuthorizeSecurityGroupIngress", flat);
    let shown = lab.ec2("DescribeSecurityGroups", json!({"GroupId": [sg]}));
    let permissions = shown["securityGroupInfo"][0]["ipPermissions"].as_array().unwrap();
    assert_eq!(permissions.len(), 3);
    assert_eq!(permissions[1]["groups"][0]["groupId"], sg.as_str());
    assert_eq!(permissions[2]["ipRanges"][0]["cidrIp"], "10.0.0.0/8");
    let by = json!({"Filter": [{"Name": "group-id", "Value": [sg]}]});
    let rules = lab.ec2("DescribeSecurityGroupRules", by);
    assert_eq!(rules["securityGroupRuleSet"].as_array().unwrap().len(), 4);
    lab.ec2("RevokeSecurityGroupIngress", tcp(&sg, 80, "0.0.0.0/0"));
    let gone = lab.ec2_refused("RevokeSecurityGroupIngress", tcp(&sg, 80, "0.0.0.0/0"));
    assert_eq!(gone, "InvalidPermission.NotFound");
    let everything = json!({"GroupId": sg, "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]});
    lab.ec2("RevokeSecurityGroupEgress", everything.clone());
    lab.ec2("AuthorizeSecurityGroupEgress", everything);
}

#[test]
fn bad_permissions_are_refused() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let sg = group(&mut lab, &net, "web");
    let with = |permission: Value| json!({"GroupId": sg, "IpPermissions": [permission]});
    let world = json!([{"CidrIp": "0.0.0.0/0"}]);
    for bad in [
        json!({"IpProtocol": "tcp", "FromPort": "80", "ToPort": "79", "IpRanges": world}),
        json!({"IpProtocol": "tcp", "FromPort": "80", "ToPort": "70000", "IpRanges": world}),
        json!({"IpProtocol": "tcp", "IpRanges": world}),
        json!({"IpProtocol": "ipx", "FromPort": "1", "ToPort": "1", "IpRanges": world}),
        json!({"IpProtocol": "tcp", "FromPort": "x", "ToPort": "1", "IpRanges": world}),
        json!({"IpProtocol": "tcp", "FromPort": "1", "ToPort": "1", "IpRanges": [{"CidrIp": "0.0.0.0"}]}),
        json!({"IpProtocol": "tcp", "FromPort": "1", "ToPort": "1", "IpRanges": [world[0], world[0]]}),
    ] {
        assert_eq!(
            lab.ec2_refused("AuthorizeSecurityGroupIngress", with(bad.clone())),
            "InvalidParameterValue",
            "{bad}"
        );
    }
    for incomplete in [json!({"FromPort": "1"}), json!({"IpProtocol": "tcp", "FromPort": "1", "ToPort": "1"})]
    {
        assert_eq!(lab.ec2_refused("AuthorizeSecurityGroupIngress", with(incomplete)), "MissingParameter");
    }
    assert_eq!(
        lab.ec2_refused("AuthorizeSecurityGroupIngress", tcp("sg-1", 80, "0.0.0.0/0")),
        "InvalidGroup.NotFound"
    );
    assert_eq!(
        lab.ec2_refused("AuthorizeSecurityGroupIngress", tcp("x", 80, "0.0.0.0/0")),
        "InvalidGroupId.Malformed"
    );
    let many: Vec<Value> = (0..61).map(|i| json!({"CidrIp": format!("10.0.{i}.0/24")})).collect();
    let many = json!({"IpProtocol": "tcp", "FromPort": "1", "ToPort": "1", "IpRanges": many});
    assert_eq!(
        lab.ec2_refused("AuthorizeSecurityGroupIngress", with(many)),
        "RulesPerSecurityGroupLimitExceeded"
    );
}

#[test]
fn groups_in_use_stay() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let (web, db) = (group(&mut lab, &net, "web"), group(&mut lab, &net, "db"));
    let again = json!({"GroupName": "web", "GroupDescription": "x", "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("CreateSecurityGroup", again), "InvalidGroup.Duplicate");
    let pair = json!({"IpProtocol": "tcp", "FromPort": "1", "ToPort": "1", "Groups": [{"GroupId": web}]});
    let input = json!({"GroupId": db, "IpPermissions": [pair]});
    lab.ec2("AuthorizeSecurityGroupIngress", input.clone());
    assert_eq!(lab.ec2_refused("DeleteSecurityGroup", json!({"GroupId": web})), "DependencyViolation");
    lab.ec2("RevokeSecurityGroupIngress", input);
    lab.ec2("DeleteSecurityGroup", json!({"GroupId": web}));
    let by = json!({"Filter": [{"Name": "group-name", "Value": ["default"]}, {"Name": "vpc-id", "Value": [net.vpc]}]});
    let default = lab.ec2("DescribeSecurityGroups", by);
    let default = id(&default["securityGroupInfo"][0]["groupId"]);
    assert_eq!(lab.ec2_refused("DeleteSecurityGroup", json!({"GroupId": default})), "CannotDelete");
}

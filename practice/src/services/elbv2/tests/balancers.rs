use serde_json::json;

use super::{SERVICE, balancer, call, group, listener, network, targets, text};
use crate::testing::Lab;

#[test]
fn a_load_balancer_becomes_active_and_holds_its_subnets_and_groups() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web");
    assert_eq!(lb["State"]["Code"], "provisioning");
    assert_eq!(lb["Scheme"], "internet-facing");
    assert_eq!(lb["CanonicalHostedZoneId"], "Z35SXDOTRQ7X7K");
    let name = text(&lb["DNSName"]);
    assert!(name.starts_with("web-") && name.ends_with(".us-east-1.elb.amazonaws.com"), "{name}");
    let interfaces = lab.call("ec2", "DescribeNetworkInterfaces", json!({}));
    let interfaces = interfaces["networkInterfaceSet"].as_array().unwrap().clone();
    assert_eq!(interfaces.len(), 2);
    assert!(text(&interfaces[0]["description"]).starts_with("ELB app/web/"));
    assert!(interfaces[0]["association"]["publicIp"].is_string());
    let subnet = json!({"SubnetId": interfaces[0]["subnetId"]});
    assert_eq!(lab.refused("ec2", "DeleteSubnet", subnet.clone()), "DependencyViolation");
    let sg = json!({"GroupId": lb["SecurityGroups"][0]});
    assert_eq!(lab.refused("ec2", "DeleteSecurityGroup", sg.clone()), "DependencyViolation");
    lab.advance(180);
    let seen = call(&mut lab, "DescribeLoadBalancers", json!({"Names": ["web"]}));
    assert_eq!(seen["LoadBalancers"][0]["State"]["Code"], "active");
    call(&mut lab, "DeleteLoadBalancer", json!({"LoadBalancerArn": lb["LoadBalancerArn"]}));
    lab.call("ec2", "DeleteSubnet", subnet);
    lab.call("ec2", "DeleteSecurityGroup", sg);
    assert_eq!(
        lab.refused(SERVICE, "DescribeLoadBalancers", json!({"Names": ["web"]})),
        "LoadBalancerNotFound"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut lab = Lab::new();
    let (_, subnets) = network(&mut lab);
    let mut refused = |input| lab.refused(SERVICE, "CreateLoadBalancer", input);
    assert_eq!(refused(json!({"Name": "x", "Subnets": [subnets[0]]})), "ValidationError");
    assert_eq!(refused(json!({"Name": "-x", "Subnets": subnets})), "ValidationError");
    assert_eq!(refused(json!({"Name": "internal-x", "Subnets": subnets})), "ValidationError");
    assert_eq!(refused(json!({"Name": "x", "Subnets": ["subnet-1", subnets[0]]})), "SubnetNotFound");
    assert_eq!(
        refused(json!({"Name": "x", "Subnets": [subnets[0], subnets[0]]})),
        "InvalidConfigurationRequest"
    );
    let groups = json!({"Name": "x", "Subnets": subnets, "SecurityGroups": ["sg-1"]});
    assert_eq!(refused(groups), "InvalidSecurityGroup");
    assert_eq!(
        refused(json!({"Name": "x", "Subnets": subnets, "Type": "gateway"})),
        "InvalidConfigurationRequest"
    );
    let lb = balancer(&mut lab, "web");
    let again = json!({"Name": "web", "Subnets": subnets, "SecurityGroups": lb["SecurityGroups"]});
    let same = call(&mut lab, "CreateLoadBalancer", again);
    assert_eq!(same["LoadBalancers"][0]["LoadBalancerArn"], lb["LoadBalancerArn"], "the same request again");
    let other = json!({"Name": "web", "Subnets": subnets, "Scheme": "internal"});
    assert_eq!(lab.refused(SERVICE, "CreateLoadBalancer", other), "DuplicateLoadBalancerName");
}

#[test]
fn settings_change() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web")["LoadBalancerArn"].clone();
    let attributes = call(&mut lab, "DescribeLoadBalancerAttributes", json!({"LoadBalancerArn": lb}));
    let attributes = attributes["Attributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({"Key": "idle_timeout.timeout_seconds", "Value": "60"})));
    let set =
        |key: &str, value: &str| json!({"LoadBalancerArn": lb, "Attributes": [{"Key": key, "Value": value}]});
    call(&mut lab, "ModifyLoadBalancerAttributes", set("deletion_protection.enabled", "true"));
    assert_eq!(
        lab.refused(SERVICE, "DeleteLoadBalancer", json!({"LoadBalancerArn": lb})),
        "OperationNotPermitted"
    );
    let bad = set("idle_timeout.timeout_seconds", "5000");
    assert_eq!(lab.refused(SERVICE, "ModifyLoadBalancerAttributes", bad), "InvalidConfigurationRequest");
    assert_eq!(lab.refused(SERVICE, "ModifyLoadBalancerAttributes", set("x", "y")), "ValidationError");
    let other = group(&mut lab, "other", 80);
    call(&mut lab, "SetSecurityGroups", json!({"LoadBalancerArn": lb, "SecurityGroups": [other]}));
    let interfaces = lab.call("ec2", "DescribeNetworkInterfaces", json!({}));
    assert_eq!(interfaces["networkInterfaceSet"][0]["groupSet"][0]["groupId"], other);
    let (_, subnets) = network(&mut lab);
    let all = lab.call("ec2", "DescribeSubnets", json!({}));
    let third =
        all["subnetSet"].as_array().unwrap().iter().find(|s| s["availabilityZone"] == "us-east-1c").unwrap();
    let input = json!({"LoadBalancerArn": lb, "Subnets": [subnets[0], third["subnetId"]]});
    let zones = call(&mut lab, "SetSubnets", input);
    assert_eq!(zones["AvailabilityZones"][1]["ZoneName"], "us-east-1c");
    lab.call("ec2", "DeleteSubnet", json!({"SubnetId": subnets[1]}));
}

#[test]
fn target_groups_have_aws_defaults_and_bounds() {
    let mut lab = Lab::new();
    let arn = targets(&mut lab, "web", json!({}));
    let seen = call(&mut lab, "DescribeTargetGroups", json!({"TargetGroupArns": [arn]}));
    let seen = &seen["TargetGroups"][0];
    let check = [
        "HealthCheckIntervalSeconds",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "UnhealthyThresholdCount",
    ];
    assert_eq!(check.map(|key| seen[key].as_i64().unwrap()), [30, 5, 5, 2]);
    assert_eq!((&seen["HealthCheckPath"], &seen["Matcher"]["HttpCode"]), (&json!("/"), &json!("200")));
    let change = json!({"TargetGroupArn": arn, "HealthCheckPath": "/up", "Matcher": {"HttpCode": "200-299"},
        "HealthCheckIntervalSeconds": "10"});
    assert_eq!(call(&mut lab, "ModifyTargetGroup", change)["TargetGroups"][0]["HealthCheckPath"], "/up");
    for wrong in [
        json!({"HealthCheckIntervalSeconds": "4"}),
        json!({"HealthCheckTimeoutSeconds": "10"}),
        json!({"HealthCheckPath": "up"}),
        json!({"Matcher": {"HttpCode": "100"}}),
        json!({"HealthCheckProtocol": "TCP"}),
    ] {
        let mut input = json!({"TargetGroupArn": arn});
        input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(lab.refused(SERVICE, "ModifyTargetGroup", input), "ValidationError", "{wrong}");
    }
    let attributes = call(&mut lab, "DescribeTargetGroupAttributes", json!({"TargetGroupArn": arn}));
    let delay = json!({"Key": "deregistration_delay.timeout_seconds", "Value": "300"});
    assert!(attributes["Attributes"].as_array().unwrap().contains(&delay));
    let (vpc, _) = network(&mut lab);
    let lambda = json!({"Name": "l", "TargetType": "lambda"});
    assert_eq!(lab.refused(SERVICE, "CreateTargetGroup", lambda), "InvalidConfigurationRequest");
    let again = json!({"Name": "web", "Protocol": "HTTP", "Port": "81", "VpcId": vpc, "TargetType": "ip"});
    assert_eq!(lab.refused(SERVICE, "CreateTargetGroup", again), "DuplicateTargetGroupName");
    let lb = balancer(&mut lab, "web");
    let listener = listener(&mut lab, &lb, &arn);
    assert_eq!(lab.refused(SERVICE, "DeleteTargetGroup", json!({"TargetGroupArn": arn})), "ResourceInUse");
    call(&mut lab, "DeleteListener", json!({"ListenerArn": listener}));
    call(&mut lab, "DeleteTargetGroup", json!({"TargetGroupArn": arn}));
    let one = json!({"TargetGroupArns": [arn]});
    assert_eq!(lab.refused(SERVICE, "DescribeTargetGroups", one), "TargetGroupNotFound");
}

#[test]
fn tags_limits_and_pages() {
    let mut lab = Lab::new();
    let arns: Vec<String> = ["a", "b", "c"].map(|name| targets(&mut lab, name, json!({}))).to_vec();
    let first = call(&mut lab, "DescribeTargetGroups", json!({"PageSize": "2"}));
    assert_eq!(first["TargetGroups"].as_array().unwrap().len(), 2);
    let second =
        call(&mut lab, "DescribeTargetGroups", json!({"PageSize": "2", "Marker": first["NextMarker"]}));
    assert_eq!(second["TargetGroups"][0]["TargetGroupName"], "c");
    let tags = json!({"ResourceArns": [arns[0]], "Tags": [{"Key": "env", "Value": "dev"}]});
    call(&mut lab, "AddTags", tags);
    let seen = call(&mut lab, "DescribeTags", json!({"ResourceArns": arns}));
    assert_eq!(seen["TagDescriptions"][0]["Tags"], json!([{"Key": "env", "Value": "dev"}]));
    call(&mut lab, "RemoveTags", json!({"ResourceArns": [arns[0]], "TagKeys": ["env"]}));
    let seen = call(&mut lab, "DescribeTags", json!({"ResourceArns": [arns[0]]}));
    assert_eq!(seen["TagDescriptions"][0]["Tags"], json!([]));
    assert_eq!(lab.refused(SERVICE, "DescribeTags", json!({"ResourceArns": ["x"]})), "ValidationError");
    let limits = call(&mut lab, "DescribeAccountLimits", json!({}));
    assert!(limits["Limits"].as_array().unwrap().len() > 10);
    let policies = call(&mut lab, "DescribeSSLPolicies", json!({"Names": ["ELBSecurityPolicy-2016-08"]}));
    assert_eq!(policies["SslPolicies"][0]["SslProtocols"], json!(["TLSv1", "TLSv1.1", "TLSv1.2"]));
}

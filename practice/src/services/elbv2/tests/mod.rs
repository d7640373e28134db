//! Behaviour, through the front door.
#![expect(clippy::needless_pass_by_value, reason = "requests are made where they are needed")]

use serde_json::{Value, json};

use crate::testing::Lab;

mod balancers;
mod health;
mod listeners;

pub(super) const SERVICE: &str = "elasticloadbalancing";

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub(super) fn call(lab: &mut Lab, operation: &str, input: Value) -> Value {
    lab.call(SERVICE, operation, input)
}

/// The default VPC and its subnets in the zones a and b.
pub(super) fn network(lab: &mut Lab) -> (String, Vec<String>) {
    let all = lab.call("ec2", "DescribeSubnets", json!({}));
    let subnets = all["subnetSet"].as_array().unwrap();
    let id = |zone: &str| text(&subnets.iter().find(|s| s["availabilityZone"] == zone).unwrap()["subnetId"]);
    (text(&subnets[0]["vpcId"]), vec![id("us-east-1a"), id("us-east-1b")])
}

/// A security group of the default VPC that lets a port in from everywhere.
pub(super) fn group(lab: &mut Lab, name: &str, port: u16) -> String {
    let made = lab.call("ec2", "CreateSecurityGroup", json!({"GroupName": name, "GroupDescription": name}));
    let id = text(&made["groupId"]);
    lab.call(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        json!({"GroupId": id, "IpProtocol": "tcp",
        "FromPort": port.to_string(), "ToPort": port.to_string(), "CidrIp": "0.0.0.0/0"}),
    );
    id
}

/// An application load balancer over two zones; its shape.
pub(crate) fn balancer(lab: &mut Lab, name: &str) -> Value {
    let (_, subnets) = network(lab);
    let sg = group(lab, &format!("{name}-sg"), 80);
    let input = json!({"Name": name, "Subnets": subnets, "SecurityGroups": [sg]});
    call(lab, "CreateLoadBalancer", input)["LoadBalancers"][0].clone()
}

/// A target group of the default VPC; its ARN. `more` is added to the request.
pub(crate) fn targets(lab: &mut Lab, name: &str, more: Value) -> String {
    let (vpc, _) = network(lab);
    let mut input = json!({"Name": name, "Protocol": "HTTP", "Port": "80", "VpcId": vpc, "TargetType": "ip"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(&call(lab, "CreateTargetGroup", input)["TargetGroups"][0]["TargetGroupArn"])
}

/// A listener on port 80 that sends to a target group; its ARN.
pub(crate) fn listener(lab: &mut Lab, lb: &Value, group: &str) -> String {
    let actions = json!([{"Type": "forward", "TargetGroupArn": group}]);
    let input = json!({"LoadBalancerArn": lb["LoadBalancerArn"], "Protocol": "HTTP", "Port": "80",
        "DefaultActions": actions});
    text(&call(lab, "CreateListener", input)["Listeners"][0]["ListenerArn"])
}

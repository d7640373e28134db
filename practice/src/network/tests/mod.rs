//! The network through the front door: the demo, built with one thing wrong at a time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::site::{SiteAnswer, SiteRequest};
use crate::testing::Lab;
use crate::{Command, Outcome, apply};

mod files;
mod hops;
mod names;
mod pages;
mod shop;

const DATA_PRODUCER: &str = "while true; do ADDRESS=$(hostname -i | cut -d ' ' -f 1); echo \"Hi, this is the data producer in $ADDRESS\" | nc -q 0 -l -p 4540; done";
const HTTP_SERVER: &str = "sleep 7; while true; do MESSAGE=$(nc \"$DATA_PRODUCER_NAME\" 4540); PAGE=\"<!DOCTYPE html><html><head><title>Weaveworks Amazon ECS Sample App</title></head><body><h1>Chosen data producer message:</h1><h2>$MESSAGE</h2></body></html>\"; printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n%s' \"${#PAGE}\" \"$PAGE\" | nc -q 0 -l -p 80; done";

/// How the demo is built; the default is right.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that can be wrong")]
struct Plan {
    gateway: bool,
    route: bool,
    public_ports: Vec<u16>,
    among_hosts: bool,
    public_address: bool,
    image: &'static str,
    instance_type: &'static str,
    peers_allowed: bool,
    containers: Value,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            gateway: true,
            route: true,
            public_ports: vec![80, 4040],
            among_hosts: true,
            public_address: true,
            image: "ami-f560d8e3",
            instance_type: "t2.micro",
            peers_allowed: true,
            containers: containers(80, "dataproducer"),
        }
    }
}

fn shell(name: &str, shell: &str, script: &str) -> Value {
    json!({"name": name, "image": "2opremio/weaveecsdemo", "cpu": 10, "memory": 300, "essential": true,
        "entryPoint": [shell, "-c"], "command": [script]})
}

fn containers(host_port: u16, producer: &str) -> Value {
    let mut server = shell("httpserver", "bash", HTTP_SERVER);
    server["portMappings"] = json!([{"containerPort": 80, "hostPort": host_port, "protocol": "tcp"}]);
    server["environment"] = json!([{"name": "DATA_PRODUCER_NAME", "value": producer}]);
    json!([shell("dataproducer", "sh", DATA_PRODUCER), server])
}

/// The demo as it stands.
struct Demo {
    lab: Lab,
    gateway: String,
    table: String,
    group: String,
    entropy: u64,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl Demo {
    /// Builds it and waits until it is as far as it gets.
    fn new(plan: &Plan) -> Self {
        let mut lab = Lab::new();
        lab.call("ecs", "CreateCluster", json!({"clusterName": "demo"}));
        let vpc = text(&lab.call("ec2", "CreateVpc", json!({"CidrBlock": "172.31.0.0/28"}))["vpc"]["vpcId"]);
        lab.call("ec2", "ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": "true"}}));
        let subnet = lab.call("ec2", "CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "172.31.0.0/28"}));
        let subnet = text(&subnet["subnet"]["subnetId"]);
        let gateway = lab.call("ec2", "CreateInternetGateway", json!({}));
        let gateway = text(&gateway["internetGateway"]["internetGatewayId"]);
        lab.call("ec2", "AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc}));
        let filter = json!({"Filter": [{"Name": "vpc-id", "Value": [vpc]}]});
        let table = text(&lab.call("ec2", "DescribeRouteTables", filter)["routeTableSet"][0]["routeTableId"]);
        let mut demo = Self { lab, gateway, table, group: String::new(), entropy: 7 };
        if plan.route {
            demo.route();
        }
        if !plan.gateway {
            let lost = json!({"InternetGatewayId": demo.gateway, "VpcId": vpc});
            demo.lab.call("ec2", "DetachInternetGateway", lost);
        }
        demo.secure(plan, &vpc);
        demo.permit(plan);
        demo.launch(plan, &subnet);
        demo.serve(plan);
        demo.lab.settle();
        demo
    }

    fn route(&mut self) {
        let route = json!({"RouteTableId": self.table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": self.gateway});
        self.lab.call("ec2", "CreateRoute", route);
    }

    fn secure(&mut self, plan: &Plan, vpc: &str) {
        let input = json!({"GroupName": "demo", "GroupDescription": "demo", "VpcId": vpc});
        self.group = text(&self.lab.call("ec2", "CreateSecurityGroup", input)["groupId"]);
        for port in &plan.public_ports {
            self.open("tcp", *port, &json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}));
        }
        if plan.among_hosts {
            let own = json!({"Groups": [{"GroupId": self.group}]});
            self.open("tcp", 6783, &own);
            self.open("udp", 6783, &own);
        }
    }

    fn open(&mut self, protocol: &str, port: u16, peer: &Value) {
        let mut rule =
            json!({"IpProtocol": protocol, "FromPort": port.to_string(), "ToPort": port.to_string()});
        rule.as_object_mut().unwrap().extend(peer.as_object().unwrap().clone());
        let input = json!({"GroupId": self.group, "IpPermissions": [rule]});
        self.lab.call("ec2", "AuthorizeSecurityGroupIngress", input);
    }

    fn permit(&mut self, plan: &Plan) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let role = json!({"RoleName": "demo", "AssumeRolePolicyDocument": trust.to_string()});
        self.lab.call("iam", "CreateRole", role);
        let mut actions = vec!["ecs:*"];
        if plan.peers_allowed {
            actions.extend(["ec2:DescribeInstances", "autoscaling:DescribeAutoScalingInstances"]);
        }
        let policy = json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        let input = json!({"RoleName": "demo", "PolicyName": "p", "PolicyDocument": policy.to_string()});
        self.lab.call("iam", "PutRolePolicy", input);
        self.lab.call("iam", "CreateInstanceProfile", json!({"InstanceProfileName": "demo"}));
        let both = json!({"InstanceProfileName": "demo", "RoleName": "demo"});
        self.lab.call("iam", "AddRoleToInstanceProfile", both);
    }

    fn launch(&mut self, plan: &Plan, subnet: &str) {
        let data = STANDARD.encode("#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n");
        let input = json!({"LaunchConfigurationName": "demo", "ImageId": plan.image, "InstanceType": plan.instance_type,
            "SecurityGroups": [self.group], "UserData": data, "IamInstanceProfile": "demo",
            "AssociatePublicIpAddress": plan.public_address.to_string()});
        self.lab.call("autoscaling", "CreateLaunchConfiguration", input);
        let input = json!({"AutoScalingGroupName": "demo", "LaunchConfigurationName": "demo", "MinSize": "3",
            "MaxSize": "3", "VPCZoneIdentifier": subnet});
        self.lab.call("autoscaling", "CreateAutoScalingGroup", input);
        self.lab.advance(600);
    }

    fn serve(&mut self, plan: &Plan) {
        let input = json!({"family": "demo", "containerDefinitions": plan.containers});
        self.lab.call("ecs", "RegisterTaskDefinition", input);
        let input =
            json!({"cluster": "demo", "serviceName": "demo", "taskDefinition": "demo", "desiredCount": 3});
        self.lab.call("ecs", "CreateService", input);
        self.lab.advance(600);
    }

    /// Instances of the group: id, and public name if there is one.
    fn hosts(&mut self) -> Vec<(String, String)> {
        let filter = json!({"Filter": [{"Name": "tag:aws:autoscaling:groupName", "Value": ["demo"]},
            {"Name": "instance-state-name", "Value": ["pending", "running"]}]});
        let all = self.lab.call("ec2", "DescribeInstances", filter);
        let reservations = all["reservationSet"].as_array().unwrap();
        let instances = reservations.iter().flat_map(|r| r["instancesSet"].as_array().unwrap());
        instances
            .map(|i| (text(&i["instanceId"]), i["dnsName"].as_str().unwrap_or_default().to_owned()))
            .collect()
    }

    /// Opens a page on the first host that can be named.
    fn visit(&mut self, port: u16, path: &str) -> SiteAnswer {
        let (id, name) = self.hosts().swap_remove(0);
        self.visit_at(if name.is_empty() { &id } else { &name }, port, path)
    }

    fn visit_at(&mut self, host: &str, port: u16, path: &str) -> SiteAnswer {
        self.entropy += 1;
        let request = SiteRequest {
            host: host.to_owned(),
            port,
            method: "GET".to_owned(),
            path: path.to_owned(),
            entropy: self.entropy,
            headers: vec![],
            body: String::new(),
        };
        let command = Command::Visit(request);
        match apply(&mut self.lab.world, &command, self.lab.now) {
            Outcome::Visited(answer) => answer,
            other => panic!("a visit came to {other:?}"),
        }
    }

    /// The body of a page that must open.
    fn page(&mut self, port: u16, path: &str) -> String {
        body(self.visit(port, path))
    }
}

fn body(answer: SiteAnswer) -> String {
    match answer {
        SiteAnswer::Page { body, .. } => String::from_utf8(body).unwrap(),
        other => panic!("no page: {other:?}"),
    }
}

fn timed_out(answer: SiteAnswer) -> String {
    match answer {
        SiteAnswer::TimedOut(why) => why,
        other => panic!("did not time out: {other:?}"),
    }
}

fn refused(answer: SiteAnswer) -> String {
    match answer {
        SiteAnswer::Refused(why) => why,
        other => panic!("was not refused: {other:?}"),
    }
}

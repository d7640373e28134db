//! Tasks with an interface of their own, and the life of containers, on Fargate.

use serde_json::{Value, json};

use crate::network::site::SiteAnswer;
use crate::testing::Lab;
use crate::{Command, Outcome, apply};

struct Net {
    subnet: String,
    group: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The first default subnet, and a group that lets HTTP in.
fn net(lab: &mut Lab) -> Net {
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
    let subnet = &subnets["subnetSet"][0];
    let input = json!({"GroupName": "web", "GroupDescription": "web", "VpcId": subnet["vpcId"]});
    let group = text(&lab.call("ec2", "CreateSecurityGroup", input)["groupId"]);
    let rule =
        json!({"IpProtocol": "tcp", "FromPort": "80", "ToPort": "80", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    lab.call("ec2", "AuthorizeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": [rule]}));
    lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
    Net { subnet: text(&subnet["subnetId"]), group }
}

fn define(lab: &mut Lab, containers: &Value) {
    let input = json!({"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
        "cpu": "256", "memory": "512", "containerDefinitions": containers});
    lab.call("ecs", "RegisterTaskDefinition", input);
}

fn order(net: &Net, public: &str) -> Value {
    json!({"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE", "networkConfiguration":
        {"awsvpcConfiguration": {"subnets": [net.subnet], "securityGroups": [net.group], "assignPublicIp": public}}})
}

fn run(lab: &mut Lab, net: &Net, public: &str) -> String {
    text(&lab.call("ecs", "RunTask", order(net, public))["tasks"][0]["taskArn"])
}

fn task(lab: &mut Lab, arn: &str) -> Value {
    lab.call("ecs", "DescribeTasks", json!({"cluster": "c", "tasks": [arn]}))["tasks"][0].clone()
}

fn visit(lab: &mut Lab, host: &str) -> SiteAnswer {
    let request = crate::network::site::SiteRequest {
        host: host.to_owned(),
        port: 80,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        entropy: 1,
        headers: Vec::new(),
        body: String::new(),
    };
    match apply(&mut lab.world, &Command::Visit(request), lab.now) {
        Outcome::Visited(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_goes_through_all_its_states_and_its_interface_with_it() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(&mut lab, &json!([{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]}]));
    let arn = run(&mut lab, &net, "ENABLED");
    let new = task(&mut lab, &arn);
    assert_eq!((&new["lastStatus"], &new["launchType"]), (&json!("PROVISIONING"), &json!("FARGATE")));
    assert_eq!((&new["platformVersion"], &new["platformFamily"]), (&json!("1.4.0"), &json!("Linux")));
    assert!(new["containerInstanceArn"].is_null());
    let mut seen = vec!["PROVISIONING".to_owned()];
    for _ in 0..60 {
        lab.advance(1);
        let status = text(&task(&mut lab, &arn)["lastStatus"]);
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    assert_eq!(seen, ["PROVISIONING", "PENDING", "RUNNING"]);
    let now = task(&mut lab, &arn);
    let details = now["attachments"][0]["details"].as_array().unwrap().clone();
    let eni = details.iter().find(|d| d["name"] == "networkInterfaceId").unwrap()["value"].clone();
    assert_eq!(now["attachments"][0]["status"], "ATTACHED");
    let found = lab.call("ec2", "DescribeNetworkInterfaces", json!({"NetworkInterfaceId": [eni]}));
    let found = &found["networkInterfaceSet"][0];
    assert!(text(&found["description"]).contains(":attachment/"));
    assert_eq!(found["privateIpAddress"], now["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]);
    assert_eq!(
        lab.refused("ec2", "DeleteSecurityGroup", json!({"GroupId": net.group})),
        "DependencyViolation"
    );
    let public = text(&found["association"]["publicIp"]);
    assert!(matches!(visit(&mut lab, &public), SiteAnswer::Page { status: 200, .. }));

    lab.call("ecs", "StopTask", json!({"cluster": "c", "task": arn, "reason": "enough"}));
    lab.advance(5);
    assert_eq!(task(&mut lab, &arn)["lastStatus"], "DEPROVISIONING");
    lab.settle_some();
    let end = task(&mut lab, &arn);
    assert_eq!((&end["lastStatus"], &end["stopCode"]), (&json!("STOPPED"), &json!("UserInitiated")));
    assert_eq!(end["attachments"][0]["status"], "DELETED");
    lab.call("ec2", "DeleteSecurityGroup", json!({"GroupId": net.group}));
    assert_eq!(visit(&mut lab, &public), SiteAnswer::NoSuchHost);
}

impl Lab {
    /// Half a minute.
    fn settle_some(&mut self) {
        self.advance(30);
    }
}

#[test]
fn without_a_way_out_no_image_comes() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(&mut lab, &json!([{"name": "web", "image": "nginx"}]));
    let arn = run(&mut lab, &net, "DISABLED");
    lab.advance(60);
    assert_eq!(task(&mut lab, &arn)["lastStatus"], "PENDING", "connections time out slowly");
    lab.advance(180);
    let end = task(&mut lab, &arn);
    assert_eq!((&end["lastStatus"], &end["stopCode"]), (&json!("STOPPED"), &json!("TaskFailedToStart")));
    let reason = text(&end["stoppedReason"]);
    assert!(
        reason.starts_with("CannotPullContainerError: pull image manifest has been retried 5 time(s)"),
        "{reason}"
    );
    assert!(reason.ends_with("i/o timeout"), "{reason}");
}

#[test]
fn networks_are_checked() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(&mut lab, &json!([{"name": "web", "image": "nginx"}]));
    let mut bare = order(&net, "ENABLED");
    bare.as_object_mut().unwrap().remove("networkConfiguration");
    assert_eq!(
        lab.no("RunTask", bare).1,
        "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    );
    let mut lost = order(&net, "ENABLED");
    lost["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = json!(["subnet-0123456789abcdef0"]);
    assert!(lab.no("RunTask", lost).1.contains("InvalidSubnetID.NotFound"));
    let mut hosts = order(&net, "ENABLED");
    hosts["launchType"] = json!("EC2");
    assert_eq!(lab.no("RunTask", hosts).1, "Task definition does not support launch_type EC2.");
    let privileged = json!({"family": "p", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "containerDefinitions": [{"name": "a", "image": "nginx", "privileged": true}]});
    assert_eq!(
        lab.no("RegisterTaskDefinition", privileged).1,
        "Fargate compatible task definitions do not support privileged"
    );
}

#[test]
fn containers_start_in_order_and_are_watched() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(
        &mut lab,
        &json!([
            {"name": "migrate", "image": "alpine", "essential": false, "command": ["sh", "-c", "sleep 20"]},
            {"name": "web", "image": "nginx", "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}],
                "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 10}},
            {"name": "probe", "image": "alpine", "essential": false, "command": ["sleep", "9999"],
                "dependsOn": [{"containerName": "web", "condition": "HEALTHY"}],
                "healthCheck": {"command": ["CMD-SHELL", "exit 1"], "interval": 5}}
        ]),
    );
    let arn = run(&mut lab, &net, "ENABLED");
    lab.advance(32);
    let states = |task: &Value| -> Vec<String> {
        task["containers"].as_array().unwrap().iter().map(|c| text(&c["lastStatus"])).collect()
    };
    assert_eq!(states(&task(&mut lab, &arn)), ["RUNNING", "PENDING", "PENDING"]);
    assert_eq!(task(&mut lab, &arn)["lastStatus"], "PENDING");
    lab.advance(90);
    let now = task(&mut lab, &arn);
    assert_eq!(states(&now), ["STOPPED", "RUNNING", "RUNNING"]);
    assert_eq!((&now["lastStatus"], &now["healthStatus"]), (&json!("RUNNING"), &json!("HEALTHY")));
    assert_eq!(now["containers"][2]["healthStatus"], "UNHEALTHY", "it is not essential");
}

#[test]
fn too_much_memory_and_failed_dependencies() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(
        &mut lab,
        &json!([{"name": "a", "image": "polinux/stress", "memory": 128,
            "command": ["stress", "--vm", "1", "--vm-bytes", "256M"]}]),
    );
    let arn = run(&mut lab, &net, "ENABLED");
    lab.advance(120);
    let end = task(&mut lab, &arn);
    assert_eq!(
        (&end["stopCode"], &end["containers"][0]["exitCode"]),
        (&json!("EssentialContainerExited"), &json!(137))
    );
    assert_eq!(end["containers"][0]["reason"], "OutOfMemoryError: Container killed due to memory usage");
    define(
        &mut lab,
        &json!([{"name": "init", "image": "alpine", "essential": false, "command": ["sh", "-c", "exit 3"]},
            {"name": "app", "image": "nginx", "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}]}]),
    );
    let arn = run(&mut lab, &net, "ENABLED");
    lab.advance(120);
    let end = task(&mut lab, &arn);
    assert_eq!(end["stopCode"], "TaskFailedToStart");
    assert!(text(&end["containers"][1]["reason"]).contains("did not exit successfully"), "{end}");
}

#[test]
fn a_strategy_spreads_over_fargate_and_spot() {
    let mut lab = Lab::new();
    let net = net(&mut lab);
    define(&mut lab, &json!([{"name": "web", "image": "nginx"}]));
    let mut input = order(&net, "ENABLED");
    input["count"] = json!(4);
    input["capacityProviderStrategy"] = json!([{"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 2}]);
    assert_eq!(lab.no("RunTask", input.clone()).0, "InvalidParameterException");
    input.as_object_mut().unwrap().remove("launchType");
    assert!(lab.no("RunTask", input.clone()).1.contains("is not associated with the cluster"));
    let put = json!({"cluster": "c", "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": []});
    lab.call("ecs", "PutClusterCapacityProviders", put);
    let tasks = lab.call("ecs", "RunTask", input)["tasks"].as_array().unwrap().clone();
    let names: Vec<String> = tasks.iter().map(|task| text(&task["capacityProviderName"])).collect();
    assert_eq!(names.iter().filter(|name| *name == "FARGATE_SPOT").count(), 2);
    assert_eq!(names[0], "FARGATE");
}

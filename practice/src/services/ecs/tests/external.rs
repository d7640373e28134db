//! Machines outside AWS.

use serde_json::{Value, json};

use crate::testing::Lab;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

const POLICIES: [&str; 2] = [
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
];

/// A cluster, a role with these policies, and a machine that Systems Manager knows: its id.
fn machine(lab: &mut Lab, policies: &[&str]) -> String {
    lab.call("ecs", "CreateCluster", json!({"clusterName": "cellar"}));
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": "machine", "AssumeRolePolicyDocument": trust.to_string()});
    lab.call("iam", "CreateRole", role);
    for arn in policies {
        lab.call("iam", "AttachRolePolicy", json!({"RoleName": "machine", "PolicyArn": arn}));
    }
    let made = lab.call("ssm", "CreateActivation", json!({"IamRole": "machine", "RegistrationLimit": 2}));
    let input = json!({"ActivationId": made["ActivationId"], "ActivationCode": made["ActivationCode"],
        "Fingerprint": "f", "PublicKey": "k", "PublicKeyType": "Rsa"});
    text(&lab.call("ssm", "RegisterManagedInstance", input)["InstanceId"])
}

fn registration(id: &str) -> Value {
    let resource = |name: &str, value: i64| json!({"name": name, "type": "INTEGER", "integerValue": value});
    json!({"cluster": "cellar", "instanceIdentityDocument": json!({"instanceId": id, "region": "us-east-1"}).to_string(),
        "totalResources": [resource("CPU", 4096), resource("MEMORY", 7900)],
        "attributes": [{"name": "ecs.capability.external"}, {"name": "rack", "value": "7"}],
        "versionInfo": {"agentVersion": "1.108.0", "dockerVersion": "25.0.0"}})
}

fn define(lab: &mut Lab) {
    let container = json!({"name": "gauge", "image": "public.ecr.aws/docker/library/busybox:stable", "cpu": 128,
        "memory": 128, "entryPoint": ["sh", "-c"], "command": ["while true; do echo the hall is warm; sleep 60; done"]});
    let input = json!({"family": "gauge", "requiresCompatibilities": ["EXTERNAL"], "networkMode": "bridge",
        "containerDefinitions": [container]});
    lab.call("ecs", "RegisterTaskDefinition", input);
}

fn service(lab: &mut Lab, name: &str, launch: &str) {
    let input = json!({"cluster": "cellar", "serviceName": name, "taskDefinition": "gauge", "desiredCount": 1,
        "launchType": launch, "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}});
    lab.call("ecs", "CreateService", input);
}

fn running(lab: &mut Lab, name: &str) -> i64 {
    let found = lab.call("ecs", "DescribeServices", json!({"cluster": "cellar", "services": [name]}));
    found["services"][0]["runningCount"].as_i64().unwrap()
}

#[test]
fn a_machine_outside_joins_runs_is_drained_and_leaves() {
    let mut lab = Lab::new();
    let node = machine(&mut lab, &POLICIES);
    let host = lab.call("ecs", "RegisterContainerInstance", registration(&node))["containerInstance"].clone();
    assert_eq!((&host["status"], &host["agentConnected"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(
        (&host["ec2InstanceId"], &host["versionInfo"]["agentVersion"]),
        (&json!(node), &json!("1.108.0"))
    );
    let names: Vec<String> =
        host["attributes"].as_array().unwrap().iter().map(|a| text(&a["name"])).collect();
    assert!(names.contains(&"rack".to_owned()) && names.contains(&"ecs.capability.external".to_owned()));
    assert!(!names.iter().any(|name| name.contains("task-eni") || name.starts_with("drydock")), "{names:?}");
    let again =
        lab.call("ecs", "RegisterContainerInstance", registration(&node))["containerInstance"].clone();
    assert_eq!(again["containerInstanceArn"], host["containerInstanceArn"], "it comes back as what it was");

    define(&mut lab);
    service(&mut lab, "gauge", "EXTERNAL");
    lab.advance(120);
    assert_eq!(running(&mut lab, "gauge"), 1);
    let tasks = lab.call("ecs", "ListTasks", json!({"cluster": "cellar"}))["taskArns"].clone();
    let task =
        lab.call("ecs", "DescribeTasks", json!({"cluster": "cellar", "tasks": tasks}))["tasks"][0].clone();
    assert_eq!(
        (&task["launchType"], &task["containerInstanceArn"]),
        (&json!("EXTERNAL"), &host["containerInstanceArn"])
    );
    let statistics =
        lab.call("ecs", "DescribeClusters", json!({"clusters": ["cellar"], "include": ["STATISTICS"]}));
    let statistics = statistics["clusters"][0]["statistics"].as_array().unwrap();
    assert!(
        statistics.contains(&json!({"name": "runningExternalTasksCount", "value": "1"})),
        "{statistics:?}"
    );
    assert!(statistics.contains(&json!({"name": "runningEC2TasksCount", "value": "0"})), "{statistics:?}");

    let input = |status: &str| json!({"cluster": "cellar", "containerInstances": [host["containerInstanceArn"]], "status": status});
    lab.call("ecs", "UpdateContainerInstancesState", input("DRAINING"));
    lab.advance(120);
    assert_eq!(running(&mut lab, "gauge"), 0);
    let task =
        lab.call("ecs", "DescribeTasks", json!({"cluster": "cellar", "tasks": tasks}))["tasks"][0].clone();
    assert_eq!(task["stopCode"], "ServiceSchedulerInitiated");
    lab.call("ecs", "UpdateContainerInstancesState", input("ACTIVE"));
    lab.advance(180);
    assert_eq!(running(&mut lab, "gauge"), 1);

    let one = json!({"cluster": "cellar", "containerInstance": host["containerInstanceArn"]});
    assert_eq!(lab.refused("ecs", "DeregisterContainerInstance", one.clone()), "InvalidParameterException");
    let mut forced = one;
    forced["force"] = true.into();
    lab.call("ecs", "DeregisterContainerInstance", forced);
    lab.advance(60);
    assert_eq!(running(&mut lab, "gauge"), 0);
    assert_eq!(
        lab.call("ecs", "ListContainerInstances", json!({"cluster": "cellar"}))["containerInstanceArns"],
        json!([])
    );
}

#[test]
fn what_is_asked_of_other_capacity_does_not_run_outside() {
    let mut lab = Lab::new();
    let node = machine(&mut lab, &POLICIES);
    let host = lab.call("ecs", "RegisterContainerInstance", registration(&node))["containerInstance"].clone();
    let container = json!({"name": "a", "image": "busybox", "memory": 64, "command": ["sleep", "infinity"]});
    lab.call(
        "ecs",
        "RegisterTaskDefinition",
        json!({"family": "gauge", "containerDefinitions": [container]}),
    );
    service(&mut lab, "on-ec2", "EC2");
    lab.advance(240);
    assert_eq!(running(&mut lab, "on-ec2"), 0);
    for launch in ["EXTERNAL", "EC2"] {
        let run = json!({"cluster": "cellar", "taskDefinition": "gauge", "launchType": launch});
        let run = lab.call("ecs", "RunTask", run);
        assert_eq!(run["tasks"].as_array().unwrap().len(), usize::from(launch == "EXTERNAL"), "{run}");
    }
    let start = json!({"cluster": "cellar", "taskDefinition": "gauge", "containerInstances": [host["containerInstanceArn"]]});
    assert_eq!(lab.call("ecs", "StartTask", start)["tasks"][0]["launchType"], "EXTERNAL");
    define(&mut lab);
    let run = json!({"cluster": "cellar", "taskDefinition": "gauge", "launchType": "FARGATE"});
    assert_eq!(lab.refused("ecs", "RunTask", run), "InvalidParameterException");
    let balanced = json!({"cluster": "cellar", "serviceName": "b", "taskDefinition": "gauge", "desiredCount": 1, "launchType": "EXTERNAL",
        "loadBalancers": [{"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/none/0000000000000000", "containerName": "gauge", "containerPort": 80}]});
    assert_eq!(lab.refused("ecs", "CreateService", balanced), "InvalidParameterException");
}

#[test]
fn a_machine_without_permission_or_registration_is_not_connected() {
    let mut lab = Lab::new();
    let node = machine(&mut lab, &POLICIES[..1]);
    let refused = lab.try_call("ecs", "RegisterContainerInstance", registration(&node)).unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    assert!(
        refused.message.contains(&format!(
            "assumed-role/machine/{node} is not authorized to perform: ecs:RegisterContainerInstance"
        )),
        "{}",
        refused.message
    );
    for stranger in ["mi-00000000000000000", "i-00000000000000000", ""] {
        assert_eq!(
            lab.refused("ecs", "RegisterContainerInstance", registration(stranger)),
            "ClientException"
        );
    }
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "machine", "PolicyArn": POLICIES[1]}));
    let host = lab.call("ecs", "RegisterContainerInstance", registration(&node))["containerInstance"].clone();
    lab.call("ecs", "CreateCluster", json!({"clusterName": "other"}));
    let mut elsewhere = registration(&node);
    elsewhere["cluster"] = "other".into();
    assert_eq!(lab.refused("ecs", "RegisterContainerInstance", elsewhere), "ClientException");
    lab.call("ssm", "DeregisterManagedInstance", json!({"InstanceId": node}));
    let look = json!({"cluster": "cellar", "containerInstances": [host["containerInstanceArn"]]});
    let host = lab.call("ecs", "DescribeContainerInstances", look)["containerInstances"][0].clone();
    assert_eq!(host["agentConnected"], false, "its agent has no credentials any more");
    assert_eq!(crate::next_event(&lab.world), None);
}

use super::*;
use crate::services::ecs::agent::{AgentStatus, Reason, status};
use crate::world::Caller;

fn status_of(lab: &Lab, id: &str) -> AgentStatus {
    lab.world.look(&lab.region, lab.now, &Caller::service(), |view| status(view, id))
}

#[test]
fn a_joined_instance_shows_what_it_has() {
    let mut lab = Lab::cluster(1, "t2.micro");
    let host = lab.hosts()[0].clone();
    let answer =
        lab.ecs("DescribeContainerInstances", json!({"cluster": "c", "containerInstances": [host, "x"]}));
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    let host = &answer["containerInstances"][0];
    assert_eq!((&host["status"], &host["agentConnected"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(host["registeredResources"][0]["integerValue"], 1024);
    assert_eq!(
        host["remainingResources"][2]["stringSetValue"],
        json!(["22", "2375", "2376", "51678", "51679", "51680"])
    );
    assert_eq!(host["versionInfo"]["agentVersion"], "1.14.1");
    let kind = json!({"name": "ecs.instance-type", "value": "t2.micro"});
    assert!(host["attributes"].as_array().unwrap().contains(&kind));
}

#[test]
fn an_agent_waits_for_its_cluster_and_its_permissions() {
    let mut lab = Lab::new();
    lab.profile();
    let ids = lab.instances(1, "t2.micro", "c");
    assert_eq!(status_of(&lab, &ids[0]), AgentStatus::NoAgent);
    lab.settle();
    assert_eq!(status_of(&lab, &ids[0]), AgentStatus::NotJoined(Reason::NoCluster("c".to_owned())));
    lab.call("iam", "DeleteRolePolicy", json!({"RoleName": "weave", "PolicyName": "p"}));
    lab.ecs("CreateCluster", json!({"clusterName": "c"}));
    let AgentStatus::NotJoined(reason) = status_of(&lab, &ids[0]) else {
        panic!("joined without permission")
    };
    assert!(matches!(&reason, Reason::NotAllowed { action: "ecs:RegisterContainerInstance", .. }));
    let words = lab.world.look(&lab.region, lab.now, &Caller::service(), |view| reason.log(view, &ids[0]));
    assert!(
        words.contains(&format!(
            "assumed-role/weave/{} is not authorized to perform: ecs:RegisterContainerInstance",
            ids[0]
        )),
        "{words}"
    );
    let policy = json!({"RoleName": "weave", "PolicyName": "p", "PolicyDocument": POLICY});
    lab.call("iam", "PutRolePolicy", policy);
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 0);
    assert_eq!(status_of(&lab, &ids[0]), AgentStatus::Starting);
    lab.settle();
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 1);
    assert!(matches!(status_of(&lab, &ids[0]), AgentStatus::Joined { cluster, .. } if cluster == "c"));
}

#[test]
fn without_a_cluster_of_its_own_an_agent_makes_the_default_one() {
    let mut lab = Lab::new();
    lab.profile();
    let run = json!({"ImageId": WEAVE_AMI, "InstanceType": "t2.micro", "MinCount": "1", "MaxCount": "1", "IamInstanceProfile": {"Name": "weave"}});
    lab.call("ec2", "RunInstances", run);
    lab.settle();
    let answer = lab.ecs("DescribeClusters", json!({}));
    assert_eq!(answer["clusters"][0]["registeredContainerInstancesCount"], 1);
}

#[test]
fn without_a_way_out_no_agent_joins_and_a_joined_one_loses_its_connection() {
    let mut lab = Lab::cluster(1, "t2.micro");
    let tables = lab.call("ec2", "DescribeRouteTables", json!({}));
    let table = tables["routeTableSet"][0]["routeTableId"].clone();
    let gateway =
        lab.call("ec2", "DescribeInternetGateways", json!({}))["internetGatewaySet"][0]["internetGatewayId"]
            .clone();
    lab.call("ec2", "DeleteRoute", json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}));
    let ids = lab.instances(1, "t2.micro", "c");
    lab.settle();
    assert!(matches!(status_of(&lab, &ids[0]), AgentStatus::NotJoined(Reason::NoRoute(_))));
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 1);
    let host = lab.hosts()[0].clone();
    let connected = |lab: &mut Lab| {
        let look = json!({"cluster": "c", "containerInstances": [host]});
        lab.ecs("DescribeContainerInstances", look)["containerInstances"][0]["agentConnected"].clone()
    };
    assert_eq!(connected(&mut lab), false);
    lab.family("f", &json!({}));
    lab.service("f", 1, &json!({}));
    lab.settle();
    assert!(lab.events()[0].contains("encountered error \"AGENT\""), "{:?}", lab.events());
    let route = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway});
    lab.call("ec2", "CreateRoute", route);
    lab.settle();
    assert_eq!(connected(&mut lab), true);
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 2);
    assert_eq!(lab.figure("runningTasksCount"), 1);
}

#[test]
fn a_terminated_host_is_deregistered_and_its_tasks_are_replaced() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.demo();
    lab.service("demo", 1, &json!({}));
    lab.settle();
    let task = lab.tasks("RUNNING")[0].clone();
    let host = lab.ecs(
        "DescribeContainerInstances",
        json!({"cluster": "c", "containerInstances": [task["containerInstanceArn"]]}),
    );
    let id = host["containerInstances"][0]["ec2InstanceId"].as_str().unwrap().to_owned();
    lab.call("ec2", "TerminateInstances", json!({"InstanceId": [id]}));
    lab.advance(300);
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 1);
    let stopped = lab.tasks("STOPPED");
    assert_eq!(stopped[0]["stoppedReason"], format!("Host EC2 (instance {id}) terminated."));
    let running = lab.tasks("RUNNING");
    assert_eq!(running.len(), 1);
    assert_ne!(running[0]["containerInstanceArn"], task["containerInstanceArn"]);
}

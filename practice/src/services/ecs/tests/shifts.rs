use super::*;

fn stage(lab: &mut Lab) -> Value {
    let list = lab.ecs("ListServiceDeployments", json!({"cluster": "c", "service": "s"}));
    let arn = list["serviceDeployments"][0]["serviceDeploymentArn"].clone();
    lab.ecs("DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0]
        .clone()
}

#[test]
fn blue_and_green_run_side_by_side_until_the_bake_time_is_over() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    let hook = json!({"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]});
    let more = json!({"deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [hook]}});
    lab.service("f", 2, &more);
    lab.settle();
    assert_eq!(lab.look()["deployments"][0]["rolloutState"], "COMPLETED", "the first has nothing to shift");
    lab.family("f", &json!({}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(120);
    let paused = stage(&mut lab);
    assert_eq!(
        (&paused["lifecycleStage"], &paused["status"]),
        (&json!("POST_SCALE_UP"), &json!("IN_PROGRESS"))
    );
    assert_eq!(lab.look()["runningCount"], 4);
    let hook = paused["lifecycleHookDetails"][0]["hookId"].clone();
    let arn = paused["serviceDeploymentArn"].clone();
    let wrong = json!({"serviceDeploymentArn": arn, "hookId": "x"});
    assert_eq!(lab.no("ContinueServiceDeployment", wrong).0, "InvalidParameterException");
    lab.ecs("ContinueServiceDeployment", json!({"serviceDeploymentArn": arn, "hookId": hook}));
    lab.advance(60);
    assert_eq!(stage(&mut lab)["lifecycleStage"], "BAKE_TIME");
    assert_eq!(lab.look()["runningCount"], 4);
    assert_eq!(stage(&mut lab)["targetServiceRevision"]["requestedProductionTrafficWeight"], 100.0);
    lab.advance(400);
    assert_eq!(lab.look()["runningCount"], 2);
    assert_eq!(stage(&mut lab)["status"], "SUCCESSFUL");
    assert_eq!(lab.look()["deployments"].as_array().unwrap().len(), 1);
    lab.settle();
    assert_eq!(crate::next_event(&lab.world), None);
}

#[test]
fn a_pause_may_end_in_the_way_back() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    let hook = json!({"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"],
        "timeoutConfiguration": {"timeoutInMinutes": 10, "action": "ROLLBACK"}});
    let more = json!({"deploymentConfiguration": {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}});
    lab.service("f", 1, &more);
    lab.settle();
    lab.family("f", &json!({}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.settle();
    assert_eq!(last(&lab.look()["taskDefinition"]), "f:1", "{:?}", lab.events());
    assert_eq!(lab.look()["runningCount"], 1);
    assert_eq!(stage(&mut lab)["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn strategies_need_what_they_shift() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    let create = |configuration: Value| json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "deploymentConfiguration": configuration});
    let (_, message) = lab.no("CreateService", create(json!({"strategy": "CANARY"})));
    assert_eq!(message, "The CANARY deployment strategy requires a load balancer.");
    let linear = json!({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.0}});
    assert!(
        lab.no("CreateService", create(linear))
            .1
            .starts_with("stepPercent must be a multiple of 0.1 between 3.0")
    );
    let lambda = json!({"strategy": "BLUE_GREEN", "lifecycleHooks": [{"hookTargetArn": "a", "lifecycleStages": ["PRE_SCALE_UP"]}]});
    assert_eq!(lab.no("CreateService", create(lambda)).0, "UnsupportedFeatureException");
}

#[test]
fn tasks_are_registered_and_taken_out_again() {
    use crate::services::elbv2::tests::{balancer, listener, targets};
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"portMappings": [{"containerPort": 80}]}));
    let group = targets(&mut lab, "g", json!({"TargetType": "instance"}));
    let ip = targets(&mut lab, "i", json!({}));
    let with = |arn: &str, container: &str, port: u16| {
        let balancers = [json!({"targetGroupArn": arn, "containerName": container, "containerPort": port})];
        json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "desiredCount": 1, "loadBalancers": balancers})
    };
    let (_, message) = lab.no("CreateService", with(&group, "main", 80));
    assert_eq!(
        message,
        format!("The target group with targetGroupArn {group} does not have an associated load balancer.")
    );
    let lb = balancer(&mut lab, "lb");
    let front = listener(&mut lab, &lb, &group);
    assert_eq!(
        lab.no("CreateService", with(&group, "x", 80)).1,
        "The container x does not exist in the task definition."
    );
    let (_, message) = lab.no("CreateService", with(&group, "main", 81));
    assert_eq!(message, "The container main did not have a container port 81 defined.");
    let modify = json!({"ListenerArn": front, "DefaultActions": [{"Type": "forward", "TargetGroupArn": ip}]});
    lab.call("elasticloadbalancing", "ModifyListener", modify);
    let (_, message) = lab.no("CreateService", with(&ip, "main", 80));
    assert!(
        message.contains("has target type ip, which is incompatible with the bridge network mode"),
        "{message}"
    );
    let modify =
        json!({"ListenerArn": front, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]});
    lab.call("elasticloadbalancing", "ModifyListener", modify);

    let mut create = with(&group, "main", 80);
    create["healthCheckGracePeriodSeconds"] = 3_600.into();
    lab.ecs("CreateService", create);
    lab.advance(60);
    let host = lab.tasks("RUNNING")[0]["containers"][0]["networkBindings"][0]["hostPort"].clone();
    let registered = |lab: &Lab| -> Vec<(u16, bool)> {
        let group = &lab.world.regions["us-east-1"].elbv2.target_groups[&group];
        group.targets.values().map(|target| (target.port, target.drained_at.is_some())).collect()
    };
    assert_eq!(registered(&lab), [(u16::try_from(host.as_u64().unwrap()).unwrap(), false)]);
    assert!(lab.events().contains(&format!("(service s) registered 1 targets in (target-group {group})")));
    lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
    lab.advance(10);
    assert_eq!((registered(&lab)[0].1, lab.look()["status"].clone()), (true, json!("DRAINING")));
    assert!(lab.events().iter().any(|event| event.contains("has begun draining connections on 1 tasks.")));
    lab.advance(400);
    assert_eq!((registered(&lab).len(), lab.look()["status"].clone()), (0, json!("INACTIVE")));
}

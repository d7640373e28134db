use super::*;
use crate::next_event;

#[test]
fn a_static_port_deadlocks_the_default_rollout_and_not_one_that_may_stop_first() {
    let mut lab = Lab::cluster(2, "t2.medium");
    lab.demo();
    lab.service("demo", 2, &json!({}));
    lab.settle();
    lab.demo();
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "demo"}));
    lab.settle();
    let service = lab.look();
    assert_eq!(service["deployments"].as_array().unwrap().len(), 2);
    assert_eq!(service["deployments"][0]["rolloutState"], "IN_PROGRESS");
    assert_eq!(
        (&service["deployments"][0]["runningCount"], &service["deployments"][1]["runningCount"]),
        (&json!(0), &json!(2))
    );
    assert!(lab.events()[0].contains("is already using a port required by your task"));
    let bounds = json!({"maximumPercent": 100, "minimumHealthyPercent": 0});
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "deploymentConfiguration": bounds}));
    lab.settle();
    let service = lab.look();
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(last(&service["deployments"][0]["taskDefinition"]), "demo:2");
    assert_eq!(service["runningCount"], 2);
    assert!(lab.tasks("STOPPED").iter().all(|task| task["stopCode"] == "ServiceSchedulerInitiated"));
}

#[test]
fn a_rollout_never_leaves_its_bounds() {
    let mut lab = Lab::cluster(2, "t2.medium");
    lab.family("f", &json!({}));
    let bounds = json!({"deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 75}});
    lab.service("f", 4, &bounds);
    lab.settle();
    lab.family("f", &json!({}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    for _ in 0..400 {
        lab.advance(1);
        let running = lab.tasks("RUNNING");
        let up = running.iter().filter(|task| task["lastStatus"] == "RUNNING").count();
        assert!(up >= 3, "{up} running");
        assert!(running.len() <= 6, "{} wanted", running.len());
    }
    let service = lab.look();
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(last(&service["taskDefinition"]), "f:2");
}

#[test]
fn deleting_needs_zero_or_force() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    lab.service("f", 1, &json!({"clientToken": "t"}));
    lab.service("f", 1, &json!({"clientToken": "t"}));
    let again = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "desiredCount": 2, "clientToken": "t"});
    assert_eq!(lab.no("CreateService", again).1, "Creation of service was not idempotent.");
    lab.settle();
    let delete = json!({"cluster": "c", "service": "s"});
    assert_eq!(
        lab.no("DeleteService", delete.clone()).1,
        "The service cannot be stopped while it is scaled above 0."
    );
    assert_eq!(
        lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}))["service"]["status"],
        "DRAINING"
    );
    assert_eq!(lab.no("UpdateService", delete.clone()).0, "ServiceNotActiveException");
    let create = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f"});
    assert_eq!(
        lab.no("CreateService", create.clone()).1,
        "Unable to Start a service that is still Draining."
    );
    lab.settle();
    assert_eq!(lab.look()["status"], "INACTIVE");
    assert_eq!(lab.figure("runningTasksCount"), 0);
    assert_eq!(lab.no("DeleteService", delete.clone()).0, "ServiceNotFoundException");
    lab.ecs("CreateService", create);
    lab.ecs("DeleteService", delete);
}

#[test]
fn tasks_whose_image_is_missing_fail_and_hold_the_service_back() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"image": "2opremio/weaveecsdemos"}));
    lab.service("f", 1, &json!({}));
    lab.advance(60);
    let early = lab.tasks("STOPPED");
    assert!(!early.is_empty());
    let reason = early[0]["stoppedReason"].as_str().unwrap();
    assert!(reason.starts_with("CannotPullContainerError: Error response from daemon: pull access denied for 2opremio/weaveecsdemos"), "{reason}");
    assert_eq!(early[0]["stopCode"], "TaskFailedToStart");
    assert_eq!(early[0]["containers"][0]["reason"], reason);
    lab.advance(3_500);
    let late = lab.tasks("STOPPED").len();
    assert!((5..20).contains(&late), "{late} attempts within an hour");
    let service = lab.look();
    assert_eq!(service["deployments"][0]["failedTasks"], late);
    let told = lab
        .events()
        .iter()
        .filter(|e| e.contains("is unable to consistently start tasks successfully."))
        .count();
    assert!(told >= 1);
    lab.family("f", &json!({}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(120);
    assert_eq!(lab.look()["deployments"][0]["rolloutState"], "COMPLETED");
}

#[test]
fn a_container_that_crashes_again_and_again_comes_to_rest() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"image": "busybox", "command": ["sh", "-c", "exit 1"]}));
    lab.service("f", 1, &json!({}));
    lab.advance(120);
    assert!(lab.tasks("STOPPED").len() >= 10, "the first are replaced at once");
    lab.advance(3_600);
    let before = lab.events().len();
    lab.advance(3_600);
    assert!((before..before + 10).contains(&lab.events().len()));
}

#[test]
fn the_circuit_breaker_goes_back_to_what_worked() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    let breaker =
        json!({"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}}});
    lab.service("f", 1, &breaker);
    lab.settle();
    lab.family("f", &json!({"image": "nosuch/image"}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(600);
    let service = lab.look();
    assert_eq!(last(&service["taskDefinition"]), "f:1", "{:?}", lab.events());
    assert_eq!(service["runningCount"], 1);
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert!(lab.events().iter().any(|event| event.contains("rolling back to deployment ecs-svc/")));
}

#[test]
fn a_daemon_is_on_every_instance_and_leaves_a_draining_one() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    let daemon =
        json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "schedulingStrategy": "DAEMON"});
    lab.ecs("CreateService", daemon);
    lab.settle();
    assert_eq!(
        (lab.look()["desiredCount"].clone(), lab.look()["runningCount"].clone()),
        (json!(2), json!(2))
    );
    let drain = json!({"cluster": "c", "containerInstances": [lab.hosts()[0]], "status": "DRAINING"});
    lab.ecs("UpdateContainerInstancesState", drain);
    lab.settle();
    assert_eq!(
        (lab.look()["desiredCount"].clone(), lab.look()["runningCount"].clone()),
        (json!(1), json!(1))
    );
    lab.instances(1, "t2.micro", "c");
    lab.settle();
    assert_eq!(lab.look()["runningCount"], 2);
}

#[test]
fn a_replica_moves_off_a_draining_instance() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    lab.service("f", 2, &json!({}));
    lab.settle();
    let host = lab.hosts()[0].clone();
    lab.ecs(
        "UpdateContainerInstancesState",
        json!({"cluster": "c", "containerInstances": [host], "status": "DRAINING"}),
    );
    lab.settle();
    let tasks = lab.tasks("RUNNING");
    assert_eq!(tasks.len(), 2);
    assert!(tasks.iter().all(|task| last(&task["containerInstanceArn"]) != host));
    let list = lab.ecs("ListContainerInstances", json!({"cluster": "c", "status": "DRAINING"}));
    assert_eq!(list["containerInstanceArns"].as_array().unwrap().len(), 1);
}

#[test]
fn a_service_deployment_is_told_from_beginning_to_rollback() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    let breaker =
        json!({"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}}});
    lab.service("f", 1, &breaker);
    let list = json!({"cluster": "c", "service": "s"});
    let first = lab.ecs("ListServiceDeployments", list.clone())["serviceDeployments"][0].clone();
    assert_eq!(first["status"], "IN_PROGRESS");
    assert!(lab.look()["deployments"][0]["rolloutStateReason"].as_str().unwrap().ends_with(" in progress."));
    lab.settle();
    assert_eq!(
        lab.ecs("ListServiceDeployments", list.clone())["serviceDeployments"][0]["status"],
        "SUCCESSFUL"
    );
    let service = lab.look();
    assert_eq!(service["currentServiceRevisions"][0]["arn"], first["targetServiceRevisionArn"]);
    assert!(service["deployments"][0]["rolloutStateReason"].as_str().unwrap().ends_with(" completed."));

    lab.family("f", &json!({"image": "nosuch/image"}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(10);
    let deployments = lab.look()["deployments"].clone();
    assert_eq!((&deployments[0]["desiredCount"], &deployments[1]["desiredCount"]), (&json!(1), &json!(1)));
    let second = lab.ecs("ListServiceDeployments", list.clone())["serviceDeployments"][0].clone();
    let describe = json!({"serviceDeploymentArns": [second["serviceDeploymentArn"]]});
    let seen = lab.ecs("DescribeServiceDeployments", describe.clone())["serviceDeployments"][0].clone();
    assert_eq!(seen["deploymentCircuitBreaker"]["threshold"], 3);
    assert_eq!(seen["deploymentCircuitBreaker"]["status"], "MONITORING");
    assert_eq!(seen["sourceServiceRevisions"][0]["arn"], first["targetServiceRevisionArn"]);
    lab.advance(120);
    let seen = lab.ecs("DescribeServiceDeployments", describe)["serviceDeployments"][0].clone();
    assert_eq!(seen["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(seen["deploymentCircuitBreaker"]["status"], "TRIGGERED");
    assert_eq!(seen["deploymentCircuitBreaker"]["failureCount"], 3);
    assert_eq!(seen["rollback"]["serviceRevisionArn"], first["targetServiceRevisionArn"]);
    assert_eq!(seen["rollback"]["reason"], "ECS deployment circuit breaker: tasks failed to start.");
    let revisions = json!({"serviceRevisionArns": [second["targetServiceRevisionArn"], "x"]});
    let revisions = lab.ecs("DescribeServiceRevisions", revisions);
    assert_eq!(last(&revisions["serviceRevisions"][0]["taskDefinition"]), "f:2");
    assert_eq!(revisions["failures"][0]["reason"], "MISSING");
}

#[test]
fn the_breaker_without_rollback_gives_up_and_keeps_what_runs() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    let breaker = |count: u32| {
        json!({"deploymentConfiguration": {"deploymentCircuitBreaker": {
        "enable": true, "rollback": false, "thresholdConfiguration": {"type": "COUNT", "value": count}}}})
    };
    lab.service("f", 1, &breaker(5));
    lab.settle();
    lab.family("f", &json!({"image": "nosuch/image"}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.settle();
    let service = lab.look();
    let deployments = service["deployments"].as_array().unwrap();
    assert_eq!(deployments[0]["rolloutState"], "FAILED");
    assert_eq!(
        deployments[0]["rolloutStateReason"],
        "ECS deployment circuit breaker: tasks failed to start."
    );
    assert_eq!((&deployments[0]["failedTasks"], &deployments[0]["desiredCount"]), (&json!(5), &json!(0)));
    assert_eq!(deployments[1]["runningCount"], 1);
    assert_eq!(next_event(&lab.world).filter(|due| *due < lab.now.plus_ms(3_000_000)), None);
}

#[test]
fn a_deployment_that_is_stopped_goes_back() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({}));
    lab.service("f", 1, &json!({}));
    let arn = |lab: &mut Lab| {
        let list = lab.ecs("ListServiceDeployments", json!({"cluster": "c", "service": "s"}));
        list["serviceDeployments"][0]["serviceDeploymentArn"].clone()
    };
    let first = arn(&mut lab);
    assert_eq!(
        lab.no("StopServiceDeployment", json!({"serviceDeploymentArn": first})).0,
        "InvalidParameterException"
    );
    lab.settle();
    assert_eq!(
        lab.no("StopServiceDeployment", json!({"serviceDeploymentArn": first})).0,
        "ConflictException"
    );
    assert_eq!(
        lab.no("StopServiceDeployment", json!({"serviceDeploymentArn": "x"})).0,
        "ServiceDeploymentNotFoundException"
    );
    lab.family("f", &json!({"image": "nosuch/image"}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(3);
    let second = arn(&mut lab);
    lab.ecs("StopServiceDeployment", json!({"serviceDeploymentArn": second, "stopType": "ROLLBACK"}));
    lab.settle();
    assert_eq!(last(&lab.look()["taskDefinition"]), "f:1");
    assert_eq!(lab.look()["runningCount"], 1);
}

#[test]
fn a_stable_hour_is_cheap() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    lab.service("f", 2, &json!({}));
    lab.settle();
    assert_eq!(next_event(&lab.world), None);
}

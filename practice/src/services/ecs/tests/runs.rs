use super::*;

#[test]
fn the_weave_demo_runs_three_tasks_on_three_hosts_and_not_four() {
    let mut lab = Lab::cluster(3, "t2.micro");
    lab.demo();
    lab.service("demo", 3, &json!({}));
    lab.advance(1);
    assert_eq!(lab.look()["deployments"][0]["rolloutState"], "IN_PROGRESS");
    lab.settle();
    assert_eq!(lab.figure("runningTasksCount"), 3);
    assert_eq!(lab.figure("activeServicesCount"), 1);
    let service = lab.look();
    assert_eq!(service["serviceArn"], "arn:aws:ecs:us-east-1:123456789012:service/c/s");
    assert_eq!((&service["runningCount"], &service["pendingCount"]), (&json!(3), &json!(0)));
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    let events = lab.events();
    assert_eq!(events[0], "(service s) has reached a steady state.");
    assert!(events.last().unwrap().starts_with("(service s) has started 3 tasks: (task "), "{events:?}");
    let tasks = lab.tasks("RUNNING");
    let mut hosts: Vec<&Value> = tasks.iter().map(|task| &task["containerInstanceArn"]).collect();
    hosts.dedup();
    assert_eq!(hosts.len(), 3);
    let server = &tasks[0]["containers"][1];
    let bound = json!([{"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 80, "protocol": "tcp"}]);
    assert_eq!((&server["name"], &server["networkBindings"]), (&json!("httpserver"), &bound));

    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 4}));
    lab.settle();
    let wanted = "(service s) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ";
    let event = lab.events()[0].clone();
    assert!(event.starts_with(wanted), "{event}");
    // A t2.micro has no memory for a second one either, but the port is what a larger host would not cure.
    assert!(event.contains("is already using a port required by your task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."), "{event}");
    let count = lab.events().len();
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 5}));
    lab.settle();
    assert_eq!(lab.events().len(), count, "an identical event is not repeated");
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 1}));
    lab.settle();
    assert_eq!(lab.figure("runningTasksCount"), 1);
    assert!(lab.events().iter().any(|e| e.starts_with("(service s) has stopped 2 running tasks: (task ")));
}

#[test]
fn a_taken_port_is_named_in_the_event() {
    let mut lab = Lab::cluster(1, "t2.medium");
    lab.demo();
    lab.service("demo", 2, &json!({}));
    lab.settle();
    let host = lab.hosts()[0].clone();
    let event = format!(
        "(service s) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance {host}) is already using a port required by your task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    );
    assert_eq!(lab.events().iter().filter(|e| **e == event).count(), 1, "{:?}", lab.events());
}

#[test]
fn nothing_to_run_on() {
    let mut lab = Lab::new();
    lab.ecs("CreateCluster", json!({"clusterName": "c"}));
    lab.family("f", &json!({}));
    let (code, message) = lab.no("RunTask", json!({"cluster": "c", "taskDefinition": "f"}));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("InvalidParameterException", "No Container Instances were found in your cluster.")
    );
    lab.service("f", 1, &json!({}));
    lab.settle();
    let event = "(service s) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
    assert_eq!(lab.events(), [event]);
    let (code, message) =
        lab.no("RunTask", json!({"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE"}));
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "Task definition does not support launch_type FARGATE.");
}

#[test]
fn run_task_tells_each_kind_of_failure() {
    let mut lab = Lab::cluster(1, "t2.micro");
    for (container, reason) in [
        (json!({"cpu": 4096}), "RESOURCE:CPU"),
        (json!({"memory": 60_000}), "RESOURCE:MEMORY"),
        (json!({"portMappings": [{"containerPort": 80, "hostPort": 22}]}), "RESOURCE:PORTS"),
        (json!({"healthCheck": {"command": ["CMD", "true"]}}), "ATTRIBUTE"),
        (json!({"logConfiguration": {"logDriver": "splunk"}}), "ATTRIBUTE"),
    ] {
        lab.family("f", &container);
        let answer = lab.ecs("RunTask", json!({"cluster": "c", "taskDefinition": "f"}));
        assert_eq!(answer["tasks"], json!([]));
        assert_eq!(answer["failures"][0]["reason"], reason);
        assert!(answer["failures"][0]["arn"].as_str().unwrap().contains(":container-instance/c/"));
    }
    lab.family("f", &json!({}));
    let run = |more: Value| {
        let mut input = json!({"cluster": "c", "taskDefinition": "f"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let far = json!({"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type == m5.large"}]});
    let answer = lab.ecs("RunTask", run(far));
    assert_eq!(answer["failures"][0]["reason"], "MemberOf placement constraint unsatisfied.");
    let distinct = json!({"count": 2, "placementConstraints": [{"type": "distinctInstance"}]});
    let answer = lab.ecs("RunTask", run(distinct));
    assert_eq!(
        (answer["tasks"].as_array().unwrap().len(), answer["failures"].as_array().unwrap().len()),
        (1, 1)
    );
    for bad in [json!({"count": 11}), json!({"count": 0}), json!({"group": "service:x"})] {
        assert_eq!(lab.no("RunTask", run(bad)).0, "InvalidParameterException");
    }
    assert_eq!(lab.no("RunTask", json!({"cluster": "c", "taskDefinition": "g"})).0, "ClientException");
    let start = json!({"cluster": "c", "taskDefinition": "f", "containerInstances": ["x"]});
    assert_eq!(lab.ecs("StartTask", start)["failures"][0]["reason"], "MISSING");
}

#[test]
fn a_task_runs_until_it_is_stopped_and_is_shown_for_an_hour() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"portMappings": [{"containerPort": 80}], "memory": 50}));
    let run =
        json!({"cluster": "c", "taskDefinition": "f", "count": 2, "startedBy": "me", "clientToken": "once"});
    let answer = lab.ecs("RunTask", run.clone());
    assert_eq!(answer["tasks"][0]["lastStatus"], "PENDING");
    assert_eq!(answer["tasks"][0]["group"], "family:f");
    lab.settle();
    assert_eq!(lab.ecs("RunTask", run)["tasks"].as_array().unwrap().len(), 2);
    let tasks = lab.tasks("RUNNING");
    assert_eq!(tasks.len(), 2);
    let mut ports: Vec<u64> = tasks
        .iter()
        .map(|t| t["containers"][0]["networkBindings"][0]["hostPort"].as_u64().unwrap())
        .collect();
    ports.sort_unstable();
    assert_eq!(ports, [32768, 32769]);
    assert_eq!(tasks[0]["containers"][0]["healthStatus"], "UNKNOWN");
    let stopped =
        lab.ecs("StopTask", json!({"cluster": "c", "task": tasks[0]["taskArn"], "reason": "enough"}));
    assert_eq!(
        (&stopped["task"]["desiredStatus"], &stopped["task"]["lastStatus"]),
        (&json!("STOPPED"), &json!("RUNNING"))
    );
    lab.settle();
    let over = lab.tasks("STOPPED");
    assert_eq!(
        (&over[0]["stopCode"], &over[0]["stoppedReason"]),
        (&json!("UserInitiated"), &json!("enough"))
    );
    assert_eq!(
        (&over[0]["lastStatus"], &over[0]["containers"][0]["exitCode"]),
        (&json!("STOPPED"), &json!(0))
    );
    assert_eq!(
        lab.no("StopTask", json!({"cluster": "c", "task": "x"})).1,
        "The referenced task was not found."
    );
    lab.advance(3_601);
    lab.family("g", &json!({}));
    assert!(lab.tasks("STOPPED").is_empty());
}

#[test]
fn an_essential_container_that_ends_takes_its_task_with_it() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"image": "busybox", "command": ["sh", "-c", "exit 3"]}));
    lab.ecs("RunTask", json!({"cluster": "c", "taskDefinition": "f"}));
    lab.settle();
    let over = lab.tasks("STOPPED");
    assert_eq!(over[0]["stopCode"], "EssentialContainerExited");
    assert_eq!(over[0]["stoppedReason"], "Essential container in task exited");
    assert_eq!(over[0]["containers"][0]["exitCode"], 3);
}

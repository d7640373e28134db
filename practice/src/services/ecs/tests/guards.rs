//! What keeps a service from doing as it likes: protected tasks, alarms; and who may enter its containers.

use super::*;
use crate::world::{Caller, Principal};

#[test]
fn a_protected_task_outlives_scaling_in_and_deployments() {
    let mut lab = Lab::cluster(3, "t2.micro");
    lab.family("f", &json!({}));
    lab.service("f", 3, &json!({}));
    lab.settle();
    let own = lab.tasks("RUNNING").iter().map(|task| task["taskArn"].clone()).collect::<Vec<_>>();
    let protect =
        json!({"cluster": "c", "tasks": [own[0], "x"], "protectionEnabled": true, "expiresInMinutes": 60});
    let answer = lab.ecs("UpdateTaskProtection", protect);
    assert_eq!(answer["protectedTasks"][0]["protectionEnabled"], true);
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
    let all = lab.ecs("GetTaskProtection", json!({"cluster": "c"}));
    assert_eq!(all["protectedTasks"].as_array().unwrap().len(), 1);
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 0}));
    lab.advance(600);
    let left = lab.tasks("RUNNING");
    assert_eq!((left.len(), &left[0]["taskArn"]), (1, &own[0]));
    assert_eq!(
        lab.events()[0],
        "(service s) was unable to scale in due to (reason 1 tasks under protection)."
    );
    lab.advance(3_600);
    assert_eq!(lab.tasks("RUNNING").len(), 0, "it lapses");
    let wrong = json!({"cluster": "c", "tasks": ["x"], "protectionEnabled": true, "expiresInMinutes": 3_000});
    assert_eq!(lab.no("UpdateTaskProtection", wrong).0, "InvalidParameterException");

    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 1}));
    lab.settle();
    let old = lab.tasks("RUNNING")[0]["taskArn"].clone();
    lab.ecs("UpdateTaskProtection", json!({"cluster": "c", "tasks": [old], "protectionEnabled": true}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "forceNewDeployment": true}));
    lab.advance(600);
    assert_eq!(lab.look()["deployments"].as_array().unwrap().len(), 2);
    assert_eq!(lab.look()["runningCount"], 2);
    lab.ecs("UpdateTaskProtection", json!({"cluster": "c", "tasks": [old], "protectionEnabled": false}));
    lab.settle();
    assert_eq!(lab.look()["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(lab.look()["runningCount"], 1);
}

#[test]
fn an_alarm_fails_a_deployment_and_the_service_goes_back() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    let alarms = json!({"alarmNames": ["errors"], "enable": true, "rollback": true});
    lab.service("f", 1, &json!({"deploymentConfiguration": {"alarms": alarms}}));
    lab.settle();
    let alarm = json!({"AlarmName": "errors", "Namespace": "shop", "MetricName": "errors", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"});
    lab.call("monitoring", "PutMetricAlarm", alarm);
    lab.family("f", &json!({}));
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    lab.advance(20);
    let state = json!({"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "as a test"});
    lab.call("monitoring", "SetAlarmState", state);
    lab.advance(10);
    assert!(
        lab.events().iter().any(|event| event.ends_with("deployment failed: alarm detected.")),
        "{:?}",
        lab.events()
    );
    lab.advance(600);
    assert_eq!(last(&lab.look()["taskDefinition"]), "f:1");
    let list = lab.ecs("ListServiceDeployments", json!({"cluster": "c", "service": "s"}));
    assert_eq!(list["serviceDeployments"][0]["status"], "ROLLBACK_SUCCESSFUL");
    let arn = list["serviceDeployments"][0]["serviceDeploymentArn"].clone();
    let one = lab.ecs("DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}));
    assert_eq!(one["serviceDeployments"][0]["alarms"]["triggeredAlarmNames"], json!(["errors"]));
}

#[test]
fn a_container_is_entered_where_the_agent_runs_and_may() {
    let mut lab = Lab::cluster(1, "t2.micro");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    lab.call("iam", "CreateRole", json!({"RoleName": "app", "AssumeRolePolicyDocument": trust.to_string()}));
    let container = json!({"name": "main", "image": "nginx", "memory": 100});
    lab.ecs(
        "RegisterTaskDefinition",
        json!({"family": "f", "containerDefinitions": [container],
        "taskRoleArn": "arn:aws:iam::123456789012:role/app"}),
    );
    let run = |lab: &mut Lab, enabled: bool| {
        let input = json!({"cluster": "c", "taskDefinition": "f", "enableExecuteCommand": enabled});
        let arn = lab.ecs("RunTask", input)["tasks"][0]["taskArn"].clone();
        lab.settle();
        json!({"cluster": "c", "task": arn, "command": "/bin/sh", "interactive": true})
    };
    let off = run(&mut lab, false);
    assert!(
        lab.no("ExecuteCommand", off).1.contains("execute command was not enabled when the task was run")
    );
    let on = run(&mut lab, true);
    assert_eq!(lab.no("ExecuteCommand", on.clone()).0, "TargetNotConnectedException");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}]});
    let put = json!({"RoleName": "app", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    lab.call("iam", "PutRolePolicy", put);
    let answer = lab.ecs("ExecuteCommand", on.clone());
    assert!(answer["session"]["sessionId"].as_str().unwrap().starts_with("ecs-execute-command-"));
    let input = json!({"cluster": "c", "tasks": [on["task"]]});
    let task = lab.ecs("DescribeTasks", input)["tasks"][0].clone();
    assert_eq!(task["containers"][0]["managedAgents"][0]["lastStatus"], "RUNNING");
}

#[test]
fn who_runs_a_task_hands_it_the_roles_of_its_definition() {
    let mut lab = Lab::cluster(1, "t2.micro");
    let trust = json!({"Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    lab.call("iam", "CreateRole", json!({"RoleName": "task", "AssumeRolePolicyDocument": trust.to_string()}));
    lab.ecs(
        "RegisterTaskDefinition",
        json!({"family": "f", "taskRoleArn": "task", "containerDefinitions": [{"name": "a", "image": "nginx", "memory": 64}]}),
    );
    lab.call("iam", "CreateUser", json!({"UserName": "ann"}));
    let allow = |lab: &mut Lab, actions: Value| {
        let policy = json!({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        let input = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": policy.to_string()});
        let caller = std::mem::replace(&mut lab.caller, Caller::root("123456789012"));
        lab.call("iam", "PutUserPolicy", input);
        lab.caller = caller;
    };
    allow(&mut lab, json!(["ecs:*"]));
    lab.caller = Caller {
        arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
        user_id: "AIDA".to_owned(),
        principal: Principal::User("ann".to_owned()),
        session_key: None,
    };
    let run = json!({"cluster": "c", "taskDefinition": "f"});
    let (code, message) = lab.no("RunTask", run.clone());
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("iam:PassRole on resource: arn:aws:iam::123456789012:role/task"), "{message}");
    allow(&mut lab, json!(["ecs:*", "iam:PassRole"]));
    assert_eq!(lab.ecs("RunTask", run)["tasks"].as_array().unwrap().len(), 1);
}

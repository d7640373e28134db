//! Rules through the front door.

use serde_json::{Value, json};

use crate::testing::Lab;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

const CLUSTER: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/c";
const ROLE: &str = "arn:aws:iam::123456789012:role/events";

fn role(lab: &mut Lab, actions: &[&str]) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "ecs-tasks.amazonaws.com"]}, "Action": "sts:AssumeRole"}]});
    let input = json!({"RoleName": "events", "AssumeRolePolicyDocument": trust.to_string()});
    lab.call("iam", "CreateRole", input);
    allow(lab, actions);
}

fn allow(lab: &mut Lab, actions: &[&str]) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
    let input = json!({"RoleName": "events", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    lab.call("iam", "PutRolePolicy", input);
}

/// A cluster, and a Fargate task definition that ends at once; what a target needs to run it.
fn job(lab: &mut Lab) -> Value {
    lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
    let container = json!({"name": "job", "image": "busybox", "command": ["sh", "-c", "echo done"]});
    let input = json!({"family": "job", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "taskRoleArn": ROLE, "containerDefinitions": [container]});
    let made = lab.call("ecs", "RegisterTaskDefinition", input);
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
    let network = json!({"awsvpcConfiguration": {"Subnets": [subnets["subnetSet"][0]["subnetId"]], "AssignPublicIp": "ENABLED"}});
    json!({"TaskDefinitionArn": made["taskDefinition"]["taskDefinitionArn"], "TaskCount": 1, "LaunchType": "FARGATE",
        "NetworkConfiguration": network})
}

fn started(lab: &mut Lab) -> Vec<Value> {
    let mut arns = Vec::new();
    for status in ["RUNNING", "STOPPED"] {
        let list = lab.call("ecs", "ListTasks", json!({"cluster": "c", "desiredStatus": status}));
        arns.extend(list["taskArns"].as_array().unwrap().clone());
    }
    if arns.is_empty() {
        return arns;
    }
    let found = lab.call("ecs", "DescribeTasks", json!({"cluster": "c", "tasks": arns}));
    found["tasks"].as_array().unwrap().clone()
}

fn sum(lab: &mut Lab, metric: &str, rule: &str) -> f64 {
    let input = json!({"Namespace": "AWS/Events", "MetricName": metric, "Statistics": ["Sum"], "Period": 86_400,
        "Dimensions": [{"Name": "RuleName", "Value": rule}], "StartTime": "2026-11-21T00:00:00Z", "EndTime": "2026-11-23T00:00:00Z"});
    let found = lab.call("monitoring", "GetMetricStatistics", input);
    found["Datapoints"].as_array().unwrap().iter().map(|point| point["Sum"].as_f64().unwrap()).sum()
}

#[test]
fn a_schedule_runs_a_task_as_the_role_of_its_target() {
    let mut lab = Lab::new();
    role(&mut lab, &["ecs:RunTask", "iam:PassRole"]);
    let ecs = job(&mut lab);
    let rule = json!({"Name": "nightly", "ScheduleExpression": "rate(10 minutes)"});
    let arn = text(&lab.call("events", "PutRule", rule)["RuleArn"]);
    assert_eq!(arn, "arn:aws:events:us-east-1:123456789012:rule/nightly");
    let overrides =
        json!({"containerOverrides": [{"name": "job", "command": ["sh", "-c", "exit 3"]}]}).to_string();
    let target =
        json!({"Id": "t", "Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": ecs, "Input": overrides});
    let input = json!({"Rule": "nightly", "Targets": [target]});
    assert_eq!(lab.call("events", "PutTargets", input)["FailedEntryCount"], 0);
    lab.advance(590);
    assert!(started(&mut lab).is_empty());
    lab.advance(300);
    let tasks = started(&mut lab);
    assert_eq!((tasks.len(), &tasks[0]["startedBy"]), (1, &json!("events-rule/nightly")));
    assert_eq!(tasks[0]["containers"][0]["exitCode"], 3);
    lab.advance(600);
    assert_eq!(started(&mut lab).len(), 2);
    assert!((sum(&mut lab, "Invocations", "nightly") - 2.0).abs() < 1e-9);

    allow(&mut lab, &["ecs:RunTask"]);
    lab.advance(600);
    assert!((sum(&mut lab, "FailedInvocations", "nightly") - 1.0).abs() < 1e-9, "without iam:PassRole");
    allow(&mut lab, &["iam:PassRole"]);
    lab.advance(600);
    assert!((sum(&mut lab, "FailedInvocations", "nightly") - 2.0).abs() < 1e-9, "without ecs:RunTask");
    allow(&mut lab, &["ecs:*", "iam:PassRole"]);
    lab.call("events", "DisableRule", json!({"Name": "nightly"}));
    assert_eq!(lab.call("events", "DescribeRule", json!({"Name": "nightly"}))["State"], "DISABLED");
    lab.advance(4_000);
    assert!((sum(&mut lab, "TriggeredRules", "nightly") - 4.0).abs() < 1e-9);
    assert_eq!(crate::next_event(&lab.world), None, "nothing is due while it is off");
    lab.call("events", "EnableRule", json!({"Name": "nightly"}));
    lab.advance(601);
    assert!((sum(&mut lab, "TriggeredRules", "nightly") - 5.0).abs() < 1e-9);
}

#[test]
fn what_ecs_tells_is_matched_and_written_to_logs() {
    let mut lab = Lab::new();
    role(&mut lab, &["ecs:RunTask", "iam:PassRole"]);
    let ecs = job(&mut lab);
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": "/aws/events/ecs"}));
    let rule = |name: &str, pattern: &Value| json!({"Name": name, "EventPattern": pattern.to_string()});
    let stops = json!({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"],
        "detail": {"lastStatus": ["STOPPED"], "stopCode": ["EssentialContainerExited"], "containers": {"exitCode": [0]}}});
    lab.call("events", "PutRule", rule("stops", &stops));
    let logs = json!({"Id": "logs", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/ecs"});
    lab.call("events", "PutTargets", json!({"Rule": "stops", "Targets": [logs]}));
    let all = json!({"detail-type": [{"prefix": "ECS "}], "resources": [{"wildcard": "*service/c/*"}]});
    lab.call("events", "PutRule", rule("services", &all));
    lab.call("events", "PutTargets", json!({"Rule": "services", "Targets": [logs]}));

    let network = ecs["NetworkConfiguration"]["awsvpcConfiguration"].clone();
    let own = json!({"awsvpcConfiguration": {"subnets": network["Subnets"], "assignPublicIp": "ENABLED"}});
    let run = json!({"cluster": "c", "taskDefinition": "job", "launchType": "FARGATE", "networkConfiguration": own});
    lab.call("ecs", "RunTask", run);
    lab.advance(300);
    let found = lab.call("logs", "FilterLogEvents", json!({"logGroupName": "/aws/events/ecs"}));
    let messages: Vec<Value> = found["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| serde_json::from_str(e["message"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let event = &messages[0];
    assert_eq!(
        (&event["detail-type"], &event["source"]),
        (&json!("ECS Task State Change"), &json!("aws.ecs"))
    );
    assert_eq!(
        (&event["detail"]["clusterArn"], &event["resources"][0]),
        (&json!(CLUSTER), &event["detail"]["taskArn"])
    );
    assert!(text(&event["detail"]["createdAt"]).ends_with('Z'));

    let worker = json!({"name": "w", "image": "busybox", "command": ["sleep", "infinity"]});
    let input = json!({"family": "w", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "containerDefinitions": [worker]});
    lab.call("ecs", "RegisterTaskDefinition", input);
    let service = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "w", "desiredCount": 1, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": network["Subnets"], "assignPublicIp": "ENABLED"}}});
    lab.call("ecs", "CreateService", service);
    lab.advance(300);
    let found = lab.call("logs", "FilterLogEvents", json!({"logGroupName": "/aws/events/ecs"}));
    let names: Vec<String> = found["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            serde_json::from_str::<Value>(e["message"].as_str().unwrap()).unwrap()["detail"]["eventName"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    for name in ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE"] {
        assert_eq!(names.iter().filter(|one| *one == name).count(), 1, "{name} in {names:?}");
    }
    lab.settle();
    assert_eq!(crate::next_event(&lab.world), None, "nothing is due in a steady state");
    for rule in ["stops", "services"] {
        lab.call("events", "RemoveTargets", json!({"Rule": rule, "Ids": ["logs"]}));
        lab.call("events", "DeleteRule", json!({"Name": rule}));
    }
    assert_eq!(lab.world.regions["us-east-1"].events, super::model::Model::default(), "nothing is left");
}

#[test]
fn a_rule_that_causes_itself_does_not_run_away() {
    let mut lab = Lab::new();
    role(&mut lab, &["ecs:RunTask", "iam:PassRole"]);
    let ecs = job(&mut lab);
    let pattern = json!({"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"]}});
    lab.call("events", "PutRule", json!({"Name": "again", "EventPattern": pattern.to_string()}));
    let target = json!({"Id": "t", "Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": ecs});
    lab.call("events", "PutTargets", json!({"Rule": "again", "Targets": [target.clone()]}));
    let own = json!({"Name": "starter", "ScheduleExpression": "rate(1 day)"});
    lab.call("events", "PutRule", own);
    lab.call("events", "PutTargets", json!({"Rule": "starter", "Targets": [target]}));
    lab.advance(86_400 + 600);
    let count = started(&mut lab).len();
    assert!((2..40).contains(&count), "one after another: {count}");
}

#[test]
fn own_events_go_to_the_rules_of_their_bus() {
    let mut lab = Lab::new();
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": "orders"}));
    lab.call("events", "CreateEventBus", json!({"Name": "shop", "Tags": [{"Key": "a", "Value": "b"}]}));
    assert_eq!(
        lab.refused("events", "CreateEventBus", json!({"Name": "shop"})),
        "ResourceAlreadyExistsException"
    );
    let pattern =
        json!({"source": ["shop.orders"], "detail": {"total": [{"numeric": [">", 10]}]}}).to_string();
    let rule = json!({"Name": "big", "EventBusName": "shop", "EventPattern": pattern});
    let arn = text(&lab.call("events", "PutRule", rule)["RuleArn"]);
    assert_eq!(arn, "arn:aws:events:us-east-1:123456789012:rule/shop/big");
    let template = "\"<who> spent <total>\"";
    let target = json!({"Id": "l", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:orders:*",
        "InputTransformer": {"InputPathsMap": {"who": "$.detail.who", "total": "$.detail.total"}, "InputTemplate": template}});
    lab.call("events", "PutTargets", json!({"Rule": "big", "EventBusName": "shop", "Targets": [target]}));
    let to_default = json!({"Id": "bus", "Arn": "arn:aws:events:us-east-1:123456789012:event-bus/shop"});
    let forward = json!({"Name": "forward", "EventPattern": json!({"source": ["shop.orders"]}).to_string()});
    lab.call("events", "PutRule", forward);
    lab.call("events", "PutTargets", json!({"Rule": "forward", "Targets": [to_default]}));
    let entry = |bus: &str, total: i64| {
        json!({"Source": "shop.orders", "DetailType": "Order", "EventBusName": bus,
        "Detail": json!({"who": "ann", "total": total}).to_string()})
    };
    let sent = json!({"Entries": [entry("shop", 20), entry("shop", 5), entry("default", 30), {"Source": "x", "DetailType": "y", "Detail": "nothing"}]});
    let answer = lab.call("events", "PutEvents", sent);
    assert_eq!(
        (&answer["FailedEntryCount"], &answer["Entries"][3]["ErrorCode"]),
        (&json!(1), &json!("MalformedDetail"))
    );
    let found = lab.call("logs", "FilterLogEvents", json!({"logGroupName": "orders"}));
    let mut said: Vec<String> =
        found["events"].as_array().unwrap().iter().map(|e| text(&e["message"])).collect();
    said.sort();
    assert_eq!(said, ["\"ann spent 20\"", "\"ann spent 30\""]);
    let names = lab.call(
        "events",
        "ListRuleNamesByTarget",
        json!({"TargetArn": "arn:aws:events:us-east-1:123456789012:event-bus/shop"}),
    );
    assert_eq!(names["RuleNames"], json!(["forward"]));
    assert_eq!(
        lab.call(
            "events",
            "ListTagsForResource",
            json!({"ResourceARN": "arn:aws:events:us-east-1:123456789012:event-bus/shop"})
        )["Tags"][0]["Key"],
        "a"
    );
    assert_eq!(lab.refused("events", "DeleteEventBus", json!({"Name": "shop"})), "ValidationException");
    let event = json!({"id": "1", "account": "1", "source": "a", "time": "t", "region": "r", "resources": [], "detail-type": "d"});
    let test = json!({"EventPattern": json!({"source": ["a"]}).to_string(), "Event": event.to_string()});
    assert_eq!(lab.call("events", "TestEventPattern", test)["Result"], true);
}

#[test]
fn what_cannot_work_is_refused() {
    let mut lab = Lab::new();
    let ecs = json!({"TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/job:1"});
    role(&mut lab, &["ecs:RunTask"]);
    let put = |more: Value| {
        let mut rule = json!({"Name": "r"});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    for (wrong, code) in [
        (put(json!({})), "ValidationException"),
        (put(json!({"ScheduleExpression": "every day"})), "ValidationException"),
        (put(json!({"ScheduleExpression": "at(2026-12-01T00:00:00)"})), "ValidationException"),
        (put(json!({"ScheduleExpression": "rate(1 minutes)"})), "ValidationException"),
        (put(json!({"EventPattern": "{\"source\": \"x\"}"})), "InvalidEventPatternException"),
        (
            put(json!({"EventPattern": "{\"source\": [\"x\"]}", "EventBusName": "none"})),
            "ResourceNotFoundException",
        ),
    ] {
        assert_eq!(lab.refused("events", "PutRule", wrong.clone()), code, "{wrong}");
    }
    lab.call("events", "PutRule", put(json!({"ScheduleExpression": "cron(0 3 * * ? *)"})));
    let no_trust = json!({"RoleName": "other", "AssumeRolePolicyDocument": json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}).to_string()});
    lab.call("iam", "CreateRole", no_trust);
    for target in [
        json!({"Id": "t", "Arn": "nonsense"}),
        json!({"Id": "t", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
        json!({"Id": "t", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}),
        json!({"Id": "t", "Arn": CLUSTER}),
        json!({"Id": "t", "Arn": CLUSTER, "EcsParameters": ecs}),
        json!({"Id": "t", "Arn": CLUSTER, "EcsParameters": ecs, "RoleArn": "arn:aws:iam::123456789012:role/other"}),
        json!({"Id": "t", "Arn": CLUSTER, "EcsParameters": ecs, "RoleArn": ROLE, "Input": "{"}),
        json!({"Id": "t", "Arn": CLUSTER, "EcsParameters": ecs, "RoleArn": ROLE, "Input": "{}", "InputPath": "$.detail"}),
    ] {
        let input = json!({"Rule": "r", "Targets": [target]});
        assert_eq!(lab.refused("events", "PutTargets", input.clone()), "ValidationException", "{input}");
    }
    let good =
        |id: usize| json!({"Id": id.to_string(), "Arn": CLUSTER, "EcsParameters": ecs, "RoleArn": ROLE});
    let many: Vec<Value> = (0..6).map(good).collect();
    assert_eq!(
        lab.refused("events", "PutTargets", json!({"Rule": "r", "Targets": many})),
        "LimitExceededException"
    );
    lab.call("events", "PutTargets", json!({"Rule": "r", "Targets": [good(1)]}));
    assert_eq!(lab.refused("events", "DeleteRule", json!({"Name": "r"})), "ValidationException");
    assert_eq!(lab.refused("events", "DescribeRule", json!({"Name": "s"})), "ResourceNotFoundException");
}

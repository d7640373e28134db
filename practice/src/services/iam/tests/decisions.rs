//! What IAM decides: boundaries, groups, sessions, conditions, and what AWS's services may do as a role.

use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::iam;
use crate::testing::Lab;
use crate::world::{Caller, Principal};

const ROLE: &str = "arn:aws:iam::123456789012:role/exec";

fn document(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn user(lab: &mut Lab, statements: &Value) -> Caller {
    if lab.world.iam.user("ann").is_none() {
        lab.call("iam", "CreateUser", json!({"UserName": "ann", "Tags": [{"Key": "team", "Value": "blue"}]}));
    }
    let policy = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": document(statements)});
    lab.call("iam", "PutUserPolicy", policy);
    Caller {
        arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
        user_id: "AIDA".to_owned(),
        principal: Principal::User("ann".to_owned()),
        session_key: None,
    }
}

fn may(lab: &Lab, who: &Caller, service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    lab.world.look("us-east-1", lab.now, who, |view| iam::authorize(view, service, operation, input))
}

fn execution_role(lab: &mut Lab, trusted: &Value) {
    let trust = json!({"Statement": [trusted]}).to_string();
    lab.call("iam", "CreateRole", json!({"RoleName": "exec", "AssumeRolePolicyDocument": trust}));
}

fn allows(lab: &Lab, action: &str, resource: &str) -> Result<(), iam::RoleDenied> {
    let caller = Caller::service();
    lab.world.look("us-east-1", lab.now, &caller, |view| iam::role_allows(view, ROLE, action, resource))
}

#[test]
fn a_role_is_asked_for_by_what_acts_as_it() {
    let mut lab = Lab::new();
    assert!(allows(&lab, "ecr:GetAuthorizationToken", "*").is_err(), "there is no such role");
    execution_role(
        &mut lab,
        &json!({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"}}}),
    );
    let denied = allows(&lab, "ecr:GetAuthorizationToken", "*").unwrap_err();
    assert_eq!(
        denied.message("7f3a"),
        "User: arn:aws:sts::123456789012:assumed-role/exec/7f3a is not authorized to perform: \
         ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the \
         ecr:GetAuthorizationToken action"
    );
    let policy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "exec", "PolicyArn": policy}));
    assert_eq!(allows(&lab, "ecr:GetAuthorizationToken", "*"), Ok(()));
    assert!(allows(&lab, "secretsmanager:GetSecretValue", "*").is_err());
    let assume = |service: &str, source: &str| {
        lab.world.look("us-east-1", lab.now, &Caller::service(), |view| {
            iam::service_may_assume(view, ROLE, service, source)
        })
    };
    let task = "arn:aws:ecs:us-east-1:123456789012:task/default/1";
    assert!(assume("ecs-tasks.amazonaws.com", task));
    assert!(!assume("ec2.amazonaws.com", task));
    assert!(!assume("ecs-tasks.amazonaws.com", "arn:aws:ecs:eu-west-1:123456789012:task/default/1"));
}

#[test]
fn a_condition_on_tags_sees_the_tags_of_the_resource() {
    let mut lab = Lab::new();
    for (name, team) in [("blue", "blue"), ("red", "red")] {
        let tags = json!([{"key": "team", "value": team}]);
        lab.call("ecs", "CreateCluster", json!({"clusterName": name, "tags": tags}));
    }
    let ann = user(
        &mut lab,
        &json!([
            {"Effect": "Allow", "Action": "ecs:DeleteCluster", "Resource": "*", "Condition":
                {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}},
            {"Effect": "Allow", "Action": "ecs:CreateCluster", "Resource": "*", "Condition":
                {"StringEquals": {"aws:RequestTag/team": "blue"},
                 "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
            {"Effect": "Allow", "Action": "ecs:ListClusters", "Resource": "*", "Condition":
                {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
            {"Effect": "Allow", "Action": "ecs:DescribeClusters", "Resource": "*", "Condition":
                {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        ]),
    );
    assert_eq!(may(&lab, &ann, "ecs", "DeleteCluster", &json!({"cluster": "blue"})), Ok(()));
    assert!(may(&lab, &ann, "ecs", "DeleteCluster", &json!({"cluster": "red"})).is_err());
    let tagged = |tags: Value| json!({"clusterName": "new", "tags": tags});
    let create = |tags: Value| may(&lab, &ann, "ecs", "CreateCluster", &tagged(tags));
    assert_eq!(create(json!([{"key": "team", "value": "blue"}])), Ok(()));
    assert!(create(json!([{"key": "team", "value": "red"}])).is_err());
    assert!(create(json!([{"key": "team", "value": "blue"}, {"key": "x", "value": "y"}])).is_err());
    assert_eq!(may(&lab, &ann, "ecs", "ListClusters", &json!({})), Ok(()));
    assert!(may(&lab, &ann, "ecs", "DescribeClusters", &json!({})).is_err());
}

#[test]
fn a_call_is_on_the_resources_of_its_input() {
    let lab = Lab::new();
    let on = |lab: &Lab, service: &str, operation: &str, input: Value| {
        lab.world.look("us-east-1", lab.now, &Caller::service(), |view| {
            iam::about::of(view, service, operation, &input).join(" ")
        })
    };
    for (service, operation, input, expected) in [
        (
            "ecs",
            "RunTask",
            json!({"taskDefinition": "web"}),
            "arn:aws:ecs:us-east-1:123456789012:task-definition/web:*",
        ),
        (
            "ecs",
            "RunTask",
            json!({"taskDefinition": "web:3"}),
            "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3",
        ),
        (
            "ecs",
            "UpdateService",
            json!({"cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/prod", "service": "web"}),
            "arn:aws:ecs:us-east-1:123456789012:service/prod/web",
        ),
        (
            "ecs",
            "DescribeTasks",
            json!({"tasks": ["a", "b"]}),
            "arn:aws:ecs:us-east-1:123456789012:task/default/a arn:aws:ecs:us-east-1:123456789012:task/default/b",
        ),
        ("ecs", "ListClusters", json!({}), "*"),
        ("ecr", "GetAuthorizationToken", json!({}), "*"),
        (
            "ecr",
            "PutImage",
            json!({"repositoryName": "a/b"}),
            "arn:aws:ecr:us-east-1:123456789012:repository/a/b",
        ),
        (
            "logs",
            "PutLogEvents",
            json!({"logGroupName": "/ecs/web", "logStreamName": "s/1"}),
            "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:log-stream:s/1",
        ),
        (
            "ssm",
            "GetParameter",
            json!({"Name": "/db/password"}),
            "arn:aws:ssm:us-east-1:123456789012:parameter/db/password",
        ),
        (
            "ssm",
            "GetParameters",
            json!({"Names": ["/aws/service/ecs/x"]}),
            "arn:aws:ssm:us-east-1::parameter/aws/service/ecs/x",
        ),
        (
            "monitoring",
            "PutMetricAlarm",
            json!({"AlarmName": "cpu"}),
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu",
        ),
        ("events", "PutRule", json!({"Name": "r"}), "arn:aws:events:us-east-1:123456789012:rule/r"),
        (
            "events",
            "PutTargets",
            json!({"Rule": "r", "EventBusName": "mine"}),
            "arn:aws:events:us-east-1:123456789012:rule/mine/r",
        ),
    ] {
        assert_eq!(on(&lab, service, operation, input), expected, "{service}:{operation}");
    }
}

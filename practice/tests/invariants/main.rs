//! What must hold of every world, tried on worlds that random commands have built: time passes the same in one leap
//! or in two, looking changes nothing, a refused command changes nothing, and the journal rebuilds the world.

mod around;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use practice::network::site::SiteAnswer;
use practice::world::Caller;
use practice::{Command, Outcome, Time, World, apply, catch_up_wholly};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

const START: Time = Time(1_795_252_353_000);
const REGION: &str = "us-east-1";
const WEAVE_AMI: &str = "ami-f560d8e3";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}"#;

/// A random step: which command, a number to choose its details by, and how long after the one before.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: u8,
    detail: u8,
    after_ms: i64,
}

fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![0_i64..2_000, 2_000_i64..90_000, 90_000_i64..5_000_000];
    (any::<u8>(), any::<u8>(), pause).prop_map(|(kind, detail, after_ms)| Step { kind, detail, after_ms })
}

fn call(service: &str, operation: &str, input: Value) -> Command {
    Command::Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        region: REGION.to_owned(),
        caller: Caller::root("123456789012"),
        input,
    }
}

/// What an operation answers on a copy, to choose from.
fn ask(world: &World, service: &str, operation: &str, input: Value, now: Time) -> Value {
    match apply(&mut world.clone(), &call(service, operation, input), now) {
        Outcome::Called(Ok(answer)) => answer,
        _ => Value::Null,
    }
}

fn pick(list: &Value, detail: u8) -> Value {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.get(usize::from(detail) % items.len().max(1)).cloned().unwrap_or_else(|| "nothing".into())
}

fn instance(world: &World, detail: u8, now: Time) -> Value {
    let found = ask(world, "ec2", "DescribeInstances", json!({}), now);
    let set = found["reservationSet"].as_array().cloned().unwrap_or_default();
    let ids: Vec<Value> = set
        .iter()
        .flat_map(|r| r["instancesSet"].as_array().cloned().unwrap_or_default())
        .map(|i| i["instanceId"].clone())
        .collect();
    pick(&Value::Array(ids), detail)
}

fn user_data() -> String {
    STANDARD.encode("#!/bin/bash\necho ECS_CLUSTER=c0 >> /etc/ecs/ecs.config\n")
}

fn subnets(world: &World, now: Time) -> String {
    let found = ask(world, "ec2", "DescribeSubnets", json!({}), now);
    pick(&found["subnetSet"], 0)["subnetId"].as_str().unwrap_or("none").to_owned()
}

/// A command to ECS.
fn ecs_command(world: &World, kind: u8, detail: u8, now: Time) -> Command {
    let cluster = format!("c{}", detail % 2);
    let service = format!("s{}", detail % 3);
    let ask = |operation: &str| ask(world, "ecs", operation, json!({"cluster": cluster}), now);
    match kind % 15 {
        0 => call("ecs", "CreateCluster", json!({"clusterName": cluster})),
        1 => call("ecs", "DeleteCluster", json!({"cluster": cluster})),
        2 | 3 => {
            let (image, port) = match detail % 4 {
                0 => ("nginx", 80),
                1 => ("no/such", 0),
                2 => ("busybox", 0),
                _ => ("redis", 0),
            };
            let container = json!({
                "name": "a", "image": image, "memory": 50 + i64::from(detail) * 2,
                "portMappings": [{"containerPort": 80, "hostPort": port}],
            });
            let family = format!("f{}", detail % 2);
            call(
                "ecs",
                "RegisterTaskDefinition",
                json!({"family": family, "containerDefinitions": [container]}),
            )
        }
        4 | 5 => {
            let mut input = json!({"cluster": cluster, "serviceName": service, "taskDefinition": "f0"});
            if detail.is_multiple_of(5) {
                input["schedulingStrategy"] = "DAEMON".into();
            } else {
                input["desiredCount"] = (detail % 4).into();
            }
            if detail.is_multiple_of(7) {
                let breaker = json!({"enable": true, "rollback": true});
                input["deploymentConfiguration"] = json!({"deploymentCircuitBreaker": breaker});
            }
            call("ecs", "CreateService", input)
        }
        6 => call(
            "ecs",
            "UpdateService",
            json!({"cluster": cluster, "service": service, "desiredCount": detail % 6}),
        ),
        7 => {
            let definition = format!("f{}", detail % 2);
            let input = json!({"cluster": cluster, "service": service, "taskDefinition": definition, "forceNewDeployment": true});
            call("ecs", "UpdateService", input)
        }
        8 => {
            let bounds = json!({"maximumPercent": 100 + i64::from(detail % 3) * 50, "minimumHealthyPercent": i64::from(detail) % 100});
            call(
                "ecs",
                "UpdateService",
                json!({"cluster": cluster, "service": service, "deploymentConfiguration": bounds}),
            )
        }
        9 => call(
            "ecs",
            "DeleteService",
            json!({"cluster": cluster, "service": service, "force": detail.is_multiple_of(2)}),
        ),
        10 => {
            call("ecs", "RunTask", json!({"cluster": cluster, "taskDefinition": "f1", "count": detail % 4}))
        }
        11 => {
            let task = pick(&ask("ListTasks")["taskArns"], detail);
            call("ecs", "StopTask", json!({"cluster": cluster, "task": task}))
        }
        12 => {
            let host = pick(&ask("ListContainerInstances")["containerInstanceArns"], detail);
            let status = if detail.is_multiple_of(2) { "DRAINING" } else { "ACTIVE" };
            call(
                "ecs",
                "UpdateContainerInstancesState",
                json!({"cluster": cluster, "containerInstances": [host], "status": status}),
            )
        }
        13 => {
            let host = pick(&ask("ListContainerInstances")["containerInstanceArns"], detail);
            call(
                "ecs",
                "DeregisterContainerInstance",
                json!({"cluster": cluster, "containerInstance": host, "force": detail.is_multiple_of(2)}),
            )
        }
        _ => call(
            "ecs",
            "DeregisterTaskDefinition",
            json!({"taskDefinition": format!("f{}:{}", detail % 2, detail % 3)}),
        ),
    }
}

/// The command of a step. Some of them fit the world, some do not.
fn command(world: &World, step: Step, now: Time) -> Command {
    let Step { kind, detail, .. } = step;
    let group = json!("g");
    // Half of the commands go to what stands around ECS.
    if kind >= 128 {
        return around::command(world, kind - 128, detail, now);
    }
    match kind % 24 {
        0..=14 => ecs_command(world, kind % 24, detail, now),
        15 => {
            let input = json!({
                "ImageId": WEAVE_AMI, "InstanceType": "t2.micro", "MinCount": "1", "MaxCount": "1",
                "UserData": user_data(), "IamInstanceProfile": {"Name": "p"},
            });
            call("ec2", "RunInstances", input)
        }
        16 => call("ec2", "TerminateInstances", json!({"InstanceId": [instance(world, detail, now)]})),
        17 => call("ec2", "StopInstances", json!({"InstanceId": [instance(world, detail, now)]})),
        18 => call("ec2", "StartInstances", json!({"InstanceId": [instance(world, detail, now)]})),
        19 => {
            let input = json!({
                "AutoScalingGroupName": group, "LaunchConfigurationName": "lc", "MinSize": "0", "MaxSize": "4",
                "DesiredCapacity": (detail % 4).to_string(), "VPCZoneIdentifier": subnets(world, now),
            });
            call("autoscaling", "CreateAutoScalingGroup", input)
        }
        20 => call(
            "autoscaling",
            "SetDesiredCapacity",
            json!({"AutoScalingGroupName": group, "DesiredCapacity": (detail % 5).to_string()}),
        ),
        21 => call(
            "autoscaling",
            "DeleteAutoScalingGroup",
            json!({"AutoScalingGroupName": group, "ForceDelete": "true"}),
        ),
        22 => {
            let (operation, input) = if detail.is_multiple_of(2) {
                ("DeleteRolePolicy", json!({"RoleName": "r", "PolicyName": "p"}))
            } else {
                ("PutRolePolicy", json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY}))
            };
            call("iam", operation, input)
        }
        _ => Command::SetSpeed(u32::from(detail % 3) * 3 + 1),
    }
}

/// What a student has built before the random commands come.
fn prologue() -> Vec<Command> {
    let launch = json!({
        "LaunchConfigurationName": "lc", "ImageId": WEAVE_AMI, "InstanceType": "t2.micro",
        "UserData": user_data(), "IamInstanceProfile": "p", "AssociatePublicIpAddress": "true",
    });
    vec![
        call("iam", "CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST})),
        call("iam", "PutRolePolicy", json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY})),
        call("iam", "CreateInstanceProfile", json!({"InstanceProfileName": "p"})),
        call("iam", "AddRoleToInstanceProfile", json!({"InstanceProfileName": "p", "RoleName": "r"})),
        call("ecs", "CreateCluster", json!({"clusterName": "c0"})),
        call("autoscaling", "CreateLaunchConfiguration", launch),
    ]
}

#[expect(clippy::unwrap_used, reason = "a world that cannot be stored must fail the test")]
fn bytes(world: &World) -> String {
    serde_json::to_string(world).unwrap()
}

/// Reads that between them show everything.
fn reads() -> Vec<Command> {
    vec![
        call("ecs", "DescribeClusters", json!({"clusters": ["c0", "c1"], "include": ["STATISTICS", "TAGS"]})),
        call("ecs", "DescribeServices", json!({"cluster": "c0", "services": ["s0", "s1", "s2"]})),
        call("ecs", "ListTasks", json!({"cluster": "c0"})),
        call("ecs", "ListContainerInstances", json!({"cluster": "c0"})),
        call("ecs", "ListTaskDefinitions", json!({})),
        call("ec2", "DescribeInstances", json!({})),
        call("ec2", "DescribeRouteTables", json!({})),
        call("autoscaling", "DescribeAutoScalingGroups", json!({})),
        call("autoscaling", "DescribeScalingActivities", json!({})),
        call("iam", "GetRole", json!({"RoleName": "r"})),
    ]
}

/// Builds a world, checking after every command what must hold; its journal.
fn build(steps: &[Step]) -> (World, Vec<(Command, Time)>) {
    build_counting(steps, &mut BTreeMap::new())
}

/// The same; counts which operations were accepted, and what visitors got.
fn build_counting(steps: &[Step], accepted: &mut BTreeMap<String, usize>) -> (World, Vec<(Command, Time)>) {
    let mut world = World::new("123456789012", 7);
    let mut journal = Vec::new();
    let mut now = START;
    let stages: [fn(&World, Time) -> Vec<Command>; 3] =
        [|_, _| prologue(), around::prologue, around::epilogue];
    for stage in stages {
        for command in stage(&world, now) {
            now = now.plus_ms(100);
            let outcome = apply(&mut world, &command, now);
            assert!(matches!(outcome, Outcome::Called(Ok(_))), "{command:?}: {outcome:?}");
            journal.push((command, now));
        }
        // The namespace is made in a while.
        now = now.plus_ms(60_000);
    }
    for step in steps {
        now = now.plus_ms(step.after_ms);
        let command = command(&world, *step, now);
        let mut passed = world.clone();
        catch_up_wholly(&mut passed, now);
        let name = match (apply(&mut world, &command, now), &command) {
            (Outcome::Called(Err(fault)), _) => {
                assert_ne!(fault.status, 500, "{command:?}: {fault}");
                // That it was refused is remembered, and nothing else.
                passed.cloudtrail.clone_from(&world.cloudtrail);
                assert_eq!(
                    bytes(&world),
                    bytes(&passed),
                    "{command:?} was refused with {fault} and left a trace"
                );
                None
            }
            (Outcome::Visited(SiteAnswer::Page { status, .. }), _) => Some(format!("page:{status}")),
            (_, Command::Call { service, operation, .. }) => Some(format!("{service}:{operation}")),
            _ => None,
        };
        if let Some(name) = name {
            *accepted.entry(name).or_default() += 1;
        }
        journal.push((command, now));
    }
    (world, journal)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn time_passes_the_same_in_one_leap_or_in_two(
        steps in prop::collection::vec(step(), 1..40),
        first in 0_i64..4_000_000,
        second in 0_i64..4_000_000,
    ) {
        let (mut one, journal) = build(&steps);
        let now = journal.last().unwrap().1;
        let mut two = one.clone();
        catch_up_wholly(&mut one, now.plus_ms(first + second));
        catch_up_wholly(&mut two, now.plus_ms(first));
        catch_up_wholly(&mut two, now.plus_ms(first + second));
        prop_assert_eq!(bytes(&one), bytes(&two));
    }

    #[test]
    fn looking_changes_nothing(steps in prop::collection::vec(step(), 1..40), after in 0_i64..4_000_000) {
        let (mut world, journal) = build(&steps);
        let now = journal.last().unwrap().1.plus_ms(after);
        catch_up_wholly(&mut world, now);
        let before = bytes(&world);
        for read in reads().into_iter().chain(around::reads(&world, now)) {
            apply(&mut world, &read, now);
            prop_assert_eq!(&bytes(&world), &before, "{:?}", read);
        }
    }

    #[test]
    fn the_journal_rebuilds_the_world(steps in prop::collection::vec(step(), 1..40), cut in any::<prop::sample::Index>()) {
        let (world, journal) = build(&steps);
        // From a snapshot somewhere, stored and read again, and the commands after it.
        let cut = cut.index(journal.len());
        let mut again = World::new("123456789012", 7);
        for (at, (command, now)) in journal.iter().enumerate() {
            if at == cut {
                again = serde_json::from_str(&bytes(&again)).unwrap();
            }
            apply(&mut again, command, *now);
        }
        prop_assert_eq!(bytes(&world), bytes(&again));
    }
}

/// The commands get somewhere: of those that matter, each is accepted now and then.
#[test]
fn the_random_commands_are_not_blind() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut accepted = BTreeMap::new();
    for _ in 0..10 {
        let steps = prop::collection::vec(step(), 60).new_tree(&mut runner).unwrap().current();
        build_counting(&steps, &mut accepted);
    }
    for name in [
        "ecs:CreateService",
        "ecs:UpdateService",
        "ecs:DeleteService",
        "ecs:RunTask",
        "ecs:StopTask",
        "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:DeleteListener",
        "monitoring:PutMetricData",
        "logs:DeleteLogGroup",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:TerminateInstances",
        "page:200",
    ] {
        assert!(accepted.contains_key(name), "{name} was never accepted: {accepted:?}");
    }
}

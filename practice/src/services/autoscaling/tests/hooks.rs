use serde_json::{Value, json};

use super::{activities, configure, create, group, member, states, subnets};
use crate::testing::Lab;

fn ready(desired: i32) -> Lab {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, desired, &a);
    lab
}

fn hook(lab: &mut Lab, name: &str, transition: &str, more: &Value) {
    let mut input = json!({"AutoScalingGroupName": "g", "LifecycleHookName": name,
        "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}")});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    lab.call("autoscaling", "PutLifecycleHook", input);
}

fn action(name: &str, instance: &str, result: Option<&str>) -> Value {
    json!({"AutoScalingGroupName": "g", "LifecycleHookName": name, "InstanceId": instance,
        "LifecycleActionResult": result})
}

#[test]
fn a_launch_waits_until_all_its_hooks_are_completed() {
    let mut lab = ready(0);
    hook(&mut lab, "one", "LAUNCHING", &json!({"HeartbeatTimeout": 600}));
    hook(&mut lab, "two", "LAUNCHING", &json!({"HeartbeatTimeout": "60", "DefaultResult": "CONTINUE"}));
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 1}));
    lab.advance(45);
    assert_eq!(states(&mut lab), ["Pending:Wait"]);
    assert_eq!(activities(&mut lab)[0]["StatusCode"], "MidLifecycleAction");
    let id = member(&mut lab);
    lab.advance(120);
    assert_eq!(
        states(&mut lab),
        ["Pending:Wait"],
        "the second continued by itself, the first still holds it"
    );
    let again = lab.try_call("autoscaling", "CompleteLifecycleAction", action("two", &id, Some("CONTINUE")));
    assert_eq!(again.unwrap_err().message, format!("No active Lifecycle Action found with instance ID {id}"));
    lab.advance(300);
    lab.call("autoscaling", "RecordLifecycleActionHeartbeat", action("one", &id, None));
    lab.advance(500);
    assert_eq!(states(&mut lab), ["Pending:Wait"], "the heartbeat gave it ten minutes more");
    lab.call("autoscaling", "CompleteLifecycleAction", action("one", &id, Some("CONTINUE")));
    assert_eq!(states(&mut lab), ["Pending:Proceed"]);
    lab.advance(10);
    assert_eq!(states(&mut lab), ["InService"]);
    assert_eq!(activities(&mut lab)[0]["StatusCode"], "Successful");
    lab.settle();
    assert_eq!(member(&mut lab), id);
}

#[test]
fn an_abandoned_launch_is_tried_again() {
    let mut lab = ready(0);
    hook(&mut lab, "boot", "LAUNCHING", &json!({"HeartbeatTimeout": 30}));
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 1}));
    lab.advance(20);
    let first = member(&mut lab);
    lab.advance(50);
    let all = activities(&mut lab);
    let launch = all.iter().find(|a| a["StatusCode"] == "Cancelled").unwrap();
    let message = launch["StatusMessage"].as_str().unwrap();
    assert!(
        message
            .starts_with("Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ")
    );
    assert!(message.ends_with(" was abandoned: Heartbeat Timeout Expired"), "{message}");
    assert!(launch["Description"].as_str().unwrap().contains(&first));
    let state = lab.call("ec2", "DescribeInstances", json!({"InstanceId": [first]}))["reservationSet"][0]
        ["instancesSet"][0]["instanceState"]["name"]
        .clone();
    assert_ne!(state, "running");
    lab.call(
        "autoscaling",
        "DeleteLifecycleHook",
        json!({"AutoScalingGroupName": "g", "LifecycleHookName": "boot"}),
    );
    lab.advance(180);
    assert_eq!(states(&mut lab), ["InService"]);
    assert_ne!(member(&mut lab), first);
}

#[test]
fn a_termination_waits_and_then_happens() {
    let mut lab = ready(1);
    lab.advance(60);
    hook(&mut lab, "drain", "TERMINATING", &json!({"HeartbeatTimeout": 300, "NotificationMetadata": "m"}));
    let id = member(&mut lab);
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 0}));
    lab.advance(60);
    assert_eq!(states(&mut lab), ["Terminating:Wait"]);
    let name = |lab: &mut Lab| {
        lab.call("ec2", "DescribeInstances", json!({"InstanceId": [id]}))["reservationSet"][0]["instancesSet"]
            [0]["instanceState"]["name"]
            .clone()
    };
    assert_eq!(name(&mut lab), "running", "it may still finish what it is at");
    lab.call("autoscaling", "CompleteLifecycleAction", action("drain", &id, Some("ABANDON")));
    assert_eq!(states(&mut lab), ["Terminating:Proceed"]);
    assert_eq!(name(&mut lab), "shutting-down");
    lab.settle();
    assert_eq!(states(&mut lab), [] as [&str; 0]);
    // And by itself, when nobody completes it.
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 1}));
    lab.advance(60);
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 0}));
    lab.advance(290);
    assert_eq!(states(&mut lab), ["Terminating:Wait"]);
    lab.advance(120);
    assert_eq!(states(&mut lab), [] as [&str; 0]);
}

#[test]
fn deleting_a_group_waits_for_no_hook() {
    let mut lab = ready(2);
    lab.advance(60);
    hook(&mut lab, "drain", "TERMINATING", &json!({}));
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 1}));
    lab.advance(20);
    let mut now = states(&mut lab);
    now.sort();
    assert_eq!(now, ["InService", "Terminating:Wait"]);
    lab.call(
        "autoscaling",
        "DeleteAutoScalingGroup",
        json!({"AutoScalingGroupName": "g", "ForceDelete": true}),
    );
    lab.advance(60);
    assert!(group(&mut lab).is_null());
}

#[test]
fn hooks_are_described_and_checked() {
    let mut lab = ready(0);
    hook(&mut lab, "b", "TERMINATING", &json!({"HeartbeatTimeout": 7200, "DefaultResult": "CONTINUE"}));
    hook(&mut lab, "a", "LAUNCHING", &json!({"HeartbeatTimeout": 30}));
    lab.call(
        "autoscaling",
        "PutLifecycleHook",
        json!({"AutoScalingGroupName": "g", "LifecycleHookName": "a", "NotificationMetadata": "new"}),
    );
    let all = lab.call("autoscaling", "DescribeLifecycleHooks", json!({"AutoScalingGroupName": "g"}));
    let shown = |at: usize| all["LifecycleHooks"][at].clone();
    assert_eq!(shown(0)["GlobalTimeout"], 3_000);
    assert_eq!(
        (shown(0)["HeartbeatTimeout"].clone(), shown(0)["DefaultResult"].clone()),
        (json!(30), json!("ABANDON"))
    );
    assert_eq!(shown(0)["NotificationMetadata"], "new");
    assert_eq!(
        (shown(1)["GlobalTimeout"].clone(), shown(1)["DefaultResult"].clone()),
        (json!(172_800), json!("CONTINUE"))
    );
    let types = lab.call("autoscaling", "DescribeLifecycleHookTypes", json!({}));
    assert_eq!(types["LifecycleHookTypes"].as_array().unwrap().len(), 2);
    for more in [
        json!({"LifecycleTransition": "autoscaling:SOMETHING"}),
        json!({}),
        json!({"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 29}),
        json!({"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "DefaultResult": "MAYBE"}),
        json!({"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "RoleARN": "arn:aws:iam::1:role/r",
            "NotificationTargetARN": "arn:aws:sns:us-east-1:123456789012:t"}),
        json!({"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "LifecycleHookName": "a b"}),
    ] {
        let mut input = json!({"AutoScalingGroupName": "g", "LifecycleHookName": "c"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(lab.refused("autoscaling", "PutLifecycleHook", input), "ValidationError", "{more}");
    }
    // A group can be created with them.
    let (a, _) = subnets(&mut lab);
    let list =
        json!([{"LifecycleHookName": "own", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}]);
    let input = json!({"AutoScalingGroupName": "h", "LaunchConfigurationName": "lc", "MinSize": 1, "MaxSize": 1,
        "VPCZoneIdentifier": a, "LifecycleHookSpecificationList": list});
    lab.call("autoscaling", "CreateAutoScalingGroup", input);
    lab.advance(60);
    let input = json!({"AutoScalingGroupNames": ["h"]});
    let h = lab.call("autoscaling", "DescribeAutoScalingGroups", input)["AutoScalingGroups"][0].clone();
    assert_eq!(h["Instances"][0]["LifecycleState"], "Pending:Wait");
}

use serde_json::{Value, json};

use super::{activities, configure, create, group, states, subnets};
use crate::testing::Lab;

fn ready(desired: i32) -> Lab {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, desired, &a);
    lab.advance(60);
    lab
}

fn put(lab: &mut Lab, name: &str, more: &Value) -> Value {
    lab.call("autoscaling", "PutScalingPolicy", input(name, more))
}

fn input(name: &str, more: &Value) -> Value {
    let mut input = json!({"AutoScalingGroupName": "g", "PolicyName": name});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn alarm(lab: &mut Lab, name: &str, arn: &Value, comparison: &str) {
    let input = json!({"AlarmName": name, "Namespace": "Queue", "MetricName": "Depth", "Statistic": "Average",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 50.0, "ComparisonOperator": comparison,
        "AlarmActions": [arn]});
    lab.call("monitoring", "PutMetricAlarm", input);
}

fn depth(lab: &mut Lab, values: &[f64]) {
    for value in values {
        let data = json!([{"MetricName": "Depth", "Value": value}]);
        lab.call("monitoring", "PutMetricData", json!({"Namespace": "Queue", "MetricData": data}));
        lab.advance(60);
    }
}

fn desired(lab: &mut Lab) -> i64 {
    group(lab)["DesiredCapacity"].as_i64().unwrap()
}

#[test]
fn a_simple_policy_rests_after_each_activity() {
    let mut lab = ready(1);
    lab.advance(600);
    let more = json!({"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": "1", "Cooldown": "240"});
    let arn = put(&mut lab, "out", &more)["PolicyARN"].clone();
    alarm(&mut lab, "deep", &arn, "GreaterThanThreshold");
    depth(&mut lab, &[80.0; 4]);
    assert_eq!(desired(&mut lab), 2, "one at once, then the cooldown");
    let cause = activities(&mut lab)[0]["Cause"].as_str().unwrap().to_owned();
    assert!(
        cause.contains("a monitor alarm deep in state ALARM triggered policy out changing the desired capacity from 1 to 2."),
        "{cause}"
    );
    depth(&mut lab, &[80.0; 4]);
    assert_eq!(desired(&mut lab), 3, "and then the next");
    let execute = json!({"AutoScalingGroupName": "g", "PolicyName": "out", "HonorCooldown": true});
    assert_eq!(lab.refused("autoscaling", "ExecutePolicy", execute), "ScalingActivityInProgress");
    lab.call("autoscaling", "ExecutePolicy", json!({"PolicyName": arn}));
    assert_eq!(desired(&mut lab), 4);
    lab.call("autoscaling", "DeletePolicy", json!({"PolicyName": arn}));
    let deep = lab.call("monitoring", "DescribeAlarms", json!({}))["MetricAlarms"][0].clone();
    assert_eq!((deep["AlarmName"].clone(), deep["AlarmActions"].clone()), (json!("deep"), json!([])));
}

#[test]
fn steps_count_what_warms_up() {
    let mut lab = ready(1);
    let steps = json!([{"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": "20", "ScalingAdjustment": "3"}]);
    let more = json!({"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps,
        "EstimatedInstanceWarmup": 600});
    let arn = put(&mut lab, "steps", &more)["PolicyARN"].clone();
    alarm(&mut lab, "deep", &arn, "GreaterThanThreshold");
    depth(&mut lab, &[60.0; 4]);
    assert_eq!(desired(&mut lab), 2, "the first step once, as its instance still warms up");
    depth(&mut lab, &[90.0; 3]);
    assert_eq!(desired(&mut lab), 4, "the larger step less what is on its way");
    depth(&mut lab, &[60.0; 12]);
    assert_eq!(desired(&mut lab), 5, "warm by now: the first step again, up to the maximum");
    let all = lab.call("autoscaling", "DescribePolicies", json!({"PolicyTypes": ["StepScaling"]}));
    let shown = all["ScalingPolicies"][0].clone();
    assert_eq!(shown["Alarms"][0]["AlarmName"], "deep");
    assert_eq!(shown["StepAdjustments"][1]["ScalingAdjustment"], 3);
    let down = json!([{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -50}]);
    let more = json!({"PolicyType": "StepScaling", "AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": down});
    put(&mut lab, "halve", &more);
    lab.advance(1_200);
    let execute =
        json!({"AutoScalingGroupName": "g", "PolicyName": "halve", "MetricValue": 10, "BreachThreshold": 50});
    lab.call("autoscaling", "ExecutePolicy", execute);
    assert_eq!(desired(&mut lab), 3);
}

#[test]
fn target_tracking_scales_by_its_own_alarms() {
    let mut lab = ready(2);
    let metric = json!({"MetricName": "Depth", "Namespace": "Queue", "Statistic": "Average"});
    let more = json!({"PolicyType": "TargetTrackingScaling", "EstimatedInstanceWarmup": 60,
        "TargetTrackingConfiguration": {"TargetValue": "50.0", "CustomizedMetricSpecification": metric}});
    let made = put(&mut lab, "depth", &more);
    assert_eq!(made["Alarms"].as_array().unwrap().len(), 2);
    let high = made["Alarms"][0]["AlarmName"].as_str().unwrap().to_owned();
    assert!(high.starts_with("TargetTracking-g-AlarmHigh-"), "{high}");
    depth(&mut lab, &[80.0; 4]);
    assert_eq!(desired(&mut lab), 4, "2 * 80 / 50");
    depth(&mut lab, &[20.0; 20]);
    assert!(desired(&mut lab) < 4, "and in again, after a quarter of an hour");
    lab.call("autoscaling", "DeletePolicy", json!({"AutoScalingGroupName": "g", "PolicyName": "depth"}));
    assert_eq!(lab.call("monitoring", "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
}

#[test]
fn target_tracking_scales_in_when_all_policies_would() {
    let mut lab = ready(2);
    for name in ["Depth", "Age"] {
        let metric = json!({"MetricName": name, "Namespace": "Queue", "Statistic": "Average"});
        let more = json!({"PolicyType": "TargetTrackingScaling", "EstimatedInstanceWarmup": 60,
            "TargetTrackingConfiguration": {"TargetValue": "50.0", "CustomizedMetricSpecification": metric}});
        put(&mut lab, name, &more);
    }
    // Nobody has measured the age yet: its alarm is on neither side.
    depth(&mut lab, &[20.0; 20]);
    assert_eq!(desired(&mut lab), 2);
    lab.call("autoscaling", "DeletePolicy", json!({"AutoScalingGroupName": "g", "PolicyName": "Age"}));
    depth(&mut lab, &[20.0; 2]);
    assert_eq!(desired(&mut lab), 1);
}

#[test]
fn idle_groups_shrink_and_their_alarms_go_with_them() {
    let mut lab = ready(3);
    let cpu = json!({"TargetValue": 50, "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}});
    put(&mut lab, "cpu", &json!({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": cpu}));
    lab.advance(1_800);
    assert_eq!(desired(&mut lab), 1, "three instances with next to nothing to do");
    assert_eq!(states(&mut lab), ["InService"]);
    lab.call(
        "autoscaling",
        "DeleteAutoScalingGroup",
        json!({"AutoScalingGroupName": "g", "ForceDelete": true}),
    );
    lab.advance(120);
    assert!(group(&mut lab).is_null());
    assert_eq!(lab.call("monitoring", "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
    lab.settle();
    assert_eq!(crate::engine::next_event(&lab.world), None, "nothing is left to do");
}

#[test]
fn disabled_and_suspended_policies_do_nothing() {
    let mut lab = ready(1);
    lab.advance(600);
    let more = json!({"AdjustmentType": "ExactCapacity", "ScalingAdjustment": 3});
    let mut off = more.clone();
    off["Enabled"] = json!("false");
    let arn = put(&mut lab, "exact", &off)["PolicyARN"].clone();
    alarm(&mut lab, "deep", &arn, "GreaterThanThreshold");
    depth(&mut lab, &[80.0; 2]);
    assert_eq!(desired(&mut lab), 1);
    put(&mut lab, "exact", &more);
    let suspend = json!({"AutoScalingGroupName": "g", "ScalingProcesses": ["AlarmNotification"]});
    lab.call("autoscaling", "SuspendProcesses", suspend.clone());
    depth(&mut lab, &[80.0; 2]);
    assert_eq!(desired(&mut lab), 1);
    lab.call("autoscaling", "ResumeProcesses", suspend);
    depth(&mut lab, &[80.0; 2]);
    assert_eq!(desired(&mut lab), 3);
}

#[test]
fn policies_are_checked() {
    let mut lab = ready(1);
    let tracking =
        |metric: Value| json!({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": metric});
    let network = json!({"PredefinedMetricType": "ASGAverageNetworkIn"});
    for more in [
        json!({"AdjustmentType": "ChangeInCapacity"}),
        json!({"ScalingAdjustment": 1}),
        json!({"AdjustmentType": "Whatever", "ScalingAdjustment": 1}),
        json!({"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity"}),
        json!({"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity", "Cooldown": 3,
            "StepAdjustments": [{"ScalingAdjustment": 1}]}),
        json!({"PolicyType": "PredictiveScaling"}),
        tracking(json!({"TargetValue": 50})),
        tracking(json!({"TargetValue": 50, "PredefinedMetricSpecification": network})),
    ] {
        let refused = lab.refused("autoscaling", "PutScalingPolicy", input("p", &more));
        assert_eq!(refused, "ValidationError", "{more}");
    }
    assert_eq!(lab.refused("autoscaling", "DeletePolicy", input("p", &json!({}))), "ValidationError");
}

//! Through the front door.

use serde_json::{Value, json};

use crate::testing::Lab;

const AAS: &str = "application-autoscaling";
const RESOURCE: &str = "service/shop/web";

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
fn with(extra: Value) -> Value {
    let mut input = json!({
        "ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": "ecs:service:DesiredCount",
    });
    for (key, value) in extra.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// A service of two tasks that nothing runs, scalable from one to six.
fn shop(lab: &mut Lab) {
    lab.call("ecs", "CreateCluster", json!({"clusterName": "shop"}));
    let container = json!({"name": "web", "image": "nginx", "memory": 128, "cpu": 128});
    lab.call("ecs", "RegisterTaskDefinition", json!({"family": "web", "containerDefinitions": [container]}));
    let service =
        json!({"cluster": "shop", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2});
    lab.call("ecs", "CreateService", service);
    lab.call(AAS, "RegisterScalableTarget", with(json!({"MinCapacity": 1, "MaxCapacity": 6})));
}

fn desired(lab: &mut Lab) -> i64 {
    let answer = lab.call("ecs", "DescribeServices", json!({"cluster": "shop", "services": ["web"]}));
    answer["services"][0]["desiredCount"].as_i64().unwrap()
}

fn load(lab: &mut Lab, value: f64, minutes: u32) {
    for _ in 0..minutes {
        let data = json!([{"MetricName": "Depth", "Value": value}]);
        lab.call("monitoring", "PutMetricData", json!({"Namespace": "Queue", "MetricData": data}));
        lab.advance(60);
    }
}

#[test]
fn target_tracking_scales_out_and_in_within_bounds() {
    let mut lab = Lab::new();
    shop(&mut lab);
    let tracking = json!({
        "TargetValue": 50.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 60,
        "CustomizedMetricSpecification": {"Namespace": "Queue", "MetricName": "Depth", "Statistic": "Average"},
    });
    let policy = json!({
        "PolicyName": "depth", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": tracking,
    });
    let put = lab.call(AAS, "PutScalingPolicy", with(policy));
    let name = put["Alarms"][0]["AlarmName"].as_str().unwrap();
    assert!(name.starts_with("TargetTracking-service/shop/web-AlarmHigh-"), "{name}");
    load(&mut lab, 100.0, 3);
    assert_eq!(desired(&mut lab), 4, "twice the target, twice the tasks");
    load(&mut lab, 100.0, 10);
    assert_eq!(desired(&mut lab), 6, "no more than the maximum");
    let activities = lab.call(AAS, "DescribeScalingActivities", json!({"ServiceNamespace": "ecs"}));
    let first = activities["ScalingActivities"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(first["Description"], "Setting desired count to 4.");
    assert_eq!(
        first["StatusMessage"],
        "Successfully set desired count to 4. Change successfully fulfilled by ecs."
    );
    assert_eq!(first["Cause"], format!("monitor alarm {name} in state ALARM triggered policy depth"));
    load(&mut lab, 1.0, 30);
    assert_eq!(desired(&mut lab), 1, "no less than the minimum");
    lab.call(AAS, "DeleteScalingPolicy", with(json!({"PolicyName": "depth"})));
    let alarms = lab.call("monitoring", "DescribeAlarms", json!({}));
    assert_eq!(alarms["MetricAlarms"], json!([]));
}

#[test]
fn policies_scale_out_alone_and_in_together() {
    let mut lab = Lab::new();
    shop(&mut lab);
    for metric in ["Depth", "Age"] {
        let tracking = json!({
            "TargetValue": 50.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 60,
            "CustomizedMetricSpecification": {"Namespace": "Queue", "MetricName": metric, "Statistic": "Average"},
        });
        let policy = json!({
            "PolicyName": metric, "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        });
        lab.call(AAS, "PutScalingPolicy", with(policy));
    }
    let load = |lab: &mut Lab, depth: f64, age: f64, minutes: u32| {
        for _ in 0..minutes {
            let data = json!([{"MetricName": "Depth", "Value": depth}, {"MetricName": "Age", "Value": age}]);
            lab.call("monitoring", "PutMetricData", json!({"Namespace": "Queue", "MetricData": data}));
            lab.advance(60);
        }
    };
    load(&mut lab, 100.0, 1.0, 5);
    assert!(desired(&mut lab) >= 4, "one is enough to scale out");
    load(&mut lab, 50.0, 1.0, 30);
    let held = desired(&mut lab);
    assert!(held >= 4, "{held}: one is not enough to scale in");
    load(&mut lab, 1.0, 1.0, 30);
    assert_eq!(desired(&mut lab), 1, "both are");
}

#[test]
fn steps_follow_an_alarm_of_one_s_own() {
    let mut lab = Lab::new();
    shop(&mut lab);
    let steps = json!([
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 3},
    ]);
    let policy = json!({
        "PolicyName": "steps", "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps, "Cooldown": 300},
    });
    let arn = lab.call(AAS, "PutScalingPolicy", with(policy))["PolicyARN"].clone();
    let alarm = json!({
        "AlarmName": "deep", "Namespace": "Queue", "MetricName": "Depth", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [arn],
    });
    lab.call("monitoring", "PutMetricAlarm", alarm);
    load(&mut lab, 80.0, 3);
    assert_eq!(desired(&mut lab), 5, "the second step, once: then it rests");
}

#[test]
fn a_schedule_moves_the_bounds_and_the_count_follows() {
    let mut lab = Lab::new();
    shop(&mut lab);
    let action = json!({
        "ScheduledActionName": "rush", "Schedule": "cron(0 10 * * ? *)",
        "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 8},
    });
    lab.call(AAS, "PutScheduledAction", with(action));
    lab.advance(30 * 60);
    assert_eq!(desired(&mut lab), 2);
    lab.advance(30 * 60);
    assert_eq!(desired(&mut lab), 4);
    let targets = lab.call(AAS, "DescribeScalableTargets", json!({"ServiceNamespace": "ecs"}));
    assert_eq!(targets["ScalableTargets"][0]["MaxCapacity"], 8);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut lab = Lab::new();
    shop(&mut lab);
    let refused = |lab: &mut Lab, operation: &str, input: Value| lab.refused(AAS, operation, input);
    let spot = json!({"ServiceNamespace": "ec2", "ResourceId": "x", "ScalableDimension": "ec2:spot-fleet-request:TargetCapacity", "MinCapacity": 1, "MaxCapacity": 2});
    assert_eq!(refused(&mut lab, "RegisterScalableTarget", spot), "ValidationException");
    assert_eq!(
        refused(&mut lab, "RegisterScalableTarget", with(json!({"MinCapacity": 3, "MaxCapacity": 2}))),
        "ValidationException"
    );
    let nowhere = with(json!({"ResourceId": "service/shop/no", "MinCapacity": 1, "MaxCapacity": 2}));
    assert_eq!(refused(&mut lab, "RegisterScalableTarget", nowhere), "ValidationException");
    let policy = with(
        json!({"PolicyName": "p", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 0}}),
    );
    assert_eq!(refused(&mut lab, "PutScalingPolicy", policy), "ValidationException");
    assert_eq!(
        refused(&mut lab, "DeleteScalingPolicy", with(json!({"PolicyName": "p"}))),
        "ObjectNotFoundException"
    );
    let late = with(
        json!({"ScheduledActionName": "a", "Schedule": "at(2020-01-01T00:00:00)", "ScalableTargetAction": {"MinCapacity": 1}}),
    );
    assert_eq!(refused(&mut lab, "PutScheduledAction", late), "ValidationException");
}

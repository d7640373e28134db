//! Targets and policies, driven by hand.

use serde_json::{Value, json};

use crate::testing::driver::Driver;

fn service(driver: &mut Driver) {
    driver.create("AWS::ECS::Cluster", &json!({"ClusterName": "c"}));
    let container = json!({"Name": "web", "Image": "nginx", "Memory": 64});
    let definition = driver.create("AWS::ECS::TaskDefinition", &json!({"ContainerDefinitions": [container]}));
    let service =
        json!({"Cluster": "c", "ServiceName": "s", "TaskDefinition": definition.id, "DesiredCount": 0});
    driver.create("AWS::ECS::Service", &service);
}

fn target(most: u32, actions: &Value) -> Value {
    json!({
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "ResourceId": "service/c/s",
        "MinCapacity": 0, "MaxCapacity": most, "ScheduledActions": actions,
    })
}

#[test]
fn a_target_and_its_policies() {
    let mut driver = Driver::new();
    let missing = driver.try_create("AWS::ApplicationAutoScaling::ScalableTarget", &target(1, &json!([])));
    assert!(missing.unwrap_err().message.contains("ECS service doesn't exist"));
    service(&mut driver);
    let action = |name: &str, cron: &str| {
        json!({"ScheduledActionName": name, "Schedule": cron, "ScalableTargetAction": {"MaxCapacity": 2},
               "StartTime": "2026-12-01T00:00:00Z"})
    };
    let first = json!([action("a", "cron(0 8 * * ? *)"), action("b", "cron(0 9 * * ? *)")]);
    let mut made = driver.create("AWS::ApplicationAutoScaling::ScalableTarget", &target(4, &first));
    assert_eq!(driver.reference(&made), "service/c/s|ecs:service:DesiredCount|ecs");
    let second = json!([action("b", "cron(0 10 * * ? *)")]);
    driver.update(&mut made, &target(5, &second));
    let told = driver.lab.call(
        "application-autoscaling",
        "DescribeScheduledActions",
        json!({"ServiceNamespace": "ecs"}),
    );
    let actions = told["ScheduledActions"].as_array().unwrap();
    assert_eq!((actions.len(), &actions[0]["Schedule"]), (1, &json!("cron(0 10 * * ? *)")));
    let told = driver.lab.call(
        "application-autoscaling",
        "DescribeScalableTargets",
        json!({"ServiceNamespace": "ecs"}),
    );
    assert_eq!(told["ScalableTargets"][0]["MaxCapacity"], 5);

    let policy = |value: u32| {
        let metric = json!({"PredefinedMetricType": "ECSServiceAverageCPUUtilization"});
        json!({
            "PolicyName": "p", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": made.id,
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": value, "PredefinedMetricSpecification": metric},
        })
    };
    let mut tracking = driver.create("AWS::ApplicationAutoScaling::ScalingPolicy", &policy(50));
    assert!(tracking.id.contains(":scalingPolicy:"), "{}", tracking.id);
    assert_eq!(driver.attribute(&tracking, "Arn"), tracking.id);
    driver.update(&mut tracking, &policy(60));
    let told = driver.lab.call(
        "application-autoscaling",
        "DescribeScalingPolicies",
        json!({"ServiceNamespace": "ecs"}),
    );
    let shown = &told["ScalingPolicies"][0];
    assert_eq!(shown["TargetTrackingScalingPolicyConfiguration"]["TargetValue"], 60.0);
    assert_eq!(shown["PolicyARN"], tracking.id);
    driver.delete(&tracking);
    driver.delete(&made);
}

#[test]
fn a_schedule_that_is_refused_leaves_no_target() {
    let mut driver = Driver::new();
    service(&mut driver);
    let wrong = json!([{"ScheduledActionName": "a", "Schedule": "sometimes", "ScalableTargetAction": {"MaxCapacity": 1}}]);
    let fault =
        driver.try_create("AWS::ApplicationAutoScaling::ScalableTarget", &target(4, &wrong)).unwrap_err();
    assert!(fault.message.contains("schedule"), "{fault}");
    assert!(driver.look(|view| view.region.application_autoscaling.targets.is_empty()));
}

//! Rules and buses, driven by hand.

use serde_json::{Value, json};

use crate::testing::driver::{Driver, Made};

fn targets(driver: &mut Driver, bus: &str, name: &str) -> Value {
    driver.lab.call("events", "ListTargetsByRule", json!({"Rule": name, "EventBusName": bus}))["Targets"]
        .clone()
}

#[test]
fn a_rule_and_its_targets() {
    let mut driver = Driver::new();
    let log =
        |id: &str| json!({"Id": id, "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/x"});
    let pattern = json!({"source": ["aws.ecs"]});
    let first = json!({"EventPattern": pattern, "Targets": [log("a"), log("b")], "Tags": [{"Key": "k", "Value": "1"}]});
    let mut made = driver.create("AWS::Events::Rule", &first);
    assert_eq!(driver.reference(&made), "demo-Thing1-000000000001");
    let arn = driver.attribute(&made, "Arn");
    assert_eq!(arn, format!("arn:aws:events:us-east-1:123456789012:rule/{}", made.id));
    let told = driver.lab.call("events", "DescribeRule", json!({"Name": made.id}));
    assert_eq!(serde_json::from_str::<Value>(told["EventPattern"].as_str().unwrap()).unwrap(), pattern);
    driver.update(&mut made, &json!({"ScheduleExpression": "rate(5 minutes)", "State": "DISABLED", "Targets": [log("b"), log("c")]}));
    let told = driver.lab.call("events", "DescribeRule", json!({"Name": made.id}));
    assert_eq!((&told["State"], told.get("EventPattern")), (&json!("DISABLED"), None));
    let all = targets(&mut driver, "default", &made.id);
    let ids: Vec<&Value> = all.as_array().unwrap().iter().map(|target| &target["Id"]).collect();
    assert_eq!(ids, ["b", "c"]);
    driver.delete(&made);

    let wrong = json!({"Name": "r", "ScheduleExpression": "rate(5 minutes)", "Targets": [{"Id": "a", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}]});
    assert!(
        driver
            .try_create("AWS::Events::Rule", &wrong)
            .unwrap_err()
            .message
            .contains("sqs cannot be a target")
    );
    assert!(driver.look(|view| view.region.events.rule("default", "r").is_none()), "it has gone again");
}

#[test]
fn what_ecs_is_told_has_its_own_names() {
    let network = json!({"AwsVpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}});
    let ecs = json!({
        "TaskDefinitionArn": "arn:x", "NetworkConfiguration": network, "TagList": [{"Key": "k", "Value": "v"}],
        "PlacementStrategies": [{"Type": "spread", "Field": "host"}],
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
    });
    let target = super::target(&json!({"Id": "a", "Arn": "arn:y", "EcsParameters": ecs}));
    assert_eq!(
        target["EcsParameters"],
        json!({
            "TaskDefinitionArn": "arn:x", "Tags": [{"Key": "k", "Value": "v"}],
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}},
            "PlacementStrategy": [{"type": "spread", "field": "host"}],
            "CapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        })
    );
}

#[test]
fn a_bus_and_a_rule_on_it() {
    let mut driver = Driver::new();
    let mut bus: Made = driver.create("AWS::Events::EventBus", &json!({"Name": "shop", "Description": "a"}));
    assert_eq!(driver.attribute(&bus, "Arn"), "arn:aws:events:us-east-1:123456789012:event-bus/shop");
    driver
        .update(&mut bus, &json!({"Name": "shop", "Description": "b", "Tags": [{"Key": "k", "Value": "v"}]}));
    assert_eq!(driver.lab.call("events", "DescribeEventBus", json!({"Name": "shop"}))["Description"], "b");
    let rule = json!({"Name": "r", "EventBusName": bus.id, "EventPattern": {"source": ["x"]}});
    let rule = driver.create("AWS::Events::Rule", &rule);
    assert_eq!(driver.reference(&rule), "shop|r");
    assert_eq!(driver.attribute(&rule, "Arn"), "arn:aws:events:us-east-1:123456789012:rule/shop/r");
    assert!(driver.try_delete(&bus).unwrap_err().message.contains("it has rules"));
    driver.delete(&rule);
    driver.delete(&bus);
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault = driver.try_create("AWS::Events::EventBus", &json!({"Name": "shop"})).unwrap_err();
    assert!(fault.message.contains("events:CreateEventBus"), "{fault}");
}

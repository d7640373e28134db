//! The resource types of CloudWatch Logs, driven by hand.

use serde_json::json;

use crate::resource::Actual;
use crate::testing::driver::Driver;

#[test]
fn a_group_its_stream_and_filter() {
    let mut driver = Driver::new();
    let properties = json!({"RetentionInDays": 7, "Tags": [{"Key": "a", "Value": "1"}]});
    let mut group = driver.create("AWS::Logs::LogGroup", &properties);
    assert_eq!(driver.reference(&group), "demo-Thing1-000000000001");
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:demo-Thing1-000000000001";
    assert_eq!(driver.attribute(&group, "Arn"), format!("{arn}:*"));
    let Actual::Is(actual) = driver.actual(&group) else { panic!("it is there") };
    assert_eq!((&actual["RetentionInDays"], &actual["Tags"]), (&json!(7), &properties["Tags"]));

    driver.update(
        &mut group,
        &json!({"DeletionProtectionEnabled": true, "Tags": [{"Key": "b", "Value": "2"}]}),
    );
    let Actual::Is(actual) = driver.actual(&group) else { panic!("it is there") };
    assert_eq!(actual.get("RetentionInDays"), None, "for ever again");
    assert_eq!(actual["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let tags = driver.lab.call("logs", "ListTagsForResource", json!({"resourceArn": arn}))["tags"].clone();
    assert_eq!(tags["aws:cloudformation:stack-name"], "demo");
    assert!(driver.try_delete(&group).unwrap_err().message.contains("deletion protection"));
    driver.update(&mut group, &json!({}));

    let stream =
        driver.create("AWS::Logs::LogStream", &json!({"LogGroupName": group.id, "LogStreamName": "s"}));
    assert_eq!(driver.reference(&stream), "s");
    let filter = |pattern: &str| {
        json!({
            "LogGroupName": group.id, "FilterPattern": pattern,
            "MetricTransformations": [{
                "MetricName": "m", "MetricNamespace": "n", "MetricValue": "1",
                "Dimensions": [{"Key": "d", "Value": "$.x"}],
            }],
        })
    };
    let mut made = driver.create("AWS::Logs::MetricFilter", &filter("ERROR"));
    driver.update(&mut made, &filter("WARN"));
    let told = driver.lab.call("logs", "DescribeMetricFilters", json!({"logGroupName": group.id}));
    let told = &told["metricFilters"][0];
    assert_eq!((&told["filterPattern"], &told["filterName"]), (&json!("WARN"), &json!(made.id)));
    assert_eq!(told["metricTransformations"][0]["dimensions"], json!({"d": "$.x"}));
    driver.delete(&made);
    driver.delete(&stream);
    driver.delete(&group);
    driver.delete(&stream);
    assert_eq!(driver.actual(&group), Actual::Gone);
}

#[test]
fn what_cannot_be_had_leaves_nothing() {
    let mut driver = Driver::new();
    let queer = json!({"LogGroupName": "g", "DataProtectionPolicy": {"Name": "x"}});
    let fault = driver.try_create("AWS::Logs::LogGroup", &queer).unwrap_err();
    assert!(fault.message.contains("DataProtectionPolicy of AWS::Logs::LogGroup"), "{fault}");
    driver.create("AWS::Logs::LogGroup", &json!({"LogGroupName": "g"}));
    let again = driver.try_create("AWS::Logs::LogGroup", &json!({"LogGroupName": "g"})).unwrap_err();
    assert_eq!(again.code, "ResourceAlreadyExistsException");
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:TagResource","logs:DeleteLogGroup"],"Resource":"*"}}"#;
    driver.be_user("maker", policy);
    let retained = json!({"LogGroupName": "h", "RetentionInDays": 1});
    let fault = driver.try_create("AWS::Logs::LogGroup", &retained).unwrap_err();
    assert!(fault.message.contains("logs:PutRetentionPolicy"), "{fault}");
    assert!(!driver.look(|view| view.region.logs.groups.contains_key("h")), "the group has gone again");
}

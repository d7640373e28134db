//! Alarms, driven by hand.

use serde_json::json;

use crate::testing::driver::Driver;

#[test]
fn an_alarm() {
    let mut driver = Driver::new();
    let properties = |threshold: u32| {
        json!({
            "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": "60",
            "Dimensions": [{"Name": "ClusterName", "Value": "c"}], "EvaluationPeriods": 1, "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold", "Tags": [{"Key": "t", "Value": threshold.to_string()}],
        })
    };
    let mut made = driver.create("AWS::CloudWatch::Alarm", &properties(50));
    assert_eq!(driver.reference(&made), "demo-Thing1-000000000001");
    let arn = driver.attribute(&made, "Arn");
    assert_eq!(arn, format!("arn:aws:cloudwatch:us-east-1:123456789012:alarm:{}", made.id));
    driver.update(&mut made, &properties(60));
    let told = driver.lab.call("monitoring", "DescribeAlarms", json!({"AlarmNames": [made.id]}));
    assert_eq!(told["MetricAlarms"][0]["Threshold"], 60.0);
    let tags = driver.lab.call("monitoring", "ListTagsForResource", json!({"ResourceARN": arn}));
    assert!(tags["Tags"].as_array().unwrap().contains(&json!({"Key": "t", "Value": "60"})));
    let mut named = properties(1);
    named["AlarmName"] = json!(made.id);
    assert_eq!(driver.try_create("AWS::CloudWatch::Alarm", &named).unwrap_err().code, "AlreadyExists");
    driver.delete(&made);
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault = driver.try_create("AWS::CloudWatch::Alarm", &named).unwrap_err();
    assert!(fault.message.contains("cloudwatch:PutMetricAlarm"), "{fault}");
}

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

#[test]
fn an_alarm_of_alarms() {
    let mut driver = Driver::new();
    let metric = json!({
        "AlarmName": "busy", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
    });
    let of = |rule: &str| json!({"AlarmName": "both", "AlarmRule": rule, "AlarmDescription": "d"});
    let missing = driver.try_create("AWS::CloudWatch::CompositeAlarm", &of("ALARM(busy)")).unwrap_err();
    assert!(missing.message.contains("[busy]"), "{missing}");
    driver.create("AWS::CloudWatch::Alarm", &metric);
    let mut made = driver.create("AWS::CloudWatch::CompositeAlarm", &of("ALARM(busy)"));
    assert_eq!(driver.reference(&made), "both");
    assert_eq!(driver.attribute(&made, "Arn"), "arn:aws:cloudwatch:us-east-1:123456789012:alarm:both");
    driver.update(&mut made, &of("NOT ALARM(busy)"));
    let asked = json!({"AlarmNames": ["both"], "AlarmTypes": ["CompositeAlarm"]});
    let told = driver.lab.call("monitoring", "DescribeAlarms", asked.clone());
    assert_eq!(told["CompositeAlarms"][0]["AlarmRule"], "NOT ALARM(busy)");
    driver.delete(&made);
    let told = driver.lab.call("monitoring", "DescribeAlarms", asked);
    assert_eq!(told["CompositeAlarms"], json!([]));
}

#[test]
fn a_dashboard() {
    let mut driver = Driver::new();
    let body = |title: &str| {
        let widgets = json!({"widgets": [{"type": "text", "properties": {"markdown": title}}]});
        json!({"DashboardBody": widgets.to_string()})
    };
    let mut made = driver.create("AWS::CloudWatch::Dashboard", &body("one"));
    assert_eq!(driver.reference(&made), "demo-Thing1-000000000001");
    driver.update(&mut made, &body("two"));
    let told = driver.lab.call("monitoring", "GetDashboard", json!({"DashboardName": made.id}));
    assert_eq!(told["DashboardBody"], body("two")["DashboardBody"]);
    let refused =
        driver.try_create("AWS::CloudWatch::Dashboard", &json!({"DashboardBody": "no JSON"})).unwrap_err();
    assert!(refused.message.contains("must be a valid JSON"), "{refused}");
    driver.delete(&made);
    assert_eq!(driver.lab.call("monitoring", "ListDashboards", json!({}))["DashboardEntries"], json!([]));
    // Somebody has deleted it already.
    driver.delete(&made);
}

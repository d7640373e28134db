//! Through the front door.

use serde_json::{Value, json};

use crate::testing::Lab;

const CW: &str = "monitoring";

fn alarm(name: &str) -> Value {
    json!({
        "AlarmName": name, "Namespace": "Shop", "MetricName": "Orders", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 2, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
    })
}

fn put(lab: &mut Lab, value: f64) {
    lab.call(
        CW,
        "PutMetricData",
        json!({"Namespace": "Shop", "MetricData": [{"MetricName": "Orders", "Value": value}]}),
    );
}

fn state(lab: &mut Lab, name: &str) -> String {
    let types = json!(["MetricAlarm", "CompositeAlarm"]);
    let answer = lab.call(CW, "DescribeAlarms", json!({"AlarmNames": [name], "AlarmTypes": types}));
    let all = answer["MetricAlarms"]
        .as_array()
        .unwrap()
        .iter()
        .chain(answer["CompositeAlarms"].as_array().unwrap());
    all.map(|alarm| alarm["StateValue"].as_str().unwrap().to_owned()).next().unwrap()
}

#[test]
fn an_alarm_goes_off_and_calms_down() {
    let mut lab = Lab::new();
    lab.call(CW, "PutMetricAlarm", alarm("many"));
    lab.call(
        CW,
        "PutCompositeAlarm",
        json!({"AlarmName": "both", "AlarmRule": "ALARM(many) AND NOT OK(many)"}),
    );
    assert_eq!(state(&mut lab, "many"), "INSUFFICIENT_DATA");
    for _ in 0..4 {
        put(&mut lab, 20.0);
        lab.advance(60);
    }
    assert_eq!(state(&mut lab, "many"), "ALARM");
    assert_eq!(state(&mut lab, "both"), "ALARM");
    for _ in 0..4 {
        put(&mut lab, 1.0);
        lab.advance(60);
    }
    assert_eq!(state(&mut lab, "many"), "OK");
    assert_eq!(state(&mut lab, "both"), "OK");
    let history =
        lab.call(CW, "DescribeAlarmHistory", json!({"AlarmName": "many", "HistoryItemType": "StateUpdate"}));
    let summaries: Vec<&str> = history["AlarmHistoryItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["HistorySummary"].as_str().unwrap())
        .collect();
    assert!(summaries.contains(&"Alarm updated from ALARM to OK"), "{summaries:?}");
    lab.call(CW, "DeleteAlarms", json!({"AlarmNames": ["both", "many"]}));
    assert_eq!(crate::next_event(&lab.world), None, "without alarms nothing is due");
}

#[test]
fn data_come_back_by_period() {
    let mut lab = Lab::new();
    let start = lab.now.0 / 1000;
    for value in [1.0, 3.0] {
        put(&mut lab, value);
    }
    let query = json!({
        "Namespace": "Shop", "MetricName": "Orders", "StartTime": start - 600, "EndTime": start + 600,
        "Period": 300, "Statistics": ["Average", "SampleCount"],
    });
    let answer = lab.call(CW, "GetMetricStatistics", query);
    assert_eq!(answer["Datapoints"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Datapoints"][0]["Average"], 2.0);
    let depth = json!({"Metric": {"Namespace": "Shop", "MetricName": "Orders"}, "Period": 60, "Stat": "Sum"});
    let data = json!({
        "MetricDataQueries": [
            {"Id": "m1", "MetricStat": depth, "ReturnData": false},
            {"Id": "e1", "Expression": "m1 * 2"},
        ],
        "StartTime": start - 600, "EndTime": start + 600,
    });
    let answer = lab.call(CW, "GetMetricData", data);
    assert_eq!(answer["MetricDataResults"][0]["Values"], json!([8.0]));
    let metrics = lab.call(CW, "ListMetrics", json!({"Namespace": "Shop"}));
    assert_eq!(metrics["Metrics"][0]["MetricName"], "Orders");
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut lab = Lab::new();
    put(&mut lab, 1.0);
    let datum = json!({"Namespace": "AWS/ECS", "MetricData": [{"MetricName": "X", "Value": 1}]});
    assert_eq!(lab.refused(CW, "PutMetricData", datum), "InvalidParameterValueException");
    let two = json!({"Namespace": "A", "MetricData": [{"MetricName": "X", "Value": 1, "Values": [1]}]});
    assert_eq!(lab.refused(CW, "PutMetricData", two), "InvalidParameterCombinationException");
    let mut wrong = alarm("x");
    wrong["Period"] = 61.into();
    assert_eq!(lab.refused(CW, "PutMetricAlarm", wrong), "ValidationError");
    let mut long = alarm("x");
    long["EvaluationPeriods"] = 2_000.into();
    assert_eq!(lab.refused(CW, "PutMetricAlarm", long), "ValidationError");
    assert_eq!(lab.refused(CW, "DeleteAlarms", json!({"AlarmNames": ["no"]})), "ResourceNotFound");
    assert_eq!(
        lab.refused(CW, "PutDashboard", json!({"DashboardName": "d", "DashboardBody": "x"})),
        "DashboardInvalidInputError"
    );
    assert_eq!(
        lab.refused(CW, "PutCompositeAlarm", json!({"AlarmName": "c", "AlarmRule": "ALARM(no)"})),
        "ValidationError"
    );
}

#[test]
fn alarms_that_others_look_at_stay_and_none_looks_at_itself() {
    let mut lab = Lab::new();
    for name in ["a", "b"] {
        lab.call(CW, "PutMetricAlarm", alarm(name));
    }
    let both = json!({"AlarmName": "any", "AlarmRule": "ALARM(a) OR ALARM(b)"});
    lab.call(CW, "PutCompositeAlarm", both);
    for (names, message) in [
        (json!(["a"]), "Cannot delete a as there are composite alarm(s) depending on it."),
        (json!(["b", "a"]), "Cannot delete a,b as there are composite alarm(s) depending on them."),
    ] {
        let fault = lab.try_call(CW, "DeleteAlarms", json!({"AlarmNames": names})).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("ValidationError", message));
    }
    let own = json!({"AlarmName": "a", "AlarmRule": "NOT ALARM(a)"});
    assert_eq!(lab.refused(CW, "PutCompositeAlarm", own), "ValidationError");
    lab.call(CW, "DeleteAlarms", json!({"AlarmNames": ["any", "a", "b"]}));
}

#[test]
fn container_insights_tells_what_a_cluster_uses_once_it_is_on() {
    let mut lab = Lab::new();
    lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
    let container = json!({"name": "w", "image": "busybox", "command": ["sh", "-c", "while :; do :; done"]});
    let input = json!({"family": "w", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "containerDefinitions": [container]});
    lab.call("ecs", "RegisterTaskDefinition", input);
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
    let network = json!({"awsvpcConfiguration": {"subnets": [subnets["subnetSet"][0]["subnetId"]], "assignPublicIp": "ENABLED"}});
    let service = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "w", "desiredCount": 2,
        "launchType": "FARGATE", "networkConfiguration": network});
    lab.call("ecs", "CreateService", service);
    let listed = |lab: &mut Lab| {
        let found = lab.call(CW, "ListMetrics", json!({"Namespace": "ECS/ContainerInsights"}));
        found["Metrics"].as_array().unwrap().len()
    };
    assert_eq!(listed(&mut lab), 0);
    let on = json!({"cluster": "c", "settings": [{"name": "containerInsights", "value": "enabled"}]});
    lab.call("ecs", "UpdateClusterSettings", on);
    lab.advance(600);
    assert_eq!(listed(&mut lab), 7 + 9 + 4, "of the cluster, the service and the family");
    let now = lab.now.0 / 1000;
    let mut last = |name: &str, more: Option<(&str, &str)>| {
        let mut dimensions = vec![json!({"Name": "ClusterName", "Value": "c"})];
        dimensions.extend(more.map(|(name, value)| json!({"Name": name, "Value": value})));
        let input = json!({"Namespace": "ECS/ContainerInsights", "MetricName": name, "Dimensions": dimensions,
            "StartTime": now - 120, "EndTime": now, "Period": 60, "Statistics": ["Average"]});
        lab.call(CW, "GetMetricStatistics", input)["Datapoints"][0]["Average"].as_f64()
    };
    let service = Some(("ServiceName", "s"));
    for (name, about, value) in [
        ("CpuUtilized", None, 512.0),
        ("CpuReserved", service, 512.0),
        ("MemoryReserved", Some(("TaskDefinitionFamily", "w")), 1_024.0),
        ("RunningTaskCount", service, 2.0),
        ("PendingTaskCount", service, 0.0),
        ("DesiredTaskCount", service, 2.0),
        ("DeploymentCount", service, 1.0),
        ("TaskCount", None, 2.0),
        ("ServiceCount", None, 1.0),
        ("ContainerInstanceCount", None, 0.0),
    ] {
        assert_eq!(last(name, about), Some(value), "{name}");
    }
    assert_eq!(last("DeploymentCount", None), None, "a service has deployments, a cluster has not");
}

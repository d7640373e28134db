//! Hostile input to everything that reads a language of its own: CBOR, REST paths, policy documents, schedules,
//! manifests and layers, shell scripts, patterns, rules and expressions. Nothing panics, hangs or grows without bound;
//! what is refused changes nothing; the world can still be stored, and time goes on in it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod lab;
mod words;

use lab::*;
use practice::core::schedule::Schedule;
use practice::{Time, catch_up_wholly};
use proptest::prelude::*;
use serde_json::{Value, json};
use words::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cbor_bodies(
        operation in prop::sample::select(&CBOR_OPERATIONS[..]),
        noise in prop::collection::vec(any::<u8>(), 0..200),
        near in nearly_valid(),
    ) {
        send_cbor(operation, noise);
        send_cbor(operation, near);
    }

    #[test]
    fn rest_routes(
        method in prop::sample::select(&["GET", "POST", "PUT", "DELETE", "PATCH", "get", ""][..]),
        segments in prop::collection::vec(
            "file-systems|mount-targets|access-points|tags|resource-tags|policy|lifecycle-configuration|security-groups|\
             fs-0123456789abcdef0|%2e%2e|%ff|%|%zz|\\.\\.|[a-z%:/-]{0,9}", 0..6),
        query in "((MaxItems|Marker|tagKeys|FileSystemId|%ff|)=?(-1|99999999999999999999|%00|%ff|fs-1)?&?){0,6}",
        body in prop_oneof![
            Just(Vec::new()),
            prop::collection::vec(any::<u8>(), 0..60),
            "\\{(\"(CreationToken|PerformanceMode|Tags|ThroughputMode|ProvisionedThroughputInMibps|Policy|SubnetId)\":\
             (1e999|-1|null|\"x\"|\\[\\{\\}\\]|\\{\\}|true),?){0,4}\\}".prop_map(String::into_bytes),
        ],
    ) {
        let path = format!("/2015-02-01/{}", segments.join("/"));
        for body in [body, Vec::new()] {
            let (_, text) = send(&scoped("elasticfilesystem", method, &path, &query, body));
            prop_assert!(text.is_empty() || serde_json::from_slice::<Value>(&text).is_ok());
        }
    }

    #[test]
    fn schedules(text in words(&CRON, 9), since in any::<i32>(), later in any::<i32>()) {
        let (since, now) = (Time(i64::from(since) * 1_000_000), Time(i64::from(later) * 1_000_000));
        if let Some(next) = Schedule::parse(&text).and_then(|schedule| schedule.next(since, now)) {
            prop_assert!(next > now || since > now, "{text}: {next:?} is not after {now:?}");
        }
    }

    #[test]
    fn scripts_and_health_checks(script in words(&SCRIPT, 40), check in words(&SCRIPT, 12), image in "busybox|nginx|python|polinux/stress") {
        let mut lab = Lab::new();
        lab.must("ecs", "CreateCluster", json!({"clusterName": "c"}));
        let subnets = lab.must("ec2", "DescribeSubnets", json!({}));
        let subnet = &subnets["subnetSet"][0]["subnetId"];
        let container = json!({"name": "a", "image": image, "entryPoint": ["sh", "-c"], "command": [script],
            "healthCheck": {"command": ["CMD-SHELL", check], "interval": 5}, "portMappings": [{"containerPort": 80}]});
        let input = json!({"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
            "memory": "512", "containerDefinitions": [container]});
        if lab.call("ecs", "RegisterTaskDefinition", input).is_ok() {
            let network = json!({"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}});
            lab.must("ecs", "RunTask", json!({"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE",
                "networkConfiguration": network}));
        }
        lab.now = lab.now.plus_ms(60_000);
        catch_up_wholly(&mut lab.world, lab.now);
        let seen = lab.must("ec2", "DescribeNetworkInterfaces", json!({}));
        if let Some(ip) = seen["networkInterfaceSet"][0]["association"]["publicIp"].as_str() {
            lab.visit(ip, "/");
        }
        lab.end();
    }

    #[test]
    fn patterns_rules_and_expressions(
        pattern in words(&PATTERN, 20), query in words(&QUERY, 20), rule in words(&RULE, 30), maths in words(&MATHS, 30),
        place in words(&PLACE, 16), message in any::<String>(),
    ) {
        let mut lab = Lab::new();
        lab.must("logs", "CreateLogGroup", json!({"logGroupName": "g"}));
        lab.must("logs", "CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
        let events: Vec<Value> = [message.as_str(), "{\"a\": [1, {\"b\": null}]}", "ERROR 1 2 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
            .iter().filter(|text| !text.is_empty()).map(|text| json!({"timestamp": NOW.0, "message": text})).collect();
        lab.must("logs", "PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}));
        let _ = lab.call("logs", "FilterLogEvents", json!({"logGroupName": "g", "filterPattern": pattern}));
        let metric = json!([{"metricName": "m", "metricNamespace": "N", "metricValue": "1"}]);
        let _ = lab.call("logs", "PutMetricFilter", json!({"logGroupName": "g", "filterName": "f",
            "filterPattern": pattern, "metricTransformations": metric}));
        if let Ok(started) = lab.call("logs", "StartQuery", json!({"logGroupName": "g", "queryString": query,
            "startTime": 0, "endTime": NOW.0 / 1000 + 10})) {
            let _ = lab.call("logs", "GetQueryResults", json!({"queryId": started["queryId"]}));
        }
        lab.must("monitoring", "PutMetricAlarm", json!({"AlarmName": "a", "Namespace": "N", "MetricName": "m",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold"}));
        let _ = lab.call("monitoring", "PutCompositeAlarm", json!({"AlarmName": "c", "AlarmRule": rule}));
        let stat = json!({"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"});
        let _ = lab.call("monitoring", "PutMetricData", json!({"Namespace": "N",
            "MetricData": [{"MetricName": "m", "Value": 1e300}]}));
        let queries = json!([{"Id": "m1", "MetricStat": stat, "ReturnData": false}, {"Id": "e1", "Expression": maths}]);
        let _ = lab.call("monitoring", "GetMetricData", json!({"MetricDataQueries": queries,
            "StartTime": NOW.0 / 1000 - 600, "EndTime": NOW.0 / 1000 + 600}));
        let _ = lab.call("monitoring", "PutMetricAlarm", json!({"AlarmName": "e", "Metrics": queries,
            "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}));
        lab.must("ecs", "CreateCluster", json!({"clusterName": "c"}));
        let container = json!([{"name": "a", "image": "nginx", "memory": 64}]);
        lab.must("ecs", "RegisterTaskDefinition", json!({"family": "f", "containerDefinitions": container}));
        let constraint = json!([{"type": "memberOf", "expression": place}]);
        let _ = lab.call("ecs", "CreateService", json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f",
            "desiredCount": 1, "placementConstraints": constraint}));
        let _ = lab.call("ecs", "ListContainerInstances", json!({"cluster": "c", "filter": place}));
        // Patterns of events are JSON documents.
        for pattern in [pattern, format!("{{\"source\": [{{\"wildcard\": {}}}]}}", json!(query))] {
            let _ = lab.call("events", "PutRule", json!({"Name": "r", "EventPattern": pattern}));
            let event = json!({"id": "1", "source": "x", "detail-type": "t", "account": "123456789012", "region": "us-east-1",
                "time": "2026-11-21T09:12:33Z", "resources": [], "detail": {"a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}});
            let _ = lab.call("events", "TestEventPattern", json!({"EventPattern": pattern, "Event": event.to_string()}));
        }
        lab.end();
    }

    #[test]
    fn policies(text in words(&DOCUMENT, 40), action in any::<String>(), resource in any::<String>(), value in any::<String>()) {
        let mut lab = Lab::new();
        lab.must("iam", "CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": ROLE}));
        for (operator, key) in [("StringLike", "aws:username"), ("NumericLessThan", "a"), ("IpAddress", "aws:SourceIp"), ("DateEquals", "b"), ("ForAllValues:StringEquals", "aws:TagKeys"), ("Null", "c"), ("Bool", "d")] {
            let statement = json!([{"Effect": "Deny", "Action": [action], "Resource": [resource, "*"],
                "Condition": {operator: {key: [value, "*", "${aws:username}", "1e999", "NaN"]}}}]);
            let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
            for document in [document.as_str(), text.as_str()] {
                let _ = lab.call("iam", "PutRolePolicy", json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": document}));
                let _ = lab.call("iam", "UpdateAssumeRolePolicy", json!({"RoleName": "r", "PolicyDocument": document}));
                let _ = lab.call("iam", "SimulatePrincipalPolicy", json!({"PolicySourceArn": ROLE_ARN,
                    "ActionNames": ["ecs:RunTask", action], "ResourceArns": [resource],
                    "ContextEntries": [{"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}]}));
            }
        }
        lab.end();
    }

    #[test]
    fn manifests_and_layers(
        first in any::<u64>(), last in any::<u64>(), size in any::<i64>(), blob in "[A-Za-z0-9+/=]{0,40}",
        text in words(&DOCUMENT, 30),
    ) {
        let mut lab = Lab::new();
        lab.must("ecr", "CreateRepository", json!({"repositoryName": "a/b"}));
        let upload = lab.must("ecr", "InitiateLayerUpload", json!({"repositoryName": "a/b"}))["uploadId"].clone();
        for (first, last) in [(first, last), (0, last), (0, 0), (u64::MAX, 0), (0, u64::MAX)] {
            let _ = lab.call("ecr", "UploadLayerPart", json!({"repositoryName": "a/b", "uploadId": upload,
                "partFirstByte": first, "partLastByte": last, "layerPartBlob": blob}));
        }
        let _ = lab.call("ecr", "CompleteLayerUpload", json!({"repositoryName": "a/b", "uploadId": upload,
            "layerDigests": ["sha256:0", blob]}));
        let layer = json!({"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": size,
            "digest": format!("sha256:{}", "0".repeat(64))});
        let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": layer, "layers": [layer, layer]});
        for manifest in [manifest.to_string(), text, "[".repeat(100_000), "{\"layers\":".repeat(5_000)] {
            let _ = lab.call("ecr", "PutImage", json!({"repositoryName": "a/b", "imageManifest": manifest, "imageTag": "t"}));
        }
        lab.end();
    }
}

/// Wildcards that backtrack, in everything that has them, against texts that nearly fit.
#[test]
fn wildcards_do_not_explode() {
    let pattern = format!("{}b", "*a".repeat(60));
    let text = "a".repeat(4_000);
    let mut lab = Lab::new();
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:ecs:::{pattern}"),
        "Condition": {"StringLike": {"a": pattern}}}]});
    lab.must("iam", "CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": ROLE}));
    let document = document.to_string();
    lab.must("iam", "PutRolePolicy", json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": document}));
    lab.must(
        "iam",
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": ROLE_ARN, "ActionNames": ["ecs:RunTask"],
        "ResourceArns": [format!("arn:aws:ecs:::{}", &text[..500])],
        "ContextEntries": [{"ContextKeyName": "a", "ContextKeyType": "string", "ContextKeyValues": [text]}]}),
    );
    lab.must("logs", "CreateLogGroup", json!({"logGroupName": "g"}));
    lab.must("logs", "CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    let events: Vec<Value> = (0..100)
        .map(|_| json!({"timestamp": NOW.0, "message": json!({"m": text[..1_000]}).to_string()}))
        .collect();
    lab.must("logs", "PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}));
    for filter in [format!("{{ $.m = \"{pattern}\" }}"), format!("%{}%", "(a+)+b"), pattern.clone()] {
        let _ = lab.call("logs", "FilterLogEvents", json!({"logGroupName": "g", "filterPattern": filter}));
    }
    let wild = json!({"a": [{"wildcard": format!("{}b", "*a".repeat(60))}]}).to_string();
    let event = json!({"id": "1", "source": "x", "detail-type": "t", "account": "123456789012", "region": "us-east-1",
        "time": "2026-11-21T09:12:33Z", "resources": [], "detail": {}, "a": text});
    let _ = lab.call("events", "TestEventPattern", json!({"EventPattern": wild, "Event": event.to_string()}));
    lab.end();
}

/// What could go round in circles: alarms that look at themselves, containers that wait for each other, queries that
/// name each other, services of a target group's own load balancer.
#[test]
fn circles_are_refused_or_end() {
    let mut lab = Lab::new();
    let alarm = |name: &str| {
        json!({"AlarmName": name, "Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"})
    };
    for name in ["a", "b", "c"] {
        lab.must("monitoring", "PutMetricAlarm", alarm(name));
    }
    for (name, rule) in [
        ("a", "NOT ALARM(a)"),
        ("d", "ALARM(a)"),
        ("a", "ALARM(d)"),
        ("d", "NOT ALARM(d)"),
        ("e", "ALARM(d)"),
    ] {
        let _ = lab.call("monitoring", "PutCompositeAlarm", json!({"AlarmName": name, "AlarmRule": rule}));
    }
    lab.must(
        "monitoring",
        "SetAlarmState",
        json!({"AlarmName": "a", "StateValue": "ALARM", "StateReason": "x"}),
    );
    let queries = json!([{"Id": "a", "Expression": "b + 1"}, {"Id": "b", "Expression": "a + 1"}]);
    let asked = json!({"MetricDataQueries": queries, "StartTime": 0, "EndTime": NOW.0 / 1000});
    let _ = lab.call("monitoring", "GetMetricData", asked);
    let _ = lab.call(
        "monitoring",
        "PutMetricAlarm",
        json!({"AlarmName": "f", "Metrics": queries, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold"}),
    );
    let waits = |name: &str, other: &str| {
        json!({"name": name, "image": "nginx", "memory": 64,
        "dependsOn": [{"containerName": other, "condition": "START"}]})
    };
    let circle = json!([waits("x", "y"), waits("y", "z"), waits("z", "x")]);
    let input = json!({"family": "f", "containerDefinitions": circle});
    assert_eq!(lab.call("ecs", "RegisterTaskDefinition", input), Err("ClientException".to_owned()));
    let itself = json!({"family": "f", "containerDefinitions": [waits("x", "x")]});
    assert_eq!(lab.call("ecs", "RegisterTaskDefinition", itself), Err("ClientException".to_owned()));
    lab.end();
}

/// Ten megabytes where a name is expected, and as many items as fit a body.
#[test]
fn what_is_far_too_long_is_refused() {
    let long = "x".repeat(10_000_000);
    let mut lab = Lab::new();
    for (service, operation, member) in [
        ("ecs", "CreateCluster", "clusterName"),
        ("logs", "CreateLogGroup", "logGroupName"),
        ("secretsmanager", "CreateSecret", "Name"),
        ("ecr", "CreateRepository", "repositoryName"),
        ("elasticfilesystem", "CreateFileSystem", "CreationToken"),
        ("elasticloadbalancing", "CreateLoadBalancer", "Name"),
        ("elasticloadbalancing", "CreateTargetGroup", "Name"),
        ("servicediscovery", "CreateHttpNamespace", "Name"),
        ("monitoring", "PutMetricAlarm", "AlarmName"),
        ("acm", "RequestCertificate", "DomainName"),
        ("iam", "CreateRole", "RoleName"),
        ("ssm", "PutParameter", "Name"),
        ("events", "PutRule", "Name"),
    ] {
        let refused = lab.call(service, operation, json!({member: long}));
        assert!(refused.is_err(), "{service} {operation} took ten megabytes");
    }
    lab.end();
}

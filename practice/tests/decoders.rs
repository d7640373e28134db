//! Hostile input to everything that reads a language of its own: CBOR, REST paths, policy documents, schedules,
//! manifests and layers, shell scripts, patterns, rules and expressions. Nothing panics, hangs or grows without bound;
//! what is refused changes nothing; the world can still be stored, and time goes on in it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use practice::core::schedule::Schedule;
use practice::network::site::SiteRequest;
use practice::wire::cbor;
use practice::wire::request::HttpRequest;
use practice::world::Caller;
use practice::{Auth, Command, Outcome, Time, World, answer, apply, catch_up_wholly};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Time = Time(1_795_252_353_000);
const ROLE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/r";
/// Longest world that a handful of requests may leave, in bytes.
const MOST_BYTES: usize = 2_000_000;

struct Lab {
    world: World,
    now: Time,
}

impl Lab {
    fn new() -> Self {
        Self { world: World::new("123456789012", 3), now: NOW }
    }

    /// The answer, or the fault's code. A refusal leaves no trace but in the event history.
    fn call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, String> {
        self.now = self.now.plus_ms(100);
        catch_up_wholly(&mut self.world, self.now);
        let before = self.world.clone();
        let command = Command::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: "us-east-1".to_owned(),
            caller: Caller::root("123456789012"),
            input,
        };
        match apply(&mut self.world, &command, self.now) {
            Outcome::Called(Ok(answer)) => Ok(answer),
            Outcome::Called(Err(fault)) => {
                assert!(
                    same(&self.world, before),
                    "{service} {operation} refused ({fault}) and left a trace"
                );
                assert!(fault.status < 500 && !fault.code.is_empty(), "{service} {operation}: {fault}");
                Err(fault.code)
            }
            other => panic!("{operation}: {other:?}"),
        }
    }

    fn must(&mut self, service: &str, operation: &str, input: Value) -> Value {
        let shown: String = input.to_string().chars().take(400).collect();
        self.call(service, operation, input).unwrap_or_else(|code| panic!("{operation}: {code} for {shown}"))
    }

    fn visit(&mut self, host: &str, path: &str) {
        let request = SiteRequest {
            host: host.to_owned(),
            port: 80,
            method: "GET".to_owned(),
            path: path.to_owned(),
            entropy: 5,
            headers: Vec::new(),
            body: String::new(),
        };
        apply(&mut self.world, &Command::Visit(request), self.now);
    }

    /// An hour passes; the world is storable, small, and read back the same.
    fn end(mut self) {
        catch_up_wholly(&mut self.world, self.now.plus_ms(3_600_000));
        let stored = serde_json::to_string(&self.world).expect("a world can be stored");
        assert!(stored.len() < MOST_BYTES, "{} bytes", stored.len());
        assert_eq!(serde_json::from_str::<World>(&stored).expect("and read"), self.world);
    }
}

/// Words in any order, with or without blanks between them.
fn words(of: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![8 => prop::sample::select(of).prop_map(str::to_owned), 1 => any::<String>()];
    (prop::collection::vec(word, 0..most), prop::sample::select(&["", " ", "\n"][..]))
        .prop_map(|(words, between)| words.join(between))
}

fn scoped(service: &str, method: &str, path: &str, query: &str, body: Vec<u8>) -> HttpRequest {
    let scope = format!("AKIDEXAMPLE/20261121/us-east-1/{service}/aws4_request");
    let signed =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}", "0".repeat(64));
    HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: vec![("authorization".to_owned(), signed)],
        body,
    }
}

/// Whether two worlds are the same but for what was refused in them.
fn same(world: &World, mut before: World) -> bool {
    before.cloudtrail = world.cloudtrail.clone();
    *world == before
}

/// Sends a request to a fresh world: its status and body. A refusal leaves no trace but in the event history.
fn send(request: &HttpRequest) -> (u16, Vec<u8>) {
    let mut world = World::new("123456789012", 3);
    let before = world.clone();
    let answer = answer(&mut world, request, Auth::Any, NOW, NOW, "id");
    assert!((200..500).contains(&answer.status), "{}", answer.status);
    assert!((200..300).contains(&answer.status) || same(&world, before), "a refusal left a trace");
    (answer.status, answer.body)
}

const CBOR_OPERATIONS: [&str; 6] =
    ["PutMetricData", "PutMetricAlarm", "GetMetricData", "DescribeAlarms", "PutCompositeAlarm", "Nonsense"];

fn send_cbor(operation: &str, body: Vec<u8>) {
    let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
    let (status, body) = send(&scoped("monitoring", "POST", &path, "", body));
    let tree = cbor::decode(&body).expect("an answer in CBOR");
    assert!(status == 200 || tree["__type"].is_string() && tree["message"].is_string(), "{tree}");
}

/// A body that was valid before some of its bytes were changed.
fn nearly_valid() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!("NaN")),
        Just(json!("-Infinity")),
        Just(json!(1e308)),
    ];
    let datum = (number.clone(), number.clone(), any::<String>()).prop_map(|(value, count, name)| {
        json!({"MetricName": name, "Value": value, "Timestamp": count, "Values": [value], "Counts": [count],
            "StatisticValues": {"Sum": value, "Minimum": count, "Maximum": value, "SampleCount": count}})
    });
    let input = (prop::collection::vec(datum, 0..4), number).prop_map(|(data, number)| {
        json!({"Namespace": "N", "MetricData": data, "AlarmName": "a", "MetricName": "m", "Period": number,
            "EvaluationPeriods": number, "Threshold": number, "StartTime": number, "EndTime": number,
            "Statistic": "Sum", "ComparisonOperator": "GreaterThanThreshold", "MaxRecords": number})
    });
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (input, changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(input, changes, cut, cuts)| {
        let mut body = cbor::encode(&input);
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cuts {
            body.truncate(cut.index(body.len()));
        }
        body
    })
}

const SCRIPT: [&str; 54] = [
    "while",
    "true",
    ":",
    "do",
    "done",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "(",
    ")",
    "{",
    "}",
    "$(",
    "`",
    "\"",
    "'",
    "\\",
    "$X",
    "${X",
    "${#X}",
    "${X:-",
    "X=1",
    "X=$X$X",
    "for i in 1 2 3",
    "if",
    "then",
    "else",
    "fi",
    "sleep 1",
    "sleep 99999999999999999999",
    "sleep -1",
    "sleep inf",
    "exit",
    "exit 256",
    "exit -1",
    "echo",
    "hostname -i",
    "nc -l -p 80",
    "nc -l -p 99999",
    "nc localhost 80",
    "nc nosuch 1",
    "httpd -f -p 80 -h /",
    "> /index.html",
    ">> /index.html",
    "< /etc/passwd",
    "cat",
    "sh -c",
    "bash",
    "exec",
    "yes",
    "stress --vm 1 --vm-bytes 9999999999G",
    "#",
];
const PATTERN: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "$",
    "$.a",
    "$.a[0]",
    "$.a[99999999999]",
    "=",
    "!=",
    "<",
    ">=",
    "*",
    "\"",
    "?",
    "-",
    "ERROR",
    "%",
    "%(a+)+$%",
    "(",
    ")",
    "&&",
    "||",
    "1e999",
    "NaN",
    "IS NULL",
    "NOT EXISTS",
    "...",
    ",",
    "w1=",
    "\u{0}",
    "\u{202e}",
];
const QUERY: [&str; 30] = [
    "fields",
    "@message",
    "@timestamp",
    "|",
    "filter",
    "like",
    "/a/",
    "/(a+)+b/",
    "'x'",
    "\"",
    "sort",
    "desc",
    "limit",
    "99999999999999999999",
    "-1",
    "stats",
    "count(*)",
    "by",
    "bin(5m)",
    "bin(0s)",
    "parse",
    "as",
    "display",
    "(",
    ")",
    "=",
    "and",
    "not",
    "in",
    "[",
];
const RULE: [&str; 16] = [
    "ALARM",
    "OK",
    "(",
    ")",
    "\"",
    "a",
    "AND",
    "OR",
    "NOT",
    "TRUE",
    "FALSE",
    "INSUFFICIENT_DATA",
    "ALARM(a)",
    ",",
    "*",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
];
const MATHS: [&str; 26] = [
    "m1",
    "+",
    "-",
    "*",
    "/",
    "(",
    ")",
    "[",
    "]",
    ",",
    "1",
    "0",
    "1e308",
    "1e999",
    "SUM",
    "AVG",
    "FILL",
    "REPEAT",
    "IF",
    "METRICS()",
    "<",
    "==",
    "&&",
    "RATE",
    "ABS(",
    ".",
];
const PLACE: [&str; 22] = [
    "attribute:ecs.instance-type",
    "attribute:",
    "task:group",
    "==",
    "=~",
    "!=",
    "in",
    "not_in",
    "not",
    "and",
    "or",
    "[",
    "]",
    "(",
    ")",
    ",",
    "t2.micro",
    "(a+)+$",
    "*",
    "exists",
    "!exists",
    "runningTasksCount > 1",
];
const CRON: [&str; 30] = [
    "cron(",
    "rate(",
    "at(",
    ")",
    "*",
    "?",
    "0",
    "59",
    "60",
    "1-5",
    "5-1",
    "*/0",
    "*/99999999999999999999",
    "1/1",
    ",",
    "-",
    "/",
    "MON",
    "MON-FRI",
    "L",
    "JAN",
    "31",
    "2199",
    "1970",
    "minutes",
    "minute",
    "days",
    "2026-11-21T10:00:00",
    "9999-99-99T99:99:99",
    "9223372036854775807",
];
const DOCUMENT: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"Version\"",
    "\"2012-10-17\"",
    "\"Statement\"",
    "\"Effect\"",
    "\"Allow\"",
    "\"Deny\"",
    "\"Action\"",
    "\"*\"",
    "\"ecs:*\"",
    "\"Resource\"",
    "\"Principal\"",
    "\"Condition\"",
    "\"StringLike\"",
    "\"NumericEquals\"",
    "\"${aws:username\"",
    "\"IpAddress\"",
    "\"10.0.0.0/99\"",
    "null",
];

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

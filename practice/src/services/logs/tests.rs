//! CloudWatch Logs through the front door.

use serde_json::{Value, json};

use super::model::{MAX_EVENTS, MAX_MESSAGE, MAX_REGION_BYTES, MAX_STREAMS, Model};
use super::{append, create_group, has_group};
use crate::Time;
use crate::testing::Lab;

const S: &str = "logs";

fn with_stream() -> Lab {
    let mut lab = Lab::new();
    lab.call(S, "CreateLogGroup", json!({"logGroupName": "/ecs/web"}));
    lab.call(S, "CreateLogStream", json!({"logGroupName": "/ecs/web", "logStreamName": "ecs/web/1"}));
    lab
}

fn put(lab: &mut Lab, stream: &str, events: &[(i64, &str)]) -> Value {
    let now = lab.now.0;
    let events: Vec<Value> =
        events.iter().map(|(ago, text)| json!({"timestamp": now - ago, "message": text})).collect();
    lab.call(
        S,
        "PutLogEvents",
        json!({"logGroupName": "/ecs/web", "logStreamName": stream, "logEvents": events}),
    )
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect()
}

#[test]
fn events_are_read_in_both_directions_until_the_token_repeats() {
    let mut lab = with_stream();
    put(&mut lab, "ecs/web/1", &[(5000, "a"), (4000, "b"), (3000, "c"), (2000, "d"), (1000, "e")]);
    let get = |more: Value| {
        let mut input = json!({"logGroupName": "/ecs/web", "logStreamName": "ecs/web/1", "limit": 2});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let newest = lab.call(S, "GetLogEvents", get(json!({})));
    assert_eq!(texts(&newest), ["d", "e"]);
    let older = lab.call(S, "GetLogEvents", get(json!({"nextToken": newest["nextBackwardToken"]})));
    assert_eq!(texts(&older), ["b", "c"]);
    let mut seen = Vec::new();
    let mut page = lab.call(S, "GetLogEvents", get(json!({"startFromHead": true})));
    loop {
        seen.extend(texts(&page).into_iter().map(str::to_owned));
        let token = page["nextForwardToken"].clone();
        page = lab.call(S, "GetLogEvents", get(json!({"nextToken": token, "startFromHead": true})));
        if page["nextForwardToken"] == token {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    // What comes later is found from the last token.
    let token = page["nextForwardToken"].clone();
    put(&mut lab, "ecs/web/1", &[(0, "f")]);
    assert_eq!(texts(&lab.call(S, "GetLogEvents", get(json!({"nextToken": token})))), ["f"]);
    assert_eq!(lab.refused(S, "GetLogEvents", get(json!({"nextToken": "f/x"}))), "InvalidParameterException");
}

#[test]
fn streams_are_merged_filtered_and_paged() {
    let mut lab = with_stream();
    lab.call(S, "CreateLogStream", json!({"logGroupName": "/ecs/web", "logStreamName": "ecs/web/2"}));
    put(&mut lab, "ecs/web/1", &[(4000, "GET / 200"), (2000, "GET /x 404")]);
    put(&mut lab, "ecs/web/2", &[(3000, "GET /y 404"), (1000, "POST / 500")]);
    let all = lab.call(S, "FilterLogEvents", json!({"logGroupName": "/ecs/web"}));
    assert_eq!(texts(&all), ["GET / 200", "GET /y 404", "GET /x 404", "POST / 500"]);
    let misses =
        json!({"logGroupName": "/ecs/web", "filterPattern": "404 -x", "logStreamNamePrefix": "ecs/"});
    assert_eq!(texts(&lab.call(S, "FilterLogEvents", misses)), ["GET /y 404"]);
    let page = lab.call(S, "FilterLogEvents", json!({"logGroupName": "/ecs/web", "limit": 3}));
    let rest = json!({"logGroupName": "/ecs/web", "limit": 3, "nextToken": page["nextToken"]});
    assert_eq!(texts(&lab.call(S, "FilterLogEvents", rest)), ["POST / 500"]);
    let newest = json!({"logGroupName": "/ecs/web", "orderBy": "LastEventTime", "descending": true});
    let streams = lab.call(S, "DescribeLogStreams", newest);
    assert_eq!(streams["logStreams"][0]["logStreamName"], "ecs/web/2");
    assert_eq!(
        streams["logStreams"][0]["arn"],
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:log-stream:ecs/web/2"
    );
}

#[test]
fn batches_are_checked_and_partly_rejected() {
    let mut lab = with_stream();
    let put = |events: Value| json!({"logGroupName": "/ecs/web", "logStreamName": "ecs/web/1", "logEvents": events});
    let now = lab.now.0;
    let at = |time: i64| json!({"timestamp": time, "message": "x"});
    for bad in [
        json!([]),
        json!([at(now), at(now - 1)]),
        json!([at(now - 90_000_000), at(now)]),
        json!([{"timestamp": now, "message": ""}]),
        json!([{"timestamp": now, "message": "x".repeat(MAX_MESSAGE + 1)}]),
    ] {
        assert_eq!(lab.refused(S, "PutLogEvents", put(bad)), "InvalidParameterException");
    }
    let old = lab.call(S, "PutLogEvents", put(json!([at(now - 15 * 86_400_000)])));
    assert_eq!(old["rejectedLogEventsInfo"], json!({"tooOldLogEventEndIndex": 1}));
    let new = lab.call(S, "PutLogEvents", put(json!([at(now), at(now + 3 * 3_600_000)])));
    assert_eq!(new["rejectedLogEventsInfo"], json!({"tooNewLogEventStartIndex": 1}));
    let all = lab.call(S, "FilterLogEvents", json!({"logGroupName": "/ecs/web"}));
    assert_eq!(texts(&all).len(), 1);
    let lost = json!({"logGroupName": "/ecs/web", "logStreamName": "no", "logEvents": [at(now)]});
    assert_eq!(lab.refused(S, "PutLogEvents", lost), "ResourceNotFoundException");
}

#[test]
fn retention_takes_events_away_and_nothing_is_due_for_it() {
    let mut lab = with_stream();
    put(&mut lab, "ecs/web/1", &[(0, "old")]);
    let retain = |days: i64| json!({"logGroupName": "/ecs/web", "retentionInDays": days});
    assert_eq!(lab.refused(S, "PutRetentionPolicy", retain(2)), "InvalidParameterException");
    lab.call(S, "PutRetentionPolicy", retain(1));
    lab.advance(86_000);
    let all = json!({"logGroupName": "/ecs/web"});
    assert_eq!(texts(&lab.call(S, "FilterLogEvents", all.clone())), ["old"]);
    lab.advance(1_000);
    assert_eq!(texts(&lab.call(S, "FilterLogEvents", all.clone())).len(), 0);
    assert_eq!(crate::next_event(&lab.world), None);
    let groups = lab.call(S, "DescribeLogGroups", json!({"logGroupNamePrefix": "/ecs"}));
    assert_eq!(
        (&groups["logGroups"][0]["retentionInDays"], &groups["logGroups"][0]["storedBytes"]),
        (&json!(1), &json!(0))
    );
    put(&mut lab, "ecs/web/1", &[(0, "new")]);
    lab.call(S, "DeleteRetentionPolicy", all.clone());
    assert_eq!(texts(&lab.call(S, "FilterLogEvents", all)), ["new"]);
}

#[test]
fn groups_are_made_tagged_and_removed() {
    let mut lab = with_stream();
    let name = json!({"logGroupName": "/ecs/web"});
    assert_eq!(lab.refused(S, "CreateLogGroup", name.clone()), "ResourceAlreadyExistsException");
    assert_eq!(lab.refused(S, "CreateLogGroup", json!({"logGroupName": "a b"})), "InvalidParameterException");
    assert_eq!(
        lab.refused(S, "DescribeLogStreams", json!({"logGroupName": "none"})),
        "ResourceNotFoundException"
    );
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web";
    lab.call(S, "TagResource", json!({"resourceArn": arn, "tags": {"a": "1", "b": "2"}}));
    lab.call(S, "UntagLogGroup", json!({"logGroupName": "/ecs/web", "tags": ["a"]}));
    assert_eq!(lab.call(S, "ListTagsForResource", json!({"resourceArn": arn}))["tags"], json!({"b": "2"}));
    let filter = json!({"logGroupName": "/ecs/web", "filterName": "errors", "filterPattern": "ERROR",
        "metricTransformations": [{"metricName": "Errors", "metricNamespace": "Web", "metricValue": "1"}]});
    lab.call(S, "PutMetricFilter", filter);
    let filters =
        lab.call(S, "DescribeMetricFilters", json!({"metricName": "Errors", "metricNamespace": "Web"}));
    assert_eq!(filters["metricFilters"][0]["filterName"], "errors");
    lab.call(S, "DeleteLogGroup", name.clone());
    assert_eq!(lab.refused(S, "DeleteLogGroup", name), "ResourceNotFoundException");
}

#[test]
fn a_small_query_is_answered_and_a_large_one_refused() {
    let mut lab = with_stream();
    put(
        &mut lab,
        "ecs/web/1",
        &[(3000, r#"{"code":200}"#), (2000, r#"{"code":500}"#), (1000, r#"{"code":404}"#)],
    );
    let (from, to) = (lab.now.0 / 1000 - 60, lab.now.0 / 1000 + 60);
    let start = |text: &str| json!({"logGroupName": "/ecs/web", "startTime": from, "endTime": to, "queryString": text});
    let query =
        "fields code, @logStream | filter code >= 400 and @message like /code/ | sort code asc | limit 5";
    let id = lab.call(S, "StartQuery", start(query))["queryId"].clone();
    let results = lab.call(S, "GetQueryResults", json!({"queryId": id}));
    assert_eq!(
        (results["status"].as_str(), results["results"].as_array().unwrap().len()),
        (Some("Complete"), 2)
    );
    assert_eq!(results["results"][0][0], json!({"field": "code", "value": "404"}));
    assert_eq!(lab.refused(S, "StartQuery", start("stats count(*) by bin(5m)")), "MalformedQueryException");
    assert_eq!(lab.call(S, "DescribeQueryDefinitions", json!({}))["queryDefinitions"], json!([]));
}

#[test]
fn what_containers_say_is_bounded() {
    let mut model = Model::default();
    let now = Time(1_000_000_000);
    assert!(!append(&mut model, "g", "s", [(now, "x".to_owned())].into_iter(), now));
    assert!(
        create_group(&mut model, "g", now) && has_group(&model, "g") && !create_group(&mut model, "a b", now)
    );
    let many = (0..5_000).map(|at| (now.plus_ms(at), format!("line {at}")));
    assert!(append(&mut model, "g", "s", many, now));
    let events = &model.groups["g"].streams["s"].events;
    assert_eq!((events.len(), events.back().unwrap().message.as_str()), (MAX_EVENTS, "line 4999"));
    append(&mut model, "g", "long", [(now, "ä".repeat(MAX_MESSAGE))].into_iter(), now);
    assert!(model.groups["g"].streams["long"].events[0].message.len() <= MAX_MESSAGE);
    for stream in 0..MAX_STREAMS + 5 {
        let at = now.plus_ms(i64::try_from(stream).unwrap());
        append(&mut model, "g", &format!("s{stream}"), [(at, "x".repeat(9_000))].into_iter(), at);
    }
    assert!(model.groups["g"].streams.len() <= MAX_STREAMS);
    assert!(model.groups["g"].streams.contains_key(&format!("s{}", MAX_STREAMS + 4)));
    let bytes: usize = model.groups["g"].streams.values().map(|stream| stream.bytes).sum();
    assert_eq!(bytes, model.bytes);
    assert!(bytes <= MAX_REGION_BYTES);
}

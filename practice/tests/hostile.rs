//! Hostile input: whatever bytes arrive, the answer is one of the protocol's own form, comes soon, and nothing
//! panics; what is refused changes nothing.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use practice::services::registry;
use practice::wire::query::{MAX_DEPTH, MAX_PARAMETERS};
use practice::wire::request::{Credential, HttpRequest, MAX_BODY, asked};
use practice::wire::sigv4::Signed;
use practice::wire::{answer::HttpAnswer, query, xml};
use practice::world::Caller;
use practice::{Auth, Command, Outcome, Time, World, answer, apply};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Map, Value, json};

const NOW: Time = Time(1_795_252_353_000);
const JSON_TARGETS: [&str; 3] =
    ["AmazonEC2ContainerServiceV20141113.CreateCluster", "AmazonSSM.GetParameters", "Nonsense"];
const SCOPES: [&str; 9] = [
    "ec2",
    "iam",
    "autoscaling",
    "sts",
    "ecs",
    "elasticloadbalancing",
    "monitoring",
    "elasticfilesystem",
    "nonsense",
];

fn world() -> World {
    World::new("123456789012", 1)
}

fn post(headers: Vec<(String, String)>, body: Vec<u8>) -> HttpRequest {
    HttpRequest { method: "POST".into(), path: "/".into(), query: String::new(), headers, body }
}

fn scope_of(service: &str) -> (String, String) {
    let scope = format!("AKIDEXAMPLE/20261121/us-east-1/{service}/aws4_request");
    let header =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}", "0".repeat(64));
    ("authorization".into(), header)
}

/// What every answer must be, whatever was asked.
fn check(answer: &HttpAnswer, is_json: bool) {
    assert!((200..600).contains(&answer.status) && answer.status != 500, "{}", answer.status);
    let text = std::str::from_utf8(&answer.body).expect("an answer is UTF-8");
    if is_json {
        let tree: Value = serde_json::from_str(text).expect("a JSON answer");
        assert!(answer.status == 200 || tree["__type"].is_string() && tree["message"].is_string(), "{tree}");
    } else {
        well_formed(text);
        assert!(answer.status == 200 || text.contains("<Code>") && text.contains("<Message>"), "{text}");
    }
    assert!(text.len() < 4 * MAX_BODY, "an answer is not much longer than what was asked");
}

fn well_formed(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_i64;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}")) {
            quick_xml::events::Event::Start(_) => depth += 1,
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{text}");
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(legal), "{text:?}");
}

/// Sends it with and without verification; a refusal leaves the world as it was.
fn send(request: &HttpRequest) {
    let is_json = request.header("x-amz-target").is_some();
    for auth in [Auth::Any, Auth::Verify] {
        let mut world = world();
        let before = world.clone();
        let answer = answer(&mut world, request, auth, NOW, NOW, "id");
        // What no service of ours is meant by is answered in JSON or XML as the request was.
        let json_service =
            answer.headers.iter().any(|(_, value)| value.starts_with("application/x-amz-json"));
        check(&answer, json_service);
        assert!(!is_json || json_service || request.header("authorization").is_some());
        assert!(answer.status == 200 || world == before, "a refusal left a trace");
        assert!(auth == Auth::Any || answer.status != 200, "nothing here is signed");
    }
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-A-Za-z0-9 ./:_*?${}%&=+,;\"'<>\\\\]{0,40}",
        Just(String::new()),
        Just("-1".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("10.0.0.0/33".to_owned()),
        Just("arn:aws:iam::123456789012:role/x".to_owned()),
        Just("i-0123456789abcdef0".to_owned()),
        Just("\u{0}\u{ffff}\u{202e}".to_owned()),
        Just("x".repeat(5000)),
    ]
}

fn hostile_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Action".to_owned()),
        Just("Version".to_owned()),
        "(Filter|Tags|member|Value|VpcId|RoleName|[0-9]{1,12}|)(\\.(member|Filter|Key|[0-9]{1,12}|)){0,20}",
        any::<String>(),
    ]
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}"))
}

fn hostile_tree(names: &'static [String]) -> impl Strategy<Value = Value> {
    let name =
        if names.is_empty() { Just(String::from("x")).boxed() } else { prop::sample::select(names).boxed() };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-3_i64..70_000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        hostile_text().prop_map(Value::from),
        "[a-z0-9-]{1,12}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![1 => tree.clone(), 4 => objects(names, tree)]
}

/// An input as inputs are: a structure that has many of the names.
fn objects(
    names: &'static [String],
    tree: impl Strategy<Value = Value> + Clone + 'static,
) -> BoxedStrategy<Value> {
    if names.is_empty() {
        return tree.boxed();
    }
    prop::collection::vec((prop::sample::select(names), tree), 0..names.len().min(20))
        .prop_map(|members| Value::Object(members.into_iter().collect()))
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_protocol(
        body in prop::collection::vec(any::<u8>(), 0..600),
        target in prop::option::of(prop::sample::select(&JSON_TARGETS[..])),
        scope in prop::sample::select(&SCOPES[..]),
    ) {
        let mut headers = vec![scope_of(scope)];
        headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
        send(&post(headers, body));
    }

    #[test]
    fn any_form(
        pairs in prop::collection::vec((hostile_name(), hostile_text()), 0..40),
        scope in prop::sample::select(&SCOPES[..]),
        raw in any::<bool>(),
    ) {
        let pair = |(name, value): &(String, String)| if raw {
            format!("{name}={value}")
        } else {
            format!("{}={}", escaped(name), escaped(value))
        };
        let form = pairs.iter().map(pair).collect::<Vec<_>>().join("&");
        send(&post(vec![scope_of(scope)], form.clone().into_bytes()));
        let get = HttpRequest { method: "GET".into(), query: form, body: Vec::new(), ..post(vec![scope_of(scope)], vec![]) };
        send(&get);
    }

    #[test]
    fn any_headers(
        authorization in prop_oneof![
            any::<String>(),
            "(AWS4-HMAC-SHA256 )?(Credential=[A-Z0-9/a-z-]{0,60},? ?|SignedHeaders=[a-z;-]{0,40},? ?|Signature=[0-9a-f]{0,70},? ?){0,6}",
        ],
        date in prop_oneof![any::<String>(), "[0-9]{8}T[0-9]{6}Z"],
        others in prop::collection::vec(("x-amz-[a-z-]{1,20}|host|[a-z]{1,9}", any::<String>()), 0..8),
        path in any::<String>(),
        query in any::<String>(),
    ) {
        let mut headers = vec![("authorization".to_owned(), authorization), ("x-amz-date".to_owned(), date)];
        headers.extend(others);
        let request = HttpRequest { path, query, ..post(headers, b"Action=GetCallerIdentity&Version=2011-06-15".to_vec()) };
        let _ = Credential::of(&request);
        if let Ok(signed) = Signed::of(&request) {
            prop_assert!(signed.verify(&request, "secret", "sts", NOW).is_err());
        }
        let mut world = world();
        let answer = answer(&mut world, &request, Auth::Verify, NOW, NOW, "id");
        prop_assert!(answer.status >= 400);
    }

    #[test]
    fn any_text_is_well_formed_xml(text in any::<String>(), other in any::<String>()) {
        let mut out = String::new();
        xml::element(&mut out, "Root", &json!({"a": text, "b": [other, null, {"c": text}]}), "item");
        well_formed(&out);
    }
}

/// Names of the inputs' members, by service and operation (fixtures/members.py).
static MEMBERS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("fixtures/members.json")).expect("the fixture is JSON")
});

/// Every operation is called with inputs that have the right names and anything in them. The world stays small, can
/// be stored and read again, and time can go on in it.
#[test]
fn any_input_to_every_operation() {
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig { failure_persistence: None, ..ProptestConfig::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let mut world = world();
    let mut now = NOW;
    let mut accepted = 0;
    for service in registry().services() {
        for operation in &service.operations {
            let key = format!("{}.{}", service.name, operation.name);
            let names = MEMBERS.get(&key).map_or(&[][..], Vec::as_slice);
            let trees = hostile_tree(names);
            for _ in 0..24 {
                let input = trees.new_tree(&mut runner).expect("a tree").current();
                now = now.plus_ms(1000);
                let done = call(&mut world, service.name, operation.name, input, now);
                accepted += usize::from(done);
            }
        }
    }
    assert!(accepted > 100, "hardly any input is accepted ({accepted}): the test is blind");
    let stored = serde_json::to_string(&world).expect("a world can be stored");
    assert!(stored.len() < 4_000_000, "{} bytes", stored.len());
    assert_eq!(serde_json::from_str::<World>(&stored).expect("and read"), world);
    practice::catch_up_wholly(&mut world, now.plus_ms(3_600_000));
}

fn call(world: &mut World, service: &str, operation: &str, input: Value, now: Time) -> bool {
    let shown = input.to_string();
    practice::catch_up_wholly(world, now);
    let mut before = world.clone();
    let command = Command::Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        region: "us-east-1".to_owned(),
        caller: Caller::root("123456789012"),
        input,
    };
    let outcome = apply(world, &command, now);
    // That it was refused is remembered, and nothing else.
    before.cloudtrail = world.cloudtrail.clone();
    match outcome {
        Outcome::Called(Ok(_)) => true,
        Outcome::Called(Err(fault)) => {
            assert!(*world == before, "{service} {operation} refused ({fault}) and left a trace: {shown}");
            assert!(
                !fault.code.is_empty() && fault.status < 500,
                "{service} {operation}: {fault} for {shown}"
            );
            false
        }
        other => panic!("{operation}: {other:?}"),
    }
}

#[test]
fn json_nested_too_deep_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let headers = vec![("x-amz-target".to_owned(), JSON_TARGETS[0].to_owned()), scope_of("ecs")];
        let request = post(headers, body.into_bytes());
        assert_eq!(asked(&request).unwrap_err().code, "SerializationException");
        send(&request);
    }
}

#[test]
fn forms_too_deep_too_long_or_contradictory_are_refused() {
    let deep = "A.".repeat(MAX_DEPTH + 1) + "B=1";
    let long = "A.1=x&".repeat(MAX_PARAMETERS + 1);
    for form in [deep.as_str(), long.as_str(), "A=1&A.B=2", "A.B=2&A=1", "A=%ff"] {
        assert!(query::decode(form.as_bytes()).is_err());
        send(&post(vec![scope_of("ec2")], format!("Action=DescribeVpcs&{form}").into_bytes()));
    }
}

#[test]
fn bodies_and_lists_at_the_limit() {
    let headers = || vec![("x-amz-target".to_owned(), "AmazonSSM.GetParameters".to_owned()), scope_of("ssm")];
    let request = post(headers(), vec![b' '; MAX_BODY + 1]);
    assert_eq!(asked(&request).unwrap_err().status, 413);
    send(&request);
    let names = vec!["x"; 200_000];
    send(&post(headers(), json!({"Names": names}).to_string().into_bytes()));
    let form: String = (0..MAX_PARAMETERS - 2)
        .fold("Action=DescribeVpcs&Version=2016-11-15".to_owned(), |form, at| {
            form + &format!("&VpcId.{at}=vpc-{at:017x}")
        });
    send(&post(vec![scope_of("ec2")], form.into_bytes()));
    let sparse = "Action=DescribeVpcs&Version=2016-11-15&VpcId.4294967295=vpc-1&VpcId.99999999999=vpc-2";
    send(&post(vec![scope_of("ec2")], sparse.as_bytes().to_vec()));
    let nested: Map<String, Value> =
        (0..20_000).map(|at| (format!("k{at}"), json!({"a": [1, {"b": null}]}))).collect();
    let headers = vec![("x-amz-target".to_owned(), JSON_TARGETS[0].to_owned()), scope_of("ecs")];
    send(&post(headers, Value::Object(nested).to_string().into_bytes()));
}

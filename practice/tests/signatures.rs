//! Signature Version 4: AWS's published examples, requests as botocore signs them (fixtures/sign.py), and what
//! becomes of a request that was changed on its way.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use practice::wire::refusal::Refusal;
use practice::wire::request::HttpRequest;
use practice::wire::sigv4::Signed;
use practice::{Fault, Time, wire::Protocol};
use serde::Deserialize;

const AWS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn request(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// One of AWS's examples: 2015-08-30 12:36, us-east-1, the signature as published.
fn example(
    service: &str,
    signature: &str,
    method: &str,
    target: (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(), Refusal> {
    let host = if service == "iam" { "iam.amazonaws.com" } else { "example.amazonaws.com" };
    let mut all = vec![("host", host), ("x-amz-date", "20150830T123600Z")];
    all.extend(headers);
    let mut names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, SignedHeaders={}, \
         Signature={signature}",
        names.join(";")
    );
    all.push(("authorization", &authorization));
    let request = request(method, target.0, target.1, &all, body);
    Signed::of(&request)?.verify(&request, AWS_SECRET, service, Time::parse("20150830T123600Z").unwrap())
}

#[test]
fn aws_published_examples() {
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    for path in ["/", "//", "/./", "/example/.."] {
        assert_eq!(example("service", vanilla, "GET", (path, ""), &[], ""), Ok(()), "{path}");
    }
    let slashes = "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84";
    assert_eq!(example("service", slashes, "GET", ("//example//", ""), &[], ""), Ok(()));
    let utf8 = "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85";
    assert_eq!(example("service", utf8, "GET", ("/\u{1234}", ""), &[], ""), Ok(()));
    let query = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
    assert_eq!(example("service", query, "GET", ("/", "Param2=value2&Param1=value1"), &[], ""), Ok(()));
    let duplicates = "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea";
    let headers = [("my-header1", "value2"), ("my-header1", "value2"), ("my-header1", "value1")];
    assert_eq!(example("service", duplicates, "GET", ("/", ""), &headers, ""), Ok(()));
    let trimmed = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736";
    let headers = [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")];
    assert_eq!(example("service", trimmed, "GET", ("/", ""), &headers, ""), Ok(()));
    let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    assert_eq!(example("service", post, "POST", ("/", ""), &[], ""), Ok(()));
    let form = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(example("service", form, "POST", ("/", ""), &headers, "Param1=value1"), Ok(()));
    let list_users = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let target = ("/", "Action=ListUsers&Version=2010-05-08");
    assert_eq!(example("iam", list_users, "GET", target, &headers, ""), Ok(()));
    assert_eq!(example("iam", vanilla, "GET", target, &headers, ""), Err(Refusal::Mismatch));
}

#[derive(Deserialize)]
struct Fixtures {
    secret: String,
    date: String,
    requests: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    name: String,
    service: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn fixtures() -> (String, Time, Vec<(String, String, HttpRequest)>) {
    let file: Fixtures = serde_json::from_str(include_str!("fixtures/signed.json")).unwrap();
    let requests = file.requests.into_iter().map(|fixture| {
        let Fixture { name, service, method, path, query, headers, body } = fixture;
        (name, service, HttpRequest { method, path, query, headers, body: STANDARD.decode(body).unwrap() })
    });
    (file.secret, Time::parse(&file.date).unwrap(), requests.collect())
}

fn verify(request: &HttpRequest, secret: &str, service: &str, wall: Time) -> Result<(), Refusal> {
    Signed::of(request)?.verify(request, secret, service, wall)
}

#[test]
fn what_botocore_signs_is_accepted() {
    let (secret, at, requests) = fixtures();
    assert!(requests.len() >= 14);
    for (name, service, request) in &requests {
        assert_eq!(verify(request, &secret, service, at), Ok(()), "{name}");
        assert_eq!(verify(request, "another secret", service, at), Err(Refusal::Mismatch), "{name}");
    }
}

#[test]
fn any_change_on_the_way_is_noticed() {
    let (secret, at, requests) = fixtures();
    for (name, service, request) in &requests {
        let refused = |what: &str, change: &dyn Fn(&mut HttpRequest)| {
            let mut changed = request.clone();
            change(&mut changed);
            assert!(verify(&changed, &secret, service, at).is_err(), "{name}: {what}");
        };
        refused("method", &|r| r.method = "PATCH".to_owned());
        refused("path", &|r| r.path.push_str("/x"));
        refused("query", &|r| r.query.push_str("&x=1"));
        refused("body", &|r| r.body.push(b'x'));
        refused("declared hash", &|r| r.headers.push(("x-amz-content-sha256".to_owned(), "0".repeat(64))));
        refused("an unsigned header of AWS", &|r| {
            r.headers.push(("x-amz-target".to_owned(), "X.Y".to_owned()));
        });
        for at in 0..request.headers.len() {
            refused("header value", &|r| r.headers[at].1.push('x'));
            refused("header gone", &|r| drop(r.headers.remove(at)));
        }
    }
}

#[test]
fn time_and_scope() {
    let (secret, at, requests) = fixtures();
    let (_, service, request) = &requests[0];
    let minutes = |n: i64| at.plus_ms(n * 60_000);
    assert_eq!(verify(request, &secret, service, minutes(15)), Ok(()));
    assert_eq!(verify(request, &secret, service, minutes(-15)), Ok(()));
    let Err(Refusal::Skewed(late)) = verify(request, &secret, service, minutes(16)) else { panic!() };
    assert_eq!(
        late,
        "Signature expired: 20261121T091233Z is now earlier than 20261121T091333Z (20261121T092833Z - 15 min.)"
    );
    assert!(matches!(verify(request, &secret, service, minutes(-16)), Err(Refusal::Skewed(_))));
    assert!(matches!(verify(request, &secret, "ecs", at), Err(Refusal::Scope(_))));
}

fn signed_with(authorization: &str, date: Option<&str>) -> Result<Signed, Refusal> {
    let mut headers = vec![("host", "x"), ("authorization", authorization)];
    headers.extend(date.map(|date| ("x-amz-date", date)));
    Signed::of(&request("POST", "/", "", &headers, ""))
}

#[test]
fn incomplete_signatures_say_what_is_missing() {
    let date = Some("20261121T091233Z");
    assert_eq!(Signed::of(&request("POST", "/", "", &[], "")).unwrap_err(), Refusal::Unsigned);
    let incomplete = |header: &str, date| match signed_with(header, date) {
        Err(Refusal::Incomplete(message)) => message,
        other => panic!("{header}: {other:?}"),
    };
    assert_eq!(incomplete("Basic dXNlcg==", date), "Unsupported AWS 'algorithm': 'Basic'.");
    assert_eq!(
        incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request", None),
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' \
         parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    );
    let full = |credential: &str| {
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={}", "0".repeat(64))
    };
    assert!(
        incomplete(&full("AKID"), date)
            .starts_with("Credential must have exactly 5 slash-delimited elements")
    );
    assert!(
        incomplete(&full("a/b/c/d/aws4_request"), Some("yesterday")).starts_with("Date must be in ISO-8601")
    );
    assert!(incomplete(&"x".repeat(10_000), date).contains("too long"));
    assert!(signed_with(&full("a/b/c/d/aws4_request"), date).is_ok());
}

#[test]
fn each_protocol_has_its_own_words() {
    let code = |refusal: Refusal, protocol| {
        let Fault { code, status, .. } = refusal.fault(protocol);
        (code, status)
    };
    let (query, ec2) = (Protocol::Query { namespace: "" }, Protocol::Ec2 { namespace: "" });
    for (refusal, json_says, query_says, ec2_says) in [
        (
            Refusal::UnknownKey,
            ("UnrecognizedClientException", 400),
            ("InvalidClientTokenId", 403),
            ("AuthFailure", 401),
        ),
        (
            Refusal::Mismatch,
            ("InvalidSignatureException", 400),
            ("SignatureDoesNotMatch", 403),
            ("AuthFailure", 401),
        ),
        (
            Refusal::ExpiredToken,
            ("ExpiredTokenException", 400),
            ("ExpiredToken", 403),
            ("RequestExpired", 400),
        ),
        (
            Refusal::Incomplete(String::new()),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignature", 400),
            ("IncompleteSignature", 400),
        ),
    ] {
        let rest = refusal.clone().fault(Protocol::RestJson);
        assert_eq!((rest.code.as_str(), rest.status), (json_says.0, 403));
        for (protocol, (wanted, status)) in
            [(Protocol::Json11, json_says), (query, query_says), (ec2, ec2_says)]
        {
            assert_eq!(code(refusal.clone(), protocol), (wanted.to_owned(), status), "{protocol:?}");
        }
    }
}

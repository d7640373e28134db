use serde_json::{Value, json};

use crate::testing::Lab;
use crate::wire::request::HttpRequest;
use crate::{Auth, answer};

/// A request as a client sends it, with any credentials.
fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let scope = "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let own = [("authorization", scope), ("host", "127.0.0.1:4566")];
    let all =
        headers.iter().chain(own.iter().filter(|(name, _)| !headers.iter().any(|(other, _)| other == name)));
    HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_vec(),
    }
}

/// Status and body of its answer.
fn send(lab: &mut Lab, request: &HttpRequest) -> (u16, String) {
    let now = lab.now;
    let answer = answer(&mut lab.world, request, Auth::Any, now, now, "0A49CE4060975EAC");
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn objects_are_put_listed_and_got_over_http() {
    let mut lab = Lab::new();
    assert_eq!(send(&mut lab, &request("PUT", "/templates", &[], b"")).0, 200);
    let chunked = b"5;chunk-signature=0\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
    let headers =
        [("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("content-type", "text/plain")];
    assert_eq!(send(&mut lab, &request("PUT", "/templates/a%20b/shop.yaml", &headers, chunked)).0, 200);
    assert_eq!(
        send(&mut lab, &request("GET", "/templates/a%20b/shop.yaml", &[], b"")),
        (200, "hello world".into())
    );
    // The same by the bucket's own host name.
    let host = [("host", "templates.s3.us-east-1.amazonaws.com")];
    assert_eq!(send(&mut lab, &request("GET", "/a%20b/shop.yaml", &host, b"")), (200, "hello world".into()));
    let (_, listed) =
        send(&mut lab, &request("GET", "/templates?list-type=2&prefix=a+b%2F&encoding-type=url", &[], b""));
    assert!(listed.contains("<Key>a%20b/shop.yaml</Key>"), "{listed}");
    assert!(
        listed.contains("<ETag>&quot;5eb63bbbe01eeed093cb22bb8f5acdc3&quot;</ETag><Size>11</Size>"),
        "{listed}"
    );
    let delete =
        b"<Delete><Object><Key>a b/shop.yaml</Key></Object><Object><Key>none</Key></Object></Delete>";
    let (status, deleted) = send(&mut lab, &request("POST", "/templates?delete", &[], delete));
    assert!(status == 200 && deleted.contains("<Deleted><Key>none</Key></Deleted>"), "{deleted}");
    let (status, missing) = send(&mut lab, &request("GET", "/templates/a%20b/shop.yaml", &[], b""));
    assert!(status == 404 && missing.contains("<Code>NoSuchKey</Code>"), "{missing}");
    assert_eq!(send(&mut lab, &request("DELETE", "/templates", &[], b"")).0, 204);
    for (method, target, status) in [
        ("GET", "/templates?versioning", 501),
        ("PUT", "/templates/x?partNumber=1", 501),
        ("HEAD", "/templates", 404),
    ] {
        assert_eq!(send(&mut lab, &request(method, target, &[], b"")).0, status, "{method} {target}");
    }
    let cut = b"ff\r\nhello";
    assert_eq!(send(&mut lab, &request("PUT", "/templates/x", &headers, cut)).0, 400);
}

#[test]
fn listings_are_folded_and_come_in_pages() {
    let mut lab = Lab::new();
    lab.call("s3", "CreateBucket", json!({"Bucket": "shop"}));
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        lab.call("s3", "PutObject", json!({"Bucket": "shop", "Key": key, "Body": key}));
    }
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let page = lab.call(
            "s3",
            "ListObjectsV2",
            json!({"Bucket": "shop", "Delimiter": "/", "MaxKeys": "1", "ContinuationToken": token}),
        );
        let objects = page["Contents"].as_array().unwrap().iter().map(|one| one["Key"].clone());
        let folded = page["CommonPrefixes"].as_array().unwrap().iter().map(|one| one["Prefix"].clone());
        seen.extend(objects.chain(folded));
        token = page.get("NextContinuationToken").cloned().unwrap_or_default();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["a/", "b", "c/", "d"]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut lab = Lab::new();
    lab.call("s3", "CreateBucket", json!({"Bucket": "shop"}));
    lab.call("s3", "CreateBucket", json!({"Bucket": "shop"}));
    assert_eq!(lab.refused("s3", "CreateBucket", json!({"Bucket": "Shop"})), "InvalidBucketName");
    assert_eq!(lab.refused("s3", "CreateBucket", json!({"Bucket": "10.0.0.1"})), "InvalidBucketName");
    lab.call("s3", "PutObject", json!({"Bucket": "shop", "Key": "a", "Body": "x".repeat(1_500_000)}));
    let more = json!({"Bucket": "shop", "Key": "b", "Body": "x".repeat(700_000)});
    assert_eq!(lab.refused("s3", "PutObject", more.clone()), "EntityTooLarge");
    let mut instead = more;
    instead["Key"] = "a".into();
    lab.call("s3", "PutObject", instead);
    assert_eq!(lab.refused("s3", "DeleteBucket", json!({"Bucket": "shop"})), "BucketNotEmpty");
    assert_eq!(lab.refused("s3", "PutObject", json!({"Bucket": "none", "Key": "a"})), "NoSuchBucket");
    lab.region = "eu-west-1".to_owned();
    let elsewhere = lab.try_call("s3", "CreateBucket", json!({"Bucket": "here"})).unwrap_err();
    assert_eq!(elsewhere.code, "IllegalLocationConstraintException");
    lab.call("s3", "CreateBucket", json!({"Bucket": "here", "LocationConstraint": "eu-west-1"}));
    assert_eq!(lab.call("s3", "GetBucketLocation", json!({"Bucket": "here"})), json!("eu-west-1"));
}

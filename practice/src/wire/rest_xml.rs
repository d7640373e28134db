//! `restXml` as Amazon S3 speaks it: a method, a bucket, a key and a subresource mean an operation; objects are bytes, all
//! else is XML. Follows "REST API" and "Virtual hosting of buckets" of the S3 API reference, and "AWS restXml protocol"
//! (Smithy 2.0). A bucket is the first part of the path, or of the host name where that is AWS's own or `localhost`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::answer::HttpAnswer;
use super::request::HttpRequest;
use super::xml_in::Element;
use crate::core::fault::Fault;

/// The service that speaks it.
pub const SERVICE: &str = "s3";
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// Most query parameters, and most chunks of a body.
const MAX_PARAMETERS: usize = 100;
const MAX_CHUNKS: usize = 10_000;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Account,
    Bucket,
    Object,
}

/// Method, target, subresource, operation, status of success, root element of the answer.
type Route = (&'static str, Target, &'static str, &'static str, u16, &'static str);

const ROUTES: [Route; 16] = [
    ("GET", Target::Account, "", "ListBuckets", 200, "ListAllMyBucketsResult"),
    ("PUT", Target::Bucket, "", "CreateBucket", 200, ""),
    ("HEAD", Target::Bucket, "", "HeadBucket", 200, ""),
    ("DELETE", Target::Bucket, "", "DeleteBucket", 204, ""),
    ("GET", Target::Bucket, "location", "GetBucketLocation", 200, "LocationConstraint"),
    ("GET", Target::Bucket, "list-type", "ListObjectsV2", 200, "ListBucketResult"),
    ("GET", Target::Bucket, "", "ListObjects", 200, "ListBucketResult"),
    ("POST", Target::Bucket, "delete", "DeleteObjects", 200, "DeleteResult"),
    ("GET", Target::Bucket, "tagging", "GetBucketTagging", 200, "Tagging"),
    ("PUT", Target::Bucket, "tagging", "PutBucketTagging", 204, ""),
    ("DELETE", Target::Bucket, "tagging", "DeleteBucketTagging", 204, ""),
    ("PUT", Target::Object, "", "PutObject", 200, ""),
    ("GET", Target::Object, "", "GetObject", 200, ""),
    ("HEAD", Target::Object, "", "HeadObject", 200, ""),
    ("DELETE", Target::Object, "", "DeleteObject", 204, ""),
    ("PUT", Target::Object, "x-amz-copy-source", "CopyObject", 200, "CopyObjectResult"),
];
/// Query parameters that are members of the input. All others but `x-id` ask for something else than the plain resource.
const MEMBERS: [(&str, &str); 9] = [
    ("list-type", ""),
    ("x-id", ""),
    ("prefix", "Prefix"),
    ("delimiter", "Delimiter"),
    ("max-keys", "MaxKeys"),
    ("continuation-token", "ContinuationToken"),
    ("start-after", "StartAfter"),
    ("marker", "Marker"),
    ("encoding-type", "EncodingType"),
];
/// Members of an answer that are headers.
const HEADERS: [(&str, &str); 6] = [
    ("ETag", "etag"),
    ("LastModified", "last-modified"),
    ("ContentType", "content-type"),
    ("Location", "location"),
    ("BucketRegion", "x-amz-bucket-region"),
    ("ServerSideEncryption", "x-amz-server-side-encryption"),
];

fn not_implemented() -> Fault {
    let message = "A header or query you provided implies functionality that is not implemented in this practice cloud.";
    Fault::new("NotImplemented", message).with_status(501)
}

/// The operation a request means, and its input as a tree. An object's bytes are the member `Body` when they are text, and
/// `BodyBase64` when they are not.
pub fn decode(request: &HttpRequest) -> Result<(String, Value), Fault> {
    let (bucket, key) = named(request)?;
    let target = match (bucket.as_str(), key.as_str()) {
        ("", _) => Target::Account,
        (_, "") => Target::Bucket,
        _ => Target::Object,
    };
    let (mut members, mut subresource) = query(&request.query)?;
    if request.header("x-amz-copy-source").is_some() {
        "x-amz-copy-source".clone_into(&mut subresource);
    }
    let fits =
        |(method, of, sub, ..): &&Route| *method == request.method && *of == target && *sub == subresource;
    let (_, _, _, operation, ..) = ROUTES.iter().find(fits).ok_or_else(not_implemented)?;
    for (name, value) in [("Bucket", bucket), ("Key", key)] {
        if !value.is_empty() {
            members.insert(name.to_owned(), value.into());
        }
    }
    match *operation {
        "PutObject" => object(request, &mut members)?,
        "CopyObject" => {
            let source = request.header("x-amz-copy-source").unwrap_or_default();
            let decoded = percent_decode_str(source).decode_utf8_lossy();
            members.insert("CopySource".to_owned(), decoded.trim_start_matches('/').into());
        }
        "CreateBucket" | "PutBucketTagging" | "DeleteObjects" => document(operation, request, &mut members)?,
        _ => {}
    }
    Ok(((*operation).to_owned(), Value::Object(members)))
}

/// Bucket and key, as far as the request names them.
fn named(request: &HttpRequest) -> Result<(String, String), Fault> {
    let path = percent_decode_str(&request.path)
        .decode_utf8()
        .map_err(|_| Fault::new("InvalidURI", "Couldn't parse the specified URI."))?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    if let Some(bucket) = virtual_bucket(request.header("host").unwrap_or_default()) {
        return Ok((bucket, path.to_owned()));
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    Ok((bucket.to_owned(), key.to_owned()))
}

/// The bucket that a host name begins with.
pub(crate) fn virtual_bucket(host: &str) -> Option<String> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_ascii_lowercase();
    if let Some(front) = host.strip_suffix(".localhost") {
        return (!front.contains('.') && front != "practice").then(|| front.to_owned());
    }
    let front = host.strip_suffix(".amazonaws.com")?;
    // `bucket.s3.eu-west-1`, `bucket.s3`, `bucket.s3-eu-west-1`
    let at = front
        .rfind(".s3.")
        .or_else(|| front.rfind(".s3-"))
        .or_else(|| front.strip_suffix(".s3").map(str::len))?;
    front.get(..at).map(str::to_owned)
}

/// Members and subresource of a query string.
fn query(text: &str) -> Result<(Map<String, Value>, String), Fault> {
    let (mut members, mut subresource) = (Map::new(), String::new());
    for (at, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if at >= MAX_PARAMETERS {
            return Err(Fault::new("InvalidURI", "Couldn't parse the specified URI."));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let spaced = value.replace('+', " ");
        let value = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
        match MEMBERS.iter().find(|(name, _)| *name == key) {
            Some(("list-type", _)) => "list-type".clone_into(&mut subresource),
            Some((_, "")) => {}
            Some((_, member)) => {
                members.insert((*member).to_owned(), value.into());
            }
            None => key.clone_into(&mut subresource),
        }
    }
    Ok((members, subresource))
}

/// The bytes of an object and what is said of them.
fn object(request: &HttpRequest, members: &mut Map<String, Value>) -> Result<(), Fault> {
    let chunked = request.header("content-encoding").is_some_and(|how| how.contains("aws-chunked"))
        || request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    let bytes = if chunked { unchunked(&request.body)? } else { request.body.clone() };
    if let Some(content_type) = request.header("content-type") {
        members.insert("ContentType".to_owned(), content_type.into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => members.insert("Body".to_owned(), text.into()),
        Err(bytes) => members.insert("BodyBase64".to_owned(), STANDARD.encode(bytes.as_bytes()).into()),
    };
    Ok(())
}

/// A body sent in chunks, `aws-chunked`: sizes in hexadecimal digits, with the chunks' own signatures and trailing
/// checksums, which are not looked at.
fn unchunked(body: &[u8]) -> Result<Vec<u8>, Fault> {
    let incomplete = || Fault::new("IncompleteBody", "The request body terminated unexpectedly");
    let (mut whole, mut rest) = (Vec::with_capacity(body.len()), body);
    for _ in 0..MAX_CHUNKS {
        let end = rest.windows(2).position(|two| two == b"\r\n").ok_or_else(incomplete)?;
        let (line, after) = rest.split_at(end);
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).map_err(|_| incomplete())?;
        let size = usize::from_str_radix(digits.trim(), 16).map_err(|_| incomplete())?;
        let after = after.get(2..).ok_or_else(incomplete)?;
        if size == 0 {
            return Ok(whole);
        }
        whole.extend_from_slice(after.get(..size).ok_or_else(incomplete)?);
        rest = after.get(size + 2..).ok_or_else(incomplete)?;
    }
    Err(incomplete())
}

/// Members from an XML body.
fn document(operation: &str, request: &HttpRequest, members: &mut Map<String, Value>) -> Result<(), Fault> {
    if request.body.is_empty() && operation == "CreateBucket" {
        return Ok(());
    }
    let malformed = || {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        Fault::new("MalformedXML", message)
    };
    let root = Element::parse(&request.body).map_err(|_| malformed())?;
    match operation {
        "CreateBucket" => {
            members.insert("LocationConstraint".to_owned(), root.text_of("LocationConstraint").into());
        }
        "DeleteObjects" => {
            let keys: Vec<Value> = root.all("Object").map(|one| Value::from(one.text_of("Key"))).collect();
            members.insert("Key".to_owned(), keys.into());
            members.insert("Quiet".to_owned(), (root.text_of("Quiet") == "true").into());
        }
        _ => {
            let set = root.all("TagSet").flat_map(|set| set.all("Tag"));
            let tags = set.map(|tag| json!({"Key": tag.text_of("Key"), "Value": tag.text_of("Value")}));
            members.insert("Tags".to_owned(), tags.collect());
        }
    }
    Ok(())
}

/// What came of an operation.
pub fn encode(operation: &str, request_id: &str, outcome: &Result<Value, Fault>) -> HttpAnswer {
    let mut answer = match outcome {
        Ok(result) => success(operation, result.clone()),
        Err(fault) => failure(request_id, fault),
    };
    answer.headers.push(("x-amz-request-id", request_id.to_owned()));
    answer
}

fn success(operation: &str, mut result: Value) -> HttpAnswer {
    let route = ROUTES.iter().find(|(_, _, _, name, ..)| *name == operation);
    let (status, root) = route.map_or((200, ""), |(.., status, root)| (*status, *root));
    let mut headers = Vec::new();
    let mut body = Vec::new();
    if root.is_empty() {
        for (member, header) in HEADERS {
            if let Some(value) = result.get(member).and_then(Value::as_str) {
                headers.push((header, value.to_owned()));
            }
        }
        body = match (result["Body"].take(), result["BodyBase64"].take()) {
            (Value::String(text), _) => text.into_bytes(),
            (_, Value::String(text)) => STANDARD.decode(text).unwrap_or_default(),
            _ => Vec::new(),
        };
    } else {
        let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">");
        flat(&mut text, &result);
        text.push_str(&format!("</{root}>"));
        headers.push(("content-type", "application/xml".to_owned()));
        body.extend(text.into_bytes());
    }
    HttpAnswer { status, headers, body }
}

fn failure(request_id: &str, fault: &Fault) -> HttpAnswer {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>".to_owned();
    flat(&mut text, &json!({"Code": fault.code, "Message": fault.message, "RequestId": request_id}));
    text.push_str("</Error>");
    let headers = vec![("content-type", "application/xml".to_owned())];
    HttpAnswer { status: fault.status, headers, body: text.into_bytes() }
}

/// Members as elements; a list repeats its own.
fn flat(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let many: &[Value] = match member {
                    Value::Array(items) => items,
                    Value::Null => &[],
                    one => std::slice::from_ref(one),
                };
                for one in many {
                    out.push_str(&format!("<{name}>"));
                    flat(out, one);
                    out.push_str(&format!("</{name}>"));
                }
            }
        }
        other => super::xml::content(out, other, "member"),
    }
}

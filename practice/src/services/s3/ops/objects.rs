//! Objects: whole, and small.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket;
use crate::core::fault::Fault;
use crate::services::iam;
use crate::services::s3::fault;
use crate::services::s3::model::{Body, MAX_KEY, MAX_OBJECTS, MAX_REGION_BYTES, Object};
use crate::world::{Scope, View};

/// Most keys of one `DeleteObjects`, as in AWS.
const MAX_KEYS: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutIn {
    bucket: String,
    key: String,
    body: Option<String>,
    #[serde(rename = "BodyBase64")]
    bytes: Option<String>,
    content_type: Option<String>,
}

/// `PutObject`.
pub(crate) fn put(scope: &mut Scope<'_>, input: PutIn) -> Result<Value, Fault> {
    let (body, etag) = match (input.bytes, input.body) {
        (Some(text), _) => {
            let bytes = STANDARD.decode(&text).map_err(|_| fault::invalid("The body is not valid."))?;
            let etag = digest(&bytes);
            (Body::Bytes(text), etag)
        }
        (None, text) => {
            let text = text.unwrap_or_default();
            let etag = digest(text.as_bytes());
            (Body::Text(text), etag)
        }
    };
    let content_type = input.content_type.unwrap_or_else(|| "binary/octet-stream".to_owned());
    let object = Object { body, etag, modified: scope.now, content_type };
    let etag = keep(scope, &input.bucket, input.key, object)?;
    Ok(json!({"ETag": etag, "ServerSideEncryption": "AES256"}))
}

fn digest(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Puts an object into a bucket, if it fits; its entity tag in quotes.
fn keep(scope: &mut Scope<'_>, bucket: &str, key: String, object: Object) -> Result<String, Fault> {
    let model = &mut scope.region.s3;
    let size = model.size();
    let held = model.buckets.get_mut(bucket).ok_or_else(fault::no_such_bucket)?;
    if key.len() > MAX_KEY {
        return Err(Fault::new("KeyTooLongError", "Your key is too long"));
    }
    let before = held.objects.get(&key).map_or(0, Object::size);
    if size - before + object.size() > MAX_REGION_BYTES {
        return Err(fault::full("2 MiB of objects"));
    }
    if before == 0 && !held.objects.contains_key(&key) && held.objects.len() >= MAX_OBJECTS {
        return Err(fault::full("1,000 objects of a bucket"));
    }
    let etag = format!("\"{}\"", object.etag);
    held.objects.insert(key, object);
    Ok(etag)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopyIn {
    bucket: String,
    key: String,
    copy_source: String,
}

/// `CopyObject`, within the region.
pub(crate) fn copy(scope: &mut Scope<'_>, input: CopyIn) -> Result<Value, Fault> {
    let source = input.copy_source.split_once('/');
    let (from, key) = source.ok_or_else(|| fault::invalid("Invalid copy source bucket name"))?;
    iam::authorize(&scope.view(), "s3", "GetObject", &json!({"Bucket": from, "Key": key}))?;
    let mut object = find(&scope.view(), from, key)?.clone();
    object.modified = scope.now;
    let etag = keep(scope, &input.bucket, input.key, object)?;
    Ok(json!({"LastModified": scope.now.iso(), "ETag": etag}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ObjectIn {
    bucket: String,
    key: String,
}

fn find<'w>(view: &View<'w>, name: &str, key: &str) -> Result<&'w Object, Fault> {
    bucket(view, name)?.objects.get(key).ok_or_else(fault::no_such_key)
}

/// `GetObject`, and `HeadObject`, whose answer goes without its body.
pub(crate) fn get(view: &View<'_>, input: ObjectIn) -> Result<Value, Fault> {
    let object = find(view, &input.bucket, &input.key)?;
    let (member, text) = match &object.body {
        Body::Text(text) => ("Body", text),
        Body::Bytes(text) => ("BodyBase64", text),
    };
    Ok(json!({
        "ETag": format!("\"{}\"", object.etag),
        "LastModified": object.modified.http(),
        "ContentType": object.content_type,
        "ServerSideEncryption": "AES256",
        member: text,
    }))
}

/// `DeleteObject`. One that is not there is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: ObjectIn) -> Result<Value, Fault> {
    let held = scope.region.s3.buckets.get_mut(&input.bucket).ok_or_else(fault::no_such_bucket)?;
    held.objects.remove(&input.key);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteManyIn {
    bucket: String,
    key: Vec<String>,
    #[serde(default)]
    quiet: bool,
}

/// `DeleteObjects`.
pub(crate) fn delete_many(scope: &mut Scope<'_>, input: DeleteManyIn) -> Result<Value, Fault> {
    let held = scope.region.s3.buckets.get_mut(&input.bucket).ok_or_else(fault::no_such_bucket)?;
    if input.key.is_empty() || input.key.len() > MAX_KEYS {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(Fault::new("MalformedXML", message));
    }
    for key in &input.key {
        held.objects.remove(key);
    }
    let told = input.key.iter().filter(|_| !input.quiet);
    let deleted: Vec<Value> = told.map(|key| json!({"Key": key})).collect();
    Ok(json!({"Deleted": deleted}))
}

//! Buckets and their tags. Follows "Bucket naming rules" of the S3 user guide.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::s3::fault;
use crate::services::s3::model::{Bucket, MAX_BUCKETS};
use crate::world::{Scope, View};

/// Tags of a bucket at most, as in AWS.
const MAX_TAGS: usize = 50;
/// The region whose buckets have no location constraint.
const FIRST_REGION: &str = "us-east-1";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    bucket: String,
    location_constraint: Option<String>,
}

/// `CreateBucket`. In us-east-1 one's own bucket can be made again, which changes nothing.
pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<Value, Fault> {
    let name = input.bucket;
    if !is_name(&name) {
        return Err(fault::invalid_name());
    }
    let region = scope.region.name.clone();
    let wanted = input.location_constraint.filter(|text| !text.is_empty());
    let fits = match wanted.as_deref() {
        None => region == FIRST_REGION,
        Some(wanted) => wanted == region && region != FIRST_REGION,
    };
    if !fits {
        let wanted = wanted.as_deref().unwrap_or("unspecified");
        return Err(Fault::new(
            "IllegalLocationConstraintException",
            format!(
                "The {wanted} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        ));
    }
    let answer = json!({"Location": format!("/{name}")});
    let buckets = &mut scope.region.s3.buckets;
    if buckets.contains_key(&name) {
        return if region == FIRST_REGION { Ok(answer) } else { Err(fault::owned()) };
    }
    if buckets.len() >= MAX_BUCKETS {
        let message = "You have attempted to create more buckets than allowed";
        return Err(Fault::new("TooManyBuckets", message));
    }
    let made = Bucket { created: scope.now, tags: Tags::new(), objects: BTreeMap::new() };
    buckets.insert(name, made);
    Ok(answer)
}

/// 3 to 63 lower-case letters, digits, dots and hyphens, as a DNS name, not an address.
fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(legal)
        && outer(name.chars().next())
        && outer(name.chars().next_back())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !name.starts_with("xn--")
        && !name.ends_with("-s3alias")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketIn {
    bucket: String,
}

/// `DeleteBucket`: only an empty one.
pub(crate) fn delete(scope: &mut Scope<'_>, input: BucketIn) -> Result<Value, Fault> {
    if !bucket(&scope.view(), &input.bucket)?.objects.is_empty() {
        return Err(fault::not_empty());
    }
    scope.region.s3.buckets.remove(&input.bucket);
    Ok(json!({}))
}

/// `HeadBucket`.
pub(crate) fn head(view: &View<'_>, input: BucketIn) -> Result<Value, Fault> {
    bucket(view, &input.bucket)?;
    Ok(json!({"BucketRegion": view.region.name}))
}

/// `GetBucketLocation`: a text, empty in us-east-1.
pub(crate) fn location(view: &View<'_>, input: BucketIn) -> Result<Value, Fault> {
    bucket(view, &input.bucket)?;
    Ok(if view.region.name == FIRST_REGION { Value::Null } else { view.region.name.as_str().into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {}

/// `ListBuckets`.
pub(crate) fn list(view: &View<'_>, _: ListIn) -> Result<Value, Fault> {
    let all = view.region.s3.buckets.iter();
    let shown: Vec<Value> = all
        .map(|(name, bucket)| json!({"Name": name, "CreationDate": bucket.created.iso(), "BucketRegion": view.region.name}))
        .collect();
    Ok(json!({"Owner": {"ID": format!("{:0>64}", view.account)}, "Buckets": {"Bucket": shown}}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagIn {
    bucket: String,
    #[serde(default)]
    tags: Vec<TagOf>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagOf {
    key: String,
    #[serde(default)]
    value: String,
}

/// `PutBucketTagging`: all tags at once.
pub(crate) fn tag(scope: &mut Scope<'_>, input: TagIn) -> Result<Value, Fault> {
    let invalid = |message: &str| Err(Fault::new("InvalidTag", message));
    if input.tags.len() > MAX_TAGS {
        return invalid("Bucket tag count cannot be greater than 50");
    }
    let mut tags = Tags::new();
    for TagOf { key, value } in input.tags {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return invalid("The TagKey or TagValue you have provided is invalid");
        }
        if crate::core::tag::is_reserved(&key) {
            return invalid("System tags cannot be added/updated by requester");
        }
        if tags.insert(key, value).is_some() {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    let bucket = scope.region.s3.buckets.get_mut(&input.bucket).ok_or_else(fault::no_such_bucket)?;
    bucket.tags = tags;
    Ok(json!({}))
}

/// `GetBucketTagging`.
pub(crate) fn tagging(view: &View<'_>, input: BucketIn) -> Result<Value, Fault> {
    let tags = &bucket(view, &input.bucket)?.tags;
    if tags.is_empty() {
        return Err(fault::no_such_tags());
    }
    let shown: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"TagSet": {"Tag": shown}}))
}

/// `DeleteBucketTagging`.
pub(crate) fn untag(scope: &mut Scope<'_>, input: BucketIn) -> Result<Value, Fault> {
    let bucket = scope.region.s3.buckets.get_mut(&input.bucket).ok_or_else(fault::no_such_bucket)?;
    bucket.tags.clear();
    Ok(json!({}))
}

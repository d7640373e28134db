//! Objects by URL, as CloudFormation is told its templates.

use percent_encoding::percent_decode_str;

use super::model::Body;
use crate::core::fault::Fault;
use crate::services::iam;
use crate::world::View;

/// What CloudFormation adds to S3's own words.
const MORE: &str =
    "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";

/// The text of the object at a URL of S3, or of this endpoint, with the caller's own permission. Errors in
/// CloudFormation's words.
pub(crate) fn text_at(view: &View<'_>, url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or("TemplateURL must be a supported URL.")?;
    let (authority, path) = rest
        .split_once('/')
        .ok_or("TemplateURL must reference a valid S3 object to which you have access.")?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8_lossy();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let (bucket, key) = if let Some(bucket) = crate::wire::rest_xml::virtual_bucket(host) {
        (bucket, path.to_string())
    } else {
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        (bucket.to_owned(), key.to_owned())
    };
    // Any other host may be that of this endpoint, as a client was told it.
    let foreign = !host.ends_with(".amazonaws.com") && !view.region.s3.buckets.contains_key(&bucket);
    if foreign && !is_local(host) {
        return Err(format!("S3 error: Domain name specified in {bucket} is not a valid S3 domain"));
    }
    let input = serde_json::json!({"Bucket": bucket, "Key": key});
    let words = |fault: Fault| {
        let said = if fault.code == "AccessDenied" { "Access Denied".to_owned() } else { fault.message };
        format!("S3 error: {said}\n{MORE}")
    };
    iam::authorize(view, "s3", "GetObject", &input).map_err(words)?;
    let held = super::ops::bucket(view, &bucket).map_err(words)?;
    let object = held.objects.get(&key).ok_or_else(|| words(super::fault::no_such_key()))?;
    match &object.body {
        Body::Text(text) => Ok(text.clone()),
        Body::Bytes(_) => Err("Template format error: unsupported structure.".to_owned()),
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<std::net::Ipv4Addr>().is_ok()
}

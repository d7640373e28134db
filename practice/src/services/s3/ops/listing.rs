//! What is in a bucket, page by page, folded at a delimiter. Follows `ListObjectsV2` and `ListObjects`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket;
use crate::core::fault::Fault;
use crate::services::s3::fault;
use crate::services::s3::model::{Bucket, Object};
use crate::world::View;

/// Keys of a page at most, as in AWS.
const MAX_KEYS: usize = 1_000;
/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'~');

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    bucket: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    delimiter: String,
    max_keys: Option<i64>,
    continuation_token: Option<String>,
    start_after: Option<String>,
    marker: Option<String>,
    encoding_type: Option<String>,
}

/// What stands on a line of a page.
enum Entry<'b> {
    Object(&'b str, &'b Object),
    Folded(&'b str),
}

impl Entry<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Object(name, _) | Self::Folded(name) => name,
        }
    }
}

/// A page after a name; and whether there is more.
fn page<'b>(held: &'b Bucket, input: &'b ListIn, after: &str, most: usize) -> (Vec<Entry<'b>>, bool) {
    let mut entries: Vec<Entry<'b>> = Vec::new();
    let from = held.objects.range(input.prefix.clone()..);
    let within = from.take_while(|(key, _)| key.starts_with(&input.prefix));
    for (key, object) in within.filter(|(key, _)| key.as_str() > after) {
        let rest = key.get(input.prefix.len()..).unwrap_or_default();
        let at =
            Some(&input.delimiter).filter(|text| !text.is_empty()).and_then(|text| rest.find(text.as_str()));
        let entry = match at.and_then(|at| key.get(..input.prefix.len() + at + input.delimiter.len())) {
            Some(folded) if after == folded => continue,
            Some(folded) => Entry::Folded(folded),
            None => Entry::Object(key, object),
        };
        if let (Some(Entry::Folded(last)), Entry::Folded(folded)) = (entries.last(), &entry)
            && last == folded
        {
            continue;
        }
        if entries.len() >= most {
            return (entries, true);
        }
        entries.push(entry);
    }
    (entries, false)
}

/// The members that both operations answer.
fn listed(view: &View<'_>, input: &ListIn, after: &str) -> Result<(Value, Option<String>, usize), Fault> {
    let held = bucket(view, &input.bucket)?;
    let wanted = input.max_keys.unwrap_or(1_000);
    let most = usize::try_from(wanted)
        .map_err(|_| fault::invalid("Argument maxKeys must be an integer between 0 and 2147483647"))?
        .min(MAX_KEYS);
    let (entries, more) = page(held, input, after, most);
    let encoded = |text: &str| match input.encoding_type.as_deref() {
        Some("url") => utf8_percent_encode(text, PLAIN).to_string(),
        _ => text.to_owned(),
    };
    let objects: Vec<Value> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Object(key, object) => Some(json!({
                "Key": encoded(key), "LastModified": object.modified.iso(),
                "ETag": format!("\"{}\"", object.etag), "Size": object.size(), "StorageClass": "STANDARD",
            })),
            Entry::Folded(_) => None,
        })
        .collect();
    let folded: Vec<Value> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Folded(prefix) => Some(json!({"Prefix": encoded(prefix)})),
            Entry::Object(..) => None,
        })
        .collect();
    let mut shown = json!({
        "Name": input.bucket, "Prefix": encoded(&input.prefix), "MaxKeys": most, "IsTruncated": more && most > 0,
        "Contents": objects, "CommonPrefixes": folded,
    });
    if !input.delimiter.is_empty() {
        shown["Delimiter"] = encoded(&input.delimiter).into();
    }
    if let Some(how) = &input.encoding_type {
        shown["EncodingType"] = how.as_str().into();
    }
    let last = entries.last().filter(|_| more).map(|entry| entry.name().to_owned());
    Ok((shown, last, entries.len()))
}

/// `ListObjectsV2`.
pub(crate) fn second(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
    let token = input.continuation_token.as_deref().map(|token| {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        bytes.ok_or_else(|| fault::invalid("The continuation token provided is incorrect"))
    });
    let token = token.transpose()?;
    let after = token.as_deref().or(input.start_after.as_deref()).unwrap_or_default();
    let (mut shown, last, count) = listed(view, &input, after)?;
    shown["KeyCount"] = count.into();
    if let Some(token) = &input.continuation_token {
        shown["ContinuationToken"] = token.as_str().into();
    }
    if let Some(last) = last {
        shown["NextContinuationToken"] = URL_SAFE_NO_PAD.encode(last).into();
    }
    Ok(shown)
}

/// `ListObjects`.
pub(crate) fn first(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
    let after = input.marker.clone().unwrap_or_default();
    let (mut shown, last, _) = listed(view, &input, &after)?;
    shown["Marker"] = after.into();
    if let Some(last) = last.filter(|_| !input.delimiter.is_empty()) {
        shown["NextMarker"] = last.into();
    }
    Ok(shown)
}

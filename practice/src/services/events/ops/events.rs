//! `PutEvents` and `TestEventPattern`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::bus;
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::services::events::pattern::Pattern;
use crate::services::events::{fault, invoke, reconcile};
use crate::world::{Scope, View};

/// Most events of one call, and bytes of all of them.
const MAX_ENTRIES: usize = 10;
const MAX_BYTES: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    entries: Vec<Entry>,
    endpoint_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    time: Option<Value>,
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

impl Entry {
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail].into_iter().flatten();
        texts.chain(&self.resources).map(String::len).sum::<usize>()
            + if self.time.is_some() { 14 } else { 0 }
    }

    /// What it lacks: code and message.
    fn lacks(&self) -> Option<(&'static str, String)> {
        let missing = |name: &str| {
            Some((
                "InvalidArgument",
                format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
            ))
        };
        let empty = |text: &Option<String>| text.as_ref().is_none_or(String::is_empty);
        if empty(&self.source) {
            return missing("Source");
        }
        if empty(&self.detail_type) {
            return missing("DetailType");
        }
        if empty(&self.detail) {
            return missing("Detail");
        }
        let detail = self.detail.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if !detail.is_some_and(|detail| detail.is_object()) {
            return Some(("MalformedDetail", "Detail is malformed.".to_owned()));
        }
        if self.source.as_ref().is_some_and(|source| source.starts_with("aws.")) {
            let why = "Not authorized for the source.";
            return Some(("NotAuthorizedForSourceException", why.to_owned()));
        }
        None
    }
}

fn moment(value: &Value) -> Option<Time> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded before")]
    let seconds = |seconds: f64| (seconds.abs() < 1e11).then_some(Time((seconds * 1000.0) as i64));
    value.as_f64().and_then(seconds).or_else(|| Time::parse(value.as_str()?))
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    if input.entries.is_empty() || input.entries.len() > MAX_ENTRIES {
        return Err(fault::validation(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10, inclusive",
        ));
    }
    if input.endpoint_id.is_some() {
        return Err(fault::validation("There are no global endpoints in this practice cloud."));
    }
    if input.entries.iter().map(Entry::size).sum::<usize>() > MAX_BYTES {
        return Err(fault::validation("Total size of the entries in the request is over the limit."));
    }
    let (mut results, mut failed) = (Vec::new(), 0);
    for entry in input.entries {
        if let Some((code, message)) = entry.lacks() {
            failed += 1;
            results.push(json!({"ErrorCode": code, "ErrorMessage": message}));
            continue;
        }
        let at = entry.time.as_ref().and_then(moment).unwrap_or(scope.now);
        let detail =
            entry.detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!({}));
        let (source, kind) = (entry.source.unwrap_or_default(), entry.detail_type.unwrap_or_default());
        let event = reconcile::envelope(scope, &source, &kind, &json!(entry.resources), &detail, at);
        // What is sent to a bus that is not there is accepted, and lost, as on AWS.
        if let Ok(bus) = bus(&scope.view(), entry.event_bus_name.as_deref()) {
            invoke::deliver(scope, &bus, &event);
        }
        results.push(json!({"EventId": event.get("id")}));
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": results}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Test {
    event_pattern: String,
    event: String,
}

pub(crate) fn test(_: &View<'_>, input: Test) -> Result<Value, Fault> {
    let pattern = Pattern::parse(&input.event_pattern).map_err(|why| fault::bad_pattern(&why))?;
    let event: Option<Value> = serde_json::from_str(&input.event).ok().filter(Value::is_object);
    let event = event.ok_or_else(|| fault::validation("Parameter Event is not valid."))?;
    for member in ["id", "account", "source", "time", "region", "resources", "detail-type"] {
        if event.get(member).is_none() {
            return Err(fault::validation(format!(
                "Parameter Event is not valid. Reason: {member} is missing."
            )));
        }
    }
    Ok(json!({"Result": pattern.matches(&event)}))
}

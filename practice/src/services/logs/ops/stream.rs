//! Log streams.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault::{bad_token, constraint, exists, invalid, no_group, no_stream};
use super::super::model::{Event, Stream};
use super::super::names::{self, check_group, check_stream};
use super::limit;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Time;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct One {
    #[serde(default)]
    log_group_name: String,
    #[serde(default)]
    log_stream_name: String,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    let (group, name) = (input.log_group_name, input.log_stream_name);
    check_group(&group)?;
    check_stream(&name, "logStreamName")?;
    let found = scope.region.logs.groups.get(&group).ok_or_else(no_group)?;
    if found.streams.contains_key(&name) {
        return Err(exists("log stream"));
    }
    scope.region.logs.stream_to_write(&group, &name, scope.now).map(drop).ok_or_else(no_group)
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    check_stream(&input.log_stream_name, "logStreamName")?;
    let logs = &mut scope.region.logs;
    if !logs.groups.contains_key(&input.log_group_name) {
        return Err(no_group());
    }
    logs.remove_stream(&input.log_group_name, &input.log_stream_name).map(drop).ok_or_else(no_stream)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    log_streams: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Described, Fault> {
    let limit = limit(input.limit, 50)?;
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            let wanted = "Member must satisfy enum value set: [LogStreamName, LastEventTime]";
            return Err(constraint(other, "orderBy", wanted));
        }
    };
    if by_time && input.log_stream_name_prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let group_name = names::either(input.log_group_name, input.log_group_identifier)?;
    let group = names::find(view, &group_name)?;
    let horizon = group.horizon(view.now);
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let mut streams: Vec<(String, &String, &Stream)> = group
        .streams
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, stream)| (sort_key(name, stream, by_time, input.descending), name, stream))
        .collect();
    streams.sort_by(|a, b| a.0.cmp(&b.0));
    if input.descending && !by_time {
        streams.reverse();
        return by_name_descending(view, &group_name, streams, horizon, limit, input.next_token.as_deref());
    }
    let page = page(streams, |(key, ..)| key.clone(), limit, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let log_streams = page
        .items
        .into_iter()
        .map(|(_, name, stream)| shape(view, &group_name, name, stream, horizon))
        .collect();
    Ok(Described { log_streams, next_token: page.next })
}

/// What streams are ordered by, growing.
fn sort_key(name: &str, stream: &Stream, by_time: bool, descending: bool) -> String {
    if !by_time {
        return name.to_owned();
    }
    let last = stream.events.back().map_or(0, |event| event.at.0.max(0));
    let last = if descending { i64::MAX - last } else { last };
    format!("{last:020}{name}")
}

/// Names have no complement to sort by: the page is cut from what is below the last name.
fn by_name_descending(
    view: &View<'_>,
    group: &str,
    streams: Vec<(String, &String, &Stream)>,
    horizon: Time,
    limit: usize,
    token: Option<&str>,
) -> Result<Described, Fault> {
    // Positions grow downwards; a stream made between two pages may show twice.
    let numbered = streams.into_iter().enumerate();
    let page = page(numbered, |(at, _)| format!("{at:08}"), limit, token).map_err(|_| bad_token())?;
    let items = page.items.into_iter();
    let log_streams = items.map(|(_, (_, name, stream))| shape(view, group, name, stream, horizon)).collect();
    Ok(Described { log_streams, next_token: page.next })
}

fn shape(view: &View<'_>, group: &str, name: &str, stream: &Stream, horizon: Time) -> Value {
    let mut shape = json!({
        "logStreamName": name,
        "creationTime": stream.created_at,
        "arn": names::stream_arn(view, group, name),
        // "As of June 17, 2019, this parameter is no longer supported for log streams, and is always reported as zero."
        "storedBytes": 0,
    });
    let mut kept = stream.kept(horizon);
    if let Some(first) = kept.next() {
        let last: &Event = kept.next_back().unwrap_or(first);
        shape["firstEventTimestamp"] = json!(first.at);
        shape["lastEventTimestamp"] = json!(last.at);
    }
    if let Some(at) = stream.ingested_at {
        shape["lastIngestionTime"] = json!(at);
        shape["uploadSequenceToken"] = json!(super::put::sequence_token(stream));
    }
    shape
}

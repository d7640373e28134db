//! `FilterLogEvents`: every stream of a group, or some, merged in the order of time. This is what `aws logs tail` calls.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad_token, constraint, invalid, no_stream};
use super::super::model::Event;
use super::super::names;
use super::super::pattern::Pattern;
use super::event::digits;
use super::limit;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

pub(crate) fn events(view: &View<'_>, input: Search) -> Result<Value, Fault> {
    let limit = limit(input.limit, 10_000)?;
    let group = names::find(view, &names::either(input.log_group_name, input.log_group_identifier)?)?;
    let pattern = Pattern::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
    let (wanted, prefix) = (input.log_stream_names, input.log_stream_name_prefix);
    if let Some(names) = &wanted {
        if prefix.is_some() {
            return Err(invalid("logStreamNamePrefix and logStreamNames are mutually exclusive."));
        }
        if names.is_empty() || names.len() > 100 {
            let bound =
                if names.is_empty() { "greater than or equal to 1" } else { "less than or equal to 100" };
            return Err(constraint("[...]", "logStreamNames", &format!("Member must have length {bound}")));
        }
        if names.iter().any(|name| !group.streams.contains_key(name)) {
            return Err(no_stream());
        }
    }
    let (from, to) = (input.start_time.unwrap_or(0), input.end_time.unwrap_or(i64::MAX));
    if from > to {
        return Err(invalid("startTime cannot be later than endTime."));
    }
    let horizon = group.horizon(view.now);
    let chosen = group.streams.iter().filter(|(name, _)| {
        wanted.as_ref().is_none_or(|wanted| wanted.contains(name))
            && prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
    });
    // `endTime` is inclusive here, unlike in GetLogEvents.
    let mut found: Vec<(String, &String, &Event)> = chosen
        .flat_map(|(name, stream)| stream.kept(horizon).map(move |event| (name, event)))
        .filter(|(_, event)| (from..=to).contains(&event.at.0) && pattern.matches(&event.message))
        .map(|(name, event)| (format!("{}{name}", digits((event.at.0, event.serial))), name, event))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let page =
        page(found, |(key, ..)| key.clone(), limit, input.next_token.as_deref()).map_err(|_| bad_token())?;
    let events: Vec<Value> = page.items.iter().map(|(_, name, event)| shape(name, event)).collect();
    let mut answer = json!({"events": events, "searchedLogStreams": []});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

fn shape(stream: &str, event: &Event) -> Value {
    json!({
        "logStreamName": stream,
        "timestamp": event.at,
        "message": event.message,
        "ingestionTime": event.ingested_at,
        "eventId": event_id(stream, event),
    })
}

/// Different for every event of a group: time, a number for the stream, serial.
fn event_id(stream: &str, event: &Event) -> String {
    let number = stream.bytes().fold(0_u64, |hash, byte| crate::core::id::mix(hash ^ u64::from(byte)));
    format!("3{:015}{number:020}{:020}", event.at.0.max(0), event.serial)
}

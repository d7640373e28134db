//! `GetLogEvents`: one stream, page by page in both directions. A page's tokens name its edges, so that the same token
//! comes back at the end of the stream, which is how clients know.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad_token, no_stream};
use super::super::model::Event;
use super::super::names::{self, check_stream};
use super::limit;
use crate::core::fault::Fault;
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    #[serde(default)]
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

/// A place in a stream: time and serial of an event. Places before and after any event exist too.
type Place = (i64, u64);

/// Most bytes of a page; AWS's is 1 MB.
const MAX_PAGE_BYTES: usize = 1_048_576;

fn place(event: &Event) -> Place {
    (event.at.0, event.serial)
}

/// 56 digits, as AWS's ids and tokens have.
pub(super) fn digits((at, serial): Place) -> String {
    format!("{:020}{serial:036}", at.max(0))
}

fn read_token(token: &str) -> Result<(bool, Place), Fault> {
    let (forward, digits) = match token.split_once('/') {
        Some(("f", digits)) => (true, digits),
        Some(("b", digits)) => (false, digits),
        _ => return Err(bad_token()),
    };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok()).ok_or_else(bad_token);
    let at = i64::try_from(number(digits.get(..20))?).map_err(|_| bad_token())?;
    Ok((forward, (at, number(digits.get(20..))?)))
}

pub(crate) fn get(view: &View<'_>, input: Get) -> Result<Value, Fault> {
    let limit = limit(input.limit, 10_000)?;
    let group = names::find(view, &names::either(input.log_group_name, input.log_group_identifier)?)?;
    check_stream(&input.log_stream_name, "logStreamName")?;
    let stream = group.streams.get(&input.log_stream_name).ok_or_else(no_stream)?;
    let (from, to) = (input.start_time.unwrap_or(0), input.end_time.unwrap_or(i64::MAX));
    let events = stream.kept(group.horizon(view.now)).filter(|event| (from..to).contains(&event.at.0));
    let token = input.next_token.as_deref().map(read_token).transpose()?;
    let (page, edge) = match token {
        Some((true, after)) => (head(events.skip_while(|event| place(event) <= after), limit), after),
        Some((false, before)) => {
            let below = events.rev().skip_while(|event| place(event) >= before);
            (tail(below, limit), before)
        }
        None if input.start_from_head => (head(events, limit), (from, 0)),
        None => (tail(events.rev(), limit), (to.min(view.now.0), 0)),
    };
    let first = page.first().map_or(edge, |event| place(event));
    let last = page.last().map_or(edge, |event| place(event));
    let shape = |event: &&Event| json!({"timestamp": event.at, "message": event.message, "ingestionTime": event.ingested_at});
    Ok(json!({
        "events": page.iter().map(shape).collect::<Vec<_>>(),
        "nextForwardToken": format!("f/{}", digits(last)),
        "nextBackwardToken": format!("b/{}", digits(first)),
    }))
}

fn head<'e>(events: impl Iterator<Item = &'e Event>, limit: usize) -> Vec<&'e Event> {
    let mut bytes = 0;
    let fits = |event: &&Event| {
        bytes += event.bytes();
        bytes <= MAX_PAGE_BYTES
    };
    events.take(limit).take_while(fits).collect()
}

fn tail<'e>(events: impl Iterator<Item = &'e Event>, limit: usize) -> Vec<&'e Event> {
    let mut page = head(events, limit);
    page.reverse();
    page
}

//! `PutLogEvents`. Follows its page in the CloudWatch Logs API reference. Sequence tokens are taken and ignored, as
//! AWS does since January 2023.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::fault::{constraint, invalid, no_group, no_stream};
use super::super::model::{EVENT_OVERHEAD, MAX_MESSAGE, Stream};
use super::super::names::{check_group, check_stream};
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::world::Scope;

const MAX_BATCH: usize = 10_000;
const MAX_BATCH_BYTES: usize = 1_048_576;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Deserialize)]
pub(crate) struct Given {
    timestamp: i64,
    message: String,
}

#[derive(Deserialize)]
pub(crate) struct Put {
    #[serde(rename = "logGroupName", default)]
    group: String,
    #[serde(rename = "logStreamName", default)]
    stream: String,
    #[serde(rename = "logEvents")]
    events: Vec<Given>,
}

pub(crate) fn events(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let (group, name) = (input.group, input.stream);
    check_group(&group)?;
    check_stream(&name, "logStreamName")?;
    check_batch(&input.events)?;
    let found = scope.region.logs.groups.get(&group).ok_or_else(no_group)?;
    if !found.streams.contains_key(&name) {
        return Err(no_stream());
    }
    let (horizon, now) = (found.horizon(scope.now), scope.now);
    // In order of time, as checked: what is too old stands first, what is too new last.
    let times: Vec<i64> = input.events.iter().map(|event| event.timestamp).collect();
    let expired = times.partition_point(|at| *at < horizon.0);
    let old = times.partition_point(|at| *at < now.0 - 14 * DAY_MS);
    let new = times.partition_point(|at| *at <= now.0 + 2 * HOUR_MS);
    let mut rejected = Map::new();
    if new < times.len() {
        rejected.insert("tooNewLogEventStartIndex".to_owned(), json!(new));
    }
    if old > 0 {
        rejected.insert("tooOldLogEventEndIndex".to_owned(), json!(old));
    }
    if expired > 0 {
        rejected.insert("expiredLogEventEndIndex".to_owned(), json!(expired));
    }
    let first = old.max(expired);
    let accepted = input.events.into_iter().take(new).skip(first);
    let entries = accepted.map(|event| (Time(event.timestamp), event.message));
    scope.region.logs.append(&group, &name, entries, now);
    let stream = scope.region.logs.groups.get(&group).and_then(|group| group.streams.get(&name));
    let mut answer = json!({"nextSequenceToken": stream.map(sequence_token)});
    if !rejected.is_empty() {
        answer["rejectedLogEventsInfo"] = Value::Object(rejected);
    }
    Ok(answer)
}

fn check_batch(events: &[Given]) -> Result<(), Fault> {
    if events.is_empty() || events.len() > MAX_BATCH {
        let wanted = if events.is_empty() {
            "Member must have length greater than or equal to 1"
        } else {
            "Member must have length less than or equal to 10000"
        };
        return Err(constraint("[...]", "logEvents", wanted));
    }
    let mut bytes = 0;
    for (at, event) in events.iter().enumerate() {
        if event.message.is_empty() {
            let member = format!("logEvents.{}.member.message", at + 1);
            return Err(constraint("", &member, "Member must have length greater than or equal to 1"));
        }
        if event.timestamp < 0 {
            let member = format!("logEvents.{}.member.timestamp", at + 1);
            let value = event.timestamp.to_string();
            return Err(constraint(&value, &member, "Member must have value greater than or equal to 0"));
        }
        let size = event.message.len() + EVENT_OVERHEAD;
        if event.message.len() > MAX_MESSAGE {
            // AWS's own limit is 1 MB.
            return Err(invalid(format!(
                "Log event too large: {size} bytes exceeds limit of {}",
                MAX_MESSAGE + EVENT_OVERHEAD
            )));
        }
        bytes += size;
    }
    if bytes > MAX_BATCH_BYTES {
        return Err(invalid(format!("Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}")));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    let times = events.first().zip(events.last());
    if times.is_some_and(|(first, last)| last.timestamp - first.timestamp > DAY_MS) {
        let message =
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
        return Err(invalid(message));
    }
    Ok(())
}

/// The token of a stream's next batch, which nobody looks at any more.
pub(super) fn sequence_token(stream: &Stream) -> String {
    format!("4966{:052}", stream.arrived)
}

//! What is stored of Amazon CloudWatch Logs in one region.
//!
//! A world holds the latest of what its containers say and no more: see the limits below. What is over them is dropped
//! oldest first, where AWS would keep (and bill) it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Log groups of a region; AWS's quota is 1,000,000.
pub(crate) const MAX_GROUPS: usize = 500;
/// Streams of a group. One more drops those that were written to longest ago; AWS has no limit.
pub(crate) const MAX_STREAMS: usize = 1_000;
/// Events of a stream.
pub(crate) const MAX_EVENTS: usize = 2_000;
/// Bytes of a stream, counted as AWS bills them: 26 for each event beside its text.
pub(crate) const MAX_STREAM_BYTES: usize = 256 * 1024;
/// Bytes of all streams of a region.
pub(crate) const MAX_REGION_BYTES: usize = 4 * 1024 * 1024;
/// Longest message, in bytes; AWS's is 1 MB. What containers write beyond it is cut.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024;
/// What AWS counts for an event beside its text, in bytes.
pub(crate) const EVENT_OVERHEAD: usize = 26;
const DAY_MS: i64 = 86_400_000;

/// Amazon CloudWatch Logs of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) groups: BTreeMap<String, Group>,
    /// Queries of Logs Insights, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) queries: BTreeMap<String, Query>,
    /// Bytes of all streams.
    #[serde(default)]
    pub(crate) bytes: usize,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) created_at: Time,
    /// None keeps events for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retention_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
    /// `INFREQUENT_ACCESS` or `DELIVERY`; None for `STANDARD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) protected: bool,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) streams: BTreeMap<String, Stream>,
    /// Metric filters, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) filters: BTreeMap<String, MetricFilter>,
}

/// A log stream.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) created_at: Time,
    /// When the last batch arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ingested_at: Option<Time>,
    /// In order of their time, then of their arrival.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(crate) events: VecDeque<Event>,
    #[serde(default)]
    pub(crate) bytes: usize,
    /// How many events ever arrived.
    #[serde(default)]
    pub(crate) arrived: u64,
}

/// A log event. Field names are short because a world holds thousands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "t")]
    pub(crate) at: Time,
    #[serde(rename = "i")]
    pub(crate) ingested_at: Time,
    /// The how manieth event of its stream it is.
    #[serde(rename = "n")]
    pub(crate) serial: u64,
    #[serde(rename = "m")]
    pub(crate) message: String,
}

/// A metric filter, kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MetricFilter {
    pub(crate) pattern: String,
    /// `metricTransformations`
    pub(crate) transformations: serde_json::Value,
    pub(crate) created_at: Time,
}

/// A query of Logs Insights. Its answer is worked out when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Query {
    pub(crate) groups: Vec<String>,
    pub(crate) text: String,
    /// Seconds since the epoch.
    pub(crate) from: i64,
    /// Seconds since the epoch, inclusive.
    pub(crate) to: i64,
    pub(crate) limit: usize,
    pub(crate) started_at: Time,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde wants")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Event {
    /// As AWS counts it.
    pub(crate) fn bytes(&self) -> usize {
        self.message.len() + EVENT_OVERHEAD
    }
}

impl Group {
    /// Events older than this are gone.
    pub(crate) fn horizon(&self, now: Time) -> Time {
        self.retention_days.map_or(Time(i64::MIN), |days| now.plus_ms(-i64::from(days) * DAY_MS))
    }
}

impl Stream {
    /// The events that retention leaves.
    pub(crate) fn kept(&self, horizon: Time) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().filter(move |event| event.at >= horizon)
    }

    /// Puts an event in its place; how many bytes the stream has become longer.
    fn add(&mut self, at: Time, message: String, now: Time) -> usize {
        self.arrived += 1;
        let event = Event { at, ingested_at: now, serial: self.arrived, message };
        let bytes = event.bytes();
        self.bytes += bytes;
        self.ingested_at = Some(now);
        // Nearly always the last.
        let place = self.events.iter().rposition(|other| other.at <= at).map_or(0, |last| last + 1);
        self.events.insert(place, event);
        bytes
    }

    /// Drops the oldest events until `fits`; how many bytes that freed.
    fn shed(&mut self, fits: impl Fn(&Self) -> bool) -> usize {
        let before = self.bytes;
        while !fits(self) {
            let Some(event) = self.events.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(event.bytes());
        }
        before.saturating_sub(self.bytes)
    }

    fn last_heard(&self) -> Time {
        self.ingested_at.unwrap_or(self.created_at)
    }
}

impl Model {
    /// A stream of a group, made if need be. None when there is no such group.
    pub(crate) fn stream_to_write(&mut self, group: &str, stream: &str, now: Time) -> Option<&mut Stream> {
        let group = self.groups.get_mut(group)?;
        if !group.streams.contains_key(stream) {
            if group.streams.len() >= MAX_STREAMS {
                self.bytes = self.bytes.saturating_sub(drop_oldest_streams(group));
            }
            group.streams.insert(stream.to_owned(), Stream { created_at: now, ..Stream::default() });
        }
        group.streams.get_mut(stream)
    }

    /// Adds events to a stream, makes it if need be, and keeps within the limits. False, and nothing done, when there
    /// is no such group.
    pub(crate) fn append(
        &mut self,
        group: &str,
        stream: &str,
        entries: impl Iterator<Item = (Time, String)>,
        now: Time,
    ) -> bool {
        let Some(horizon) = self.groups.get(group).map(|group| group.horizon(now)) else { return false };
        let Some(kept) = self.stream_to_write(group, stream, now) else { return false };
        let (mut added, mut freed) = (0, 0);
        for (at, message) in entries {
            added += kept.add(at, message, now);
            // Inside the loop, so that a long batch does not grow without bound.
            freed += kept.shed(|stream| {
                let stale = stream.events.front().is_some_and(|oldest| oldest.at < horizon);
                !stale && stream.events.len() <= MAX_EVENTS && stream.bytes <= MAX_STREAM_BYTES
            });
        }
        self.bytes = (self.bytes + added).saturating_sub(freed);
        if self.bytes > MAX_REGION_BYTES {
            self.shrink();
        }
        true
    }

    /// Halves the longest streams until an eighth of the region's room is free, so that this is rarely done.
    fn shrink(&mut self) {
        while self.bytes > MAX_REGION_BYTES / 8 * 7 {
            let streams = self.groups.values_mut().flat_map(|group| group.streams.values_mut());
            let Some(longest) = streams.max_by_key(|stream| stream.bytes).filter(|s| s.bytes > 0) else {
                break;
            };
            let half = longest.bytes / 2;
            self.bytes = self.bytes.saturating_sub(longest.shed(|stream| stream.bytes <= half));
        }
    }

    /// Takes a group away with all that is in it.
    pub(crate) fn remove_group(&mut self, name: &str) -> Option<Group> {
        let group = self.groups.remove(name)?;
        let freed: usize = group.streams.values().map(|stream| stream.bytes).sum();
        self.bytes = self.bytes.saturating_sub(freed);
        Some(group)
    }

    /// Takes a stream away.
    pub(crate) fn remove_stream(&mut self, group: &str, stream: &str) -> Option<Stream> {
        let stream = self.groups.get_mut(group)?.streams.remove(stream)?;
        self.bytes = self.bytes.saturating_sub(stream.bytes);
        Some(stream)
    }
}

/// Drops the eighth of a group's streams that was written to longest ago; how many bytes that freed.
fn drop_oldest_streams(group: &mut Group) -> usize {
    let mut heard: Vec<(Time, String)> =
        group.streams.iter().map(|(name, stream)| (stream.last_heard(), name.clone())).collect();
    heard.sort();
    heard.truncate(MAX_STREAMS / 8);
    heard.iter().filter_map(|(_, name)| group.streams.remove(name)).map(|stream| stream.bytes).sum()
}

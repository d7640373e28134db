//! The operations, by noun, and what they share.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::fault;
use super::model::{Dimension, Metric};
use crate::core::fault::Fault;
use crate::core::page::{self, Page};
use crate::core::tag::Tags;
use crate::core::time::Time;

pub(super) mod alarms;
pub(super) mod dashboards;
pub(super) mod describe;
pub(super) mod metrics;
pub(super) mod tags;

/// A time as any of the protocols writes it: seconds since the epoch, or ISO 8601.
#[derive(Debug, Clone, Copy)]
pub(super) struct When(Time);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = When;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<When, E> {
                Ok(When(Time(seconds.saturating_mul(1000))))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<When, E> {
                self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
            }

            #[expect(clippy::cast_possible_truncation, reason = "saturates, as it should")]
            fn visit_f64<E: Error>(self, seconds: f64) -> Result<When, E> {
                Ok(When(Time((seconds * 1000.0) as i64)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<When, E> {
                let utc = text.strip_suffix("+00:00").map(|start| format!("{start}Z"));
                let parsed = Time::parse(utc.as_deref().unwrap_or(text));
                parsed.map(When).ok_or_else(|| E::custom(format!("timestamp {text} cannot be read")))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// One page.
fn paged<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    limit: usize,
    token: Option<&str>,
) -> Result<Page<T>, Fault> {
    page::page(items, key, limit, token).map_err(|_| fault::bad_token())
}

/// `MaxRecords`: 1 to 100.
fn max_records(asked: Option<i64>) -> Result<usize, Fault> {
    match asked.unwrap_or(50) {
        count @ 1..=100 => Ok(usize::try_from(count).unwrap_or(50)),
        other => Err(fault::validation(format!(
            "1 validation error detected: Value '{other}' at 'maxRecords' failed to satisfy constraint: Member must have value between 1 and 100"
        ))),
    }
}

/// A metric whose names and dimensions are within bounds, its dimensions in order.
fn metric(namespace: &str, name: &str, mut dimensions: Vec<Dimension>) -> Result<Metric, Fault> {
    for (what, text) in [("Namespace", namespace), ("MetricName", name)] {
        if text.is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
            return Err(fault::invalid(format!("The value for parameter {what} is invalid.")));
        }
    }
    if dimensions.len() > 30 {
        return Err(fault::invalid("The collection Dimensions must not have a size greater than 30."));
    }
    if dimensions
        .iter()
        .any(|d| d.name.is_empty() || d.name.len() > 255 || d.value.is_empty() || d.value.len() > 1024)
    {
        return Err(fault::invalid("The value for parameter Dimensions is invalid."));
    }
    dimensions.sort();
    Ok(Metric { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions })
}

/// A period that a query may ask for: a multiple of 60 seconds, at most a week.
fn check_period(period: i64) -> Result<(), Fault> {
    if matches!(period, 1 | 5 | 10 | 20 | 30) {
        return Err(fault::unsupported("A period below 60 seconds"));
    }
    if period < 60 || period % 60 != 0 || period > 604_800 {
        return Err(fault::invalid("The parameter Period must be a multiple of 60 and at most 604800."));
    }
    Ok(())
}

/// A statistic that is computed here.
fn check_statistic(name: &str) -> Result<(), Fault> {
    if matches!(name, "Average" | "Sum" | "Minimum" | "Maximum" | "SampleCount") {
        return Ok(());
    }
    let extended = ["p", "tm", "wm", "tc", "ts", "PR(", "TM(", "WM(", "TC(", "TS(", "IQM"];
    if extended.iter().any(|start| name.starts_with(start)) {
        return Err(fault::unsupported(&format!("The extended statistic {name}")));
    }
    Err(fault::invalid(format!("The value {name} for parameter Statistic is not supported.")))
}

/// `Tag`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

fn add_tags(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    for Tag { key, value } in new {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(fault::invalid("The value for parameter Tags is invalid."));
        }
        tags.insert(key, value);
    }
    if tags.len() > 50 {
        return Err(fault::invalid("The collection Tags must not have a size greater than 50."));
    }
    Ok(tags)
}

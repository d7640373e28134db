//! Metrics that other services of AWS count as things happen.

use std::collections::BTreeMap;

use super::model::{Dimension, MAX_MINUTES, MAX_SERIES, Metric, Model, Series, Stat};
use crate::core::time::Time;

/// Adds one to a metric with one dimension (name, value) in the minute of `now`, in the unit Count. Where there is no
/// room for another series, nothing is counted.
pub fn record(model: &mut Model, namespace: &str, name: &str, dimension: (&str, &str), now: Time) {
    let dimension = Dimension { name: dimension.0.to_owned(), value: dimension.1.to_owned() };
    let metric =
        Metric { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions: vec![dimension] };
    let place = model.series.iter().position(|one| one.metric == metric);
    let place = place.unwrap_or(model.series.len());
    if place >= MAX_SERIES {
        return;
    }
    if place == model.series.len() {
        model.series.push(Series { metric, unit: "Count".to_owned(), minutes: BTreeMap::new() });
    }
    let Some(series) = model.series.get_mut(place) else { return };
    let one = Stat::one(1.0);
    let minute = now.0.div_euclid(60_000);
    series.minutes.entry(minute).and_modify(|sum| *sum = sum.and(one)).or_insert(one);
    while series.minutes.len() > MAX_MINUTES {
        series.minutes.pop_first();
    }
}

//! Statistics of a metric by period, wherever its data come from.

use std::collections::BTreeMap;

use super::model::{Metric, MetricStat, Query, Stat};
use super::{math, sources};
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::world::View;

/// Values by the start of their period, in milliseconds since the epoch.
pub(super) type Values = BTreeMap<i64, f64>;

const MINUTE_MS: i64 = 60_000;
/// Most datapoints of one answer for one metric.
pub(super) const MAX_POINTS: i64 = 1_440;

/// Statistics of the periods that begin in `from..to`.
pub(super) fn stats(
    view: &View<'_>,
    metric: &Metric,
    unit: Option<&str>,
    period_seconds: i64,
    from: Time,
    to: Time,
) -> BTreeMap<i64, Stat> {
    let period = period_seconds.max(60).saturating_mul(1000);
    let first = from.0.div_euclid(period).saturating_mul(period);
    let end =
        to.0.div_euclid(period).saturating_add(i64::from(to.0.rem_euclid(period) > 0)).saturating_mul(period);
    let (first_minute, end_minute) = (first.div_euclid(MINUTE_MS), end.div_euclid(MINUTE_MS));
    let mut periods: BTreeMap<i64, Stat> = BTreeMap::new();
    let mut add = |minute: i64, stat: Stat| {
        let start = (minute * MINUTE_MS).div_euclid(period) * period;
        periods.entry(start).and_modify(|sum| *sum = sum.and(stat)).or_insert(stat);
    };
    if let Some(minutes) = sources::minutes(view, metric, first_minute, end_minute) {
        for (minute, stat) in minutes {
            add(minute, stat);
        }
    }
    let put = view.region.cloudwatch.series.iter();
    for series in put.filter(|s| s.metric == *metric && unit.is_none_or(|unit| s.unit == unit)) {
        if first_minute < end_minute {
            for (minute, stat) in series.minutes.range(first_minute..end_minute) {
                add(*minute, *stat);
            }
        }
    }
    periods
}

/// One statistic of a metric.
pub(super) fn values(view: &View<'_>, of: &MetricStat, from: Time, to: Time) -> Values {
    let stats = stats(view, &of.metric, of.unit.as_deref(), of.period, from, to);
    stats.into_iter().filter_map(|(at, stat)| Some((at, stat.value(&of.stat)?))).collect()
}

/// The values of every query, by id: metrics first, then expressions, which may use any of the others.
pub(super) fn queries(
    view: &View<'_>,
    queries: &[Query],
    from: Time,
    to: Time,
) -> Result<BTreeMap<String, Values>, Fault> {
    let mut known = BTreeMap::new();
    for query in queries {
        if let Some(stat) = &query.metric_stat {
            known.insert(query.id.clone(), values(view, stat, from, to));
        }
    }
    let mut left: Vec<&Query> = queries.iter().filter(|query| query.expression.is_some()).collect();
    while !left.is_empty() {
        let before = left.len();
        let mut later = Vec::new();
        for query in left {
            let parsed = math::parse(query.expression.as_deref().unwrap_or_default())?;
            if parsed.ids().iter().all(|id| known.contains_key(*id)) {
                known.insert(query.id.clone(), parsed.evaluate(&known)?);
            } else {
                later.push(query);
            }
        }
        if later.len() == before {
            let id = later.first().map_or("", |query| query.id.as_str());
            return Err(super::fault::validation(format!(
                "Error in expression '{id}': it uses an id that is not among the queries."
            )));
        }
        left = later;
    }
    Ok(known)
}

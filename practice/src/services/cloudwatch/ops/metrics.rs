//! Putting and reading metrics.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{When, check_period, check_statistic, metric, paged};
use crate::core::fault::Fault;
use crate::core::time::{Moment, Time};
use crate::services::cloudwatch::data::{self, MAX_POINTS};
use crate::services::cloudwatch::model::{Dimension, MAX_MINUTES, MAX_SERIES, Metric, Query, Series, Stat};
use crate::services::cloudwatch::{fault, sources};
use crate::world::{Scope, View};

const MINUTE_MS: i64 = 60_000;
/// Most metrics in one call.
const MAX_DATA: usize = 1_000;
/// Data may be two weeks old, and two hours ahead.
const OLDEST_MS: i64 = 14 * 86_400_000;
const AHEAD_MS: i64 = 2 * 3_600_000;
/// Most datapoints of one `GetMetricData`.
const MAX_DATAPOINTS: usize = 100_800;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    namespace: String,
    #[serde(default)]
    metric_data: Vec<Datum>,
    entity_metric_data: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datum {
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    timestamp: Option<When>,
    value: Option<f64>,
    statistic_values: Option<StatisticSet>,
    values: Option<Vec<f64>>,
    counts: Option<Vec<f64>>,
    unit: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticSet {
    sample_count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    if input.namespace.starts_with("AWS/") {
        return Err(fault::invalid("The value AWS/ for parameter Namespace is invalid."));
    }
    if input.entity_metric_data.is_some() {
        return Err(fault::unsupported("EntityMetricData"));
    }
    if input.metric_data.is_empty() {
        return Err(fault::missing("The parameter MetricData is required."));
    }
    if input.metric_data.len() > MAX_DATA {
        return Err(fault::invalid("The collection MetricData must not have a size greater than 1000."));
    }
    let mut series = scope.region.cloudwatch.series.clone();
    for (at, datum) in (1_usize..).zip(input.metric_data) {
        let when = datum.timestamp.map_or(scope.now, |when| when.0);
        let age = scope.now.since(when);
        if !(-AHEAD_MS..=OLDEST_MS).contains(&age) {
            return Err(fault::invalid(format!(
                "The parameter MetricData.member.{at}.Timestamp must specify a time within the past two weeks."
            )));
        }
        let stat = stat(at, &datum)?;
        let (unit, minute) = (datum.unit.unwrap_or_else(|| "None".to_owned()), when.0.div_euclid(MINUTE_MS));
        let metric = metric(&input.namespace, &datum.metric_name, datum.dimensions)?;
        let place = series.iter().position(|one| one.metric == metric && one.unit == unit);
        let place = match place {
            Some(place) => place,
            None if series.len() >= MAX_SERIES => {
                return Err(fault::limit("This practice cloud keeps 500 custom metrics per region."));
            }
            None => {
                series.push(Series { metric, unit, minutes: BTreeMap::new() });
                series.len() - 1
            }
        };
        if let Some(one) = series.get_mut(place) {
            one.minutes.entry(minute).and_modify(|sum| *sum = sum.and(stat)).or_insert(stat);
            while one.minutes.len() > MAX_MINUTES {
                one.minutes.pop_first();
            }
        }
    }
    scope.region.cloudwatch.series = series;
    Ok(json!({}))
}

fn stat(at: usize, datum: &Datum) -> Result<Stat, Fault> {
    let bad = |value: f64| {
        fault::invalid(format!("The value {value} for parameter MetricData.member.{at}.Value is invalid."))
    };
    let sound = |value: f64| {
        if value.is_finite() && value.abs() <= 2_f64.powi(360) { Ok(value) } else { Err(bad(value)) }
    };
    match (datum.value, &datum.statistic_values, &datum.values) {
        (Some(value), None, None) => sound(value).map(Stat::one),
        (None, Some(set), None) => Ok(Stat {
            count: sound(set.sample_count)?,
            sum: sound(set.sum)?,
            min: sound(set.minimum)?,
            max: sound(set.maximum)?,
        }),
        (None, None, Some(values)) if !values.is_empty() && values.len() <= 150 => {
            let counts = datum.counts.clone().unwrap_or_else(|| vec![1.0; values.len()]);
            if counts.len() != values.len() {
                return Err(fault::combination(format!(
                    "The parameters MetricData.member.{at}.Values and MetricData.member.{at}.Counts must be of the same size."
                )));
            }
            let mut all: Option<Stat> = None;
            for (value, count) in values.iter().zip(counts) {
                let (value, count) = (sound(*value)?, sound(count)?);
                let one = Stat { count, sum: value * count, min: value, max: value };
                all = Some(all.map_or(one, |sum| sum.and(one)));
            }
            all.ok_or_else(|| bad(0.0))
        }
        (None, None, _) => Err(fault::missing(format!(
            "At least one of the parameters must be specified: MetricData.member.{at}.Value, MetricData.member.{at}.StatisticValues, MetricData.member.{at}.Values."
        ))),
        _ => Err(fault::combination(format!(
            "The parameters MetricData.member.{at}.Value, MetricData.member.{at}.StatisticValues and MetricData.member.{at}.Values are mutually exclusive and you have specified more than one."
        ))),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Read {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    start_time: When,
    end_time: When,
    period: i64,
    #[serde(default)]
    statistics: Vec<String>,
    extended_statistics: Option<Vec<String>>,
    unit: Option<String>,
}

pub(crate) fn statistics(view: &View<'_>, input: Read) -> Result<Value, Fault> {
    if let Some(name) = input.extended_statistics.iter().flatten().next() {
        return Err(fault::unsupported(&format!("The extended statistic {name}")));
    }
    if input.statistics.is_empty() {
        return Err(fault::missing("Must specify either Statistics or ExtendedStatistics"));
    }
    check_period(input.period)?;
    input.statistics.iter().try_for_each(|name| check_statistic(name))?;
    let (from, to) = range(input.start_time, input.end_time)?;
    let points = to.since(from) / (input.period * 1000);
    if points > MAX_POINTS {
        return Err(fault::combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let metric = metric(&input.namespace, &input.metric_name, input.dimensions)?;
    let stats = data::stats(view, &metric, input.unit.as_deref(), input.period, from, to);
    let default = if metric.metric_name.ends_with("Utilization") { "Percent" } else { "None" };
    let put = view.region.cloudwatch.series.iter().find(|series| series.metric == metric);
    let unit = put.map_or(default, |series| series.unit.as_str());
    let shown = stats.into_iter().map(|(at, stat)| {
        let mut point = json!({"Timestamp": Moment(Time(at)), "Unit": unit});
        for name in &input.statistics {
            point[name] = json!(stat.value(name));
        }
        point
    });
    Ok(json!({"Label": metric.metric_name, "Datapoints": shown.collect::<Vec<_>>()}))
}

fn range(from: When, to: When) -> Result<(Time, Time), Fault> {
    if from.0 >= to.0 {
        return Err(fault::validation("The parameter StartTime must be less than the parameter EndTime."));
    }
    Ok((from.0, to.0))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Data {
    metric_data_queries: Vec<Query>,
    start_time: When,
    end_time: When,
    next_token: Option<String>,
    scan_by: Option<String>,
    max_datapoints: Option<i64>,
}

pub(crate) fn data(view: &View<'_>, input: Data) -> Result<Value, Fault> {
    let (from, to) = range(input.start_time, input.end_time)?;
    if input.next_token.is_some() {
        return Err(fault::bad_token());
    }
    let queries = check_queries(input.metric_data_queries)?;
    for stat in queries.iter().filter_map(|query| query.metric_stat.as_ref()) {
        if to.since(from) / (stat.period * 1000) > i64::try_from(MAX_DATAPOINTS).unwrap_or(i64::MAX) {
            return Err(fault::validation("The query asks for more than 100,800 datapoints."));
        }
    }
    let known = data::queries(view, &queries, from, to)?;
    let newest_first = input.scan_by.as_deref() != Some("TimestampAscending");
    let most = input.max_datapoints.and_then(|most| usize::try_from(most).ok()).unwrap_or(MAX_DATAPOINTS);
    let results = queries.iter().filter(|query| query.return_data != Some(false)).map(|query| {
        let mut points: Vec<(i64, f64)> =
            known.get(&query.id).into_iter().flatten().map(|(at, value)| (*at, *value)).collect();
        if newest_first {
            points.reverse();
        }
        points.truncate(most);
        let name = query.metric_stat.as_ref().map_or(query.id.as_str(), |stat| &stat.metric.metric_name);
        json!({
            "Id": query.id,
            "Label": query.label.as_deref().unwrap_or(name),
            "Timestamps": points.iter().map(|(at, _)| json!(Moment(Time(*at)))).collect::<Vec<_>>(),
            "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
            "StatusCode": "Complete",
        })
    });
    Ok(json!({"MetricDataResults": results.collect::<Vec<_>>(), "Messages": []}))
}

/// Queries with different ids, each with a metric or an expression, their dimensions in order.
pub(super) fn check_queries(queries: Vec<Query>) -> Result<Vec<Query>, Fault> {
    if queries.is_empty() {
        return Err(fault::missing("The parameter MetricDataQueries is required."));
    }
    if queries.len() > 500 {
        return Err(fault::validation("At most 500 MetricDataQueries are allowed."));
    }
    let mut checked: Vec<Query> = Vec::new();
    for mut query in queries {
        let starts = query.id.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts || query.id.len() > 255 || !query.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return Err(fault::validation(format!(
                "The value {} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                query.id
            )));
        }
        if checked.iter().any(|other| other.id == query.id) {
            return Err(fault::validation(format!(
                "The values for parameter id in MetricDataQueries are not unique: {}.",
                query.id
            )));
        }
        match (&mut query.metric_stat, &query.expression) {
            (Some(stat), None) => {
                check_period(stat.period)?;
                check_statistic(&stat.stat)?;
                let Metric { namespace, metric_name, dimensions } = stat.metric.clone();
                stat.metric = metric(&namespace, &metric_name, dimensions)?;
            }
            (None, Some(expression)) => {
                crate::services::cloudwatch::math::parse(expression)?;
            }
            _ => {
                return Err(fault::validation(format!(
                    "The query {} must have either MetricStat or Expression.",
                    query.id
                )));
            }
        }
        checked.push(query);
    }
    Ok(checked)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<DimensionFilter>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DimensionFilter {
    name: String,
    value: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let put = view.region.cloudwatch.series.iter().map(|series| series.metric.clone());
    let has = |metric: &Metric, filter: &DimensionFilter| {
        metric
            .dimensions
            .iter()
            .any(|d| d.name == filter.name && filter.value.as_ref().is_none_or(|v| *v == d.value))
    };
    let mut all: Vec<Metric> = put
        .chain(sources::all(view))
        .filter(|metric| {
            input.namespace.as_ref().is_none_or(|namespace| metric.namespace == *namespace)
                && input.metric_name.as_ref().is_none_or(|name| metric.metric_name == *name)
                && input.dimensions.iter().all(|filter| has(metric, filter))
        })
        .collect();
    all.sort();
    all.dedup();
    let page = paged(all, |metric| json!(metric).to_string(), 500, input.next_token.as_deref())?;
    Ok(json!({"Metrics": page.items, "NextToken": page.next}))
}

//! What is stored of Amazon CloudWatch in one region.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// Most metrics that are put, of a region: an own limit.
pub const MAX_SERIES: usize = 500;
/// Most minutes kept of one; older ones are forgotten.
pub const MAX_MINUTES: usize = 1_440;
/// Most alarms of a region; AWS's quota is 5,000.
pub const MAX_ALARMS: usize = 1_000;
/// Most history items kept of a region.
pub const MAX_HISTORY: usize = 1_000;
/// Most dashboards of a region: an own limit.
pub const MAX_DASHBOARDS: usize = 100;

/// Amazon CloudWatch of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// What was put, in the order of its first datum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alarms: BTreeMap<String, Alarm>,
    /// Newest first, at most [`MAX_HISTORY`].
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub history: VecDeque<HistoryItem>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dashboards: BTreeMap<String, Dashboard>,
    /// When metric alarms are looked at next; None without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_look: Option<Time>,
    /// When they were looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Time>,
}

/// `Dimension`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Dimension {
    pub name: String,
    pub value: String,
}

/// `Metric`, its dimensions in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    /// `AWS/ECS`, or an own one.
    #[serde(default)]
    pub namespace: String,
    /// `CPUUtilization`, ...
    #[serde(default)]
    pub metric_name: String,
    /// At most 30.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

/// A metric that was put.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Which.
    pub metric: Metric,
    /// `None` unless another unit was said.
    pub unit: String,
    /// By the minute since the epoch, at most [`MAX_MINUTES`].
    pub minutes: BTreeMap<i64, Stat>,
}

/// Several values in one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    /// How many.
    pub count: f64,
    /// Together.
    pub sum: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Stat {
    /// One value.
    pub fn one(value: f64) -> Self {
        Self { count: 1.0, sum: value, min: value, max: value }
    }

    /// This and another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// `Average`, `Sum`, `Minimum`, `Maximum` or `SampleCount`.
    pub fn value(&self, statistic: &str) -> Option<f64> {
        Some(match statistic {
            "Average" if self.count > 0.0 => self.sum / self.count,
            "Sum" => self.sum,
            "Minimum" => self.min,
            "Maximum" => self.max,
            "SampleCount" => self.count,
            _ => return None,
        })
    }
}

/// `MetricDataQuery`: a metric's statistic, or an expression over other queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Query {
    /// Unique among its neighbours.
    pub id: String,
    /// Either this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_stat: Option<MetricStat>,
    /// Or this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it is shown; true unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_data: Option<bool>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<i64>,
}

/// `MetricStat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricStat {
    /// Of what.
    pub metric: Metric,
    /// Seconds.
    pub period: i64,
    /// `Average`, ...
    pub stat: String,
    /// Only what was put with this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// State of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum State {
    Ok,
    Alarm,
    InsufficientData,
}

impl State {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Unique in the region.
    pub name: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether anything is done about it.
    pub actions_enabled: bool,
    /// What to do when it gets into each state: ARNs, five at most.
    pub actions: Actions,
    /// What it looks at.
    pub watch: Watch,
    /// How it is.
    pub state: State,
    /// Why, for people.
    pub reason: String,
    /// Why, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_data: Option<String>,
    /// When that was found.
    pub updated_at: Time,
    /// When it last was another.
    pub transitioned_at: Time,
    /// When it was put.
    pub configured_at: Time,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// `OKActions`, `AlarmActions` and `InsufficientDataActions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named by their states")]
pub struct Actions {
    pub ok: Vec<String>,
    pub alarm: Vec<String>,
    pub insufficient_data: Vec<String>,
}

impl Actions {
    /// Those of a state.
    pub fn of(&self, state: State) -> &[String] {
        match state {
            State::Ok => &self.ok,
            State::Alarm => &self.alarm,
            State::InsufficientData => &self.insufficient_data,
        }
    }
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Watch {
    /// One metric, or one expression.
    Metric(Box<MetricWatch>),
    /// Other alarms: `AlarmRule`.
    Composite(String),
}

/// Of a metric alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricWatch {
    /// The one whose data are shown is compared; without an id, `Metric`, `Period` and `Statistic` of the alarm.
    pub queries: Vec<Query>,
    /// Whether the queries came as `Metrics`.
    pub is_math: bool,
    /// How many periods are looked at.
    pub evaluation_periods: i64,
    /// How many of them must breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<i64>,
    /// What is too much, or too little.
    pub threshold: f64,
    /// `GreaterThanThreshold`, ...
    pub comparison: String,
    /// `missing`, `ignore`, `breaching` or `notBreaching`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_missing: Option<String>,
}

impl MetricWatch {
    /// The query that is compared.
    pub fn shown(&self) -> Option<&Query> {
        self.queries.iter().find(|query| query.return_data != Some(false))
    }

    /// Seconds of a period.
    pub fn period(&self) -> i64 {
        let of = |query: &Query| query.metric_stat.as_ref().map(|stat| stat.period).or(query.period);
        let shown = self.shown().and_then(of);
        shown.or_else(|| self.queries.iter().filter_map(of).max()).unwrap_or(60).max(60)
    }
}

/// `AlarmHistoryItem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryItem {
    /// Of which alarm.
    pub alarm: String,
    /// Whether that is a composite one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub composite: bool,
    /// When.
    pub at: Time,
    /// `ConfigurationUpdate`, `StateUpdate` or `Action`.
    pub kind: String,
    /// A sentence.
    pub summary: String,
    /// JSON.
    pub data: String,
}

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// JSON.
    pub body: String,
    /// When it was put.
    pub modified_at: Time,
}

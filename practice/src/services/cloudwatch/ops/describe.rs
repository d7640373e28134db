//! Alarms as they are, and what became of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{When, max_records, metric, paged};
use crate::core::fault::Fault;
use crate::core::time::Moment;
use crate::services::cloudwatch::model::{Alarm, Dimension, HistoryItem, Watch};
use crate::services::cloudwatch::{composite, fault, shapes};
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Alarms {
    #[serde(default)]
    alarm_names: Vec<String>,
    alarm_name_prefix: Option<String>,
    #[serde(default)]
    alarm_types: Vec<String>,
    children_of_alarm_name: Option<String>,
    parents_of_alarm_name: Option<String>,
    state_value: Option<String>,
    action_prefix: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

fn is_composite(alarm: &Alarm) -> bool {
    matches!(alarm.watch, Watch::Composite(_))
}

/// Without types, only metric alarms are shown, as on AWS.
pub(crate) fn alarms(view: &View<'_>, input: Alarms) -> Result<Value, Fault> {
    let limit = max_records(input.max_records)?;
    if !input.alarm_names.is_empty() && input.alarm_name_prefix.is_some() {
        return Err(fault::validation("AlarmNames and AlarmNamePrefix cannot be used together."));
    }
    let model = &view.region.cloudwatch;
    let watches = |parent: &Alarm, child: &str| match &parent.watch {
        Watch::Composite(rule) => composite::parse(rule).is_some_and(|rule| rule.names().contains(&child)),
        Watch::Metric(_) => false,
    };
    let typed = |alarm: &Alarm| {
        let kind = if is_composite(alarm) { "CompositeAlarm" } else { "MetricAlarm" };
        if input.alarm_types.is_empty() {
            let related = input.children_of_alarm_name.is_some() || input.parents_of_alarm_name.is_some();
            return related || !is_composite(alarm);
        }
        input.alarm_types.iter().any(|asked| asked == kind)
    };
    let parent = input.children_of_alarm_name.as_ref().map(|name| model.alarms.get(name));
    let chosen = model.alarms.values().filter(|alarm| {
        typed(alarm)
            && (input.alarm_names.is_empty() || input.alarm_names.contains(&alarm.name))
            && input.alarm_name_prefix.as_ref().is_none_or(|prefix| alarm.name.starts_with(prefix.as_str()))
            && input.state_value.as_ref().is_none_or(|state| alarm.state.name() == state)
            && input.action_prefix.as_ref().is_none_or(|prefix| {
                alarm.actions.alarm.iter().any(|action| action.starts_with(prefix.as_str()))
            })
            && parent.is_none_or(|parent| parent.is_some_and(|parent| watches(parent, &alarm.name)))
            && input.parents_of_alarm_name.as_ref().is_none_or(|child| watches(alarm, child))
    });
    let page = paged(chosen, |alarm| alarm.name.clone(), limit, input.next_token.as_deref())?;
    let (composite, plain): (Vec<&Alarm>, Vec<&Alarm>) =
        page.items.into_iter().partition(|a| is_composite(a));
    let show = |alarms: Vec<&Alarm>| alarms.into_iter().map(|a| shapes::alarm(view, a)).collect::<Vec<_>>();
    Ok(json!({"CompositeAlarms": show(composite), "MetricAlarms": show(plain), "NextToken": page.next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ForMetric {
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    period: Option<i64>,
    unit: Option<String>,
}

pub(crate) fn for_metric(view: &View<'_>, input: ForMetric) -> Result<Value, Fault> {
    let metric = metric(&input.namespace, &input.metric_name, input.dimensions)?;
    let watches = |alarm: &&Alarm| {
        let Watch::Metric(watch) = &alarm.watch else { return false };
        watch.queries.iter().filter_map(|query| query.metric_stat.as_ref()).any(|stat| {
            stat.metric == metric
                && input.statistic.as_ref().is_none_or(|statistic| stat.stat == *statistic)
                && input.period.is_none_or(|period| stat.period == period)
                && (input.unit.is_none() || stat.unit == input.unit)
        })
    };
    let all = view.region.cloudwatch.alarms.values().filter(watches);
    Ok(json!({"MetricAlarms": all.map(|alarm| shapes::alarm(view, alarm)).collect::<Vec<_>>()}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfAlarm {
    alarm_name: Option<String>,
    #[serde(default)]
    alarm_types: Vec<String>,
    history_item_type: Option<String>,
    start_date: Option<When>,
    end_date: Option<When>,
    max_records: Option<i64>,
    next_token: Option<String>,
    scan_by: Option<String>,
}

pub(crate) fn history(view: &View<'_>, input: OfAlarm) -> Result<Value, Fault> {
    let limit = max_records(input.max_records)?;
    let typed = |item: &HistoryItem| {
        let kind = if item.composite { "CompositeAlarm" } else { "MetricAlarm" };
        input.alarm_types.is_empty() || input.alarm_types.iter().any(|asked| asked == kind)
    };
    let mut items: Vec<&HistoryItem> = view
        .region
        .cloudwatch
        .history
        .iter()
        .filter(|item| {
            typed(item)
                && input.alarm_name.as_ref().is_none_or(|name| item.alarm == *name)
                && input.history_item_type.as_ref().is_none_or(|kind| item.kind == *kind)
                && input.start_date.is_none_or(|from| item.at >= from.0)
                && input.end_date.is_none_or(|to| item.at <= to.0)
        })
        .collect();
    if input.scan_by.as_deref() == Some("TimestampAscending") {
        items.reverse();
    }
    let numbered = items.into_iter().enumerate();
    let page = paged(numbered, |(at, _)| format!("{at:06}"), limit, input.next_token.as_deref())?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|(_, item)| {
            json!({
                "AlarmName": item.alarm,
                "AlarmType": if item.composite { "CompositeAlarm" } else { "MetricAlarm" },
                "Timestamp": Moment(item.at),
                "HistoryItemType": item.kind,
                "HistorySummary": item.summary,
                "HistoryData": item.data,
            })
        })
        .collect();
    Ok(json!({"AlarmHistoryItems": shown, "NextToken": page.next}))
}

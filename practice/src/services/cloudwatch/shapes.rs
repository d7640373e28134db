//! CloudWatch's structures on the wire.

use serde_json::{Value, json};

use super::model::{Alarm, MetricWatch, Watch};
use crate::core::time::Moment;
use crate::world::View;

/// `arn:aws:cloudwatch:region:account:alarm:name`
pub(super) fn alarm_arn(view: &View<'_>, name: &str) -> String {
    view.arn("cloudwatch", &format!("alarm:{name}"))
}

/// `MetricAlarm` or `CompositeAlarm`.
pub(super) fn alarm(view: &View<'_>, alarm: &Alarm) -> Value {
    let mut shown = json!({
        "AlarmName": alarm.name,
        "AlarmArn": alarm_arn(view, &alarm.name),
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": Moment(alarm.configured_at),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.actions.ok,
        "AlarmActions": alarm.actions.alarm,
        "InsufficientDataActions": alarm.actions.insufficient_data,
        "StateValue": alarm.state.name(),
        "StateReason": alarm.reason,
        "StateReasonData": alarm.reason_data,
        "StateUpdatedTimestamp": Moment(alarm.updated_at),
        "StateTransitionedTimestamp": Moment(alarm.transitioned_at),
    });
    match &alarm.watch {
        Watch::Composite(rule) => shown["AlarmRule"] = rule.as_str().into(),
        Watch::Metric(watch) => watched(&mut shown, watch),
    }
    shown
}

fn watched(shown: &mut Value, watch: &MetricWatch) {
    let first = watch.queries.first().and_then(|query| query.metric_stat.as_ref());
    if watch.is_math {
        shown["Metrics"] = json!(watch.queries);
    } else if let Some(stat) = first {
        shown["MetricName"] = stat.metric.metric_name.as_str().into();
        shown["Namespace"] = stat.metric.namespace.as_str().into();
        shown["Statistic"] = stat.stat.as_str().into();
        shown["Dimensions"] = json!(stat.metric.dimensions);
        shown["Period"] = stat.period.into();
        shown["Unit"] = json!(stat.unit);
    }
    shown["EvaluationPeriods"] = watch.evaluation_periods.into();
    shown["DatapointsToAlarm"] = json!(watch.datapoints_to_alarm);
    shown["Threshold"] = json!(watch.threshold);
    shown["ComparisonOperator"] = watch.comparison.as_str().into();
    shown["TreatMissingData"] = json!(watch.treat_missing);
}

//! What a policy makes of an alarm, for services here and for groups of EC2 Auto Scaling alike: alarms that ask, steps,
//! targets, and the alarms that target tracking makes for itself. Follows "Target tracking scaling policies" and "Step
//! scaling policies".

use super::model::{Customized, Steps, Tracking};
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::services::cloudwatch;
use crate::services::cloudwatch::model::{
    Actions, Alarm, Dimension, Metric, MetricStat, MetricWatch, Query, State, Watch,
};
use crate::world::{Scope, View};

/// How many minutes the metric must be above, and below, before anything is done.
const HIGH_MINUTES: i64 = 3;
const LOW_MINUTES: i64 = 15;
/// The low alarm's threshold, as a part of the target.
const LOW_SHARE: f64 = 0.9;
const ADJUSTMENTS: [&str; 3] = ["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"];

/// An alarm that asks a policy to do something.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Its name.
    pub(crate) alarm: String,
    /// What its metric is compared with.
    pub(crate) threshold: f64,
    /// The newest value of the metric.
    pub(crate) value: Option<f64>,
    /// When it was looked at; the policy remembers it as seen.
    pub(crate) seen: Time,
}

impl Ask {
    /// Whether it is the alarm by which target tracking scales in.
    fn is_low(&self) -> bool {
        is_low(&self.alarm)
    }
}

fn is_low(alarm: &str) -> bool {
    alarm.contains("-AlarmLow-")
}

/// Whether target tracking may scale in: any policy scales out by itself, but in only when all of them are ready to.
/// `made` are the alarms that the policies have made. Follows "Considerations" of target tracking: multiple policies.
pub(crate) fn may_scale_in<'a>(view: &View<'_>, made: impl IntoIterator<Item = &'a String>) -> bool {
    let alarms = &view.region.cloudwatch.alarms;
    let is_on = |name: &String| alarms.get(name).is_some_and(|alarm| alarm.state == State::Alarm);
    made.into_iter().filter(|name| is_low(name)).all(is_on)
}

/// The alarms that ask the policy of that ARN and that it has not seen yet. One that stays on asks again every minute.
pub(crate) fn asks(view: &View<'_>, arn: &str, before: Option<Time>) -> Vec<Ask> {
    let model = &view.region.cloudwatch;
    let on = |alarm: &&Alarm| {
        let named = || alarm.actions.alarm.iter().any(|action| action == arn);
        alarm.state == State::Alarm && alarm.actions_enabled && named()
    };
    let ask = |alarm: &Alarm| {
        let seen = alarm.updated_at.max(model.looked_at.unwrap_or_default());
        let Watch::Metric(watch) = &alarm.watch else { return None };
        before.is_none_or(|before| before < seen).then(|| Ask {
            alarm: alarm.name.clone(),
            threshold: watch.threshold,
            value: cloudwatch::latest(view, watch),
            seen,
        })
    };
    model.alarms.values().filter(on).filter_map(ask).collect()
}

/// The count at which the metric would meet the target, if it were proportional. The high alarm only adds, the low one
/// only takes.
pub(crate) fn tracked(rule: &Tracking, ask: &Ask, current: u32) -> Option<u32> {
    let wanted = whole((f64::from(current) * ask.value? / rule.target_value).ceil());
    if ask.is_low() {
        let keep = rule.disable_scale_in == Some(true) || wanted >= current;
        (!keep).then_some(wanted)
    } else {
        (wanted > current).then_some(wanted)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; saturates")]
fn whole(value: f64) -> u32 {
    value.clamp(0.0, 1_000_000.0) as u32
}

/// What the step comes to into which the metric falls, `beyond` its threshold.
pub(crate) fn stepped(rule: &Steps, beyond: f64, current: u32) -> Option<u32> {
    let step = rule.step_adjustments.iter().find(|step| {
        let (low, high) = (step.metric_interval_lower_bound, step.metric_interval_upper_bound);
        // Bounds belong to the step that is nearer to the threshold below it, to the farther one above.
        if beyond >= 0.0 {
            low.is_none_or(|low| beyond >= low) && high.is_none_or(|high| beyond < high)
        } else {
            low.is_none_or(|low| beyond > low) && high.is_none_or(|high| beyond <= high)
        }
    })?;
    Some(adjusted(&rule.adjustment_type, step.scaling_adjustment, rule.min_adjustment_magnitude, current))
}

/// A count after an adjustment; `least` is the smallest change of one in percent.
pub(crate) fn adjusted(kind: &str, by: i64, least: Option<i64>, current: u32) -> u32 {
    let count = i64::from(current);
    let wanted = match kind {
        "ExactCapacity" => by,
        "PercentChangeInCapacity" => {
            let change = (count.saturating_mul(by) / 100).abs().max(least.unwrap_or(1).max(1));
            count.saturating_add(change.saturating_mul(by.signum()))
        }
        _ => count.saturating_add(by),
    };
    u32::try_from(wanted.clamp(0, 1_000_000)).unwrap_or_default()
}

/// Whether there is such a way to adjust, and a least change belongs to it.
pub(crate) fn check_adjustment(kind: &str, least: Option<i64>) -> Result<(), String> {
    if !ADJUSTMENTS.contains(&kind) {
        return Err(format!("The adjustment type {kind} is not valid."));
    }
    if least.is_some() && kind != "PercentChangeInCapacity" {
        return Err("MinAdjustmentMagnitude is for PercentChangeInCapacity only.".to_owned());
    }
    Ok(())
}

/// Whether steps fit together; otherwise why not.
pub(crate) fn check_steps(rule: &Steps) -> Result<(), String> {
    check_adjustment(&rule.adjustment_type, rule.min_adjustment_magnitude)?;
    if !(1..=20).contains(&rule.step_adjustments.len()) {
        return Err("A step scaling policy has 1 to 20 step adjustments.".to_owned());
    }
    let mut spans: Vec<(f64, f64)> = rule
        .step_adjustments
        .iter()
        .map(|step| {
            let low = step.metric_interval_lower_bound.unwrap_or(f64::NEG_INFINITY);
            (low, step.metric_interval_upper_bound.unwrap_or(f64::INFINITY))
        })
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    if spans.iter().any(|(low, high)| low >= high) {
        return Err("The lower bound of a step must be less than its upper bound.".to_owned());
    }
    #[expect(clippy::float_cmp, reason = "bounds must be the same to the last digit")]
    if spans.windows(2).any(|pair| pair[0].1 != pair[1].0) {
        return Err("Step adjustments must neither overlap nor leave a gap.".to_owned());
    }
    Ok(())
}

/// Whether a target is one, and an own metric whole; otherwise why not.
pub(crate) fn check_target(rule: &Tracking) -> Result<(), String> {
    if !rule.target_value.is_finite() || rule.target_value <= 0.0 {
        return Err("TargetValue must be greater than 0.".to_owned());
    }
    match (&rule.predefined_metric_specification, &rule.customized_metric_specification) {
        (None, Some(metric)) => {
            let names = [&metric.metric_name, &metric.namespace, &metric.statistic];
            if names.iter().any(|name| name.is_empty()) {
                return Err("A customized metric needs MetricName, Namespace and Statistic.".to_owned());
            }
            Ok(())
        }
        (Some(_), None) => Ok(()),
        _ => {
            Err("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required."
                .to_owned())
        }
    }
}

pub(crate) fn dimension(name: &str, value: &str) -> Dimension {
    Dimension { name: name.to_owned(), value: value.to_owned() }
}

/// A metric of AWS's by the minute.
pub(crate) fn minutely(namespace: &str, name: &str, dimensions: Vec<Dimension>, stat: &str) -> MetricStat {
    MetricStat {
        metric: Metric { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions },
        period: 60,
        stat: stat.to_owned(),
        unit: None,
    }
}

/// An own metric by the minute.
pub(crate) fn customized(custom: &Customized) -> MetricStat {
    let mut dimensions = custom.dimensions.clone();
    dimensions.sort();
    let stat = minutely(&custom.namespace, &custom.metric_name, dimensions, &custom.statistic);
    MetricStat { unit: custom.unit.clone(), ..stat }
}

/// `ALBRequestCountPerTarget` of a resource label; None when that is no label.
pub(crate) fn requests_per_target(label: &str) -> Option<MetricStat> {
    let group = label.find("/targetgroup/").and_then(|at| label.get(at + 1..))?;
    let balancer = label.split("/targetgroup/").next().filter(|start| start.starts_with("app/"))?;
    let dimensions = vec![dimension("LoadBalancer", balancer), dimension("TargetGroup", group)];
    Some(minutely("AWS/ApplicationELB", "RequestCountPerTarget", dimensions, "Sum"))
}

/// The high and the low alarm of the policy of that ARN, named as AWS names them. `who` is scaled.
pub(crate) fn alarms(
    scope: &mut Scope<'_>,
    who: &str,
    metric: &MetricStat,
    rule: &Tracking,
    arn: &str,
) -> Vec<Alarm> {
    let now = scope.now;
    let mut make = |side: &str, comparison: &str, threshold: f64, minutes: i64| {
        let query = Query {
            id: "m1".to_owned(),
            metric_stat: Some(metric.clone()),
            expression: None,
            label: None,
            return_data: None,
            period: None,
        };
        Alarm {
            name: format!("TargetTracking-{who}-Alarm{side}-{}", scope.region.ids.uuid()),
            description: Some(format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.")),
            actions_enabled: true,
            actions: Actions { alarm: vec![arn.to_owned()], ..Actions::default() },
            watch: Watch::Metric(Box::new(MetricWatch {
                queries: vec![query],
                is_math: false,
                evaluation_periods: minutes,
                datapoints_to_alarm: None,
                threshold,
                comparison: comparison.to_owned(),
                treat_missing: None,
            })),
            state: State::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            reason_data: None,
            updated_at: now,
            transitioned_at: now,
            configured_at: now,
            tags: Tags::new(),
        }
    };
    let high = make("High", "GreaterThanThreshold", rule.target_value, HIGH_MINUTES);
    let mut all = vec![high];
    if rule.disable_scale_in != Some(true) {
        all.push(make("Low", "LessThanThreshold", rule.target_value * LOW_SHARE, LOW_MINUTES));
    }
    all
}

//! Alarms: put, change, delete.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, add_tags, check_period, check_statistic, metric};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::services::cloudwatch::model::{
    Actions, Alarm, Dimension, MAX_ALARMS, MetricStat, MetricWatch, Model, Query, State, Watch,
};
use crate::services::cloudwatch::reconcile::{next_minute, note, set_state};
use crate::services::cloudwatch::{composite, fault};
use crate::world::Scope;

const UNCHECKED: &str = "Unchecked: Initial alarm creation";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(default, rename = "OKActions")]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    metric_name: Option<String>,
    namespace: Option<String>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    period: Option<i64>,
    unit: Option<String>,
    evaluation_periods: Option<i64>,
    datapoints_to_alarm: Option<i64>,
    threshold: Option<f64>,
    comparison_operator: Option<String>,
    treat_missing_data: Option<String>,
    metrics: Option<Vec<Query>>,
    #[serde(default)]
    tags: Vec<Tag>,
    threshold_metric_id: Option<String>,
    evaluation_criteria: Option<Value>,
}

impl Put {
    fn watch(&mut self) -> Result<MetricWatch, Fault> {
        if self.threshold_metric_id.is_some() {
            return Err(fault::unsupported("ThresholdMetricId (anomaly detection)"));
        }
        if self.evaluation_criteria.is_some() {
            return Err(fault::unsupported("EvaluationCriteria"));
        }
        if let Some(name) = &self.extended_statistic {
            return Err(fault::unsupported(&format!("The extended statistic {name}")));
        }
        let comparison = self
            .comparison_operator
            .clone()
            .ok_or_else(|| fault::missing("The parameter ComparisonOperator is required."))?;
        if comparison.ends_with("UpperThreshold") || comparison == "LessThanLowerThreshold" {
            return Err(fault::unsupported(&format!(
                "The comparison operator {comparison} (anomaly detection)"
            )));
        }
        if !matches!(
            comparison.as_str(),
            "GreaterThanThreshold"
                | "GreaterThanOrEqualToThreshold"
                | "LessThanThreshold"
                | "LessThanOrEqualToThreshold"
        ) {
            return Err(fault::invalid(format!(
                "The value {comparison} for parameter ComparisonOperator is invalid."
            )));
        }
        let periods = self
            .evaluation_periods
            .filter(|count| *count >= 1)
            .ok_or_else(|| fault::missing("The parameter EvaluationPeriods is required."))?;
        let needed = self.datapoints_to_alarm;
        if needed.is_some_and(|count| count < 1 || count > periods) {
            return Err(fault::validation(
                "DatapointsToAlarm must be at least 1 and at most EvaluationPeriods.",
            ));
        }
        let threshold = self
            .threshold
            .filter(|value| value.is_finite())
            .ok_or_else(|| fault::missing("The parameter Threshold is required."))?;
        if let Some(treat) = self.treat_missing_data.as_deref()
            && !matches!(treat, "missing" | "ignore" | "breaching" | "notBreaching")
        {
            return Err(fault::invalid(format!(
                "The value {treat} for parameter TreatMissingData is invalid."
            )));
        }
        let (queries, is_math) = self.queries()?;
        let watch = MetricWatch {
            queries,
            is_math,
            evaluation_periods: periods,
            datapoints_to_alarm: needed,
            threshold,
            comparison,
            treat_missing: self.treat_missing_data.clone(),
        };
        if watch.period().saturating_mul(periods) > 86_400 {
            return Err(fault::validation(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
            ));
        }
        Ok(watch)
    }

    fn queries(&mut self) -> Result<(Vec<Query>, bool), Fault> {
        if let Some(queries) = self.metrics.take() {
            if self.metric_name.is_some() || self.namespace.is_some() || self.statistic.is_some() {
                return Err(fault::combination(
                    "Metrics is mutually exclusive with MetricName, Namespace, Statistic, Period and Dimensions.",
                ));
            }
            let queries = super::metrics::check_queries(queries)?;
            if queries.iter().filter(|query| query.return_data != Some(false)).count() != 1 {
                return Err(fault::validation("Exactly one element of the metrics list should return data."));
            }
            return Ok((queries, true));
        }
        let required = |what: &str| fault::missing(format!("The parameter {what} is required."));
        let name = self.metric_name.clone().ok_or_else(|| required("MetricName"))?;
        let namespace = self.namespace.clone().ok_or_else(|| required("Namespace"))?;
        let stat = self.statistic.clone().ok_or_else(|| required("Statistic"))?;
        let period = self.period.ok_or_else(|| required("Period"))?;
        if !matches!(period, 10 | 20 | 30) && (period < 60 || period % 60 != 0) {
            return Err(fault::validation("Period must be 10, 20, 30 or a multiple of 60"));
        }
        check_period(period)?;
        check_statistic(&stat)?;
        let metric = metric(&namespace, &name, std::mem::take(&mut self.dimensions))?;
        let metric_stat = Some(MetricStat { metric, period, stat, unit: self.unit.clone() });
        let query = Query {
            id: "m1".to_owned(),
            metric_stat,
            expression: None,
            label: None,
            return_data: None,
            period: None,
        };
        Ok((vec![query], false))
    }
}

pub(crate) fn put(scope: &mut Scope<'_>, mut input: Put) -> Result<Value, Fault> {
    let watch = Watch::Metric(Box::new(input.watch()?));
    let actions = Actions {
        ok: input.ok_actions,
        alarm: input.alarm_actions,
        insufficient_data: input.insufficient_data_actions,
    };
    let tags = add_tags(Tags::new(), input.tags)?;
    let alarm = new(
        input.alarm_name,
        input.alarm_description,
        input.actions_enabled,
        actions,
        watch,
        tags,
        scope.now,
    );
    put_alarm(scope, alarm)?;
    Ok(json!({}))
}

fn new(
    name: String,
    description: Option<String>,
    enabled: Option<bool>,
    actions: Actions,
    watch: Watch,
    tags: Tags,
    now: Time,
) -> Alarm {
    Alarm {
        name,
        description,
        actions_enabled: enabled.unwrap_or(true),
        actions,
        watch,
        state: State::InsufficientData,
        reason: UNCHECKED.to_owned(),
        reason_data: None,
        updated_at: now,
        transitioned_at: now,
        configured_at: now,
        tags,
    }
}

/// Puts an alarm: a new one begins without data, one that is there keeps its state and tags. Also what Application Auto
/// Scaling uses for its own. Errors: `InvalidParameterValueException`, `LimitExceededFault`.
pub fn put_alarm(scope: &mut Scope<'_>, mut alarm: Alarm) -> Result<(), Fault> {
    if alarm.name.is_empty() || alarm.name.chars().count() > 255 || alarm.name.chars().any(char::is_control) {
        return Err(fault::invalid("The value for parameter AlarmName is invalid."));
    }
    if alarm.description.as_ref().is_some_and(|text| text.chars().count() > 1024) {
        return Err(fault::invalid("The value for parameter AlarmDescription is too long."));
    }
    for list in [&alarm.actions.ok, &alarm.actions.alarm, &alarm.actions.insufficient_data] {
        if list.len() > 5 {
            return Err(fault::invalid("An alarm can have at most five actions for each state."));
        }
        if let Some(wrong) = list.iter().find(|arn| !arn.starts_with("arn:") || arn.len() > 1024) {
            return Err(fault::validation(format!("Invalid arn syntax: {wrong}")));
        }
    }
    let now = scope.now;
    let model = &mut scope.region.cloudwatch;
    let before = model.alarms.get(&alarm.name);
    if before.is_none() && model.alarms.len() >= MAX_ALARMS {
        return Err(fault::limit("The maximum limit of alarms has been reached."));
    }
    let summary = match before {
        Some(before) => {
            alarm.state = before.state;
            alarm.reason.clone_from(&before.reason);
            alarm.reason_data.clone_from(&before.reason_data);
            (alarm.updated_at, alarm.transitioned_at) = (before.updated_at, before.transitioned_at);
            alarm.tags = before.tags.clone();
            format!("Alarm \"{}\" updated", alarm.name)
        }
        None => format!("Alarm \"{}\" created", alarm.name),
    };
    let kind = if before.is_some() { "Update" } else { "Create" };
    note(
        model,
        &alarm,
        "ConfigurationUpdate",
        &summary,
        &json!({"version": "1.0", "type": kind}).to_string(),
        now,
    );
    if matches!(alarm.watch, Watch::Metric(_)) {
        model.next_look = model.next_look.or_else(|| Some(next_minute(now)));
    }
    model.alarms.insert(alarm.name.clone(), alarm);
    Ok(())
}

/// Deletes an alarm, if it is there.
pub fn delete_alarm(model: &mut Model, name: &str) {
    model.alarms.remove(name);
    if !model.alarms.values().any(|alarm| matches!(alarm.watch, Watch::Metric(_))) {
        model.next_look = None;
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutComposite {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    alarm_rule: String,
    #[serde(default, rename = "OKActions")]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    actions_suppressor: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(crate) fn put_composite(scope: &mut Scope<'_>, input: PutComposite) -> Result<Value, Fault> {
    if input.actions_suppressor.is_some() {
        return Err(fault::unsupported("ActionsSuppressor"));
    }
    if input.alarm_rule.chars().count() > 10_240 {
        return Err(fault::validation("AlarmRule must be at most 10240 characters."));
    }
    let rule =
        composite::parse(&input.alarm_rule).ok_or_else(|| fault::validation("AlarmRule cannot be read."))?;
    let alarms = &scope.region.cloudwatch.alarms;
    // Others may look at it, or its own rule: then alarms would chase each other after all.
    if alarms.get(&input.alarm_name).is_some_and(|alarm| matches!(alarm.watch, Watch::Metric(_))) {
        return Err(fault::validation(format!("{} is the name of a metric alarm.", input.alarm_name)));
    }
    for name in rule.names() {
        match alarms.get(name).map(|alarm| &alarm.watch) {
            Some(Watch::Metric(_)) => {}
            // Two composite alarms could chase each other for ever.
            Some(Watch::Composite(_)) => {
                return Err(fault::unsupported("A composite alarm in the rule of another"));
            }
            None => {
                return Err(fault::validation(format!(
                    "Could not save the composite alarm as alarms [{name}] in the alarm rule do not exist"
                )));
            }
        }
    }
    let actions = Actions {
        ok: input.ok_actions,
        alarm: input.alarm_actions,
        insufficient_data: input.insufficient_data_actions,
    };
    let tags = add_tags(Tags::new(), input.tags)?;
    let watch = Watch::Composite(input.alarm_rule);
    put_alarm(
        scope,
        new(
            input.alarm_name,
            input.alarm_description,
            input.actions_enabled,
            actions,
            watch,
            tags,
            scope.now,
        ),
    )?;
    Ok(json!({}))
}

/// Those of the names that the rules of other composite alarms have.
fn needed_by_composites<'n>(model: &Model, names: &'n [String]) -> Vec<&'n str> {
    let mut needed = BTreeSet::new();
    for alarm in model.alarms.values().filter(|alarm| !names.contains(&alarm.name)) {
        let Watch::Composite(rule) = &alarm.watch else { continue };
        let Some(rule) = composite::parse(rule) else { continue };
        let of = rule.names();
        needed.extend(names.iter().map(String::as_str).filter(|name| of.contains(name)));
    }
    needed.into_iter().collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Names {
    alarm_names: Vec<String>,
}

impl Names {
    fn check(&self) -> Result<(), Fault> {
        if self.alarm_names.len() > 100 {
            return Err(fault::invalid("The collection AlarmNames must not have a size greater than 100."));
        }
        Ok(())
    }
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Names) -> Result<Value, Fault> {
    input.check()?;
    let model = &mut scope.region.cloudwatch;
    if let Some(missing) = input.alarm_names.iter().find(|name| !model.alarms.contains_key(*name)) {
        return Err(fault::alarm_not_found(missing));
    }
    let needed = needed_by_composites(model, &input.alarm_names);
    if !needed.is_empty() {
        let them = if needed.len() == 1 { "it" } else { "them" };
        return Err(fault::validation(format!(
            "Cannot delete {} as there are composite alarm(s) depending on {them}.",
            needed.join(",")
        )));
    }
    input.alarm_names.iter().for_each(|name| delete_alarm(model, name));
    Ok(json!({}))
}

pub(crate) fn enable(scope: &mut Scope<'_>, input: Names) -> Result<Value, Fault> {
    switch(scope, &input, true)
}

pub(crate) fn disable(scope: &mut Scope<'_>, input: Names) -> Result<Value, Fault> {
    switch(scope, &input, false)
}

fn switch(scope: &mut Scope<'_>, input: &Names, on: bool) -> Result<Value, Fault> {
    input.check()?;
    for name in &input.alarm_names {
        if let Some(alarm) = scope.region.cloudwatch.alarms.get_mut(name) {
            alarm.actions_enabled = on;
        }
    }
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetState {
    alarm_name: String,
    state_value: State,
    state_reason: String,
    state_reason_data: Option<String>,
}

pub(crate) fn set_state_op(scope: &mut Scope<'_>, input: SetState) -> Result<Value, Fault> {
    if !scope.region.cloudwatch.alarms.contains_key(&input.alarm_name) {
        return Err(fault::alarm_not_found(&input.alarm_name));
    }
    if input.state_reason.chars().count() > 1023 {
        return Err(fault::invalid("StateReason must have at most 1023 characters."));
    }
    if let Some(data) = &input.state_reason_data
        && (data.len() > 4000 || serde_json::from_str::<Value>(data).is_err())
    {
        return Err(Fault::new("InvalidFormatFault", "StateReasonData is not valid JSON."));
    }
    let now = scope.now;
    set_state(
        &mut scope.region.cloudwatch,
        &input.alarm_name,
        input.state_value,
        input.state_reason,
        input.state_reason_data,
        now,
    );
    Ok(json!({}))
}

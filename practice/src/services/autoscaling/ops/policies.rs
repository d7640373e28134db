//! Scaling policies. Not here: predictive scaling, network metrics (the practice cloud counts no bytes), metric math.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad_token, check_name, group_not_found, limit_exceeded, validation};
use super::super::model::{Group, Policy, Rule, Simple};
use super::super::policies::{self, Ground, Rest};
use super::super::shapes::Nothing;
use super::groups::living;
use super::sizes::records;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tree::lean;
use crate::services::application_autoscaling::model::{Step, Steps, Tracking};
use crate::services::application_autoscaling::rule;
use crate::services::cloudwatch;
use crate::services::cloudwatch::model::{Alarm, MetricStat};
use crate::world::{Scope, View};

/// AWS's quota per group.
const MAX_POLICIES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    auto_scaling_group_name: String,
    policy_name: String,
    policy_type: Option<String>,
    adjustment_type: Option<String>,
    min_adjustment_step: Option<i64>,
    min_adjustment_magnitude: Option<i64>,
    scaling_adjustment: Option<i64>,
    cooldown: Option<i32>,
    metric_aggregation_type: Option<String>,
    #[serde(default)]
    step_adjustments: Vec<Step>,
    estimated_instance_warmup: Option<i32>,
    target_tracking_configuration: Option<Tracking>,
    enabled: Option<bool>,
}

fn unsupported(what: &str) -> Fault {
    validation(format!("{what} is not part of this practice cloud."))
}

fn misplaced(member: &str, kind: &str) -> Fault {
    validation(format!("{member} is not supported with policy type {kind}."))
}

impl Put {
    fn rule(&self) -> Result<Rule, Fault> {
        let kind = self.policy_type.as_deref().unwrap_or("SimpleScaling");
        if kind == "PredictiveScaling" {
            return Err(unsupported("Predictive scaling"));
        }
        let (simple, steps) = (kind == "SimpleScaling", kind == "StepScaling");
        for (given, fits, member) in [
            (self.scaling_adjustment.is_some(), simple, "ScalingAdjustment"),
            (self.cooldown.is_some(), simple, "Cooldown"),
            (self.adjustment_type.is_some(), simple || steps, "AdjustmentType"),
            (!self.step_adjustments.is_empty(), steps, "StepAdjustments"),
            (self.metric_aggregation_type.is_some(), steps, "MetricAggregationType"),
            (self.estimated_instance_warmup.is_some(), !simple, "EstimatedInstanceWarmup"),
            (
                self.target_tracking_configuration.is_some(),
                kind == "TargetTrackingScaling",
                "TargetTrackingConfiguration",
            ),
        ] {
            if given && !fits {
                return Err(misplaced(member, kind));
            }
        }
        for (value, at) in
            [(self.cooldown, "Cooldown"), (self.estimated_instance_warmup, "EstimatedInstanceWarmup")]
        {
            if value.is_some_and(|seconds| !(0..=100_000).contains(&seconds)) {
                return Err(validation(format!("{at} must be between 0 and 100000 seconds.")));
            }
        }
        match kind {
            "SimpleScaling" => self.simple().map(Rule::Simple),
            "StepScaling" => self.steps().map(Rule::Step),
            "TargetTrackingScaling" => self.tracking().map(Rule::TargetTracking),
            other => Err(validation(format!("Invalid policy type: {other}"))),
        }
    }

    fn least(&self) -> Option<i64> {
        self.min_adjustment_magnitude.or(self.min_adjustment_step)
    }

    fn adjustment(&self) -> Result<String, Fault> {
        self.adjustment_type.clone().ok_or_else(|| validation("AdjustmentType must be specified."))
    }

    fn simple(&self) -> Result<Simple, Fault> {
        let (adjustment_type, least) = (self.adjustment()?, self.least());
        let by = self.scaling_adjustment.ok_or_else(|| {
            validation("ScalingAdjustment must be specified for policy type SimpleScaling.")
        })?;
        rule::check_adjustment(&adjustment_type, least).map_err(validation)?;
        if adjustment_type == "ExactCapacity" && by < 0 {
            return Err(validation("ScalingAdjustment must not be negative for ExactCapacity."));
        }
        Ok(Simple { adjustment_type, by, least, cooldown: self.cooldown })
    }

    fn steps(&self) -> Result<Steps, Fault> {
        let steps = Steps {
            adjustment_type: self.adjustment()?,
            step_adjustments: self.step_adjustments.clone(),
            min_adjustment_magnitude: self.least(),
            cooldown: None,
            metric_aggregation_type: self.metric_aggregation_type.clone(),
        };
        rule::check_steps(&steps).map_err(validation)?;
        Ok(steps)
    }

    fn tracking(&self) -> Result<Tracking, Fault> {
        let given = self.target_tracking_configuration.clone();
        let given = given.ok_or_else(|| {
            validation("TargetTrackingConfiguration must be specified for policy type TargetTrackingScaling.")
        })?;
        if given.customized_metric_specification.as_ref().is_some_and(|metric| metric.metrics.is_some()) {
            return Err(unsupported("Metric math in target tracking"));
        }
        rule::check_target(&given).map_err(validation)?;
        Ok(given)
    }
}

/// What target tracking of a group watches.
fn watched(group: &str, tracking: &Tracking) -> Result<MetricStat, Fault> {
    if let Some(custom) = &tracking.customized_metric_specification {
        return Ok(rule::customized(custom));
    }
    let predefined = tracking.predefined_metric_specification.as_ref();
    let kind = predefined.map(|metric| metric.predefined_metric_type.as_str()).unwrap_or_default();
    let label = predefined.and_then(|metric| metric.resource_label.as_deref());
    match (kind, label) {
        ("ALBRequestCountPerTarget", Some(label)) => rule::requests_per_target(label).ok_or_else(|| {
            validation(format!(
                "Invalid resource label: {label} must be app/<name>/<id>/targetgroup/<name>/<id>."
            ))
        }),
        ("ALBRequestCountPerTarget", None) => Err(validation(
            "ResourceLabel is required for the predefined metric type ALBRequestCountPerTarget.",
        )),
        (_, Some(_)) => {
            Err(validation("ResourceLabel is for the predefined metric type ALBRequestCountPerTarget only."))
        }
        ("ASGAverageCPUUtilization", None) => {
            let of_group = vec![rule::dimension("AutoScalingGroupName", group)];
            Ok(rule::minutely("AWS/EC2", "CPUUtilization", of_group, "Average"))
        }
        ("ASGAverageNetworkIn" | "ASGAverageNetworkOut", None) => {
            Err(unsupported(&format!("The predefined metric type {kind}")))
        }
        (other, None) => Err(validation(format!("Invalid predefined metric type: {other}"))),
    }
}

/// `PutScalingPolicy`. A policy that is there already becomes this one wholly.
pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let (name, of) = (input.policy_name.clone(), input.auto_scaling_group_name.clone());
    let group = living(scope, &of)?;
    check_name(&name, "policyName")?;
    let before = group.policies.get(&name).cloned();
    if before.is_none() && group.policies.len() >= MAX_POLICIES {
        return Err(limit_exceeded("scaling policies for this AutoScalingGroup"));
    }
    let rule = input.rule()?;
    let metric = match &rule {
        Rule::TargetTracking(tracking) => Some((watched(&of, tracking)?, tracking)),
        _ => None,
    };
    let id = scope.region.ids.uuid();
    let path = format!("scalingPolicy:{id}:autoScalingGroupName/{of}:policyName/{name}");
    let arn = before.as_ref().map_or_else(|| scope.arn("autoscaling", &path), |policy| policy.arn.clone());
    let made = metric.map(|(metric, tracking)| rule::alarms(scope, &of, &metric, tracking, &arn));
    for alarm in before.iter().flat_map(|policy| &policy.alarms) {
        cloudwatch::delete_alarm(&mut scope.region.cloudwatch, alarm);
    }
    let mut alarms = Vec::new();
    for alarm in made.into_iter().flatten() {
        alarms.push(alarm.name.clone());
        cloudwatch::put_alarm(scope, alarm).map_err(|error| limit_exceeded(&error.message))?;
    }
    let view = scope.view();
    let shown: Vec<Value> = alarms.iter().map(|name| alarm(&view, name)).collect();
    let shown = json!({"PolicyARN": arn, "Alarms": shown});
    let (enabled, warmup) = (input.enabled.unwrap_or(true), input.estimated_instance_warmup);
    let policy = Policy { arn, rule, enabled, warmup, alarms, seen: Some(scope.now) };
    living(scope, &of)?.policies.insert(name, policy);
    Ok(shown)
}

fn alarm(view: &View<'_>, name: &str) -> Value {
    json!({"AlarmName": name, "AlarmARN": view.arn("cloudwatch", &format!("alarm:{name}"))})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    auto_scaling_group_name: Option<String>,
    policy_name: String,
    honor_cooldown: Option<bool>,
    metric_value: Option<f64>,
    breach_threshold: Option<f64>,
}

/// The group and the name of a policy that is given by its name or its ARN.
fn find(view: &View<'_>, input: &One) -> Result<(String, String), Fault> {
    let (of, asked) = (input.auto_scaling_group_name.as_ref(), &input.policy_name);
    let groups = &view.region.autoscaling.groups;
    if let Some(name) = of.filter(|name| !groups.contains_key(*name)) {
        return Err(group_not_found(name));
    }
    if of.is_none() && !asked.starts_with("arn:") {
        return Err(validation("AutoScalingGroupName is required when PolicyName is not an ARN."));
    }
    let in_group = |group: &&Group| of.is_none_or(|name| group.name == *name);
    let found = groups.values().filter(in_group).find_map(|group| {
        let is_it = |(name, policy): &(&String, &Policy)| *name == asked || policy.arn == *asked;
        group.policies.iter().find(is_it).map(|(name, _)| (group.name.clone(), name.clone()))
    });
    found.ok_or_else(|| validation(format!("PolicyName not found - No policy found with name '{asked}'")))
}

/// `DeletePolicy`: its alarms go with it when it made them; others only lose the action.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Nothing, Fault> {
    let (of, name) = find(&scope.view(), &input)?;
    if let Some(policy) = living(scope, &of)?.policies.remove(&name) {
        forget(scope, &policy);
    }
    Ok(Nothing {})
}

/// Removes what there is of a policy in CloudWatch.
pub(in super::super) fn forget(scope: &mut Scope<'_>, policy: &Policy) {
    let model = &mut scope.region.cloudwatch;
    for alarm in &policy.alarms {
        cloudwatch::delete_alarm(model, alarm);
    }
    for alarm in model.alarms.values_mut() {
        alarm.actions.alarm.retain(|action| *action != policy.arn);
    }
}

/// `ExecutePolicy`.
pub(crate) fn execute(scope: &mut Scope<'_>, input: One) -> Result<Nothing, Fault> {
    let now = scope.now;
    let (of, name) = find(&scope.view(), &input)?;
    let group = living(scope, &of)?;
    let Some(policy) = group.policies.get(&name) else { return Ok(Nothing {}) };
    let beyond = input.metric_value.zip(input.breach_threshold).map(|(value, threshold)| value - threshold);
    let ground = match (&policy.rule, beyond) {
        (Rule::Simple(_), _) if input.metric_value.or(input.breach_threshold).is_some() => {
            return Err(misplaced("MetricValue and BreachThreshold", "SimpleScaling"));
        }
        (Rule::Simple(_), _) => Ground::User(0.0),
        (Rule::Step(_), Some(beyond)) => Ground::User(beyond),
        (Rule::Step(_), None) => {
            return Err(validation(
                "MetricValue and BreachThreshold must be specified for policy type StepScaling.",
            ));
        }
        (Rule::TargetTracking(_), _) => {
            return Err(validation("Policies of type TargetTrackingScaling cannot be executed."));
        }
    };
    if input.honor_cooldown == Some(true) {
        if !matches!(policy.rule, Rule::Simple(_)) {
            return Err(misplaced("HonorCooldown", policy.rule.kind()));
        }
        in_cooldown(group, now)?;
    }
    if let Some(wanted) = policies::wanted(group, policy, now, &ground) {
        policies::resize(group, &name, wanted, now, &format!("a user request executed policy {name}"));
    }
    Ok(Nothing {})
}

/// Refuses while a scaling activity is under way, or has ended within the cooldown.
pub(super) fn in_cooldown(group: &Group, now: crate::core::time::Time) -> Result<(), Fault> {
    let message = match policies::rests(group, now) {
        None => return Ok(()),
        Some(Rest::Busy(id)) => format!("Scaling activity {id} is in progress and blocks this action"),
        Some(Rest::Cooldown) => format!("AutoScalingGroup {} is in a cooldown period", group.name),
    };
    Err(Fault::new("ScalingActivityInProgress", message))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    auto_scaling_group_name: Option<String>,
    #[serde(default)]
    policy_names: Vec<String>,
    #[serde(default)]
    policy_types: Vec<String>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

/// `DescribePolicies`. Unknown policies are left out without a fault.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let of = input.auto_scaling_group_name.as_ref();
    let groups = &view.region.autoscaling.groups;
    if let Some(name) = of.filter(|name| !groups.contains_key(*name)) {
        return Err(group_not_found(name));
    }
    let all = groups.values().filter(|group| of.is_none_or(|name| group.name == *name));
    let wanted = all
        .flat_map(|group| group.policies.iter().map(move |(name, policy)| (group, name, policy)))
        .filter(|(_, name, policy)| {
            let names = &input.policy_names;
            names.is_empty() || names.contains(name) || names.contains(&policy.arn)
        })
        .filter(|(_, _, policy)| {
            input.policy_types.is_empty() || input.policy_types.iter().any(|kind| kind == policy.rule.kind())
        });
    let limit = records(input.max_records, 50, 100)?;
    let token = input.next_token.as_deref();
    let page = page(wanted, |(group, name, _)| format!("{} {name}", group.name), limit, token)
        .map_err(|_| bad_token(token.unwrap_or_default()))?;
    let shown = page.items.iter().map(|(group, name, policy)| show(view, group, name, policy));
    Ok(lean(json!({"ScalingPolicies": shown.collect::<Vec<_>>(), "NextToken": page.next})))
}

fn show(view: &View<'_>, group: &Group, name: &str, policy: &Policy) -> Value {
    let by = |alarm: &&Alarm| alarm.actions.alarm.contains(&policy.arn);
    let alarms = view.region.cloudwatch.alarms.values().filter(by).map(|one| alarm(view, &one.name));
    let mut shown = json!({
        "AutoScalingGroupName": group.name,
        "PolicyName": name,
        "PolicyARN": policy.arn,
        "PolicyType": policy.rule.kind(),
        "EstimatedInstanceWarmup": policy.warmup,
        "Alarms": alarms.collect::<Vec<_>>(),
        "Enabled": policy.enabled,
    });
    let own = match &policy.rule {
        Rule::Simple(rule) => json!({
            "AdjustmentType": rule.adjustment_type,
            "ScalingAdjustment": rule.by,
            "MinAdjustmentMagnitude": rule.least,
            "Cooldown": rule.cooldown,
        }),
        Rule::Step(rule) => json!({
            "AdjustmentType": rule.adjustment_type,
            "StepAdjustments": rule.step_adjustments,
            "MinAdjustmentMagnitude": rule.min_adjustment_magnitude,
            "MetricAggregationType": rule.metric_aggregation_type.as_deref().unwrap_or("Average"),
        }),
        Rule::TargetTracking(rule) => json!({"TargetTrackingConfiguration": {
            "TargetValue": rule.target_value,
            "PredefinedMetricSpecification": rule.predefined_metric_specification,
            "CustomizedMetricSpecification": rule.customized_metric_specification,
            "DisableScaleIn": rule.disable_scale_in.unwrap_or(false),
        }}),
    };
    if let (Some(shown), Value::Object(own)) = (shown.as_object_mut(), own) {
        shown.extend(own);
    }
    shown
}

#[derive(Deserialize)]
pub(crate) struct Types {}

/// `DescribeAdjustmentTypes`.
#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(crate) fn types(_: &View<'_>, _: Types) -> Result<Value, Fault> {
    let all = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];
    Ok(json!({"AdjustmentTypes": all.map(|name| json!({"AdjustmentType": name}))}))
}

//! Scaling policies, and the alarms that target tracking makes for itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, check, find, paged};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Epoch;
use crate::core::tree::lean;
use crate::services::application_autoscaling::fault;
use crate::services::application_autoscaling::model::{MAX_POLICIES, Policy, Rule, Steps, Tracking};
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    policy_name: String,
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
    policy_type: Option<String>,
    step_scaling_policy_configuration: Option<Steps>,
    target_tracking_scaling_policy_configuration: Option<Tracking>,
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    let resource = &input.resource_id;
    let target = find(&scope.view(), resource)?;
    let before = target.policies.get(&input.policy_name).cloned();
    if before.is_none() && target.policies.len() >= MAX_POLICIES {
        return Err(fault::limit("scaling policies for each scalable target"));
    }
    let printable = input.policy_name.chars().all(|c| !c.is_control());
    if !(1..=256).contains(&input.policy_name.chars().count()) || !printable {
        return Err(fault::validation("PolicyName must have 1 to 256 printable characters."));
    }
    let kind = input.policy_type.as_deref();
    let rule = match (
        kind,
        input.step_scaling_policy_configuration,
        input.target_tracking_scaling_policy_configuration,
    ) {
        (Some("TargetTrackingScaling"), None, Some(rule)) => Rule::TargetTracking(check_tracking(rule)?),
        (None | Some("StepScaling"), Some(rule), None) => Rule::Step(check_steps(rule)?),
        (Some("PredictiveScaling"), ..) => return Err(fault::unsupported("Predictive scaling")),
        _ => return Err(fault::validation("The policy type and the policy configuration do not fit.")),
    };
    if let Some(before) = &before
        && std::mem::discriminant(&before.rule) != std::mem::discriminant(&rule)
    {
        return Err(fault::validation("The type of a scaling policy cannot be changed."));
    }
    let (now, id) = (scope.now, scope.region.ids.uuid());
    let arn = before.as_ref().map_or_else(
        || {
            let path = format!("scalingPolicy:{id}:resource/ecs/{resource}:policyName/{}", input.policy_name);
            scope.arn("autoscaling", &path)
        },
        |policy| policy.arn.clone(),
    );
    let created_at = before.as_ref().map_or(now, |policy| policy.created_at);
    let made = match &rule {
        Rule::TargetTracking(rule) => alarms(scope, resource, rule, &arn)?,
        Rule::Step(_) => Vec::new(),
    };
    for name in before.iter().flat_map(|policy| &policy.alarms) {
        cloudwatch::delete_alarm(&mut scope.region.cloudwatch, name);
    }
    let names: Vec<String> = made.iter().map(|alarm| alarm.name.clone()).collect();
    for alarm in made {
        cloudwatch::put_alarm(scope, alarm).map_err(|error| fault::limit(&error.message))?;
    }
    let view = scope.view();
    let shown =
        json!({"PolicyARN": arn, "Alarms": names.iter().map(|name| alarm(&view, name)).collect::<Vec<_>>()});
    let policy = Policy { arn, created_at, rule, alarms: names, seen: Some(now) };
    if let Some(target) = scope.region.application_autoscaling.targets.get_mut(resource) {
        target.policies.insert(input.policy_name, policy);
    }
    Ok(shown)
}

fn check_tracking(rule: Tracking) -> Result<Tracking, Fault> {
    if !rule.target_value.is_finite() || rule.target_value <= 0.0 {
        return Err(fault::validation("TargetValue must be greater than 0."));
    }
    let cooldowns = [rule.scale_out_cooldown, rule.scale_in_cooldown];
    if cooldowns.iter().flatten().any(|seconds| !(0..=100_000).contains(seconds)) {
        return Err(fault::validation("A cooldown must be between 0 and 100000 seconds."));
    }
    match (&rule.predefined_metric_specification, &rule.customized_metric_specification) {
        (Some(metric), None) => match (metric.predefined_metric_type.as_str(), &metric.resource_label) {
            ("ECSServiceAverageCPUUtilization" | "ECSServiceAverageMemoryUtilization", None)
            | ("ALBRequestCountPerTarget", Some(_)) => Ok(rule),
            ("ALBRequestCountPerTarget", None) => Err(fault::validation(
                "ResourceLabel is required for the predefined metric type ALBRequestCountPerTarget.",
            )),
            (_, Some(_)) => Err(fault::validation(
                "ResourceLabel is for the predefined metric type ALBRequestCountPerTarget only.",
            )),
            (other, None) => {
                Err(fault::validation(format!("The predefined metric type {other} is not one of ECS.")))
            }
        },
        (None, Some(metric)) if metric.metrics.is_some() => {
            Err(fault::unsupported("Metric math in target tracking"))
        }
        (None, Some(metric))
            if metric.metric_name.is_empty()
                || metric.namespace.is_empty()
                || metric.statistic.is_empty() =>
        {
            Err(fault::validation("A customized metric needs MetricName, Namespace and Statistic."))
        }
        (None, Some(_)) => Ok(rule),
        _ => Err(fault::validation(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required.",
        )),
    }
}

fn check_steps(rule: Steps) -> Result<Steps, Fault> {
    if !matches!(
        rule.adjustment_type.as_str(),
        "ChangeInCapacity" | "PercentChangeInCapacity" | "ExactCapacity"
    ) {
        return Err(fault::validation(format!("The adjustment type {} is not valid.", rule.adjustment_type)));
    }
    if rule.min_adjustment_magnitude.is_some() && rule.adjustment_type != "PercentChangeInCapacity" {
        return Err(fault::validation("MinAdjustmentMagnitude is for PercentChangeInCapacity only."));
    }
    if !(1..=20).contains(&rule.step_adjustments.len()) {
        return Err(fault::validation("A step scaling policy has 1 to 20 step adjustments."));
    }
    if rule.cooldown.is_some_and(|seconds| !(0..=100_000).contains(&seconds)) {
        return Err(fault::validation("A cooldown must be between 0 and 100000 seconds."));
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
        return Err(fault::validation("The lower bound of a step must be less than its upper bound."));
    }
    #[expect(clippy::float_cmp, reason = "bounds must be the same to the last digit")]
    if spans.windows(2).any(|pair| pair[0].1 != pair[1].0) {
        return Err(fault::validation("Step adjustments must neither overlap nor leave a gap."));
    }
    Ok(rule)
}

/// What target tracking watches.
fn watched(scope: &Scope<'_>, resource: &str, rule: &Tracking) -> Result<MetricStat, Fault> {
    let dimension = |name: &str, value: &str| Dimension { name: name.to_owned(), value: value.to_owned() };
    let (cluster, name) =
        resource.strip_prefix("service/").and_then(|rest| rest.split_once('/')).unwrap_or_default();
    let of_service = vec![dimension("ClusterName", cluster), dimension("ServiceName", name)];
    let stat = |namespace: &str, name: &str, dimensions, stat: &str, unit| MetricStat {
        metric: Metric { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions },
        period: 60,
        stat: stat.to_owned(),
        unit,
    };
    if let Some(custom) = &rule.customized_metric_specification {
        let mut dimensions = custom.dimensions.clone();
        dimensions.sort();
        return Ok(stat(
            &custom.namespace,
            &custom.metric_name,
            dimensions,
            &custom.statistic,
            custom.unit.clone(),
        ));
    }
    let predefined = rule.predefined_metric_specification.as_ref();
    Ok(match predefined.map(|metric| metric.predefined_metric_type.as_str()) {
        Some("ECSServiceAverageMemoryUtilization") => {
            stat("AWS/ECS", "MemoryUtilization", of_service, "Average", None)
        }
        Some("ALBRequestCountPerTarget") => {
            let label = predefined.and_then(|metric| metric.resource_label.as_deref()).unwrap_or_default();
            let group = label.find("/targetgroup/").and_then(|at| label.get(at + 1..));
            let balancer = label.split("/targetgroup/").next().filter(|start| start.starts_with("app/"));
            let (Some(group), Some(balancer)) = (group, balancer) else {
                return Err(fault::validation(format!(
                    "Invalid resource label: {label} must be app/<name>/<id>/targetgroup/<name>/<id> in {}.",
                    scope.region.name
                )));
            };
            let dimensions = vec![dimension("LoadBalancer", balancer), dimension("TargetGroup", group)];
            stat("AWS/ApplicationELB", "RequestCountPerTarget", dimensions, "Sum", None)
        }
        _ => stat("AWS/ECS", "CPUUtilization", of_service, "Average", None),
    })
}

/// The high and the low alarm, named as AWS names them.
fn alarms(scope: &mut Scope<'_>, resource: &str, rule: &Tracking, arn: &str) -> Result<Vec<Alarm>, Fault> {
    let metric = watched(scope, resource, rule)?;
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
            name: format!("TargetTracking-{resource}-Alarm{side}-{}", scope.region.ids.uuid()),
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
    Ok(all)
}

fn alarm(view: &View<'_>, name: &str) -> Value {
    json!({"AlarmName": name, "AlarmARN": view.arn("cloudwatch", &format!("alarm:{name}"))})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    policy_name: String,
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    let target = scope.region.application_autoscaling.targets.get_mut(&input.resource_id);
    let gone = target.and_then(|target| target.policies.remove(&input.policy_name)).ok_or_else(|| {
        Fault::new("ObjectNotFoundException", format!("No scaling policy found for service namespace: ecs, resource ID: {}, scalable dimension: {DIMENSION}, policy name: {}", input.resource_id, input.policy_name))
    })?;
    for name in &gone.alarms {
        cloudwatch::delete_alarm(&mut scope.region.cloudwatch, name);
    }
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    #[serde(default)]
    policy_names: Vec<String>,
    service_namespace: String,
    resource_id: Option<String>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    check(&input.service_namespace, input.scalable_dimension.as_deref())?;
    let all = view.region.application_autoscaling.targets.iter().flat_map(|(resource, target)| {
        target.policies.iter().map(move |(name, policy)| (resource, name, policy))
    });
    let chosen = all.filter(|(resource, name, _)| {
        input.resource_id.as_ref().is_none_or(|id| id == *resource)
            && (input.policy_names.is_empty() || input.policy_names.contains(name))
    });
    let show = |(resource, name, policy): &(&String, &String, &Policy)| {
        let (kind, tracking, steps) = match &policy.rule {
            Rule::TargetTracking(rule) => ("TargetTrackingScaling", Some(rule), None),
            Rule::Step(rule) => ("StepScaling", None, Some(rule)),
        };
        let mut names = policy.alarms.clone();
        if steps.is_some() {
            let by = |alarm: &&Alarm| alarm.actions.alarm.contains(&policy.arn);
            names.extend(view.region.cloudwatch.alarms.values().filter(by).map(|alarm| alarm.name.clone()));
        }
        lean(json!({
            "PolicyARN": policy.arn,
            "PolicyName": name,
            "ServiceNamespace": "ecs",
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "PolicyType": kind,
            "StepScalingPolicyConfiguration": steps,
            "TargetTrackingScalingPolicyConfiguration": tracking,
            "Alarms": names.iter().map(|name| alarm(view, name)).collect::<Vec<_>>(),
            "CreationTime": Epoch(policy.created_at),
        }))
    };
    let key = |(resource, name, _): &(&String, &String, &Policy)| format!("{resource} {name}");
    paged("ScalingPolicies", chosen, key, show, (input.max_results, input.next_token.as_deref()))
}

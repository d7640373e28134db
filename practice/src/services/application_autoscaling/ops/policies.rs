//! Scaling policies, and the alarms that target tracking makes for itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, check, find, paged};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::core::tree::lean;
use crate::services::application_autoscaling::fault;
use crate::services::application_autoscaling::model::{MAX_POLICIES, Policy, Rule, Steps, Tracking};
use crate::services::application_autoscaling::rule;
use crate::services::cloudwatch;
use crate::services::cloudwatch::model::{Alarm, MetricStat};
use crate::world::{Scope, View};

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
        Rule::TargetTracking(rule) => {
            let metric = watched(scope, resource, rule)?;
            rule::alarms(scope, resource, &metric, rule, &arn)
        }
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

fn check_cooldowns(cooldowns: &[Option<i64>]) -> Result<(), Fault> {
    if cooldowns.iter().flatten().any(|seconds| !(0..=100_000).contains(seconds)) {
        return Err(fault::validation("A cooldown must be between 0 and 100000 seconds."));
    }
    Ok(())
}

fn check_tracking(rule: Tracking) -> Result<Tracking, Fault> {
    check_cooldowns(&[rule.scale_out_cooldown, rule.scale_in_cooldown])?;
    if rule.customized_metric_specification.as_ref().is_some_and(|metric| metric.metrics.is_some()) {
        return Err(fault::unsupported("Metric math in target tracking"));
    }
    rule::check_target(&rule).map_err(fault::validation)?;
    let Some(metric) = &rule.predefined_metric_specification else { return Ok(rule) };
    match (metric.predefined_metric_type.as_str(), &metric.resource_label) {
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
    }
}

fn check_steps(rule: Steps) -> Result<Steps, Fault> {
    check_cooldowns(&[rule.cooldown])?;
    rule::check_steps(&rule).map_err(fault::validation)?;
    Ok(rule)
}

/// What target tracking watches.
fn watched(scope: &Scope<'_>, resource: &str, rule: &Tracking) -> Result<MetricStat, Fault> {
    let (cluster, name) =
        resource.strip_prefix("service/").and_then(|rest| rest.split_once('/')).unwrap_or_default();
    let of_service = vec![rule::dimension("ClusterName", cluster), rule::dimension("ServiceName", name)];
    if let Some(custom) = &rule.customized_metric_specification {
        return Ok(rule::customized(custom));
    }
    let predefined = rule.predefined_metric_specification.as_ref();
    Ok(match predefined.map(|metric| metric.predefined_metric_type.as_str()) {
        Some("ECSServiceAverageMemoryUtilization") => {
            rule::minutely("AWS/ECS", "MemoryUtilization", of_service, "Average")
        }
        Some("ALBRequestCountPerTarget") => {
            let label = predefined.and_then(|metric| metric.resource_label.as_deref()).unwrap_or_default();
            rule::requests_per_target(label).ok_or_else(|| {
                fault::validation(format!(
                    "Invalid resource label: {label} must be app/<name>/<id>/targetgroup/<name>/<id> in {}.",
                    scope.region.name
                ))
            })?
        }
        _ => rule::minutely("AWS/ECS", "CPUUtilization", of_service, "Average"),
    })
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

//! How a deployment is to go: `DeploymentConfiguration`, checked. Follows "Amazon ECS service definition parameters".

use serde::Deserialize;
use serde_json::Value;

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{
    Alarms, DeploymentConfiguration, Scheduling, Shifting, Step, Threshold, ThresholdKind,
};

/// Longest bake time, in minutes.
const MAX_MINUTES: i64 = 1_440;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "AWS's own names")]
pub(in crate::services::ecs::ops) struct Configuration {
    deployment_circuit_breaker: Option<Breaker>,
    maximum_percent: Option<i64>,
    minimum_healthy_percent: Option<i64>,
    strategy: Option<String>,
    alarms: Option<Alarms>,
    bake_time_in_minutes: Option<i64>,
    lifecycle_hooks: Option<Vec<Value>>,
    linear_configuration: Option<Linear>,
    canary_configuration: Option<Canary>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Breaker {
    enable: bool,
    rollback: bool,
    reset_on_healthy_task: Option<bool>,
    threshold_configuration: Option<ThresholdAsked>,
}

#[derive(Debug, Clone, Deserialize)]
struct ThresholdAsked {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Linear {
    step_percent: Option<f64>,
    step_bake_time_in_minutes: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Canary {
    canary_percent: Option<f64>,
    canary_bake_time_in_minutes: Option<i64>,
}

/// What holds where nothing is said.
pub(super) fn defaults(scheduling: Scheduling) -> DeploymentConfiguration {
    let (maximum_percent, minimum_healthy_percent) = match scheduling {
        Scheduling::Replica => (200, 100),
        Scheduling::Daemon => (100, 0),
    };
    DeploymentConfiguration {
        maximum_percent,
        minimum_healthy_percent,
        circuit_breaker: false,
        rollback: false,
        counts_on: false,
        threshold: None,
        alarms: None,
        strategy: Shifting::Rolling,
        bake_minutes: None,
        step: None,
        hooks: Vec::new(),
    }
}

/// A configuration, where not given as it was before.
pub(super) fn checked(
    given: Option<Configuration>,
    before: DeploymentConfiguration,
    scheduling: Scheduling,
) -> Result<DeploymentConfiguration, Fault> {
    let Some(given) = given else { return Ok(before) };
    let mut next = before;
    bounds(&given, &mut next, scheduling)?;
    if let Some(breaker) = given.deployment_circuit_breaker {
        next.circuit_breaker = breaker.enable;
        next.rollback = breaker.rollback;
        next.counts_on = breaker.reset_on_healthy_task == Some(false);
        next.threshold = breaker.threshold_configuration.map(threshold).transpose()?;
    }
    if let Some(alarms) = given.alarms {
        next.alarms = Some(checked_alarms(alarms)?);
    }
    next.strategy = match given.strategy.as_deref() {
        None => next.strategy,
        Some("ROLLING") => Shifting::Rolling,
        Some("BLUE_GREEN") => Shifting::BlueGreen,
        Some("LINEAR") => Shifting::Linear,
        Some("CANARY") => Shifting::Canary,
        Some(_) => return Err(fault::invalid("Invalid deployment strategy.")),
    };
    if next.strategy != Shifting::Rolling && scheduling == Scheduling::Daemon {
        let name = next.strategy.name();
        return Err(fault::invalid(format!(
            "The daemon scheduling strategy does not support the {name} deployment strategy."
        )));
    }
    steps(&mut next, given.linear_configuration, given.canary_configuration)?;
    if let Some(asked) = given.bake_time_in_minutes {
        next.bake_minutes = Some(minutes(asked, "bakeTimeInMinutes")?);
    }
    if let Some(hooks) = given.lifecycle_hooks {
        next.hooks = checked_hooks(hooks)?;
    }
    if next.strategy == Shifting::Rolling && !next.hooks.is_empty() {
        return Err(fault::invalid(
            "Lifecycle hooks are not supported with the ROLLING deployment strategy.",
        ));
    }
    Ok(next)
}

fn bounds(
    given: &Configuration,
    next: &mut DeploymentConfiguration,
    scheduling: Scheduling,
) -> Result<(), Fault> {
    let percent = |value: Option<i64>, before: u32, most: i64, name: &str| match value {
        None => Ok(before),
        Some(value) if (0..=most).contains(&value) => Ok(u32::try_from(value).unwrap_or(before)),
        Some(_) => Err(fault::invalid(format!("Invalid value for {name}."))),
    };
    next.maximum_percent = percent(given.maximum_percent, next.maximum_percent, 10_000, "maximumPercent")?;
    next.minimum_healthy_percent =
        percent(given.minimum_healthy_percent, next.minimum_healthy_percent, 100, "minimumHealthyPercent")?;
    if scheduling == Scheduling::Daemon && next.maximum_percent > 100 {
        return Err(fault::invalid(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent",
        ));
    }
    if next.maximum_percent < 100 {
        return Err(fault::invalid("maximumPercent must not be less than 100."));
    }
    if next.maximum_percent == 100 && next.minimum_healthy_percent == 100 {
        return Err(fault::invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
        ));
    }
    Ok(())
}

fn threshold(asked: ThresholdAsked) -> Result<Threshold, Fault> {
    let kind = match asked.kind.as_deref() {
        Some("COUNT") => ThresholdKind::Count,
        None | Some("BOUNDED_PERCENT") => ThresholdKind::BoundedPercent,
        Some("UNBOUNDED_PERCENT") => ThresholdKind::UnboundedPercent,
        Some(_) => return Err(fault::invalid("Invalid deployment circuit breaker threshold type.")),
    };
    let most = if kind == ThresholdKind::Count { 10_000 } else { 100 };
    let value = asked.value.unwrap_or(50);
    if !(1..=most).contains(&value) {
        return Err(fault::invalid(format!(
            "Invalid deployment circuit breaker threshold value. It must be between 1 and {most}."
        )));
    }
    Ok(Threshold { kind, value: u32::try_from(value).unwrap_or(1) })
}

fn checked_alarms(alarms: Alarms) -> Result<Alarms, Fault> {
    if alarms.enable && alarms.alarm_names.is_empty() {
        return Err(fault::invalid("Alarm names cannot be empty when deployment alarms are enabled."));
    }
    if alarms.alarm_names.len() > 10
        || alarms.alarm_names.iter().any(|name| name.is_empty() || name.chars().count() > 255)
    {
        return Err(fault::invalid("Invalid deployment alarm names. Up to 10 alarms can be specified."));
    }
    Ok(alarms)
}

fn minutes(asked: i64, name: &str) -> Result<u32, Fault> {
    if !(0..=MAX_MINUTES).contains(&asked) {
        return Err(fault::invalid(format!("{name} must be between 0 and {MAX_MINUTES}.")));
    }
    Ok(u32::try_from(asked).unwrap_or(0))
}

/// Tenths of a percent; AWS takes multiples of 0.1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 1,000 by then")]
fn permille(percent: f64, least: f64, name: &str) -> Result<u32, Fault> {
    let scaled = percent * 10.0;
    if !(least..=100.0).contains(&percent) || (scaled - scaled.round()).abs() > 1e-6 {
        return Err(fault::invalid(format!(
            "{name} must be a multiple of 0.1 between {least:.1} and 100.0."
        )));
    }
    Ok(scaled.round() as u32)
}

fn steps(
    next: &mut DeploymentConfiguration,
    linear: Option<Linear>,
    canary: Option<Canary>,
) -> Result<(), Fault> {
    let misplaced = |name: &str, strategy: &str| {
        fault::invalid(format!("{name} is only valid with the {strategy} deployment strategy."))
    };
    if linear.is_some() && next.strategy != Shifting::Linear {
        return Err(misplaced("linearConfiguration", "LINEAR"));
    }
    if canary.is_some() && next.strategy != Shifting::Canary {
        return Err(misplaced("canaryConfiguration", "CANARY"));
    }
    next.step = match next.strategy {
        Shifting::Rolling | Shifting::BlueGreen => None,
        Shifting::Linear => {
            let given = linear.map(|given| (given.step_percent, given.step_bake_time_in_minutes));
            step(given, next.step, (10.0, 6), 3.0, ["stepPercent", "stepBakeTimeInMinutes"])?
        }
        Shifting::Canary => {
            let given = canary.map(|given| (given.canary_percent, given.canary_bake_time_in_minutes));
            step(given, next.step, (5.0, 10), 0.1, ["canaryPercent", "canaryBakeTimeInMinutes"])?
        }
    };
    Ok(())
}

fn step(
    given: Option<(Option<f64>, Option<i64>)>,
    before: Option<Step>,
    (percent, bake): (f64, i64),
    least: f64,
    names: [&str; 2],
) -> Result<Option<Step>, Fault> {
    if given.is_none() && before.is_some() {
        return Ok(before);
    }
    let given = given.unwrap_or_default();
    Ok(Some(Step {
        permille: permille(given.0.unwrap_or(percent), least, names[0])?,
        bake_minutes: minutes(given.1.unwrap_or(bake), names[1])?,
    }))
}

/// Hooks that pause. There is no Lambda here that others could invoke.
fn checked_hooks(hooks: Vec<Value>) -> Result<Vec<Value>, Fault> {
    const STAGES: [&str; 8] = [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ];
    if hooks.len() > 10 {
        return Err(fault::invalid("Lifecycle hooks cannot be more than 10."));
    }
    for hook in &hooks {
        if hook["targetType"].as_str() != Some("PAUSE") {
            return Err(fault::unsupported("A lifecycle hook that invokes AWS Lambda"));
        }
        let stages = hook["lifecycleStages"].as_array().filter(|stages| !stages.is_empty());
        let known = |stage: &Value| stage.as_str().is_some_and(|stage| STAGES.contains(&stage));
        if !stages.is_some_and(|stages| stages.iter().all(known)) {
            return Err(fault::invalid("Invalid lifecycle stage in lifecycle hook."));
        }
        let timeout = &hook["timeoutConfiguration"];
        if timeout["timeoutInMinutes"].as_i64().is_some_and(|asked| !(1..=20_160).contains(&asked)) {
            return Err(fault::invalid("timeoutInMinutes must be between 1 and 20160."));
        }
    }
    Ok(hooks)
}

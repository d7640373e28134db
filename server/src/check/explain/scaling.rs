//! A service does not grow with its load. Follows "Target tracking scaling policies" (Application Auto Scaling).

use super::{Because, because, converging, not_there, usual, wait_or};
use crate::catalog::check::{ScaledOut, Waits};
use crate::check::facts::{Alarm, Facts, ScalableTarget, Service};
use crate::check::{Verdict, find};

/// Why it has not grown, or what is waited for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    of: &ScaledOut,
    service: &Service,
    waits: Option<&Waits>,
) -> Verdict {
    let resource = find::resource_id(&of.cluster, &of.service);
    let target =
        find::all(facts.scalable_targets.as_ref()).iter().find(|target| target.resource_id == resource);
    let Some(target) = target else {
        return not_there("scalable target", &resource, &facts.region)
            .next("Register the service as a scalable target, and put a scaling policy on it.")
            .failed();
    };
    let alarms = find::all(facts.alarms.get(&find::alarm_prefix(&resource)));
    let Some(high) = alarms.iter().find(|alarm| alarm.name.contains("AlarmHigh")) else {
        return not_there("scaling policy of", &resource, &facts.region)
            .next("Put a target tracking policy on the service: it makes the alarms.")
            .failed();
    };
    let activities = find::all(facts.scaling_activities.get(&resource));
    if activities.iter().any(|one| matches!(one.status_code.as_str(), "Pending" | "InProgress")) {
        return converging(waits, "the scaling activity", 0);
    }
    let since = high.since.map(|at| facts.age(at));
    if high.state == "ALARM" {
        if service.desired >= target.max_capacity {
            return at_maximum(target, service, high, &resource).failed();
        }
        return wait_or(waits, "the policy to act", since, || {
            not_there("scaling activity of", &resource, &facts.region)
                .seen(format!("Alarm {}", high.name), &high.state)
                .next("Read the scaling activities: they say what was done, or why not.")
                .command("aws application-autoscaling describe-scaling-activities --service-namespace ecs --include-not-scaled-activities")
        });
    }
    let newest = service.deployments.iter().filter_map(|d| d.created_at).max();
    let elapsed = newest.map(|at| facts.age(at)).unwrap_or_default();
    if elapsed <= i64::from(usual(waits)) * 2 || high.state == "INSUFFICIENT_DATA" {
        return converging(waits, "the alarm", elapsed);
    }
    no_load(high).failed()
}

fn at_maximum(target: &ScalableTarget, service: &Service, alarm: &Alarm, resource: &str) -> Because {
    because(
        "scaling-at-maximum",
        "The service is at its maximum",
        "The alarm asks for more tasks, and the scalable target allows no more than the service has already.",
    )
    .seen("Desired count", service.desired.to_string())
    .seen("MinCapacity and MaxCapacity", format!("{} to {}", target.min_capacity, target.max_capacity))
    .seen(format!("Alarm {}", alarm.name), format!("{}: {}", alarm.state, alarm.reason))
    .next("Register the target again with a higher maximum.")
    .command(format!(
        "aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension \
         ecs:service:DesiredCount --resource-id {resource} --max-capacity {}",
        target.max_capacity.saturating_mul(2)
    ))
}

fn no_load(alarm: &Alarm) -> Because {
    because(
        "no-load",
        "The metric is below its target",
        "Target tracking adds tasks when the metric stays above the target for three minutes. The alarm has data, and the metric is not above.",
    )
    .seen(format!("Alarm {}", alarm.name), format!("{}: {}", alarm.state, alarm.reason))
    .next("Put load on the service.")
}

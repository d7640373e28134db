//! Rules that services and single tasks share: placement, tags, what can run where.

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{Constraint, DeploymentConfiguration, Scheduling, Strategy};
use crate::services::ecs::query::Query;

/// Most tasks of one service. Follows "Amazon ECS service quotas".
const MAX_TASKS: i64 = 5_000;

/// Constraints and strategies as the API allows them.
pub(in crate::services::ecs::ops) fn placement(
    constraints: &[Constraint],
    strategies: &[Strategy],
) -> Result<(), Fault> {
    if constraints.len() > 10 {
        return Err(fault::invalid("Placement constraints cannot be more than 10."));
    }
    if strategies.len() > 5 {
        return Err(fault::invalid("Placement strategies cannot be more than 5."));
    }
    for constraint in constraints {
        match (constraint.kind.as_str(), constraint.expression.as_deref()) {
            ("distinctInstance", None | Some("")) => {}
            ("distinctInstance", Some(_)) => {
                return Err(fault::invalid(
                    "Expression is not valid for a distinctInstance placement constraint.",
                ));
            }
            ("memberOf", Some(expression)) if Query::parse(expression).is_ok() => {}
            ("memberOf", expression) => {
                let expression = expression.unwrap_or_default();
                return Err(fault::invalid(format!(
                    "Invalid expression '{expression}' in placement constraint."
                )));
            }
            _ => return Err(fault::invalid("Invalid placement constraint type.")),
        }
    }
    for strategy in strategies {
        let field = strategy.field.as_deref().unwrap_or_default();
        let fits = match strategy.kind.as_str() {
            "random" => field.is_empty(),
            "spread" => field == "instanceId" || field == "host" || field.starts_with("attribute:"),
            "binpack" => field.eq_ignore_ascii_case("cpu") || field.eq_ignore_ascii_case("memory"),
            _ => return Err(fault::invalid("Invalid placement strategy type.")),
        };
        if !fits {
            return Err(fault::invalid(format!(
                "Invalid field '{field}' for placement strategy {}.",
                strategy.kind
            )));
        }
    }
    Ok(())
}

/// A desired count as it is kept.
pub(super) fn count(given: i64) -> Result<u32, Fault> {
    match given {
        0..=MAX_TASKS => Ok(u32::try_from(given).unwrap_or(0)),
        _ if given < 0 => Err(fault::invalid("desiredCount must not be negative.")),
        _ => Err(fault::invalid(format!("desiredCount must not be more than {MAX_TASKS}."))),
    }
}

/// Where tasks take their tags from.
pub(in crate::services::ecs::ops) fn propagation(given: Option<&str>) -> Result<Option<String>, Fault> {
    match given {
        None | Some("NONE") => Ok(None),
        Some(source @ ("SERVICE" | "TASK_DEFINITION")) => Ok(Some(source.to_owned())),
        Some(_) => Err(fault::invalid("Invalid propagateTags value.")),
    }
}

/// `availabilityZoneRebalancing`, if given.
pub(super) fn rebalancing(given: Option<&str>) -> Result<Option<bool>, Fault> {
    match given {
        None => Ok(None),
        Some("DISABLED") => Ok(Some(false)),
        Some("ENABLED") => Err(fault::unsupported("availabilityZoneRebalancing")),
        Some(_) => Err(fault::invalid("Invalid availabilityZoneRebalancing value.")),
    }
}

/// Whether a service may be rebalanced. Follows "Balancing an Amazon ECS service across Availability Zones".
pub(super) fn may_rebalance(
    scheduling: Scheduling,
    deployment: &DeploymentConfiguration,
    strategies: &[Strategy],
) -> Result<(), Fault> {
    if scheduling == Scheduling::Daemon {
        return Err(fault::invalid(
            "The daemon scheduling strategy does not support Availability Zone rebalancing.",
        ));
    }
    if deployment.maximum_percent <= 100 {
        return Err(fault::invalid(
            "Availability Zone rebalancing requires a maximumPercent value greater than 100.",
        ));
    }
    let first = strategies.first();
    let spreads = first.is_none_or(|first| {
        first.kind == "spread" && first.field.as_deref() == Some("attribute:ecs.availability-zone")
    });
    if !spreads {
        return Err(fault::invalid(
            "Availability Zone rebalancing requires Availability Zone spread as the first placement strategy, or no placement strategy.",
        ));
    }
    Ok(())
}

//! Elastic Load Balancing's refusals, in its own words. Codes are those of the API's `awsQueryError` traits.

use crate::core::fault::Fault;

/// A parameter outside its bounds.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

pub(super) fn configuration(message: impl Into<String>) -> Fault {
    Fault::new("InvalidConfigurationRequest", message)
}

/// What AWS knows and this practice cloud does not.
pub(super) fn unsupported(what: &str) -> Fault {
    configuration(format!("{what} not part of this practice cloud."))
}

/// A member outside its bounds, as the front end of all query services words it.
pub(super) fn constraint(value: impl std::fmt::Display, at: &str, constraint: &str) -> Fault {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {constraint}"
    ))
}

/// A value that is none of an enumeration's.
pub(super) fn not_in_enum(value: &str, at: &str, values: &[&str]) -> Fault {
    let shown: String = value.chars().take(64).collect();
    constraint(shown, at, &format!("Member must satisfy enum value set: [{}]", values.join(", ")))
}

pub(super) fn no_load_balancer() -> Fault {
    Fault::new("LoadBalancerNotFound", "One or more load balancers not found")
}

pub(super) fn no_load_balancer_named(name: &str) -> Fault {
    Fault::new("LoadBalancerNotFound", format!("Load balancers '[{name}]' not found"))
}

pub(super) fn no_target_group() -> Fault {
    Fault::new("TargetGroupNotFound", "One or more target groups not found")
}

pub(super) fn no_listener() -> Fault {
    Fault::new("ListenerNotFound", "One or more listeners not found")
}

pub(super) fn no_rule() -> Fault {
    Fault::new("RuleNotFound", "One or more rules not found")
}

pub(super) fn bad_arn(arn: &str, what: &str) -> Fault {
    let shown: String = arn.chars().take(256).collect();
    validation(format!("'{shown}' is not a valid {what} ARN"))
}

pub(super) fn bad_marker() -> Fault {
    validation("The marker is not valid")
}

pub(super) fn not_permitted(message: impl Into<String>) -> Fault {
    Fault::new("OperationNotPermitted", message)
}

pub(super) fn in_use(message: impl Into<String>) -> Fault {
    Fault::new("ResourceInUse", message)
}

pub(super) fn too_many_targets() -> Fault {
    Fault::new("TooManyTargets", "You've reached the limit on the number of targets")
}

pub(super) fn too_many(code: &str, what: &str) -> Fault {
    Fault::new(code, format!("You've reached the limit on the number of {what}"))
}

//! IAM's faults, in its own words. Follows the "Errors" sections of the IAM API Reference.

use crate::core::fault::Fault;

pub(super) fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", message).with_status(404)
}

pub(super) fn no_user(name: &str) -> Fault {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

pub(super) fn no_role(name: &str) -> Fault {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub(super) fn no_profile(name: &str) -> Fault {
    no_such_entity(format!("Instance Profile {name} cannot be found."))
}

pub(super) fn no_policy(arn: &str) -> Fault {
    no_such_entity(format!("Policy {arn} was not found."))
}

pub(super) fn no_policy_version(arn: &str, version: &str) -> Fault {
    no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

pub(super) fn already_exists(message: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", message).with_status(409)
}

pub(super) fn delete_conflict(message: &str) -> Fault {
    Fault::new("DeleteConflict", message).with_status(409)
}

/// `quota` as IAM names it, such as `RolesPerAccount`.
pub(super) fn over_quota(quota: &str, limit: usize) -> Fault {
    limit_exceeded(format!("Cannot exceed quota for {quota}: {limit}"))
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", message).with_status(409)
}

pub(super) fn malformed_policy(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", message)
}

pub(super) fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", message)
}

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// The sentence of the request validator that stands before all AWS Query services.
pub(super) fn constraint(value: &str, member: &str, constraint: &str) -> Fault {
    // A hostile value is not sent back whole.
    let shown: String = value.chars().take(256).collect();
    validation(format!(
        "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}

pub(super) fn protected_role(name: &str) -> Fault {
    let message = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    );
    Fault::new("UnmodifiableEntity", message)
}

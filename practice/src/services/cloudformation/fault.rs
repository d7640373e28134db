//! CloudFormation's refusals, in its own words: "Errors" of the CloudFormation API Reference.

use crate::core::fault::Fault;

/// The code nearly everything comes under.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// A template that cannot be read.
pub(super) fn format(message: impl AsRef<str>) -> Fault {
    validation(format!("Template format error: {}", message.as_ref()))
}

pub(super) fn no_stack(name: &str) -> Fault {
    validation(format!("Stack with id {name} does not exist"))
}

/// Some operations word it otherwise.
pub(super) fn no_such_stack(name: &str) -> Fault {
    validation(format!("Stack [{name}] does not exist"))
}

pub(super) fn stack_exists(name: &str) -> Fault {
    Fault::new("AlreadyExistsException", format!("Stack [{name}] already exists"))
}

pub(super) fn no_change_set(name: &str) -> Fault {
    Fault::new("ChangeSetNotFound", format!("ChangeSet [{name}] does not exist")).with_status(404)
}

pub(super) fn capabilities(needed: &[&str]) -> Fault {
    Fault::new(
        "InsufficientCapabilitiesException",
        format!("Requires capabilities : [{}]", needed.join(", ")),
    )
}

pub(super) fn limit(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceededException", message)
}

pub(super) fn no_attribute(logical_id: &str, attribute: &str) -> Fault {
    validation(format!(
        "Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
    ))
}

/// A member outside its bounds, as the front end of all query services words it.
pub(super) fn constraint(value: &str, at: &str, constraint: &str) -> Fault {
    let shown: String = value.chars().take(200).collect();
    validation(format!(
        "1 validation error detected: Value '{shown}' at '{at}' failed to satisfy constraint: {constraint}"
    ))
}

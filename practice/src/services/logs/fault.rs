//! The faults of CloudWatch Logs, in its words.

use crate::core::fault::Fault;

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// A member that does not keep to its constraint.
pub(super) fn constraint(value: &str, member: &str, wanted: &str) -> Fault {
    let shown: String = value.chars().take(256).collect();
    invalid(format!(
        "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {wanted}"
    ))
}

pub(super) fn no_group() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified log group does not exist.")
}

pub(super) fn no_stream() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

pub(super) fn exists(what: &str) -> Fault {
    Fault::new("ResourceAlreadyExistsException", format!("The specified {what} already exists"))
}

pub(super) fn limit() -> Fault {
    Fault::new("LimitExceededException", "Resource limit exceeded.")
}

pub(super) fn bad_token() -> Fault {
    invalid("The specified nextToken is invalid.")
}

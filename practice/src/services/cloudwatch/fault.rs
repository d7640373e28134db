//! CloudWatch's faults by the names of its model; clients of the Query protocol get its older codes.

use crate::core::fault::Fault;

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValueException", message)
}

pub(super) fn combination(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterCombinationException", message)
}

pub(super) fn missing(message: impl Into<String>) -> Fault {
    Fault::new("MissingRequiredParameterException", message)
}

pub(super) fn limit(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceededFault", message)
}

/// As the front end of a Query service words it.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

pub(super) fn alarm_not_found(name: &str) -> Fault {
    Fault::new("ResourceNotFound", format!("Could not find Alarm with name {name}")).with_status(404)
}

pub(super) fn bad_token() -> Fault {
    Fault::new("InvalidNextToken", "The next token specified is invalid.")
}

pub(super) fn unsupported(what: &str) -> Fault {
    invalid(format!("{what} is not supported in this practice cloud."))
}

//! DynamoDB's refusals, in its own words.

use crate::core::fault::Fault;

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// What AWS knows and this practice cloud does not.
pub(super) fn unsupported(what: &str) -> Fault {
    validation(format!("{what} not part of this practice cloud."))
}

pub(super) fn no_table(name: &str) -> Fault {
    let shown: String = name.chars().take(255).collect();
    Fault::new("ResourceNotFoundException", format!("Requested resource not found: Table: {shown} not found"))
}

pub(super) fn in_use(message: impl Into<String>) -> Fault {
    Fault::new("ResourceInUseException", message)
}

pub(super) fn condition_failed() -> Fault {
    Fault::new("ConditionalCheckFailedException", "The conditional request failed")
}

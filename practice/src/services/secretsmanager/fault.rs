//! The faults of Secrets Manager, in its words. No value is ever part of one.

use crate::core::fault::Fault;

pub(super) fn not_found() -> Fault {
    Fault::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

pub(super) fn no_value(stage: &str) -> Fault {
    let message = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
    Fault::new("ResourceNotFoundException", message)
}

pub(super) fn no_version(id: &str) -> Fault {
    let message = format!("Secrets Manager can't find the specified secret value for VersionId: {id}");
    Fault::new("ResourceNotFoundException", message)
}

pub(super) fn marked_deleted(doing: &str) -> Fault {
    invalid_request(format!("You can't {doing} because it was marked for deletion."))
}

pub(super) fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequestException", message)
}

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

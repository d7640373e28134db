//! Application Auto Scaling's faults.

use crate::core::fault::Fault;

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

pub(super) fn no_target(resource: &str) -> Fault {
    let message = format!(
        "No scalable target registered for service namespace: ecs, resource ID: {resource}, scalable dimension: ecs:service:DesiredCount"
    );
    Fault::new("ObjectNotFoundException", message)
}

pub(super) fn unsupported(what: &str) -> Fault {
    validation(format!("{what} is not supported in this practice cloud."))
}

pub(super) fn limit(what: &str) -> Fault {
    Fault::new("LimitExceededException", format!("The quota of {what} has been reached."))
}

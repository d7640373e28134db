//! Cloud Map's faults. Follows the errors of its API reference.

use crate::core::fault::Fault;

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", message)
}

pub(super) fn namespace_not_found(id: &str) -> Fault {
    Fault::new("NamespaceNotFound", format!("Failed to find namespace with id: {id}"))
}

pub(super) fn service_not_found(id: &str) -> Fault {
    Fault::new("ServiceNotFound", format!("Failed to find service with id: {id}"))
}

pub(super) fn instance_not_found(id: &str) -> Fault {
    Fault::new("InstanceNotFound", format!("Failed to find instance with id: {id}"))
}

pub(super) fn limit(what: &str) -> Fault {
    Fault::new("ResourceLimitExceeded", format!("The quota of {what} has been reached."))
}

pub(super) fn in_use(message: impl Into<String>) -> Fault {
    Fault::new("ResourceInUse", message)
}

pub(super) fn bad_token() -> Fault {
    invalid("The NextToken is invalid.")
}

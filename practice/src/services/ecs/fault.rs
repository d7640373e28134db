//! ECS's faults, in its words. Codes and statuses follow the service's API reference.

use crate::core::fault::Fault;

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

pub(super) fn client(message: impl Into<String>) -> Fault {
    Fault::new("ClientException", message)
}

pub(super) fn cluster_not_found() -> Fault {
    Fault::new("ClusterNotFoundException", "Cluster not found.")
}

pub(super) fn service_not_found() -> Fault {
    Fault::new("ServiceNotFoundException", "Service not found.")
}

pub(super) fn service_not_active() -> Fault {
    Fault::new("ServiceNotActiveException", "Service was not ACTIVE.")
}

pub(super) fn task_not_found() -> Fault {
    invalid("The referenced task was not found.")
}

pub(super) fn instance_not_found() -> Fault {
    client("The referenced container instance was not found.")
}

pub(super) fn bad_token() -> Fault {
    invalid("Invalid token")
}

/// Part of the API that this cloud does not have yet. Never accepted in silence.
pub(super) fn unsupported(what: &str) -> Fault {
    Fault::new("UnsupportedFeatureException", format!("{what} is not available in this practice region yet."))
}

//! RDS's refusals. Codes and statuses are those of the API's `awsQueryError` traits.

use crate::core::fault::Fault;

pub(super) fn value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

pub(super) fn combination(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterCombination", message)
}

/// What AWS knows and this practice cloud does not.
pub(super) fn unsupported(what: &str) -> Fault {
    combination(format!("{what} not part of this practice cloud."))
}

pub(super) fn no_instance(id: &str) -> Fault {
    Fault::new("DBInstanceNotFound", format!("DBInstance {} not found.", shown(id))).with_status(404)
}

pub(super) fn no_snapshot(id: &str) -> Fault {
    Fault::new("DBSnapshotNotFound", format!("DBSnapshot {} not found.", shown(id))).with_status(404)
}

pub(super) fn no_group(name: &str) -> Fault {
    let message = format!("DB subnet group '{}' does not exist.", shown(name));
    Fault::new("DBSubnetGroupNotFoundFault", message).with_status(404)
}

pub(super) fn state(message: impl Into<String>) -> Fault {
    Fault::new("InvalidDBInstanceState", message)
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

//! The faults of Amazon EFS, in its words.

use crate::core::fault::Fault;

pub(super) fn bad(message: impl Into<String>) -> Fault {
    Fault::new("BadRequest", message)
}

pub(super) fn no_file_system(id: &str) -> Fault {
    Fault::new("FileSystemNotFound", format!("File system '{id}' does not exist.")).with_status(404)
}

pub(super) fn no_mount_target(id: &str) -> Fault {
    Fault::new("MountTargetNotFound", format!("Mount target '{id}' does not exist.")).with_status(404)
}

pub(super) fn no_access_point(id: &str) -> Fault {
    Fault::new("AccessPointNotFound", format!("Access point '{id}' does not exist.")).with_status(404)
}

pub(super) fn not_available(id: &str) -> Fault {
    let message = format!(
        "None of the mount targets or file systems can be changed: '{id}' is not in the state 'available'."
    );
    Fault::new("IncorrectFileSystemLifeCycleState", message).with_status(409)
}

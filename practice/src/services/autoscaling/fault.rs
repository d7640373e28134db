//! Auto Scaling's refusals, in its own words.

use crate::core::fault::Fault;

/// The code nearly everything comes under.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

pub(super) fn group_not_found(name: &str) -> Fault {
    validation(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"))
}

pub(super) fn group_exists(name: &str) -> Fault {
    let message =
        format!("AutoScalingGroup by this name already exists - A group with the name {name} already exists");
    Fault::new("AlreadyExists", message)
}

pub(super) fn group_in_use() -> Fault {
    let message = "You cannot delete an AutoScalingGroup while there are instances or pending spot instance request(s) still in the group.";
    Fault::new("ResourceInUse", message)
}

pub(super) fn group_pending_delete(name: &str) -> Fault {
    validation(format!("AutoScalingGroup {name} is pending delete"))
}

pub(super) fn configuration_not_found(name: &str) -> Fault {
    validation(format!(
        "Launch configuration name not found - A launch configuration with the name: {name} does not exist"
    ))
}

pub(super) fn configuration_exists(name: &str) -> Fault {
    let message = format!(
        "Launch Configuration by this name already exists - A launch configuration already exists with the name {name}"
    );
    Fault::new("AlreadyExists", message)
}

pub(super) fn configuration_in_use(name: &str, group: &str) -> Fault {
    let message = format!(
        "Cannot delete launch configuration {name} because it is attached to AutoScalingGroup {group}"
    );
    Fault::new("ResourceInUse", message)
}

pub(super) fn instance_not_found(id: &str) -> Fault {
    validation(format!("Instance Id not found - No managed instance found for instance ID: {id}"))
}

pub(super) fn bad_token(token: &str) -> Fault {
    Fault::new("InvalidNextToken", format!("The token '{token}' is invalid."))
}

pub(super) fn limit_exceeded(what: &str) -> Fault {
    Fault::new("LimitExceeded", format!("You have already reached your limit of {what}."))
}

/// A member outside its bounds, as the front end of all query services words it.
pub(super) fn constraint(value: &str, at: &str, constraint: &str) -> Fault {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {constraint}"
    ))
}

/// A name: 1 to 255 characters that XML can carry.
pub(super) fn check_name(name: &str, at: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(constraint(name, at, "Member must have length greater than or equal to 1"));
    }
    if name.chars().count() > 255 {
        return Err(constraint(name, at, "Member must have length less than or equal to 255"));
    }
    if name.contains(':') || name.chars().any(char::is_control) {
        return Err(validation(format!("Invalid character in {at}: '{}'", name.escape_default())));
    }
    Ok(())
}

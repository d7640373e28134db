//! The faults of Amazon ECR, in its words.

use crate::core::fault::Fault;

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

pub(super) fn constraint(member: &str, wanted: &str) -> Fault {
    invalid(format!("Invalid parameter at '{member}' failed to satisfy constraint: '{wanted}'"))
}

pub(super) fn no_repository(name: &str, account: &str) -> Fault {
    let message =
        format!("The repository with name '{name}' does not exist in the registry with id '{account}'");
    Fault::new("RepositoryNotFoundException", message)
}

pub(super) fn limit(what: &str) -> Fault {
    Fault::new("LimitExceededException", format!("This practice region has room for no more {what}."))
}

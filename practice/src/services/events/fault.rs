//! EventBridge's errors, in its words.

use crate::core::fault::Fault;

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

pub(super) fn no_bus(name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

pub(super) fn no_rule(name: &str, bus: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus {bus}."))
}

pub(super) fn limit() -> Fault {
    Fault::new("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
}

pub(super) fn bad_pattern(why: &str) -> Fault {
    Fault::new("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {why}"))
}

//! Refusals in AWS's words: all of them are `ValidationError`, HTTP 400.

use crate::core::fault::Fault;

/// The sentence as it is.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// The template is built wrongly.
pub(super) fn malformed(message: impl AsRef<str>) -> Fault {
    invalid(format!("Template format error: {}", message.as_ref()))
}

/// An intrinsic function is used wrongly.
pub(super) fn misused(message: impl AsRef<str>) -> Fault {
    invalid(format!("Template error: {}", message.as_ref()))
}

/// `[A, B]`.
pub(super) fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    format!("[{}]", names.join(", "))
}

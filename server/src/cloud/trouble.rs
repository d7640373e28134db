//! Why an answer could not be had. None of these says anything about what the student built, so none of them may ever
//! become a failed check.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::{Deserialize, Serialize};

/// The kinds that a reader acts on differently, each with AWS's code and message where there was one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind", content = "detail")]
pub enum Trouble {
    /// AWS asked us to slow down; looking again later helps.
    #[error("AWS is limiting how often this account may ask ({0})")]
    Throttled(String),
    /// The credentials may not ask this; looking again does not help.
    #[error("these credentials may not look at this ({0})")]
    Denied(String),
    /// No answer came.
    #[error("the account did not answer ({0})")]
    Unreachable(String),
    /// An answer that is none of the above.
    #[error("the answer could not be used ({0})")]
    Other(String),
}

const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "EC2ThrottledException",
    "SlowDown",
];

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "OptInRequired",
];

impl Trouble {
    /// Sorts an error that AWS answered with by its code.
    pub(crate) fn from_code(code: &str, message: &str) -> Self {
        let detail = if message.is_empty() { code.to_owned() } else { format!("{code}: {}", clip(message)) };
        if THROTTLED.contains(&code) {
            Self::Throttled(detail)
        } else if DENIED.contains(&code) {
            Self::Denied(detail)
        } else {
            Self::Other(detail)
        }
    }

    /// Sorts whatever an SDK call failed with.
    pub(crate) fn from_sdk<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::Unreachable("no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map_or_else(String::new, ToString::to_string);
                Self::Unreachable(clip(&why).to_owned())
            }
            SdkError::ServiceError(answered) => {
                let meta = answered.err().meta();
                match meta.code() {
                    Some(code) => Self::from_code(code, meta.message().unwrap_or_default()),
                    None => Self::from_status(answered.raw().status().as_u16()),
                }
            }
            SdkError::ResponseError(answered) => Self::from_status(answered.raw().status().as_u16()),
            _ => Self::Other("the request could not be made".to_owned()),
        }
    }

    fn from_status(status: u16) -> Self {
        match status {
            429 => Self::Throttled("HTTP 429".to_owned()),
            401 | 403 => Self::Denied(format!("HTTP {status}")),
            502..=504 => Self::Unreachable(format!("HTTP {status}")),
            _ => Self::Other(format!("HTTP {status}")),
        }
    }
}

/// The code of the error AWS answered with, for the errors that mean "there is none".
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(|e| e.meta().code())
}

fn clip(text: &str) -> &str {
    text.char_indices().nth(300).map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_a_reader_can_do() {
        assert!(matches!(Trouble::from_code("RequestLimitExceeded", ""), Trouble::Throttled(_)));
        assert!(matches!(Trouble::from_code("UnauthorizedOperation", "no"), Trouble::Denied(_)));
        assert!(matches!(Trouble::from_code("ValidationError", "bad"), Trouble::Other(_)));
        assert!(matches!(Trouble::from_status(503), Trouble::Unreachable(_)));
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let Trouble::Other(detail) = Trouble::from_code("X", &"ü".repeat(1000)) else { panic!() };
        assert_eq!(detail.chars().count(), 303);
    }
}

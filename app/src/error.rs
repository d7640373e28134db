//! The one error a page or a server function can meet, and the one place where it becomes an HTTP status.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// Why something was not done. Shown to people: the messages are sentences, and `Internal` says nothing (its
/// cause is in the server's log).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ApiError {
    /// There is no such thing, or it is not for this person to know of.
    #[error("We could not find that.")]
    NotFound,
    /// It is there, and it is not this person's to do.
    #[error("That is not yours to do.")]
    Forbidden,
    /// One has to sign in, join or start as a guest first.
    #[error("Sign in, join a workshop or start as a guest first.")]
    SignInNeeded,
    /// An input is wrong.
    #[error("{message}")]
    Invalid {
        /// The form field.
        field: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// It does not fit the present state.
    #[error("{message}")]
    Conflict {
        /// What is in the way.
        message: String,
    },
    /// Too often.
    #[error("Too many attempts. Try again in {retry_after_s} seconds.")]
    TooMany {
        /// When to try again.
        retry_after_s: u32,
    },
    /// Our fault.
    #[error("Something went wrong on our side. It has been noted; please try again.")]
    Internal,
    /// Only ever made in the browser: the server did not answer.
    #[error("Drydock cannot be reached just now.")]
    Unreachable,
}

impl ApiError {
    /// The HTTP status a reply with this error has.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Forbidden => 403,
            Self::SignInNeeded => 401,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } => 409,
            Self::TooMany { .. } => 429,
            Self::Internal => 500,
            Self::Unreachable => 503,
        }
    }

    /// An error about one form field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), message: message.into() }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => {
                Self::invalid("", "The form was not filled in as expected.")
            }
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            _ => Self::Internal,
        }
    }
}

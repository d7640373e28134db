//! People: how they come in, sign in and stay known. Every change of who a session belongs to gives the session
//! a new id. Not here: what a person may see of labs and workshops (`backend`).

pub(crate) mod identity;
pub(crate) mod invite;
pub(crate) mod limit;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod session_store;
pub(crate) mod sign_in;

use app::error::ApiError;

use crate::db;

/// Why something about people was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A form field is wrong.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would be right.
        message: String,
    },
    /// Too often.
    #[error("too many attempts")]
    TooMany {
        /// Seconds.
        retry_after_s: u32,
    },
    /// The link was used, or never was.
    #[error("no such invite")]
    NoInvite,
    /// The database.
    #[error("accounts")]
    Db(#[from] db::Error),
    /// The session.
    #[error("session")]
    Session(#[from] tower_sessions::session::Error),
    /// A password could not be hashed or checked.
    #[error("password hashing: {0}")]
    Hashing(&'static str),
}

impl Error {
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { field, message } => Self::invalid(field, message),
            Error::TooMany { retry_after_s } => Self::TooMany { retry_after_s },
            Error::NoInvite => Self::NotFound,
            Error::Db(_) | Error::Session(_) | Error::Hashing(_) => {
                crate::http::error::internal(&error, "accounts")
            }
        }
    }
}

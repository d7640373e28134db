//! Attempts, progress, workshops, texts and marks: what happens to them, each in the caller's transaction or one
//! of its own. Pure decisions have files of their own. Not here: who may do it (`backend`), what labs contain
//! (`catalog`), when checks are looked at (`live`).

pub mod attempt;
pub(crate) mod code;
pub(crate) mod deliverable;
pub(crate) mod export;
pub mod hub;
pub(crate) mod marking;
pub mod progress;
pub(crate) mod rows;
pub(crate) mod workshop;

use app::error::ApiError;

use crate::db;

/// Why something in the classroom was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A form field is wrong.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: String,
        /// What would be right.
        message: String,
    },
    /// It does not fit the present state.
    #[error("{0}")]
    Conflict(&'static str),
    /// The database.
    #[error("classroom")]
    Db(#[from] db::Error),
    /// The practice cloud.
    #[error("practice account")]
    Practice(#[from] crate::practice::HostError),
    /// Stored JSON that our own code cannot have written.
    #[error("stored JSON")]
    Json(#[from] serde_json::Error),
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { field, message } => Self::Invalid { field, message },
            Error::Conflict(message) => Self::Conflict { message: message.to_owned() },
            Error::Practice(busy @ crate::practice::HostError::CatchingUp) => {
                Self::Conflict { message: busy.to_string() }
            }
            Error::Db(_) | Error::Practice(_) | Error::Json(_) => {
                crate::http::error::internal(&error, "classroom")
            }
        }
    }
}

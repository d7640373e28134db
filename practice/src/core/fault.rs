//! The one error a handler returns: AWS's code, message and HTTP status.

/// A request refused in AWS's own words. `code` is the wire code of the service's model (query services use
/// the code without "Exception" where AWS does), `message` is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// Wire code, such as `ClusterNotFoundException` or `InvalidVpcID.NotFound`.
    pub code: String,
    /// The sentence AWS sends with it.
    pub message: String,
    /// HTTP status.
    pub status: u16,
}

impl Fault {
    /// A client fault with HTTP 400, as nearly all of AWS's are.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400 }
    }

    /// The same with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

//! What IAM holds.

use serde::{Deserialize, Serialize};

use crate::core::id::IdSource;

/// The account's IAM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Where IAM's ids and secrets come from.
    pub ids: IdSource,
}

impl Model {
    /// An account with nothing but its root.
    pub fn new(_account: &str, seed: u64) -> Self {
        Self { ids: IdSource::new(seed, "iam") }
    }
}

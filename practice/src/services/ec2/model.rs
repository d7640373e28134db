//! What EC2 holds in one region.

use serde::{Deserialize, Serialize};

use crate::core::id::IdSource;

/// EC2 of one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {}

impl Model {
    /// A region as AWS hands it out: with a default VPC.
    pub fn new(_account: &str, _region: &str, _ids: &mut IdSource) -> Self {
        Self {}
    }
}

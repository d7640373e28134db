//! What is stored of Amazon CloudWatch Logs in one region.

use serde::{Deserialize, Serialize};

/// Amazon CloudWatch Logs of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

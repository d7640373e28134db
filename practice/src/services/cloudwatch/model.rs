//! What is stored of Amazon CloudWatch in one region.

use serde::{Deserialize, Serialize};

/// Amazon CloudWatch of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

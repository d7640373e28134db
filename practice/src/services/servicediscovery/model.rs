//! What is stored of AWS Cloud Map in one region.

use serde::{Deserialize, Serialize};

/// AWS Cloud Map of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

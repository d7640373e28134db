//! What is stored of AWS Certificate Manager in one region.

use serde::{Deserialize, Serialize};

/// AWS Certificate Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

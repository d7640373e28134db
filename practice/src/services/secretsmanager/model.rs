//! What is stored of AWS Secrets Manager in one region.

use serde::{Deserialize, Serialize};

/// AWS Secrets Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

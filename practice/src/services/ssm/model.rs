//! What is stored of Systems Manager in one region.

use serde::{Deserialize, Serialize};

/// AWS Systems Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

//! What is stored of Amazon Elastic File System in one region.

use serde::{Deserialize, Serialize};

/// Amazon Elastic File System of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

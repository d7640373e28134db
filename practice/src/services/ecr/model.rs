//! What is stored of Amazon Elastic Container Registry in one region.

use serde::{Deserialize, Serialize};

/// Amazon Elastic Container Registry of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

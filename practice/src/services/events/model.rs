//! What is stored of Amazon EventBridge in one region.

use serde::{Deserialize, Serialize};

/// Amazon EventBridge of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

//! What the service holds in one region.

use serde::{Deserialize, Serialize};

/// State of the service in one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

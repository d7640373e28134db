//! What is stored of Application Auto Scaling in one region.

use serde::{Deserialize, Serialize};

/// Application Auto Scaling of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

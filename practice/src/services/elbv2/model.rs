//! What is stored of Elastic Load Balancing: application and network load balancers in one region.

use serde::{Deserialize, Serialize};

/// Elastic Load Balancing: application and network load balancers of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

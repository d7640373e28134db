//! Tags: ordered by key, so that a world's bytes do not depend on the order they were set in.

use std::collections::BTreeMap;

/// Keys to values.
pub type Tags = BTreeMap<String, String>;

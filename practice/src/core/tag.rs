//! Tags: ordered by key, so that a world's bytes do not depend on the order they were set in.

use std::collections::BTreeMap;

/// Keys to values.
pub type Tags = BTreeMap<String, String>;

/// What CloudFormation's own tags begin with.
pub const CLOUDFORMATION: &str = "aws:cloudformation:";

/// Whether a key is AWS's own, so that no client may set or remove it. CloudFormation's marks pass here, since it sets
/// them through the services' own operations; [`crate::understand`] refuses them when they come from outside.
pub fn is_reserved(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("aws:") && !key.starts_with(CLOUDFORMATION)
}

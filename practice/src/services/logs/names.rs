//! Names and ARNs of groups and streams, and what they may look like.

use crate::core::arn::Arn;

/// `[\.\-_/#A-Za-z0-9]+`, at most 512.
pub(super) fn is_group(name: &str) -> bool {
    (1..=512).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b'#'))
}

/// `[^:*]*`, 1 to 512 characters.
pub(super) fn is_stream(name: &str) -> bool {
    (1..=512).contains(&name.chars().count()) && !name.contains([':', '*'])
}

/// The name in a group's ARN (`arn:aws:logs:region:account:log-group:name`, `:*` after it or not), or a name as it is.
pub(super) fn group_of(identifier: &str) -> &str {
    let name = Arn::parse(identifier).and_then(|arn| arn.resource.strip_prefix("log-group:"));
    name.map_or(identifier, |name| name.strip_suffix(":*").unwrap_or(name))
}

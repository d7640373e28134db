//! Names and ARNs of groups and streams, and what they may look like.

use super::fault::{constraint, invalid, no_group};
use super::model::Group;
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::world::View;

/// `[\.\-_/#A-Za-z0-9]+`, at most 512.
pub(super) fn is_group(name: &str) -> bool {
    (1..=512).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b'#'))
}

/// `[^:*]*`, 1 to 512 characters.
fn is_stream(name: &str) -> bool {
    (1..=512).contains(&name.chars().count()) && !name.contains([':', '*'])
}

/// A group's name that keeps to its pattern.
pub(super) fn check_group(name: &str) -> Result<(), Fault> {
    if is_group(name) {
        return Ok(());
    }
    let wanted = if name.is_empty() {
        "Member must have length greater than or equal to 1"
    } else if name.len() > 512 {
        "Member must have length less than or equal to 512"
    } else {
        "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
    };
    Err(constraint(name, "logGroupName", wanted))
}

/// The name of a stream or a filter that keeps to its pattern.
pub(super) fn check_stream(name: &str, member: &str) -> Result<(), Fault> {
    if is_stream(name) {
        return Ok(());
    }
    let wanted = if name.is_empty() {
        "Member must have length greater than or equal to 1"
    } else if name.contains([':', '*']) {
        "Member must satisfy regular expression pattern: [^:*]*"
    } else {
        "Member must have length less than or equal to 512"
    };
    Err(constraint(name, member, wanted))
}

/// The name in a group's ARN (`arn:aws:logs:region:account:log-group:name`, `:*` after it or not), or a name as it is.
pub(super) fn group_of(identifier: &str) -> &str {
    let name = Arn::parse(identifier).and_then(|arn| arn.resource.strip_prefix("log-group:"));
    name.map_or(identifier, |name| name.strip_suffix(":*").unwrap_or(name))
}

/// `logGroupName` or `logGroupIdentifier`, of which exactly one must be given.
pub(super) fn either(name: Option<String>, identifier: Option<String>) -> Result<String, Fault> {
    let name = match (name, identifier) {
        (Some(name), None) => name,
        (None, Some(identifier)) => group_of(&identifier).to_owned(),
        (Some(_), Some(_)) => {
            return Err(invalid("LogGroup name and LogGroup identifier can't be used together."));
        }
        (None, None) => return Err(invalid("Either logGroupName or logGroupIdentifier must be provided.")),
    };
    check_group(&name)?;
    Ok(name)
}

/// The group of that name.
pub(super) fn find<'w>(view: &View<'w>, name: &str) -> Result<&'w Group, Fault> {
    view.region.logs.groups.get(name).ok_or_else(no_group)
}

/// `arn:aws:logs:region:account:log-group:name`
pub(super) fn group_arn(view: &View<'_>, name: &str) -> String {
    view.arn("logs", &format!("log-group:{name}"))
}

/// `arn:aws:logs:region:account:log-group:name:log-stream:name`
pub(super) fn stream_arn(view: &View<'_>, group: &str, stream: &str) -> String {
    view.arn("logs", &format!("log-group:{group}:log-stream:{stream}"))
}

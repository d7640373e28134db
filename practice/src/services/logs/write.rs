//! What the `awslogs` driver of a container does: no call, so no permission is asked for here.

use super::model::{Group, MAX_GROUPS, MAX_MESSAGE, Model};
use crate::core::time::Time;

/// Adds lines to a stream, which is made if need be (the group is not): what the driver does with `CreateLogStream`
/// and `PutLogEvents`. False, and nothing done, when there is no such group. Messages are cut at 16 KiB; beyond 2,000
/// events or 256 KiB of a stream, 1,000 streams of a group or 4 MiB of a region the oldest are dropped.
pub fn append(
    model: &mut Model,
    group: &str,
    stream: &str,
    entries: impl Iterator<Item = (Time, String)>,
    now: Time,
) -> bool {
    model.append(group, stream, entries.map(|(at, message)| (at, cut(message))), now)
}

/// Whether there is a log group of that name.
pub fn has_group(model: &Model, group: &str) -> bool {
    model.groups.contains_key(group)
}

/// Makes a log group without tags that keeps its events for ever: `awslogs-create-group`. One that is there stays as
/// it is. False when the name is not one or the region has no room for more.
pub fn create_group(model: &mut Model, group: &str, now: Time) -> bool {
    if has_group(model, group) {
        return true;
    }
    if !super::names::is_group(group) || model.groups.len() >= MAX_GROUPS {
        return false;
    }
    model.groups.insert(group.to_owned(), Group { created_at: now, ..Group::default() });
    true
}

fn cut(mut message: String) -> String {
    if message.len() > MAX_MESSAGE {
        let end = (0..=MAX_MESSAGE).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
        message.truncate(end);
    }
    message
}

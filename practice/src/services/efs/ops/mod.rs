//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::fault::{bad, no_file_system, not_available};
use super::model::{FileSystem, Life};
use crate::core::fault::Fault;
use crate::core::page::{Page, page};
use crate::core::tag::Tags;
use crate::world::{Scope, View};

pub(super) mod access_point;
pub(super) mod file_system;
pub(super) mod mount_target;
pub(super) mod settings;
pub(super) mod tag;

#[derive(Deserialize, Serialize, Clone)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneFileSystem {
    file_system_id: String,
}

fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let length = tag.key.chars().count();
        if length == 0
            || length > 128
            || tag.value.chars().count() > 256
            || crate::core::tag::is_reserved(&tag.key)
        {
            return Err(bad(
                "Tag keys have from 1 to 128 characters and do not begin with aws:, values have at most 256.",
            ));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() <= 50 { Ok(()) } else { Err(bad("A resource can have at most 50 tags.")) }
}

fn tags_out(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// An id, or the id at the end of an ARN.
fn id_of(given: &str) -> &str {
    given.rsplit('/').next().unwrap_or(given)
}

fn find<'w>(view: &View<'w>, id: &str) -> Result<&'w FileSystem, Fault> {
    view.region.efs.file_systems.get(id_of(id)).ok_or_else(|| no_file_system(id))
}

/// A file system to change, which must be available.
fn find_available<'s>(scope: &'s mut Scope<'_>, id: &str) -> Result<&'s mut FileSystem, Fault> {
    let found = scope.region.efs.file_systems.get_mut(id_of(id)).ok_or_else(|| no_file_system(id))?;
    if found.life == Life::Available { Ok(found) } else { Err(not_available(id)) }
}

fn word(life: Life) -> &'static str {
    match life {
        Life::Creating(_) => "creating",
        Life::Available => "available",
        Life::Deleting(_) => "deleting",
    }
}

fn paged<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    asked: Option<i64>,
    token: Option<&str>,
) -> Result<Page<T>, Fault> {
    let limit = usize::try_from(asked.unwrap_or(100)).ok().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| bad("MaxItems must be at least 1."))?;
    page(items, key, limit.min(100), token).map_err(|_| bad("The marker is not valid."))
}

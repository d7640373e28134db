//! Tags of file systems and access points.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{no_access_point, no_file_system};
use super::{Tag, check_count, id_of, tags, tags_out};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    #[serde(alias = "FileSystemId")]
    resource_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

fn of<'s>(scope: &'s mut Scope<'_>, given: &str) -> Result<&'s mut Tags, Fault> {
    let efs = &mut scope.region.efs;
    let id = id_of(given);
    if id.starts_with("fsap-") {
        return efs.access_points.get_mut(id).map(|point| &mut point.tags).ok_or_else(|| no_access_point(id));
    }
    efs.file_systems.get_mut(id).map(|kept| &mut kept.tags).ok_or_else(|| no_file_system(id))
}

pub(crate) fn add(scope: &mut Scope<'_>, input: Change) -> Result<(), Fault> {
    let given = tags(&input.tags)?;
    let kept = of(scope, &input.resource_id)?;
    let mut next = kept.clone();
    next.extend(given);
    check_count(&next)?;
    *kept = next;
    Ok(())
}

pub(crate) fn remove(scope: &mut Scope<'_>, input: Change) -> Result<(), Fault> {
    of(scope, &input.resource_id)?.retain(|key, _| !input.tag_keys.contains(key));
    Ok(())
}

pub(crate) fn list(view: &View<'_>, input: Change) -> Result<Value, Fault> {
    let efs = &view.region.efs;
    let id = id_of(&input.resource_id);
    let found = if id.starts_with("fsap-") {
        efs.access_points.get(id).map(|point| &point.tags).ok_or_else(|| no_access_point(id))?
    } else {
        efs.file_systems.get(id).map(|kept| &kept.tags).ok_or_else(|| no_file_system(id))?
    };
    Ok(json!({"Tags": tags_out(found)}))
}

//! Tags of secrets.

use serde::Deserialize;

use super::super::fault;
use super::{Tag, find_living, tags};
use crate::core::fault::Fault;
use crate::world::Scope;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Add {
    secret_id: String,
    tags: Vec<Tag>,
}

pub(crate) fn add(scope: &mut Scope<'_>, input: Add) -> Result<(), Fault> {
    let given = tags(&input.tags)?;
    let kept = find_living(scope, &input.secret_id)?;
    let mut next = kept.tags.clone();
    next.extend(given);
    if next.len() > 50 {
        return Err(fault::invalid("A secret can have at most 50 tags."));
    }
    kept.tags = next;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remove {
    secret_id: String,
    tag_keys: Vec<String>,
}

pub(crate) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<(), Fault> {
    find_living(scope, &input.secret_id)?.tags.retain(|key, _| !input.tag_keys.contains(key));
    Ok(())
}

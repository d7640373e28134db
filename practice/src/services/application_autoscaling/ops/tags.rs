//! Tags of scalable targets.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::targets::{tags_mut, target_arn};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

fn not_found(arn: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("The specified resource doesn't exist: {arn}"))
}

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let mut targets = view.region.application_autoscaling.targets.values();
    let target = targets.find(|target| target_arn(view, &target.id) == input.arn);
    Ok(json!({"Tags": target.ok_or_else(|| not_found(&input.arn))?.tags}))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Put {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags")]
    tags: BTreeMap<String, String>,
}

pub(crate) fn tag(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let tags = tags_mut(scope, &input.arn).ok_or_else(|| not_found(&input.arn))?;
    let mut all = tags.clone();
    all.extend(input.tags);
    if all.len() > 50
        || all.iter().any(|(key, value)| key.is_empty() || key.len() > 512 || value.len() > 1024)
    {
        return Err(Fault::new("TooManyTagsException", "A resource can have at most 50 tags."));
    }
    *tags = all;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Drop {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "TagKeys")]
    keys: Vec<String>,
}

pub(crate) fn untag(scope: &mut Scope<'_>, input: Drop) -> Result<Value, Fault> {
    let tags = tags_mut(scope, &input.arn).ok_or_else(|| not_found(&input.arn))?;
    tags.retain(|key, _| !input.keys.contains(key));
    Ok(json!({}))
}

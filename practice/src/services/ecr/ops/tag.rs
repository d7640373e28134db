//! Tags of repositories.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault::{invalid, no_repository};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

#[derive(Deserialize, Serialize, Clone)]
pub(crate) struct Tag {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Value", default)]
    value: String,
}

pub(super) fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let length = tag.key.chars().count();
        if length == 0
            || length > 128
            || tag.value.chars().count() > 256
            || crate::core::tag::is_reserved(&tag.key)
        {
            let message = "The specified parameter is invalid: tag keys have from 1 to 128 characters and do not begin with aws:, values have at most 256.";
            return Err(Fault::new("InvalidTagParameterException", message));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() <= 50 {
        return Ok(());
    }
    Err(Fault::new("TooManyTagsException", "A repository can have at most 50 tags."))
}

/// The name of the repository of an ARN, here.
fn named<'a>(view: &View<'_>, arn: &'a str) -> Result<&'a str, Fault> {
    let parsed = Arn::parse(arn)
        .filter(|arn| arn.service == "ecr")
        .and_then(|arn| Some((arn, arn.of_kind("repository")?)));
    let (parsed, name) = parsed.ok_or_else(|| {
        invalid("Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
    })?;
    if parsed.account == view.account
        && parsed.region == view.region.name
        && view.region.ecr.repositories.contains_key(name)
    {
        return Ok(name);
    }
    Err(no_repository(name, parsed.account))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub(crate) fn add(scope: &mut Scope<'_>, input: Change) -> Result<(), Fault> {
    let name = named(&scope.view(), &input.resource_arn)?.to_owned();
    let given = tags(&input.tags)?;
    let Some(kept) = scope.region.ecr.repositories.get_mut(&name) else { return Ok(()) };
    let mut next = kept.tags.clone();
    next.extend(given);
    check_count(&next)?;
    kept.tags = next;
    Ok(())
}

pub(crate) fn remove(scope: &mut Scope<'_>, input: Change) -> Result<(), Fault> {
    let name = named(&scope.view(), &input.resource_arn)?.to_owned();
    if let Some(kept) = scope.region.ecr.repositories.get_mut(&name) {
        kept.tags.retain(|key, _| !input.tag_keys.contains(key));
    }
    Ok(())
}

pub(crate) fn list(view: &View<'_>, input: Change) -> Result<Value, Fault> {
    let name = named(view, &input.resource_arn)?;
    let kept = view.region.ecr.repositories.get(name).map(|kept| &kept.tags);
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
    Ok(json!({"tags": kept.into_iter().flatten().map(tag).collect::<Vec<_>>()}))
}

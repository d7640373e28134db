//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::fault;
use super::model::{Kept, MAX_REGION_BYTES, MAX_VALUE, Model, SecretValue};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod password;
pub(super) mod policy;
pub(super) mod read;
pub(super) mod stage;
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
pub(super) struct One {
    secret_id: String,
}

/// `ARN`, `Name` and the id of a version: what most operations answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stages: Option<Vec<String>>,
}

fn named(kept: &Kept, version: Option<&str>) -> Named {
    Named {
        arn: kept.arn.clone(),
        name: kept.name.clone(),
        version_id: version.map(str::to_owned),
        version_stages: None,
    }
}

fn find<'w>(view: &View<'w>, id: &str) -> Result<&'w Kept, Fault> {
    view.region.secretsmanager.find(id).ok_or_else(fault::not_found)
}

/// A secret to change, which must not be on its way out.
fn find_living<'s>(scope: &'s mut Scope<'_>, id: &str) -> Result<&'s mut Kept, Fault> {
    let kept = scope.region.secretsmanager.find_mut(id).ok_or_else(fault::not_found)?;
    if kept.deletion.is_some() {
        return Err(fault::marked_deleted("perform this operation on the secret"));
    }
    Ok(kept)
}

/// A value that was given, checked. Faults never show it.
fn value(text: Option<String>, binary: Option<String>) -> Result<Option<SecretValue>, Fault> {
    let value = match (text, binary) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(fault::invalid(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            ));
        }
        (Some(text), None) => SecretValue::Text(text),
        (None, Some(binary)) => {
            use base64::Engine as _;
            if base64::engine::general_purpose::STANDARD.decode(&binary).is_err() {
                return Err(Fault::new("SerializationException", "SecretBinary is not base 64."));
            }
            SecretValue::Binary(binary)
        }
    };
    // A binary of that many bytes is a third longer in base 64.
    let most = if matches!(value, SecretValue::Binary(_)) { MAX_VALUE.div_ceil(3) * 4 } else { MAX_VALUE };
    match value.len() {
        0 => Err(fault::invalid("You must provide a secret value of at least 1 byte.")),
        length if length > most => Err(fault::validation(format!(
            "The secret value must have length less than or equal to {MAX_VALUE}."
        ))),
        _ => Ok(Some(value)),
    }
}

/// The id of a new version: the token that the client chose, or one drawn for it.
fn version_id(scope: &mut Scope<'_>, token: Option<String>) -> Result<String, Fault> {
    let Some(token) = token else { return Ok(scope.region.ids.uuid()) };
    if (32..=64).contains(&token.len()) {
        Ok(token)
    } else {
        Err(fault::invalid("ClientRequestToken must be from 32 to 64 characters long."))
    }
}

/// Whether the region has room for a value.
fn check_room(model: &Model, value: &SecretValue) -> Result<(), Fault> {
    let versions = model.secrets.values().flat_map(|kept| kept.versions.values());
    let used: usize = versions.map(|version| version.value.0.len()).sum();
    if used + value.len() <= MAX_REGION_BYTES {
        return Ok(());
    }
    let message = "This practice region has no room for more secret values (2 MiB).";
    Err(Fault::new("LimitExceededException", message))
}

fn check_description(description: Option<&String>) -> Result<(), Fault> {
    match description {
        Some(text) if text.chars().count() > 2048 => {
            Err(fault::validation("The description must have length less than or equal to 2048."))
        }
        _ => Ok(()),
    }
}

fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let length = tag.key.chars().count();
        if length == 0 || length > 128 || tag.value.chars().count() > 256 {
            return Err(fault::validation("Tag keys have from 1 to 128 characters, values at most 256."));
        }
        if crate::core::tag::is_reserved(&tag.key) {
            return Err(fault::invalid("Tag keys starting with 'aws:' are reserved for system use."));
        }
        if tags.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(fault::invalid(format!("Duplicate tag keys found: {}.", tag.key)));
        }
    }
    if tags.len() > 50 {
        return Err(fault::invalid("A secret can have at most 50 tags."));
    }
    Ok(tags)
}

fn tags_out(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

//! What the ECS agent and Fargate do with a secret that a container definition names. Follows "Pass Secrets Manager
//! secrets through Amazon ECS environment variables" (Amazon ECS Developer Guide).

use serde_json::Value;

use super::fault;
use super::model::{CURRENT, Kept, Model, SecretValue, Version};
use crate::core::fault::Fault;

/// The parts of a `valueFrom`: `arn:aws:secretsmanager:region:account:secret:name-AbCdEf:json-key:stage:version-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The secret's ARN.
    pub id: &'a str,
    /// A key of the JSON object that the secret is.
    pub json_key: Option<&'a str>,
    /// Staging label.
    pub stage: Option<&'a str>,
    /// Version id.
    pub version: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// None for what is not the ARN of a secret.
    pub fn parse(value_from: &'a str) -> Option<Self> {
        let parts: Vec<&str> = value_from.splitn(10, ':').collect();
        if parts.len() < 7 || parts.first() != Some(&"arn") || parts.get(2) != Some(&"secretsmanager") {
            return None;
        }
        // The first seven parts with the six colons between them.
        let length = parts.iter().take(7).map(|part| part.len()).sum::<usize>() + 6;
        let part = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty());
        let id = value_from.get(..length).filter(|_| parts.get(5) == Some(&"secret"))?;
        Some(Self { id, json_key: part(7), stage: part(8), version: part(9) })
    }
}

/// The value of a secret, by name or ARN, as a container gets it. An error is the end of the sentence that the agent
/// stops the task with: `ResourceNotFoundException: Secrets Manager can't find the specified secret.` Whether the
/// execution role may read it is for the caller to ask.
pub fn value(
    model: &Model,
    id: &str,
    json_key: Option<&str>,
    stage: Option<&str>,
    version: Option<&str>,
) -> Result<String, String> {
    let worded = |fault: Fault| format!("{}: {}", fault.code, fault.message);
    let kept = model.find(id).ok_or_else(fault::not_found).map_err(worded)?;
    let (_, version) = readable(kept, version, stage).map_err(worded)?;
    let text = match &version.value.0 {
        SecretValue::Text(text) => text,
        SecretValue::Binary(_) => return Err("secret is binary, which is not supported".to_owned()),
    };
    let Some(key) = json_key else { return Ok(text.clone()) };
    let tree: Value = serde_json::from_str(text)
        .map_err(|_| "retrieved secret from Secrets Manager is not a JSON object".to_owned())?;
    match tree.get(key) {
        None => Err(format!("retrieved secret from Secrets Manager did not contain json key {key}")),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
    }
}

/// The version that a read means, unless the secret is to be deleted.
pub(super) fn readable<'k>(
    kept: &'k Kept,
    version: Option<&str>,
    stage: Option<&str>,
) -> Result<(&'k str, &'k Version), Fault> {
    if kept.deletion.is_some() {
        return Err(fault::marked_deleted("perform this operation on the secret"));
    }
    kept.version(version, stage).ok_or_else(|| match (version, stage) {
        (Some(id), _) => fault::no_version(id),
        (None, stage) => fault::no_value(stage.unwrap_or(CURRENT)),
    })
}

//! New values: `PutSecretValue` and `UpdateSecret`.

use serde::Deserialize;

use super::super::fault;
use super::super::model::{CURRENT, Kept, PREVIOUS, SecretValue, Version};
use super::{Named, check_description, check_room, find_living, named, value, version_id};
use crate::core::fault::Fault;
use crate::core::secret::Secret;
use crate::core::time::Time;
use crate::world::Scope;

/// Labelled versions of a secret, as in AWS; versions without a label are dropped beyond it, oldest first.
const MAX_VERSIONS: usize = 100;
const MAX_STAGES: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    secret_id: String,
    client_request_token: Option<String>,
    secret_binary: Option<String>,
    secret_string: Option<String>,
    version_stages: Option<Vec<String>>,
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Named, Fault> {
    find_living(scope, &input.secret_id)?;
    let value = value(input.secret_string, input.secret_binary)?;
    let value = value
        .ok_or_else(|| fault::invalid_request("You must provide either SecretString or SecretBinary."))?;
    let stages = input.version_stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
    if stages.is_empty()
        || stages.len() > MAX_STAGES
        || stages.iter().any(|stage| stage.is_empty() || stage.chars().count() > 256)
    {
        return Err(fault::validation("VersionStages must have from 1 to 20 labels of 1 to 256 characters."));
    }
    let id = add(scope, &input.secret_id, input.client_request_token, value, &stages)?;
    let kept = find_living(scope, &input.secret_id)?;
    let mut answer = named(kept, Some(&id));
    answer.version_stages = Some(kept.stages_of(&id).into_iter().map(str::to_owned).collect());
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    secret_id: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_binary: Option<String>,
    secret_string: Option<String>,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Named, Fault> {
    find_living(scope, &input.secret_id)?;
    check_description(input.description.as_ref())?;
    let value = value(input.secret_string, input.secret_binary)?;
    let id = match value {
        Some(value) => {
            let stages = [CURRENT.to_owned()];
            Some(add(scope, &input.secret_id, input.client_request_token, value, &stages)?)
        }
        None => None,
    };
    let now = scope.now;
    let kept = find_living(scope, &input.secret_id)?;
    kept.description = input.description.or(kept.description.take());
    kept.kms_key = input.kms_key_id.or(kept.kms_key.take());
    kept.changed_at = now;
    Ok(named(kept, id.as_deref()))
}

/// Adds a version with its labels, or finds that the same request has done so. The version's id.
fn add(
    scope: &mut Scope<'_>,
    secret: &str,
    token: Option<String>,
    value: SecretValue,
    stages: &[String],
) -> Result<String, Fault> {
    let kept = find_living(scope, secret)?;
    if let Some(existing) = token.as_ref().and_then(|token| kept.versions.get(token)) {
        if existing.value.0 == value {
            return Ok(token.unwrap_or_default());
        }
        let message = format!(
            "You can't use ClientRequestToken {} because that value is already in use for a version of secret {}.",
            token.unwrap_or_default(),
            kept.arn
        );
        return Err(Fault::new("ResourceExistsException", message));
    }
    check_room(&scope.region.secretsmanager, &value)?;
    let id = version_id(scope, token)?;
    let now = scope.now;
    let kept = find_living(scope, secret)?;
    make_room(kept)?;
    kept.versions.insert(id.clone(), Version { created_at: now, value: Secret(value) });
    kept.changed_at = now;
    // A first version is the current one whatever its labels.
    if !kept.stages.contains_key(CURRENT) {
        kept.stages.insert(CURRENT.to_owned(), id.clone());
    }
    for stage in stages {
        move_stage(kept, stage, &id);
    }
    Ok(id)
}

fn make_room(kept: &mut Kept) -> Result<(), Fault> {
    if kept.versions.len() < MAX_VERSIONS {
        return Ok(());
    }
    let deprecated = kept.versions.iter().filter(|(id, _)| kept.stages_of(id).is_empty());
    let oldest = deprecated.min_by_key(|(_, version): &(&String, &Version)| -> Time { version.created_at });
    let oldest = oldest.map(|(id, _)| id.clone());
    let message = "You've exceeded the limit of 100 versions with staging labels of a secret.";
    let oldest = oldest.ok_or_else(|| Fault::new("LimitExceededException", message))?;
    kept.versions.remove(&oldest);
    Ok(())
}

/// Gives a label to a version. Who loses `AWSCURRENT` becomes `AWSPREVIOUS`.
pub(super) fn move_stage(kept: &mut Kept, stage: &str, to: &str) {
    let before = kept.stages.insert(stage.to_owned(), to.to_owned());
    if stage == CURRENT
        && let Some(before) = before.filter(|before| before != to)
    {
        kept.stages.insert(PREVIOUS.to_owned(), before);
    }
    if stage == CURRENT && kept.stages.get(PREVIOUS).is_some_and(|previous| previous == to) {
        kept.stages.remove(PREVIOUS);
    }
}

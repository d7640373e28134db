//! `UpdateSecretVersionStage`, and rotation, which is refused.

use serde::Deserialize;

use super::super::fault;
use super::super::model::CURRENT;
use super::change::move_stage;
use super::{Named, One, find_living, named};
use crate::core::fault::Fault;
use crate::world::Scope;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    secret_id: String,
    version_stage: String,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Named, Fault> {
    let now = scope.now;
    let kept = find_living(scope, &input.secret_id)?;
    let stage = input.version_stage;
    if stage.is_empty() || stage.chars().count() > 256 {
        return Err(fault::validation("VersionStage must have from 1 to 256 characters."));
    }
    for id in [&input.remove_from_version_id, &input.move_to_version_id].into_iter().flatten() {
        if !kept.versions.contains_key(id) {
            return Err(fault::no_version(id));
        }
    }
    let holder = kept.stages.get(&stage).cloned();
    if let Some(from) = &input.remove_from_version_id
        && holder.as_ref() != Some(from)
    {
        return Err(fault::invalid(format!("The staging label {stage} is not attached to version {from}.")));
    }
    match (input.move_to_version_id, input.remove_from_version_id) {
        (Some(to), from) => {
            if from.is_none() && holder.as_ref().is_some_and(|holder| *holder != to) {
                let message = format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {}, so you must explicitly reference that version in RemoveFromVersionId.",
                    holder.unwrap_or_default()
                );
                return Err(fault::invalid(message));
            }
            let mine = kept.stages_of(&to).len();
            if mine >= 20 && holder.as_ref() != Some(&to) {
                return Err(Fault::new(
                    "LimitExceededException",
                    "A version can have at most 20 staging labels.",
                ));
            }
            move_stage(kept, &stage, &to);
        }
        (None, Some(_)) if stage == CURRENT => {
            return Err(fault::invalid(
                "You can't remove the staging label AWSCURRENT: move it to another version instead.",
            ));
        }
        (None, Some(_)) => {
            kept.stages.remove(&stage);
        }
        (None, None) => {
            return Err(fault::invalid("You must specify MoveToVersionId, RemoveFromVersionId or both."));
        }
    }
    kept.changed_at = now;
    Ok(named(kept, None))
}

pub(crate) fn rotate(scope: &mut Scope<'_>, input: One) -> Result<Named, Fault> {
    find_living(scope, &input.secret_id)?;
    // Rotation runs a Lambda function.
    Err(fault::invalid_request(
        "You can't rotate this secret: the practice cloud has no Lambda functions. Put a new value with PutSecretValue.",
    ))
}

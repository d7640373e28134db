//! `CreateSecret`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::fault;
use super::super::model::{CURRENT, Kept, MAX_SECRETS, Version};
use super::{Named, Tag, check_description, check_room, named, tags, value, version_id};
use crate::core::fault::Fault;
use crate::core::secret::Secret;
use crate::world::Scope;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_binary: Option<String>,
    secret_string: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    add_replica_regions: Option<Value>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Named, Fault> {
    if input.add_replica_regions.is_some() {
        return Err(fault::invalid("Secrets of this practice cloud cannot be replicated to other regions."));
    }
    check_name(&input.name)?;
    check_description(input.description.as_ref())?;
    let tags = tags(&input.tags)?;
    let value = value(input.secret_string, input.secret_binary)?;
    let token = input.client_request_token;
    if let Some(kept) = scope.region.secretsmanager.secrets.get(&input.name) {
        if kept.deletion.is_some() {
            let message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
            return Err(fault::invalid_request(message));
        }
        // The same request again, as clients repeat it.
        let same = token.as_ref().and_then(|token| kept.versions.get_key_value(token));
        if let Some((id, _)) = same.filter(|(_, version)| Some(&version.value.0) == value.as_ref()) {
            return Ok(named(kept, Some(id)));
        }
        let message = format!("The operation failed because the secret {} already exists.", input.name);
        return Err(Fault::new("ResourceExistsException", message));
    }
    if scope.region.secretsmanager.secrets.len() >= MAX_SECRETS {
        let message = "You can't create more secrets: the limit of this practice region is 500.";
        return Err(Fault::new("LimitExceededException", message));
    }
    if let Some(value) = &value {
        check_room(&scope.region.secretsmanager, value)?;
    }
    let id = version_id(scope, token)?;
    let suffix = suffix(scope);
    let arn = scope.arn("secretsmanager", &format!("secret:{}-{suffix}", input.name));
    let mut kept = Kept {
        name: input.name.clone(),
        arn,
        description: input.description,
        kms_key: input.kms_key_id,
        created_at: scope.now,
        changed_at: scope.now,
        deletion: None,
        tags,
        policy: None,
        versions: BTreeMap::new(),
        stages: BTreeMap::new(),
    };
    let has_value = value.is_some();
    if let Some(value) = value {
        kept.versions.insert(id.clone(), Version { created_at: scope.now, value: Secret(value) });
        kept.stages.insert(CURRENT.to_owned(), id.clone());
    }
    let answer = named(&kept, Some(id.as_str()).filter(|_| has_value));
    scope.region.secretsmanager.secrets.insert(input.name, kept);
    Ok(answer)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if (1..=512).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(fault::validation(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ))
}

/// The six random characters at the end of a secret's ARN.
fn suffix(scope: &mut Scope<'_>) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..6).map(|_| char::from(ALPHABET[(scope.region.ids.bits() % 62) as usize])).collect()
}

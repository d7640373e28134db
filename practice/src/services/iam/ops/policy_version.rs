//! Versions of managed policies: at most five, one of them in force.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::super::check;
use super::super::model::PolicyVersion;
use super::super::{catalogue, fault};
use super::managed_policy::{document, own};
use crate::core::fault::Fault;
use crate::core::time::{Iso, Time};
use crate::world::{Scope, View};

const MAX_VERSIONS: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersionOut {
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: Iso,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersionResult {
    policy_version: VersionOut,
}

fn out(number: &str, is_default: bool, created_at: Time, document: Option<&str>) -> VersionOut {
    VersionOut {
        document: document.map(check::encoded),
        version_id: number.to_owned(),
        is_default_version: is_default,
        create_date: Iso(created_at),
    }
}

/// `v3` to 3.
fn number(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.parse().ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneIn {
    policy_arn: String,
    version_id: String,
}

pub(crate) fn get(view: &View<'_>, input: OneIn) -> Result<VersionResult, Fault> {
    check::policy_arn(&input.policy_arn)?;
    let missing = || fault::no_policy_version(&input.policy_arn, &input.version_id);
    if let Some(policy) = catalogue::find(&input.policy_arn) {
        if policy.version != input.version_id {
            return Err(missing());
        }
        let policy_version = out(&policy.version, true, policy.updated_at, Some(&policy.text));
        return Ok(VersionResult { policy_version });
    }
    let policy =
        view.iam.policies.get(&input.policy_arn).ok_or_else(|| fault::no_policy(&input.policy_arn))?;
    let number = number(&input.version_id).ok_or_else(missing)?;
    let version = policy.versions.get(&number).ok_or_else(missing)?;
    let is_default = number == policy.default_version;
    let policy_version = out(&input.version_id, is_default, version.created_at, Some(&version.document));
    Ok(VersionResult { policy_version })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Versions {
    versions: Vec<VersionOut>,
    is_truncated: bool,
    marker: Option<String>,
}

/// Newest first.
pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Versions, Fault> {
    check::policy_arn(&input.policy_arn)?;
    let versions: Vec<VersionOut> = if let Some(policy) = catalogue::find(&input.policy_arn) {
        vec![out(&policy.version, true, policy.updated_at, None)]
    } else {
        let policy =
            view.iam.policies.get(&input.policy_arn).ok_or_else(|| fault::no_policy(&input.policy_arn))?;
        let newest_first = policy.versions.iter().rev();
        newest_first
            .map(|(number, version)| {
                out(&format!("v{number}"), *number == policy.default_version, version.created_at, None)
            })
            .collect()
    };
    // Later in the list is smaller in number, so the page's key counts down.
    let key =
        |version: &VersionOut| format!("{:010}", u32::MAX - number(&version.version_id).unwrap_or_default());
    let page = check::page(versions, key, input.marker.as_deref(), input.max_items)?;
    Ok(Versions { versions: page.items, is_truncated: page.next.is_some(), marker: page.next })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    policy_arn: String,
    policy_document: String,
    set_as_default: Option<bool>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<VersionResult, Fault> {
    let policy = own(scope, &input.policy_arn)?;
    document(&input.policy_document)?;
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(fault::limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
             existing version.",
        ));
    }
    let number = policy.next_version;
    let is_default = input.set_as_default == Some(true);
    let now = scope.now;
    if let Some(policy) = scope.iam.policies.get_mut(&input.policy_arn) {
        policy.versions.insert(number, PolicyVersion { document: input.policy_document, created_at: now });
        policy.next_version = number.saturating_add(1);
        if is_default {
            policy.default_version = number;
            policy.updated_at = now;
        }
    }
    Ok(VersionResult { policy_version: out(&format!("v{number}"), is_default, now, None) })
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneIn) -> Result<(), Fault> {
    let number = existing(scope, &input)?;
    if own(scope, &input.policy_arn)?.default_version == number {
        return Err(fault::delete_conflict("Cannot delete the default version of a policy."));
    }
    if let Some(policy) = scope.iam.policies.get_mut(&input.policy_arn) {
        policy.versions.remove(&number);
    }
    Ok(())
}

pub(crate) fn set_default(scope: &mut Scope<'_>, input: OneIn) -> Result<(), Fault> {
    let number = existing(scope, &input)?;
    let now = scope.now;
    if let Some(policy) = scope.iam.policies.get_mut(&input.policy_arn) {
        policy.default_version = number;
        policy.updated_at = now;
    }
    Ok(())
}

fn existing(scope: &Scope<'_>, input: &OneIn) -> Result<u32, Fault> {
    let policy = own(scope, &input.policy_arn)?;
    number(&input.version_id)
        .filter(|number| policy.versions.contains_key(number))
        .ok_or_else(|| fault::no_policy_version(&input.policy_arn, &input.version_id))
}

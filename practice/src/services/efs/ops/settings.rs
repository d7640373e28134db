//! Policies, backup and lifecycle configuration of a file system: kept and shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::bad;
use super::{OneFileSystem, find, find_available};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

const MAX_POLICY: usize = 20_000;

fn no_policy(id: &str) -> Fault {
    Fault::new("PolicyNotFound", format!("Policy not found for file system '{id}'.")).with_status(404)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutPolicy {
    file_system_id: String,
    policy: String,
}

/// Whether a text is a policy, and not too long.
pub(super) fn check_policy(text: &str) -> Result<(), Fault> {
    let tree: Option<Value> = serde_json::from_str(text).ok().filter(|_| text.len() <= MAX_POLICY);
    if tree.is_some_and(|tree| tree.get("Statement").is_some()) {
        return Ok(());
    }
    Err(Fault::new(
        "InvalidPolicyException",
        "The file system policy is malformed or contains an error such as an invalid parameter value.",
    ))
}

pub(crate) fn put_policy(scope: &mut Scope<'_>, input: PutPolicy) -> Result<Value, Fault> {
    check_policy(&input.policy)?;
    find_available(scope, &input.file_system_id)?.policy = Some(input.policy.clone());
    Ok(json!({"FileSystemId": input.file_system_id, "Policy": input.policy}))
}

pub(crate) fn policy(view: &View<'_>, input: OneFileSystem) -> Result<Value, Fault> {
    let id = &input.file_system_id;
    let policy = find(view, id)?.policy.as_ref().ok_or_else(|| no_policy(id))?;
    Ok(json!({"FileSystemId": id, "Policy": policy}))
}

pub(crate) fn delete_policy(scope: &mut Scope<'_>, input: OneFileSystem) -> Result<(), Fault> {
    find_available(scope, &input.file_system_id)?.policy = None;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBackup {
    file_system_id: String,
    backup_policy: BTreeMap<String, String>,
}

fn backup_answer(on: bool) -> Value {
    json!({"BackupPolicy": {"Status": if on { "ENABLED" } else { "DISABLED" }}})
}

pub(crate) fn put_backup(scope: &mut Scope<'_>, input: PutBackup) -> Result<Value, Fault> {
    let on = match input.backup_policy.get("Status").map(String::as_str) {
        Some("ENABLED") => true,
        Some("DISABLED") => false,
        _ => {
            return Err(Fault::new(
                "ValidationException",
                "The status of a backup policy is ENABLED or DISABLED.",
            ));
        }
    };
    find_available(scope, &input.file_system_id)?.backup = on;
    Ok(backup_answer(on))
}

pub(crate) fn backup(view: &View<'_>, input: OneFileSystem) -> Result<Value, Fault> {
    Ok(backup_answer(find(view, &input.file_system_id)?.backup))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutLifecycle {
    file_system_id: String,
    lifecycle_policies: Vec<BTreeMap<String, String>>,
}

/// Up to three policies of one known transition each.
pub(super) fn check_lifecycle(policies: &[BTreeMap<String, String>]) -> Result<(), Fault> {
    const AFTER: [&str; 9] = [
        "AFTER_7_DAYS",
        "AFTER_14_DAYS",
        "AFTER_30_DAYS",
        "AFTER_60_DAYS",
        "AFTER_90_DAYS",
        "AFTER_1_DAY",
        "AFTER_180_DAYS",
        "AFTER_270_DAYS",
        "AFTER_365_DAYS",
    ];
    let fits = |(member, value): (&String, &String)| match member.as_str() {
        "TransitionToIA" | "TransitionToArchive" => AFTER.contains(&value.as_str()),
        "TransitionToPrimaryStorageClass" => value == "AFTER_1_ACCESS",
        _ => false,
    };
    // "Each LifecyclePolicy object can have only a single transition."
    let good = |policy: &BTreeMap<String, String>| policy.len() == 1 && policy.iter().all(fits);
    if policies.len() > 3 || !policies.iter().all(good) {
        return Err(bad("LifecyclePolicies takes up to three policies, each with one known transition."));
    }
    Ok(())
}

pub(crate) fn put_lifecycle(scope: &mut Scope<'_>, input: PutLifecycle) -> Result<Value, Fault> {
    check_lifecycle(&input.lifecycle_policies)?;
    find_available(scope, &input.file_system_id)?.lifecycle.clone_from(&input.lifecycle_policies);
    Ok(json!({"LifecyclePolicies": input.lifecycle_policies}))
}

pub(crate) fn lifecycle(view: &View<'_>, input: OneFileSystem) -> Result<Value, Fault> {
    Ok(json!({"LifecyclePolicies": find(view, &input.file_system_id)?.lifecycle}))
}

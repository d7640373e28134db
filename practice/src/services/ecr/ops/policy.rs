//! Repository and lifecycle policies: kept, checked for their form, and not applied.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid};
use super::super::model::Lifecycle;
use super::{One, find, find_mut};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetPolicy {
    registry_id: Option<String>,
    repository_name: String,
    policy_text: String,
}

fn policy_answer(account: &str, name: &str, text: &str) -> Value {
    json!({"registryId": account, "repositoryName": name, "policyText": text})
}

pub(crate) fn set(scope: &mut Scope<'_>, input: SetPolicy) -> Result<Value, Fault> {
    let tree: Option<Value> =
        serde_json::from_str(&input.policy_text).ok().filter(|_| input.policy_text.len() <= 10_240);
    if tree.is_none_or(|tree| tree.get("Statement").is_none()) {
        return Err(invalid(
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
        ));
    }
    let account = scope.account.to_owned();
    let repository = find_mut(scope, &input.repository_name, input.registry_id.as_ref())?;
    repository.policy = Some(input.policy_text.clone());
    Ok(policy_answer(&account, &input.repository_name, &input.policy_text))
}

fn no_policy(name: &str, account: &str) -> Fault {
    let message = format!(
        "Repository policy does not exist for the repository with name '{name}' in the registry with id '{account}'"
    );
    Fault::new("RepositoryPolicyNotFoundException", message)
}

pub(crate) fn get(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let name = &input.repository_name;
    let policy = find(view, name, input.registry_id.as_ref())?.policy.as_ref();
    Ok(policy_answer(view.account, name, policy.ok_or_else(|| no_policy(name, view.account))?))
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let name = &input.repository_name;
    let account = scope.account.to_owned();
    let policy = find_mut(scope, name, input.registry_id.as_ref())?.policy.take();
    Ok(policy_answer(&account, name, &policy.ok_or_else(|| no_policy(name, &account))?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutLifecycle {
    registry_id: Option<String>,
    repository_name: String,
    lifecycle_policy_text: String,
}

pub(crate) fn put_lifecycle(scope: &mut Scope<'_>, input: PutLifecycle) -> Result<Value, Fault> {
    let text = input.lifecycle_policy_text;
    if text.len() > 30_720 {
        return Err(constraint("lifecyclePolicyText", "Member must have length less than or equal to 30720"));
    }
    let tree: Option<Value> = serde_json::from_str(&text).ok();
    let rules = tree.as_ref().and_then(|tree| tree.get("rules")).and_then(Value::as_array);
    let complete = |rule: &Value| {
        ["rulePriority", "selection", "action"].iter().all(|member| rule.get(member).is_some())
    };
    if rules.is_none_or(|rules| rules.is_empty() || !rules.iter().all(complete)) {
        return Err(invalid(
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: rules with rulePriority, selection and action are needed'",
        ));
    }
    let (account, now) = (scope.account.to_owned(), scope.now);
    let repository = find_mut(scope, &input.repository_name, input.registry_id.as_ref())?;
    repository.lifecycle = Some(Lifecycle { text: text.clone(), put_at: now });
    Ok(json!({"registryId": account, "repositoryName": input.repository_name, "lifecyclePolicyText": text}))
}

fn lifecycle_answer(account: &str, name: &str, kept: Option<&Lifecycle>) -> Result<Value, Fault> {
    let kept = kept.ok_or_else(|| {
        let message = format!("Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{account}'");
        Fault::new("LifecyclePolicyNotFoundException", message)
    })?;
    Ok(json!({
        "registryId": account,
        "repositoryName": name,
        "lifecyclePolicyText": kept.text,
        "lastEvaluatedAt": Epoch(kept.put_at),
    }))
}

pub(crate) fn get_lifecycle(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let repository = find(view, &input.repository_name, input.registry_id.as_ref())?;
    lifecycle_answer(view.account, &input.repository_name, repository.lifecycle.as_ref())
}

pub(crate) fn delete_lifecycle(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let account = scope.account.to_owned();
    let gone = find_mut(scope, &input.repository_name, input.registry_id.as_ref())?.lifecycle.take();
    lifecycle_answer(&account, &input.repository_name, gone.as_ref())
}

//! Resource policies: kept and shown. Permission to read a secret is decided by identity policies alone here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault;
use super::{Named, One, find, find_living, named};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    secret_id: String,
    resource_policy: String,
}

/// A JSON object with statements that say who, what and whether.
fn check(policy: &str) -> Result<(), Fault> {
    let malformed = |why: &str| {
        Fault::new(
            "MalformedPolicyDocumentException",
            format!("This resource policy contains a syntax error: {why}"),
        )
    };
    if policy.len() > 20_480 {
        return Err(fault::validation("ResourcePolicy must have length less than or equal to 20480."));
    }
    let tree: Value = serde_json::from_str(policy).map_err(|_| malformed("it is not JSON."))?;
    let statements = match tree.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect::<Vec<_>>(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(malformed("it has no Statement.")),
    };
    for statement in statements {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let has =
            |member: &str| statement.get(member).is_some() || statement.get(format!("Not{member}")).is_some();
        if !matches!(effect, Some("Allow" | "Deny")) || !has("Principal") || !has("Action") {
            return Err(malformed("a statement needs Effect, Principal, Action and Resource."));
        }
    }
    Ok(())
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Named, Fault> {
    check(&input.resource_policy)?;
    let kept = find_living(scope, &input.secret_id)?;
    kept.policy = Some(input.resource_policy);
    Ok(named(kept, None))
}

pub(crate) fn get(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let kept = find(view, &input.secret_id)?;
    let mut answer = json!({"ARN": kept.arn, "Name": kept.name});
    if let Some(policy) = &kept.policy {
        answer["ResourcePolicy"] = json!(policy);
    }
    Ok(answer)
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Named, Fault> {
    let kept = find_living(scope, &input.secret_id)?;
    kept.policy = None;
    Ok(named(kept, None))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Validate {
    resource_policy: String,
}

pub(crate) fn validate(_: &View<'_>, input: Validate) -> Result<Value, Fault> {
    check(&input.resource_policy)?;
    Ok(json!({"PolicyValidationPassed": true, "ValidationErrors": []}))
}

//! Account settings. Follows "Access Amazon ECS features with account settings". The long ARN formats are on for
//! good, as they are for every account since 2021.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, paged};
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::world::{Scope, View};

/// Names, defaults, and what else they can be.
const SETTINGS: [(&str, &str, &[&str]); 11] = [
    ("awsvpcTrunking", "disabled", &["enabled", "disabled"]),
    ("containerInsights", "disabled", &["enhanced", "enabled", "disabled"]),
    ("containerInstanceLongArnFormat", "enabled", &["enabled"]),
    ("defaultLogDriverMode", "non-blocking", &["blocking", "non-blocking"]),
    ("fargateEventWindows", "disabled", &["enabled", "disabled"]),
    ("fargateFIPSMode", "disabled", &["enabled", "disabled"]),
    ("fargateTaskRetirementWaitPeriod", "7", &["0", "7", "14"]),
    ("guardDutyActivate", "off", &[]),
    ("serviceLongArnFormat", "enabled", &["enabled"]),
    ("tagResourceAuthorization", "on", &["on", "off"]),
    ("taskLongArnFormat", "enabled", &["enabled"]),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    name: String,
    value: String,
    principal_arn: Option<String>,
}

fn check(name: &str, value: Option<&str>) -> Result<(), Fault> {
    let Some((_, _, allowed)) = SETTINGS.iter().find(|(known, _, _)| *known == name) else {
        let names: Vec<&str> = SETTINGS.iter().map(|(name, _, _)| *name).collect();
        return Err(fault::invalid(format!("unknown should be one of [{}]", names.join(","))));
    };
    match value {
        Some(value) if !allowed.contains(&value) => {
            Err(fault::invalid(format!("Invalid value '{value}' for setting {name}.")))
        }
        _ => Ok(()),
    }
}

fn root(account: &str) -> String {
    arn("iam", "", account, "root")
}

fn principal(view: &View<'_>, given: Option<String>) -> Result<String, Fault> {
    match given.filter(|text| !text.is_empty()) {
        None => Ok(view.caller.arn.clone()),
        Some(text) if text.starts_with(&arn("iam", "", view.account, "")) => Ok(text),
        Some(_) => Err(fault::invalid("Invalid principalArn.")),
    }
}

fn setting(name: &str, value: &str, principal: &str) -> Value {
    let kind = if name == "guardDutyActivate" { "aws_managed" } else { "user" };
    json!({"name": name, "value": value, "principalArn": principal, "type": kind})
}

fn set(scope: &mut Scope<'_>, principal: String, name: String, value: String) -> Value {
    let answer = json!({"setting": setting(&name, &value, &principal)});
    scope.region.ecs.settings.entry(principal).or_default().insert(name, value);
    answer
}

pub(super) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    check(&input.name, Some(&input.value))?;
    let principal = principal(&scope.view(), input.principal_arn)?;
    Ok(set(scope, principal, input.name, input.value))
}

#[derive(Debug, Deserialize)]
pub(super) struct PutDefault {
    name: String,
    value: String,
}

pub(super) fn put_default(scope: &mut Scope<'_>, input: PutDefault) -> Result<Value, Fault> {
    check(&input.name, Some(&input.value))?;
    let account = root(scope.account);
    Ok(set(scope, account, input.name, input.value))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    name: Option<String>,
    value: Option<String>,
    principal_arn: Option<String>,
    #[serde(default)]
    effective_settings: bool,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    if let Some(name) = &input.name {
        check(name, None)?;
    }
    if input.value.is_some() && input.name.is_none() {
        return Err(fault::invalid("A setting name is required when a value is given."));
    }
    let principal = principal(view, input.principal_arn)?;
    let of = |who: &str, name: &str| view.region.ecs.settings.get(who).and_then(|own| own.get(name)).cloned();
    let all = SETTINGS.iter().filter_map(|(name, default, _)| {
        let own = of(&principal, name);
        let value = if input.effective_settings {
            Some(own.or_else(|| of(&root(view.account), name)).unwrap_or_else(|| (*default).to_owned()))
        } else {
            own
        };
        value.map(|value| ((*name).to_owned(), value))
    });
    let fits = |(name, value): &(String, String)| {
        input.name.as_ref().is_none_or(|wanted| wanted == name)
            && input.value.as_ref().is_none_or(|wanted| wanted == value)
    };
    let all: Vec<(String, String)> = all.filter(fits).collect();
    paged(
        "settings",
        all,
        |(name, _)| name.clone(),
        |(name, value)| setting(name, value, &principal),
        &input.paging,
        10,
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    name: String,
    principal_arn: Option<String>,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    check(&input.name, None)?;
    let principal = principal(&scope.view(), input.principal_arn)?;
    let settings = &mut scope.region.ecs.settings;
    let value = settings.get_mut(&principal).and_then(|own| own.remove(&input.name));
    settings.retain(|_, own| !own.is_empty());
    Ok(json!({"setting": setting(&input.name, &value.unwrap_or_default(), &principal)}))
}

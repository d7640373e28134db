//! Writing parameters: `PutParameter`, `DeleteParameter`, `DeleteParameters`.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::get::constraint;
use super::model::{MAX_PARAMETERS, MAX_REGION_BYTES, MAX_VERSIONS, Model, Parameter, Version};
use super::tag::{Tag, tags};
use crate::core::fault::Fault;
use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::services::ec2::images;
use crate::world::Scope;

/// Longest value of a standard and of an advanced parameter, in bytes.
const STANDARD_BYTES: usize = 4_096;
const ADVANCED_BYTES: usize = 8_192;
/// Deepest hierarchy.
const MAX_LEVELS: usize = 15;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    name: String,
    value: String,
    description: Option<String>,
    r#type: Option<String>,
    key_id: Option<String>,
    #[serde(default)]
    overwrite: bool,
    allowed_pattern: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    tier: Option<String>,
    policies: Option<String>,
    data_type: Option<String>,
}

pub(super) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    check_name(&input.name)?;
    let existing = scope.region.ssm.parameters.get(&input.name);
    let before = existing.and_then(Parameter::latest).map(|(_, version)| version.clone());
    if before.is_some() && !input.overwrite {
        let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(Fault::new("ParameterAlreadyExists", message));
    }
    if before.is_some() && !input.tags.is_empty() {
        let message = "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";
        return Err(Fault::new("ValidationException", message));
    }
    if input.policies.as_deref().is_some_and(|policies| !matches!(policies.trim(), "" | "[]" | "{}")) {
        let message = "Parameter policies are not part of this practice cloud.";
        return Err(Fault::new("InvalidPolicyTypeException", message));
    }
    let given_tags = tags(&input.tags)?;
    let name = input.name.clone();
    let version = version(scope, input, before)?;
    let tier = version.tier.clone();
    let number = add(&mut scope.region.ssm, &name, version, given_tags)?;
    Ok(json!({"Version": number, "Tier": tier}))
}

/// The version that a request means, checked. What it leaves out stays as `before` had it where AWS says so.
fn version(scope: &Scope<'_>, input: Put, before: Option<Version>) -> Result<Version, Fault> {
    let kind = match (input.r#type, &before) {
        (Some(kind), _) => kind,
        (None, Some(before)) => before.kind.clone(),
        (None, None) => {
            return Err(Fault::new(
                "ValidationException",
                "A parameter type is required when you create a parameter.",
            ));
        }
    };
    if !matches!(kind.as_str(), "String" | "StringList" | "SecureString") {
        let wanted = "Member must satisfy enum value set: [SecureString, StringList, String]";
        return Err(constraint(&kind, "type", wanted));
    }
    if before.as_ref().is_some_and(|before| before.kind != kind) {
        let message = "The parameter type can't be changed: delete the parameter and create it again.";
        return Err(Fault::new("HierarchyTypeMismatchException", message));
    }
    if input.key_id.is_some() && kind != "SecureString" {
        return Err(Fault::new(
            "ValidationException",
            "KeyId is only valid for the SecureString parameter type.",
        ));
    }
    if input.description.as_ref().is_some_and(|text| text.chars().count() > 1_024) {
        return Err(Fault::new(
            "ValidationException",
            "The description must have length less than or equal to 1024.",
        ));
    }
    let was_advanced = before.as_ref().is_some_and(|before| before.tier == "Advanced");
    let tier = tier(input.tier.as_deref(), was_advanced, input.value.len())?;
    let data_type = input.data_type.unwrap_or_else(|| "text".to_owned());
    check_value(scope, &input.value, &kind, &data_type, input.allowed_pattern.as_deref())?;
    let secure = kind == "SecureString";
    Ok(Version {
        value: Secret(input.value),
        modified_at: scope.now,
        modified_by: scope.caller.arn.clone(),
        description: input.description.or_else(|| before?.description),
        allowed_pattern: input.allowed_pattern,
        key_id: secure.then(|| input.key_id.unwrap_or_else(|| "alias/aws/ssm".to_owned())),
        kind,
        tier,
        data_type,
        labels: BTreeSet::new(),
    })
}

fn tier(asked: Option<&str>, was_advanced: bool, bytes: usize) -> Result<String, Fault> {
    let advanced = match asked {
        None | Some("Standard") if !was_advanced => false,
        None | Some("Advanced") => true,
        Some("Intelligent-Tiering") => was_advanced || bytes > STANDARD_BYTES,
        Some("Standard") => {
            let message = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.";
            return Err(Fault::new("ValidationException", message));
        }
        Some(other) => {
            return Err(constraint(
                other,
                "tier",
                "Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]",
            ));
        }
    };
    let most = if advanced { ADVANCED_BYTES } else { STANDARD_BYTES };
    if bytes > most {
        let message = if advanced {
            "Advanced tier parameters support a maximum parameter value of 8192 characters."
        } else {
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        };
        return Err(Fault::new("ValidationException", message));
    }
    Ok(if advanced { "Advanced" } else { "Standard" }.to_owned())
}

/// Faults never show the value: it may be a secret.
fn check_value(
    scope: &Scope<'_>,
    value: &str,
    kind: &str,
    data_type: &str,
    pattern: Option<&str>,
) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(Fault::new(
            "ValidationException",
            "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    if value.contains("{{") {
        let message = "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
        return Err(Fault::new("ValidationException", message));
    }
    match data_type {
        "text" => {}
        "aws:ec2:image" if kind == "String" => {
            if images::find(&scope.region.name, value).is_none() {
                let message = "The parameter value isn't the ID of an image of this region.";
                return Err(Fault::new("ValidationException", message));
            }
        }
        _ => {
            let message = "The following data type is not supported: the practice cloud knows text, and aws:ec2:image for String parameters.";
            return Err(Fault::new("ValidationException", message));
        }
    }
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(()) };
    let invalid =
        || Fault::new("InvalidAllowedPatternException", "The specified regular expression is not valid.");
    if pattern.chars().count() > 1_024 {
        return Err(invalid());
    }
    let regex = regex_lite::Regex::new(pattern).map_err(|_| invalid())?;
    // Every item of a list has to fit, as one text.
    let mut items = if kind == "StringList" { value.split(',').collect() } else { vec![value] }.into_iter();
    if items.all(|item| regex.is_match(item)) {
        return Ok(());
    }
    let message = format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
    Err(Fault::new("ParameterPatternMismatchException", message))
}

fn add(model: &mut Model, name: &str, version: Version, tags: Tags) -> Result<u64, Fault> {
    let used: usize = model
        .parameters
        .values()
        .flat_map(|own| own.versions.values())
        .map(|version| version.value.0.len())
        .sum();
    let new = !model.parameters.contains_key(name);
    if used + version.value.0.len() > MAX_REGION_BYTES || (new && model.parameters.len() >= MAX_PARAMETERS) {
        let message = "You have exceeded the number of parameters for this practice region (1,000, or 2 MiB of values). Delete one or more parameters and try again.";
        return Err(Fault::new("ParameterLimitExceeded", message));
    }
    let own = model
        .parameters
        .entry(name.to_owned())
        .or_insert_with(|| Parameter { versions: BTreeMap::new(), tags });
    let number = own.latest().map_or(1, |(number, _)| number + 1);
    if own.versions.len() >= MAX_VERSIONS {
        let oldest = own.versions.first_key_value().filter(|(_, oldest)| oldest.labels.is_empty());
        let Some(oldest) = oldest.map(|(number, _)| *number) else {
            let message = format!(
                "The parameter {name} can't have more versions: its oldest one has a label. Move the label to another version and try again."
            );
            return Err(Fault::new("ParameterMaxVersionLimitExceeded", message));
        };
        own.versions.remove(&oldest);
    }
    own.versions.insert(number, version);
    Ok(number)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let invalid = |message: &str| Err(Fault::new("ValidationException", message));
    if name.is_empty() || name.chars().count() > 1_011 {
        return invalid("Parameter name must have from 1 to 1011 characters.");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if !name.chars().all(fits) || name.ends_with('/') || name.contains("//") {
        return invalid(
            "Parameter name: can't be empty, and it may consist of the following letters, numbers, and symbols only: a-zA-Z0-9_.-, separated by single slashes.",
        );
    }
    let first =
        name.trim_start_matches('/').split(['/', '.']).next().unwrap_or_default().to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        );
    }
    if name.contains('/') && !name.starts_with('/') {
        return invalid(
            "Parameter name must be a fully qualified name: a name with slashes begins with one.",
        );
    }
    if name.matches('/').count() > MAX_LEVELS {
        let message = "A hierarchy can have a maximum of 15 levels.";
        return Err(Fault::new("HierarchyLevelLimitExceededException", message));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    name: String,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    let missing = || Fault::new("ParameterNotFound", format!("Parameter {} not found.", input.name));
    scope.region.ssm.parameters.remove(&input.name).map(drop).ok_or_else(missing)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Many {
    names: Vec<String>,
}

pub(super) fn delete_many(scope: &mut Scope<'_>, input: Many) -> Result<Value, Fault> {
    if input.names.is_empty() || input.names.len() > 10 {
        return Err(constraint("[...]", "names", "Member must have length between 1 and 10"));
    }
    let parameters = &mut scope.region.ssm.parameters;
    let (deleted, invalid): (Vec<String>, Vec<String>) =
        input.names.into_iter().partition(|name| parameters.remove(name).is_some());
    Ok(json!({"DeletedParameters": deleted, "InvalidParameters": invalid}))
}

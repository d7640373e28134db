//! What parameters are, without their values: `DescribeParameters`, `GetParameterHistory`, and labels of versions.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::Deserialize;
use serde_json::{Value, json};

use super::get::sealed;
use super::lookup::own_arn;
use super::model::{Parameter, Version};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

fn bad_token() -> Fault {
    Fault::new("InvalidNextToken", "The specified token isn't valid.")
}

fn limit(asked: Option<i64>) -> Result<usize, Fault> {
    let limit = usize::try_from(asked.unwrap_or(50)).ok().filter(|limit| (1..=50).contains(limit));
    limit.ok_or_else(|| Fault::new("ValidationException", "MaxResults must be from 1 to 50."))
}

fn check(filter: &Filter) -> Result<(), Fault> {
    let known =
        matches!(filter.key.as_str(), "Name" | "Type" | "KeyId" | "Path" | "Label" | "Tier" | "DataType");
    if !known && !filter.key.starts_with("tag:") {
        return Err(Fault::new("InvalidFilterKey", "The specified key isn't valid."));
    }
    let options: &[&str] = match filter.key.as_str() {
        "Path" => &["Recursive", "OneLevel"],
        "Name" => &["Equals", "BeginsWith", "Contains"],
        _ => &["Equals", "BeginsWith"],
    };
    if filter.option.as_deref().is_some_and(|option| !options.contains(&option)) {
        return Err(Fault::new("InvalidFilterOption", "The specified filter option isn't valid."));
    }
    if filter.values.len() > 50 {
        return Err(Fault::new(
            "InvalidFilterValue",
            "The filter value isn't valid: a filter has at most 50 values.",
        ));
    }
    Ok(())
}

fn passes(name: &str, own: &Parameter, version: &Version, filter: &Filter) -> bool {
    let option = filter.option.as_deref().unwrap_or(if filter.key == "Path" { "OneLevel" } else { "Equals" });
    let like = |text: &str| {
        filter.values.is_empty()
            || filter.values.iter().any(|wanted| match option {
                "BeginsWith" => text.starts_with(wanted.as_str()),
                "Contains" => text.contains(wanted.as_str()),
                _ => text == wanted,
            })
    };
    match filter.key.as_str() {
        // With or without the first slash.
        "Name" => like(name) || name.strip_prefix('/').is_some_and(like),
        "Type" => like(&version.kind),
        "KeyId" => version.key_id.as_deref().is_some_and(like),
        "Tier" => like(&version.tier),
        "DataType" => like(&version.data_type),
        "Label" => version.labels.iter().any(|label| like(label)),
        "Path" => filter.values.iter().any(|path| {
            let below = format!("{}/", path.trim_end_matches('/'));
            name.strip_prefix(&below).is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
        }),
        key => key.strip_prefix("tag:").and_then(|key| own.tags.get(key)).is_some_and(|value| like(value)),
    }
}

/// What both listings show of a version.
fn shape(name: &str, number: u64, version: &Version) -> Value {
    let mut shape = json!({
        "Name": name,
        "Type": version.kind,
        "LastModifiedDate": Epoch(version.modified_at),
        "LastModifiedUser": version.modified_by,
        "Version": number,
        "Tier": version.tier,
        "Policies": [],
        "DataType": version.data_type,
    });
    let maybe = [
        ("KeyId", &version.key_id),
        ("Description", &version.description),
        ("AllowedPattern", &version.allowed_pattern),
    ];
    for (member, value) in maybe {
        if let Some(value) = value {
            shape[member] = json!(value);
        }
    }
    shape
}

pub(super) fn parameters(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    if !input.filters.is_empty() && !input.parameter_filters.is_empty() {
        return Err(Fault::new(
            "ValidationException",
            "You can use either Filters or ParameterFilters in a single request.",
        ));
    }
    let filters: Vec<Filter> = input.filters.into_iter().chain(input.parameter_filters).collect();
    filters.iter().try_for_each(check)?;
    let all = view.region.ssm.parameters.iter();
    let all =
        all.filter_map(|(name, own)| own.latest().map(|(number, version)| (name, own, number, version)));
    let fitting =
        all.filter(|(name, own, _, version)| filters.iter().all(|filter| passes(name, own, version, filter)));
    let page = page(fitting, |(name, ..)| (*name).clone(), limit, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let shapes = page.items.into_iter().map(|(name, _, number, version)| {
        let mut shape = shape(name, number, version);
        shape["ARN"] = json!(own_arn(&view.region.name, view.account, name));
        shape
    });
    let mut answer = json!({"Parameters": shapes.collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct History {
    name: String,
    #[serde(default)]
    with_decryption: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
}

fn missing(name: &str) -> Fault {
    Fault::new("ParameterNotFound", format!("Parameter {name} not found."))
}

pub(super) fn history(view: &View<'_>, input: History) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    let own = view.region.ssm.parameters.get(&input.name).ok_or_else(|| missing(&input.name))?;
    let page = page(&own.versions, |(number, _)| format!("{number:020}"), limit, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let shapes = page.items.into_iter().map(|(number, version)| {
        let mut shape = shape(&input.name, *number, version);
        let hidden = version.kind == "SecureString" && !input.with_decryption;
        let value = if hidden { sealed(&input.name, *number) } else { version.value.0.clone() };
        shape["Value"] = json!(value);
        shape["Labels"] = json!(version.labels);
        shape
    });
    let mut answer = json!({"Parameters": shapes.collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Label {
    name: String,
    parameter_version: Option<u64>,
    labels: Vec<String>,
}

/// Letters, digits, `.-_`, not beginning with a digit, `aws` or `ssm`.
fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    (1..=100).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !label.starts_with(|c: char| c.is_ascii_digit())
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}

/// The version a label operation is about.
fn version_of(own: &Parameter, name: &str, asked: Option<u64>) -> Result<u64, Fault> {
    let number = asked.or(own.latest().map(|(number, _)| number)).unwrap_or_default();
    if own.versions.contains_key(&number) {
        return Ok(number);
    }
    let message = format!(
        "Systems Manager could not find version {number} of {name}. Verify the version and try again."
    );
    Err(Fault::new("ParameterVersionNotFound", message))
}

pub(super) fn label(scope: &mut Scope<'_>, input: Label) -> Result<Value, Fault> {
    let own = scope.region.ssm.parameters.get_mut(&input.name).ok_or_else(|| missing(&input.name))?;
    let number = version_of(own, &input.name, input.parameter_version)?;
    let (good, bad): (Vec<String>, Vec<String>) = input.labels.into_iter().partition(|label| is_label(label));
    let target = own.versions.get(&number).map(|version| version.labels.clone()).unwrap_or_default();
    if target.iter().chain(&good).collect::<std::collections::BTreeSet<_>>().len() > 10 {
        let message = "A parameter version can have a maximum of 10 labels.";
        return Err(Fault::new("ParameterVersionLabelLimitExceeded", message));
    }
    for (at, version) in &mut own.versions {
        // A label is moved, never doubled.
        version.labels.retain(|label| !good.contains(label));
        if *at == number {
            version.labels.extend(good.iter().cloned());
        }
    }
    Ok(json!({"InvalidLabels": bad, "ParameterVersion": number}))
}

pub(super) fn unlabel(scope: &mut Scope<'_>, input: Label) -> Result<Value, Fault> {
    let own = scope.region.ssm.parameters.get_mut(&input.name).ok_or_else(|| missing(&input.name))?;
    let number = version_of(own, &input.name, input.parameter_version)?;
    let Some(version) = own.versions.get_mut(&number) else { return Err(missing(&input.name)) };
    let (removed, invalid): (Vec<String>, Vec<String>) =
        input.labels.into_iter().partition(|label| version.labels.remove(label));
    Ok(json!({"RemovedLabels": removed, "InvalidLabels": invalid}))
}

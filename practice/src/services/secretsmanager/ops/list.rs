//! `DescribeSecret`, `ListSecrets` and `ListSecretVersionIds`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault;
use super::super::model::Kept;
use super::{One, find, tags_out};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::View;

const KEYS: [&str; 7] =
    ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Filter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

pub(super) fn bad_token() -> Fault {
    Fault::new("InvalidNextTokenException", "Invalid token")
}

/// Whether a secret passes every filter. Values are prefixes without regard to case; of `name`, `tag-key` and
/// `tag-value` with regard to it. A `!` before one excludes.
pub(super) fn fits(view: &View<'_>, kept: &Kept, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let found = texts(view, kept, &filter.key);
        let exact = matches!(filter.key.as_str(), "name" | "tag-key" | "tag-value");
        let has = |wanted: &str| {
            let same = |text: &str| {
                if exact {
                    text.starts_with(wanted)
                } else {
                    text.to_lowercase()
                        .split_whitespace()
                        .chain([text.to_lowercase().as_str()])
                        .any(|word| word.starts_with(&wanted.to_lowercase()))
                }
            };
            found.iter().any(|text| same(text))
        };
        let mut values = filter.values.iter();
        values.any(|value| value.strip_prefix('!').map_or_else(|| has(value), |value| !has(value)))
    })
}

fn texts(view: &View<'_>, kept: &Kept, key: &str) -> Vec<String> {
    let keys = || kept.tags.keys().cloned();
    let values = || kept.tags.values().cloned();
    match key {
        "description" => kept.description.iter().cloned().collect(),
        "name" => vec![kept.name.clone()],
        "tag-key" => keys().collect(),
        "tag-value" => values().collect(),
        "primary-region" => vec![view.region.name.clone()],
        "owning-service" => Vec::new(),
        _ => [kept.name.clone()]
            .into_iter()
            .chain(kept.description.clone())
            .chain(keys())
            .chain(values())
            .collect(),
    }
}

fn shape(kept: &Kept, versions: &str) -> Value {
    let mut stages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (stage, id) in &kept.stages {
        stages.entry(id).or_default().push(stage);
    }
    let mut shape = json!({
        "ARN": kept.arn,
        "Name": kept.name,
        "LastChangedDate": Epoch(kept.changed_at),
        "CreatedDate": Epoch(kept.created_at),
        "Tags": tags_out(&kept.tags),
    });
    if !stages.is_empty() {
        shape[versions] = json!(stages);
    }
    if let Some(description) = &kept.description {
        shape["Description"] = json!(description);
    }
    if let Some(key) = &kept.kms_key {
        shape["KmsKeyId"] = json!(key);
    }
    if let Some(deletion) = kept.deletion {
        shape["DeletedDate"] = json!(Epoch(deletion.asked_at));
    }
    shape
}

pub(crate) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    find(view, &input.secret_id).map(|kept| shape(kept, "VersionIdsToStages"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(default)]
    include_planned_deletion: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    sort_order: Option<String>,
    sort_by: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    for filter in &input.filters {
        if !KEYS.contains(&filter.key.as_str()) || filter.values.is_empty() || filter.values.len() > 10 {
            let message = format!(
                "1 validation error detected: Value '{}' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [{}], with 1 to 10 values",
                filter.key.chars().take(64).collect::<String>(),
                KEYS.join(", ")
            );
            return Err(fault::validation(message));
        }
    }
    let by_name = match input.sort_by.as_deref() {
        Some("name") => true,
        None | Some("created-date" | "last-accessed-date" | "last-changed-date") => false,
        Some(_) => {
            return Err(fault::validation(
                "SortBy must be created-date, last-accessed-date, last-changed-date or name.",
            ));
        }
    };
    let changed = input.sort_by.as_deref() == Some("last-changed-date");
    let mut found: Vec<&Kept> = view
        .region
        .secretsmanager
        .secrets
        .values()
        .filter(|kept| {
            (input.include_planned_deletion || kept.deletion.is_none()) && fits(view, kept, &input.filters)
        })
        .collect();
    if !by_name {
        found.sort_by_key(|kept| if changed { kept.changed_at } else { kept.created_at });
    }
    // Newest first unless the order is given.
    let grows = input.sort_order.as_deref().map_or(by_name, |order| order == "asc");
    if !grows {
        found.reverse();
    }
    let numbered = found.into_iter().enumerate();
    let page = page(numbered, |(at, _)| format!("{at:06}"), limit, input.next_token.as_deref())
        .map_err(|_| bad_token())?;
    let secrets: Vec<Value> =
        page.items.into_iter().map(|(_, kept)| shape(kept, "SecretVersionsToStages")).collect();
    let mut answer = json!({"SecretList": secrets});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn limit(asked: Option<i64>) -> Result<usize, Fault> {
    let limit = usize::try_from(asked.unwrap_or(100)).ok().filter(|limit| (1..=100).contains(limit));
    limit.ok_or_else(|| fault::validation("MaxResults must be from 1 to 100."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Versions {
    secret_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    include_deprecated: bool,
}

pub(crate) fn versions(view: &View<'_>, input: Versions) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    let kept = find(view, &input.secret_id)?;
    let shown =
        kept.versions.iter().filter(|(id, _)| input.include_deprecated || !kept.stages_of(id).is_empty());
    let page =
        page(shown, |(id, _)| (*id).clone(), limit, input.next_token.as_deref()).map_err(|_| bad_token())?;
    let shape = |(id, version): (&String, &super::super::model::Version)| {
        let mut shape = json!({"VersionId": id, "CreatedDate": Epoch(version.created_at), "KmsKeyIds": ["DefaultEncryptionKey"]});
        let stages = kept.stages_of(id);
        if !stages.is_empty() {
            shape["VersionStages"] = json!(stages);
        }
        shape
    };
    let versions: Vec<Value> = page.items.into_iter().map(shape).collect();
    let mut answer = json!({"Versions": versions, "ARN": kept.arn, "Name": kept.name});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::fault::{invalid, no_repository};
use super::model::Repository;
use crate::core::fault::Fault;
use crate::core::page::{Page, page};
use crate::world::{Scope, View};

pub(super) mod cache;
pub(super) mod image;
pub(super) mod layer;
pub(super) mod policy;
pub(super) mod put;
pub(super) mod registry;
pub(super) mod repository;
pub(super) mod tag;

/// A repository of the caller's registry.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    registry_id: Option<String>,
    repository_name: String,
}

/// A tag, a digest, or both.
#[derive(Deserialize, Serialize, Clone, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageId {
    #[serde(skip_serializing_if = "Option::is_none")]
    image_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_tag: Option<String>,
}

/// Registries of other accounts cannot be seen from a practice account.
fn check_registry(account: &str, name: &str, registry: Option<&String>) -> Result<(), Fault> {
    match registry {
        Some(other) if other != account => Err(no_repository(name, other)),
        _ => Ok(()),
    }
}

fn find<'w>(view: &View<'w>, name: &str, registry: Option<&String>) -> Result<&'w Repository, Fault> {
    check_registry(view.account, name, registry)?;
    view.region.ecr.repositories.get(name).ok_or_else(|| no_repository(name, view.account))
}

fn find_mut<'s>(
    scope: &'s mut Scope<'_>,
    name: &str,
    registry: Option<&String>,
) -> Result<&'s mut Repository, Fault> {
    check_registry(scope.account, name, registry)?;
    let account = scope.account;
    scope.region.ecr.repositories.get_mut(name).ok_or_else(|| no_repository(name, account))
}

fn paged<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    asked: Option<i64>,
    token: Option<&str>,
) -> Result<Page<T>, Fault> {
    let limit = usize::try_from(asked.unwrap_or(100)).ok().filter(|limit| (1..=1_000).contains(limit));
    let limit = limit.ok_or_else(|| invalid("maxResults must be from 1 to 1000."))?;
    page(items, key, limit, token).map_err(|_| invalid("The specified nextToken is invalid."))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`, parts between slashes.
fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let edges = part.starts_with(word) && part.ends_with(word);
        let between =
            part.split(word).all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.chars().all(|c| c == '-'));
        edges && between
    };
    (2..=256).contains(&name.len()) && name.split('/').all(part)
}

//! Tags of load balancers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::core::tag::{Tags, is_reserved};
use crate::services::elb::fault::validation;
use crate::services::elb::shapes;
use crate::world::{Scope, View};

/// AWS's quota per resource.
const MAX_TAGS: usize = 50;

/// `Tag`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: Option<String>,
}

pub(super) fn checked(given: &[Tag]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let value = tag.value.clone().unwrap_or_default();
        if tag.key.is_empty() || tag.key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(validation("Tag keys must have 1 to 128 characters, values at most 256"));
        }
        if is_reserved(&tag.key) {
            return Err(validation("Tag keys starting with 'aws:' are reserved for system use"));
        }
        if tags.insert(tag.key.clone(), value).is_some() {
            return Err(Fault::new("DuplicateTagKeys", "A tag key was specified more than once."));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(too_many());
    }
    Ok(tags)
}

fn too_many() -> Fault {
    let message =
        "The quota for the number of tags that can be assigned to a load balancer has been reached.";
    Fault::new("TooManyTags", message)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Add {
    load_balancer_names: Vec<String>,
    tags: Vec<Tag>,
}

/// `AddTags`.
pub(crate) fn add(scope: &mut Scope<'_>, input: Add) -> Result<Value, Fault> {
    let new = checked(&input.tags)?;
    for name in &input.load_balancer_names {
        let old = &find(&scope.view(), name)?.tags;
        if old.keys().chain(new.keys()).collect::<std::collections::BTreeSet<_>>().len() > MAX_TAGS {
            return Err(too_many());
        }
    }
    for name in &input.load_balancer_names {
        find_mut(scope, name)?.tags.extend(new.clone());
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
struct Key {
    #[serde(rename = "Key")]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remove {
    load_balancer_names: Vec<String>,
    tags: Vec<Key>,
}

/// `RemoveTags`.
pub(crate) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<Value, Fault> {
    for name in &input.load_balancer_names {
        find(&scope.view(), name)?;
    }
    for name in &input.load_balancer_names {
        find_mut(scope, name)?
            .tags
            .retain(|key, _| !input.tags.iter().any(|tag| tag.key.as_ref() == Some(key)));
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    load_balancer_names: Vec<String>,
}

/// `DescribeTags`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let all: Result<Vec<Value>, Fault> = input
        .load_balancer_names
        .iter()
        .map(|name| Ok(json!({"LoadBalancerName": name, "Tags": shapes::tags(&find(view, name)?.tags)})))
        .collect();
    Ok(json!({"TagDescriptions": all?}))
}

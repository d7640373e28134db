//! Filters of the Describe operations.

use serde::Deserialize;

use super::super::fault::validation;
use super::super::model::Group;
use super::super::shapes::TagOut;
use crate::core::fault::Fault;

const MAX_FILTERS: usize = 50;

/// One filter: any of its values will do, all filters must hold.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Filter {
    name: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// Refuses names that the operation does not know.
pub(crate) fn check(filters: &[Filter], known: impl Fn(&str) -> bool) -> Result<(), Fault> {
    if filters.len() > MAX_FILTERS {
        return Err(validation("Too many filters."));
    }
    for filter in filters {
        let name = filter.name.as_deref().unwrap_or_default();
        if !known(name) {
            return Err(validation(format!("Filter type {name} is not correct.")));
        }
    }
    Ok(())
}

/// Filters of `DescribeAutoScalingGroups`.
pub(crate) fn is_of_groups(name: &str) -> bool {
    matches!(name, "tag-key" | "tag-value") || name.starts_with("tag:")
}

/// Whether a group passes.
pub(crate) fn group_passes(group: &Group, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let wanted = |value: &String| filter.values.contains(value);
        match filter.name.as_deref().unwrap_or_default() {
            "tag-key" => group.tags.keys().any(wanted),
            "tag-value" => group.tags.values().any(|tag| wanted(&tag.value)),
            name => name
                .strip_prefix("tag:")
                .and_then(|key| group.tags.get(key))
                .is_some_and(|tag| wanted(&tag.value)),
        }
    })
}

/// Filters of `DescribeTags`.
pub(crate) fn is_of_tags(name: &str) -> bool {
    matches!(name, "auto-scaling-group" | "key" | "value" | "propagate-at-launch")
}

/// Whether a tag passes.
pub(crate) fn tag_passes(tag: &TagOut, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| match filter.name.as_deref().unwrap_or_default() {
        "auto-scaling-group" => filter.values.contains(&tag.resource_id),
        "key" => filter.values.contains(&tag.key),
        "value" => filter.values.contains(&tag.value),
        _ => filter.values.contains(&tag.propagate_at_launch.to_string()),
    })
}

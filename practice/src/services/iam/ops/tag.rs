//! Tags of roles, users and instance profiles.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::check::{self, TagIn};
use super::super::fault::{self, no_profile, no_role, no_user};
use super::super::model::{Model, find, find_mut};
use super::super::shapes;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

/// Most keys in one `UntagRole`.
const MAX_KEYS: usize = 50;

fn changed(tags: &mut Tags, keys: &[String]) -> Result<(), Fault> {
    if keys.len() > MAX_KEYS {
        return Err(fault::constraint("", "tagKeys", "Member must have length less than or equal to 50"));
    }
    tags.retain(|key, _| !keys.contains(key));
    Ok(())
}

fn listed(tags: &Tags, marker: Option<&str>, max_items: Option<i64>) -> Result<Value, Fault> {
    let page = check::page(tags.iter(), |(key, _)| (*key).clone(), marker, max_items)?;
    let items: Tags = page.items.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(json!({"Tags": shapes::tags(&items), "IsTruncated": page.next.is_some(), "Marker": page.next}))
}

macro_rules! operations {
    ($noun:ident, $map:ident, $missing:ident, $member:literal) => {
        /// The operations under this noun's names.
        pub(crate) mod $noun {
            use super::{
                Deserialize, Fault, Model, Scope, TagIn, Tags, Value, View, changed, check, find, find_mut,
                listed, $missing,
            };

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct SetIn {
                #[serde(rename = $member)]
                name: String,
                tags: Vec<TagIn>,
            }

            fn tags<'m>(iam: &'m Model, name: &str) -> Result<&'m Tags, Fault> {
                find(&iam.$map, name).map(|one| &one.tags).ok_or_else(|| $missing(name))
            }

            fn tags_mut<'m>(iam: &'m mut Model, name: &str) -> Result<&'m mut Tags, Fault> {
                find_mut(&mut iam.$map, name).map(|one| &mut one.tags).ok_or_else(|| $missing(name))
            }

            pub(crate) fn set(scope: &mut Scope<'_>, input: SetIn) -> Result<(), Fault> {
                let all = check::tags(tags(scope.iam, &input.name)?, input.tags)?;
                *tags_mut(scope.iam, &input.name)? = all;
                Ok(())
            }

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct RemoveIn {
                #[serde(rename = $member)]
                name: String,
                tag_keys: Vec<String>,
            }

            pub(crate) fn remove(scope: &mut Scope<'_>, input: RemoveIn) -> Result<(), Fault> {
                changed(tags_mut(scope.iam, &input.name)?, &input.tag_keys)
            }

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct ListIn {
                #[serde(rename = $member)]
                name: String,
                marker: Option<String>,
                max_items: Option<i64>,
            }

            pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
                listed(tags(view.iam, &input.name)?, input.marker.as_deref(), input.max_items)
            }
        }
    };
}

operations!(role, roles, no_role, "RoleName");
operations!(user, users, no_user, "UserName");
operations!(instance_profile, instance_profiles, no_profile, "InstanceProfileName");

//! Access keys of users.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::super::check;
use super::super::credentials::{self, MAX_KEYS_PER_USER};
use super::super::fault;
use super::user::named_or_caller;
use crate::core::fault::Fault;
use crate::core::time::Iso;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MaybeName {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Key {
    user_name: String,
    access_key_id: String,
    status: &'static str,
    secret_access_key: Option<String>,
    create_date: Iso,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyResult {
    access_key: Key,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: MaybeName) -> Result<KeyResult, Fault> {
    let user = named_or_caller(&scope.view(), input.user_name.as_deref())?.name.clone();
    if scope.iam.access_keys.values().filter(|key| key.user == user).count() >= MAX_KEYS_PER_USER {
        return Err(fault::over_quota("AccessKeysPerUser", MAX_KEYS_PER_USER));
    }
    let key = credentials::issue(scope.iam, &user, scope.now);
    Ok(KeyResult {
        access_key: Key {
            user_name: user,
            access_key_id: key.id,
            status: "Active",
            secret_access_key: Some(key.secret),
            create_date: Iso(scope.now),
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    user_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Keys {
    access_key_metadata: Vec<Key>,
    is_truncated: bool,
    marker: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Keys, Fault> {
    let user = &named_or_caller(view, input.user_name.as_deref())?.name;
    let keys = view.iam.access_keys.iter().filter(|(_, key)| key.user == *user);
    let page = check::page(keys, |(id, _)| (*id).clone(), input.marker.as_deref(), input.max_items)?;
    let shown = page.items.into_iter().map(|(id, key)| Key {
        user_name: key.user.clone(),
        access_key_id: id.clone(),
        status: if key.active { "Active" } else { "Inactive" },
        secret_access_key: None,
        create_date: Iso(key.created_at),
    });
    Ok(Keys { access_key_metadata: shown.collect(), is_truncated: page.next.is_some(), marker: page.next })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateIn {
    user_name: Option<String>,
    access_key_id: String,
    status: String,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: UpdateIn) -> Result<(), Fault> {
    let active = match input.status.as_str() {
        "Active" => true,
        "Inactive" => false,
        other => {
            let wanted = "Member must satisfy enum value set: [Active, Inactive]";
            return Err(fault::constraint(other, "status", wanted));
        }
    };
    let id = owned(scope, input.user_name.as_deref(), &input.access_key_id)?;
    if let Some(key) = scope.iam.access_keys.get_mut(&id) {
        key.active = active;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteIn {
    user_name: Option<String>,
    access_key_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: DeleteIn) -> Result<(), Fault> {
    let id = owned(scope, input.user_name.as_deref(), &input.access_key_id)?;
    scope.iam.access_keys.remove(&id);
    Ok(())
}

/// The id, if it is of a key of that user (the caller when none is named).
fn owned(scope: &Scope<'_>, user: Option<&str>, id: &str) -> Result<String, Fault> {
    let user = named_or_caller(&scope.view(), user)?;
    match scope.iam.access_keys.get(id) {
        Some(key) if key.user == user.name => Ok(id.to_owned()),
        _ => {
            let shown: String = id.chars().take(128).collect();
            Err(fault::no_such_entity(format!("The Access Key with id {shown} cannot be found.")))
        }
    }
}

//! Users.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::super::check::{self, TagIn};
use super::super::model::{Policies, User, find_mut};
use super::super::shapes::{ListIn, UserOut};
use super::super::{credentials, fault};
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Principal, Scope, View};

const MAX_USERS: usize = 5000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    user_name: String,
    path: Option<String>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<TagIn>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UserResult {
    user: UserOut,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<UserResult, Fault> {
    check::name(&input.user_name, "userName", 64)?;
    let path = check::path(input.path)?;
    let tags = check::tags(&Tags::default(), input.tags)?;
    if scope.iam.user(&input.user_name).is_some() {
        return Err(fault::already_exists(format!("User with name {} already exists.", input.user_name)));
    }
    if scope.iam.users.len() >= MAX_USERS {
        return Err(fault::over_quota("UsersPerAccount", MAX_USERS));
    }
    let boundary = super::boundary::checked(scope.iam, input.permissions_boundary)?;
    let name = input.user_name;
    let user = User {
        id: credentials::unique_id(scope.iam, "AIDA"),
        arn: arn("iam", "", scope.account, &format!("user{path}{name}")),
        name: name.clone(),
        path,
        created_at: scope.now,
        policies: Policies::default(),
        boundary,
        tags,
    };
    let result = UserResult { user: UserOut::of(&user) };
    scope.iam.users.insert(name, user);
    Ok(result)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MaybeName {
    user_name: Option<String>,
}

/// The user of that name, or the caller when no name is given.
pub(super) fn named_or_caller<'v>(view: &View<'v>, name: Option<&str>) -> Result<&'v User, Fault> {
    let name = match (name, &view.caller.principal) {
        (Some(name), _) => name,
        (None, Principal::User(name)) => name.as_str(),
        (None, _) => {
            return Err(fault::validation("Must specify userName when calling with non-User credentials"));
        }
    };
    view.iam.user(name).ok_or_else(|| fault::no_user(name))
}

pub(crate) fn get(view: &View<'_>, input: MaybeName) -> Result<UserResult, Fault> {
    if input.user_name.is_none() && view.caller.principal == Principal::Root {
        return Ok(UserResult { user: UserOut::root(view.account, &view.caller.arn) });
    }
    named_or_caller(view, input.user_name.as_deref()).map(|user| UserResult { user: UserOut::of(user) })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Users {
    users: Vec<UserOut>,
    is_truncated: bool,
    marker: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Users, Fault> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let users = view.iam.users.values().filter(|user| user.path.starts_with(prefix));
    let page = check::page(users, |user| user.name.clone(), input.marker.as_deref(), input.max_items)?;
    Ok(Users {
        users: page.items.into_iter().map(UserOut::of).collect(),
        is_truncated: page.next.is_some(),
        marker: page.next,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Name {
    user_name: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Name) -> Result<(), Fault> {
    let user = scope.iam.user(&input.user_name).ok_or_else(|| fault::no_user(&input.user_name))?;
    if !user.policies.attached.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !user.policies.inline.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if scope.iam.access_keys.values().any(|key| key.user == user.name) {
        return Err(fault::delete_conflict("Cannot delete entity, must delete access keys first."));
    }
    let name = user.name.clone();
    scope.iam.users.remove(&name);
    scope.iam.sessions.retain(|_, session| session.principal != Principal::User(name.clone()));
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateIn {
    user_name: String,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

/// Renames or moves a user: its policies and access keys go with it.
pub(crate) fn update(scope: &mut Scope<'_>, input: UpdateIn) -> Result<(), Fault> {
    let user = scope.iam.user(&input.user_name).ok_or_else(|| fault::no_user(&input.user_name))?;
    let old = user.name.clone();
    let name = input.new_user_name.unwrap_or_else(|| old.clone());
    check::name(&name, "newUserName", 64)?;
    let path = check::path(Some(input.new_path.unwrap_or_else(|| user.path.clone())))?;
    if scope.iam.user(&name).is_some_and(|other| other.name != old) {
        return Err(fault::already_exists(format!("User with name {name} already exists.")));
    }
    if let Some(user) = find_mut(&mut scope.iam.users, &old) {
        user.arn = arn("iam", "", scope.account, &format!("user{path}{name}"));
        user.name.clone_from(&name);
        user.path = path;
    }
    if let Some(user) = scope.iam.users.remove(&old) {
        scope.iam.users.insert(name.clone(), user);
    }
    for key in scope.iam.access_keys.values_mut().filter(|key| key.user == old) {
        key.user.clone_from(&name);
    }
    for session in scope.iam.sessions.values_mut().filter(|s| s.principal == Principal::User(old.clone())) {
        session.principal = Principal::User(name.clone());
    }
    Ok(())
}

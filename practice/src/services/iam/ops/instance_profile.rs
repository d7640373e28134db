//! Instance profiles.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::super::check::{self, TagIn};
use super::super::model::{InstanceProfile, find, find_mut};
use super::super::shapes::{ListIn, ProfileOut};
use super::super::{authorize, credentials, fault};
use super::role::modifiable;
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

const MAX_PROFILES: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    instance_profile_name: String,
    path: Option<String>,
    #[serde(default)]
    tags: Vec<TagIn>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProfileResult {
    instance_profile: ProfileOut,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<ProfileResult, Fault> {
    let name = input.instance_profile_name;
    check::name(&name, "instanceProfileName", 128)?;
    let path = check::path(input.path)?;
    let tags = check::tags(&Tags::default(), input.tags)?;
    if find(&scope.iam.instance_profiles, &name).is_some() {
        return Err(fault::already_exists(format!("Instance Profile {name} already exists.")));
    }
    if scope.iam.instance_profiles.len() >= MAX_PROFILES {
        return Err(fault::over_quota("InstanceProfilesPerAccount", MAX_PROFILES));
    }
    let profile = InstanceProfile {
        id: credentials::unique_id(scope.iam, "AIPA"),
        arn: arn("iam", "", scope.account, &format!("instance-profile{path}{name}")),
        name: name.clone(),
        path,
        created_at: scope.now,
        roles: Vec::new(),
        tags,
    };
    let result = ProfileResult { instance_profile: ProfileOut::of(scope.iam, &profile) };
    scope.iam.instance_profiles.insert(name, profile);
    Ok(result)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Name {
    instance_profile_name: String,
}

pub(crate) fn get(view: &View<'_>, input: Name) -> Result<ProfileResult, Fault> {
    let name = &input.instance_profile_name;
    let profile = find(&view.iam.instance_profiles, name).ok_or_else(|| fault::no_profile(name))?;
    Ok(ProfileResult { instance_profile: ProfileOut::of(view.iam, profile) })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Profiles {
    instance_profiles: Vec<ProfileOut>,
    is_truncated: bool,
    marker: Option<String>,
}

fn shown<'m>(
    view: &View<'_>,
    profiles: impl Iterator<Item = &'m InstanceProfile>,
    marker: Option<&str>,
    max_items: Option<i64>,
) -> Result<Profiles, Fault> {
    let page = check::page(profiles, |profile| profile.name.clone(), marker, max_items)?;
    Ok(Profiles {
        instance_profiles: page.items.into_iter().map(|profile| ProfileOut::of(view.iam, profile)).collect(),
        is_truncated: page.next.is_some(),
        marker: page.next,
    })
}

pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Profiles, Fault> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let profiles = view.iam.instance_profiles.values().filter(|profile| profile.path.starts_with(prefix));
    shown(view, profiles, input.marker.as_deref(), input.max_items)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ForRoleIn {
    role_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

pub(crate) fn list_for_role(view: &View<'_>, input: ForRoleIn) -> Result<Profiles, Fault> {
    let role = view.iam.role(&input.role_name).ok_or_else(|| fault::no_role(&input.role_name))?;
    let profiles = view.iam.instance_profiles.values().filter(|profile| profile.roles.contains(&role.name));
    shown(view, profiles, input.marker.as_deref(), input.max_items)
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Name) -> Result<(), Fault> {
    let name = &input.instance_profile_name;
    let profile = find(&scope.iam.instance_profiles, name).ok_or_else(|| fault::no_profile(name))?;
    if !profile.roles.is_empty() {
        return Err(fault::delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first.",
        ));
    }
    let name = profile.name.clone();
    scope.iam.instance_profiles.remove(&name);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleIn {
    instance_profile_name: String,
    role_name: String,
}

/// Puts a role into a profile: who does so hands the role to EC2, which needs iam:PassRole.
pub(crate) fn add_role(scope: &mut Scope<'_>, input: RoleIn) -> Result<(), Fault> {
    let name = &input.instance_profile_name;
    let role = modifiable(scope.iam, &input.role_name)?;
    let profile = find(&scope.iam.instance_profiles, name).ok_or_else(|| fault::no_profile(name))?;
    if !profile.roles.is_empty() {
        return Err(fault::over_quota("InstanceSessionsPerInstanceProfile", 1));
    }
    authorize::pass_role_speaking("iam", &scope.view(), &role.arn, "ec2.amazonaws.com")?;
    let role = role.name.clone();
    if let Some(profile) = find_mut(&mut scope.iam.instance_profiles, name) {
        profile.roles.push(role);
    }
    Ok(())
}

pub(crate) fn remove_role(scope: &mut Scope<'_>, input: RoleIn) -> Result<(), Fault> {
    let name = &input.instance_profile_name;
    let profile = find_mut(&mut scope.iam.instance_profiles, name).ok_or_else(|| fault::no_profile(name))?;
    let count = profile.roles.len();
    profile.roles.retain(|role| !role.eq_ignore_ascii_case(&input.role_name));
    if profile.roles.len() == count { Err(fault::no_role(&input.role_name)) } else { Ok(()) }
}

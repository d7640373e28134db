//! Roles.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::super::check::{self, TagIn};
use super::super::model::{Model, Policies, Role, find_mut};
use super::super::policy::document::{Document, Kind};
use super::super::shapes::{ListIn, RoleOut};
use super::super::{credentials, fault};
use crate::core::arn::{Arn, arn};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Principal, Scope, View};

const MAX_ROLES: usize = 1000;
/// Characters of a trust policy, white space left out.
const MAX_TRUST: usize = 2048;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<TagIn>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleResult {
    pub(super) role: RoleOut,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<RoleResult, Fault> {
    check::name(&input.role_name, "roleName", 64)?;
    let path = check::path(input.path)?;
    check::description(input.description.as_deref())?;
    let max_session = session_length(input.max_session_duration)?;
    let tags = check::tags(&Tags::default(), input.tags)?;
    if path.starts_with("/aws-service-role/") {
        return Err(fault::validation(
            "The specified value for path is invalid: /aws-service-role/ is reserved for service linked roles.",
        ));
    }
    if scope.iam.role(&input.role_name).is_some() {
        return Err(fault::already_exists(format!("Role with name {} already exists.", input.role_name)));
    }
    trust(scope.iam, &input.assume_role_policy_document, "assumeRolePolicyDocument")?;
    if scope.iam.roles.len() >= MAX_ROLES {
        return Err(fault::over_quota("RolesPerAccount", MAX_ROLES));
    }
    let boundary = super::boundary::checked(scope.iam, input.permissions_boundary)?;
    let name = input.role_name;
    let role = Role {
        id: credentials::unique_id(scope.iam, "AROA"),
        arn: arn("iam", "", scope.account, &format!("role{path}{name}")),
        name: name.clone(),
        path,
        trust: input.assume_role_policy_document,
        description: input.description.filter(|text| !text.is_empty()),
        max_session,
        created_at: scope.now,
        policies: Policies::default(),
        boundary,
        tags,
    };
    let result = RoleResult { role: RoleOut::whole(&role) };
    scope.iam.roles.insert(name, role);
    Ok(result)
}

fn session_length(asked: Option<i64>) -> Result<u32, Fault> {
    let asked = asked.unwrap_or(3600);
    if let Ok(seconds @ 3600..=43_200) = u32::try_from(asked) {
        return Ok(seconds);
    }
    let wanted = if asked < 3600 {
        "Member must have value greater than or equal to 3600"
    } else {
        "Member must have value less than or equal to 43200"
    };
    Err(fault::constraint(&asked.to_string(), "maxSessionDuration", wanted))
}

/// Checks a trust policy: its form, its length, and that principals of this account exist.
fn trust(iam: &Model, text: &str, member: &str) -> Result<Document, Fault> {
    let document = check::document(text, member, Kind::Trust)?;
    if check::weight(text) > MAX_TRUST {
        return Err(fault::over_quota("ACLSizePerRole", MAX_TRUST));
    }
    let named = document.statements.iter().filter_map(|statement| statement.principals.as_ref());
    for one in named.flat_map(|principals| &principals.aws) {
        let known = match Arn::parse(one) {
            Some(parsed) if parsed.service == "iam" && parsed.account == iam.account => {
                let last = parsed.resource.rsplit('/').next().unwrap_or_default();
                parsed.resource == "root"
                    || iam.role(last).is_some_and(|role| role.arn == *one)
                    || iam.user(last).is_some_and(|user| user.arn == *one)
            }
            _ => true,
        };
        if !known {
            return Err(fault::malformed_policy(format!("Invalid principal in policy: \"AWS\":\"{one}\"")));
        }
    }
    Ok(document)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Name {
    role_name: String,
}

pub(crate) fn get(view: &View<'_>, input: Name) -> Result<RoleResult, Fault> {
    let role = view.iam.role(&input.role_name).ok_or_else(|| fault::no_role(&input.role_name))?;
    Ok(RoleResult { role: RoleOut::whole(role) })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Roles {
    roles: Vec<RoleOut>,
    is_truncated: bool,
    marker: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Roles, Fault> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let roles = view.iam.roles.values().filter(|role| role.path.starts_with(prefix));
    let page = check::page(roles, |role| role.name.clone(), input.marker.as_deref(), input.max_items)?;
    Ok(Roles {
        roles: page.items.into_iter().map(RoleOut::brief).collect(),
        is_truncated: page.next.is_some(),
        marker: page.next,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TrustIn {
    role_name: String,
    policy_document: String,
}

pub(crate) fn update_trust(scope: &mut Scope<'_>, input: TrustIn) -> Result<(), Fault> {
    modifiable(scope.iam, &input.role_name)?;
    trust(scope.iam, &input.policy_document, "policyDocument")?;
    if let Some(role) = find_mut(&mut scope.iam.roles, &input.role_name) {
        role.trust = input.policy_document;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateIn {
    role_name: String,
    description: Option<String>,
    max_session_duration: Option<i64>,
}

pub(crate) fn update(scope: &mut Scope<'_>, input: UpdateIn) -> Result<(), Fault> {
    modifiable(scope.iam, &input.role_name)?;
    check::description(input.description.as_deref())?;
    let max_session = input.max_session_duration.map(|asked| session_length(Some(asked))).transpose()?;
    if let Some(role) = find_mut(&mut scope.iam.roles, &input.role_name) {
        if let Some(text) = input.description {
            role.description = Some(text).filter(|text| !text.is_empty());
        }
        role.max_session = max_session.unwrap_or(role.max_session);
    }
    Ok(())
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Name) -> Result<(), Fault> {
    let role = modifiable(scope.iam, &input.role_name)?;
    if !role.policies.attached.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !role.policies.inline.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if scope.iam.instance_profiles.values().any(|profile| profile.roles.contains(&role.name)) {
        return Err(fault::delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first.",
        ));
    }
    let name = role.name.clone();
    scope.iam.roles.remove(&name);
    scope.iam.sessions.retain(|_, session| session.principal != Principal::Role(name.clone()));
    Ok(())
}

/// The role, unless it is one that only AWS may change.
pub(super) fn modifiable<'m>(iam: &'m Model, name: &str) -> Result<&'m Role, Fault> {
    let role = iam.role(name).ok_or_else(|| fault::no_role(name))?;
    if role.path.starts_with("/aws-service-role/") {
        return Err(fault::protected_role(&role.name));
    }
    Ok(role)
}

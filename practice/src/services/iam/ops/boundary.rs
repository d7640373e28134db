//! Permissions boundaries of users and roles: what their policies can give at most.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::Deserialize;

use super::super::model::{Model, find_mut};
use super::super::{catalogue, check, fault};
use super::role::modifiable;
use crate::core::fault::Fault;
use crate::world::Scope;

/// Checks that a managed policy can be a boundary, and gives its ARN back.
pub(super) fn checked(iam: &Model, arn: Option<String>) -> Result<Option<String>, Fault> {
    let Some(arn) = arn else { return Ok(None) };
    check::policy_arn(&arn)?;
    if catalogue::find(&arn).is_none() && !iam.policies.contains_key(&arn) {
        return Err(fault::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")));
    }
    Ok(Some(arn))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfUser {
    user_name: String,
    permissions_boundary: Option<String>,
}

/// Sets a user's boundary, or takes it away when none is given.
fn set_user(scope: &mut Scope<'_>, name: &str, arn: Option<String>) -> Result<(), Fault> {
    let user = find_mut(&mut scope.iam.users, name).ok_or_else(|| fault::no_user(name))?;
    user.boundary = arn;
    Ok(())
}

pub(crate) fn put_user(scope: &mut Scope<'_>, input: OfUser) -> Result<(), Fault> {
    let arn = checked(scope.iam, Some(input.permissions_boundary.unwrap_or_default()))?;
    set_user(scope, &input.user_name, arn)
}

pub(crate) fn delete_user(scope: &mut Scope<'_>, input: OfUser) -> Result<(), Fault> {
    set_user(scope, &input.user_name, None)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfRole {
    role_name: String,
    permissions_boundary: Option<String>,
}

fn set_role(scope: &mut Scope<'_>, name: &str, arn: Option<String>) -> Result<(), Fault> {
    modifiable(scope.iam, name)?;
    if let Some(role) = find_mut(&mut scope.iam.roles, name) {
        role.boundary = arn;
    }
    Ok(())
}

pub(crate) fn put_role(scope: &mut Scope<'_>, input: OfRole) -> Result<(), Fault> {
    let arn = checked(scope.iam, Some(input.permissions_boundary.unwrap_or_default()))?;
    set_role(scope, &input.role_name, arn)
}

pub(crate) fn delete_role(scope: &mut Scope<'_>, input: OfRole) -> Result<(), Fault> {
    set_role(scope, &input.role_name, None)
}

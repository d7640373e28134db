//! AWS Identity and Access Management: users, roles, policies, instance profiles, and the decision whether a call
//! is allowed. Not in it: groups, passwords and devices, identity providers.

use crate::operation::{Operation, Service, never, nothing, read, write};
use crate::wire::Protocol;

mod about;
mod about_table;
pub mod access;
mod actions;
pub mod authorize;
mod catalogue;
mod check;
pub mod credentials;
mod fault;
pub mod model;
mod ops;
pub mod policy;
mod resource;
mod shapes;
mod tags;
#[cfg(test)]
mod tests;

pub use access::{RoleDenied, role_allows, service_may_assume};
pub use authorize::{authorize, pass_role};
pub use ops::service_linked::ensure as ensure_service_linked_role;

use ops::{
    access_key, boundary, instance_profile, managed_policy, policy_version, principal_policy, role,
    service_linked, simulate, tag, user,
};

const PROTOCOL: Protocol = Protocol::Query { namespace: "https://iam.amazonaws.com/doc/2010-05-08/" };

/// The operation table.
pub fn service() -> Service {
    let operations = [users(), roles(), policies(), profiles()].into_iter().flatten().collect();
    Service {
        name: "iam",
        protocol: PROTOCOL,
        operations,
        next_due: never,
        reconcile: nothing,
        resources: &resource::ALL,
    }
}

fn users() -> Vec<Operation> {
    vec![
        write(PROTOCOL, "CreateUser", user::create),
        read(PROTOCOL, "GetUser", user::get),
        read(PROTOCOL, "ListUsers", user::list),
        write(PROTOCOL, "UpdateUser", user::update),
        write(PROTOCOL, "DeleteUser", user::delete),
        write(PROTOCOL, "CreateAccessKey", access_key::create),
        read(PROTOCOL, "ListAccessKeys", access_key::list),
        write(PROTOCOL, "UpdateAccessKey", access_key::update),
        write(PROTOCOL, "DeleteAccessKey", access_key::delete),
        write(PROTOCOL, "PutUserPolicy", principal_policy::user::put),
        read(PROTOCOL, "GetUserPolicy", principal_policy::user::get),
        read(PROTOCOL, "ListUserPolicies", principal_policy::user::list),
        write(PROTOCOL, "DeleteUserPolicy", principal_policy::user::delete),
        write(PROTOCOL, "AttachUserPolicy", principal_policy::user::attach),
        write(PROTOCOL, "DetachUserPolicy", principal_policy::user::detach),
        read(PROTOCOL, "ListAttachedUserPolicies", principal_policy::user::list_attached),
        write(PROTOCOL, "PutUserPermissionsBoundary", boundary::put_user),
        write(PROTOCOL, "DeleteUserPermissionsBoundary", boundary::delete_user),
        write(PROTOCOL, "TagUser", tag::user::set),
        write(PROTOCOL, "UntagUser", tag::user::remove),
        read(PROTOCOL, "ListUserTags", tag::user::list),
    ]
}

fn roles() -> Vec<Operation> {
    vec![
        write(PROTOCOL, "CreateRole", role::create),
        read(PROTOCOL, "GetRole", role::get),
        read(PROTOCOL, "ListRoles", role::list),
        write(PROTOCOL, "UpdateRole", role::update),
        write(PROTOCOL, "UpdateAssumeRolePolicy", role::update_trust),
        write(PROTOCOL, "DeleteRole", role::delete),
        write(PROTOCOL, "PutRolePolicy", principal_policy::role::put),
        read(PROTOCOL, "GetRolePolicy", principal_policy::role::get),
        read(PROTOCOL, "ListRolePolicies", principal_policy::role::list),
        write(PROTOCOL, "DeleteRolePolicy", principal_policy::role::delete),
        write(PROTOCOL, "AttachRolePolicy", principal_policy::role::attach),
        write(PROTOCOL, "DetachRolePolicy", principal_policy::role::detach),
        read(PROTOCOL, "ListAttachedRolePolicies", principal_policy::role::list_attached),
        write(PROTOCOL, "PutRolePermissionsBoundary", boundary::put_role),
        write(PROTOCOL, "DeleteRolePermissionsBoundary", boundary::delete_role),
        write(PROTOCOL, "TagRole", tag::role::set),
        write(PROTOCOL, "UntagRole", tag::role::remove),
        read(PROTOCOL, "ListRoleTags", tag::role::list),
        write(PROTOCOL, "CreateServiceLinkedRole", service_linked::create),
        write(PROTOCOL, "DeleteServiceLinkedRole", service_linked::delete),
        read(PROTOCOL, "GetServiceLinkedRoleDeletionStatus", service_linked::deletion_status),
    ]
}

fn policies() -> Vec<Operation> {
    vec![
        write(PROTOCOL, "CreatePolicy", managed_policy::create),
        read(PROTOCOL, "GetPolicy", managed_policy::get),
        read(PROTOCOL, "ListPolicies", managed_policy::list),
        write(PROTOCOL, "DeletePolicy", managed_policy::delete),
        read(PROTOCOL, "ListEntitiesForPolicy", managed_policy::list_entities),
        write(PROTOCOL, "CreatePolicyVersion", policy_version::create),
        read(PROTOCOL, "GetPolicyVersion", policy_version::get),
        read(PROTOCOL, "ListPolicyVersions", policy_version::list),
        write(PROTOCOL, "DeletePolicyVersion", policy_version::delete),
        write(PROTOCOL, "SetDefaultPolicyVersion", policy_version::set_default),
        read(PROTOCOL, "SimulatePrincipalPolicy", simulate::simulate),
    ]
}

fn profiles() -> Vec<Operation> {
    vec![
        write(PROTOCOL, "CreateInstanceProfile", instance_profile::create),
        read(PROTOCOL, "GetInstanceProfile", instance_profile::get),
        read(PROTOCOL, "ListInstanceProfiles", instance_profile::list),
        read(PROTOCOL, "ListInstanceProfilesForRole", instance_profile::list_for_role),
        write(PROTOCOL, "DeleteInstanceProfile", instance_profile::delete),
        write(PROTOCOL, "AddRoleToInstanceProfile", instance_profile::add_role),
        write(PROTOCOL, "RemoveRoleFromInstanceProfile", instance_profile::remove_role),
        write(PROTOCOL, "TagInstanceProfile", tag::instance_profile::set),
        write(PROTOCOL, "UntagInstanceProfile", tag::instance_profile::remove),
        read(PROTOCOL, "ListInstanceProfileTags", tag::instance_profile::list),
    ]
}

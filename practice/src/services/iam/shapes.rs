//! What IAM answers: the structures of its API Reference, from the model.

use serde::{Deserialize, Serialize};

use super::catalogue::AwsPolicy;
use super::check;
use super::model::{InstanceProfile, ManagedPolicy, Model, Policies, Role, User};
use crate::core::tag::Tags;
use crate::core::time::Iso;

/// Input of the plain lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListIn {
    pub(super) path_prefix: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagOut {
    key: String,
    value: String,
}

pub(super) fn tags(tags: &Tags) -> Vec<TagOut> {
    tags.iter().map(|(key, value)| TagOut { key: key.clone(), value: value.clone() }).collect()
}

fn some_tags(all: &Tags) -> Option<Vec<TagOut>> {
    (!all.is_empty()).then(|| tags(all))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserOut {
    path: String,
    user_name: Option<String>,
    user_id: String,
    arn: String,
    create_date: Iso,
    permissions_boundary: Option<BoundaryOut>,
    tags: Option<Vec<TagOut>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BoundaryOut {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

impl BoundaryOut {
    fn of(arn: Option<&String>) -> Option<Self> {
        Some(Self { permissions_boundary_type: "Policy", permissions_boundary_arn: arn?.clone() })
    }
}

impl UserOut {
    pub(super) fn of(user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: Some(user.name.clone()),
            user_id: user.id.clone(),
            arn: user.arn.clone(),
            create_date: Iso(user.created_at),
            permissions_boundary: BoundaryOut::of(user.boundary.as_ref()),
            tags: some_tags(&user.tags),
        }
    }

    /// The account's root as `GetUser` shows it: without a name.
    pub(super) fn root(account: &str, arn: &str) -> Self {
        Self {
            path: "/".to_owned(),
            user_name: None,
            user_id: account.to_owned(),
            arn: arn.to_owned(),
            create_date: Iso(crate::core::time::Time(0)),
            permissions_boundary: None,
            tags: None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleOut {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Iso,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: u32,
    permissions_boundary: Option<BoundaryOut>,
    tags: Option<Vec<TagOut>>,
    role_last_used: Option<Empty>,
}

impl RoleOut {
    /// As lists show it.
    pub(super) fn brief(role: &Role) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn.clone(),
            create_date: Iso(role.created_at),
            assume_role_policy_document: check::encoded(&role.trust),
            description: role.description.clone(),
            max_session_duration: role.max_session,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }

    /// As `GetRole` shows it.
    pub(super) fn whole(role: &Role) -> Self {
        Self {
            permissions_boundary: BoundaryOut::of(role.boundary.as_ref()),
            tags: some_tags(&role.tags),
            role_last_used: Some(Empty {}),
            ..Self::brief(role)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileOut {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: Iso,
    roles: Vec<RoleOut>,
    tags: Option<Vec<TagOut>>,
}

impl ProfileOut {
    pub(super) fn of(iam: &Model, profile: &InstanceProfile) -> Self {
        Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn.clone(),
            create_date: Iso(profile.created_at),
            roles: profile.roles.iter().filter_map(|name| iam.role(name)).map(RoleOut::brief).collect(),
            tags: some_tags(&profile.tags),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyOut {
    policy_name: String,
    policy_id: String,
    pub(super) arn: String,
    path: String,
    default_version_id: String,
    pub(super) attachment_count: usize,
    permissions_boundary_usage_count: u32,
    is_attachable: bool,
    description: Option<String>,
    create_date: Iso,
    update_date: Iso,
    tags: Option<Vec<TagOut>>,
}

impl PolicyOut {
    pub(super) fn own(iam: &Model, policy: &ManagedPolicy) -> Self {
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            arn: policy.arn.clone(),
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count: attachments(iam, &policy.arn),
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: policy.description.clone(),
            create_date: Iso(policy.created_at),
            update_date: Iso(policy.updated_at),
            tags: some_tags(&policy.tags),
        }
    }

    pub(super) fn aws(iam: &Model, policy: &AwsPolicy) -> Self {
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            arn: policy.arn.clone(),
            path: policy.path.clone(),
            default_version_id: policy.version.clone(),
            attachment_count: attachments(iam, &policy.arn),
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: Some(policy.description.clone()),
            create_date: Iso(policy.created_at),
            update_date: Iso(policy.updated_at),
            tags: None,
        }
    }

    /// As lists show it.
    pub(super) fn brief(self) -> Self {
        Self { description: None, tags: None, ..self }
    }
}

/// How many users and roles a managed policy is attached to.
pub(super) fn attachments(iam: &Model, arn: &str) -> usize {
    let has = |policies: &Policies| policies.attached.iter().any(|attached| attached == arn);
    iam.users.values().filter(|user| has(&user.policies)).count()
        + iam.roles.values().filter(|role| has(&role.policies)).count()
}

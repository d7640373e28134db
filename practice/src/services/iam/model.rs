//! What IAM holds. Everything is keyed by its name as first written; names differ by more than their case.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::core::id::IdSource;
use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::Principal;

/// The account's IAM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Twelve digits.
    pub account: String,
    /// Where IAM's ids come from.
    pub ids: IdSource,
    /// What secret access keys and session tokens are derived from. They are not stored themselves.
    pub(super) secret: Secret<u64>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Access keys of users by key id.
    pub access_keys: BTreeMap<String, KeyEntry>,
    /// Roles by name, service linked ones too.
    pub roles: BTreeMap<String, Role>,
    /// Customer managed policies by ARN. AWS's own are in [`super::catalogue`].
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// Instance profiles by name.
    pub instance_profiles: BTreeMap<String, InstanceProfile>,
    /// Groups of users by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Group>,
    /// Temporary credentials by key id. Expired ones go when the next are issued.
    pub sessions: BTreeMap<String, Session>,
}

/// Policies that decide what a user or role may do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Policies {
    /// Inline documents by policy name, as they were given.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies, in the order they were attached.
    pub attached: Vec<String>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AIDA...`
    pub id: String,
    /// ARN with the path.
    pub arn: String,
    /// When.
    pub created_at: Time,
    /// What it may do.
    pub policies: Policies,
    /// ARN of the managed policy that is its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AGPA...`
    pub id: String,
    /// ARN with the path.
    pub arn: String,
    /// When.
    pub created_at: Time,
    /// What its users may do.
    pub policies: Policies,
    /// Names of its users.
    pub users: BTreeSet<String>,
}

/// A user's access key. Its secret is derived from its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// Whose.
    pub user: String,
    /// Or `Inactive`.
    pub active: bool,
    /// When.
    pub created_at: Time,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AROA...`
    pub id: String,
    /// ARN with the path.
    pub arn: String,
    /// Who may assume it: a policy document as it was given.
    pub trust: String,
    /// Free text.
    pub description: Option<String>,
    /// Seconds, 3600 to 43200.
    pub max_session: u32,
    /// When.
    pub created_at: Time,
    /// What it may do.
    pub policies: Policies,
    /// ARN of the managed policy that is its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `ANPA...`
    pub id: String,
    /// ARN with the path.
    pub arn: String,
    /// Free text.
    pub description: Option<String>,
    /// When.
    pub created_at: Time,
    /// When its default version last changed.
    pub updated_at: Time,
    /// Documents by version number; at most five.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version in force; always one of `versions`.
    pub default_version: u32,
    /// The number of the next version.
    pub next_version: u32,
    /// Tags.
    pub tags: Tags,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document as it was given.
    pub document: String,
    /// When.
    pub created_at: Time,
}

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AIPA...`
    pub id: String,
    /// ARN with the path.
    pub arn: String,
    /// When.
    pub created_at: Time,
    /// Names of its roles; at most one.
    pub roles: Vec<String>,
    /// Tags.
    pub tags: Tags,
}

/// Temporary credentials that STS issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Who they act as.
    pub principal: Principal,
    /// Session name; empty for a user's own session.
    pub name: String,
    /// From this moment on they are refused.
    pub expires_at: Time,
    /// Session policies: they allow nothing by themselves, and what they do not allow is denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Policies>,
}

impl Model {
    /// An account with nothing but its root.
    pub fn new(account: &str, seed: u64) -> Self {
        Self {
            account: account.to_owned(),
            ids: IdSource::new(seed, "iam"),
            secret: Secret(IdSource::new(seed, "iam secrets").bits()),
            users: BTreeMap::new(),
            access_keys: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            instance_profiles: BTreeMap::new(),
            groups: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// The role of that name, in any case of letters as IAM has it.
    pub fn role(&self, name: &str) -> Option<&Role> {
        find(&self.roles, name)
    }

    /// The role with that ARN.
    pub fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        self.role(arn.rsplit('/').next()?).filter(|role| role.arn == arn)
    }

    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&User> {
        find(&self.users, name)
    }

    /// Whether there is a managed policy with that ARN, AWS's or the account's own.
    pub fn has_policy(&self, arn: &str) -> bool {
        super::catalogue::find(arn).is_some() || self.policies.contains_key(arn)
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        find(&self.groups, name)
    }

    /// The instance profile of that name or ARN.
    pub fn instance_profile(&self, name_or_arn: &str) -> Option<&InstanceProfile> {
        if name_or_arn.starts_with("arn:") {
            let profile = find(&self.instance_profiles, name_or_arn.rsplit('/').next()?)?;
            return Some(profile).filter(|profile| profile.arn == name_or_arn);
        }
        find(&self.instance_profiles, name_or_arn)
    }

    /// The role that instances with this profile (name or ARN) act as.
    pub fn profile_role(&self, name_or_arn: &str) -> Option<&Role> {
        self.role(self.instance_profile(name_or_arn)?.roles.first()?)
    }
}

/// By exact name first, then without regard to case.
pub(super) fn find<'m, T>(things: &'m BTreeMap<String, T>, name: &str) -> Option<&'m T> {
    things.get(name).or_else(|| {
        let same = |(key, _): &(&String, &T)| key.eq_ignore_ascii_case(name);
        things.iter().find(same).map(|(_, thing)| thing)
    })
}

/// The same, to change.
pub(super) fn find_mut<'m, T>(things: &'m mut BTreeMap<String, T>, name: &str) -> Option<&'m mut T> {
    things.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, thing)| thing)
}

//! The policies of a role or a user: inline and attached. Both nouns have the same operations under their own names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::catalogue;
use super::super::check;
use super::super::fault;
use super::super::model::{Model, Policies, find_mut};
use super::super::policy::document::Kind as Document;
use super::role::modifiable;
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// Managed policies attached to one user or role.
const MAX_ATTACHED: usize = 10;

/// Whose policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Role,
    User,
}

impl Of {
    fn member(self) -> &'static str {
        match self {
            Self::Role => "RoleName",
            Self::User => "UserName",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }

    /// Characters of all inline policies together, white space left out.
    fn room(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
        }
    }

    fn see<'m>(self, iam: &'m Model, name: &str) -> Result<(String, &'m Policies), Fault> {
        match self {
            Self::Role => iam
                .role(name)
                .map(|role| (role.name.clone(), &role.policies))
                .ok_or_else(|| fault::no_role(name)),
            Self::User => iam
                .user(name)
                .map(|user| (user.name.clone(), &user.policies))
                .ok_or_else(|| fault::no_user(name)),
        }
    }

    fn change<'m>(self, iam: &'m mut Model, name: &str) -> Result<&'m mut Policies, Fault> {
        match self {
            Self::Role => {
                modifiable(iam, name)?;
                find_mut(&mut iam.roles, name)
                    .map(|role| &mut role.policies)
                    .ok_or_else(|| fault::no_role(name))
            }
            Self::User => find_mut(&mut iam.users, name)
                .map(|user| &mut user.policies)
                .ok_or_else(|| fault::no_user(name)),
        }
    }

    fn no_inline(self, name: &str) -> Fault {
        fault::no_such_entity(format!("The {} policy with name {name} cannot be found.", self.word()))
    }
}

fn put(scope: &mut Scope<'_>, of: Of, name: &str, policy: String, document: String) -> Result<(), Fault> {
    check::name(&policy, "policyName", 128)?;
    check::document(&document, "policyDocument", Document::Identity)?;
    let policies = of.change(scope.iam, name)?;
    let others = policies.inline.iter().filter(|(other, _)| **other != policy);
    let weight: usize = others.map(|(_, text)| check::weight(text)).sum();
    if weight + check::weight(&document) > of.room() {
        let (room, word) = (of.room(), of.word());
        return Err(fault::limit_exceeded(format!(
            "Maximum policy size of {room} bytes exceeded for {word} {name}"
        )));
    }
    policies.inline.insert(policy, document);
    Ok(())
}

fn get(view: &View<'_>, of: Of, name: &str, policy: &str) -> Result<Value, Fault> {
    let (name, policies) = of.see(view.iam, name)?;
    let text = policies.inline.get(policy).ok_or_else(|| of.no_inline(policy))?;
    Ok(json!({of.member(): name, "PolicyName": policy, "PolicyDocument": check::encoded(text)}))
}

fn delete(scope: &mut Scope<'_>, of: Of, name: &str, policy: &str) -> Result<(), Fault> {
    let removed = of.change(scope.iam, name)?.inline.remove(policy);
    removed.map(|_| ()).ok_or_else(|| of.no_inline(policy))
}

fn list(view: &View<'_>, of: Of, name: &str, marker: Option<&str>, max: Option<i64>) -> Result<Value, Fault> {
    let (_, policies) = of.see(view.iam, name)?;
    let page = check::page(policies.inline.keys(), |name| (*name).clone(), marker, max)?;
    Ok(json!({"PolicyNames": page.items, "IsTruncated": page.next.is_some(), "Marker": page.next}))
}

fn attach(scope: &mut Scope<'_>, of: Of, name: &str, arn: String) -> Result<(), Fault> {
    check::policy_arn(&arn)?;
    if catalogue::find(&arn).is_none() && !scope.iam.policies.contains_key(&arn) {
        of.see(scope.iam, name)?;
        return Err(fault::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")));
    }
    if arn.contains(":policy/aws-service-role/") {
        let message = format!("Cannot attach a Service Role Policy to a Customer {}.", of.word());
        return Err(Fault::new("PolicyNotAttachable", message));
    }
    let policies = of.change(scope.iam, name)?;
    if policies.attached.contains(&arn) {
        return Ok(());
    }
    if policies.attached.len() >= MAX_ATTACHED {
        let quota = if of == Of::Role { "PoliciesPerRole" } else { "PoliciesPerUser" };
        return Err(fault::over_quota(quota, MAX_ATTACHED));
    }
    policies.attached.push(arn);
    Ok(())
}

fn detach(scope: &mut Scope<'_>, of: Of, name: &str, arn: &str) -> Result<(), Fault> {
    check::policy_arn(arn)?;
    let policies = of.change(scope.iam, name)?;
    let count = policies.attached.len();
    policies.attached.retain(|attached| attached != arn);
    if policies.attached.len() == count { Err(fault::no_policy(arn)) } else { Ok(()) }
}

fn list_attached(
    view: &View<'_>,
    of: Of,
    name: &str,
    path_prefix: Option<&str>,
    marker: Option<&str>,
    max: Option<i64>,
) -> Result<Value, Fault> {
    let (_, policies) = of.see(view.iam, name)?;
    let prefix = path_prefix.unwrap_or("/");
    let mut arns: Vec<&String> = policies
        .attached
        .iter()
        .filter(|arn| arn.split_once(":policy").is_some_and(|(_, path)| path.starts_with(prefix)))
        .collect();
    arns.sort();
    let page = check::page(arns, |arn| (*arn).clone(), marker, max)?;
    let shown = |arn: &&String| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn});
    let attached: Vec<Value> = page.items.iter().map(shown).collect();
    Ok(json!({"AttachedPolicies": attached, "IsTruncated": page.next.is_some(), "Marker": page.next}))
}

macro_rules! operations {
    ($noun:ident, $of:expr, $member:literal) => {
        /// The operations under this noun's names.
        pub(crate) mod $noun {
            use super::{Deserialize, Fault, Of, Scope, Value, View};

            const OF: Of = $of;

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct PutIn {
                #[serde(rename = $member)]
                name: String,
                policy_name: String,
                policy_document: String,
            }

            pub(crate) fn put(scope: &mut Scope<'_>, input: PutIn) -> Result<(), Fault> {
                super::put(scope, OF, &input.name, input.policy_name, input.policy_document)
            }

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct OneIn {
                #[serde(rename = $member)]
                name: String,
                policy_name: String,
            }

            pub(crate) fn get(view: &View<'_>, input: OneIn) -> Result<Value, Fault> {
                super::get(view, OF, &input.name, &input.policy_name)
            }

            pub(crate) fn delete(scope: &mut Scope<'_>, input: OneIn) -> Result<(), Fault> {
                super::delete(scope, OF, &input.name, &input.policy_name)
            }

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct ListIn {
                #[serde(rename = $member)]
                name: String,
                path_prefix: Option<String>,
                marker: Option<String>,
                max_items: Option<i64>,
            }

            pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
                super::list(view, OF, &input.name, input.marker.as_deref(), input.max_items)
            }

            pub(crate) fn list_attached(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
                let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
                super::list_attached(view, OF, &input.name, prefix, marker, input.max_items)
            }

            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(crate) struct AttachIn {
                #[serde(rename = $member)]
                name: String,
                policy_arn: String,
            }

            pub(crate) fn attach(scope: &mut Scope<'_>, input: AttachIn) -> Result<(), Fault> {
                super::attach(scope, OF, &input.name, input.policy_arn)
            }

            pub(crate) fn detach(scope: &mut Scope<'_>, input: AttachIn) -> Result<(), Fault> {
                super::detach(scope, OF, &input.name, &input.policy_arn)
            }
        }
    };
}

operations!(role, Of::Role, "RoleName");
operations!(user, Of::User, "UserName");

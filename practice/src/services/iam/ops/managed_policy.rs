//! Managed policies: the account's own, and AWS's from the catalogue.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::check::{self, TagIn};
use super::super::model::{ManagedPolicy, PolicyVersion};
use super::super::policy::document::Kind;
use super::super::shapes::{PolicyOut, attachments};
use super::super::{catalogue, credentials, fault};
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

const MAX_POLICIES: usize = 1500;
/// Characters of a document, white space left out.
const MAX_DOCUMENT: usize = 6144;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateIn {
    policy_name: String,
    path: Option<String>,
    policy_document: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<TagIn>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyResult {
    policy: PolicyOut,
}

/// A document that fits a managed policy.
pub(super) fn document(text: &str) -> Result<(), Fault> {
    check::document(text, "policyDocument", Kind::Identity)?;
    if check::weight(text) > MAX_DOCUMENT {
        return Err(fault::over_quota("PolicySize", MAX_DOCUMENT));
    }
    Ok(())
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<PolicyResult, Fault> {
    check::name(&input.policy_name, "policyName", 128)?;
    let path = check::path(input.path)?;
    check::description(input.description.as_deref())?;
    let tags = check::tags(&Tags::default(), input.tags)?;
    document(&input.policy_document)?;
    let name = input.policy_name;
    if scope.iam.policies.values().any(|policy| policy.name.eq_ignore_ascii_case(&name)) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(fault::already_exists(message));
    }
    if scope.iam.policies.len() >= MAX_POLICIES {
        return Err(fault::over_quota("PoliciesPerAccount", MAX_POLICIES));
    }
    let version = PolicyVersion { document: input.policy_document, created_at: scope.now };
    let policy = ManagedPolicy {
        id: credentials::unique_id(scope.iam, "ANPA"),
        arn: arn("iam", "", scope.account, &format!("policy{path}{name}")),
        name,
        path,
        description: input.description.filter(|text| !text.is_empty()),
        created_at: scope.now,
        updated_at: scope.now,
        versions: BTreeMap::from([(1, version)]),
        default_version: 1,
        next_version: 2,
        tags,
    };
    let result = PolicyResult { policy: PolicyOut::own(scope.iam, &policy).brief() };
    scope.iam.policies.insert(policy.arn.clone(), policy);
    Ok(result)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ArnIn {
    policy_arn: String,
}

pub(crate) fn get(view: &View<'_>, input: ArnIn) -> Result<PolicyResult, Fault> {
    check::policy_arn(&input.policy_arn)?;
    if let Some(policy) = catalogue::find(&input.policy_arn) {
        return Ok(PolicyResult { policy: PolicyOut::aws(view.iam, policy) });
    }
    let policy =
        view.iam.policies.get(&input.policy_arn).ok_or_else(|| fault::no_policy(&input.policy_arn))?;
    Ok(PolicyResult { policy: PolicyOut::own(view.iam, policy) })
}

/// The account's own policy; AWS's own may not be changed.
pub(super) fn own<'m>(scope: &'m Scope<'_>, arn: &str) -> Result<&'m ManagedPolicy, Fault> {
    check::policy_arn(arn)?;
    if catalogue::find(arn).is_some() {
        let message = format!("Policy {arn} is an AWS managed policy and cannot be changed.");
        return Err(Fault::new("AccessDenied", message).with_status(403));
    }
    scope.iam.policies.get(arn).ok_or_else(|| fault::no_policy(arn))
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: ArnIn) -> Result<(), Fault> {
    let policy = own(scope, &input.policy_arn)?;
    if attachments(scope.iam, &policy.arn) > 0 {
        return Err(fault::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(fault::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's \
             versions. The default version is deleted with the policy.",
        ));
    }
    scope.iam.policies.remove(&input.policy_arn);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct Policies {
    policies: Vec<PolicyOut>,
    is_truncated: bool,
    marker: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Policies, Fault> {
    let (aws, own) = match input.scope.as_deref() {
        None | Some("All") => (true, true),
        Some("AWS") => (true, false),
        Some("Local") => (false, true),
        Some(other) => {
            let wanted = "Member must satisfy enum value set: [AWS, Local, All]";
            return Err(fault::constraint(other, "scope", wanted));
        }
    };
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let local = view.iam.policies.values().filter(|policy| own && policy.path.starts_with(prefix));
    let theirs = catalogue::all().filter(|policy| aws && policy.path.starts_with(prefix));
    let mut policies: Vec<PolicyOut> = local
        .map(|policy| PolicyOut::own(view.iam, policy))
        .chain(theirs.map(|policy| PolicyOut::aws(view.iam, policy)))
        .filter(|policy| input.only_attached != Some(true) || policy.attachment_count > 0)
        .map(PolicyOut::brief)
        .collect();
    policies.sort_by(|a, b| a.arn.cmp(&b.arn));
    let page = check::page(policies, |policy| policy.arn.clone(), input.marker.as_deref(), input.max_items)?;
    Ok(Policies { policies: page.items, is_truncated: page.next.is_some(), marker: page.next })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntitiesIn {
    policy_arn: String,
    entity_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

pub(crate) fn list_entities(view: &View<'_>, input: EntitiesIn) -> Result<Value, Fault> {
    check::policy_arn(&input.policy_arn)?;
    if catalogue::find(&input.policy_arn).is_none() && !view.iam.policies.contains_key(&input.policy_arn) {
        return Err(fault::no_policy(&input.policy_arn));
    }
    let wanted = |kind: &str| input.entity_filter.as_deref().is_none_or(|filter| filter == kind);
    let roles = view.iam.roles.values().filter(|_| wanted("Role"));
    let users = view.iam.users.values().filter(|_| wanted("User"));
    let mut entities: Vec<(&str, &str, &str)> = roles
        .filter(|role| role.policies.attached.contains(&input.policy_arn))
        .map(|role| ("Role", role.name.as_str(), role.id.as_str()))
        .chain(
            users
                .filter(|user| user.policies.attached.contains(&input.policy_arn))
                .map(|user| ("User", user.name.as_str(), user.id.as_str())),
        )
        .collect();
    entities.sort_unstable();
    let key = |entity: &(&str, &str, &str)| format!("{}/{}", entity.0, entity.1);
    let page = check::page(entities, key, input.marker.as_deref(), input.max_items)?;
    let shown = |kind: &str| -> Vec<Value> {
        let of_kind = page.items.iter().filter(|entity| entity.0 == kind);
        of_kind.map(|(_, name, id)| json!({format!("{kind}Name"): name, format!("{kind}Id"): id})).collect()
    };
    Ok(json!({
        "PolicyGroups": [], "PolicyUsers": shown("User"), "PolicyRoles": shown("Role"),
        "IsTruncated": page.next.is_some(), "Marker": page.next
    }))
}

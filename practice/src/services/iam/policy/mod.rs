//! What policies allow. Follows "Policy evaluation logic" (AWS IAM User Guide) for identity-based policies: an
//! explicit deny wins, then any allow, and nothing is allowed by default. Not in it: permissions boundaries, session
//! policies, organisations, resource-based policies other than a role's trust.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::catalogue;
use super::model::{Model, Policies};

pub(crate) mod condition;
pub(crate) mod document;
pub(crate) mod pattern;

use document::{Document, Principals, Statement};

/// What is asked: one action on one resource in a context.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    /// `ecs:CreateCluster`
    pub(crate) action: &'a str,
    /// An ARN, or `*` for actions that are not on a resource.
    pub(crate) resource: &'a str,
    /// Condition keys.
    pub(crate) context: &'a Context,
}

/// Condition keys in lower case, and their values.
pub(crate) type Context = BTreeMap<String, Vec<String>>;

/// What policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A statement allows it and none denies it.
    Allowed,
    /// A statement denies it.
    DeniedExplicitly,
    /// No statement speaks of it.
    DeniedByDefault,
}

/// Whether the role may do `action` (`ecs:RegisterContainerInstance`) to `resource` (an ARN, or `*`).
pub fn role_allows(iam: &Model, role_name: &str, action: &str, resource: &str) -> bool {
    let Some(role) = iam.role(role_name) else { return false };
    let context = Context::from([("aws:principalarn".to_owned(), vec![role.arn.clone()])]);
    decide(iam, &role.policies, &Ask { action, resource, context: &context }) == Decision::Allowed
}

/// Whether the role's trust policy lets that AWS service (`ec2.amazonaws.com`) act as it.
pub fn service_may_assume(iam: &Model, role_name: &str, service: &str) -> bool {
    let Some(role) = iam.role(role_name) else { return false };
    let is_service = |principals: &Principals| principals.has_service(service);
    trust_allows(&role.trust, "sts:AssumeRole", &Context::new(), is_service)
}

/// Whether a trust policy lets whom `is` recognises do `action`.
pub(crate) fn trust_allows(
    trust: &str,
    action: &str,
    context: &Context,
    is: impl Fn(&Principals) -> bool,
) -> bool {
    let Ok(document) = Document::parse(trust) else { return false };
    let fits = |statement: &&Statement| {
        statement.principals.as_ref().is_some_and(&is)
            && statement.names_action(action)
            && statement.conditions.iter().all(|condition| condition.holds(context))
    };
    let mut spoken = document.statements.iter().filter(fits).peekable();
    spoken.peek().is_some() && spoken.all(|statement| statement.allow)
}

/// What a user's or role's policies say.
pub(crate) fn decide(iam: &Model, policies: &Policies, ask: &Ask<'_>) -> Decision {
    let mut allowed = false;
    for document in documents(iam, policies) {
        for statement in &document.statements {
            if speaks_of(statement, ask) {
                if !statement.allow {
                    return Decision::DeniedExplicitly;
                }
                allowed = true;
            }
        }
    }
    if allowed { Decision::Allowed } else { Decision::DeniedByDefault }
}

/// All documents in force. One that cannot be read says nothing; none such is ever stored.
fn documents<'m>(iam: &'m Model, policies: &'m Policies) -> impl Iterator<Item = Cow<'m, Document>> {
    let own = |text: &str| Document::parse(text).ok().map(Cow::Owned);
    let inline = policies.inline.values().filter_map(move |text| own(text));
    let attached = policies.attached.iter().filter_map(move |arn| {
        if let Some(policy) = catalogue::find(arn) {
            return Some(Cow::Borrowed(&policy.document));
        }
        let policy = iam.policies.get(arn)?;
        own(&policy.versions.get(&policy.default_version)?.document)
    });
    inline.chain(attached)
}

fn speaks_of(statement: &Statement, ask: &Ask<'_>) -> bool {
    statement.names_action(ask.action)
        && statement.names_resource(ask.resource, ask.context)
        && statement.conditions.iter().all(|condition| condition.holds(ask.context))
}

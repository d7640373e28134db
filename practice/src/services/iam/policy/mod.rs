//! What policies allow. Follows "Policy evaluation logic" (AWS IAM User Guide) for one account: an explicit deny
//! anywhere wins; then the identity policies (a user's own and their groups'), the permissions boundary and the session
//! policies must each allow it where there are any; and nothing is allowed by default. Not in it: organisations, and
//! resource-based policies other than a role's trust.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::catalogue;
use super::model::{Model, Policies, Role, User};

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
    /// It is allowed by every kind of policy that there is, and none denies it.
    Allowed,
    /// A statement of a policy of that kind denies it.
    DeniedExplicitly(Source),
    /// No statement of the policies of that kind allows it.
    DeniedByDefault(Source),
}

/// The kinds of policy that a decision may come from, in the order in which AWS names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Of the user (and the user's groups) or role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Given to `AssumeRole`.
    Session,
}

/// Whose policies decide.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject<'m> {
    /// The policies of the user and of the user's groups, or of the role.
    pub(crate) own: Vec<&'m Policies>,
    /// ARN of the managed policy that is the permissions boundary.
    pub(crate) boundary: Option<&'m str>,
    /// The session's policies, when it was given any.
    pub(crate) session: Option<&'m Policies>,
}

impl<'m> Subject<'m> {
    /// A role, without a session.
    pub(crate) fn role(role: &'m Role) -> Self {
        Self { own: vec![&role.policies], boundary: role.boundary.as_deref(), session: None }
    }

    /// A user, with the groups they are in.
    pub(crate) fn user(iam: &'m Model, user: &'m User) -> Self {
        let groups = iam.groups.values().filter(|group| group.users.contains(&user.name));
        let own = std::iter::once(&user.policies).chain(groups.map(|group| &group.policies)).collect();
        Self { own, boundary: user.boundary.as_deref(), session: None }
    }
}

/// Whether the role may do `action` (`ecs:RegisterContainerInstance`) to `resource` (an ARN, or `*`).
pub fn role_allows(iam: &Model, role_name: &str, action: &str, resource: &str) -> bool {
    let Some(role) = iam.role(role_name) else { return false };
    let context = Context::from([("aws:principalarn".to_owned(), vec![role.arn.clone()])]);
    let ask = Ask { action, resource, context: &context };
    Subject::role(role).in_force(iam).decide(&ask) == Decision::Allowed
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

/// The policies in force for somebody, read once for all that is asked of them.
#[derive(Debug)]
pub(crate) struct InForce<'m> {
    own: Vec<Cow<'m, Document>>,
    boundary: Option<Vec<Cow<'m, Document>>>,
    session: Option<Vec<Cow<'m, Document>>>,
}

impl<'m> Subject<'m> {
    /// What is in force now.
    pub(crate) fn in_force(&self, iam: &'m Model) -> InForce<'m> {
        InForce {
            own: self.own.iter().flat_map(|policies| documents(iam, policies)).collect(),
            boundary: self.boundary.map(|arn| managed(iam, arn).collect()),
            session: self.session.map(|policies| documents(iam, policies).collect()),
        }
    }
}

impl InForce<'_> {
    /// What the policies say.
    pub(crate) fn decide(&self, ask: &Ask<'_>) -> Decision {
        let on = |documents: &Option<Vec<_>>| documents.as_deref().map(|documents| verdict(documents, ask));
        let said = [
            (Source::Identity, Some(verdict(&self.own, ask))),
            (Source::Boundary, on(&self.boundary)),
            (Source::Session, on(&self.session)),
        ];
        let first =
            |wanted: Verdict| said.iter().find(|(_, v)| *v == Some(wanted)).map(|(source, _)| *source);
        if let Some(source) = first(Verdict::Denies) {
            return Decision::DeniedExplicitly(source);
        }
        first(Verdict::Silent).map_or(Decision::Allowed, Decision::DeniedByDefault)
    }

    /// Whether any of them asks for the tags of a resource: looking those up is only worth it then.
    pub(crate) fn ask_for_tags(&self) -> bool {
        let kinds = [Some(&self.own), self.boundary.as_ref(), self.session.as_ref()];
        kinds.into_iter().flatten().flatten().any(|document| document.asks_for_tags)
    }
}

/// What all policies of one kind say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allows,
    Denies,
    Silent,
}

impl Verdict {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Denies, _) | (_, Self::Denies) => Self::Denies,
            (Self::Allows, _) | (_, Self::Allows) => Self::Allows,
            _ => Self::Silent,
        }
    }
}

fn verdict(documents: &[Cow<'_, Document>], ask: &Ask<'_>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for document in documents {
        for statement in document.statements.iter().filter(|statement| speaks_of(statement, ask)) {
            verdict = verdict.and(if statement.allow { Verdict::Allows } else { Verdict::Denies });
        }
    }
    verdict
}

/// The document of a managed policy, AWS's or the account's own; none when it is gone.
fn managed<'m>(iam: &'m Model, arn: &str) -> impl Iterator<Item = Cow<'m, Document>> + use<'m> {
    let found = match catalogue::find(arn) {
        Some(policy) => Some(Cow::Borrowed(&policy.document)),
        None => iam.policies.get(arn).and_then(|policy| {
            let version = policy.versions.get(&policy.default_version)?;
            Document::parse(&version.document).ok().map(Cow::Owned)
        }),
    };
    found.into_iter()
}

/// All documents in force. One that cannot be read says nothing; none such is ever stored.
fn documents<'m>(iam: &'m Model, policies: &'m Policies) -> impl Iterator<Item = Cow<'m, Document>> {
    let own = |text: &str| Document::parse(text).ok().map(Cow::Owned);
    let inline = policies.inline.values().filter_map(move |text| own(text));
    let attached = policies.attached.iter().flat_map(move |arn| managed(iam, arn));
    inline.chain(attached)
}

fn speaks_of(statement: &Statement, ask: &Ask<'_>) -> bool {
    statement.names_action(ask.action)
        && statement.names_resource(ask.resource, ask.context)
        && statement.conditions.iter().all(|condition| condition.holds(ask.context))
}

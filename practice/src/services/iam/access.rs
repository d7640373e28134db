//! What AWS's services and the containers of this cloud may do as a role: the execution role that pulls an image,
//! the task role that a program calls with. Their calls come through no front door, so they ask here. Follows "Amazon
//! ECS task execution IAM role" and "Amazon ECS task IAM role" (Amazon ECS Developer Guide).

use super::authorize::{self, because};
use super::model::Role;
use super::policy::{Ask, Context, Decision, Source, Subject, trust_allows};
use crate::core::arn::arn;
use crate::world::View;

/// A role may not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDenied {
    /// Name of the role.
    pub role: String,
    /// `ecr:GetAuthorizationToken`
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    account: String,
    why: Decision,
}

impl RoleDenied {
    /// AWS's sentence, as the service called would say it to the session of that name: "User:
    /// `arn:aws:sts::123456789012:assumed-role/role/session` is not authorized to perform: ...".
    pub fn message(&self, session: &str) -> String {
        let who = arn("sts", "", &self.account, &format!("assumed-role/{}/{session}", self.role));
        let Self { action, resource, .. } = self;
        let because = because(self.why, action);
        format!("User: {who} is not authorized to perform: {action} on resource: {resource} {because}")
    }
}

/// Whether the role (by ARN) may do `action` (`ecr:GetAuthorizationToken`) to `resource` (an ARN, or `*` for actions
/// that are on none), by its identity policies and permissions boundary. A role that does not exist may do nothing.
/// Whether anybody may act as the role is [`service_may_assume`]'s question.
pub fn role_allows(view: &View<'_>, role_arn: &str, action: &str, resource: &str) -> Result<(), RoleDenied> {
    let denied = |why: Decision| RoleDenied {
        role: role_arn.rsplit('/').next().unwrap_or_default().to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        account: view.account.to_owned(),
        why,
    };
    let role = view.iam.role_by_arn(role_arn);
    let role = role.ok_or_else(|| denied(Decision::DeniedByDefault(Source::Identity)))?;
    let context = context(view, role);
    match Subject::role(role).in_force(view.iam).decide(&Ask { action, resource, context: &context }) {
        Decision::Allowed => Ok(()),
        why => Err(denied(why)),
    }
}

/// Whether the role (by ARN) exists and its trust policy lets that AWS service (`ecs-tasks.amazonaws.com`) act as
/// it. `source_arn` is what the service acts for, such as the task's ARN: trust policies may ask for it
/// (`aws:SourceArn`, `aws:SourceAccount`).
pub fn service_may_assume(view: &View<'_>, role_arn: &str, service: &str, source_arn: &str) -> bool {
    let Some(role) = view.iam.role_by_arn(role_arn) else { return false };
    let mut context = authorize::common_context(view);
    context.insert("aws:sourceaccount".to_owned(), vec![view.account.to_owned()]);
    context.insert("aws:sourcearn".to_owned(), vec![source_arn.to_owned()]);
    trust_allows(&role.trust, "sts:AssumeRole", &context, |principals| principals.has_service(service))
}

/// The condition keys of a call that a role makes.
fn context(view: &View<'_>, role: &Role) -> Context {
    let mut context = authorize::common_context(view);
    let mut set = |key: &str, value: &str| context.insert(key.to_owned(), vec![value.to_owned()]);
    set("aws:principalarn", &role.arn);
    set("aws:principaltype", "AssumedRole");
    for (key, value) in &role.tags {
        set(&format!("aws:principaltag/{}", key.to_lowercase()), value);
    }
    context
}

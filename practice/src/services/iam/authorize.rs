//! Whether a caller may make a call, decided by the caller's identity policies, permissions boundary and session
//! policies. The action and the resources of a call are derived from the operation and its input: see
//! [`super::about`]. Extra permissions of one call (ec2:CreateTags beside `RunInstances`) are not asked for.

use serde_json::Value;

use super::model::Model;
use super::policy::{Ask, Context, Decision, InForce, Source, Subject};
use super::{about, actions, tags};
use crate::core::fault::Fault;
use crate::world::{Caller, Principal, View};

/// Where every caller's requests come from: `aws:SourceIp`. The practice cloud is told no addresses.
const SOURCE_IP: &str = "203.0.113.66";

/// Whether `view.caller` may call `service:operation`; `AccessDenied` in the service's own words if not.
pub fn authorize(view: &View<'_>, service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    if is_all_powerful(&view.caller.principal) {
        return Ok(());
    }
    let mut context = base_context(view);
    about::add_input(&mut context, service, operation, input, view);
    let actions = actions::of(service, operation, input);
    if actions.is_empty() {
        return Ok(());
    }
    let in_force = in_force(view);
    let look_up = in_force.as_ref().is_some_and(InForce::ask_for_tags);
    for resource in about::of(view, service, operation, input) {
        let own = if look_up { tags::with_resource(view, &context, service, &resource) } else { None };
        for action in &actions {
            let ask = Ask { action, resource: &resource, context: own.as_ref().unwrap_or(&context) };
            decided(in_force.as_ref(), &ask).map_err(|why| denied(view, service, &ask, why))?;
        }
    }
    Ok(())
}

/// Whether `view.caller` may hand the role to `service` (`ec2.amazonaws.com`): the check that `RunInstances`,
/// `CreateLaunchConfiguration` and `RegisterTaskDefinition` make. The fault is in the words of the service handed to.
pub fn pass_role(view: &View<'_>, role_arn: &str, service: &str) -> Result<(), Fault> {
    let speaking = match service {
        "ec2.amazonaws.com" => "ec2",
        "ecs-tasks.amazonaws.com" | "ecs.amazonaws.com" => "ecs",
        _ => "iam",
    };
    pass_role_speaking(speaking, view, role_arn, service)
}

/// The same with the fault in the words of the service `speaking` (`autoscaling`).
pub fn pass_role_speaking(
    speaking: &str,
    view: &View<'_>,
    role_arn: &str,
    service: &str,
) -> Result<(), Fault> {
    if is_all_powerful(&view.caller.principal) {
        return Ok(());
    }
    let mut context = base_context(view);
    context.insert("iam:passedtoservice".to_owned(), vec![service.to_owned()]);
    let ask = Ask { action: "iam:PassRole", resource: role_arn, context: &context };
    check(view, &ask).map_err(|why| denied(view, speaking, &ask, why))
}

/// What the caller's policies say about an action that is not a call of its own.
pub(crate) fn check(view: &View<'_>, ask: &Ask<'_>) -> Result<(), Decision> {
    if is_all_powerful(&view.caller.principal) {
        return Ok(());
    }
    decided(in_force(view).as_ref(), ask)
}

/// The caller's policies; None when the user or role is gone.
fn in_force<'w>(view: &View<'w>) -> Option<InForce<'w>> {
    subject(view.iam, view.caller).map(|subject| subject.in_force(view.iam))
}

fn decided(in_force: Option<&InForce<'_>>, ask: &Ask<'_>) -> Result<(), Decision> {
    match in_force.map_or(Decision::DeniedByDefault(Source::Identity), |policies| policies.decide(ask)) {
        Decision::Allowed => Ok(()),
        other => Err(other),
    }
}

/// Whose policies decide; None when the user or role is gone.
fn subject<'m>(iam: &'m Model, caller: &Caller) -> Option<Subject<'m>> {
    let mut subject = match &caller.principal {
        Principal::User(name) => Subject::user(iam, iam.user(name)?),
        Principal::Role(name) => Subject::role(iam.role(name)?),
        Principal::Root | Principal::Service => return None,
    };
    if let Some(key) = &caller.session_key {
        // A session that is gone takes its permissions with it.
        subject.session = Some(iam.sessions.get(key)?.policies.as_ref()?);
    }
    Some(subject)
}

fn is_all_powerful(principal: &Principal) -> bool {
    matches!(principal, Principal::Root | Principal::Service)
}

/// The condition keys that do not depend on who calls.
pub(crate) fn common_context(view: &View<'_>) -> Context {
    let mut context = Context::new();
    let mut set = |key: &str, value: &str| context.insert(key.to_owned(), vec![value.to_owned()]);
    set("aws:currenttime", &view.now.iso());
    set("aws:epochtime", &(view.now.0 / 1000).to_string());
    set("aws:principalaccount", view.account);
    set("aws:resourceaccount", view.account);
    set("aws:requestedregion", &view.region.name);
    set("aws:securetransport", "true");
    context
}

/// The condition keys that every call has.
pub(crate) fn base_context(view: &View<'_>) -> Context {
    let mut context = common_context(view);
    let mut set = |key: &str, value: &str| context.insert(key.to_owned(), vec![value.to_owned()]);
    set("aws:sourceip", SOURCE_IP);
    set("aws:viaawsservice", "false");
    set("aws:userid", &view.caller.user_id);
    let mut tags = None;
    match &view.caller.principal {
        Principal::User(name) => {
            set("aws:principaltype", "User");
            set("aws:principalarn", &view.caller.arn);
            set("aws:username", name);
            tags = view.iam.user(name).map(|user| &user.tags);
        }
        Principal::Role(name) => {
            let role = view.iam.role(name);
            set("aws:principaltype", "AssumedRole");
            set("aws:principalarn", role.map_or("", |role| &role.arn));
            tags = role.map(|role| &role.tags);
        }
        Principal::Root | Principal::Service => {
            set("aws:principaltype", "Account");
            set("aws:principalarn", &view.caller.arn);
        }
    }
    for (key, value) in tags.into_iter().flatten() {
        set(&format!("aws:principaltag/{}", key.to_lowercase()), value);
    }
    context
}

/// Why, at the end of AWS's sentence. Follows "Troubleshoot access denied error messages" (AWS IAM User Guide).
pub(super) fn because(why: Decision, action: &str) -> String {
    let (source, explicitly) = match why {
        Decision::DeniedExplicitly(source) => (source, true),
        Decision::DeniedByDefault(source) => (source, false),
        Decision::Allowed => return String::new(),
    };
    let (with_article, without) = match source {
        Source::Identity => ("an identity-based policy", "identity-based policy"),
        Source::Boundary => ("a permissions boundary", "permissions boundary"),
        Source::Session => ("a session policy", "session policy"),
    };
    if explicitly {
        return format!("with an explicit deny in {with_article}");
    }
    format!("because no {without} allows the {action} action")
}

/// The refusal in the form of each service.
fn denied(view: &View<'_>, service: &str, ask: &Ask<'_>, why: Decision) -> Fault {
    let Ask { action, resource, .. } = ask;
    let on = if *resource == "*" && service == "ec2" {
        String::new()
    } else {
        format!(" on resource: {resource}")
    };
    let because = because(why, action);
    let message = format!("User: {} is not authorized to perform: {action}{on} {because}", view.caller.arn);
    match service {
        "ec2" => {
            let message = format!("You are not authorized to perform this operation. {message}.");
            Fault::new("UnauthorizedOperation", message).with_status(403)
        }
        "autoscaling"
        | "cloudformation"
        | "elasticloadbalancing"
        | "elb"
        | "iam"
        | "monitoring"
        | "rds"
        | "s3"
        | "sts" => Fault::new("AccessDenied", message).with_status(403),
        "elasticfilesystem" => Fault::new("AccessDeniedException", message).with_status(403),
        _ => Fault::new("AccessDeniedException", message),
    }
}

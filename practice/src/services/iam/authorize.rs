//! Whether a caller may make a call, decided by the caller's identity policies. The resources of a call are derived
//! from its input: the ARN where the input names one, `type/*` for what is being created, and `*` for actions that
//! list or describe. Tags of existing resources (`aws:ResourceTag`, `ec2:ResourceTag`) are not looked up: such a
//! key counts as absent. Extra permissions of one call (ec2:CreateTags beside `RunInstances`) are not asked for.

use serde_json::Value;

use super::model::Model;
use super::policy::{Ask, Context, Decision, decide};
use super::resource;
use crate::core::fault::Fault;
use crate::world::{Principal, View};

/// Whether `view.caller` may call `service:operation`; `AccessDenied` in the service's own words if not.
pub fn authorize(view: &View<'_>, service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    // "No permissions are required to perform this operation" (STS API reference); AssumeRole decides by the role's
    // trust policy as well, and does so itself.
    let by_itself =
        service == "sts" && matches!(operation, "GetCallerIdentity" | "GetSessionToken" | "AssumeRole");
    if by_itself || is_all_powerful(&view.caller.principal) {
        return Ok(());
    }
    let action = format!("{service}:{operation}");
    let mut context = base_context(view);
    resource::add_input(&mut context, service, operation, input, view);
    for resource in resource::of(view, service, operation, input) {
        let ask = Ask { action: &action, resource: &resource, context: &context };
        check(view, &ask).map_err(|why| denied(view, service, &ask, why))?;
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
    match decide_for(view.iam, &view.caller.principal, ask) {
        Decision::Allowed => Ok(()),
        other => Err(other),
    }
}

fn decide_for(iam: &Model, principal: &Principal, ask: &Ask<'_>) -> Decision {
    let policies = match principal {
        Principal::Root | Principal::Service => return Decision::Allowed,
        Principal::User(name) => iam.user(name).map(|user| &user.policies),
        Principal::Role(name) => iam.role(name).map(|role| &role.policies),
    };
    policies.map_or(Decision::DeniedByDefault, |policies| decide(iam, policies, ask))
}

fn is_all_powerful(principal: &Principal) -> bool {
    matches!(principal, Principal::Root | Principal::Service)
}

/// The condition keys that every call has.
pub(crate) fn base_context(view: &View<'_>) -> Context {
    let mut context = Context::new();
    let mut set = |key: &str, value: &str| context.insert(key.to_owned(), vec![value.to_owned()]);
    set("aws:currenttime", &view.now.iso());
    set("aws:epochtime", &(view.now.0 / 1000).to_string());
    set("aws:principalaccount", view.account);
    set("aws:requestedregion", &view.region.name);
    set("aws:securetransport", "true");
    set("aws:userid", &view.caller.user_id);
    match &view.caller.principal {
        Principal::User(name) => {
            set("aws:principaltype", "User");
            set("aws:principalarn", &view.caller.arn);
            set("aws:username", name);
        }
        Principal::Role(name) => {
            set("aws:principaltype", "AssumedRole");
            set("aws:principalarn", view.iam.role(name).map_or("", |role| &role.arn));
        }
        Principal::Root | Principal::Service => {
            set("aws:principaltype", "Account");
            set("aws:principalarn", &view.caller.arn);
        }
    }
    context
}

/// "Access denied error message examples" (AWS IAM User Guide), in the form of each service.
fn denied(view: &View<'_>, service: &str, ask: &Ask<'_>, why: Decision) -> Fault {
    let Ask { action, resource, .. } = ask;
    let on = if *resource == "*" && service == "ec2" {
        String::new()
    } else {
        format!(" on resource: {resource}")
    };
    let because = match why {
        Decision::DeniedExplicitly => "with an explicit deny in an identity-based policy".to_owned(),
        _ => format!("because no identity-based policy allows the {action} action"),
    };
    let message = format!("User: {} is not authorized to perform: {action}{on} {because}", view.caller.arn);
    match service {
        "ec2" => {
            let message = format!("You are not authorized to perform this operation. {message}.");
            Fault::new("UnauthorizedOperation", message).with_status(403)
        }
        "ecs" | "ssm" => Fault::new("AccessDeniedException", message),
        _ => Fault::new("AccessDenied", message).with_status(403),
    }
}

//! Stack events, and the words that CloudFormation puts around a service's own.

use serde_json::Value;

use super::model::{Event, Kept, ResourceStatus, Stack, StackStatus};
use crate::core::fault::Fault;
use crate::core::id::IdSource;
use crate::core::time::Time;

/// Events kept of a stack; the oldest go first.
const MAX_EVENTS: usize = 4_000;
/// Longest reason, in characters.
const MAX_REASON: usize = 4_000;

/// Changes the stack's status, and says so.
pub(super) fn of_stack(
    stack: &mut Stack,
    ids: &mut IdSource,
    at: Time,
    status: StackStatus,
    reason: Option<String>,
) {
    stack.status = status;
    stack.reason.clone_from(&reason);
    let event = Event {
        id: ids.uuid(),
        at,
        logical_id: stack.name.clone(),
        physical_id: stack.id.clone(),
        kind: "AWS::CloudFormation::Stack".to_owned(),
        status: status.as_str().to_owned(),
        reason,
        properties: None,
        token: None,
    };
    push(stack, event);
}

/// Changes a resource's status, and says so.
pub(super) fn of_resource(
    stack: &mut Stack,
    at: Time,
    logical_id: &str,
    status: ResourceStatus,
    reason: Option<String>,
) {
    let secrets = secrets(stack);
    let Some(kept) = stack.resources.get_mut(logical_id) else { return };
    kept.status = status;
    kept.updated = at;
    kept.reason = reason.map(|reason| reason.chars().take(MAX_REASON).collect());
    let Kept { kind, physical_id, reason, properties, .. } = kept;
    let event = Event {
        id: format!("{logical_id}-{status}-{}", at.iso()),
        at,
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.clone().unwrap_or_default(),
        kind: kind.clone(),
        status: status.as_str().to_owned(),
        reason: reason.clone(),
        properties: shown(properties, &secrets),
        token: None,
    };
    push(stack, event);
}

/// Says something of what a stack leaves over.
pub(super) fn of_leftover(
    stack: &mut Stack,
    at: Time,
    (logical_id, kind, physical_id): (&str, &str, &str),
    status: ResourceStatus,
    reason: Option<String>,
) {
    let event = Event {
        id: format!("{logical_id}-{status}-{}", at.iso()),
        at,
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.to_owned(),
        kind: kind.to_owned(),
        status: status.as_str().to_owned(),
        reason: reason.map(|reason| reason.chars().take(MAX_REASON).collect()),
        properties: None,
        token: None,
    };
    push(stack, event);
}

/// Values of `NoEcho` parameters.
pub(super) fn secrets(stack: &Stack) -> Vec<String> {
    let values = stack.declared.values.0.values();
    values.filter(|chosen| chosen.no_echo && !chosen.value.is_empty()).map(|c| c.value.clone()).collect()
}

/// Properties as a JSON text, `NoEcho` values as `****`.
fn shown(properties: &Value, secrets: &[String]) -> Option<String> {
    properties.as_object().filter(|members| !members.is_empty())?;
    if secrets.is_empty() {
        return Some(properties.to_string());
    }
    Some(masked(properties.clone(), secrets).to_string())
}

/// A tree without what nobody is to see. A short secret is only masked where it stands alone: as a part of other texts
/// it would tell itself by what it hides.
pub(super) fn masked(tree: Value, secrets: &[String]) -> Value {
    match tree {
        Value::String(text) => {
            let hide = |text: String, secret: &String| match text == *secret {
                true => "****".to_owned(),
                false if secret.len() >= 4 => text.replace(secret.as_str(), "****"),
                false => text,
            };
            Value::String(secrets.iter().fold(text, hide))
        }
        Value::Array(items) => items.into_iter().map(|item| masked(item, secrets)).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, item)| (name, masked(item, secrets))).collect())
        }
        other => other,
    }
}

fn push(stack: &mut Stack, mut event: Event) {
    event.token = stack.operation.as_ref().and_then(|operation| operation.token.clone());
    let before = stack.events.iter().rev().filter(|earlier| earlier.logical_id == event.logical_id);
    let last = before.map(|earlier| earlier.properties.as_ref()).find(Option::is_some).flatten();
    if event.properties.as_ref() == last {
        event.properties = None;
    }
    let same_moment = stack.events.iter().rev().take_while(|earlier| earlier.at == event.at);
    let twins = same_moment.filter(|earlier| earlier.id.starts_with(&event.id)).count();
    if twins > 0 {
        event.id = format!("{}-{}", event.id, twins + 1);
    }
    if stack.events.len() >= MAX_EVENTS {
        stack.events.remove(0);
    }
    stack.events.push(event);
}

/// The reason of a resource whose service refused: the words of the type's handler around those of the service.
pub(super) fn refused(kind: &str, fault: &Fault, ids: &mut IdSource) -> String {
    if is_own(kind) {
        return fault.message.clone();
    }
    let service = match kind.split("::").nth(1).unwrap_or_default() {
        "ApplicationAutoScaling" => "ApplicationAutoScaling",
        "AutoScaling" => "AutoScaling",
        "CertificateManager" => "Acm",
        "DynamoDB" => "DynamoDb",
        "EC2" => "Ec2",
        "ECR" => "Ecr",
        "ECS" => "Ecs",
        "EFS" => "Efs",
        "ElasticLoadBalancing" => "ElasticLoadBalancing",
        "ElasticLoadBalancingV2" => "ElasticLoadBalancingV2",
        "Events" => "EventBridge",
        "IAM" => "Iam",
        "Logs" => "CloudWatchLogs",
        "RDS" => "Rds",
        "SSM" => "Ssm",
        other => other,
    };
    let request = ids.uuid();
    let message = format!(
        "{} (Service: {service}, Status Code: {}, Request ID: {request}) (SDK Attempt Count: 1)",
        fault.message, fault.status
    );
    handled(&message, handler_code(fault), ids)
}

/// Whether a type is CloudFormation's own, which has no handler.
fn is_own(kind: &str) -> bool {
    kind.starts_with("AWS::CloudFormation::")
}

/// Why a resource of a type failed after it was asked for.
pub(super) fn failed(kind: &str, reason: &str, ids: &mut IdSource) -> String {
    if is_own(kind) { reason.to_owned() } else { handled(reason, "GeneralServiceException", ids) }
}

/// The words of a type's handler.
pub(super) fn handled(message: &str, code: &str, ids: &mut IdSource) -> String {
    let token = ids.uuid();
    format!(
        "Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {code})"
    )
}

/// `HandlerErrorCode` of a fault: "Handler error codes" of the CloudFormation CLI user guide.
fn handler_code(fault: &Fault) -> &'static str {
    let code = fault.code.to_ascii_lowercase();
    let has = |part: &str| code.contains(part);
    if has("accessdenied") || has("unauthorized") || has("authfailure") {
        "AccessDenied"
    } else if has("alreadyexist") || has("duplicate") || has("entityexists") {
        "AlreadyExists"
    } else if has("notfound") || has("nosuch") {
        "NotFound"
    } else if has("limitexceeded") || has("quota") || has("toomany") {
        "ServiceLimitExceeded"
    } else if has("throttl") {
        "Throttling"
    } else if has("inuse") || has("conflict") || has("dependencyviolation") {
        "ResourceConflict"
    } else if fault.status >= 500 {
        "ServiceInternalError"
    } else {
        "InvalidRequest"
    }
}

/// Whether a refused deletion is worth another try: something else has to go first, which may be under way.
pub(super) fn may_pass(fault: &Fault) -> bool {
    let code = fault.code.to_ascii_lowercase();
    let message = fault.message.to_ascii_lowercase();
    [
        "dependencyviolation",
        "inuse",
        "conflict",
        "clustercontains",
        "throttl",
        "invalidstate",
        "scalingactivityinprogress",
    ]
    .iter()
    .any(|part| code.contains(part))
        || message.contains("in use")
        || message.contains("has a dependent object")
}

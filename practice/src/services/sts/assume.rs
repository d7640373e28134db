//! Temporary credentials: of a role, and of a user's own. They work until world time reaches their expiration.
//! Other than AWS, the account's root may assume roles: in a world that takes any credentials, everyone is the root.

use serde::{Deserialize, Serialize};

use crate::core::arn::{Arn, arn};
use crate::core::fault::Fault;
use crate::core::time::{Iso, Time};
use crate::services::iam::authorize;
use crate::services::iam::credentials;
use crate::services::iam::model::{Model, Policies, Role, Session};
use crate::services::iam::policy::document::{Document, Kind, Principals};
use crate::services::iam::policy::{Ask, Decision, Source, trust_allows};
use crate::world::{Caller, Principal, Scope, View};

/// Live sessions in one account.
const MAX_SESSIONS: usize = 1000;
/// Characters of a session policy, and managed policies of a session ("IAM and AWS STS quotas").
const MAX_SESSION_POLICY: usize = 2048;
const MAX_SESSION_ARNS: usize = 10;
/// A role that assumes a role ("role chaining") gets at most an hour.
const MAX_CHAINED: i64 = 3600;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeIn {
    role_arn: String,
    role_session_name: String,
    duration_seconds: Option<i64>,
    external_id: Option<String>,
    policy: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
}

/// `PolicyDescriptorType`
#[derive(Deserialize)]
pub(super) struct PolicyArn {
    arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: Iso,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Assumed {
    credentials: Credentials,
    assumed_role_user: RoleUser,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleUser {
    assumed_role_id: String,
    arn: String,
}

pub(super) fn assume_role(scope: &mut Scope<'_>, input: AssumeIn) -> Result<Assumed, Fault> {
    check_session_name(&input.role_session_name)?;
    if Arn::parse(&input.role_arn).is_none_or(|arn| arn.service != "iam" || arn.of_kind("role").is_none()) {
        let shown: String = input.role_arn.chars().take(256).collect();
        return Err(invalid(format!("{shown} is invalid")));
    }
    let policies = session_policies(scope.iam, input.policy, input.policy_arns)?;
    let seconds = duration(input.duration_seconds, 3600, 43_200)?;
    let view = scope.view();
    let role = view
        .iam
        .role_by_arn(&input.role_arn)
        .filter(|role| may_assume(&view, role, input.external_id.as_deref()))
        .ok_or_else(|| denied(view.caller, &input.role_arn))?;
    let chained = matches!(view.caller.principal, Principal::Role(_));
    if seconds > i64::from(role.max_session) {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if chained && seconds > MAX_CHAINED {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let user = RoleUser {
        assumed_role_id: format!("{}:{}", role.id, input.role_session_name),
        arn: arn("sts", "", view.account, &format!("assumed-role/{}/{}", role.name, input.role_session_name)),
    };
    let session = Session {
        principal: Principal::Role(role.name.clone()),
        name: input.role_session_name,
        expires_at: scope.now.plus_ms(seconds * 1000),
        policies,
    };
    Ok(Assumed { credentials: issue(scope.iam, session, scope.now)?, assumed_role_user: user })
}

/// The policies that the session is to be limited by; None when there are none.
fn session_policies(
    iam: &Model,
    inline: Option<String>,
    arns: Vec<PolicyArn>,
) -> Result<Option<Policies>, Fault> {
    let mut policies = Policies::default();
    if let Some(text) = inline {
        if text.len() > MAX_SESSION_POLICY {
            let message = format!("Packed size of session policy exceeds the limit of {MAX_SESSION_POLICY}.");
            return Err(Fault::new("PackedPolicyTooLarge", message));
        }
        Document::check(&text, Kind::Identity).map_err(|why| Fault::new("MalformedPolicyDocument", why))?;
        policies.inline.insert("session".to_owned(), text);
    }
    if arns.len() > MAX_SESSION_ARNS {
        return Err(invalid(format!("Up to {MAX_SESSION_ARNS} managed policy ARNs may be passed.")));
    }
    for arn in arns.into_iter().filter_map(|one| one.arn) {
        if !iam.has_policy(&arn) {
            let shown: String = arn.chars().take(256).collect();
            return Err(invalid(format!("Policy {shown} does not exist or is not attachable.")));
        }
        policies.attached.push(arn);
    }
    Ok((policies != Policies::default()).then_some(policies))
}

/// The role's trust policy must let the caller in. It is enough when it names the caller; when it names the caller's
/// whole account, the caller's own policies must allow it too ("Cross-account policy evaluation logic", same account).
fn may_assume(view: &View<'_>, role: &Role, external_id: Option<&str>) -> bool {
    let mut context = authorize::base_context(view);
    if let Some(id) = external_id {
        context.insert("sts:externalid".to_owned(), vec![id.to_owned()]);
    }
    let itself = match &view.caller.principal {
        Principal::Role(name) => view.iam.role(name).map_or("", |role| role.arn.as_str()),
        _ => "",
    };
    let root = arn("iam", "", view.account, "root");
    let caller = view.caller.arn.as_str();
    let named = |principals: &Principals| principals.names_aws(&[caller, itself]);
    let account = |principals: &Principals| principals.has_aws(&[caller, itself, view.account, &root]);
    if !trust_allows(&role.trust, "sts:AssumeRole", &context, account) {
        return false;
    }
    let ask = Ask { action: "sts:AssumeRole", resource: &role.arn, context: &context };
    match authorize::check(view, &ask) {
        Ok(()) => true,
        Err(why) => {
            why == Decision::DeniedByDefault(Source::Identity)
                && trust_allows(&role.trust, "sts:AssumeRole", &context, named)
        }
    }
}

fn denied(caller: &Caller, role_arn: &str) -> Fault {
    let message = format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
        caller.arn,
        role_arn.chars().take(256).collect::<String>()
    );
    Fault::new("AccessDenied", message).with_status(403)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenIn {
    duration_seconds: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Token {
    credentials: Credentials,
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]
pub(super) fn get_session_token(scope: &mut Scope<'_>, input: TokenIn) -> Result<Token, Fault> {
    let seconds = duration(input.duration_seconds, 43_200, 129_600)?;
    if !matches!(scope.caller.principal, Principal::User(_) | Principal::Root) {
        let message = "Cannot call GetSessionToken with session credentials";
        return Err(Fault::new("AccessDenied", message).with_status(403));
    }
    let session = Session {
        principal: scope.caller.principal.clone(),
        name: String::new(),
        expires_at: scope.now.plus_ms(seconds * 1000),
        policies: None,
    };
    Ok(Token { credentials: issue(scope.iam, session, scope.now)? })
}

/// Stores a session and hands out its credentials. Sessions past their time go.
fn issue(iam: &mut Model, session: Session, now: Time) -> Result<Credentials, Fault> {
    let live = iam.sessions.values().filter(|session| session.expires_at > now).count();
    if live >= MAX_SESSIONS {
        return Err(Fault::new("Throttling", "Rate exceeded"));
    }
    iam.sessions.retain(|_, session| session.expires_at > now);
    let id = credentials::new_id(iam, "ASIA");
    let credentials = Credentials {
        secret_access_key: credentials::secret_of(iam, &id),
        session_token: credentials::token_of(iam, &id),
        expiration: Iso(session.expires_at),
        access_key_id: id.clone(),
    };
    iam.sessions.insert(id, session);
    Ok(credentials)
}

fn check_session_name(name: &str) -> Result<(), Fault> {
    let count = name.chars().count();
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    let wanted = match count {
        0..2 => "Member must have length greater than or equal to 2",
        65.. => "Member must have length less than or equal to 64",
        _ if legal => return Ok(()),
        _ => "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    };
    let shown: String = name.chars().take(128).collect();
    Err(invalid(format!(
        "1 validation error detected: Value '{shown}' at 'roleSessionName' failed to satisfy constraint: {wanted}"
    )))
}

/// Seconds, from 900 to `longest`.
fn duration(asked: Option<i64>, usual: i64, longest: i64) -> Result<i64, Fault> {
    let seconds = asked.unwrap_or(usual);
    let wanted = match seconds {
        ..900 => "Member must have value greater than or equal to 900".to_owned(),
        _ if seconds > longest => format!("Member must have value less than or equal to {longest}"),
        _ => return Ok(seconds),
    };
    Err(invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: {wanted}"
    )))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

//! Temporary credentials through the front door.

use serde_json::{Value, json};

use crate::services::iam::credentials::{CredentialError, account_of, find};
use crate::testing::Lab;
use crate::world::{Caller, Principal};

const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";

fn trust(principal: &Value) -> String {
    json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})
        .to_string()
}

/// A role that `principal` may assume, and a user without any policies who makes the next calls.
fn lab(principal: &Value) -> Lab {
    let mut lab = Lab::new();
    let user = lab.call("iam", "CreateUser", json!({"UserName": "ann"}));
    lab.call(
        "iam",
        "CreateRole",
        json!({"RoleName": "deployer", "AssumeRolePolicyDocument": trust(principal)}),
    );
    lab.caller = Caller {
        arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
        user_id: user["User"]["UserId"].as_str().unwrap().to_owned(),
        principal: Principal::User("ann".to_owned()),
        session_key: None,
    };
    lab
}

fn assume() -> Value {
    json!({"RoleArn": ROLE, "RoleSessionName": "exercise"})
}

#[test]
fn an_assumed_role_has_credentials_until_they_expire() {
    let mut lab = lab(&json!("arn:aws:iam::123456789012:user/ann"));
    let got = lab.call(
        "sts",
        "AssumeRole",
        json!({"RoleArn": ROLE, "RoleSessionName": "exercise", "DurationSeconds": "900"}),
    );
    assert_eq!(got["AssumedRoleUser"]["Arn"], "arn:aws:sts::123456789012:assumed-role/deployer/exercise");
    let text = |member: &str| got["Credentials"][member].as_str().unwrap().to_owned();
    let (id, token) = (text("AccessKeyId"), text("SessionToken"));
    assert!(id.starts_with("ASIA") && account_of(&id).as_deref() == Some("123456789012"));
    let (secret, caller) = find(&lab.world.iam, &id, Some(&token), lab.now).unwrap();
    assert_eq!(secret, text("SecretAccessKey"));
    assert_eq!(caller.principal, Principal::Role("deployer".to_owned()));
    assert_eq!(caller.arn, got["AssumedRoleUser"]["Arn"].as_str().unwrap());
    for wrong in [None, Some("x")] {
        assert_eq!(find(&lab.world.iam, &id, wrong, lab.now), Err(CredentialError::Unknown));
    }
    lab.advance(901);
    assert_eq!(find(&lab.world.iam, &id, Some(&token), lab.now), Err(CredentialError::Expired));
    lab.call("sts", "AssumeRole", assume());
    assert_eq!(lab.world.iam.sessions.len(), 1, "expired sessions go");
    lab.caller = caller;
    assert_eq!(lab.call("sts", "GetCallerIdentity", json!({}))["Arn"], got["AssumedRoleUser"]["Arn"]);
    assert_eq!(lab.refused("sts", "GetSessionToken", json!({})), "AccessDenied");
}

#[test]
fn the_trust_policy_decides() {
    let mut by_account = lab(&json!("123456789012"));
    let fault = by_account.try_call("sts", "AssumeRole", assume()).unwrap_err();
    assert_eq!(
        (fault.status, fault.message.as_str()),
        (
            403,
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/deployer"
        )
    );
    // When the whole account is trusted, the user's own policies must allow it too.
    let user = std::mem::replace(&mut by_account.caller, Caller::root("123456789012"));
    let allow =
        json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}}).to_string();
    by_account.call(
        "iam",
        "PutUserPolicy",
        json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": allow}),
    );
    by_account.caller = user;
    by_account.call("sts", "AssumeRole", assume());
    let mut of_others = lab(&json!("210987654321"));
    assert_eq!(of_others.refused("sts", "AssumeRole", assume()), "AccessDenied");
}

#[test]
fn inputs_are_validated() {
    let mut lab = lab(&json!("arn:aws:iam::123456789012:user/ann"));
    for (role, name, seconds) in [
        ("nope", "exercise", "900"),
        (ROLE, "x", "900"),
        (ROLE, "a b", "900"),
        (ROLE, "ok", "1"),
        (ROLE, "ok", "7200"),
    ] {
        let input = json!({"RoleArn": role, "RoleSessionName": name, "DurationSeconds": seconds});
        assert_eq!(lab.refused("sts", "AssumeRole", input), "ValidationError", "{role} {name} {seconds}");
    }
    let missing = json!({"RoleArn": "arn:aws:iam::123456789012:role/nobody", "RoleSessionName": "exercise"});
    assert_eq!(lab.refused("sts", "AssumeRole", missing), "AccessDenied");
    let policy = json!({"RoleArn": ROLE, "RoleSessionName": "exercise", "Policy": "{}"});
    assert_eq!(lab.refused("sts", "AssumeRole", policy), "MalformedPolicyDocument");
}

#[test]
fn a_session_of_ones_own() {
    let mut lab = lab(&json!("123456789012"));
    let got = lab.call("sts", "GetSessionToken", json!({}));
    let (id, token) = (&got["Credentials"]["AccessKeyId"], &got["Credentials"]["SessionToken"]);
    let (_, caller) = find(&lab.world.iam, id.as_str().unwrap(), token.as_str(), lab.now).unwrap();
    assert_eq!(caller, lab.caller);
}

#[test]
fn a_session_policy_limits_the_role() {
    let mut lab = lab(&json!("arn:aws:iam::123456789012:user/ann"));
    let user = std::mem::replace(&mut lab.caller, Caller::root("123456789012"));
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "deployer", "PolicyArn": administrator}));
    lab.caller = user;
    let policy =
        json!({"Statement": {"Effect": "Allow", "Action": "ecs:List*", "Resource": "*"}}).to_string();
    let input = json!({"RoleArn": ROLE, "RoleSessionName": "exercise", "Policy": policy});
    let got = lab.call("sts", "AssumeRole", input);
    let (id, token) = (&got["Credentials"]["AccessKeyId"], &got["Credentials"]["SessionToken"]);
    let (_, caller) = find(&lab.world.iam, id.as_str().unwrap(), token.as_str(), lab.now).unwrap();
    let may = |operation: &str| {
        lab.world.look("us-east-1", lab.now, &caller, |view| {
            crate::services::iam::authorize(view, "ecs", operation, &json!({}))
        })
    };
    assert_eq!(may("ListClusters"), Ok(()));
    let denied = may("CreateCluster").unwrap_err();
    assert!(denied.message.ends_with("because no session policy allows the ecs:CreateCluster action"));
}

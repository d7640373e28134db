//! Stickiness policies, and which listener has them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::services::elb::fault::{configuration, no_policy, validation};
use crate::services::elb::model::Policy;
use crate::world::{Scope, View};

/// AWS's quota per load balancer.
const MAX_POLICIES: usize = 100;

fn add(scope: &mut Scope<'_>, load_balancer: &str, name: &str, policy: Policy) -> Result<Value, Fault> {
    let one = find_mut(scope, load_balancer)?;
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 255 || !name.chars().all(legal) {
        return Err(validation("PolicyName must have letters, digits and hyphens only"));
    }
    if one.policies.contains_key(name) {
        let message = format!("A policy with the name {name} already exists for this load balancer");
        return Err(Fault::new("DuplicatePolicyName", message));
    }
    if one.policies.len() >= MAX_POLICIES {
        return Err(Fault::new(
            "TooManyPolicies",
            "The quota for the number of policies for this load balancer has been reached.",
        ));
    }
    one.policies.insert(name.to_owned(), policy);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct App {
    load_balancer_name: String,
    #[serde(rename = "PolicyName")]
    policy: String,
    #[serde(rename = "CookieName")]
    cookie: String,
}

/// `CreateAppCookieStickinessPolicy`.
pub(crate) fn app_cookie(scope: &mut Scope<'_>, input: App) -> Result<Value, Fault> {
    if input.cookie.is_empty() || input.cookie.len() > 255 {
        return Err(validation("CookieName must have 1 to 255 characters"));
    }
    add(scope, &input.load_balancer_name, &input.policy, Policy::App(input.cookie))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Own {
    load_balancer_name: String,
    policy_name: String,
    cookie_expiration_period: Option<i64>,
}

/// `CreateLBCookieStickinessPolicy`.
pub(crate) fn lb_cookie(scope: &mut Scope<'_>, input: Own) -> Result<Value, Fault> {
    let policy = Policy::LoadBalancer(input.cookie_expiration_period.filter(|seconds| *seconds > 0));
    add(scope, &input.load_balancer_name, &input.policy_name, policy)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Named {
    load_balancer_name: String,
    policy_name: String,
}

/// `DeleteLoadBalancerPolicy`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Named) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    if one.listeners.values().any(|listener| listener.policies.contains(&input.policy_name)) {
        return Err(configuration("You cannot delete a policy that is enabled for a listener"));
    }
    one.policies.remove(&input.policy_name);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Set {
    load_balancer_name: String,
    load_balancer_port: u16,
    #[serde(default)]
    policy_names: Vec<String>,
}

/// `SetLoadBalancerPoliciesOfListener`.
pub(crate) fn set(scope: &mut Scope<'_>, input: Set) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    if let Some(unknown) = input.policy_names.iter().find(|name| !one.policies.contains_key(*name)) {
        return Err(no_policy(unknown));
    }
    if input.policy_names.len() > 1 {
        return Err(configuration("Only one stickiness policy can be set on a listener"));
    }
    let listener = one.listeners.get_mut(&input.load_balancer_port).ok_or_else(|| {
        let message = "The load balancer does not have a listener configured at the specified port.";
        Fault::new("ListenerNotFound", message)
    })?;
    if !input.policy_names.is_empty() && !listener.protocol.starts_with("HTTP") {
        return Err(configuration("Stickiness policies need a listener with the protocol HTTP or HTTPS"));
    }
    listener.policies = input.policy_names;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    load_balancer_name: Option<String>,
    #[serde(default)]
    policy_names: Vec<String>,
}

/// `DescribeLoadBalancerPolicies`: those of a load balancer. AWS's samples are not here.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let Some(name) = &input.load_balancer_name else { return Ok(json!({"PolicyDescriptions": []})) };
    let one = find(view, name)?;
    if let Some(unknown) = input.policy_names.iter().find(|name| !one.policies.contains_key(*name)) {
        return Err(no_policy(unknown));
    }
    let wanted = one
        .policies
        .iter()
        .filter(|(name, _)| input.policy_names.is_empty() || input.policy_names.contains(name));
    let shown = wanted.map(|(name, policy)| {
        let (kind, attribute, value) = match policy {
            Policy::App(cookie) => ("AppCookieStickinessPolicyType", "CookieName", cookie.clone()),
            Policy::LoadBalancer(period) => {
                ("LBCookieStickinessPolicyType", "CookieExpirationPeriod", period.unwrap_or(0).to_string())
            }
        };
        json!({"PolicyName": name, "PolicyTypeName": kind,
            "PolicyAttributeDescriptions": [{"AttributeName": attribute, "AttributeValue": value}]})
    });
    Ok(json!({"PolicyDescriptions": shown.collect::<Vec<_>>()}))
}

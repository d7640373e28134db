//! Listeners come, change and go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::certificates::{self, Certificate};
use super::target_groups::port_number;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::elbv2::actions::{self, Place};
use crate::services::elbv2::ask::{self, Tag, paged};
use crate::services::elbv2::fault::{configuration, not_in_enum, too_many, unsupported, validation};
use crate::services::elbv2::model::{Action, Kind, Listener, Model};
use crate::services::elbv2::{arns, shapes, ssl};
use crate::world::{Scope, View};

/// AWS's quota per load balancer.
const MAX_LISTENERS: usize = 50;
const ALPN: [&str; 5] = ["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    load_balancer_arn: String,
    default_actions: Vec<Action>,
    #[serde(default)]
    tags: Vec<Tag>,
    protocol: Option<String>,
    port: Option<i32>,
    ssl_policy: Option<String>,
    #[serde(default)]
    certificates: Vec<Certificate>,
    #[serde(default)]
    alpn_policy: Vec<String>,
    mutual_authentication: Option<Mutual>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mutual {
    mode: Option<String>,
}

/// `CreateListener`. The same request again answers with what is there.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let model = &view.region.elbv2;
    let lb = arns::load_balancer(model, &input.load_balancer_arn)?;
    let protocol = input.protocol.as_deref().ok_or_else(|| validation("A protocol must be specified"))?;
    check_protocol(lb.kind, protocol)?;
    let port = input.port.ok_or_else(|| validation("A port must be specified"))?;
    let port = port_number(port, "port")?;
    let secure = secure(
        &view,
        protocol,
        input.ssl_policy.as_deref(),
        &input.certificates,
        &input.alpn_policy,
        input.mutual_authentication.as_ref(),
    )?;
    let place = Place { load_balancer: &lb.arn, kind: lb.kind, protocol };
    let actions = actions::checked(model, &place, input.default_actions)?;
    let wanted = Listener {
        arn: String::new(),
        load_balancer: lb.arn.clone(),
        port,
        protocol: protocol.to_owned(),
        ssl_policy: secure.ssl_policy,
        certificates: secure.certificates,
        alpn_policy: secure.alpn_policy,
        default_rule: String::new(),
        default_actions: actions,
        rules: BTreeMap::new(),
        attributes: BTreeMap::new(),
        tags: ask::tags(&input.tags)?,
        default_rule_tags: Tags::new(),
    };
    if let Some(existing) = model.listeners_of(&lb.arn).find(|listener| clashes(listener, protocol, port)) {
        if existing.protocol == wanted.protocol && existing.default_actions == wanted.default_actions {
            return Ok(json!({"Listeners": [shapes::listener(existing)]}));
        }
        return Err(duplicate(&lb.arn));
    }
    if model.listeners_of(&lb.arn).count() >= MAX_LISTENERS {
        return Err(too_many("TooManyListeners", "listeners per load balancer"));
    }
    let path = lb.path().to_owned();
    let (id, rule) = (scope.region.ids.hex(16), scope.region.ids.hex(16));
    let arn = scope.arn("elasticloadbalancing", &format!("listener/{path}/{id}"));
    let default_rule = scope.arn("elasticloadbalancing", &format!("listener-rule/{path}/{id}/{rule}"));
    let listener = Listener { arn: arn.clone(), default_rule, ..wanted };
    let shape = shapes::listener(&listener);
    scope.region.elbv2.listeners.insert(arn, listener);
    Ok(json!({"Listeners": [shape]}))
}

/// TCP and UDP have ports of their own.
fn clashes(listener: &Listener, protocol: &str, port: u16) -> bool {
    let datagrams = |protocol: &str| protocol == "UDP";
    listener.port == port && datagrams(&listener.protocol) == datagrams(protocol)
}

fn duplicate(lb: &str) -> Fault {
    let message = format!("A listener already exists on this port for this load balancer '{lb}'");
    Fault::new("DuplicateListener", message)
}

fn check_protocol(kind: Kind, protocol: &str) -> Result<(), Fault> {
    let all = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"];
    if !all.contains(&protocol) {
        return Err(not_in_enum(protocol, "protocol", &all));
    }
    if matches!(protocol, "GENEVE" | "QUIC" | "TCP_QUIC") {
        return Err(unsupported(&format!("{protocol} listeners are")));
    }
    let http = matches!(protocol, "HTTP" | "HTTPS");
    if http != (kind == Kind::Application) {
        let message = format!(
            "Listener protocol '{protocol}' is not supported for load balancers of the type '{}'",
            kind.name()
        );
        return Err(Fault::new("UnsupportedProtocol", message));
    }
    Ok(())
}

/// What only listeners that encrypt have.
struct Secure {
    ssl_policy: Option<String>,
    certificates: Vec<String>,
    alpn_policy: Option<String>,
}

fn secure(
    view: &View<'_>,
    protocol: &str,
    policy: Option<&str>,
    given: &[Certificate],
    alpn: &[String],
    mutual: Option<&Mutual>,
) -> Result<Secure, Fault> {
    if mutual.and_then(|mutual| mutual.mode.as_deref()).is_some_and(|mode| mode != "off") {
        return Err(unsupported("Mutual authentication is"));
    }
    let alpn_policy = alpn.first().cloned();
    if let Some(name) = alpn_policy.as_deref()
        && (!ALPN.contains(&name) || protocol != "TLS")
    {
        let shown: String = name.chars().take(64).collect();
        return Err(Fault::new("ALPNPolicyNotFound", format!("ALPN policy '{shown}' is not supported")));
    }
    if !matches!(protocol, "HTTPS" | "TLS") {
        if !given.is_empty() {
            return Err(configuration(format!("Certificates cannot be specified for {protocol} listeners")));
        }
        if policy.is_some() {
            return Err(configuration(format!("An SSL policy cannot be specified for {protocol} listeners")));
        }
        return Ok(Secure { ssl_policy: None, certificates: vec![], alpn_policy: None });
    }
    if given.is_empty() {
        return Err(validation(format!("A certificate must be specified for {protocol} listeners")));
    }
    if given.len() > 1 {
        return Err(validation("You can specify only one certificate"));
    }
    let policy = policy.unwrap_or(ssl::DEFAULT);
    if !ssl::exists(policy) {
        let shown: String = policy.chars().take(64).collect();
        return Err(Fault::new("SSLPolicyNotFound", format!("SSL policy '{shown}' not found")));
    }
    let certificates = certificates::usable(view, given)?;
    Ok(Secure { ssl_policy: Some(policy.to_owned()), certificates, alpn_policy })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    listener_arn: String,
    port: Option<i32>,
    protocol: Option<String>,
    ssl_policy: Option<String>,
    certificates: Option<Vec<Certificate>>,
    default_actions: Option<Vec<Action>>,
    #[serde(default)]
    alpn_policy: Vec<String>,
    mutual_authentication: Option<Mutual>,
}

/// `ModifyListener`. What the request does not name stays; a change to HTTP drops certificate and policy.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let view = scope.view();
    let model = &view.region.elbv2;
    let old = arns::listener(model, &input.listener_arn)?;
    let lb = arns::load_balancer(model, &old.load_balancer)?;
    let protocol = input.protocol.clone().unwrap_or_else(|| old.protocol.clone());
    check_protocol(lb.kind, &protocol)?;
    let port = input.port.map_or(Ok(old.port), |port| port_number(port, "port"))?;
    if model.listeners_of(&lb.arn).any(|other| other.arn != old.arn && clashes(other, &protocol, port)) {
        return Err(duplicate(&lb.arn));
    }
    let mut new = Listener { port, protocol: protocol.clone(), ..old.clone() };
    change_secure(&view, &mut new, &input)?;
    if let Some(actions) = input.default_actions {
        let place = Place { load_balancer: &lb.arn, kind: lb.kind, protocol: &protocol };
        new.default_actions = actions::checked(model, &place, actions)?;
    }
    let shape = shapes::listener(&new);
    scope.region.elbv2.listeners.insert(new.arn.clone(), new);
    Ok(json!({"Listeners": [shape]}))
}

fn change_secure(view: &View<'_>, new: &mut Listener, input: &Modify) -> Result<(), Fault> {
    let kept = new.certificates.first().filter(|_| input.certificates.is_none()).cloned();
    let kept = kept.map(|arn| vec![arn]);
    if matches!(new.protocol.as_str(), "HTTPS" | "TLS") && kept.is_some() {
        // The certificate stays: only the policy is looked at.
        if let Some(policy) = &input.ssl_policy {
            if !ssl::exists(policy) {
                let shown: String = policy.chars().take(64).collect();
                return Err(Fault::new("SSLPolicyNotFound", format!("SSL policy '{shown}' not found")));
            }
            new.ssl_policy = Some(policy.clone());
        }
        return Ok(());
    }
    let given = input.certificates.as_deref().unwrap_or_default();
    let policy = input.ssl_policy.as_deref();
    let own = new.ssl_policy.clone().filter(|_| matches!(new.protocol.as_str(), "HTTPS" | "TLS"));
    let secure = secure(
        view,
        &new.protocol,
        policy.or(own.as_deref()),
        given,
        &input.alpn_policy,
        input.mutual_authentication.as_ref(),
    )?;
    let others = new.certificates.iter().skip(1).filter(|arn| !secure.certificates.contains(arn)).cloned();
    let others: Vec<String> = if secure.certificates.is_empty() { vec![] } else { others.collect() };
    new.certificates = secure.certificates.into_iter().chain(others).collect();
    (new.ssl_policy, new.alpn_policy) = (secure.ssl_policy, secure.alpn_policy);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    listener_arn: String,
}

/// `DeleteListener`, with its rules.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let model = &mut scope.region.elbv2;
    arns::listener(model, &input.listener_arn)?;
    model.listeners.remove(&input.listener_arn);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    listener_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeListeners`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let model: &Model = &view.region.elbv2;
    match (&input.load_balancer_arn, input.listener_arns.is_empty()) {
        (Some(_), false) => {
            return Err(validation(
                "A load balancer ARN and listener ARNs cannot be specified at the same time",
            ));
        }
        (None, true) => {
            return Err(validation("You must specify either listener ARNs or a load balancer ARN"));
        }
        (Some(arn), true) => {
            arns::load_balancer(model, arn)?;
        }
        (None, false) => {
            for arn in &input.listener_arns {
                arns::listener(model, arn)?;
            }
        }
    }
    let wanted = model.listeners.values().filter(|listener| {
        Some(&listener.load_balancer) == input.load_balancer_arn.as_ref()
            || input.listener_arns.contains(&listener.arn)
    });
    let page = paged(wanted, |listener| listener.arn.clone(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(shapes::listener).collect();
    Ok(json!({"Listeners": shapes, "NextMarker": page.next}))
}

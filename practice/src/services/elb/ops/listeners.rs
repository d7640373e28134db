//! Listeners.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::services::elb::fault::{configuration, validation};
use crate::services::elb::model::Listener;
use crate::world::{Scope, View};

/// AWS's quota per load balancer.
const MAX_LISTENERS: usize = 100;

/// `Listener`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Wanted {
    protocol: String,
    load_balancer_port: i64,
    instance_protocol: Option<String>,
    instance_port: i64,
    #[serde(rename = "SSLCertificateId")]
    certificate: Option<String>,
}

/// Port and listener, as asked for.
pub(super) fn checked(view: &View<'_>, wanted: &Wanted) -> Result<(u16, Listener), Fault> {
    let port = |port: i64, what: &str| {
        u16::try_from(port)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| validation(format!("{what} must be between 1 and 65535 inclusive")))
    };
    let named = |name: &str| {
        let upper = name.to_ascii_uppercase();
        if ["HTTP", "HTTPS", "TCP", "SSL"].contains(&upper.as_str()) {
            Ok(upper)
        } else {
            let shown: String = name.chars().take(32).collect();
            Err(validation(format!("Listener protocol '{shown}' must be one of HTTP, HTTPS, TCP, SSL")))
        }
    };
    let protocol = named(&wanted.protocol)?;
    let layer = |protocol: &str| protocol.starts_with("HTTP");
    let instance_protocol = match wanted.instance_protocol.as_deref() {
        Some(given) => named(given)?,
        None if layer(&protocol) => "HTTP".to_owned(),
        None => "TCP".to_owned(),
    };
    if layer(&protocol) != layer(&instance_protocol) {
        return Err(validation("Listener's Protocol and InstanceProtocol must be at the same layer"));
    }
    let secure = matches!(protocol.as_str(), "HTTPS" | "SSL");
    match &wanted.certificate {
        None if secure => return Err(validation("SSL Certificate must be specified for secure listeners")),
        Some(arn) if secure && !view.region.acm.certificates.contains_key(arn) => {
            let message = format!("Server Certificate not found for the key: {arn}");
            return Err(Fault::new("CertificateNotFound", message));
        }
        _ => {}
    }
    let listener = Listener {
        protocol,
        instance_protocol,
        instance_port: port(wanted.instance_port, "InstancePort")?,
        certificate: wanted.certificate.clone().filter(|_| secure),
        policies: Vec::new(),
    };
    Ok((port(wanted.load_balancer_port, "LoadBalancerPort")?, listener))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    load_balancer_name: String,
    listeners: Vec<Wanted>,
}

/// `CreateLoadBalancerListeners`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let mut all = find(&view, &input.load_balancer_name)?.listeners.clone();
    for wanted in &input.listeners {
        let (port, listener) = checked(&view, wanted)?;
        let before = all.insert(port, listener.clone());
        if before.is_some_and(|before| Listener { policies: Vec::new(), ..before } != listener) {
            let message = format!(
                "A listener already exists for {} with LoadBalancerPort {port}, but with a different InstancePort, Protocol, or SSLCertificateId",
                input.load_balancer_name
            );
            return Err(Fault::new("DuplicateListener", message));
        }
    }
    if all.len() > MAX_LISTENERS {
        return Err(configuration("A load balancer can have at most 100 listeners"));
    }
    let one = find_mut(scope, &input.load_balancer_name)?;
    for (port, listener) in all {
        one.listeners.entry(port).or_insert(listener);
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    load_balancer_name: String,
    load_balancer_ports: Vec<u16>,
}

/// `DeleteLoadBalancerListeners`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    one.listeners.retain(|port, _| !input.load_balancer_ports.contains(port));
    Ok(json!({}))
}

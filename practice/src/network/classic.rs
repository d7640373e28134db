//! Classic load balancers on the simulated network: a visitor's request through one, and what its health checks meet.
//! Follows "Troubleshoot a Classic Load Balancer: HTTP errors".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::balancer::{Found, Index};
use super::broken::{Broken, Symptom};
use super::endpoint::{Endpoint, connect};
use super::ingress::End;
use super::site::{self, SiteAnswer, SiteRequest, Trace};
use super::{egress, firewall};
use crate::services::elb::health;
use crate::services::elb::model::{Balancer, Policy};
use crate::world::{Scope, View};

/// The cookie of a load balancer that keeps clients with an instance.
const COOKIE: &str = "AWSELB";

/// Where the nodes are.
fn nodes<'w>(view: &View<'w>, one: &Balancer) -> Vec<Endpoint<'w>> {
    let ec2 = &view.region.ec2;
    let interfaces = one.nodes.iter().filter_map(|node| ec2.interfaces.get(node.interface.as_ref()?));
    interfaces.filter_map(|interface| Endpoint::of_interface(ec2, interface)).collect()
}

/// What a connection of a node to a port of an instance ends at.
fn reach<'w>(
    view: &View<'w>,
    index: &Index<'w>,
    one: &Balancer,
    instance: &str,
    port: u16,
) -> Result<End<'w>, Broken> {
    let missing = || Broken::NoSuchHost { host: instance.to_owned() };
    let there = view.region.ec2.instance(instance).and_then(Endpoint::of_instance).ok_or_else(missing)?;
    let here = nodes(view, one).into_iter().next().ok_or_else(missing)?;
    connect(view, &here, &there, "tcp", port).map_err(|broken| match broken {
        Broken::SecurityGroupClosed { groups, inbound: true, .. } => {
            Broken::TargetGroupClosed { from: one.security_groups.clone(), to: groups, port }
        }
        other => other,
    })?;
    index.listening(view, &there, port)
}

/// What a health check of an instance meets.
pub(crate) fn check<'w>(view: &View<'w>, index: &Index<'w>, one: &Balancer, instance: &str) -> Found {
    let port = one.check.port.parse().unwrap_or(80);
    match reach(view, index, one, instance, port) {
        Err(broken) if broken.symptom() == Symptom::Refused => Found::Refusal,
        Err(_) => Found::Silence,
        Ok(_) if one.check.protocol == "TCP" => Found::Connection,
        Ok(_) if one.check.protocol != "HTTP" => Found::Refusal,
        Ok(end) => {
            let path = one.check.path.as_deref().unwrap_or("/");
            site::status(view, &end, path).map_or(Found::Refusal, Found::Status)
        }
    }
}

/// Sends a request through the classic load balancer of that name; None when there is none.
pub(super) fn visit(scope: &mut Scope<'_>, request: &SiteRequest) -> Option<SiteAnswer> {
    let view = scope.view();
    let called = |one: &&Balancer| {
        one.dns_name.eq_ignore_ascii_case(&request.host)
            || one.dns_name.split('.').next() == Some(request.host.as_str())
    };
    let one = view.region.elb.load_balancers.values().find(called)?;
    let name = one.name.clone();
    let (answer, trace) = pass(&view, one, request);
    if let Some(one) = scope.region.elb.load_balancers.get_mut(&name) {
        one.turn = one.turn.wrapping_add(1);
    }
    if let Some(trace) = trace {
        site::remember(scope, trace);
    }
    Some(answer)
}

fn unanswered(broken: &Broken) -> (SiteAnswer, Option<Trace>) {
    let why = broken.to_string();
    let answer = match broken.symptom() {
        Symptom::Refused => SiteAnswer::Refused(why),
        Symptom::TimesOut | Symptom::NoSuchName => SiteAnswer::TimedOut(why),
    };
    (answer, None)
}

/// An error page of the load balancer itself.
fn error(status: u16) -> (SiteAnswer, Option<Trace>) {
    let text = match status {
        502 => "",
        503 => "Service Unavailable: Back-end server is at capacity",
        _ => "Gateway Timeout",
    };
    (site::page(status, "text/html", text), None)
}

fn pass(view: &View<'_>, one: &Balancer, request: &SiteRequest) -> (SiteAnswer, Option<Trace>) {
    if !one.internet_facing {
        let why = format!(
            "Load balancer {} is internal: its name resolves to private addresses, which the internet does not reach.",
            one.name
        );
        return (SiteAnswer::TimedOut(why), None);
    }
    if let Err(broken) = arrives(view, one, request.port) {
        return unanswered(&broken);
    }
    let Some(listener) = one.listeners.get(&request.port) else {
        let broken = Broken::ListenerMissing { load_balancer: one.name.clone(), port: request.port };
        return unanswered(&broken);
    };
    let http = listener.protocol.starts_with("HTTP");
    let policy = one.stickiness(request.port);
    let serving: Vec<&String> =
        one.instances.keys().filter(|id| health::state(view, one, id).0 == "InService").collect();
    let kept = policy.and_then(|_| cookie(request)).and_then(|id| serving.iter().find(|one| ***one == id));
    let count = u64::try_from(serving.len()).unwrap_or(1).max(1);
    let turn = usize::try_from(one.turn % count).unwrap_or(0);
    let Some(instance) = kept.or_else(|| serving.get(turn)) else {
        return if http {
            error(503)
        } else {
            unanswered(&Broken::NoTarget { target_group: one.name.clone() })
        };
    };
    let end = match reach(view, &Index::of(view), one, instance, listener.instance_port) {
        Ok(end) => end,
        Err(broken) if !http => return unanswered(&broken),
        Err(broken) => return error(if broken.symptom() == Symptom::Refused { 503 } else { 504 }),
    };
    let (mut answer, trace) = site::open(view, &end, request);
    match &mut answer {
        SiteAnswer::Page { headers, .. } => {
            if let Some(policy) = policy.filter(|_| kept.is_none()) {
                stick(headers, policy, instance);
            }
        }
        _ if http => return error(502),
        _ => {}
    }
    (answer, trace)
}

/// Whether a packet from the internet gets to a node.
fn arrives(view: &View<'_>, one: &Balancer, port: u16) -> Result<(), Broken> {
    let mut why = Broken::NoSuchHost { host: one.dns_name.clone() };
    for end in nodes(view, one) {
        let arrives = egress::through_gateway(view, &end, firewall::ANYBODY.address)
            .and_then(|()| firewall::lets_in(&view.region.ec2, &end, "tcp", port, firewall::ANYBODY));
        match arrives {
            Ok(()) => return Ok(()),
            Err(broken) => why = broken,
        }
    }
    Err(why)
}

/// The load balancer's own cookie: always, or once the application sets its own.
fn stick(headers: &mut Vec<(String, String)>, policy: &Policy, instance: &str) {
    let lasts = match policy {
        Policy::App(name) => {
            let begins = format!("{name}=");
            let sets =
                |(header, value): &(String, String)| header == "set-cookie" && value.starts_with(&begins);
            if !headers.iter().any(sets) {
                return;
            }
            String::new()
        }
        Policy::LoadBalancer(period) => {
            period.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"))
        }
    };
    let value = STANDARD.encode(instance);
    headers.push(("set-cookie".to_owned(), format!("{COOKIE}={value}; Path=/{lasts}")));
}

/// The instance that the load balancer's cookie names.
fn cookie(request: &SiteRequest) -> Option<String> {
    let (_, cookies) = request.headers.iter().find(|(name, _)| name == "cookie")?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    String::from_utf8(STANDARD.decode(value).ok()?).ok()
}

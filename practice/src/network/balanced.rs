//! A visitor's request through a load balancer: its name, a node, the listener, a rule, and what its action makes of
//! it. Follows "What is an Application Load Balancer?", "Troubleshoot your Application Load Balancers" for what it
//! answers itself, and "Network Load Balancers" for connections that are passed on. Encryption is implied by the
//! listener: nothing is encrypted here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::balancer::Index;
use super::broken::{Broken, Symptom};
use super::endpoint::Endpoint;
use super::site::{self, SiteAnswer, SiteRequest, Trace};
use super::{egress, firewall};
use crate::services::elbv2::matching::{Asked, holds};
use crate::services::elbv2::model::{
    Action, FixedResponse, Forward, Kind, Listener, LoadBalancer, Redirect, Target, TargetGroup,
};
use crate::services::elbv2::targets;
use crate::world::{Scope, View};

/// The cookie of a target group's stickiness.
const TARGET_COOKIE: &str = "AWSALB";

/// What became of a request.
struct Passed {
    answer: SiteAnswer,
    trace: Option<Trace>,
    /// The target group it went to, with the status a target answered.
    target_group: Option<(String, Option<u16>)>,
    /// The status of an answer of the load balancer itself.
    own: Option<u16>,
}

impl Passed {
    fn unanswered(broken: &Broken) -> Self {
        let answer = match broken.symptom() {
            Symptom::Refused => SiteAnswer::Refused(broken.to_string()),
            Symptom::TimesOut | Symptom::NoSuchName => SiteAnswer::TimedOut(broken.to_string()),
        };
        Self { answer, trace: None, target_group: None, own: None }
    }

    fn silent(why: String) -> Self {
        Self { answer: SiteAnswer::TimedOut(why), trace: None, target_group: None, own: None }
    }

    /// An answer of the load balancer itself.
    fn own(status: u16, headers: Vec<(String, String)>, body: String) -> Self {
        let mut all = vec![("server".to_owned(), "awselb/2.0".to_owned())];
        all.extend(headers);
        let answer = SiteAnswer::Page { status, headers: all, body: body.into_bytes() };
        Self { answer, trace: None, target_group: None, own: Some(status) }
    }

    /// An error page as AWS's look.
    fn error(status: u16) -> Self {
        let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
        Self::own(status, headers, page(status))
    }
}

fn page(status: u16) -> String {
    let title = match status {
        301 => "301 Moved Permanently",
        302 => "302 Found",
        404 => "404 Not Found",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        _ => "504 Gateway Time-out",
    };
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

/// Sends a request through the load balancer of that name; None when there is none. Counts it.
pub(super) fn visit(scope: &mut Scope<'_>, request: &SiteRequest) -> Option<SiteAnswer> {
    let view = scope.view();
    let lb = find(&view, &request.host)?;
    let arn = lb.arn.clone();
    let passed = pass(&view, lb, request);
    let now = scope.now;
    let model = &mut scope.region.elbv2;
    if let Some((group, status)) = &passed.target_group
        && let Some(group) = model.target_groups.get_mut(group)
    {
        group.turn = group.turn.wrapping_add(1);
        group.traffic.to_target(now, *status);
    }
    if let Some(lb) = model.load_balancers.get_mut(&arn) {
        if let Some((_, status)) = &passed.target_group {
            lb.traffic.to_target(now, *status);
        }
        if let Some(status) = passed.own {
            lb.traffic.by_balancer(now, status);
        }
    }
    if let Some(trace) = passed.trace {
        site::remember(scope, trace);
    }
    Some(passed.answer)
}

/// By its name in DNS, or the first label of it, which is what a browser is given here.
fn find<'w>(view: &View<'w>, host: &str) -> Option<&'w LoadBalancer> {
    let called = |lb: &&LoadBalancer| {
        lb.dns_name.eq_ignore_ascii_case(host) || lb.dns_name.split('.').next() == Some(host)
    };
    view.region.elbv2.load_balancers.values().find(called)
}

fn pass(view: &View<'_>, lb: &LoadBalancer, request: &SiteRequest) -> Passed {
    if lb.active_at.is_some() {
        return Passed::silent(format!("Load balancer {} is still provisioning.", lb.name));
    }
    if !lb.internet_facing {
        let why = "is internal: its name resolves to private addresses, which the internet does not reach.";
        return Passed::silent(format!("Load balancer {} {why}", lb.name));
    }
    if let Err(broken) = arrives(view, lb, request.port) {
        return Passed::unanswered(&broken);
    }
    let Some(listener) = view.region.elbv2.listeners_of(&lb.arn).find(|l| l.port == request.port) else {
        return Passed::unanswered(&Broken::ListenerMissing {
            load_balancer: lb.name.clone(),
            port: request.port,
        });
    };
    match lb.kind {
        Kind::Application => act(view, lb, listener, request),
        Kind::Network => connect(view, lb, listener, request),
    }
}

/// Whether a packet from the internet gets to a node.
fn arrives(view: &View<'_>, lb: &LoadBalancer, port: u16) -> Result<(), Broken> {
    let ec2 = &view.region.ec2;
    let mut why = Broken::NoSuchHost { host: lb.dns_name.clone() };
    for node in &lb.zones {
        let interface = node.interface.as_ref().and_then(|id| ec2.interfaces.get(id));
        let Some(end) = interface.and_then(|own| Endpoint::of_interface(ec2, own)) else { continue };
        let open = end.groups.is_empty() && lb.kind == Kind::Network;
        let lets_in = || firewall::lets_in(ec2, &end, "tcp", port, firewall::ANYBODY);
        let arrives = egress::through_gateway(view, &end, firewall::ANYBODY.address)
            .and_then(|()| if open { Ok(()) } else { lets_in() });
        match arrives {
            Ok(()) => return Ok(()),
            Err(broken) => why = broken,
        }
    }
    Err(why)
}

/// The first rule that the request meets decides.
fn act(view: &View<'_>, lb: &LoadBalancer, listener: &Listener, request: &SiteRequest) -> Passed {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let host = host_of(lb, request);
    let asked = Asked {
        host: &host,
        path,
        query,
        method: &request.method,
        headers: &request.headers,
        source: firewall::ANYBODY.address,
    };
    let rules = listener.in_order();
    let rule = rules.iter().find(|rule| rule.conditions.iter().all(|condition| holds(condition, &asked)));
    let actions = rule.map_or(&listener.default_actions, |rule| &rule.actions);
    let Some(action) = actions.first() else { return Passed::error(404) };
    match action {
        Action { redirect_config: Some(redirect), .. } => redirected(listener, redirect, &asked),
        Action { fixed_response_config: Some(fixed), .. } => fixed_response(fixed),
        Action { forward_config: Some(forward), .. } => forwarded(view, lb, forward, request),
        _ => Passed::error(404),
    }
}

/// The host header without its port.
fn host_of(lb: &LoadBalancer, request: &SiteRequest) -> String {
    let header = request.headers.iter().find(|(name, _)| name == "host").map(|(_, value)| value.as_str());
    let host = header.map_or(request.host.as_str(), |host| host.split(':').next().unwrap_or_default());
    // The practice cloud's own names begin with the load balancer's first label.
    let label = host.split('.').next();
    if lb.dns_name.split('.').next() == label { lb.dns_name.clone() } else { host.to_owned() }
}

fn redirected(listener: &Listener, redirect: &Redirect, asked: &Asked<'_>) -> Passed {
    let filled = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        text.replace("#{protocol}", &listener.protocol)
            .replace("#{host}", asked.host)
            .replace("#{port}", &listener.port.to_string())
            .replace("#{path}", asked.path.trim_start_matches('/'))
            .replace("#{query}", asked.query)
    };
    let query = filled(&redirect.query);
    let location = format!(
        "{}://{}:{}{}{}{query}",
        filled(&redirect.protocol).to_ascii_lowercase(),
        filled(&redirect.host),
        filled(&redirect.port),
        filled(&redirect.path),
        if query.is_empty() { "" } else { "?" },
    );
    let status = if redirect.status_code == "HTTP_301" { 301 } else { 302 };
    let headers =
        vec![("content-type".to_owned(), "text/html".to_owned()), ("location".to_owned(), location)];
    Passed::own(status, headers, page(status))
}

fn fixed_response(fixed: &FixedResponse) -> Passed {
    let kind = fixed.content_type.clone().unwrap_or_else(|| "text/plain".to_owned());
    let headers = vec![("content-type".to_owned(), format!("{kind}; charset=utf-8"))];
    let status = fixed.status_code.parse().unwrap_or(503);
    Passed::own(status, headers, fixed.message_body.clone().unwrap_or_default())
}

fn forwarded(view: &View<'_>, lb: &LoadBalancer, forward: &Forward, request: &SiteRequest) -> Passed {
    let Some(group) = weighted(view, forward, request.entropy) else { return Passed::error(503) };
    let Some(target) = choose(view, group, request) else { return Passed::error(503) };
    let sent = |status| Some((group.arn.clone(), status));
    let index = Index::of(view);
    let end = match index.reach(view, lb, group, target, target.port) {
        Ok(end) if group.protocol == "HTTP" && site::status(view, &end, &request.path).is_some() => end,
        // It speaks neither TLS nor HTTP: the answer cannot be read.
        Ok(_) => return Passed { target_group: sent(None), ..Passed::error(502) },
        Err(broken) => {
            let status = if broken.symptom() == Symptom::Refused { 502 } else { 504 };
            return Passed { target_group: sent(None), ..Passed::error(status) };
        }
    };
    let (mut answer, trace) = site::open(view, &end, request);
    let SiteAnswer::Page { status, headers, .. } = &mut answer else {
        return Passed { target_group: sent(None), ..Passed::error(502) };
    };
    if is_set(group, "stickiness.enabled") {
        let value = STANDARD.encode(format!("{}:{}", target.id, target.port));
        headers.push(("set-cookie".to_owned(), format!("{TARGET_COOKIE}={value}; Path=/")));
    }
    let status = *status;
    Passed { answer, trace, target_group: sent(Some(status)), own: None }
}

/// A target group by weight. None when all weights are 0.
fn weighted<'w>(view: &View<'w>, forward: &Forward, entropy: u64) -> Option<&'w TargetGroup> {
    let weight = |w: Option<i32>| u64::try_from(w.unwrap_or(1)).unwrap_or(0);
    let total: u64 = forward.target_groups.iter().map(|one| weight(one.weight)).sum();
    let mut at = crate::core::id::mix(entropy).checked_rem(total)?;
    for one in &forward.target_groups {
        let weight = weight(one.weight);
        if at < weight {
            return view.region.elbv2.target_groups.get(&one.target_group_arn);
        }
        at -= weight;
    }
    None
}

fn is_set(group: &TargetGroup, attribute: &str) -> bool {
    group.attributes.get(attribute).is_some_and(|value| value == "true")
}

/// The target a client sticks to, else healthy ones in turn; any, when none is healthy.
fn choose<'w>(view: &View<'w>, group: &'w TargetGroup, request: &SiteRequest) -> Option<&'w Target> {
    let states: Vec<(&Target, &'static str)> =
        group.targets.values().map(|target| (target, targets::of(view, group, target).state)).collect();
    let healthy: Vec<&Target> =
        states.iter().filter(|(_, state)| *state == "healthy").map(|(target, _)| *target).collect();
    let fitting: Vec<&Target> = if healthy.is_empty() {
        let open = states.iter().filter(|(_, state)| matches!(*state, "unhealthy" | "initial"));
        open.map(|(target, _)| *target).collect()
    } else {
        healthy
    };
    if is_set(group, "stickiness.enabled")
        && let Some(key) = cookie(request)
        && let Some(kept) = fitting.iter().find(|target| format!("{}:{}", target.id, target.port) == key)
    {
        return Some(kept);
    }
    let turn = usize::try_from(group.turn % u64::try_from(fitting.len().max(1)).unwrap_or(1)).unwrap_or(0);
    fitting.get(turn).copied()
}

/// The target that the stickiness cookie names.
fn cookie(request: &SiteRequest) -> Option<String> {
    let (_, cookies) = request.headers.iter().find(|(name, _)| name == "cookie")?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == TARGET_COOKIE)?;
    String::from_utf8(STANDARD.decode(value).ok()?).ok()
}

/// A network load balancer passes the connection on; where the client's address is kept, the target's security groups
/// see it.
fn connect(view: &View<'_>, lb: &LoadBalancer, listener: &Listener, request: &SiteRequest) -> Passed {
    let arn = listener.target_groups().next().unwrap_or_default();
    let group = view.region.elbv2.target_groups.get(arn);
    let nothing = || Passed::unanswered(&Broken::NoTarget { target_group: arn.to_owned() });
    let Some(group) = group.filter(|_| matches!(listener.protocol.as_str(), "TCP" | "TLS" | "TCP_UDP"))
    else {
        return nothing();
    };
    let Some(target) = choose(view, group, request) else { return nothing() };
    let sent = Some((group.arn.clone(), None));
    let index = Index::of(view);
    let end = match index.reach(view, lb, group, target, target.port) {
        Ok(end) => end,
        Err(broken) => return Passed { target_group: sent, ..Passed::unanswered(&broken) },
    };
    if let Err(broken) = index.admits_client(view, group, target) {
        return Passed { target_group: sent, ..Passed::unanswered(&broken) };
    }
    let (answer, trace) = site::open(view, &end, request);
    Passed { answer, trace, target_group: sent, own: None }
}

//! The page behind a load balancer does not answer, or not as it should.

use super::{Because, because, converging, inside, not_as_asked, page, targets, usual, wait_or, way};
use crate::catalog::check::{Scheme, Site, Waits};
use crate::check::facts::{Facts, Listener, LoadBalancer, Service, TargetGroup, Visit};
use crate::check::find::At;
use crate::check::{Page, Verdict, find};

/// Why the page is not as it should be, or what is waited for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    (of, at): (&Site, &At),
    balancer: &LoadBalancer,
    visits: &[&Visit],
    values: &[String],
    waits: Option<&Waits>,
) -> Verdict {
    if balancer.state == "provisioning" {
        let elapsed = balancer.created_at.map(|at| facts.age(at)).unwrap_or_default();
        return converging(waits, "the load balancer to be provisioned", elapsed);
    }
    let listeners = find::all(facts.listeners.get(&balancer.arn));
    let known = facts.listeners.contains_key(&balancer.arn);
    let listener = listeners.iter().find(|listener| listener.port == at.port);
    let cause = in_private_subnets(facts, balancer)
        .or_else(|| way::closed_groups(facts, &balancer.security_groups, at.port))
        .or_else(|| (known && listener.is_none()).then(|| no_listener(at, listeners)))
        .or_else(|| {
            let to = of.redirects_to.as_ref()?;
            let listener = listener.filter(|listener| listener.action != "redirect")?;
            let (protocol, port) = match to.scheme {
                Scheme::Http => ("HTTP", 80),
                Scheme::Https => ("HTTPS", 443),
            };
            let port = to.port.unwrap_or(port).to_string();
            Some(redirect_missing(listener, protocol, &port, &format!("HTTP_{}", to.status)))
        });
    if let Some(cause) = cause {
        return page::seen_by(cause, visits).failed();
    }
    let behind = listener.and_then(|listener| behind(facts, listener));
    if let Some((group, cluster, service)) = behind {
        let health = find::all(facts.target_health.get(&group.arn));
        if let Some(cause) = targets::trouble(facts, cluster, service, group, health) {
            return page::seen_by(cause, visits).failed();
        }
        if let Some(cause) = forgets(facts, of, service, visits) {
            return page::seen_by(cause, visits).failed();
        }
    }
    if let Some(cause) = inside::cause(facts, of, visits) {
        return page::seen_by(cause, visits).failed();
    }
    if let Some(why) = page::not_asked(visits) {
        return Verdict::CannotTell { reason: format!("the page was not asked: {why}") };
    }
    let started = facts
        .tasks
        .values()
        .flat_map(|tasks| find::all(Some(tasks)))
        .filter_map(|task| task.started_at)
        .max();
    let elapsed = started.map(|at| facts.age(at));
    if let Some((group, ..)) = behind
        && let Some(verdict) = targets::under_way(
            find::all(facts.target_health.get(&group.arn)),
            waits,
            elapsed.unwrap_or_default(),
        )
    {
        return verdict;
    }
    wait_or(waits, "the page to answer", elapsed.filter(|_| usual(waits) > 0), || {
        let what = visits.first().map_or_else(|| "not asked".to_owned(), |visit| page::outcome(&visit.page));
        let should = match &of.distinct {
            Some(distinct) if !values.is_empty() => format!("{} different answers", distinct.at_least),
            _ => format!("status {} as the step describes", of.status()),
        };
        page::seen_by(not_as_asked("The page", "The page", what, should), visits)
            .next("Open the page yourself, and read the log of the container that serves it.")
    })
}

/// The target group that a listener forwards to, and the service whose tasks are in it.
fn behind<'a>(facts: &'a Facts, listener: &Listener) -> Option<(&'a TargetGroup, &'a str, &'a Service)> {
    let groups = find::all(facts.target_groups.as_ref());
    let group = groups.iter().find(|group| listener.forwards_to.contains(&group.arn))?;
    facts.services.iter().find_map(|(cluster, services)| {
        let known = services.values().filter_map(|service| find::known(Some(service))?.as_ref());
        let mut mine =
            known.filter(|service| service.load_balancers.iter().any(|of| of.target_group == group.arn));
        mine.next().map(|service| (group, cluster.as_str(), service))
    })
}

/// An internet-facing load balancer in subnets without a way to the internet.
pub(in crate::check) fn in_private_subnets(facts: &Facts, balancer: &LoadBalancer) -> Option<Because> {
    find::known(facts.route_tables.as_ref())?;
    if balancer.scheme != "internet-facing" {
        return None;
    }
    let public = |subnet: &String| {
        let table = find::route_table(facts, subnet, &balancer.vpc_id);
        table.is_none_or(|table| {
            let default = table.routes.iter().find(|route| route.destination == "0.0.0.0/0");
            default.is_some_and(|route| route.target.starts_with("igw-") && route.state == "active")
        })
    };
    let private: Vec<&str> =
        balancer.subnets.iter().filter(|subnet| !public(subnet)).map(String::as_str).collect();
    if private.is_empty() {
        return None;
    }
    Some(
        because(
            "load-balancer-in-private-subnets",
            "The load balancer stands in subnets without a way to the internet",
            "An internet-facing load balancer has public addresses, and answers through the route table of its subnets. Without a default \
             route to an internet gateway there, no visitor's connection comes about.",
        )
        .seen("Subnets without a route to an internet gateway", private.join(", "))
        .next("Move the load balancer to public subnets, or route these to the internet gateway.")
        .command(format!(
            "aws elbv2 set-subnets --load-balancer-arn {} --subnets PUBLIC_SUBNET_ID PUBLIC_SUBNET_ID",
            balancer.arn
        )),
    )
}

fn no_listener(at: &At, listeners: &[Listener]) -> Because {
    let ports: Vec<String> = listeners.iter().map(|listener| listener.port.to_string()).collect();
    because(
        "no-listener",
        format!("The load balancer does not listen on port {}", at.port),
        "A load balancer answers only on the ports of its listeners. On every other port a connection is refused.",
    )
    .seen("Listeners on ports", if ports.is_empty() { "none".to_owned() } else { ports.join(", ") })
    .next(format!("Create a listener on port {}.", at.port))
}

/// The listener's default action is not the redirect that is asked for.
pub(in crate::check) fn redirect_missing(
    listener: &Listener,
    protocol: &str,
    port: &str,
    status: &str,
) -> Because {
    let is = match &listener.redirect {
        Some(to) => format!("redirect to {} {} with {}", to.protocol, to.port, to.status),
        None => listener.action.clone(),
    };
    because(
        "redirect-missing",
        format!("Port {} does not redirect", listener.port),
        "Visitors who come here are served as they are, instead of being sent to the other listener.",
    )
    .seen("Default action", is)
    .seen("Should be", format!("redirect to {protocol} {port} with {status}"))
    .next("Make the redirect the listener's default action.")
    .command(format!(
        "aws elbv2 modify-listener --listener-arn {} --default-actions \
         'Type=redirect,RedirectConfig={{Protocol={protocol},Port={port},StatusCode={status}}}'",
        listener.arn
    ))
}

/// The page answers without what earlier tasks have written.
fn forgets(facts: &Facts, of: &Site, service: &Service, visits: &[&Visit]) -> Option<Because> {
    of.matches.as_ref().filter(|_| facts.names.keeps_data)?;
    let answered = visits
        .iter()
        .any(|visit| matches!(&visit.page, Page::Answered { status, .. } if *status == of.status()));
    let definition = find::known(facts.task_definitions.get(&service.task_definition))?.as_ref()?;
    let kept = definition.volumes.values().any(Option::is_some);
    if !answered || kept || definition.volumes.is_empty() {
        return None;
    }
    Some(volume_is_ephemeral(
        &definition.volumes.keys().cloned().collect::<Vec<_>>().join(", "),
        &format!("{}:{}", definition.family, definition.revision),
    ))
}

/// The task's volume goes with the task.
pub(in crate::check) fn volume_is_ephemeral(volume: &str, revision: &str) -> Because {
    because(
        "volume-is-ephemeral",
        "The volume goes with its task",
        "The task definition's volume has no file system behind it. It is made with the task and taken away with it: what earlier tasks wrote \
         is gone, and tasks do not see each other's data.",
    )
    .seen("Volumes", volume)
    .seen("Revision", revision)
    .next("Register a revision whose volume has an efsVolumeConfiguration, and update the service to it.")
}

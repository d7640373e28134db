//! The page behind a classic load balancer does not answer, or not as it should. Follows "Troubleshoot a Classic Load
//! Balancer" (Elastic Load Balancing).

use super::{Because, because, inside, not_as_asked, page, wait_or, way};
use crate::catalog::check::{Site, Waits};
use crate::check::facts::{ClassicBalancer, Facts, Visit};
use crate::check::find::At;
use crate::check::{Verdict, find};

/// Why the page is not as it should be, or what is waited for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    of: &Site,
    at: &At,
    balancer: &ClassicBalancer,
    visits: &[&Visit],
    waits: Option<&Waits>,
) -> Verdict {
    let cause = way::closed_groups(facts, &balancer.security_groups, at.port)
        .or_else(|| no_listener(at, balancer))
        .or_else(|| {
            let instance_port = balancer.listeners.iter().find(|(port, _)| *port == at.port)?.1;
            way::closed_groups_from(
                facts,
                &machines(facts, balancer),
                instance_port,
                &balancer.security_groups,
            )
        });
    if let Some(cause) = cause {
        return page::seen_by(cause, visits).failed();
    }
    let started = facts
        .tasks
        .values()
        .flat_map(|tasks| find::all(Some(tasks)))
        .filter_map(|task| task.started_at)
        .max();
    let elapsed = started.map(|at| facts.age(at));
    let health = find::all(facts.instance_health.get(&balancer.name));
    if !health.iter().any(|one| one.state == "InService")
        && facts.instance_health.contains_key(&balancer.name)
    {
        return wait_or(waits, "the load balancer to find its machines healthy", elapsed, || {
            page::seen_by(none_in_service(facts, balancer), visits)
        });
    }
    if let Some(cause) = inside::cause(facts, of, visits) {
        return page::seen_by(cause, visits).failed();
    }
    if let Some(why) = page::not_asked(visits) {
        return Verdict::CannotTell { reason: format!("the page was not asked: {why}") };
    }
    wait_or(waits, "the page to answer", elapsed, || {
        let what = visits.first().map_or_else(|| "not asked".to_owned(), |visit| page::outcome(&visit.page));
        let should = format!("status {} as the step describes", of.status());
        page::seen_by(not_as_asked("The page", "The page", what, should), visits)
            .next("Open the page yourself, and read the log of the container that serves it.")
    })
}

/// The groups of the machines behind it.
fn machines(facts: &Facts, balancer: &ClassicBalancer) -> Vec<String> {
    let health = find::all(facts.instance_health.get(&balancer.name));
    let mut ids: Vec<String> = find::all(facts.instances.as_ref())
        .iter()
        .filter(|one| health.iter().any(|of| of.id == one.instance_id))
        .flat_map(|one| one.security_groups.clone())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn no_listener(at: &At, balancer: &ClassicBalancer) -> Option<Because> {
    if balancer.listeners.iter().any(|(port, _)| *port == at.port) {
        return None;
    }
    let ports: Vec<String> = balancer.listeners.iter().map(|(port, _)| port.to_string()).collect();
    Some(
        because(
            "no-listener",
            format!("The load balancer does not listen on port {}", at.port),
            "A load balancer answers only on the ports of its listeners. On every other port a connection is refused.",
        )
        .seen("Listeners on ports", ports.join(", "))
        .next(format!("Create a listener on port {}.", at.port)),
    )
}

fn none_in_service(facts: &Facts, balancer: &ClassicBalancer) -> Because {
    let health = find::all(facts.instance_health.get(&balancer.name));
    let mut cause = because(
        "no-instance-in-service",
        "The load balancer trusts none of its machines",
        "A classic load balancer sends visitors only to machines that pass its health check. None of them does, so it answers 503 by itself.",
    )
    .seen("The health check asks", &balancer.health_target);
    if health.is_empty() {
        cause = cause.seen("Registered machines", "none");
    }
    for one in health.iter().take(4) {
        cause = cause.seen(
            format!("Machine {}", one.id),
            format!("{} {}: {}", one.state, one.reason, one.description),
        );
    }
    cause
        .next("Find out why no task answers on the port that the health check asks.")
        .command(format!("aws elb describe-instance-health --load-balancer-name {}", balancer.name))
}

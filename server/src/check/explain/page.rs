//! The page does not answer, or answers without what it should show.

use super::{Because, because, discovery, joining, not_as_asked, not_there, placing, usual, wait_or, way};
use crate::catalog::check::{Http, Scheme, Waits};
use crate::check::facts::{ContainerDefinition, Fact, Facts, Task, TaskDefinition, Visit};
use crate::check::machine::{self, Told};
use crate::check::{Page, Verdict, find};
use crate::cloud::ec2::Instance;

/// Why no visit showed what it should.
pub(in crate::check) fn verdict(
    facts: &Facts,
    of: &Http,
    visits: &[&Visit],
    waits: Option<&Waits>,
) -> Verdict {
    let joined = find::joined(facts, &of.cluster);
    if joined.is_empty() {
        return joining::verdict(facts, &of.cluster, facts.names.group.as_deref(), 1, waits);
    }
    let tasks: Vec<&Task> =
        find::running_tasks(facts, &of.cluster).into_iter().filter(|t| t.last_status == "RUNNING").collect();
    if tasks.is_empty() {
        return no_task(facts, of, waits);
    }
    let hosts: Vec<(&Instance, Vec<&Task>)> = find::all(facts.instances.as_ref())
        .iter()
        .filter_map(|instance| {
            let at = joined.iter().find(|c| c.instance_id == instance.instance_id)?;
            let on: Vec<&Task> =
                tasks.iter().copied().filter(|t| t.container_instance.as_ref() == Some(&at.arn)).collect();
            (!on.is_empty()).then_some((instance, on))
        })
        .collect();
    let silent = |instance: &Instance| {
        !visits
            .iter()
            .any(|v| v.instance_id == instance.instance_id && matches!(v.page, Page::Answered { .. }))
    };
    let on_the_way = hosts.iter().filter(|(instance, _)| silent(instance)).find_map(|(instance, _)| {
        way::no_way(facts, instance).or_else(|| way::closed(facts, instance, of.port))
    });
    if let Some(cause) = on_the_way {
        return seen_by(cause, visits).failed();
    }
    if let Some(cause) = not_mapped(facts, of, &hosts) {
        return seen_by(cause, visits).failed();
    }
    let unanswered = match &of.asks {
        Some(asks) => discovery::unanswered(facts, of, asks),
        None => name_unknown(facts, of, &hosts),
    };
    if let Some(cause) = unanswered {
        return seen_by(cause, visits).failed();
    }
    if !visits.is_empty() && visits.iter().all(|v| matches!(v.page, Page::NotAsked { .. })) {
        let why = visits
            .iter()
            .find_map(|v| if let Page::NotAsked { why } = &v.page { Some(why.as_str()) } else { None });
        return Verdict::CannotTell {
            reason: format!("the page was not asked: {}", why.unwrap_or_default()),
        };
    }
    let newest = tasks.iter().filter_map(|t| t.started_at).max();
    let elapsed = newest.map(|at| facts.age(at));
    wait_or(waits, "the page to answer", elapsed, || {
        let what = visits.first().map_or_else(|| "not asked".to_owned(), |v| outcome(&v.page));
        seen_by(
            not_as_asked(
                "The front end",
                "The page",
                what,
                format!("status {} with the expected text", of.status),
            ),
            visits,
        )
        .next("Open the page yourself, and read the logs of the container that serves it.")
    })
}

fn no_task(facts: &Facts, of: &Http, waits: Option<&Waits>) -> Verdict {
    let service = of.service.as_deref().or(facts.names.service.as_deref());
    if let Some(service) = service.and_then(|name| find::service(facts, &of.cluster, name))
        && service.desired > 0
        && service.status == "ACTIVE"
    {
        return placing::verdict(facts, &of.cluster, service, waits);
    }
    not_there("running task in cluster", &of.cluster, &facts.region)
        .next("Create the service that runs the tasks, or set its desired count.")
        .failed()
}

pub(super) fn seen_by(mut cause: Because, visits: &[&Visit]) -> Because {
    for visit in visits.iter().take(2) {
        let own = if visit.target.scheme == Scheme::Https { 443 } else { 80 };
        let port = if visit.target.port == own { String::new() } else { format!(":{}", visit.target.port) };
        let url =
            format!("{}://{}{port}{}", visit.target.scheme.as_str(), visit.target.host, visit.target.path);
        cause = cause.seen(url, outcome(&visit.page));
    }
    cause
}

/// Why none of the visits was made.
pub(super) fn not_asked<'v>(visits: &[&'v Visit]) -> Option<&'v str> {
    let why = |visit: &&'v Visit| match &visit.page {
        Page::NotAsked { why } => Some(why.as_str()),
        _ => None,
    };
    let first = visits.iter().find_map(why)?;
    visits.iter().all(|visit| why(visit).is_some()).then_some(first)
}

pub(super) fn outcome(page: &Page) -> String {
    match page {
        Page::Answered { status, body, .. } => {
            let text: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("answered {status}: {}", text.chars().take(160).collect::<String>())
        }
        Page::TimedOut => "timed out".to_owned(),
        Page::Refused => "connection refused".to_owned(),
        Page::Broken { what } => what.clone(),
        Page::NotAsked { why } => format!("not asked: {why}"),
    }
}

fn definition<'a>(facts: &'a Facts, task: &Task) -> Option<&'a TaskDefinition> {
    match facts.task_definitions.get(&task.task_definition)? {
        Fact::Known(Some(of)) => Some(of),
        _ => None,
    }
}

/// The TCP host ports of a task, where it is published at all.
fn host_ports(facts: &Facts, task: &Task) -> Vec<i32> {
    let bound: Vec<i32> = task.containers.iter().flat_map(|c| c.host_ports.iter().copied()).collect();
    if !bound.is_empty() {
        return bound;
    }
    let stated = definition(facts, task).into_iter().flat_map(|d| &d.containers).flat_map(|c| &c.ports);
    stated.filter(|p| p.protocol != "udp").map(|p| p.host).collect()
}

fn not_mapped(facts: &Facts, of: &Http, hosts: &[(&Instance, Vec<&Task>)]) -> Option<Because> {
    let wanted = i32::from(of.port);
    let mapped = hosts.iter().flat_map(|(_, tasks)| tasks).any(|t| host_ports(facts, t).contains(&wanted));
    let known = hosts
        .iter()
        .flat_map(|(_, tasks)| tasks)
        .any(|t| definition(facts, t).is_some() || t.containers.iter().any(|c| !c.host_ports.is_empty()));
    if mapped || !known {
        return None;
    }
    let (instance, tasks) = hosts.first()?;
    let ports: Vec<String> = tasks.iter().flat_map(|t| host_ports(facts, t)).map(|p| p.to_string()).collect();
    Some(
        because(
            "port-not-mapped",
            format!("No running container publishes host port {wanted}"),
            format!(
                "The request reaches the host, and the host refuses it: nobody listens on port {wanted} there. A container is \
                 reached from outside only through a port mapping, at its host port."
            ),
        )
        .seen(
            format!("Host ports on {}", instance.instance_id),
            if ports.is_empty() { "none".to_owned() } else { ports.join(", ") },
        )
        .seen("Asked for", wanted.to_string())
        .next(format!(
            "Register a revision that maps hostPort {wanted} to the container's port, and update the service to it."
        )),
    )
}

/// Variables by which a container is told the name of another.
fn names_asked(container: &ContainerDefinition) -> impl Iterator<Item = (&str, &str)> {
    container
        .environment
        .iter()
        .filter(|(key, value)| {
            ["_NAME", "_HOST", "_HOSTNAME"].iter().any(|end| key.ends_with(end)) && !value.is_empty()
        })
        .map(|(key, value)| (key.as_str(), value.as_str()))
}

fn name_unknown(facts: &Facts, of: &Http, hosts: &[(&Instance, Vec<&Task>)]) -> Option<Because> {
    let wanted = i32::from(of.port);
    let running: Vec<&str> = hosts
        .iter()
        .flat_map(|(_, tasks)| tasks)
        .flat_map(|t| &t.containers)
        .filter(|c| c.last_status == "RUNNING")
        .map(|c| c.name.as_str())
        .collect();
    let broken = |key: &str, value: &str| {
        let mut names = running.clone();
        names.sort_unstable();
        names.dedup();
        because(
            "container-name-does-not-resolve",
            "The front end asks for a name that nobody answers to",
            "The front end finds the other container by name, through Weave's name server, which knows each running container by \
             its name in the task definition. The name it asks for leads nowhere, so it has nothing to show.",
        )
        .seen(key, value)
        .seen("Running containers", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    };
    for (instance, tasks) in hosts {
        for task in tasks {
            let Some(definition) = definition(facts, task) else { continue };
            let fronts = definition.containers.iter().filter(|c| c.ports.iter().any(|p| p.host == wanted));
            for (key, value) in fronts.flat_map(names_asked) {
                let name = value.strip_suffix(".weave.local").unwrap_or(value);
                if !name.contains('.') && !running.is_empty() && !running.contains(&name) {
                    return Some(broken(key, value).next(format!(
                        "Register a revision in which {key} is the name of the other container, and update the service to it."
                    )));
                }
                let image = machine::image(facts, &instance.image_id);
                if let Some(image) = image.filter(|image| machine::has_weave(image) == Told::No) {
                    return Some(
                        broken(key, value)
                            .seen(format!("Image {}", image.image_id), format!("{}: no Weave Net on it", image.name))
                            .next(
                                "Make a launch configuration with the Weave ECS image of your region, point the group at it, \
                                 and terminate the instances: the group replaces them.",
                            ),
                    );
                }
            }
        }
    }
    None
}

/// The page answers, but the same each time.
pub(in crate::check) fn too_few(
    facts: &Facts,
    of: &Http,
    values: &[String],
    at_least: u32,
    waits: Option<&Waits>,
) -> Verdict {
    let running = find::running_tasks(facts, &of.cluster).len();
    let named = of.service.as_deref().or(facts.names.service.as_deref());
    let service = named.and_then(|name| find::service(facts, &of.cluster, name));
    if let Some(service) = service.filter(|s| s.running < s.desired || s.deployments.len() > 1) {
        return placing::verdict(facts, &of.cluster, service, waits);
    }
    let since = find::running_tasks(facts, &of.cluster).iter().filter_map(|t| t.started_at).max();
    let elapsed = since.map(|at| facts.age(at));
    if elapsed.is_some_and(|seconds| seconds < i64::from(usual(waits))) {
        return super::converging(
            waits,
            "the front ends to ask several data producers",
            elapsed.unwrap_or_default(),
        );
    }
    if let Some(cause) = of.asks.as_ref().and_then(|asks| discovery::unanswered(facts, of, asks)) {
        return cause.failed();
    }
    not_as_asked(
        "The front end",
        "Different answers",
        values.len().to_string(),
        format!("at least {at_least}"),
    )
    .seen("Seen", values.join(", "))
    .seen("Running tasks", running.to_string())
    .next(
        "Check that several tasks run, and that the security group lets Weave through between the instances.",
    )
    .failed()
}

//! The page answers, and what is behind it does not: whom the programs of a stack ask in their turn, and what is in the way.

use super::{Because, because, discovery, way};
use crate::catalog::check::Site;
use crate::check::facts::{Facts, Service, Task, Visit};
use crate::check::machine::{self, Told};
use crate::check::{Page, find};
use crate::cloud::ec2::{Instance, IpPermission, SecurityGroup};

/// Why the programs of a site's stack do not reach each other, if that can be told.
pub(in crate::check) fn cause(facts: &Facts, of: &Site, visits: &[&Visit]) -> Option<Because> {
    let stack = of.stack.as_deref()?;
    let services: Vec<(&str, &Service)> = find::services_of(facts, stack)
        .into_iter()
        .filter_map(|(cluster, name)| Some((cluster, find::service(facts, cluster, name)?)))
        .collect();
    let mut clusters: Vec<&str> = services.iter().map(|(cluster, _)| *cluster).collect();
    clusters.dedup();
    clusters
        .iter()
        .find_map(|cluster| weave_closed(facts, cluster))
        .or_else(|| database_closed(facts, stack, &services))
        .or_else(|| alias(facts, of, &services, visits))
}

/// The EC2 instances of a cluster.
fn machines<'a>(facts: &'a Facts, cluster: &str) -> Vec<&'a Instance> {
    let joined = find::joined_ids(facts, cluster);
    find::all(facts.instances.as_ref()).iter().filter(|one| joined.contains(&one.instance_id)).collect()
}

fn groups<'a>(facts: &'a Facts, ids: &[String]) -> Vec<&'a SecurityGroup> {
    find::all(facts.security_groups.as_ref()).iter().filter(|group| ids.contains(&group.group_id)).collect()
}

/// Whether one of these groups lets a port in from somebody in one of those, or from addresses.
fn is_open(inside: &[&SecurityGroup], protocol: &str, port: u16, from: &[String]) -> bool {
    let lets = |rule: &IpPermission| {
        way::has_port(rule, protocol, port)
            && (!rule.cidrs.is_empty() || rule.groups.iter().any(|group| from.contains(group)))
    };
    inside.iter().flat_map(|group| &group.ingress).any(lets)
}

/// Weave Net's ports between the machines.
fn weave_closed(facts: &Facts, cluster: &str) -> Option<Because> {
    let machines = machines(facts, cluster);
    let with_weave = machines.iter().all(|one| {
        machine::image(facts, &one.image_id).is_some_and(|image| machine::has_weave(image) == Told::Yes)
    });
    if machines.len() < 2 || !with_weave {
        return None;
    }
    let ids: Vec<String> = machines.first()?.security_groups.clone();
    let own = groups(facts, &ids);
    let closed: Vec<&str> = [("tcp", 6783, "TCP 6783"), ("udp", 6783, "UDP 6783"), ("udp", 6784, "UDP 6784")]
        .into_iter()
        .filter(|(protocol, port, _)| !is_open(&own, protocol, *port, &ids))
        .map(|(.., words)| words)
        .collect();
    let group = own.first().filter(|_| !closed.is_empty())?;
    let hosts: Vec<&str> = machines.iter().take(5).map(|one| one.instance_id.as_str()).collect();
    Some(
        because(
            "weave-ports-closed",
            "The machines do not let each other's Weave Net in",
            "Containers find each other by name through Weave Net, whose routers speak TCP 6783 and UDP 6783 and 6784 from machine to machine. With \
             these ports closed, a container finds only those of its own machine.",
        )
        .seen("Closed between the machines", closed.join(", "))
        .seen(format!("Security group {} ({})", group.group_name, group.group_id), way::rules(group))
        .seen("Machines that see no peer", hosts.join(", "))
        .next("Open TCP 6783 and UDP 6783-6784 to the group itself.")
        .command(format!(
            "aws ec2 authorize-security-group-ingress --group-id {id} --ip-permissions \
             'IpProtocol=tcp,FromPort=6783,ToPort=6783,UserIdGroupPairs=[{{GroupId={id}}}]' \
             'IpProtocol=udp,FromPort=6783,ToPort=6784,UserIdGroupPairs=[{{GroupId={id}}}]'",
            id = group.group_id
        )),
    )
}

/// The groups that a service's tasks ask from.
fn asking(facts: &Facts, cluster: &str, service: &Service) -> Vec<String> {
    if service.security_groups.is_empty() {
        let mut ids: Vec<String> =
            machines(facts, cluster).iter().flat_map(|one| one.security_groups.clone()).collect();
        ids.sort();
        ids.dedup();
        ids
    } else {
        service.security_groups.clone()
    }
}

/// A database of the stack lets in nobody who asks it.
fn database_closed(facts: &Facts, stack: &str, services: &[(&str, &Service)]) -> Option<Because> {
    let own: Vec<&str> =
        find::resources(facts, stack, "AWS::RDS::DBInstance").map(|of| of.physical_id.as_str()).collect();
    let databases = find::all(facts.databases.as_ref()).iter().filter(|one| own.contains(&one.id.as_str()));
    for database in databases.filter(|one| !one.address.is_empty()) {
        let asks = |service: &Service| {
            let definition = find::known(facts.task_definitions.get(&service.task_definition))?.as_ref()?;
            definition.containers.iter().find_map(|container| {
                let told = container.environment.values().chain(&container.arguments);
                told.into_iter().any(|text| text.contains(&database.address)).then(|| container.name.clone())
            })
        };
        for (cluster, service) in services {
            let Some(container) = asks(service) else { continue };
            let inside = groups(facts, &database.security_groups);
            let from = asking(facts, cluster, service);
            if inside.is_empty() || from.is_empty() || is_open(&inside, "tcp", database.port, &from) {
                continue;
            }
            let mut cause = because(
                "database-port-closed",
                format!("The database lets nobody in from {}", service.name),
                "The program is told the database's address and asks there. The database's security group has no rule for its port from the side that \
                 asks, so the question is dropped without a reply.",
            )
            .seen(format!("{container} asks for"), format!("{}:{}", database.address, database.port));
            for group in &inside {
                let label = format!("The database's group {} ({})", group.group_name, group.group_id);
                cause = cause.seen(label, way::rules(group));
            }
            let id = inside.first().map_or("SECURITY_GROUP_ID", |group| group.group_id.as_str());
            return Some(
                cause
                    .seen("Groups of the asking side", from.join(", "))
                    .next(format!("Let in TCP {} from the asking side's group.", database.port))
                    .command(format!(
                        "aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port {} --source-group {}",
                        database.port,
                        from.first().map_or("SECURITY_GROUP_ID", String::as_str)
                    )),
            );
        }
    }
    None
}

/// Whether a page's path or a failed answer is about this name.
fn is_about(of: &Site, visits: &[&Visit], name: &str) -> bool {
    let path = of.path().trim_start_matches('/');
    let said =
        |text: &str| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word == name);
    path.split(['/', '?']).next() == Some(name)
        || visits.iter().any(|visit| match &visit.page {
            Page::Answered { status, body, .. } => *status >= 400 && said(body),
            _ => false,
        })
}

/// An alias of Service Connect that the page's own tasks ask for: it came after them, or is closed to them.
fn alias(facts: &Facts, of: &Site, services: &[(&str, &Service)], visits: &[&Visit]) -> Option<Because> {
    let connect = |service: &'_ Service| {
        service.primary().and_then(|d| d.connect.clone()).filter(|connect| connect.enabled)
    };
    let (cluster, client) = services
        .iter()
        .find(|(_, service)| !service.load_balancers.is_empty() && connect(service).is_some())?;
    let own = format!("service:{}", client.name);
    let tasks: Vec<&Task> = find::all(facts.tasks.get(*cluster))
        .iter()
        .filter(|task| task.group == own && task.last_status == "RUNNING")
        .collect();
    let youngest = tasks.iter().filter_map(|task| task.created_at).max();
    for (_, server) in services.iter().filter(|(_, service)| service.name != client.name) {
        let offered = connect(server).map(|connect| connect.services).unwrap_or_default();
        let aliases = offered.iter().flat_map(|port| &port.aliases);
        for (alias, port) in aliases.filter_map(|(name, port)| Some((name.as_deref()?, *port))) {
            if !is_about(of, visits, alias) {
                continue;
            }
            if let Some((server_at, task_at)) = server.created_at.zip(youngest)
                && server_at > task_at
            {
                return Some(newer(facts, cluster, client, (alias, &server.name), (server_at, task_at)));
            }
            let port = u16::try_from(port).ok()?;
            if let Some(cause) = discovery::closed(facts, cluster, port, client, server) {
                return Some(cause.seen("Asked for", format!("{alias}:{port}")));
            }
        }
    }
    None
}

fn newer(
    facts: &Facts,
    cluster: &str,
    client: &Service,
    (alias, server): (&str, &str),
    (server_at, task_at): (i64, i64),
) -> Because {
    let ago = |at: i64| format!("{} s ago", facts.at.saturating_sub(at));
    because(
        "alias-newer-than-client",
        format!("The tasks of {} are older than the name {alias}", client.name),
        "A task's proxy knows the aliases that there were when the task was started. One that came later is unknown to it, however healthy the \
         service behind it is.",
    )
    .seen(format!("{alias}, offered by {server} since"), ago(server_at))
    .seen(format!("Youngest task of {}", client.name), ago(task_at))
    .next(format!("Deploy {} again: its new tasks know the name.", client.name))
    .command(format!(
        "aws ecs update-service --cluster {cluster} --service {} --force-new-deployment",
        client.name
    ))
}

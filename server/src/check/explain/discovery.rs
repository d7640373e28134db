//! A name does not lead to a program. Follows "Service discovery" and "Service Connect" (Amazon ECS).

use super::{Because, because, converging, not_as_asked, not_there, wait_or, way};
use crate::catalog::check::{Asks, DiscoveryInstances, Http, Serves, Waits};
use crate::check::facts::{self, DiscoveryInstance, Facts, Offered, Service, Task};
use crate::check::{Verdict, find};
use crate::cloud::ec2::SecurityGroup;

fn tasks<'a>(facts: &'a Facts, cluster: &str, service: &str) -> impl Iterator<Item = &'a Task> {
    let group = format!("service:{service}");
    find::all(facts.tasks.get(cluster)).iter().filter(move |task| task.group == group)
}

/// Registered addresses that no task of the service has. A task on its way out still has its own.
pub(in crate::check) fn strangers<'a>(
    facts: &Facts,
    cluster: &str,
    service: &str,
    instances: &'a [DiscoveryInstance],
) -> Vec<&'a DiscoveryInstance> {
    let known: Vec<&String> = tasks(facts, cluster, service)
        .filter(|task| task.last_status != "STOPPED")
        .flat_map(|task| &task.addresses)
        .collect();
    instances.iter().filter(|one| !known.contains(&&one.address)).collect()
}

/// Why others are registered than should be, or what is waited for.
pub(in crate::check) fn registered(
    facts: &Facts,
    of: &DiscoveryInstances,
    name: &facts::DiscoveryService,
    instances: &[DiscoveryInstance],
    service: &Service,
    waits: Option<&Waits>,
) -> Verdict {
    let strangers = strangers(facts, &of.cluster, &of.service, instances);
    let wanted = usize::try_from(of.strangers).unwrap_or(usize::MAX);
    if strangers.len() > wanted {
        return stranger(facts, of, name, &strangers).failed();
    }
    if service.registries.is_empty() && instances.is_empty() {
        return registry_empty(name, &of.cluster, Some(service)).failed();
    }
    let moving: Vec<&Task> = tasks(facts, &of.cluster, &of.service)
        .filter(|task| !matches!(task.last_status.as_str(), "RUNNING" | "STOPPED"))
        .collect();
    if !moving.is_empty() || service.running < service.desired {
        let since = moving.iter().filter_map(|task| task.created_at).max().map_or(0, |at| facts.age(at));
        return converging(waits, "the tasks to be registered", since);
    }
    if strangers.len() < wanted {
        return not_there("registered address that no task has under", &of.name, &facts.region)
            .seen("Registered", list(instances))
            .next("Register an instance by hand, with an address nobody has.")
            .command(format!(
                "aws servicediscovery register-instance --service-id {} --instance-id nobody --attributes AWS_INSTANCE_IPV4=ADDRESS",
                name.id
            ))
            .failed();
    }
    let newest = tasks(facts, &of.cluster, &of.service).filter_map(|task| task.started_at).max();
    wait_or(waits, "the tasks to be registered", newest.map(|at| facts.age(at)), || {
        if instances.is_empty() {
            return registry_empty(name, &of.cluster, Some(service));
        }
        not_as_asked(
            &format!("The name {}.{}", of.name, of.namespace),
            "Registered instances",
            format!("{}: {}", instances.len(), list(instances)),
            of.registered.to_string(),
        )
        .next("Compare the registered addresses with those of the service's tasks.")
        .command(format!("aws servicediscovery list-instances --service-id {}", name.id))
    })
}

fn list(instances: &[DiscoveryInstance]) -> String {
    if instances.is_empty() {
        return "nobody".to_owned();
    }
    instances.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join(", ")
}

fn stranger(
    facts: &Facts,
    of: &DiscoveryInstances,
    name: &facts::DiscoveryService,
    strangers: &[&DiscoveryInstance],
) -> Because {
    let own: Vec<&str> = tasks(facts, &of.cluster, &of.service)
        .filter(|task| task.last_status == "RUNNING")
        .flat_map(|task| task.addresses.iter().map(String::as_str))
        .collect();
    seen_strangers(name, strangers).seen("Addresses of the tasks", own.join(", "))
}

fn seen_strangers(name: &facts::DiscoveryService, strangers: &[&DiscoveryInstance]) -> Because {
    let mut cause = because(
        "stranger-registered",
        "An address is registered that no task has",
        "The registry believes what it is told, and answers with every address it knows. Whoever gets this one waits for a program that is not \
         there.",
    );
    for one in strangers.iter().take(3) {
        cause = cause.seen(format!("Instance {}", one.id), &one.address);
    }
    cause.next("Take the address out of the registry.").command(format!(
        "aws servicediscovery deregister-instance --service-id {} --instance-id {}",
        name.id,
        strangers.first().map_or("ID", |one| one.id.as_str())
    ))
}

fn registry_empty(name: &facts::DiscoveryService, cluster: &str, service: Option<&Service>) -> Because {
    let of = service.map_or("SERVICE", |service| service.name.as_str());
    let registries = service.map(|service| service.registries.join(", ")).filter(|list| !list.is_empty());
    because(
        "registry-empty",
        format!("Nobody is registered as {}", name.name),
        "The name exists, and nothing is behind it. ECS registers the tasks of a service that was given the registry, as long as they run.",
    )
    .seen("Registered instances", "0")
    .seen(format!("serviceRegistries of {of}"), registries.unwrap_or_else(|| "none".to_owned()))
    .next("Give the service the registry; its tasks are replaced.")
    .command(format!(
        "aws ecs update-service --cluster {cluster} --service {of} --service-registries registryArn={}",
        name.arn
    ))
}

/// Why a page's own question is not answered, if that can be told.
pub(in crate::check) fn unanswered(facts: &Facts, of: &Http, asks: &Asks) -> Option<Because> {
    let client_name = of.service.as_ref().or(facts.names.service.as_ref())?;
    let client = find::service(facts, &of.cluster, client_name)?;
    let asked = find::variable(facts, client, asks)?;
    let all: Vec<&Service> =
        facts.names.services.iter().filter_map(|name| find::service(facts, &of.cluster, name)).collect();
    let connected = client.primary().and_then(|d| d.connect.as_ref()).is_some_and(|connect| connect.enabled);
    let server = all.iter().copied().find(|service| offers(service, asked));
    if let Some(server) = server {
        if !connected {
            let namespace =
                server.primary().and_then(|d| d.connect.as_ref()).map_or("", |c| c.namespace.as_str());
            return Some(
                connect_off(&of.cluster, client, crate::check::machine::last_part(namespace))
                    .seen(asks.variable.as_str(), asked)
                    .seen("Who offers it", &server.name),
            );
        }
        return closed(facts, &of.cluster, asks.port, client, server);
    }
    let Some((_, name)) = find::by_dns_name(facts, asked) else {
        return Some(not_registered(facts, asks, asked, &all));
    };
    let instances = find::known(facts.discovery_instances.get(&name.id))?;
    let server = all.iter().copied().find(|service| service.registries.contains(&name.arn));
    if instances.is_empty() {
        return Some(registry_empty(name, &of.cluster, server).seen(asks.variable.as_str(), asked));
    }
    let server = server?;
    if let Some(cause) = closed(facts, &of.cluster, asks.port, client, server) {
        return Some(cause);
    }
    let strangers = strangers(facts, &of.cluster, &server.name, instances);
    (!strangers.is_empty()).then(|| seen_strangers(name, &strangers))
}

fn offers(service: &Service, name: &str) -> bool {
    let connect = service.primary().and_then(|d| d.connect.as_ref()).filter(|connect| connect.enabled);
    connect.is_some_and(|connect| {
        connect.services.iter().flat_map(|of| &of.aliases).any(|(alias, _)| alias.as_deref() == Some(name))
    })
}

fn not_registered(facts: &Facts, asks: &Asks, asked: &str, all: &[&Service]) -> Because {
    let mut names: Vec<String> = find::all(facts.namespaces.as_ref())
        .iter()
        .flat_map(|space| {
            let services = find::all(facts.discovery_services.get(&space.id));
            services.iter().map(|of| format!("{}.{}", of.name, space.name))
        })
        .collect();
    for connect in all.iter().filter_map(|service| service.primary()?.connect.as_ref()) {
        names.extend(connect.services.iter().flat_map(|of| &of.aliases).filter_map(|(name, _)| name.clone()));
    }
    because(
        "name-not-registered",
        "The front end asks for a name that does not exist",
        "A container finds another by a name that somebody has registered: a service of a namespace, with the namespace's name behind it, or an alias \
         of Service Connect. Nobody has registered this one.",
    )
    .seen(asks.variable.as_str(), asked)
    .seen("Names there are", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    .next(format!("Set {} to a name that exists, register a revision, and update the service to it.", asks.variable))
}

/// The tasks that are asked let nobody in who asks.
pub(super) fn closed(
    facts: &Facts,
    cluster: &str,
    port: u16,
    client: &Service,
    server: &Service,
) -> Option<Because> {
    let all = find::known(facts.security_groups.as_ref())?;
    let groups: Vec<&SecurityGroup> =
        all.iter().filter(|group| server.security_groups.contains(&group.group_id)).collect();
    if groups.is_empty() {
        return None;
    }
    let asking: Vec<String> = if client.security_groups.is_empty() {
        let joined = find::joined_ids(facts, cluster);
        let machines =
            find::all(facts.instances.as_ref()).iter().filter(|one| joined.contains(&one.instance_id));
        machines.flat_map(|one| one.security_groups.clone()).collect()
    } else {
        client.security_groups.clone()
    };
    let open = groups.iter().flat_map(|group| &group.ingress).any(|rule| {
        way::has_port(rule, "tcp", port)
            && (!rule.cidrs.is_empty() || rule.groups.iter().any(|group| asking.contains(group)))
    });
    if open {
        return None;
    }
    let mut cause = because(
        "discovered-port-closed",
        format!("The tasks that are asked let nobody in on port {port}"),
        "The name leads to the right addresses. Their security groups have no rule for the port from the asking side, so the question is dropped \
         without a reply.",
    );
    for group in &groups {
        cause = cause
            .seen(format!("Security group {} ({})", group.group_name, group.group_id), way::rules(group));
    }
    let from = asking.first().map_or("SECURITY_GROUP_ID", String::as_str);
    Some(
        cause
            .seen("Groups of the asking side", asking.join(", "))
            .next(format!("Let in TCP {port} from the asking side's group."))
            .command(format!(
                "aws ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port {} --source-group {from}",
                groups.first().map_or("SECURITY_GROUP_ID", |group| group.group_id.as_str()),
                port
            )),
    )
}

/// A service takes no part in Service Connect.
pub(in crate::check) fn connect_off(cluster: &str, service: &Service, namespace: &str) -> Because {
    because(
        "service-connect-off",
        format!("The service {} takes no part in Service Connect", service.name),
        "Only tasks of a service with Service Connect switched on have the proxy beside them that knows the aliases. To all others an alias is a name \
         like any other, and unknown.",
    )
    .seen(format!("serviceConnectConfiguration of {}", service.name), "none, or not enabled")
    .untouched(service.primary().is_none_or(|d| d.connect.is_none()))
    .next("Switch it on for the service.")
    .command(format!(
        "aws ecs update-service --cluster {cluster} --service {} --service-connect-configuration enabled=true,namespace={namespace}",
        service.name
    ))
}

/// The port is offered under another name than the one asked for.
pub(in crate::check) fn alias_missing(service: &Service, port: &Offered, serves: &Serves) -> Because {
    let aliases: Vec<String> = port
        .aliases
        .iter()
        .map(|(name, port)| format!("{}:{port}", name.as_deref().unwrap_or("(no name)")))
        .collect();
    because(
        "alias-missing",
        format!("The port {} is offered without the alias {}", serves.port_name, serves.alias),
        "Clients ask for the names in clientAliases. Without one they would have to ask for the discovery name with the namespace behind it.",
    )
    .seen(format!("Aliases of {}", port.port_name), if aliases.is_empty() { "none".to_owned() } else { aliases.join(", ") })
    .seen_if("Discovery name", port.discovery_name.clone())
    .seen("Should be", format!("{}:{}", serves.alias, serves.port))
    .next(format!(
        "Give {} the client alias with dnsName {} and port {}, then deploy the clients again.",
        service.name, serves.alias, serves.port
    ))
}

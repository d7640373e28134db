//! Finding the lab's things among what was seen: by name, by tag, or by way of each other.

use super::facts::{
    ClassicBalancer, ContainerInstance, DiscoveryService, Fact, Facts, Group, LoadBalancer, Namespace,
    Service, Stack, StackResource, TargetGroup, Task,
};
use crate::catalog::check::{Asks, Scheme, Site};
use crate::cloud::ec2::{InternetGateway, RouteTable, SecurityGroup, Subnet, Tags, Vpc};

/// The answer, where there was one.
pub(super) fn known<T>(fact: Option<&Fact<T>>) -> Option<&T> {
    match fact {
        Some(Fact::Known(value)) => Some(value),
        _ => None,
    }
}

/// All of a list that is known; otherwise nothing.
pub(super) fn all<T>(fact: Option<&Fact<Vec<T>>>) -> &[T] {
    known(fact).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn name_tag(tags: &Tags) -> Option<&str> {
    tags.get("Name").map(String::as_str)
}

/// Something, and whether its tag led to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a, T> {
    pub(super) it: &'a T,
    pub(super) by_tag: bool,
}

/// The lab's VPC: the region's default one if that is its name; else by its tag Name; else that of the lab's subnet or Auto Scaling group; else the only VPC of the region that
/// is neither the default one nor somebody's by name.
pub(super) fn vpc(facts: &Facts) -> Option<Found<'_, Vpc>> {
    let vpcs = all(facts.vpcs.as_ref());
    let subnets = all(facts.subnets.as_ref());
    let name = facts.names.vpc.as_deref();
    let has_subnet = |vpc: &&Vpc| subnets.iter().any(|s| s.vpc_id == vpc.vpc_id);
    if name == Some("default") {
        return vpcs.iter().find(|vpc| vpc.is_default).map(|it| Found { it, by_tag: true });
    }
    let tagged: Vec<&Vpc> = vpcs.iter().filter(|v| name.is_some() && name_tag(&v.tags) == name).collect();
    if let Some(it) = tagged.iter().copied().find(has_subnet).or(tagged.first().copied()) {
        return Some(Found { it, by_tag: true });
    }
    let by_subnet = facts
        .names
        .subnet
        .as_deref()
        .and_then(|name| subnets.iter().find(|s| name_tag(&s.tags) == Some(name)))
        .or_else(|| {
            let group = facts.names.group.as_deref().and_then(|name| group(facts, name))?;
            subnets.iter().find(|s| group.subnets.contains(&s.subnet_id))
        });
    if let Some(subnet) = by_subnet {
        let it = vpcs.iter().find(|v| v.vpc_id == subnet.vpc_id && !v.is_default)?;
        return Some(Found { it, by_tag: false });
    }
    let mut nameless = vpcs.iter().filter(|v| !v.is_default && name_tag(&v.tags).is_none());
    match (nameless.next(), nameless.next()) {
        (Some(it), None) => Some(Found { it, by_tag: false }),
        _ => None,
    }
}

/// The lab's subnet: by its tag Name, the one in the lab's VPC first; else the only one of that VPC; else the group's.
pub(super) fn subnet<'a>(facts: &'a Facts, name: &str) -> Option<Found<'a, Subnet>> {
    let subnets = all(facts.subnets.as_ref());
    let vpc_id = vpc(facts).map(|found| found.it.vpc_id.as_str());
    let tagged: Vec<&Subnet> = subnets.iter().filter(|s| name_tag(&s.tags) == Some(name)).collect();
    let inside = tagged.iter().copied().find(|s| Some(s.vpc_id.as_str()) == vpc_id);
    if let Some(it) = inside.or(tagged.first().copied()) {
        return Some(Found { it, by_tag: true });
    }
    let mut of_vpc = subnets.iter().filter(|s| Some(s.vpc_id.as_str()) == vpc_id);
    if let (Some(it), None) = (of_vpc.next(), of_vpc.next()) {
        return Some(Found { it, by_tag: false });
    }
    let group = group(facts, facts.names.group.as_deref()?)?;
    let it = subnets.iter().find(|s| group.subnets.contains(&s.subnet_id))?;
    Some(Found { it, by_tag: false })
}

pub(super) fn group<'a>(facts: &'a Facts, name: &str) -> Option<&'a Group> {
    all(facts.groups.as_ref()).iter().find(|g| g.name == name)
}

pub(super) fn service<'a>(facts: &'a Facts, cluster: &str, name: &str) -> Option<&'a Service> {
    known(facts.services.get(cluster).and_then(|of| of.get(name)))?.as_ref()
}

/// Container instances that can take tasks.
pub(super) fn joined<'a>(facts: &'a Facts, cluster: &str) -> Vec<&'a ContainerInstance> {
    all(facts.container_instances.get(cluster))
        .iter()
        .filter(|c| c.status == "ACTIVE" && c.agent_connected)
        .collect()
}

/// The EC2 ids of everything registered in a cluster.
pub(super) fn joined_ids(facts: &Facts, cluster: &str) -> Vec<String> {
    all(facts.container_instances.get(cluster)).iter().map(|c| c.instance_id.clone()).collect()
}

/// Tasks that are meant to run.
pub(super) fn running_tasks<'a>(facts: &'a Facts, cluster: &str) -> Vec<&'a Task> {
    all(facts.tasks.get(cluster)).iter().filter(|task| task.desired_status == "RUNNING").collect()
}

/// The route table that serves a subnet: its own association, else the VPC's main one.
pub(super) fn route_table<'a>(facts: &'a Facts, subnet_id: &str, vpc_id: &str) -> Option<&'a RouteTable> {
    let tables = all(facts.route_tables.as_ref());
    let own = tables.iter().find(|t| t.subnet_ids.iter().any(|id| id == subnet_id));
    own.or_else(|| tables.iter().find(|t| t.main && t.vpc_id == vpc_id))
}

/// The internet gateway that is attached to a VPC.
pub(super) fn gateway_of<'a>(facts: &'a Facts, vpc_id: &str) -> Option<&'a InternetGateway> {
    all(facts.internet_gateways.as_ref())
        .iter()
        .find(|g| g.attached_to.iter().any(|attached| attached == vpc_id))
}

/// A security group by name, the one in the lab's VPC first.
pub(super) fn security_group<'a>(facts: &'a Facts, name: &str) -> Option<&'a SecurityGroup> {
    let groups = all(facts.security_groups.as_ref());
    let vpc_id = vpc(facts).map(|found| found.it.vpc_id.as_str());
    let named = || groups.iter().filter(|g| g.group_name == name);
    named().find(|g| Some(g.vpc_id.as_str()) == vpc_id).or_else(|| named().next())
}

pub(super) fn load_balancer<'a>(facts: &'a Facts, name: &str) -> Option<&'a LoadBalancer> {
    all(facts.load_balancers.as_ref()).iter().find(|of| of.name == name)
}

/// The load balancer that has this DNS name.
pub(super) fn balancer_at<'a>(facts: &'a Facts, host: &str) -> Option<&'a LoadBalancer> {
    all(facts.load_balancers.as_ref()).iter().find(|of| of.dns_name.eq_ignore_ascii_case(host))
}

/// The classic load balancer that has this DNS name.
pub(super) fn classic_at<'a>(facts: &'a Facts, host: &str) -> Option<&'a ClassicBalancer> {
    all(facts.classic_balancers.as_ref()).iter().find(|of| of.dns_name.eq_ignore_ascii_case(host))
}

pub(super) fn target_group<'a>(facts: &'a Facts, name: &str) -> Option<&'a TargetGroup> {
    all(facts.target_groups.as_ref()).iter().find(|of| of.name == name)
}

/// A service as Application Auto Scaling names it.
pub(super) fn resource_id(cluster: &str, service: &str) -> String {
    format!("service/{cluster}/{service}")
}

/// How the names of the alarms begin that target tracking makes for a resource.
pub(super) fn alarm_prefix(resource: &str) -> String {
    format!("TargetTracking-{resource}-")
}

pub(super) fn namespace<'a>(facts: &'a Facts, name: &str) -> Option<&'a Namespace> {
    all(facts.namespaces.as_ref()).iter().find(|of| of.name == name)
}

/// A service of a namespace, both by name.
pub(super) fn discovery_service<'a>(
    facts: &'a Facts,
    namespace_name: &str,
    name: &str,
) -> Option<&'a DiscoveryService> {
    let space = namespace(facts, namespace_name)?;
    all(facts.discovery_services.get(&space.id)).iter().find(|of| of.name == name)
}

/// The Cloud Map service that a DNS name leads to.
pub(super) fn by_dns_name<'a>(facts: &'a Facts, name: &str) -> Option<(&'a Namespace, &'a DiscoveryService)> {
    all(facts.namespaces.as_ref()).iter().filter(|space| space.of_type.starts_with("DNS")).find_map(|space| {
        let own = name.strip_suffix(space.name.as_str())?.strip_suffix('.')?;
        let of = all(facts.discovery_services.get(&space.id)).iter().find(|of| of.name == own)?;
        Some((space, of))
    })
}

/// The value of the variable by which a service's container is told whom to ask.
pub(super) fn variable<'a>(facts: &'a Facts, service: &Service, asks: &Asks) -> Option<&'a str> {
    let definition = known(facts.task_definitions.get(&service.task_definition))?.as_ref()?;
    let container = definition.containers.iter().find(|of| of.name == asks.container)?;
    container.environment.get(&asks.variable).map(String::as_str)
}

/// A stack that has not been deleted.
pub(super) fn stack<'a>(facts: &'a Facts, name: &str) -> Option<&'a Stack> {
    known(facts.stacks.get(name))?.as_ref()
}

/// What a stack has made of one type, and has not deleted.
pub(super) fn resources<'a>(
    facts: &'a Facts,
    stack: &str,
    kind: &'a str,
) -> impl Iterator<Item = &'a StackResource> + use<'a> {
    all(facts.stack_resources.get(stack))
        .iter()
        .filter(move |of| of.kind == kind && of.status != "DELETE_COMPLETE" && !of.physical_id.is_empty())
}

/// Clusters and names of a stack's services.
pub(super) fn services_of<'a>(facts: &'a Facts, stack: &str) -> Vec<(&'a str, &'a str)> {
    resources(facts, stack, "AWS::ECS::Service")
        .filter_map(|of| of.physical_id.split_once(":service/")?.1.split_once('/'))
        .collect()
}

/// The Auto Scaling group of the lab's stack that made this cluster.
pub(super) fn group_of_cluster<'a>(facts: &'a Facts, cluster: &str) -> Option<&'a str> {
    let made =
        |name: &&String| resources(facts, name, "AWS::ECS::Cluster").any(|of| of.physical_id == cluster);
    let stack = facts.names.stacks.iter().find(made)?;
    resources(facts, stack, "AWS::AutoScaling::AutoScalingGroup").next().map(|of| of.physical_id.as_str())
}

/// The machine that has sent a stack a signal of failure.
pub(super) fn signalled<'a>(facts: &'a Facts, stack: &str) -> Option<&'a str> {
    let mut reasons = all(facts.stack_events.get(stack)).iter().filter_map(|event| event.reason.as_deref());
    reasons
        .find_map(|why| why.strip_prefix("Received FAILURE signal with UniqueId "))
        .filter(|id| id.starts_with("i-"))
}

/// Where a page is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    pub(super) host: String,
    pub(super) scheme: Scheme,
    pub(super) port: u16,
}

/// Where a site's page is asked, once its load balancer or its stack's output is there.
pub(super) fn site(facts: &Facts, of: &Site) -> Option<At> {
    if let Some(name) = &of.load_balancer {
        let host = load_balancer(facts, name)?.dns_name.clone();
        return Some(At { host, scheme: of.scheme(), port: of.port() });
    }
    let output = stack(facts, of.stack.as_ref()?)?.outputs.get(of.output.as_ref()?)?;
    let (scheme, rest) = match output.split_once("://") {
        Some(("https", rest)) => (Scheme::Https, rest),
        Some((_, rest)) => (Scheme::Http, rest),
        None => (of.scheme(), output.as_str()),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let port = of.port.or_else(|| port.parse().ok()).unwrap_or_else(|| scheme.port());
    Some(At { host: host.to_owned(), scheme, port })
}

/// Names that look like the one that was not found.
pub(super) fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let simple = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let target = simple(wanted);
    let mut close: Vec<&str> = names
        .filter(|name| {
            let name = simple(name);
            let shared = name.bytes().zip(target.bytes()).take_while(|(a, b)| a == b).count();
            !name.is_empty() && (shared >= 5 || name == target)
        })
        .collect();
    close.sort_unstable();
    close.dedup();
    close.truncate(5);
    if close.is_empty() { None } else { Some(close.join(", ")) }
}

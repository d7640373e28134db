//! The way between an instance and the internet: address, gateway, route, security groups.

use super::{Because, because};
use crate::check::facts::Facts;
use crate::check::{find, machine};
use crate::cloud::ec2::{Instance, IpPermission, RouteTable, SecurityGroup};

/// Why packets between an instance and the internet do not pass, if they provably do not.
pub(in crate::check) fn no_way(facts: &Facts, instance: &Instance) -> Option<Because> {
    no_address(facts, instance).or_else(|| no_route(facts, &instance.subnet_id, &instance.vpc_id))
}

fn default_target(table: &RouteTable) -> Option<(&str, &str)> {
    let route = table.routes.iter().find(|r| r.destination == "0.0.0.0/0")?;
    Some((route.target.as_str(), route.state.as_str()))
}

fn no_address(facts: &Facts, instance: &Instance) -> Option<Because> {
    if instance.public_ip.is_some() {
        return None;
    }
    let table = find::route_table(facts, &instance.subnet_id, &instance.vpc_id);
    if table.and_then(default_target).is_some_and(|(target, _)| target.starts_with("nat-")) {
        return None;
    }
    let subnet = find::all(facts.subnets.as_ref()).iter().find(|s| s.subnet_id == instance.subnet_id);
    let launch = machine::launched_from(facts, &instance.instance_id, facts.names.group.as_deref())
        .and_then(|name| machine::launch(facts, name));
    // A pending instance gets its address in a moment, if it was promised one.
    let promised = launch
        .and_then(|from| from.launch.public_address)
        .or_else(|| subnet.map(|s| s.map_public_ip_on_launch))
        .unwrap_or(true);
    if instance.state == "pending" && promised {
        return None;
    }
    Some(
        because(
            "no-public-address",
            "The instances have no public address",
            "The instance has a private address only. An internet gateway translates public addresses, so nothing from this \
             instance reaches the internet, and nothing from the internet reaches it.",
        )
        .seen(format!("Instance {}", instance.instance_id), "no public IPv4 address")
        .seen_if(
            "AssociatePublicIpAddress",
            launch.map(|from| match from.launch.public_address {
                Some(value) => format!("{value} in {}", from.name),
                None => format!("not set in {}", from.name),
            }),
        )
        .seen_if("MapPublicIpOnLaunch", subnet.map(|s| format!("{} in {}", s.map_public_ip_on_launch, s.subnet_id)))
        .next(
            "Make a new launch configuration with --associate-public-ip-address, point the group at it, and terminate the \
             instances: the group replaces them.",
        ),
    )
}

/// Why a subnet has no way to the internet, if it provably has none.
pub(in crate::check) fn no_route(facts: &Facts, subnet_id: &str, vpc_id: &str) -> Option<Because> {
    find::known(facts.route_tables.as_ref())?;
    find::known(facts.internet_gateways.as_ref())?;
    let table = find::route_table(facts, subnet_id, vpc_id)?;
    let gateway = find::gateway_of(facts, vpc_id);
    let routes = table
        .routes
        .iter()
        .map(|r| format!("{} to {} ({})", r.destination, r.target, r.state))
        .collect::<Vec<_>>()
        .join(", ");
    let broken = because(
        "no-route-to-internet",
        "The subnet has no way to the internet",
        "The agent has to reach ECS at a public address, and browsers have to reach the instance. That needs an internet \
         gateway attached to the VPC, and a route 0.0.0.0/0 to it in the route table the subnet uses.",
    );
    let table_seen = (
        format!("Route table {}", table.route_table_id),
        if routes.is_empty() { "no routes".to_owned() } else { routes },
    );
    match (gateway, default_target(table)) {
        (_, Some((target, "active"))) if !target.starts_with("igw-") => None,
        (Some(gateway), Some((target, "active"))) if target == gateway.internet_gateway_id => None,
        (Some(gateway), _) => Some(
            broken
                .seen(table_seen.0, table_seen.1)
                .seen("Internet gateway", format!("{} is attached to {vpc_id}", gateway.internet_gateway_id))
                .next("Create the default route: destination 0.0.0.0/0, target the attached internet gateway.")
                .command(format!(
                    "aws ec2 create-route --route-table-id {} --destination-cidr-block 0.0.0.0/0 --gateway-id {}",
                    table.route_table_id, gateway.internet_gateway_id
                )),
        ),
        (None, _) => {
            let named = find::all(facts.internet_gateways.as_ref()).iter().find(|g| g.attached_to.is_empty());
            let id = named.map_or("IGW_ID", |g| g.internet_gateway_id.as_str());
            Some(
                broken
                    .seen(format!("VPC {vpc_id}"), "no internet gateway is attached")
                    .seen_if("Attached to nothing", named.map(|g| g.internet_gateway_id.clone()))
                    .seen(table_seen.0, table_seen.1)
                    .next("Attach the internet gateway to the VPC, then create the default route to it.")
                    .command(format!("aws ec2 attach-internet-gateway --internet-gateway-id {id} --vpc-id {vpc_id}")),
            )
        }
    }
}

/// Why a port of an instance is closed to the internet, if it provably is.
pub(in crate::check) fn closed(facts: &Facts, instance: &Instance, port: u16) -> Option<Because> {
    closed_groups(facts, &instance.security_groups, port)
}

/// Why a port is closed to the internet by these groups, if it provably is.
pub(in crate::check) fn closed_groups(facts: &Facts, ids: &[String], port: u16) -> Option<Because> {
    let all = find::known(facts.security_groups.as_ref())?;
    let groups: Vec<_> = all.iter().filter(|g| ids.contains(&g.group_id)).collect();
    if groups.is_empty()
        || groups.iter().any(|g| g.ingress.iter().any(|rule| lets_in(rule, "tcp", port, "0.0.0.0/0")))
    {
        return None;
    }
    let mut cause = because(
        "security-group-closed",
        format!("No security group lets in port {port}"),
        format!(
            "Its security groups have no rule for TCP port {port} from the internet. What is not let in is dropped \
             without a reply, so the browser waits until it gives up."
        ),
    );
    for group in &groups {
        cause = cause.seen(format!("Security group {} ({})", group.group_name, group.group_id), rules(group));
    }
    let id = groups.first().map_or("SECURITY_GROUP_ID", |g| g.group_id.as_str());
    Some(cause.next(format!("Add an ingress rule for TCP port {port} from 0.0.0.0/0.")).command(format!(
        "aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port {port} --cidr 0.0.0.0/0"
    )))
}

/// Why a port of machines is closed to a load balancer, if it provably is.
pub(in crate::check) fn closed_groups_from(
    facts: &Facts,
    ids: &[String],
    port: u16,
    from: &[String],
) -> Option<Because> {
    let all = find::known(facts.security_groups.as_ref())?;
    let groups: Vec<_> = all.iter().filter(|g| ids.contains(&g.group_id)).collect();
    let open = |rule: &IpPermission| {
        has_port(rule, "tcp", port)
            && (!rule.cidrs.is_empty() || rule.groups.iter().any(|g| from.contains(g)))
    };
    if groups.is_empty() || groups.iter().any(|g| g.ingress.iter().any(open)) {
        return None;
    }
    let mut cause = because(
        "security-group-closed",
        format!("The machines do not let port {port} in from the load balancer"),
        "The load balancer asks the machines on this port, for visitors and for its health check. What is not let in is dropped without a reply.",
    );
    for group in &groups {
        cause = cause.seen(format!("Security group {} ({})", group.group_name, group.group_id), rules(group));
    }
    let id = groups.first().map_or("SECURITY_GROUP_ID", |g| g.group_id.as_str());
    let source = from.first().map_or("SECURITY_GROUP_ID", String::as_str);
    Some(cause.next(format!("Let in TCP {port} from the load balancer's group.")).command(format!(
        "aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port {port} --source-group {source}"
    )))
}

/// Whether a rule lets in a port from a whole block.
pub(in crate::check) fn lets_in(rule: &IpPermission, protocol: &str, port: u16, block: &str) -> bool {
    has_port(rule, protocol, port) && rule.cidrs.iter().any(|cidr| covers(cidr, block))
}

/// Whether a rule is about a port.
pub(in crate::check) fn has_port(rule: &IpPermission, protocol: &str, port: u16) -> bool {
    let number = |name: &str| match name {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        other => other.to_lowercase(),
    };
    let port = i32::from(port);
    let in_range = match (rule.from_port, rule.to_port) {
        (Some(-1), _) | (None, None) => true,
        (from, to) => from.unwrap_or(0) <= port && port <= to.unwrap_or(65_535),
    };
    rule.ip_protocol == "-1" || (number(&rule.ip_protocol) == protocol && in_range)
}

/// Whether one IPv4 block contains another.
pub(in crate::check) fn covers(outer: &str, inner: &str) -> bool {
    let parse = |text: &str| {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|b| *b <= 32)?;
        Some((address.to_bits(), bits))
    };
    let (Some((outer, wide)), Some((inner, narrow))) = (parse(outer), parse(inner)) else { return false };
    let mask = u32::MAX.checked_shl(32 - wide).unwrap_or(0);
    wide <= narrow && outer & mask == inner & mask
}

/// What a group lets in, in words.
pub(in crate::check) fn rules(group: &SecurityGroup) -> String {
    let rules: Vec<String> = group.ingress.iter().map(words).collect();
    if rules.is_empty() { "lets in nothing".to_owned() } else { rules.join("; ") }
}

fn words(rule: &IpPermission) -> String {
    let ports = match (rule.ip_protocol.as_str(), rule.from_port, rule.to_port) {
        ("-1", ..) => "all traffic".to_owned(),
        (protocol, Some(from), Some(to)) if from != to => format!("{protocol} {from}-{to}"),
        (protocol, Some(port), _) => format!("{protocol} {port}"),
        (protocol, ..) => protocol.to_owned(),
    };
    let from: Vec<&str> = rule.cidrs.iter().chain(&rule.groups).map(String::as_str).collect();
    format!("{ports} from {}", from.join(", "))
}

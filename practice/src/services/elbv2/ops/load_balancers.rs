//! Load balancers come and go.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ec2::model::Subnet;
use crate::services::elbv2::ask::{self, Tag, paged};
use crate::services::elbv2::fault::{
    configuration, in_use, no_load_balancer_named, not_in_enum, not_permitted, too_many, unsupported,
    validation,
};
use crate::services::elbv2::model::{Kind, LoadBalancer, Node, Traffic};
use crate::services::elbv2::{arns, attributes, nodes, shapes};
use crate::services::iam;
use crate::world::{Scope, View};

/// AWS's quota of each kind per region.
pub(crate) const MAX_LOAD_BALANCERS: usize = 50;
/// Security groups of one load balancer; AWS's quota per interface.
const MAX_GROUPS: usize = 5;
/// How long AWS takes to provision one, in milliseconds: two to three minutes, more for network load balancers.
const PROVISIONING_MS: [i64; 2] = [120_000, 150_000];
/// Free addresses a subnet must have for an application load balancer.
const FREE_ADDRESSES: u64 = 8;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    subnet_mappings: Vec<Mapping>,
    #[serde(default)]
    security_groups: Vec<String>,
    scheme: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    ip_address_type: Option<String>,
    customer_owned_ipv4_pool: Option<String>,
    ipam_pools: Option<Value>,
}

/// `SubnetMapping`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Mapping {
    subnet_id: Option<String>,
    allocation_id: Option<String>,
    #[serde(rename = "PrivateIPv4Address")]
    private_ip: Option<String>,
    #[serde(rename = "IPv6Address")]
    ipv6: Option<String>,
}

/// `CreateLoadBalancer`. The same request again answers with what is there.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let wanted = wanted(&view, &input)?;
    let existing = view.region.elbv2.load_balancers.values().find(|lb| lb.name == wanted.name);
    if let Some(existing) = existing {
        if same(existing, &wanted) {
            return Ok(json!({"LoadBalancers": [shapes::load_balancer(&view, existing)]}));
        }
        let message = format!(
            "A load balancer with the same name '{}' exists, but with different settings",
            wanted.name
        );
        return Err(Fault::new("DuplicateLoadBalancerName", message));
    }
    if view.region.elbv2.load_balancers.values().filter(|lb| lb.kind == wanted.kind).count()
        >= MAX_LOAD_BALANCERS
    {
        return Err(too_many("TooManyLoadBalancers", "load balancers for your Amazon Web Services account"));
    }
    check_room(&view, &wanted)?;
    let mut lb = named(scope, wanted);
    iam::ensure_service_linked_role(scope, "elasticloadbalancing.amazonaws.com");
    nodes::open(scope, &mut lb);
    let shape = shapes::load_balancer(&scope.view(), &lb);
    scope.region.elbv2.load_balancers.insert(lb.arn.clone(), lb);
    Ok(json!({"LoadBalancers": [shape]}))
}

fn wanted(view: &View<'_>, input: &Create) -> Result<LoadBalancer, Fault> {
    let kind = match input.kind.as_deref().unwrap_or("application") {
        "application" => Kind::Application,
        "network" => Kind::Network,
        "gateway" => return Err(unsupported("Gateway load balancers are")),
        other => return Err(not_in_enum(other, "type", &["application", "network", "gateway"])),
    };
    ask::name(&input.name, "load balancer")?;
    if input.name.starts_with("internal-") {
        let message = format!("The load balancer name '{}' cannot begin with 'internal-'", input.name);
        return Err(validation(message));
    }
    if input.customer_owned_ipv4_pool.is_some() || input.ipam_pools.is_some() {
        return Err(unsupported("Address pools are"));
    }
    let internet_facing = match input.scheme.as_deref().unwrap_or("internet-facing") {
        "internet-facing" => true,
        "internal" => false,
        other => return Err(not_in_enum(other, "scheme", &["internet-facing", "internal"])),
    };
    let (vpc_id, zones) = network(view, kind, internet_facing, &input.subnets, &input.subnet_mappings)?;
    Ok(LoadBalancer {
        arn: String::new(),
        name: input.name.clone(),
        kind,
        internet_facing,
        security_groups: groups(view, kind, &vpc_id, &input.security_groups)?,
        vpc_id,
        dns_name: String::new(),
        created_at: view.now,
        active_at: None,
        zones,
        ip_address_type: address_type(input.ip_address_type.as_deref())?,
        attributes: attributes::none(),
        tags: ask::tags(&input.tags)?,
        traffic: Traffic::default(),
    })
}

/// `ipv4`; the other types need IPv6, which nothing here has.
pub(crate) fn address_type(given: Option<&str>) -> Result<String, Fault> {
    match given.unwrap_or("ipv4") {
        "ipv4" => Ok("ipv4".to_owned()),
        other @ ("dualstack" | "dualstack-without-public-ipv4") => {
            let message = format!(
                "You must specify subnets with an associated IPv6 CIDR block to use the IP address type '{other}'"
            );
            Err(configuration(message))
        }
        other => {
            Err(not_in_enum(other, "ipAddressType", &["ipv4", "dualstack", "dualstack-without-public-ipv4"]))
        }
    }
}

/// The VPC and one node for each subnet, as the request wants them.
pub(crate) fn network(
    view: &View<'_>,
    kind: Kind,
    internet_facing: bool,
    subnets: &[String],
    mappings: &[Mapping],
) -> Result<(String, Vec<Node>), Fault> {
    if !subnets.is_empty() && !mappings.is_empty() {
        return Err(validation("Subnets and SubnetMappings cannot both be specified"));
    }
    let mut nodes = Vec::new();
    for id in subnets {
        nodes.push(node(found(view, id)?, None, None));
    }
    for mapping in mappings {
        nodes.push(mapped(view, kind, internet_facing, mapping)?);
    }
    let least = if kind == Kind::Application { 2 } else { 1 };
    if nodes.len() < least {
        return Err(validation(if least == 2 {
            "At least two subnets in two different Availability Zones must be specified"
        } else {
            "At least one subnet must be specified"
        }));
    }
    let mut vpcs = nodes.iter().filter_map(|n| view.region.ec2.subnet(&n.subnet_id)).map(|s| &s.vpc_id);
    let vpc = vpcs.next().cloned().unwrap_or_default();
    if vpcs.any(|other| *other != vpc) {
        return Err(configuration("All subnets must belong to the same VPC"));
    }
    nodes.sort_by(|a, b| a.zone.cmp(&b.zone));
    if nodes.windows(2).any(|pair| matches!(pair, [a, b] if a.zone == b.zone)) {
        return Err(configuration(
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        ));
    }
    if internet_facing && view.region.ec2.gateway_of(&vpc).is_none() {
        return Err(Fault::new("InvalidSubnet", format!("VPC {vpc} has no internet gateway")));
    }
    Ok((vpc, nodes))
}

fn found<'v>(view: &View<'v>, id: &str) -> Result<&'v Subnet, Fault> {
    let shown: String = id.chars().take(64).collect();
    let missing = || Fault::new("SubnetNotFound", format!("The subnet ID '{shown}' does not exist"));
    view.region.ec2.subnet(id).ok_or_else(missing)
}

fn node(subnet: &Subnet, allocation_id: Option<String>, private_ip: Option<String>) -> Node {
    let (zone, subnet_id) = (subnet.zone.clone(), subnet.id.clone());
    Node { zone, subnet_id, interface: None, allocation_id, private_ip }
}

fn mapped(view: &View<'_>, kind: Kind, internet_facing: bool, mapping: &Mapping) -> Result<Node, Fault> {
    let id = mapping.subnet_id.as_deref().ok_or_else(|| validation("A subnet ID must be specified"))?;
    let subnet = found(view, id)?;
    if mapping.ipv6.is_some() {
        return Err(unsupported("IPv6 addresses are"));
    }
    if kind == Kind::Application && (mapping.allocation_id.is_some() || mapping.private_ip.is_some()) {
        return Err(configuration(
            "Elastic IP addresses and private addresses cannot be specified for load balancers of the type 'application'",
        ));
    }
    if let Some(allocation) = &mapping.allocation_id {
        let address = view.region.ec2.addresses.get(allocation).ok_or_else(|| {
            let shown: String = allocation.chars().take(64).collect();
            Fault::new("AllocationIdNotFound", format!("The allocation ID '{shown}' does not exist"))
        })?;
        if address.association.is_some() {
            return Err(in_use(format!("The allocation ID '{allocation}' is already associated")));
        }
        if !internet_facing {
            return Err(configuration(
                "Elastic IP addresses cannot be specified for internal load balancers",
            ));
        }
    }
    if let Some(ip) = &mapping.private_ip {
        if internet_facing {
            return Err(configuration(
                "Private IPv4 addresses can be specified for internal load balancers only",
            ));
        }
        crate::services::ec2::launch::address_in(&view.region.ec2, subnet, ip)
            .map_err(|fault| configuration(fault.message))?;
    }
    Ok(node(subnet, mapping.allocation_id.clone(), mapping.private_ip.clone()))
}

/// The security groups: for an application load balancer the VPC's default one when none is given.
pub(crate) fn groups(view: &View<'_>, kind: Kind, vpc: &str, given: &[String]) -> Result<Vec<String>, Fault> {
    let ec2 = &view.region.ec2;
    let mut groups: Vec<String> = Vec::new();
    for id in given {
        let shown: String = id.chars().take(64).collect();
        let group = ec2.security_group(id).ok_or_else(|| {
            Fault::new("InvalidSecurityGroup", format!("The security group '{shown}' does not exist"))
        })?;
        if group.vpc_id != vpc {
            return Err(configuration(format!(
                "The security group '{id}' is not in the same VPC '{vpc}' as the load balancer"
            )));
        }
        if !groups.contains(id) {
            groups.push(id.clone());
        }
    }
    if groups.len() > MAX_GROUPS {
        return Err(configuration("You cannot specify more than 5 security groups"));
    }
    if groups.is_empty() && kind == Kind::Application {
        groups.extend(ec2.security_group_named(vpc, "default").map(|group| group.id.clone()));
    }
    Ok(groups)
}

/// Whether the subnets that have no node yet have room for one.
pub(crate) fn check_room(view: &View<'_>, lb: &LoadBalancer) -> Result<(), Fault> {
    let ec2 = &view.region.ec2;
    for node in lb.zones.iter().filter(|node| node.interface.is_none()) {
        let Some(subnet) = ec2.subnet(&node.subnet_id) else { continue };
        let free = crate::services::ec2::ops::subnet::available(ec2, subnet);
        let needed = if lb.kind == Kind::Application { FREE_ADDRESSES } else { 1 };
        if free < needed {
            let message = format!(
                "Not enough IP space available in {}. ELB requires at least {needed} free IP addresses in each subnet.",
                subnet.id
            );
            return Err(Fault::new("InvalidSubnet", message));
        }
    }
    Ok(())
}

fn same(existing: &LoadBalancer, wanted: &LoadBalancer) -> bool {
    let subnets = |lb: &LoadBalancer| lb.zones.iter().map(|node| node.subnet_id.clone()).collect::<Vec<_>>();
    existing.kind == wanted.kind
        && existing.internet_facing == wanted.internet_facing
        && existing.security_groups == wanted.security_groups
        && existing.tags == wanted.tags
        && subnets(existing) == subnets(wanted)
}

/// With its ARN and its name in DNS.
fn named(scope: &mut Scope<'_>, mut lb: LoadBalancer) -> LoadBalancer {
    let id = scope.region.ids.hex(16);
    lb.arn = scope.arn("elasticloadbalancing", &format!("loadbalancer/{}/{}/{id}", lb.kind.short(), lb.name));
    let region = &scope.region.name;
    let internal = if lb.internet_facing { "" } else { "internal-" };
    lb.dns_name = match lb.kind {
        Kind::Application => {
            let number = scope.region.ids.bits() % 2_000_000_000 + 100_000_000;
            format!("{internal}{}-{number}.{region}.elb.amazonaws.com", lb.name)
        }
        Kind::Network => format!("{internal}{}-{id}.elb.{region}.amazonaws.com", lb.name),
    };
    let [application, network] = PROVISIONING_MS;
    let lasts = if lb.kind == Kind::Application { application } else { network };
    lb.active_at = Some(scope.now.plus_ms(scope.settings.lasts(lasts)));
    lb
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    load_balancer_arn: String,
}

/// `DeleteLoadBalancer`. Its listeners go with it, its target groups stay. One that is gone is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let arn = &input.load_balancer_arn;
    let model = &mut scope.region.elbv2;
    let lb = match arns::load_balancer(model, arn) {
        Ok(lb) => lb,
        Err(fault) if fault.code == "LoadBalancerNotFound" => return Ok(json!({})),
        Err(fault) => return Err(fault),
    };
    if lb.attributes.get("deletion_protection.enabled").is_some_and(|value| value == "true") {
        let message =
            format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
        return Err(not_permitted(message));
    }
    let as_target = |group: &&crate::services::elbv2::model::TargetGroup| {
        group.targets.values().any(|target| target.id == *arn)
    };
    if let Some(group) = model.target_groups.values().find(as_target) {
        let message = format!(
            "Load balancer '{arn}' cannot be deleted because it is a target of the target group '{}'",
            group.arn
        );
        return Err(in_use(message));
    }
    model.listeners.retain(|_, listener| listener.load_balancer != *arn);
    if let Some(lb) = model.load_balancers.remove(arn) {
        lb.zones.iter().for_each(|node| nodes::close(scope, node));
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    #[serde(default)]
    load_balancer_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeLoadBalancers`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let model = &view.region.elbv2;
    if !input.load_balancer_arns.is_empty() && !input.names.is_empty() {
        return Err(validation(
            "Load balancer names and load balancer ARNs cannot be specified at the same time",
        ));
    }
    for arn in &input.load_balancer_arns {
        arns::load_balancer(model, arn)?;
    }
    for name in &input.names {
        if !model.load_balancers.values().any(|lb| lb.name == *name) {
            return Err(no_load_balancer_named(name));
        }
    }
    let all = input.load_balancer_arns.is_empty() && input.names.is_empty();
    let wanted = model
        .load_balancers
        .values()
        .filter(|lb| all || input.load_balancer_arns.contains(&lb.arn) || input.names.contains(&lb.name));
    let page = paged(wanted, |lb| lb.arn.clone(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|lb| shapes::load_balancer(view, lb)).collect();
    Ok(json!({"LoadBalancers": shapes, "NextMarker": page.next}))
}

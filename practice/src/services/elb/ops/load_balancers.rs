//! Load balancers come and go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::listeners::{self, Wanted};
use super::{find, tags};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::services::elb::fault::{no_load_balancer, validation};
use crate::services::elb::model::{Attributes, Balancer};
use crate::services::elb::{nodes, shapes};
use crate::services::elbv2::model::HealthCheck;
use crate::services::iam;
use crate::world::{Scope, View};

/// AWS's quota per region.
pub(crate) const MAX_LOAD_BALANCERS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    load_balancer_name: String,
    listeners: Vec<Wanted>,
    #[serde(default)]
    availability_zones: Vec<String>,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    scheme: Option<String>,
    #[serde(default)]
    tags: Vec<tags::Tag>,
}

/// `CreateLoadBalancer`. The same request again answers with what is there.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let mut one = wanted(&scope.view(), &input)?;
    let all = &scope.region.elb.load_balancers;
    if let Some(known) = all.get(&one.name) {
        let same = known.listeners == one.listeners
            && known.security_groups == one.security_groups
            && known.internet_facing == one.internet_facing
            && known.tags == one.tags
            && known.nodes.iter().map(|n| &n.subnet_id).eq(one.nodes.iter().map(|n| &n.subnet_id));
        if same {
            return Ok(json!({"DNSName": known.dns_name}));
        }
        let message = format!(
            "Load Balancer named {} already exists and it is configured with different parameters.",
            one.name
        );
        return Err(Fault::new("DuplicateLoadBalancerName", message));
    }
    if all.len() >= MAX_LOAD_BALANCERS {
        return Err(Fault::new("TooManyLoadBalancers", "Exceeded quota of account"));
    }
    let number = scope.region.ids.bits() % 2_000_000_000 + 100_000_000;
    let internal = if one.internet_facing { "" } else { "internal-" };
    one.dns_name = format!("{internal}{}-{number}.{}.elb.amazonaws.com", one.name, scope.region.name);
    iam::ensure_service_linked_role(scope, "elasticloadbalancing.amazonaws.com");
    nodes::open(scope, &mut one);
    let name = one.dns_name.clone();
    scope.region.elb.load_balancers.insert(one.name.clone(), one);
    Ok(json!({"DNSName": name}))
}

fn wanted(view: &View<'_>, input: &Create) -> Result<Balancer, Fault> {
    let name = &input.load_balancer_name;
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if name.is_empty() || name.len() > 32 || !legal || name.starts_with('-') || name.ends_with('-') {
        return Err(validation(
            "LoadBalancerName must have 1 to 32 characters: letters, digits and hyphens, none of these at an end",
        ));
    }
    let internet_facing = match input.scheme.as_deref().unwrap_or("internet-facing") {
        "internet-facing" => true,
        "internal" => false,
        _ => return Err(Fault::new("InvalidScheme", "The specified value for the schema is not valid.")),
    };
    let subnets = match (input.subnets.is_empty(), input.availability_zones.is_empty()) {
        (false, true) => input.subnets.clone(),
        (true, false) => nodes::in_zones(view, &input.availability_zones)?,
        _ => return Err(validation("Only one of SubnetIds or AvailabilityZones may be specified")),
    };
    let (vpc_id, nodes) = nodes::of_subnets(view, &subnets)?;
    if internet_facing && view.region.ec2.gateway_of(&vpc_id).is_none() {
        return Err(Fault::new("InvalidSubnet", format!("VPC {vpc_id} has no internet gateway")));
    }
    if input.listeners.is_empty() {
        return Err(validation("Listeners cannot be empty"));
    }
    let mut listeners = BTreeMap::new();
    for wanted in &input.listeners {
        let (port, listener) = listeners::checked(view, wanted)?;
        listeners.insert(port, listener);
    }
    let port = listeners.values().next().map_or(80, |listener| listener.instance_port);
    Ok(Balancer {
        name: name.clone(),
        dns_name: String::new(),
        internet_facing,
        security_groups: nodes::groups(view, &vpc_id, &input.security_groups)?,
        vpc_id,
        nodes,
        listeners,
        policies: BTreeMap::new(),
        check: HealthCheck {
            protocol: "TCP".to_owned(),
            port: port.to_string(),
            path: None,
            interval: 30,
            timeout: 5,
            healthy_threshold: 10,
            unhealthy_threshold: 2,
            matcher: Some("200".to_owned()),
        },
        instances: BTreeMap::new(),
        attributes: Attributes::default(),
        tags: tags::checked(&input.tags)?,
        created_at: view.now,
        turn: 0,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    load_balancer_name: String,
}

/// `DeleteLoadBalancer`. One that is gone is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    if let Some(one) = scope.region.elb.load_balancers.remove(&input.load_balancer_name) {
        nodes::close(scope, &one.nodes);
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    #[serde(default)]
    load_balancer_names: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

/// `DescribeLoadBalancers`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    for name in &input.load_balancer_names {
        find(view, name).map_err(|_| no_load_balancer(name))?;
    }
    let all = view.region.elb.load_balancers.values();
    let names = &input.load_balancer_names;
    let chosen = all.filter(|one| names.is_empty() || names.contains(&one.name));
    let size = input.page_size.unwrap_or(400).clamp(1, 400);
    let page = page(chosen, |one| one.name.clone(), size, input.marker.as_deref())
        .map_err(|_| validation("The marker is not valid"))?;
    let shown: Vec<Value> = page.items.into_iter().map(|one| shapes::balancer(view, one)).collect();
    Ok(json!({"LoadBalancerDescriptions": shown, "NextMarker": page.next}))
}

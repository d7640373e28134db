//! Health check, attributes, security groups and subnets of a load balancer, and the account's quotas.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::services::elb::fault::{configuration, unsupported, validation};
use crate::services::elb::{nodes, shapes};
use crate::services::elbv2::model::HealthCheck;
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Configure {
    load_balancer_name: String,
    health_check: Check,
}

/// `HealthCheck`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Check {
    target: String,
    interval: i32,
    timeout: i32,
    unhealthy_threshold: i32,
    healthy_threshold: i32,
}

/// `HTTP:80/index.html`, `TCP:3306`.
fn checked(check: &Check) -> Result<HealthCheck, Fault> {
    let (protocol, rest) = check.target.split_once(':').unwrap_or((&check.target, ""));
    let protocol = protocol.to_ascii_uppercase();
    let (port, path) =
        rest.split_once('/').map_or((rest, None), |(port, path)| (port, Some(format!("/{path}"))));
    let http = protocol.starts_with("HTTP");
    let port: u16 = port
        .parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| validation("HealthCheck Target must specify a port between 1 and 65535"))?;
    if !["HTTP", "HTTPS", "TCP", "SSL"].contains(&protocol.as_str()) {
        return Err(validation("HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL"));
    }
    if http && path.is_none() {
        return Err(validation(format!(
            "HealthCheck {protocol} Target must specify a port followed by a path that begins with '/'. e.g. {protocol}:{port}/this/is/a/path"
        )));
    }
    if !http && path.is_some() || path.as_ref().is_some_and(|path| path.len() > 1024) {
        return Err(validation("HealthCheck Target has a path that is not allowed"));
    }
    let bounds = [
        ("Interval", check.interval, 5, 300),
        ("Timeout", check.timeout, 2, 60),
        ("UnhealthyThreshold", check.unhealthy_threshold, 2, 10),
        ("HealthyThreshold", check.healthy_threshold, 2, 10),
    ];
    if let Some((name, _, least, most)) =
        bounds.iter().find(|(_, value, least, most)| value < least || value > most)
    {
        return Err(validation(format!("HealthCheck {name} must be between {least} and {most}")));
    }
    if check.timeout >= check.interval {
        return Err(validation("HealthCheck timeout must be less than interval"));
    }
    Ok(HealthCheck {
        protocol: if protocol == "SSL" { "TCP".to_owned() } else { protocol },
        port: port.to_string(),
        path,
        interval: check.interval,
        timeout: check.timeout,
        healthy_threshold: check.healthy_threshold,
        unhealthy_threshold: check.unhealthy_threshold,
        matcher: Some("200".to_owned()),
    })
}

/// `ConfigureHealthCheck`.
pub(crate) fn health_check(scope: &mut Scope<'_>, input: Configure) -> Result<Value, Fault> {
    let check = checked(&input.health_check)?;
    let one = find_mut(scope, &input.load_balancer_name)?;
    one.check = check;
    Ok(json!({"HealthCheck": shapes::check(&one.check)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    load_balancer_name: String,
}

/// `DescribeLoadBalancerAttributes`.
pub(crate) fn attributes(view: &View<'_>, input: One) -> Result<Value, Fault> {
    Ok(json!({"LoadBalancerAttributes": shapes::attributes(find(view, &input.load_balancer_name)?)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    load_balancer_name: String,
    load_balancer_attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    cross_zone_load_balancing: Option<Enabled>,
    access_log: Option<Enabled>,
    connection_draining: Option<Enabled>,
    connection_settings: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Enabled {
    enabled: bool,
    timeout: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    idle_timeout: i32,
}

/// `ModifyLoadBalancerAttributes`.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    let wanted = &input.load_balancer_attributes;
    if wanted.access_log.as_ref().is_some_and(|log| log.enabled) {
        return Err(unsupported("Access logs are"));
    }
    let mut new = one.attributes.clone();
    if let Some(cross) = &wanted.cross_zone_load_balancing {
        new.cross_zone = cross.enabled;
    }
    if let Some(draining) = &wanted.connection_draining {
        new.draining = draining.enabled.then(|| draining.timeout.unwrap_or(300));
    }
    if let Some(settings) = &wanted.connection_settings {
        new.idle_timeout = settings.idle_timeout;
    }
    if !(1..=4000).contains(&new.idle_timeout) || new.draining.is_some_and(|s| !(1..=3600).contains(&s)) {
        return Err(validation(
            "Idle timeout must be between 1 and 4000 seconds, draining timeout between 1 and 3600",
        ));
    }
    one.attributes = new;
    let shown = shapes::attributes(one);
    Ok(json!({"LoadBalancerName": input.load_balancer_name, "LoadBalancerAttributes": shown}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Groups {
    load_balancer_name: String,
    #[serde(default)]
    security_groups: Vec<String>,
}

/// `ApplySecurityGroupsToLoadBalancer`.
pub(crate) fn security_groups(scope: &mut Scope<'_>, input: Groups) -> Result<Value, Fault> {
    let vpc = find_mut(scope, &input.load_balancer_name)?.vpc_id.clone();
    if input.security_groups.is_empty() {
        return Err(validation("At least one security group must be specified"));
    }
    let groups = nodes::groups(&scope.view(), &vpc, &input.security_groups)?;
    let one = find_mut(scope, &input.load_balancer_name)?;
    one.security_groups.clone_from(&groups);
    let interfaces: Vec<String> = one.nodes.iter().filter_map(|node| node.interface.clone()).collect();
    for id in interfaces {
        if let Some(interface) = scope.region.ec2.interfaces.get_mut(&id) {
            interface.security_groups.clone_from(&groups);
        }
    }
    Ok(json!({"SecurityGroups": groups}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subnets {
    load_balancer_name: String,
    #[serde(default)]
    subnets: Vec<String>,
}

/// `AttachLoadBalancerToSubnets`.
pub(crate) fn attach(scope: &mut Scope<'_>, input: Subnets) -> Result<Value, Fault> {
    let mut one = find_mut(scope, &input.load_balancer_name)?.clone();
    let mut ids: Vec<String> = one.nodes.iter().map(|node| node.subnet_id.clone()).collect();
    ids.extend(
        input.subnets.iter().filter(|id| !one.nodes.iter().any(|node| node.subnet_id == **id)).cloned(),
    );
    let (_, mut all) = nodes::of_subnets(&scope.view(), &ids)?;
    for node in &mut all {
        node.interface =
            one.nodes.iter().find(|n| n.subnet_id == node.subnet_id).and_then(|n| n.interface.clone());
    }
    one.nodes = all;
    nodes::open(scope, &mut one);
    let shown: Vec<String> = one.nodes.iter().map(|node| node.subnet_id.clone()).collect();
    *find_mut(scope, &input.load_balancer_name)? = one;
    Ok(json!({"Subnets": shown}))
}

/// `DetachLoadBalancerFromSubnets`.
pub(crate) fn detach(scope: &mut Scope<'_>, input: Subnets) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    let (gone, kept): (Vec<_>, Vec<_>) =
        one.nodes.iter().cloned().partition(|node| input.subnets.contains(&node.subnet_id));
    if kept.is_empty() {
        return Err(configuration("A load balancer needs at least one subnet"));
    }
    let shown: Vec<String> = kept.iter().map(|node| node.subnet_id.clone()).collect();
    one.nodes = kept;
    nodes::close(scope, &gone);
    Ok(json!({"Subnets": shown}))
}

/// Zones are those of the subnets in a VPC, and everything here is in one.
pub(crate) fn zones(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    find_mut(scope, &input.load_balancer_name)?;
    Err(configuration(
        "EnableAvailabilityZonesForLoadBalancer and DisableAvailabilityZonesForLoadBalancer cannot be used with a load balancer in a VPC. Use AttachLoadBalancerToSubnets and DetachLoadBalancerFromSubnets instead.",
    ))
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// `DescribeAccountLimits`.
pub(crate) fn limits(_: &View<'_>, _: Nothing) -> Result<Value, Fault> {
    let limit = |name: &str, max: &str| json!({"Name": name, "Max": max});
    Ok(json!({"Limits": [limit("classic-load-balancers", "20"), limit("classic-listeners", "100"),
        limit("classic-registered-instances", "1000")]}))
}

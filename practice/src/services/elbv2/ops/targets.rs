//! Targets, as students register them, and their health.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::target_groups::port_number;
use crate::core::fault::Fault;
use crate::services::ec2::cidr::Cidr;
use crate::services::ec2::model::State;
use crate::services::elbv2::arns;
use crate::services::elbv2::fault::{bad_arn, unsupported, validation};
use crate::services::elbv2::model::{Kind, Target, TargetGroup, TargetType, target_key};
use crate::services::elbv2::targets::{self, TargetHealth};
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    target_group_arn: String,
    targets: Vec<Described>,
}

/// `TargetDescription`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    id: String,
    port: Option<i32>,
    availability_zone: Option<String>,
    quic_server_id: Option<String>,
}

/// Addresses that may be targets outside the VPC: RFC 1918 and RFC 6598.
fn is_private(ip: Ipv4Addr) -> bool {
    let shared = Cidr::around(Ipv4Addr::new(100, 64, 0, 0), 10);
    ip.is_private() || shared.holds(ip)
}

fn invalid(message: String) -> Fault {
    Fault::new("InvalidTarget", message)
}

fn port_of(group: &TargetGroup, target: &Described) -> Result<u16, Fault> {
    target.port.map_or(Ok(group.port), |port| port_number(port, "targets.1.member.port"))
}

/// `RegisterTargets`.
pub(crate) fn register(scope: &mut Scope<'_>, input: Input) -> Result<Value, Fault> {
    let view = scope.view();
    let group = arns::target_group(&view.region.elbv2, &input.target_group_arn)?;
    if input.targets.is_empty() {
        return Err(validation("At least one target must be specified"));
    }
    let mut fitting = Vec::new();
    for target in &input.targets {
        if target.quic_server_id.is_some() {
            return Err(unsupported("QUIC is"));
        }
        match group.target_type {
            TargetType::Instance => check_instance(&view, group, target)?,
            TargetType::Ip => check_address(&view, group, target)?,
            TargetType::Alb => check_load_balancer(&view, group, target)?,
        }
        fitting.push((target.id.clone(), port_of(group, target)?, target.availability_zone.clone()));
    }
    let new = fitting.iter().filter(|(id, port, _)| !group.targets.contains_key(&target_key(id, *port)));
    if group.targets.len() + new.count() > targets::MAX_TARGETS {
        return Err(crate::services::elbv2::fault::too_many_targets());
    }
    for (id, port, zone) in fitting {
        targets::register(scope, &input.target_group_arn, &id, port)?;
        let group = arns::target_group_mut(&mut scope.region.elbv2, &input.target_group_arn)?;
        if let Some(target) = group.targets.get_mut(&target_key(&id, port)) {
            target.zone = zone;
        }
    }
    Ok(json!({}))
}

fn check_instance(view: &View<'_>, group: &TargetGroup, target: &Described) -> Result<(), Fault> {
    let shown: String = target.id.chars().take(64).collect();
    if !target.id.starts_with("i-") {
        return Err(validation(format!("Instance ID '{shown}' is not valid")));
    }
    if target.availability_zone.is_some() {
        return Err(validation("You cannot specify an Availability Zone for targets of the type 'instance'"));
    }
    let Some(instance) = view.region.ec2.instance(&target.id) else {
        return Err(invalid(format!("The following targets are not found: '{shown}'")));
    };
    if instance.vpc_id != group.vpc_id {
        return Err(invalid(format!(
            "The following targets are not in the target group VPC '{}': '{shown}'",
            group.vpc_id
        )));
    }
    if instance.state != State::Running {
        return Err(invalid(format!(
            "The following targets are not in a running state and cannot be registered: '{shown}'"
        )));
    }
    Ok(())
}

fn check_address(view: &View<'_>, group: &TargetGroup, target: &Described) -> Result<(), Fault> {
    let shown: String = target.id.chars().take(64).collect();
    let ip: Ipv4Addr = target
        .id
        .parse()
        .map_err(|_| validation(format!("The IP address '{shown}' is not a valid IPv4 address")))?;
    let inside = view.region.ec2.vpc(&group.vpc_id).is_some_and(|vpc| vpc.cidr.holds(ip));
    if !inside && !is_private(ip) {
        return Err(validation(format!(
            "The IP address '{shown}' is not a valid target: it is publicly routable"
        )));
    }
    if !inside && target.availability_zone.as_deref() != Some("all") {
        return Err(validation(format!(
            "The Availability Zone must be 'all' for the IP address '{shown}', which is outside the VPC '{}'",
            group.vpc_id
        )));
    }
    Ok(())
}

fn check_load_balancer(view: &View<'_>, group: &TargetGroup, target: &Described) -> Result<(), Fault> {
    let model = &view.region.elbv2;
    let lb = arns::load_balancer(model, &target.id).map_err(|_| bad_arn(&target.id, "load balancer"))?;
    if lb.kind != Kind::Application {
        return Err(invalid(format!("The target '{}' is not an Application Load Balancer", target.id)));
    }
    if lb.vpc_id != group.vpc_id {
        return Err(invalid(format!(
            "The following targets are not in the target group VPC '{}': '{}'",
            group.vpc_id, target.id
        )));
    }
    if !model.listeners_of(&lb.arn).any(|listener| listener.port == group.port) {
        return Err(invalid(format!(
            "The Application Load Balancer '{}' has no listener on port {}, the port of the target group",
            lb.arn, group.port
        )));
    }
    Ok(())
}

/// The targets of a group that a request means: without a port, all with that id.
fn meant<'g>(group: &'g TargetGroup, asked: &Described) -> Result<Vec<&'g Target>, Fault> {
    let port = asked.port.map(|port| port_number(port, "targets.1.member.port")).transpose()?;
    let fits = |target: &&Target| target.id == asked.id && port.is_none_or(|port| port == target.port);
    Ok(group.targets.values().filter(fits).collect())
}

/// `DeregisterTargets`. Targets that are not registered are no fault.
pub(crate) fn deregister(scope: &mut Scope<'_>, input: Input) -> Result<Value, Fault> {
    let group = arns::target_group(&scope.region.elbv2, &input.target_group_arn)?;
    let mut all = Vec::new();
    for asked in &input.targets {
        all.extend(meant(group, asked)?.into_iter().map(|target| (target.id.clone(), target.port)));
    }
    for (id, port) in all {
        targets::deregister(scope, &input.target_group_arn, &id, port)?;
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeHealth {
    target_group_arn: String,
    #[serde(default)]
    targets: Vec<Described>,
}

/// `DescribeTargetHealth`.
pub(crate) fn describe(view: &View<'_>, input: DescribeHealth) -> Result<Value, Fault> {
    let group = arns::target_group(&view.region.elbv2, &input.target_group_arn)?;
    let check_port = |port: u16| match group.check.port.as_str() {
        "traffic-port" => port.to_string(),
        other => other.to_owned(),
    };
    let registered = |target: &Target| {
        json!({
            "Target": {"Id": target.id, "Port": target.port, "AvailabilityZone": zone(view, group, target)},
            "HealthCheckPort": check_port(target.port),
            "TargetHealth": targets::of(view, group, target),
        })
    };
    let mut shapes: Vec<Value> = Vec::new();
    if input.targets.is_empty() {
        shapes.extend(group.targets.values().map(registered));
    }
    for asked in &input.targets {
        let found = meant(group, asked)?;
        if found.is_empty() {
            let port = port_of(group, asked)?;
            shapes.push(json!({
                "Target": {"Id": asked.id, "Port": port, "AvailabilityZone": asked.availability_zone},
                "TargetHealth": TargetHealth::not_registered(),
            }));
        }
        shapes.extend(found.into_iter().map(registered));
    }
    Ok(json!({"TargetHealthDescriptions": shapes}))
}

/// The zone of an address, which AWS shows for targets of that type only.
fn zone(view: &View<'_>, group: &TargetGroup, target: &Target) -> Option<String> {
    if group.target_type != TargetType::Ip {
        return None;
    }
    target.zone.clone().or_else(|| crate::services::elbv2::health::zone_of(view, group, target))
}

//! Target groups come, change and go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::checks::{self, Settings};
use crate::core::fault::Fault;
use crate::services::elbv2::ask::{self, Tag, paged};
use crate::services::elbv2::attributes::{self, Attribute};
use crate::services::elbv2::fault::{
    constraint, in_use, no_target_group, not_in_enum, too_many, unsupported, validation,
};
use crate::services::elbv2::model::{TargetGroup, TargetType, Traffic};
use crate::services::elbv2::{arns, shapes, targets};
use crate::wire::shape::{self, ShapeError};
use crate::world::{Scope, View};

/// Own limit per region; AWS's quota is 3,000, which would let a world grow large.
pub(crate) const MAX_TARGET_GROUPS: usize = 500;
const PROTOCOLS: [&str; 7] = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    protocol: Option<String>,
    protocol_version: Option<String>,
    port: Option<i32>,
    vpc_id: Option<String>,
    target_type: Option<String>,
    ip_address_type: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Reads a part of an input. Not with serde's `flatten`, which would read numbers before it is known that they are.
fn part<T: serde::de::DeserializeOwned>(input: &Value) -> Result<T, Fault> {
    shape::read(input.clone()).map_err(|error| match error {
        ShapeError::Missing(name) => constraint("null", &lower_first(&name), "Member must not be null"),
        ShapeError::Malformed(message) => Fault::new("MalformedInput", message),
    })
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// `CreateTargetGroup`. The same request again answers with what is there.
pub(crate) fn create(scope: &mut Scope<'_>, input: Value) -> Result<Value, Fault> {
    let view = scope.view();
    let wanted = wanted(&view, &part(&input)?, &part(&input)?)?;
    let groups = &view.region.elbv2.target_groups;
    if let Some(existing) = groups.values().find(|group| group.name == wanted.name) {
        let same = TargetGroup {
            arn: existing.arn.clone(),
            attributes: existing.attributes.clone(),
            targets: existing.targets.clone(),
            turn: existing.turn,
            traffic: existing.traffic.clone(),
            ..wanted.clone()
        };
        if same == *existing {
            return Ok(json!({"TargetGroups": [shapes::target_group(&view, existing)]}));
        }
        let message = format!(
            "A target group with the same name '{}' exists, but with different settings",
            wanted.name
        );
        return Err(Fault::new("DuplicateTargetGroupName", message));
    }
    if groups.len() >= MAX_TARGET_GROUPS {
        return Err(too_many("TooManyTargetGroups", "target groups for your Amazon Web Services account"));
    }
    let id = scope.region.ids.hex(16);
    let arn = scope.arn("elasticloadbalancing", &format!("targetgroup/{}/{id}", wanted.name));
    let group = TargetGroup { arn: arn.clone(), ..wanted };
    let shape = shapes::target_group(&scope.view(), &group);
    scope.region.elbv2.target_groups.insert(arn, group);
    Ok(json!({"TargetGroups": [shape]}))
}

fn wanted(view: &View<'_>, input: &Create, check: &Settings) -> Result<TargetGroup, Fault> {
    ask::name(&input.name, "target group")?;
    let target_type = match input.target_type.as_deref().unwrap_or("instance") {
        "instance" => TargetType::Instance,
        "ip" => TargetType::Ip,
        "alb" => TargetType::Alb,
        "lambda" => return Err(unsupported("Lambda functions are")),
        other => return Err(not_in_enum(other, "targetType", &["instance", "ip", "lambda", "alb"])),
    };
    let protocol = protocol(input, target_type)?;
    let port = input.port.ok_or_else(|| validation("A port must be specified"))?;
    let port = port_number(port, "port")?;
    let vpc_id = input.vpc_id.clone().ok_or_else(|| validation("A VPC ID must be specified"))?;
    if view.region.ec2.vpc(&vpc_id).is_none() {
        let shown: String = vpc_id.chars().take(64).collect();
        return Err(validation(format!("The VPC ID '{shown}' is not found")));
    }
    if input.ip_address_type.as_deref().is_some_and(|kind| kind != "ipv4") {
        return Err(unsupported("IPv6 targets are"));
    }
    let http = matches!(protocol.as_str(), "HTTP" | "HTTPS");
    let protocol_version = match input.protocol_version.as_deref() {
        None => http.then(|| "HTTP1".to_owned()),
        Some("HTTP1" | "HTTP2") if http => input.protocol_version.clone(),
        Some("GRPC") => return Err(unsupported("Targets that speak gRPC are")),
        Some(_) => {
            return Err(validation(
                "Protocol versions can be specified for the protocols HTTP and HTTPS only",
            ));
        }
    };
    let check = checks::of_new_group(&protocol, target_type, check)?;
    Ok(TargetGroup {
        arn: String::new(),
        name: input.name.clone(),
        protocol,
        protocol_version,
        port,
        vpc_id,
        target_type,
        check,
        attributes: BTreeMap::new(),
        targets: BTreeMap::new(),
        tags: ask::tags(&input.tags)?,
        turn: 0,
        traffic: Traffic::default(),
    })
}

fn protocol(input: &Create, target_type: TargetType) -> Result<String, Fault> {
    let protocol = input.protocol.clone().ok_or_else(|| validation("A protocol must be specified"))?;
    match protocol.as_str() {
        "GENEVE" => Err(unsupported("Gateway load balancers are")),
        "QUIC" | "TCP_QUIC" => Err(unsupported("QUIC is")),
        known if !PROTOCOLS.contains(&known) => Err(not_in_enum(known, "protocol", &PROTOCOLS)),
        other if target_type == TargetType::Alb && other != "TCP" => Err(validation(format!(
            "Protocol '{other}' is not supported for target groups with the target type 'alb'"
        ))),
        _ => Ok(protocol),
    }
}

/// A port number.
pub(crate) fn port_number(port: i32, at: &str) -> Result<u16, Fault> {
    let valid = u16::try_from(port).ok().filter(|port| *port > 0);
    valid.ok_or_else(|| {
        let bound = if port < 1 { "greater than or equal to 1" } else { "less than or equal to 65535" };
        constraint(port, at, &format!("Member must have value {bound}"))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    target_group_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeTargetGroups`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let model = &view.region.elbv2;
    let ways =
        [input.load_balancer_arn.is_some(), !input.target_group_arns.is_empty(), !input.names.is_empty()];
    if ways.iter().filter(|given| **given).count() > 1 {
        return Err(validation(
            "Target group names, target group ARNs and a load balancer ARN cannot be specified at the same time",
        ));
    }
    if let Some(arn) = &input.load_balancer_arn {
        arns::load_balancer(model, arn)?;
    }
    for arn in &input.target_group_arns {
        arns::target_group(model, arn)?;
    }
    if input.names.iter().any(|name| !model.target_groups.values().any(|group| group.name == *name)) {
        return Err(no_target_group());
    }
    let wanted = model.target_groups.values().filter(|group| match &input.load_balancer_arn {
        Some(lb) => model.load_balancers_of(&group.arn).any(|found| found.arn == *lb),
        None if ways == [false; 3] => true,
        None => input.target_group_arns.contains(&group.arn) || input.names.contains(&group.name),
    });
    let page = paged(wanted, |group| group.arn.clone(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|group| shapes::target_group(view, group)).collect();
    Ok(json!({"TargetGroups": shapes, "NextMarker": page.next}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    target_group_arn: String,
}

/// `DeleteTargetGroup`. One that is gone is no fault.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let arn = &input.target_group_arn;
    let model = &mut scope.region.elbv2;
    match arns::target_group(model, arn) {
        Err(fault) if fault.code != "TargetGroupNotFound" => return Err(fault),
        Err(_) => return Ok(json!({})),
        Ok(_) => {}
    }
    if targets::attached(model, arn) {
        return Err(in_use(format!("Target group '{arn}' is currently in use by a listener or a rule")));
    }
    model.target_groups.remove(arn);
    Ok(json!({}))
}

/// `ModifyTargetGroup`: how its targets are checked.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Value) -> Result<Value, Fault> {
    let settings: Settings = part(&input)?;
    let input: One = part(&input)?;
    let group = arns::target_group_mut(&mut scope.region.elbv2, &input.target_group_arn)?;
    group.check = checks::changed(group, &settings)?;
    let view = scope.view();
    let group = arns::target_group(&view.region.elbv2, &input.target_group_arn)?;
    Ok(json!({"TargetGroups": [shapes::target_group(&view, group)]}))
}

/// `DescribeTargetGroupAttributes`.
pub(crate) fn describe_attributes(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let group = arns::target_group(&view.region.elbv2, &input.target_group_arn)?;
    Ok(json!({"Attributes": attribute_shapes(group)}))
}

fn attribute_shapes(group: &TargetGroup) -> Value {
    let mut set = group.attributes.clone();
    // The default depends on the group: off for addresses behind TCP and TLS.
    if group.target_type == TargetType::Ip && matches!(group.protocol.as_str(), "TCP" | "TLS") {
        set.entry("preserve_client_ip.enabled".to_owned()).or_insert_with(|| "false".to_owned());
    }
    attributes::shape(attributes::of_target_group(group.is_http()), &set)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyAttributes {
    target_group_arn: String,
    attributes: Vec<Attribute>,
}

/// `ModifyTargetGroupAttributes`.
pub(crate) fn modify_attributes(scope: &mut Scope<'_>, input: ModifyAttributes) -> Result<Value, Fault> {
    let group = arns::target_group_mut(&mut scope.region.elbv2, &input.target_group_arn)?;
    let table = attributes::of_target_group(group.is_http());
    group.attributes.extend(attributes::checked(table, &input.attributes)?);
    Ok(json!({"Attributes": attribute_shapes(group)}))
}

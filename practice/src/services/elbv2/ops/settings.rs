//! What can be changed about a load balancer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::load_balancers::{self, Mapping, address_type, check_room};
use crate::core::fault::Fault;
use crate::services::elbv2::attributes::{self, Attribute};
use crate::services::elbv2::fault::{configuration, validation};
use crate::services::elbv2::model::Kind;
use crate::services::elbv2::{arns, nodes, shapes};
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    load_balancer_arn: String,
}

/// `DescribeLoadBalancerAttributes`.
pub(crate) fn describe_attributes(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let lb = arns::load_balancer(&view.region.elbv2, &input.load_balancer_arn)?;
    Ok(json!({"Attributes": attributes::shape(attributes::of_load_balancer(lb.kind), &lb.attributes)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    load_balancer_arn: String,
    attributes: Vec<Attribute>,
}

/// `ModifyLoadBalancerAttributes`. Log files and the like are recorded and shown; nothing is written anywhere.
pub(crate) fn modify_attributes(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let lb = arns::load_balancer_mut(&mut scope.region.elbv2, &input.load_balancer_arn)?;
    let table = attributes::of_load_balancer(lb.kind);
    lb.attributes.extend(attributes::checked(table, &input.attributes)?);
    Ok(json!({"Attributes": attributes::shape(table, &lb.attributes)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetGroups {
    load_balancer_arn: String,
    security_groups: Vec<String>,
}

/// `SetSecurityGroups`.
pub(crate) fn set_security_groups(scope: &mut Scope<'_>, input: SetGroups) -> Result<Value, Fault> {
    let view = scope.view();
    let lb = arns::load_balancer(&view.region.elbv2, &input.load_balancer_arn)?;
    if lb.kind == Kind::Network && lb.security_groups.is_empty() {
        return Err(configuration(
            "You cannot set security groups on a Network Load Balancer that was created without any",
        ));
    }
    if input.security_groups.is_empty() {
        return Err(validation("At least one security group must be specified"));
    }
    let groups = load_balancers::groups(&view, lb.kind, &lb.vpc_id, &input.security_groups)?;
    let lb = arns::load_balancer_mut(&mut scope.region.elbv2, &input.load_balancer_arn)?;
    lb.security_groups.clone_from(&groups);
    let lb = lb.clone();
    nodes::regroup(scope, &lb);
    Ok(json!({"SecurityGroupIds": groups}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetSubnets {
    load_balancer_arn: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    subnet_mappings: Vec<Mapping>,
    ip_address_type: Option<String>,
}

/// `SetSubnets`: what is given replaces all there were. Nodes whose subnet stays keep their addresses.
pub(crate) fn set_subnets(scope: &mut Scope<'_>, input: SetSubnets) -> Result<Value, Fault> {
    let view = scope.view();
    let arn = &input.load_balancer_arn;
    let mut lb = arns::load_balancer(&view.region.elbv2, arn)?.clone();
    address_type(input.ip_address_type.as_deref())?;
    let (vpc, mut zones) =
        load_balancers::network(&view, lb.kind, lb.internet_facing, &input.subnets, &input.subnet_mappings)?;
    if vpc != lb.vpc_id {
        return Err(configuration(format!(
            "The subnets are not in the VPC '{}' of the load balancer",
            lb.vpc_id
        )));
    }
    let old = std::mem::take(&mut lb.zones);
    for node in &mut zones {
        if let Some(kept) = old.iter().find(|kept| kept.subnet_id == node.subnet_id) {
            *node = kept.clone();
        }
    }
    lb.zones = zones;
    check_room(&view, &lb)?;
    for node in old.iter().filter(|node| !lb.zones.iter().any(|kept| kept.subnet_id == node.subnet_id)) {
        nodes::close(scope, node);
    }
    nodes::open(scope, &mut lb);
    let shape = shapes::load_balancer(&scope.view(), &lb);
    scope.region.elbv2.load_balancers.insert(arn.clone(), lb);
    Ok(json!({"AvailabilityZones": shape["AvailabilityZones"], "IpAddressType": "ipv4"}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetAddressType {
    load_balancer_arn: String,
    ip_address_type: String,
}

/// `SetIpAddressType`.
pub(crate) fn set_ip_address_type(scope: &mut Scope<'_>, input: SetAddressType) -> Result<Value, Fault> {
    arns::load_balancer(&scope.region.elbv2, &input.load_balancer_arn)?;
    let kind = address_type(Some(&input.ip_address_type))?;
    Ok(json!({"IpAddressType": kind}))
}

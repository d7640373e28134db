//! VPCs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::security_group;
use crate::core::fault::Fault;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, flag, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::cidr::Cidr;
use crate::services::ec2::fault;
use crate::services::ec2::instance::derived;
use crate::services::ec2::model::{Model, Vpc};
use crate::world::{Scope, View};

/// VPCs per region (Amazon VPC quotas).
const MAX_VPCS: usize = 5;

impl Noun for Vpc {
    const FILTERS: &'static [&'static str] = &[
        "cidr",
        "cidr-block",
        "cidrBlock",
        "cidr-block-association.cidr-block",
        "dhcp-options-id",
        "is-default",
        "isDefault",
        "owner-id",
        "state",
        "vpc-id",
    ];
    const KIND: &'static str = "vpc";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "dhcp-options-id" => one(dhcp_options(view)),
            "is-default" | "isDefault" => flag(self.is_default),
            "owner-id" => one(view.account),
            "state" => one("available"),
            "vpc-id" => one(&self.id),
            _ => one(self.cidr),
        }
    }
}

pub(crate) fn dhcp_options(view: &View<'_>) -> String {
    derived("dopt", &view.region.name)
}

pub(crate) fn shape(view: &View<'_>, vpc: &Vpc) -> Value {
    json!({
        "vpcId": vpc.id,
        "ownerId": view.account,
        "state": "available",
        "cidrBlock": vpc.cidr,
        "cidrBlockAssociationSet": [{
            "cidrBlock": vpc.cidr,
            "associationId": derived("vpc-cidr-assoc", &vpc.id),
            "cidrBlockState": {"state": "associated"},
        }],
        "dhcpOptionsId": dhcp_options(view),
        "tagSet": tag_set(view.region.ec2.tags_of(&vpc.id)),
        "instanceTenancy": "default",
        "isDefault": vpc.is_default,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateVpc {
    cidr_block: Option<String>,
    instance_tenancy: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateVpc) -> Result<Value, Fault> {
    let text = input.cidr_block.ok_or_else(|| fault::missing("cidrBlock"))?;
    let cidr = block("cidrBlock", &text)?;
    if !(16..=28).contains(&cidr.prefix()) {
        return Err(Fault::new("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if let Some(tenancy) = input.instance_tenancy.filter(|t| !matches!(t.as_str(), "default" | "dedicated")) {
        return Err(fault::invalid("instanceTenancy", &tenancy, "Unsupported tenancy."));
    }
    let tags = tags_for(&input.tag_specification, "vpc")?;
    let region = &mut *scope.region;
    if region.ec2.vpcs.len() >= MAX_VPCS {
        return Err(Fault::new("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let id = region.ec2.add_vpc(&mut region.ids, cidr);
    region.ec2.set_tags(&id, tags);
    let view = scope.view();
    let mut vpc = view.region.ec2.vpc(&id).map(|vpc| shape(&view, vpc)).unwrap_or_default();
    vpc["state"] = json!("pending");
    Ok(json!({"vpc": vpc}))
}

/// An IPv4 block, made canonical as EC2 does.
pub(crate) fn block(parameter: &str, text: &str) -> Result<Cidr, Fault> {
    text.parse().map_err(|_| fault::invalid(parameter, text, "This is not a valid CIDR block."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneVpc {
    vpc_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneVpc) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = input.vpc_id;
    model.vpc(&id).ok_or_else(|| fault::not_found("vpc", &id))?;
    if has_dependents(model, &id) {
        return Err(fault::in_use("vpc", &id));
    }
    model.vpcs.remove(&id);
    let tables = model.route_tables.extract_if(.., |_, table| table.vpc_id == id).map(|(key, _)| key);
    let tables: Vec<String> = tables.collect();
    let groups: Vec<String> =
        model.security_groups.values().filter(|g| g.vpc_id == id).map(|g| g.id.clone()).collect();
    for group in &groups {
        security_group::remove(model, group);
    }
    for gone in tables.iter().chain([&id]) {
        model.tags.remove(gone);
    }
    Ok(done())
}

fn has_dependents(model: &Model, vpc_id: &str) -> bool {
    model.subnets.values().any(|subnet| subnet.vpc_id == vpc_id)
        || model.gateway_of(vpc_id).is_some()
        || model.vpc_endpoints.values().any(|endpoint| endpoint.vpc_id == vpc_id)
        || model.security_groups.values().any(|g| g.vpc_id == vpc_id && g.name != "default")
        || model.route_tables.values().any(|t| t.vpc_id == vpc_id && t.main.is_none())
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.vpcs.values(), &input)?;
    let items = page.items.into_iter().map(|vpc| shape(view, vpc)).collect();
    Ok(listing("vpcSet", items, page.next))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyVpcAttribute {
    vpc_id: String,
    enable_dns_support: Option<Switch>,
    enable_dns_hostnames: Option<Switch>,
    enable_network_address_usage_metrics: Option<Switch>,
}

/// A boolean attribute on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Switch {
    pub(crate) value: Option<bool>,
}

pub(crate) fn modify_attribute(scope: &mut Scope<'_>, input: ModifyVpcAttribute) -> Result<Value, Fault> {
    let on = |switch: Option<Switch>| switch.map(|s| s.value.unwrap_or_default());
    let (support, hostnames) = (on(input.enable_dns_support), on(input.enable_dns_hostnames));
    let metrics = on(input.enable_network_address_usage_metrics);
    let vpc = scope.region.ec2.vpcs.get_mut(&input.vpc_id);
    let vpc = vpc.ok_or_else(|| fault::not_found("vpc", &input.vpc_id))?;
    match (support, hostnames, metrics) {
        (Some(on), None, None) => vpc.dns_support = on,
        (None, Some(true), None) if !vpc.dns_support => {
            return Err(fault::value("DNS hostnames cannot be enabled when DNS support is disabled"));
        }
        (None, Some(on), None) => vpc.dns_hostnames = on,
        // Metrics are no part of the practice cloud; the switch is taken and has no effect.
        (None, None, Some(_)) => {}
        (None, None, None) => return Err(fault::missing("attribute")),
        _ => return Err(fault::combination("Fields for multiple attribute types specified")),
    }
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcAttribute {
    vpc_id: String,
    attribute: String,
}

pub(crate) fn describe_attribute(view: &View<'_>, input: DescribeVpcAttribute) -> Result<Value, Fault> {
    let vpc = view.region.ec2.vpc(&input.vpc_id).ok_or_else(|| fault::not_found("vpc", &input.vpc_id))?;
    let on = match input.attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => false,
        other => return Err(fault::invalid("attribute", other, "Unknown attribute.")),
    };
    Ok(json!({"vpcId": vpc.id, (input.attribute): {"value": on}}))
}

//! What AWS makes with a VPC or has for everybody, and nobody changes here: the default network ACL, DHCP options,
//! prefix lists. Follows "Network ACLs", "DHCP option sets" and "AWS-managed prefix lists" (Amazon VPC User Guide).

use serde_json::{Value, json};

use super::vpc::dhcp_options;
use super::vpc_endpoint::prefix_list;
use crate::core::fault::Fault;
use crate::services::ec2::ask::{Asked, Noun, flag, listing, one, select};
use crate::services::ec2::instance::derived;
use crate::services::ec2::model::Vpc;
use crate::world::View;

/// A VPC's default network ACL, which lets everything pass.
struct Acl<'m> {
    id: String,
    vpc: &'m Vpc,
}

impl Noun for Acl<'_> {
    const FILTERS: &'static [&'static str] = &[
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "network-acl-id",
        "owner-id",
        "vpc-id",
    ];
    const KIND: &'static str = "acl";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "association.subnet-id" => {
                let subnets = view.region.ec2.subnets.values().filter(|s| s.vpc_id == self.vpc.id);
                subnets.map(|subnet| subnet.id.clone()).collect()
            }
            "default" => flag(true),
            "owner-id" => one(view.account),
            "vpc-id" => one(&self.vpc.id),
            _ => one(&self.id),
        }
    }
}

/// Default network ACLs. Others cannot be made: security groups are this cloud's only firewalls.
pub(crate) fn describe_acls(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let model = &view.region.ec2;
    let mut acls: Vec<Acl<'_>> =
        model.vpcs.values().map(|vpc| Acl { id: derived("acl", &vpc.id), vpc }).collect();
    acls.sort_by(|a, b| a.id.cmp(&b.id));
    let page = select(view, acls.iter(), &input)?;
    let entry = |egress: bool, number: u32, action: &str| json!({"cidrBlock": "0.0.0.0/0", "egress": egress, "protocol": "-1", "ruleAction": action, "ruleNumber": number});
    let shape = |acl: &Acl<'_>| {
        let subnets = model.subnets.values().filter(|subnet| subnet.vpc_id == acl.vpc.id);
        let associations: Vec<Value> = subnets
            .map(|subnet| {
                json!({
                    "networkAclAssociationId": derived("aclassoc", &subnet.id),
                    "networkAclId": acl.id,
                    "subnetId": subnet.id,
                })
            })
            .collect();
        json!({
            "networkAclId": acl.id,
            "vpcId": acl.vpc.id,
            "ownerId": view.account,
            "default": true,
            "associationSet": associations,
            "entrySet": [
                entry(true, 100, "allow"), entry(true, 32767, "deny"),
                entry(false, 100, "allow"), entry(false, 32767, "deny"),
            ],
            "tagSet": [],
        })
    };
    let items = page.items.into_iter().map(shape).collect();
    Ok(listing("networkAclSet", items, page.next))
}

/// Something that is there for everybody, by its id.
struct Given {
    id: String,
    name: &'static str,
}

impl Noun for Given {
    const FILTERS: &'static [&'static str] =
        &["dhcp-options-id", "owner-id", "prefix-list-id", "prefix-list-name"];
    const KIND: &'static str = "pl";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "owner-id" => one(view.account),
            "prefix-list-name" => one(format!("com.amazonaws.{}.{}", view.region.name, self.name)),
            _ => one(&self.id),
        }
    }
}

pub(crate) fn describe_dhcp_options(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let all = [Given { id: dhcp_options(view), name: "" }];
    let page = select(view, all.iter(), &input)?;
    let region = view.region.name.as_str();
    let domain =
        if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") };
    let option = |key: &str, value: &str| json!({"key": key, "valueSet": [{"value": value}]});
    let shape = |one: &Given| {
        json!({
            "dhcpOptionsId": one.id,
            "ownerId": view.account,
            "dhcpConfigurationSet": [
                option("domain-name", &domain), option("domain-name-servers", "AmazonProvidedDNS"),
            ],
            "tagSet": [],
        })
    };
    let items = page.items.into_iter().map(shape).collect();
    Ok(listing("dhcpOptionsSet", items, page.next))
}

pub(crate) fn describe_prefix_lists(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let services = [("dynamodb", "52.94.0.0/22"), ("s3", "52.216.0.0/15")];
    let mut all: Vec<Given> =
        services.iter().map(|(name, _)| Given { id: prefix_list(view, name), name }).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let page = select(view, all.iter(), &input)?;
    let shape = |one: &Given| {
        let blocks: Vec<&str> =
            services.iter().filter(|(name, _)| *name == one.name).map(|(_, block)| *block).collect();
        json!({
            "prefixListId": one.id,
            "prefixListName": format!("com.amazonaws.{}.{}", view.region.name, one.name),
            "cidrSet": blocks,
        })
    };
    let items = page.items.into_iter().map(shape).collect();
    Ok(listing("prefixListSet", items, page.next))
}

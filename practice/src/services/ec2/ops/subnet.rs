//! Subnets.

use serde::Deserialize;
use serde_json::{Value, json};

use super::vpc::{Switch, block};
use crate::core::fault::Fault;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, flag, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::model::{Model, Subnet};
use crate::services::ec2::zones;
use crate::world::{Scope, View};

/// Subnets per VPC (Amazon VPC quotas).
const MAX_SUBNETS: usize = 200;
/// AWS keeps the first four addresses and the last one of every subnet.
pub(crate) const RESERVED: u64 = 5;

impl Noun for Subnet {
    const FILTERS: &'static [&'static str] = &[
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "available-ip-address-count",
        "cidr",
        "cidr-block",
        "cidrBlock",
        "default-for-az",
        "defaultForAz",
        "map-public-ip-on-launch",
        "owner-id",
        "state",
        "subnet-arn",
        "subnet-id",
        "vpc-id",
    ];
    const KIND: &'static str = "subnet";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "availability-zone" | "availabilityZone" => one(&self.zone),
            "availability-zone-id" => one(zone_id(view, &self.zone)),
            "available-ip-address-count" => one(available(&view.region.ec2, self).to_string()),
            "default-for-az" | "defaultForAz" => flag(self.default_for_az),
            "map-public-ip-on-launch" => flag(self.map_public_ip),
            "owner-id" => one(view.account),
            "state" => one("available"),
            "subnet-arn" => one(view.arn("ec2", &format!("subnet/{}", self.id))),
            "subnet-id" => one(&self.id),
            "vpc-id" => one(&self.vpc_id),
            _ => one(self.cidr),
        }
    }
}

/// The zone id of a zone's name.
pub(crate) fn zone_id(view: &View<'_>, name: &str) -> String {
    zones::of(&view.region.name).find(|zone| zone.name == name).map(|zone| zone.id).unwrap_or_default()
}

/// Addresses that can still be given out.
pub(crate) fn available(model: &Model, subnet: &Subnet) -> u64 {
    let taken = u64::try_from(model.private_ips_in(&subnet.id).count()).unwrap_or(u64::MAX);
    subnet.cidr.size().saturating_sub(RESERVED).saturating_sub(taken)
}

pub(crate) fn shape(view: &View<'_>, subnet: &Subnet) -> Value {
    json!({
        "subnetId": subnet.id,
        "subnetArn": view.arn("ec2", &format!("subnet/{}", subnet.id)),
        "state": "available",
        "ownerId": view.account,
        "vpcId": subnet.vpc_id,
        "cidrBlock": subnet.cidr,
        "ipv6CidrBlockAssociationSet": [],
        "availableIpAddressCount": available(&view.region.ec2, subnet),
        "availabilityZone": subnet.zone,
        "availabilityZoneId": zone_id(view, &subnet.zone),
        "defaultForAz": subnet.default_for_az,
        "mapPublicIpOnLaunch": subnet.map_public_ip,
        "assignIpv6AddressOnCreation": false,
        "mapCustomerOwnedIpOnLaunch": false,
        "tagSet": tag_set(view.region.ec2.tags_of(&subnet.id)),
        "enableDns64": false,
        "ipv6Native": false,
        "privateDnsNameOptionsOnLaunch": {
            "hostnameType": "ip-name",
            "enableResourceNameDnsARecord": false,
            "enableResourceNameDnsAAAARecord": false,
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSubnet {
    vpc_id: String,
    cidr_block: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateSubnet) -> Result<Value, Fault> {
    let text = input.cidr_block.as_deref().ok_or_else(|| fault::missing("cidrBlock"))?;
    let cidr = block("cidrBlock", text)?;
    let model = &scope.region.ec2;
    let vpc = model.vpc(&input.vpc_id).ok_or_else(|| fault::not_found("vpc", &input.vpc_id))?;
    if !(16..=28).contains(&cidr.prefix()) || !vpc.cidr.contains(cidr) {
        return Err(Fault::new("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let siblings = || model.subnets.values().filter(|subnet| subnet.vpc_id == input.vpc_id);
    if siblings().any(|subnet| subnet.cidr.overlaps(cidr)) {
        let message = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(Fault::new("InvalidSubnet.Conflict", message));
    }
    if siblings().count() >= MAX_SUBNETS {
        let message = "The maximum number of subnets has been reached.";
        return Err(Fault::new("SubnetLimitExceeded", message));
    }
    let zone = zone(scope, &input)?;
    let tags = tags_for(&input.tag_specification, "subnet")?;
    let id = scope.region.ids.resource("subnet");
    let subnet = Subnet {
        id: id.clone(),
        vpc_id: input.vpc_id,
        cidr,
        zone,
        map_public_ip: false,
        default_for_az: false,
    };
    let model = &mut scope.region.ec2;
    model.subnets.insert(id.clone(), subnet.clone());
    model.set_tags(&id, tags);
    Ok(json!({"subnet": shape(&scope.view(), &subnet)}))
}

/// The zone asked for; when none is, the one with the fewest of the account's subnets, as EC2 picks any.
fn zone(scope: &Scope<'_>, input: &CreateSubnet) -> Result<String, Fault> {
    let all: Vec<zones::Zone> = zones::of(&scope.region.name).collect();
    let (parameter, given, found) = match (&input.availability_zone, &input.availability_zone_id) {
        (Some(name), None) => ("availabilityZone", name, all.iter().find(|zone| zone.name == *name)),
        (None, Some(id)) => ("availabilityZoneId", id, all.iter().find(|zone| zone.id == *id)),
        (Some(_), Some(_)) => {
            return Err(fault::combination(
                "Only one of availabilityZone and availabilityZoneId may be given",
            ));
        }
        (None, None) => {
            let used = |zone: &&zones::Zone| {
                scope.region.ec2.subnets.values().filter(|subnet| subnet.zone == zone.name).count()
            };
            return Ok(all.iter().min_by_key(used).map(|zone| zone.name.clone()).unwrap_or_default());
        }
    };
    found.map(|zone| zone.name.clone()).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|zone| zone.name.as_str()).collect();
        let why = format!(
            "Subnets can currently only be created in the following availability zones: {}.",
            names.join(", ")
        );
        fault::invalid(parameter, given, &why)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneSubnet {
    subnet_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneSubnet) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = input.subnet_id;
    model.subnet(&id).ok_or_else(|| fault::not_found("subnet", &id))?;
    if model.private_ips_in(&id).next().is_some() {
        return Err(fault::in_use("subnet", &id));
    }
    model.subnets.remove(&id);
    for table in model.route_tables.values_mut() {
        table.associations.retain(|_, subnet| *subnet != id);
    }
    model.tags.remove(&id);
    Ok(done())
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.subnets.values(), &input)?;
    let items = page.items.into_iter().map(|subnet| shape(view, subnet)).collect();
    Ok(listing("subnetSet", items, page.next))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifySubnetAttribute {
    subnet_id: String,
    map_public_ip_on_launch: Option<Switch>,
}

pub(crate) fn modify_attribute(scope: &mut Scope<'_>, input: ModifySubnetAttribute) -> Result<Value, Fault> {
    let subnet = scope.region.ec2.subnets.get_mut(&input.subnet_id);
    let subnet = subnet.ok_or_else(|| fault::not_found("subnet", &input.subnet_id))?;
    let switch = input.map_public_ip_on_launch.ok_or_else(|| fault::missing("mapPublicIpOnLaunch"))?;
    subnet.map_public_ip = switch.value.unwrap_or_default();
    Ok(done())
}

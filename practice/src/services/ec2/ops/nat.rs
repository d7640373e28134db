//! NAT gateways. Follows "NAT gateways" (Amazon VPC User Guide): one in a public subnet, with an Elastic IP address,
//! lets private subnets out whose route tables lead to it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::time::Iso;
use crate::services::ec2::ask::{Asked, Noun, TagSpecification, listing, one, select, tag_set, tags_for};
use crate::services::ec2::fault;
use crate::services::ec2::instance::derived;
use crate::services::ec2::managed::{self, Wanted};
use crate::services::ec2::model::{AddressAssociation, NatGateway, Phase};
use crate::world::{Scope, View};

/// NAT gateways per Availability Zone (Amazon VPC quotas); those deleted do not count.
const MAX_PER_ZONE: usize = 5;
/// Those deleted that are still seen, and all others.
const MAX_SEEN: usize = 100;

impl Noun for NatGateway {
    const FILTERS: &'static [&'static str] =
        &["nat-gateway-id", "state", "subnet-id", "vpc-id", "connectivity-type"];
    const KIND: &'static str = "nat";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "state" => one(self.phase.name()),
            "subnet-id" => one(&self.subnet_id),
            "vpc-id" => one(&self.vpc_id),
            "connectivity-type" => one(connectivity(self)),
            _ => one(&self.id),
        }
    }
}

fn connectivity(nat: &NatGateway) -> &'static str {
    if nat.allocation_id.is_some() { "public" } else { "private" }
}

fn shape(view: &View<'_>, nat: &NatGateway) -> Value {
    let available = nat.phase == Phase::Available;
    let address = json!({
        "allocationId": nat.allocation_id,
        "networkInterfaceId": nat.interface_id,
        "privateIp": nat.private_ip,
        "publicIp": nat.public_ip,
        "associationId": nat.allocation_id.as_ref().map(|_| derived("eipassoc", &nat.id)),
        "isPrimary": true,
        "status": if available { "succeeded" } else { "associating" },
    });
    let failure = match &nat.phase {
        Phase::Failed { why, .. } => Some(why),
        _ => None,
    };
    json!({
        "natGatewayId": nat.id,
        "vpcId": nat.vpc_id,
        "subnetId": nat.subnet_id,
        "state": nat.phase.name(),
        "createTime": Iso(nat.created_at),
        "deleteTime": nat.deleted_at.map(Iso),
        "failureCode": failure.map(|_| "Gateway.NotAttached"),
        "failureMessage": failure,
        "connectivityType": connectivity(nat),
        "natGatewayAddressSet": [address],
        "tagSet": tag_set(view.region.ec2.tags_of(&nat.id)),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateNatGateway {
    subnet_id: Option<String>,
    allocation_id: Option<String>,
    connectivity_type: Option<String>,
    availability_mode: Option<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateNatGateway) -> Result<Value, Fault> {
    if input.availability_mode.is_some_and(|mode| mode != "zonal") || input.private_ip_address.is_some() {
        let message =
            "Regional NAT gateways and chosen private addresses are not part of this practice cloud.";
        return Err(Fault::new("UnsupportedOperation", message));
    }
    let subnet_id = input.subnet_id.ok_or_else(|| fault::missing("SubnetId"))?;
    let public = match input.connectivity_type.as_deref() {
        None | Some("public") => true,
        Some("private") => false,
        Some(other) => return Err(fault::invalid("connectivityType", other, "It is public or private.")),
    };
    let tags = tags_for(&input.tag_specification, "natgateway")?;
    let model = &scope.region.ec2;
    let subnet = model.subnet(&subnet_id).ok_or_else(|| fault::not_found("subnet", &subnet_id))?.clone();
    let elastic = match (public, input.allocation_id.as_deref()) {
        (true, Some(id)) => Some(free_address(scope, id)?),
        (true, None) => return Err(fault::missing("AllocationId")),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(fault::combination(
                "An AllocationId cannot be given with the private connectivity type.",
            ));
        }
    };
    let in_zone = |nat: &&NatGateway| {
        nat.phase.is_live() && model.subnet(&nat.subnet_id).is_some_and(|other| other.zone == subnet.zone)
    };
    let gateways = &model.nat_gateways;
    if gateways.values().filter(in_zone).count() >= MAX_PER_ZONE || gateways.len() >= MAX_SEEN {
        let message = format!("The maximum number of NAT gateways has been reached in {}.", subnet.zone);
        return Err(Fault::new("NatGatewayLimitExceeded", message));
    }
    let is_attached = !public || model.gateway_of(&subnet.vpc_id).is_some();
    let id = scope.region.ids.resource("nat");
    let mut nat = NatGateway {
        id: id.clone(),
        vpc_id: subnet.vpc_id.clone(),
        subnet_id,
        allocation_id: elastic.as_ref().map(|(id, _)| id.clone()),
        public_ip: elastic.as_ref().map(|(_, ip)| *ip),
        private_ip: None,
        interface_id: None,
        phase: Phase::new_nat(scope),
        created_at: scope.now,
        deleted_at: None,
    };
    if is_attached {
        attach(scope, &mut nat)?;
    } else {
        let why = format!("Network {} has no Internet gateway attached", subnet.vpc_id);
        nat.phase = Phase::failed(scope, why);
    }
    let model = &mut scope.region.ec2;
    model.nat_gateways.insert(id.clone(), nat.clone());
    model.set_tags(&id, tags);
    Ok(json!({"natGateway": shape(&scope.view(), &nat)}))
}

/// An Elastic IP address that is associated with nothing: its id and the address.
fn free_address(scope: &Scope<'_>, id: &str) -> Result<(String, std::net::Ipv4Addr), Fault> {
    let address = scope.region.ec2.addresses.get(id).ok_or_else(|| fault::not_found("eipalloc", id))?;
    if address.association.is_some() {
        let message = format!("Elastic IP address [{id}] is already associated");
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    Ok((address.id.clone(), address.public_ip))
}

/// Gives a NAT gateway its interface, with its address.
fn attach(scope: &mut Scope<'_>, nat: &mut NatGateway) -> Result<(), Fault> {
    let wanted = Wanted {
        subnet_id: &nat.subnet_id,
        security_groups: &[],
        description: format!("Interface for NAT Gateway {}", nat.id),
        kind: "nat_gateway",
        public: false,
        instance_id: None,
    };
    let interface = managed::attach(scope, &wanted).ok_or_else(|| {
        let message = "The specified subnet does not have enough free addresses to satisfy the request.";
        Fault::new("InsufficientFreeAddressesInSubnet", message)
    })?;
    nat.private_ip = Some(interface.private_ip);
    nat.interface_id = Some(interface.id.clone());
    let address = nat.allocation_id.as_ref().and_then(|id| scope.region.ec2.addresses.get_mut(id));
    if let Some(address) = address {
        let id = derived("eipassoc", &nat.id);
        address.association = Some(AddressAssociation { id, interface_id: interface.id, instance_id: None });
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneNat {
    nat_gateway_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneNat) -> Result<Value, Fault> {
    let (id, now) = (input.nat_gateway_id, scope.now);
    let phase = Phase::deleting(scope);
    let nat = scope.region.ec2.nat_gateways.get_mut(&id).ok_or_else(|| fault::not_found("nat", &id))?;
    if nat.phase.is_live() {
        (nat.phase, nat.deleted_at) = (phase, Some(now));
    }
    Ok(json!({"natGatewayId": id}))
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.nat_gateways.values(), &input)?;
    let items = page.items.into_iter().map(|nat| shape(view, nat)).collect();
    Ok(listing("natGatewaySet", items, page.next))
}

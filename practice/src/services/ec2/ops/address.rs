//! Elastic IP addresses. Follows "Elastic IP addresses" (Amazon EC2 User Guide).

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ec2::ask::{Asked, Noun, TagSpecification, done, one, select, tag_set, tags_for};
use crate::services::ec2::fault;
use crate::services::ec2::lifecycle::{draw_public_ip, public_address};
use crate::services::ec2::model::{Address, AddressAssociation, Model, State};
use crate::world::{Scope, View};

/// Addresses per region (Amazon EC2 quotas).
const MAX_ADDRESSES: usize = 5;

impl Noun for Address {
    const FILTERS: &'static [&'static str] = &[
        "allocation-id",
        "association-id",
        "domain",
        "instance-id",
        "network-border-group",
        "network-interface-id",
        "network-interface-owner-id",
        "private-ip-address",
        "public-ip",
    ];
    const KIND: &'static str = "eipalloc";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        let maybe = |value: Option<String>| value.into_iter().collect();
        let association = self.association.as_ref();
        match filter {
            "association-id" => maybe(association.map(|a| a.id.clone())),
            "domain" => one("vpc"),
            "instance-id" => maybe(association.and_then(|a| a.instance_id.clone())),
            "network-border-group" => one(&view.region.name),
            "network-interface-id" => maybe(association.map(|a| a.interface_id.clone())),
            "network-interface-owner-id" => maybe(association.map(|_| view.account.to_owned())),
            "private-ip-address" => maybe(private_ip(&view.region.ec2, self).map(|ip| ip.to_string())),
            "public-ip" => one(self.public_ip.to_string()),
            _ => one(&self.id),
        }
    }
}

/// The private address behind a public one.
fn private_ip(model: &Model, address: &Address) -> Option<Ipv4Addr> {
    let association = address.association.as_ref()?;
    match &association.instance_id {
        Some(id) => model.instance(id)?.private_ip,
        None => model.interfaces.get(&association.interface_id).map(|interface| interface.private_ip),
    }
}

fn shape(view: &View<'_>, address: &Address) -> Value {
    let association = address.association.as_ref();
    json!({
        "allocationId": address.id,
        "publicIp": address.public_ip,
        "domain": "vpc",
        "associationId": association.map(|a| &a.id),
        "instanceId": association.and_then(|a| a.instance_id.as_ref()),
        "networkInterfaceId": association.map(|a| &a.interface_id),
        "networkInterfaceOwnerId": association.map(|_| view.account),
        "privateIpAddress": private_ip(&view.region.ec2, address),
        "tagSet": tag_set(view.region.ec2.tags_of(&address.id)),
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": view.region.name,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AllocateAddress {
    domain: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn allocate(scope: &mut Scope<'_>, input: AllocateAddress) -> Result<Value, Fault> {
    if let Some(domain) = input.domain.filter(|domain| domain != "vpc") {
        return Err(fault::invalid("domain", &domain, "Only vpc is supported."));
    }
    let tags = tags_for(&input.tag_specification, "elastic-ip")?;
    if scope.region.ec2.addresses.len() >= MAX_ADDRESSES {
        let message = "The maximum number of addresses has been reached.";
        return Err(Fault::new("AddressLimitExceeded", message));
    }
    let id = scope.region.ids.resource("eipalloc");
    let public_ip = draw_public_ip(scope.region);
    let model = &mut scope.region.ec2;
    model.addresses.insert(id.clone(), Address { id: id.clone(), public_ip, association: None });
    model.set_tags(&id, tags);
    Ok(json!({
        "publicIp": public_ip,
        "allocationId": id,
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": scope.region.name,
        "domain": "vpc",
    }))
}

/// The address of an allocation id or of the address itself.
fn find(model: &Model, id: Option<&str>, ip: Option<&str>) -> Result<String, Fault> {
    match (id, ip) {
        (Some(id), _) => {
            model.addresses.get(id).map(|a| a.id.clone()).ok_or_else(|| fault::not_found("eipalloc", id))
        }
        (None, Some(ip)) => {
            let found = model.addresses.values().find(|a| a.public_ip.to_string() == ip);
            found
                .map(|a| a.id.clone())
                .ok_or_else(|| Fault::new("InvalidAddress.NotFound", format!("Address '{ip}' not found.")))
        }
        (None, None) => Err(fault::missing("AllocationId")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateAddress {
    allocation_id: Option<String>,
    public_ip: Option<String>,
    instance_id: Option<String>,
    network_interface_id: Option<String>,
    allow_reassociation: Option<bool>,
}

pub(crate) fn associate(scope: &mut Scope<'_>, input: AssociateAddress) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let address_id = find(model, input.allocation_id.as_deref(), input.public_ip.as_deref())?;
    let (vpc_id, interface_id, instance_id) = target(model, &input)?;
    if model.gateway_of(&vpc_id).is_none() {
        let message = format!("Network {vpc_id} is not attached to any internet gateway");
        return Err(Fault::new("Gateway.NotAttached", message));
    }
    let old = model.addresses.get(&address_id).and_then(|a| a.association.clone());
    if let Some(association) = old.as_ref().filter(|a| a.interface_id != interface_id)
        && !input.allow_reassociation.unwrap_or_default()
    {
        let message =
            format!("resource {address_id} is already associated with associate-id {}", association.id);
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    let id = scope.region.ids.resource("eipassoc");
    let model = &mut scope.region.ec2;
    for other in model.addresses.values_mut() {
        other.association.take_if(|a| a.interface_id == interface_id);
    }
    let association = AddressAssociation { id: id.clone(), interface_id, instance_id: instance_id.clone() };
    let public_ip = model.addresses.get_mut(&address_id).map(|address| {
        address.association = Some(association);
        address.public_ip
    });
    if let Some(instance) = instance_id.as_ref().and_then(|id| model.instances.get_mut(id))
        && !matches!(instance.state, State::Pending { .. })
    {
        instance.public_ip = public_ip;
    }
    let left = old.and_then(|a| a.instance_id).filter(|left| Some(left) != instance_id.as_ref());
    readdress(scope, left.as_deref());
    Ok(json!({"return": true, "associationId": id}))
}

/// VPC, interface and instance that an address is for.
fn target(model: &Model, input: &AssociateAddress) -> Result<(String, String, Option<String>), Fault> {
    let instance = match (&input.instance_id, &input.network_interface_id) {
        (Some(_), Some(_)) => {
            return Err(fault::combination("You may specify instanceId or networkInterfaceId, not both"));
        }
        (Some(id), None) => Some(model.instance(id).ok_or_else(|| fault::no_such("i", id))?),
        (None, Some(id)) => model.instances.values().find(|i| i.interface_id == *id),
        (None, None) => return Err(fault::missing("InstanceId or NetworkInterfaceId")),
    };
    if let Some(instance) = instance {
        if instance.state.is_ending() {
            let message =
                format!("The instance '{}' is not in a valid state for this operation.", instance.id);
            return Err(Fault::new("IncorrectInstanceState", message));
        }
        return Ok((instance.vpc_id.clone(), instance.interface_id.clone(), Some(instance.id.clone())));
    }
    let id = input.network_interface_id.as_deref().unwrap_or_default();
    let interface = model.interfaces.get(id).ok_or_else(|| fault::not_found("eni", id))?;
    let vpc_id = model.subnet(&interface.subnet_id).map(|subnet| subnet.vpc_id.clone());
    Ok((vpc_id.unwrap_or_default(), interface.id.clone(), None))
}

/// Gives an instance that lost its Elastic IP a public address of its own again, if it had one at launch.
fn readdress(scope: &mut Scope<'_>, instance_id: Option<&str>) {
    let Some(id) = instance_id else { return };
    let runs = scope.region.ec2.instance(id).is_some_and(|i| i.state == State::Running);
    let address = if runs { public_address(scope.region, id) } else { None };
    if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
        instance.public_ip = address;
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DisassociateAddress {
    association_id: Option<String>,
    public_ip: Option<String>,
}

pub(crate) fn disassociate(scope: &mut Scope<'_>, input: DisassociateAddress) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = match (&input.association_id, &input.public_ip) {
        (Some(id), _) => {
            let its = |a: &&Address| a.association.as_ref().is_some_and(|a| a.id == *id);
            let found = model.addresses.values().find(its).map(|a| a.id.clone());
            found.ok_or_else(|| fault::not_found("eipassoc", id))?
        }
        (None, Some(ip)) => find(model, None, Some(ip))?,
        (None, None) => return Err(fault::missing("AssociationId")),
    };
    let association = model.addresses.get_mut(&id).and_then(|address| address.association.take());
    readdress(scope, association.and_then(|a| a.instance_id).as_deref());
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReleaseAddress {
    allocation_id: Option<String>,
    public_ip: Option<String>,
}

pub(crate) fn release(scope: &mut Scope<'_>, input: ReleaseAddress) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = find(model, input.allocation_id.as_deref(), input.public_ip.as_deref())?;
    if let Some(address) = model.addresses.get(&id).filter(|a| a.association.is_some()) {
        let message = format!("Address {} is in use.", address.public_ip);
        return Err(Fault::new("InvalidIPAddress.InUse", message));
    }
    model.addresses.remove(&id);
    model.tags.remove(&id);
    Ok(done())
}

pub(crate) fn describe(view: &View<'_>, mut input: Asked) -> Result<Value, Fault> {
    let model = &view.region.ec2;
    for ip in std::mem::take(&mut input.names) {
        input.ids.push(find(model, None, Some(&ip))?);
    }
    let page = select(view, model.addresses.values(), &input)?;
    let items: Value = page.items.into_iter().map(|address| shape(view, address)).collect();
    Ok(json!({"addressesSet": items}))
}

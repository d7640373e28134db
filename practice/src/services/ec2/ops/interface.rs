//! Network interfaces: the primary one of each instance, those made on their own, which attach to nothing here, and
//! those that services made.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::instance_shape::association;
use super::security_group::{self, group_set};
use super::subnet::{available, zone_id};
use crate::core::fault::Fault;
use crate::core::time::Iso;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, flag, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::instance::{Instance, derived, mac_address, private_dns_name, public_dns_name};
use crate::services::ec2::launch::{address_in, checked_groups, free_address};
use crate::services::ec2::model::{Interface, Model};
use crate::world::{Scope, View};

/// Interfaces made on their own; AWS's quota is 5000, which would let a world grow large.
const MAX_INTERFACES: usize = 100;

/// An interface, wherever it is stored.
struct Seen<'m> {
    interface: Interface,
    /// The instance whose primary interface it is.
    instance: Option<&'m Instance>,
}

impl Seen<'_> {
    fn status(&self) -> &'static str {
        if self.instance.is_some() || self.interface.managed.is_some() { "in-use" } else { "available" }
    }

    fn attached_to(&self) -> Option<&str> {
        let managed = self.interface.managed.as_ref();
        self.instance.map(|i| i.id.as_str()).or_else(|| managed.and_then(|m| m.instance_id.as_deref()))
    }

    fn public_ip(&self, model: &Model) -> Option<Ipv4Addr> {
        match self.instance {
            Some(instance) => instance.public_ip,
            None => model.public_ip_of(&self.interface),
        }
    }

    fn kind(&self) -> &str {
        self.interface.managed.as_ref().map_or("interface", |managed| &managed.kind)
    }
}

impl Noun for Seen<'_> {
    const FILTERS: &'static [&'static str] = &[
        "addresses.private-ip-address",
        "association.public-ip",
        "attachment.instance-id",
        "attachment.status",
        "availability-zone",
        "description",
        "group-id",
        "group-name",
        "interface-type",
        "mac-address",
        "network-interface-id",
        "owner-id",
        "private-ip-address",
        "requester-managed",
        "status",
        "subnet-id",
        "vpc-id",
    ];
    const KIND: &'static str = "eni";

    fn id(&self) -> &str {
        &self.interface.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        let model = &view.region.ec2;
        let own = &self.interface;
        let subnet = model.subnet(&own.subnet_id);
        let maybe = |value: Option<String>| value.into_iter().collect();
        match filter {
            "addresses.private-ip-address" | "private-ip-address" => one(own.private_ip.to_string()),
            "association.public-ip" => maybe(self.public_ip(model).map(|ip| ip.to_string())),
            "attachment.instance-id" => maybe(self.attached_to().map(str::to_owned)),
            "attachment.status" => maybe((self.status() == "in-use").then(|| "attached".to_owned())),
            "availability-zone" => maybe(subnet.map(|subnet| subnet.zone.clone())),
            "description" => one(&own.description),
            "group-id" => own.security_groups.clone(),
            "group-name" => {
                let groups = own.security_groups.iter().filter_map(|id| model.security_group(id));
                groups.map(|group| group.name.clone()).collect()
            }
            "interface-type" => one(self.kind()),
            "mac-address" => one(mac_address(&own.id)),
            "owner-id" => one(view.account),
            "requester-managed" => flag(own.managed.is_some()),
            "status" => one(self.status()),
            "subnet-id" => one(&own.subnet_id),
            "vpc-id" => maybe(subnet.map(|subnet| subnet.vpc_id.clone())),
            _ => one(&own.id),
        }
    }
}

/// Every interface, ordered by id.
fn all(model: &Model) -> Vec<Seen<'_>> {
    let primary = model.instances.values().filter_map(|instance| {
        let interface = Interface {
            id: instance.interface_id.clone(),
            subnet_id: instance.subnet_id.clone(),
            private_ip: instance.private_ip?,
            security_groups: instance.security_groups.clone(),
            description: String::new(),
            managed: None,
        };
        Some(Seen { interface, instance: Some(instance) })
    });
    let alone = model.interfaces.values().map(|own| Seen { interface: own.clone(), instance: None });
    let mut all: Vec<Seen<'_>> = primary.chain(alone).collect();
    all.sort_by(|a, b| a.interface.id.cmp(&b.interface.id));
    all
}

fn shape(view: &View<'_>, seen: &Seen<'_>) -> Value {
    let model = &view.region.ec2;
    let own = &seen.interface;
    let subnet = model.subnet(&own.subnet_id);
    let zone = subnet.map(|subnet| subnet.zone.clone()).unwrap_or_default();
    let private_name = private_dns_name(own.private_ip, &view.region.name);
    let public = match seen.instance {
        Some(instance) => association(view, instance),
        None => model.public_ip_of(own).map(|ip| {
            json!({
                "publicIp": ip,
                "publicDnsName": public_dns_name(ip, &view.region.name),
                "ipOwnerId": if own.own_public_ip().is_some() { "amazon" } else { view.account },
            })
        }),
    };
    let managed = own.managed.as_ref();
    let attachment = match (seen.instance, managed) {
        (Some(instance), _) => {
            Some((derived("eni-attach", &instance.id), instance.launched_at, 0, view.account))
        }
        (None, Some(managed)) => Some((
            derived(if managed.instance_id.is_some() { "eni-attach" } else { "ela-attach" }, &own.id),
            managed.attached_at,
            1,
            if managed.instance_id.is_some() { view.account } else { "amazon-aws" },
        )),
        (None, None) => None,
    };
    let attachment = attachment.map(|(id, since, index, owner)| {
        json!({
            "attachmentId": id,
            "instanceId": seen.attached_to(),
            "instanceOwnerId": owner,
            "deviceIndex": index,
            "status": "attached",
            "attachTime": Iso(since),
            "deleteOnTermination": seen.instance.is_some(),
            "networkCardIndex": 0,
        })
    });
    json!({
        "networkInterfaceId": own.id,
        "subnetId": own.subnet_id,
        "vpcId": subnet.map(|subnet| &subnet.vpc_id),
        "availabilityZone": zone,
        "availabilityZoneId": zone_id(view, &zone),
        "description": own.description,
        "ownerId": view.account,
        "requesterManaged": managed.is_some(),
        "status": seen.status(),
        "macAddress": mac_address(&own.id),
        "privateIpAddress": own.private_ip,
        "privateDnsName": private_name,
        "sourceDestCheck": seen.instance.is_none_or(|instance| instance.source_dest_check),
        "groupSet": group_set(model, &own.security_groups),
        "attachment": attachment,
        "association": public,
        "tagSet": tag_set(model.tags_of(&own.id)),
        "privateIpAddressesSet": [{
            "privateIpAddress": own.private_ip,
            "privateDnsName": private_name,
            "primary": true,
            "association": public,
        }],
        "ipv6AddressesSet": [],
        "interfaceType": seen.kind(),
    })
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let seen = all(&view.region.ec2);
    let page = select(view, seen.iter(), &input)?;
    let items = page.items.into_iter().map(|seen| shape(view, seen)).collect();
    Ok(listing("networkInterfaceSet", items, page.next))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateNetworkInterface {
    subnet_id: String,
    description: Option<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    security_group_id: Vec<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateNetworkInterface) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let subnet =
        model.subnet(&input.subnet_id).ok_or_else(|| fault::not_found("subnet", &input.subnet_id))?;
    let subnet = subnet.clone();
    let mut groups = checked_groups(input.security_group_id)?;
    for id in &groups {
        if security_group::find(model, id)?.vpc_id != subnet.vpc_id {
            let message =
                format!("Security group {id} and subnet {} belong to different networks.", subnet.id);
            return Err(Fault::new("InvalidParameter", message));
        }
    }
    if groups.is_empty() {
        let default = model.security_group_named(&subnet.vpc_id, "default");
        groups.extend(default.map(|group| group.id.clone()));
    }
    let tags = tags_for(&input.tag_specification, "network-interface")?;
    let asked = input.private_ip_address.as_deref().map(|ip| address_in(model, &subnet, ip)).transpose()?;
    if available(model, &subnet) == 0 {
        let message = "The specified subnet does not have enough free addresses to satisfy the request.";
        return Err(Fault::new("InsufficientFreeAddressesInSubnet", message));
    }
    let description = input.description.unwrap_or_default();
    if description.chars().count() > 255 {
        return Err(fault::value("The description may be up to 255 characters long."));
    }
    if model.interfaces.values().filter(|interface| interface.managed.is_none()).count() >= MAX_INTERFACES {
        let message = "The maximum number of network interfaces has been reached.";
        return Err(Fault::new("NetworkInterfaceLimitExceeded", message));
    }
    let id = scope.region.ids.resource("eni");
    let private_ip = asked.or_else(|| free_address(scope, &subnet));
    let Some(private_ip) = private_ip else {
        return Err(Fault::new("InternalError", "An internal error has occurred").with_status(500));
    };
    let interface = Interface {
        id: id.clone(),
        subnet_id: subnet.id,
        private_ip,
        security_groups: groups,
        description,
        managed: None,
    };
    let model = &mut scope.region.ec2;
    model.interfaces.insert(id.clone(), interface.clone());
    model.set_tags(&id, tags);
    Ok(json!({"networkInterface": shape(&scope.view(), &Seen { interface, instance: None })}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneInterface {
    network_interface_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneInterface) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = input.network_interface_id;
    let of_service = model.interfaces.get(&id).is_some_and(|interface| interface.managed.is_some());
    if of_service || model.instances.values().any(|i| i.interface_id == id && i.private_ip.is_some()) {
        return Err(fault::value(format!("Network interface '{id}' is currently in use.")));
    }
    model.interfaces.remove(&id).ok_or_else(|| fault::not_found("eni", &id))?;
    model.tags.remove(&id);
    for address in model.addresses.values_mut() {
        address.association.take_if(|a| a.interface_id == id);
    }
    Ok(done())
}

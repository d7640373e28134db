//! Instances as EC2 shows them, and their filters.

use serde_json::{Value, json};

use super::security_group::group_set;
use super::subnet::zone_id;
use crate::core::time::Iso;
use crate::services::ec2::ask::{Noun, flag, one, tag_set};
use crate::services::ec2::images::{self, Image};
use crate::services::ec2::instance::{Instance, derived, mac_address};
use crate::services::ec2::instance_types;
use crate::services::ec2::model::State;
use crate::world::View;

impl Noun for Instance {
    const FILTERS: &'static [&'static str] = &[
        "architecture",
        "availability-zone",
        "availability-zone-id",
        "client-token",
        "dns-name",
        "group-id",
        "group-name",
        "hypervisor",
        "iam-instance-profile.arn",
        "image-id",
        "instance-id",
        "instance-state-code",
        "instance-state-name",
        "instance-type",
        "instance.group-id",
        "instance.group-name",
        "ip-address",
        "key-name",
        "launch-index",
        "launch-time",
        "monitoring-state",
        "network-interface.association.public-ip",
        "network-interface.group-id",
        "network-interface.network-interface-id",
        "network-interface.subnet-id",
        "network-interface.vpc-id",
        "owner-id",
        "private-dns-name",
        "private-ip-address",
        "reservation-id",
        "root-device-type",
        "source-dest-check",
        "state-reason-code",
        "subnet-id",
        "vpc-id",
    ];
    const KIND: &'static str = "i";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        let model = &view.region.ec2;
        let region = &view.region.name;
        let maybe = |value: Option<String>| value.into_iter().collect();
        match filter {
            "architecture" => one(architecture(self)),
            "availability-zone" => one(zone(view, self)),
            "availability-zone-id" => one(zone_id(view, &zone(view, self))),
            "client-token" => maybe(self.client_token.clone()),
            "dns-name" => maybe(self.public_dns_name(model, region)),
            "group-id" | "instance.group-id" | "network-interface.group-id" => self.security_groups.clone(),
            "group-name" | "instance.group-name" => {
                let groups = self.security_groups.iter().filter_map(|id| model.security_group(id));
                groups.map(|group| group.name.clone()).collect()
            }
            "hypervisor" => one("xen"),
            "iam-instance-profile.arn" => maybe(self.profile_arn.clone()),
            "image-id" => one(&self.image_id),
            "instance-state-code" => one(self.state.code().to_string()),
            "instance-state-name" => one(self.state.name()),
            "instance-type" => one(&self.instance_type),
            "ip-address" | "network-interface.association.public-ip" => {
                maybe(self.public_ip.map(|ip| ip.to_string()))
            }
            "key-name" => maybe(self.key_name.clone()),
            "launch-index" => one(self.launch_index.to_string()),
            "launch-time" => one(self.launched_at.iso()),
            "monitoring-state" => one(monitoring(self)),
            "network-interface.network-interface-id" => one(&self.interface_id),
            "network-interface.subnet-id" | "subnet-id" => one(&self.subnet_id),
            "network-interface.vpc-id" | "vpc-id" => one(&self.vpc_id),
            "owner-id" => one(view.account),
            "private-dns-name" => maybe(self.private_dns_name(region)),
            "private-ip-address" => maybe(self.private_ip.map(|ip| ip.to_string())),
            "reservation-id" => one(&self.reservation_id),
            "root-device-type" => one("ebs"),
            "source-dest-check" => flag(self.source_dest_check),
            "state-reason-code" => maybe(self.reason.map(|_| "Client.UserInitiatedShutdown".to_owned())),
            _ => one(&self.id),
        }
    }
}

fn architecture(instance: &Instance) -> &'static str {
    instance_types::find(&instance.instance_type).map_or("x86_64", |kind| kind.architecture)
}

fn monitoring(instance: &Instance) -> &'static str {
    if instance.monitoring { "enabled" } else { "disabled" }
}

/// The zone of its subnet.
pub(crate) fn zone(view: &View<'_>, instance: &Instance) -> String {
    view.region.ec2.subnet(&instance.subnet_id).map(|subnet| subnet.zone.clone()).unwrap_or_default()
}

/// A reservation of these instances, which are of one.
pub(crate) fn reservation(view: &View<'_>, ids: &[String]) -> Value {
    let instances: Vec<&Instance> = ids.iter().filter_map(|id| view.region.ec2.instance(id)).collect();
    let first = instances.first();
    json!({
        "reservationId": first.map(|i| &i.reservation_id),
        "ownerId": view.account,
        "requesterId": first.and_then(|i| i.asg_name.as_ref()).map(|_| "940372691376"),
        "groupSet": [],
        "instancesSet": instances.iter().map(|i| shape(view, i)).collect::<Value>(),
    })
}

/// One instance.
pub(crate) fn shape(view: &View<'_>, instance: &Instance) -> Value {
    let model = &view.region.ec2;
    let region = &view.region.name;
    let image = images::find(region, &instance.image_id);
    let root_device = image.as_ref().map_or("/dev/xvda", |image| image.root_device);
    let there = !matches!(instance.state, State::Terminated { .. });
    let reason = instance.reason.map(|reason| format!("User initiated ({})", gmt(&reason.at.iso())));
    let zone = zone(view, instance);
    let mut shape = json!({
        "instanceId": instance.id,
        "imageId": instance.image_id,
        "instanceState": {"code": instance.state.code(), "name": instance.state.name()},
        "privateDnsName": instance.private_dns_name(region).unwrap_or_default(),
        "dnsName": instance.public_dns_name(model, region).unwrap_or_default(),
        "reason": reason.unwrap_or_default(),
        "keyName": instance.key_name,
        "amiLaunchIndex": instance.launch_index,
        "productCodes": [],
        "instanceType": instance.instance_type,
        "launchTime": Iso(instance.launched_at),
        "placement": {
            "availabilityZone": zone,
            "availabilityZoneId": zone_id(view, &zone),
            "groupName": "",
            "tenancy": "default",
        },
        "monitoring": {"state": monitoring(instance)},
        "architecture": architecture(instance),
        "rootDeviceType": "ebs",
        "rootDeviceName": root_device,
        "blockDeviceMapping": [],
        "virtualizationType": "hvm",
        "clientToken": instance.client_token.clone().unwrap_or_default(),
        "tagSet": tag_set(model.tags_of(&instance.id)),
        "hypervisor": "xen",
        "networkInterfaceSet": [],
        "groupSet": [],
        "ebsOptimized": false,
        "enaSupport": true,
        "platformDetails": "Linux/UNIX",
        "usageOperation": "RunInstances",
    });
    if let Some(arn) = &instance.profile_arn {
        let id = view.iam.instance_profile(arn).map(|profile| profile.id.clone());
        shape["iamInstanceProfile"] = json!({"arn": arn, "id": id});
    }
    if instance.reason.is_some() {
        shape["stateReason"] = json!({
            "code": "Client.UserInitiatedShutdown",
            "message": "Client.UserInitiatedShutdown: User initiated shutdown",
        });
    }
    if there {
        add_network(view, instance, &mut shape);
        add_hardware(instance, image.as_ref(), &mut shape);
    }
    shape
}

/// `2026-11-21T09:12:33.120Z` as in state transition reasons: `2026-11-21 09:12:33 GMT`.
fn gmt(iso: &str) -> String {
    format!("{} GMT", iso.get(..19).unwrap_or_default().replace('T', " "))
}

fn add_network(view: &View<'_>, instance: &Instance, shape: &mut Value) {
    shape["subnetId"] = json!(instance.subnet_id);
    shape["vpcId"] = json!(instance.vpc_id);
    shape["privateIpAddress"] = json!(instance.private_ip);
    shape["ipAddress"] = json!(instance.public_ip);
    shape["sourceDestCheck"] = json!(instance.source_dest_check);
    shape["groupSet"] = group_set(&view.region.ec2, &instance.security_groups);
    shape["networkInterfaceSet"] = json!([interface(view, instance)]);
}

/// The public side of an instance's address.
pub(crate) fn association(view: &View<'_>, instance: &Instance) -> Option<Value> {
    let model = &view.region.ec2;
    let ip = instance.public_ip?;
    let elastic = model.elastic_ip_of(&instance.id).is_some();
    Some(json!({
        "publicIp": ip,
        "publicDnsName": instance.public_dns_name(model, &view.region.name).unwrap_or_default(),
        "ipOwnerId": if elastic { view.account } else { "amazon" },
    }))
}

fn interface(view: &View<'_>, instance: &Instance) -> Value {
    let model = &view.region.ec2;
    let private_name = instance.private_dns_name(&view.region.name);
    json!({
        "networkInterfaceId": instance.interface_id,
        "subnetId": instance.subnet_id,
        "vpcId": instance.vpc_id,
        "description": "",
        "ownerId": view.account,
        "status": "in-use",
        "interfaceType": "interface",
        "macAddress": mac_address(&instance.interface_id),
        "privateIpAddress": instance.private_ip,
        "privateDnsName": private_name,
        "sourceDestCheck": instance.source_dest_check,
        "groupSet": group_set(model, &instance.security_groups),
        "attachment": {
            "attachmentId": derived("eni-attach", &instance.id),
            "deviceIndex": 0,
            "status": "attached",
            "attachTime": Iso(instance.launched_at),
            "deleteOnTermination": true,
            "networkCardIndex": 0,
        },
        "association": association(view, instance),
        "privateIpAddressesSet": [{
            "privateIpAddress": instance.private_ip,
            "privateDnsName": private_name,
            "primary": true,
            "association": association(view, instance),
        }],
        "ipv6AddressesSet": [],
    })
}

fn add_hardware(instance: &Instance, image: Option<&Image>, shape: &mut Value) {
    let vcpus = instance_types::find(&instance.instance_type).map_or(1, |kind| kind.vcpus);
    let imds_v2 = image.is_some_and(|image| image.imds_v2);
    shape["blockDeviceMapping"] = json!([{
        "deviceName": image.map(|image| image.root_device),
        "ebs": {
            "volumeId": instance.volume_id(),
            "status": "attached",
            "attachTime": Iso(instance.launched_at),
            "deleteOnTermination": true,
        },
    }]);
    shape["cpuOptions"] = json!({"coreCount": vcpus.div_ceil(2), "threadsPerCore": vcpus.min(2)});
    shape["capacityReservationSpecification"] = json!({"capacityReservationPreference": "open"});
    shape["hibernationOptions"] = json!({"configured": false});
    shape["enclaveOptions"] = json!({"enabled": false});
    shape["metadataOptions"] = json!({
        "state": "applied",
        "httpTokens": if imds_v2 { "required" } else { "optional" },
        "httpPutResponseHopLimit": if imds_v2 { 2 } else { 1 },
        "httpEndpoint": "enabled",
        "httpProtocolIpv6": "disabled",
        "instanceMetadataTags": "disabled",
    });
    shape["maintenanceOptions"] = json!({"autoRecovery": "default"});
    shape["privateDnsNameOptions"] = json!({
        "hostnameType": "ip-name",
        "enableResourceNameDnsARecord": false,
        "enableResourceNameDnsAAAARecord": false,
    });
}

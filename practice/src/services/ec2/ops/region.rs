//! Regions, Availability Zones, instance types and the account's attributes: what AWS has, not what the account
//! made.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::region::REGIONS;
use crate::services::ec2::ask::{self, Asked, Filter, Noun, flag, listing, one, select};
use crate::services::ec2::fault;
use crate::services::ec2::instance_types::{self, InstanceType};
use crate::services::ec2::zones::{self, Zone};
use crate::world::View;

struct Region(&'static str);

impl Region {
    fn endpoint(&self) -> String {
        format!("ec2.{}.amazonaws.com", self.0)
    }
}

impl Noun for Region {
    const FILTERS: &'static [&'static str] = &["endpoint", "opt-in-status", "region-name"];
    const KIND: &'static str = "region";

    fn id(&self) -> &str {
        self.0
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "endpoint" => one(self.endpoint()),
            "opt-in-status" => one("opt-in-not-required"),
            _ => one(self.0),
        }
    }
}

pub(crate) fn describe_regions(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    ask::check_filters::<Region>(&input.filters)?;
    if let Some(name) = input.names.iter().find(|name| !REGIONS.contains(&name.as_str())) {
        return Err(fault::value(format!("Invalid region name: '{name}'")));
    }
    let shape = |region: Region| {
        json!({
            "regionName": region.0,
            "regionEndpoint": region.endpoint(),
            "optInStatus": "opt-in-not-required",
        })
    };
    let items: Value = REGIONS
        .into_iter()
        .filter(|name| input.names.is_empty() || input.names.iter().any(|n| n == name))
        .map(Region)
        .filter(|region| input.filters.iter().all(|filter| ask::passes(view, region, filter)))
        .map(shape)
        .collect();
    Ok(json!({"regionInfo": items}))
}

impl Noun for Zone {
    const FILTERS: &'static [&'static str] = &[
        "group-name",
        "message",
        "opt-in-status",
        "region-name",
        "state",
        "zone-id",
        "zone-name",
        "zone-type",
    ];
    const KIND: &'static str = "zone";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "message" => vec![],
            "opt-in-status" => one("opt-in-not-required"),
            "region-name" => one(&view.region.name),
            "group-name" => one(format!("{}-zg-1", view.region.name)),
            "state" => one("available"),
            "zone-name" => one(&self.name),
            "zone-type" => one("availability-zone"),
            _ => one(&self.id),
        }
    }
}

pub(crate) fn describe_zones(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    ask::check_filters::<Zone>(&input.filters)?;
    let region = &view.region.name;
    let all: Vec<Zone> = zones::of(region).collect();
    let unknown_name = input.names.iter().find(|name| !all.iter().any(|zone| zone.name == **name));
    let unknown_id = input.ids.iter().find(|id| !all.iter().any(|zone| zone.id == **id));
    if let Some(zone) = unknown_name.or(unknown_id) {
        return Err(fault::value(format!("Invalid availability zone: [{zone}]")));
    }
    let shape = |zone: &Zone| {
        json!({
            "zoneName": zone.name,
            "zoneState": "available",
            "regionName": region,
            "messageSet": [],
            "zoneId": zone.id,
            "groupName": format!("{region}-zg-1"),
            "networkBorderGroup": region,
            "optInStatus": "opt-in-not-required",
            "zoneType": "availability-zone",
        })
    };
    let items: Value = all
        .iter()
        .filter(|zone| input.names.is_empty() || input.names.contains(&zone.name))
        .filter(|zone| input.ids.is_empty() || input.ids.contains(&zone.id))
        .filter(|zone| input.filters.iter().all(|filter| ask::passes(view, *zone, filter)))
        .map(shape)
        .collect();
    Ok(json!({"availabilityZoneInfo": items}))
}

impl Noun for InstanceType {
    const FILTERS: &'static [&'static str] = &[
        "bare-metal",
        "burstable-performance-supported",
        "current-generation",
        "free-tier-eligible",
        "instance-type",
        "memory-info.size-in-mib",
        "processor-info.supported-architecture",
        "vcpu-info.default-vcpus",
    ];
    const KIND: &'static str = "type";

    fn id(&self) -> &str {
        self.name
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "bare-metal" => flag(false),
            "burstable-performance-supported" => flag(self.name.starts_with('t')),
            "current-generation" => flag(self.current_generation),
            "free-tier-eligible" => flag(is_free(self)),
            "memory-info.size-in-mib" => one(self.memory_mib.to_string()),
            "processor-info.supported-architecture" => one(self.architecture),
            "vcpu-info.default-vcpus" => one(self.vcpus.to_string()),
            _ => one(self.name),
        }
    }
}

fn is_free(kind: &InstanceType) -> bool {
    matches!(kind.name, "t2.micro" | "t3.micro")
}

pub(crate) fn describe_instance_types(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let unknown: Vec<&str> =
        input.ids.iter().map(String::as_str).filter(|name| instance_types::find(name).is_none()).collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(Fault::new("InvalidInstanceType", message));
    }
    let page = select(view, instance_types::ALL.iter(), &input)?;
    let items = page.items.into_iter().map(type_shape).collect();
    Ok(listing("instanceTypeSet", items, page.next))
}

fn type_shape(kind: &InstanceType) -> Value {
    let nitro = !matches!(kind.name.get(..2), Some("t2" | "m4" | "c4"));
    let threads = if kind.architecture == "arm64" { 1 } else { kind.vcpus.min(2) };
    json!({
        "instanceType": kind.name,
        "currentGeneration": kind.current_generation,
        "freeTierEligible": is_free(kind),
        "supportedUsageClasses": ["on-demand", "spot"],
        "supportedRootDeviceTypes": ["ebs"],
        "supportedVirtualizationTypes": ["hvm"],
        "bareMetal": false,
        "hypervisor": if nitro { "nitro" } else { "xen" },
        "processorInfo": {"supportedArchitectures": [kind.architecture]},
        "vCpuInfo": {
            "defaultVCpus": kind.vcpus,
            "defaultCores": kind.vcpus / threads,
            "defaultThreadsPerCore": threads,
        },
        "memoryInfo": {"sizeInMiB": kind.memory_mib},
        "instanceStorageSupported": false,
        "networkInfo": {
            "maximumNetworkInterfaces": kind.interfaces,
            "enaSupport": if nitro { "required" } else { "unsupported" },
        },
        "hibernationSupported": false,
        "burstablePerformanceSupported": kind.name.starts_with('t'),
        "dedicatedHostsSupported": true,
        "autoRecoverySupported": true,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Offerings {
    location_type: Option<String>,
    filter: Vec<Filter>,
}

struct Offering {
    kind: &'static InstanceType,
    location: String,
}

impl Noun for Offering {
    const FILTERS: &'static [&'static str] = &["instance-type", "location"];
    const KIND: &'static str = "type";

    fn id(&self) -> &str {
        self.kind.name
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        one(if filter == "location" { self.location.as_str() } else { self.kind.name })
    }
}

pub(crate) fn describe_offerings(view: &View<'_>, input: Offerings) -> Result<Value, Fault> {
    ask::check_filters::<Offering>(&input.filter)?;
    let kind_of_location = input.location_type.as_deref().unwrap_or("region");
    let locations: Vec<String> = match kind_of_location {
        "region" => vec![view.region.name.clone()],
        "availability-zone" => zones::of(&view.region.name).map(|zone| zone.name).collect(),
        "availability-zone-id" => zones::of(&view.region.name).map(|zone| zone.id).collect(),
        other => return Err(fault::invalid("locationType", other, "Unknown location type.")),
    };
    let offerings = instance_types::ALL
        .iter()
        .flat_map(|kind| locations.iter().map(move |location| Offering { kind, location: location.clone() }));
    let items: Value = offerings
        .filter(|offering| input.filter.iter().all(|filter| ask::passes(view, offering, filter)))
        .map(|offering| {
            json!({
                "instanceType": offering.kind.name,
                "locationType": kind_of_location,
                "location": offering.location,
            })
        })
        .collect();
    Ok(json!({"instanceTypeOfferingSet": items}))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Attributes {
    attribute_name: Vec<String>,
}

pub(crate) fn describe_account(view: &View<'_>, input: Attributes) -> Result<Value, Fault> {
    let default_vpc = view.region.ec2.default_vpc().map_or("none", |vpc| vpc.id.as_str());
    let all = [
        ("supported-platforms", "VPC"),
        ("default-vpc", default_vpc),
        ("max-instances", "20"),
        ("vpc-max-security-groups-per-interface", "5"),
        ("max-elastic-ips", "5"),
        ("vpc-max-elastic-ips", "5"),
    ];
    if let Some(name) = input.attribute_name.iter().find(|name| !all.iter().any(|(n, _)| n == name)) {
        return Err(fault::invalid("attributeName", name, "Unknown attribute."));
    }
    let items: Value = all
        .iter()
        .filter(|(name, _)| input.attribute_name.is_empty() || input.attribute_name.iter().any(|n| n == name))
        .map(|(name, value)| json!({"attributeName": name, "attributeValueSet": [{"attributeValue": value}]}))
        .collect();
    Ok(json!({"accountAttributeSet": items}))
}

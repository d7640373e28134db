//! The services that VPC endpoints lead to. Follows "AWS services that integrate with AWS `PrivateLink`" and "Gateway
//! endpoints" (AWS `PrivateLink` Guide).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ec2::instance::derived;
use crate::services::ec2::zones;
use crate::world::View;

/// Services with gateway endpoints.
const GATEWAYS: [&str; 2] = ["dynamodb", "s3"];
/// Services with interface endpoints, by what follows the region in their names.
const INTERFACES: [&str; 22] = [
    "application-autoscaling",
    "autoscaling",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "elasticfilesystem",
    "elasticloadbalancing",
    "events",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
];

pub(super) fn kind(is_gateway: bool) -> &'static str {
    if is_gateway { "Gateway" } else { "Interface" }
}

pub(super) fn service_name(view: &View<'_>, service: &str) -> String {
    format!("com.amazonaws.{}.{service}", view.region.name)
}

/// The service's own name in DNS: `api.ecr.us-east-1.amazonaws.com`.
pub(super) fn private_dns_name(view: &View<'_>, service: &str) -> String {
    let labels: Vec<&str> = service.split('.').rev().collect();
    format!("{}.{}.amazonaws.com", labels.join("."), view.region.name)
}

/// The service behind `com.amazonaws.us-east-1.logs`.
pub(super) fn service_of(view: &View<'_>, name: &str, is_gateway: bool) -> Result<String, Fault> {
    let prefix = format!("com.amazonaws.{}.", view.region.name);
    let known: &[&str] = if is_gateway { &GATEWAYS } else { &INTERFACES };
    if let Some(service) = name.strip_prefix(&prefix) {
        if known.contains(&service) {
            return Ok(service.to_owned());
        }
        if GATEWAYS.contains(&service) || INTERFACES.contains(&service) {
            let message = format!(
                "The VPC endpoint service {name} does not support the endpoint type {}.",
                kind(is_gateway)
            );
            return Err(Fault::new("InvalidParameter", message));
        }
    }
    let shown: String = name.chars().take(256).collect();
    Err(Fault::new("InvalidServiceName", format!("The Vpc Endpoint Service '{shown}' does not exist")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Services {
    #[serde(default)]
    service_name: Vec<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Services) -> Result<Value, Fault> {
    let all = GATEWAYS.iter().map(|name| (*name, true)).chain(INTERFACES.iter().map(|name| (*name, false)));
    let mut all: Vec<(&str, bool)> = all.collect();
    all.sort_unstable();
    if !input.service_name.is_empty() {
        for name in &input.service_name {
            service_of(view, name, true).or_else(|_| service_of(view, name, false))?;
        }
        all.retain(|(service, _)| input.service_name.contains(&service_name(view, service)));
    }
    let zones: Vec<String> = zones::of(&view.region.name).map(|zone| zone.name).collect();
    let detail = |(service, is_gateway): &(&str, bool)| {
        json!({
            "serviceName": service_name(view, service),
            "serviceId": derived("vpce-svc", &format!("{service}{is_gateway}")),
            "serviceType": [{"serviceType": kind(*is_gateway)}],
            "serviceRegion": view.region.name,
            "availabilityZoneSet": zones,
            "owner": "amazon",
            "baseEndpointDnsNameSet": [private_dns_name(view, service)],
            "privateDnsName": (!is_gateway).then(|| private_dns_name(view, service)),
            "vpcEndpointPolicySupported": true,
            "acceptanceRequired": false,
            "managesVpcEndpoints": false,
            "tagSet": [],
        })
    };
    let details: Vec<Value> = all.iter().map(detail).collect();
    let mut names: Vec<String> = all.iter().map(|(service, _)| service_name(view, service)).collect();
    names.dedup();
    Ok(json!({"serviceNameSet": names, "serviceDetailSet": details}))
}

//! Classic load balancers in the API's shapes.

use serde_json::{Value, json};

use super::model::{Balancer, Listener, Policy};
use crate::core::tag::Tags;
use crate::services::elbv2::model::HealthCheck;
use crate::world::View;

pub(super) fn balancer(view: &View<'_>, one: &Balancer) -> Value {
    let listeners: Vec<Value> = one
        .listeners
        .iter()
        .map(|(port, listener)| json!({"Listener": of_listener(*port, listener), "PolicyNames": listener.policies}))
        .collect();
    let app = one.policies.iter().filter_map(|(name, policy)| match policy {
        Policy::App(cookie) => Some(json!({"PolicyName": name, "CookieName": cookie})),
        Policy::LoadBalancer(_) => None,
    });
    let own = one.policies.iter().filter_map(|(name, policy)| match policy {
        Policy::LoadBalancer(period) => Some(json!({"PolicyName": name, "CookieExpirationPeriod": period})),
        Policy::App(_) => None,
    });
    let instances: Vec<Value> = one.instances.keys().map(|id| json!({"InstanceId": id})).collect();
    let group = one.security_groups.first().and_then(|id| view.region.ec2.security_group(id));
    json!({
        "LoadBalancerName": one.name,
        "DNSName": one.dns_name,
        "CanonicalHostedZoneName": one.internet_facing.then_some(&one.dns_name),
        "CanonicalHostedZoneNameID": zone_id(),
        "ListenerDescriptions": listeners,
        "Policies": {"AppCookieStickinessPolicies": app.collect::<Vec<_>>(),
            "LBCookieStickinessPolicies": own.collect::<Vec<_>>(), "OtherPolicies": []},
        "BackendServerDescriptions": [],
        "AvailabilityZones": one.nodes.iter().map(|node| &node.zone).collect::<Vec<_>>(),
        "Subnets": one.nodes.iter().map(|node| &node.subnet_id).collect::<Vec<_>>(),
        "VPCId": one.vpc_id,
        "Instances": instances,
        "HealthCheck": check(&one.check),
        "SourceSecurityGroup": group.map(|group| json!({"OwnerAlias": view.account, "GroupName": group.name})),
        "SecurityGroups": one.security_groups,
        "CreatedTime": one.created_at.iso(),
        "Scheme": if one.internet_facing { "internet-facing" } else { "internal" },
    })
}

/// The hosted zone of classic load balancers in us-east-1, which stands for all regions here.
pub(super) fn zone_id() -> &'static str {
    "Z35SXDOTRQ7X7K"
}

fn of_listener(port: u16, listener: &Listener) -> Value {
    json!({"Protocol": listener.protocol, "LoadBalancerPort": port, "InstanceProtocol": listener.instance_protocol,
        "InstancePort": listener.instance_port, "SSLCertificateId": listener.certificate})
}

/// `HTTP:80/index.html`
pub(super) fn target(check: &HealthCheck) -> String {
    format!("{}:{}{}", check.protocol, check.port, check.path.as_deref().unwrap_or_default())
}

pub(super) fn check(check: &HealthCheck) -> Value {
    json!({"Target": target(check), "Interval": check.interval, "Timeout": check.timeout,
        "UnhealthyThreshold": check.unhealthy_threshold, "HealthyThreshold": check.healthy_threshold})
}

pub(super) fn attributes(one: &Balancer) -> Value {
    let of = &one.attributes;
    json!({"CrossZoneLoadBalancing": {"Enabled": of.cross_zone}, "AccessLog": {"Enabled": false},
        "ConnectionDraining": {"Enabled": of.draining.is_some(), "Timeout": of.draining.unwrap_or(300)},
        "ConnectionSettings": {"IdleTimeout": of.idle_timeout},
        "AdditionalAttributes": [{"Key": "elb.http.desyncmitigationmode", "Value": "defensive"}]})
}

pub(super) fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

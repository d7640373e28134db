//! What the API gives back, in the names of its model.

use serde_json::{Map, Value, json};

use super::model::{Action, Listener, LoadBalancer, Rule, TargetGroup};
use super::zones;
use crate::core::tag::Tags;
use crate::core::time::Iso;
use crate::world::View;

pub(super) fn load_balancer(view: &View<'_>, lb: &LoadBalancer) -> Value {
    let zone = |node: &super::model::Node| {
        let address = node.allocation_id.as_ref().map(|id| {
            let ip = view.region.ec2.addresses.get(id).map(|address| address.public_ip);
            json!({"IpAddress": ip, "AllocationId": id})
        });
        let private = node.private_ip.as_ref().map(|ip| json!({"PrivateIPv4Address": ip}));
        let addresses: Vec<Value> = address.or(private).into_iter().collect();
        json!({"ZoneName": node.zone, "SubnetId": node.subnet_id, "LoadBalancerAddresses": addresses})
    };
    let state = if lb.active_at.is_some() { "provisioning" } else { "active" };
    json!({
        "LoadBalancerArn": lb.arn,
        "DNSName": lb.dns_name,
        "CanonicalHostedZoneId": zones::canonical(&view.region.name, lb.kind),
        "CreatedTime": Iso(lb.created_at),
        "LoadBalancerName": lb.name,
        "Scheme": if lb.internet_facing { "internet-facing" } else { "internal" },
        "VpcId": lb.vpc_id,
        "State": {"Code": state},
        "Type": lb.kind.name(),
        "AvailabilityZones": lb.zones.iter().map(zone).collect::<Vec<_>>(),
        "SecurityGroups": lb.security_groups,
        "IpAddressType": lb.ip_address_type,
    })
}

pub(super) fn target_group(view: &View<'_>, group: &TargetGroup) -> Value {
    let check = &group.check;
    let used_by: Vec<&str> =
        view.region.elbv2.load_balancers_of(&group.arn).map(|lb| lb.arn.as_str()).collect();
    json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc_id,
        "HealthCheckProtocol": check.protocol,
        "HealthCheckPort": check.port,
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": check.interval,
        "HealthCheckTimeoutSeconds": check.timeout,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "HealthCheckPath": check.path,
        "Matcher": check.matcher.as_ref().map(|codes| json!({"HttpCode": codes})),
        "LoadBalancerArns": used_by,
        "TargetType": group.target_type.name(),
        "ProtocolVersion": group.protocol_version,
        "IpAddressType": "ipv4",
    })
}

pub(super) fn listener(listener: &Listener) -> Value {
    let mut shape = Map::new();
    shape.insert("ListenerArn".to_owned(), json!(listener.arn));
    shape.insert("LoadBalancerArn".to_owned(), json!(listener.load_balancer));
    shape.insert("Port".to_owned(), json!(listener.port));
    shape.insert("Protocol".to_owned(), json!(listener.protocol));
    if let Some(default) = listener.certificates.first() {
        shape.insert("Certificates".to_owned(), json!([{"CertificateArn": default}]));
    }
    shape.insert("SslPolicy".to_owned(), json!(listener.ssl_policy));
    shape.insert("DefaultActions".to_owned(), json!(listener.default_actions));
    if let Some(policy) = &listener.alpn_policy {
        shape.insert("AlpnPolicy".to_owned(), json!([policy]));
    }
    if listener.protocol == "HTTPS" {
        shape.insert("MutualAuthentication".to_owned(), json!({"Mode": "off"}));
    }
    Value::Object(shape)
}

pub(super) fn rule(rule: &Rule) -> Value {
    json!({
        "RuleArn": rule.arn,
        "Priority": rule.priority.to_string(),
        "Conditions": rule.conditions,
        "Actions": rule.actions,
        "IsDefault": false,
    })
}

pub(super) fn default_rule(arn: &str, actions: &[Action]) -> Value {
    json!({"RuleArn": arn, "Priority": "default", "Conditions": [], "Actions": actions, "IsDefault": true})
}

pub(super) fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

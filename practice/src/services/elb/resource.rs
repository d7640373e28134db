//! `AWS::ElasticLoadBalancing::LoadBalancer`.

use serde_json::{Map, Value, json};

use super::{model, shapes};
use crate::core::fault::Fault;
use crate::form::shown_tags;
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

/// Its physical id is its name.
pub(super) struct LoadBalancer;

/// The attributes that a template's properties ask for, AWS's defaults where they are silent.
fn attributes(asked: &Asked<'_>) -> Value {
    let draining = asked.property("ConnectionDrainingPolicy");
    let idle = asked.property("ConnectionSettings");
    let mut wanted = json!({"CrossZoneLoadBalancing": {"Enabled": asked.property("CrossZone").as_bool().unwrap_or(false)}});
    wanted["ConnectionDraining"] =
        if draining.is_null() { json!({"Enabled": false}) } else { draining.clone() };
    wanted["ConnectionSettings"] = if idle.is_null() { json!({"IdleTimeout": 60}) } else { idle.clone() };
    if let Some(log) = asked.properties.get("AccessLoggingPolicy") {
        wanted["AccessLog"] = log.clone();
    }
    wanted
}

fn list<'a>(asked: &'a Asked<'_>, name: &str) -> impl Iterator<Item = &'a Value> {
    asked.properties.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Without `PolicyNames`, which the API sets by itself.
fn listener(one: &Value) -> Value {
    let mut one = one.clone();
    one.as_object_mut().map(|members| members.remove("PolicyNames"));
    one
}

/// A list of objects without its empty members, for the API.
fn call(api: &mut Api<'_, '_>, name: &str, operation: &str, mut input: Value) -> Result<(), Fault> {
    input["LoadBalancerName"] = json!(name);
    api.call("elb", operation, input).map(|_| ())
}

/// Everything but what creation takes.
fn settle(api: &mut Api<'_, '_>, name: &str, asked: &Asked<'_>) -> Result<(), Fault> {
    if !asked.property("Policies").is_null() {
        return Err(Fault::new(
            "UnsupportedOperation",
            "The property Policies of AWS::ElasticLoadBalancing::LoadBalancer is not part of this practice cloud.",
        ));
    }
    for (property, operation) in [
        ("AppCookieStickinessPolicy", "CreateAppCookieStickinessPolicy"),
        ("LBCookieStickinessPolicy", "CreateLBCookieStickinessPolicy"),
    ] {
        for policy in list(asked, property) {
            let known = policy["PolicyName"].as_str().is_some_and(|policy| {
                let view = api.view();
                view.region.elb.load_balancers.get(name).is_some_and(|one| one.policies.contains_key(policy))
            });
            if !known {
                call(api, name, operation, policy.clone())?;
            }
        }
    }
    for one in list(asked, "Listeners") {
        let policies = one.get("PolicyNames").cloned().unwrap_or_else(|| json!([]));
        let input = json!({"LoadBalancerPort": one["LoadBalancerPort"], "PolicyNames": policies});
        call(api, name, "SetLoadBalancerPoliciesOfListener", input)?;
    }
    if let Some(check) = asked.properties.get("HealthCheck") {
        call(api, name, "ConfigureHealthCheck", json!({"HealthCheck": check}))?;
    }
    call(api, name, "ModifyLoadBalancerAttributes", json!({"LoadBalancerAttributes": attributes(asked)}))?;
    let instances: Vec<Value> = list(asked, "Instances").map(|id| json!({"InstanceId": id})).collect();
    if !instances.is_empty() {
        call(api, name, "RegisterInstancesWithLoadBalancer", json!({"Instances": instances}))?;
    }
    Ok(())
}

fn tags(asked: &Asked<'_>) -> Value {
    asked.tags().into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Before and after of a list of texts: what is new and what is gone.
fn difference(before: &Value, asked: &Asked<'_>, name: &str) -> (Vec<Value>, Vec<Value>) {
    let of = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old, new) = (of(before.get(name).unwrap_or(&Value::Null)), of(asked.property(name)));
    let only =
        |a: &[Value], b: &[Value]| a.iter().filter(|one| !b.contains(one)).cloned().collect::<Vec<_>>();
    (only(&new, &old), only(&old, &new))
}

/// A listener as a template writes it.
fn shown_listener((port, one): (&u16, &model::Listener)) -> Value {
    let mut shown = json!({
        "LoadBalancerPort": port, "Protocol": one.protocol, "InstanceProtocol": one.instance_protocol,
        "InstancePort": one.instance_port,
    });
    if let Some(certificate) = &one.certificate {
        shown["SSLCertificateId"] = certificate.as_str().into();
    }
    if !one.policies.is_empty() {
        shown["PolicyNames"] = json!(one.policies);
    }
    shown
}

impl Resource for LoadBalancer {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancing::LoadBalancer"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("LoadBalancerName", 32);
        if api.view().region.elb.load_balancers.contains_key(&name) {
            let message = format!("Load Balancer named {name} already exists");
            return Err(Fault::new("DuplicateLoadBalancerName", message));
        }
        let listeners: Vec<Value> = list(asked, "Listeners").map(listener).collect();
        let mut input = json!({"Listeners": listeners, "Tags": tags(asked)});
        for property in ["AvailabilityZones", "Subnets", "SecurityGroups", "Scheme"] {
            if let Some(value) = asked.properties.get(property) {
                input[property] = value.clone();
            }
        }
        call(api, &name, "CreateLoadBalancer", input)?;
        if let Err(fault) = settle(api, &name, asked) {
            let _ = call(api, &name, "DeleteLoadBalancer", json!({}));
            return Err(fault);
        }
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let (new, gone) = difference(before, asked, "Listeners");
        let ports: Vec<&Value> = gone.iter().map(|one| &one["LoadBalancerPort"]).collect();
        if !ports.is_empty() {
            call(api, id, "DeleteLoadBalancerListeners", json!({"LoadBalancerPorts": ports}))?;
        }
        if !new.is_empty() {
            let listeners: Vec<Value> = new.iter().map(listener).collect();
            call(api, id, "CreateLoadBalancerListeners", json!({"Listeners": listeners}))?;
        }
        let (new, gone) = difference(before, asked, "Subnets");
        if !new.is_empty() {
            call(api, id, "AttachLoadBalancerToSubnets", json!({"Subnets": new}))?;
        }
        if !gone.is_empty() {
            call(api, id, "DetachLoadBalancerFromSubnets", json!({"Subnets": gone}))?;
        }
        if asked.changed(before, "SecurityGroups") && !asked.property("SecurityGroups").is_null() {
            let groups = json!({"SecurityGroups": asked.property("SecurityGroups")});
            call(api, id, "ApplySecurityGroupsToLoadBalancer", groups)?;
        }
        let (_, gone) = difference(before, asked, "Instances");
        if !gone.is_empty() {
            let instances: Vec<Value> = gone.iter().map(|id| json!({"InstanceId": id})).collect();
            call(api, id, "DeregisterInstancesFromLoadBalancer", json!({"Instances": instances}))?;
        }
        let input = json!({"LoadBalancerNames": [id], "Tags": tags(asked)});
        api.call("elb", "AddTags", input)?;
        settle(api, id, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        call(api, id, "DeleteLoadBalancer", json!({}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let mut all = Map::new();
        let Some(one): Option<&model::Balancer> = view.region.elb.load_balancers.get(id) else { return all };
        all.insert("DNSName".to_owned(), json!(one.dns_name));
        all.insert("CanonicalHostedZoneName".to_owned(), json!(one.dns_name));
        all.insert("CanonicalHostedZoneNameID".to_owned(), json!(shapes::zone_id()));
        let group = one.security_groups.first().and_then(|id| view.region.ec2.security_group(id));
        all.insert("SourceSecurityGroup.GroupName".to_owned(), json!(group.map(|group| &group.name)));
        all.insert("SourceSecurityGroup.OwnerAlias".to_owned(), json!(view.account));
        all
    }

    /// Without the registered instances, which groups and services bring too.
    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(one) = view.region.elb.load_balancers.get(id) else { return Actual::Gone };
        let nodes = || one.nodes.iter();
        let mut shown = json!({
            "LoadBalancerName": one.name,
            "Scheme": if one.internet_facing { "internet-facing" } else { "internal" },
            "Subnets": nodes().map(|node| &node.subnet_id).collect::<Vec<_>>(),
            "AvailabilityZones": nodes().map(|node| &node.zone).collect::<Vec<_>>(),
            "SecurityGroups": one.security_groups,
            "Listeners": one.listeners.iter().map(shown_listener).collect::<Vec<_>>(),
            "HealthCheck": shapes::check(&one.check),
            "CrossZone": one.attributes.cross_zone,
            "ConnectionSettings": {"IdleTimeout": one.attributes.idle_timeout},
            "ConnectionDrainingPolicy": {"Enabled": one.attributes.draining.is_some()},
            "Tags": shown_tags(&one.tags),
        });
        if let Some(seconds) = one.attributes.draining {
            shown["ConnectionDrainingPolicy"]["Timeout"] = seconds.into();
        }
        Actual::Is(shown)
    }
}

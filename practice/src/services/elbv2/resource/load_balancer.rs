//! `AWS::ElasticLoadBalancingV2::LoadBalancer`. Its physical id is its ARN.

use serde_json::{Map, Value, json};

use super::{any, attributes, call, make, remove, retag, shown, tags, whole};
use crate::core::fault::Fault;
use crate::form::{key_values, only, picked, present};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::elbv2::attributes as known;
use crate::services::elbv2::model::Kind;
use crate::world::View;

pub(super) struct LoadBalancer;

/// Those that the API calls the same.
const SAME: [&str; 7] =
    ["Subnets", "SubnetMappings", "SecurityGroups", "Scheme", "Type", "IpAddressType", "Ipv4IpamPoolId"];

impl LoadBalancer {
    fn check(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&SAME[..], &["Name", "LoadBalancerAttributes", "Tags"]].concat())
    }

    fn set(api: &mut Api<'_, '_>, arn: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let kind = if asked.text("Type") == Some("network") { Kind::Network } else { Kind::Application };
        let usual = known::shape(known::of_load_balancer(kind), &known::none());
        let wanted = attributes(before, asked, "LoadBalancerAttributes", &usual);
        if !any(&wanted) {
            return Ok(());
        }
        let input = json!({"LoadBalancerArn": arn, "Attributes": wanted});
        call(api, "ModifyLoadBalancerAttributes", input).map(|_| ())
    }
}

impl Resource for LoadBalancer {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancingV2::LoadBalancer"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        self.check(asked)?;
        let name = asked.name("Name", 32);
        // The API answers a repeated request with what is there; a stack does not take over what is another's.
        if api.view().region.elbv2.load_balancers.values().any(|lb| lb.name == name) {
            let message =
                format!("A load balancer with the same name '{name}' exists, but with different settings");
            return Err(Fault::new("DuplicateLoadBalancerName", message));
        }
        let mut input = picked(asked.properties, &SAME);
        input.insert("Name".to_owned(), json!(name));
        input.insert("Tags".to_owned(), key_values(&asked.tags()));
        let arn = make(api, "CreateLoadBalancer", input.into(), "/LoadBalancers/0/LoadBalancerArn")?;
        let rest = Self::set(api, &arn, &Value::Null, asked);
        whole(self, api, arn, asked, rest)
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        match view.region.elbv2.load_balancers.get(id) {
            Some(lb) if lb.active_at.is_none() => Settled::Yes,
            Some(_) => Settled::NotYet,
            None => Settled::Failed(format!("Load balancer '{id}' not found")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        self.check(asked)?;
        let of = |names: &[&str]| {
            let mut input = picked(asked.properties, names);
            input.insert("LoadBalancerArn".to_owned(), json!(id));
            Value::Object(input)
        };
        if asked.changed(before, "SecurityGroups") {
            call(api, "SetSecurityGroups", of(&["SecurityGroups"]))?;
        }
        if asked.changed(before, "Subnets") || asked.changed(before, "SubnetMappings") {
            call(api, "SetSubnets", of(&["Subnets", "SubnetMappings"]))?;
        }
        if asked.changed(before, "IpAddressType") {
            let kind = asked.text("IpAddressType").unwrap_or("ipv4");
            call(api, "SetIpAddressType", json!({"LoadBalancerArn": id, "IpAddressType": kind}))?;
        }
        if asked.changed(before, "LoadBalancerAttributes") {
            Self::set(api, id, before, asked)?;
        }
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteLoadBalancer", json!({"LoadBalancerArn": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let mut all: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
        let list = "LoadBalancers";
        let shown = shown(view, "DescribeLoadBalancers", "LoadBalancerArns", list, id).unwrap_or_default();
        let path = view.region.elbv2.load_balancers.get(id).map(|lb| json!(lb.path()));
        all.extend(present([
            ("LoadBalancerArn", Some(json!(id))),
            ("LoadBalancerFullName", path),
            ("LoadBalancerName", shown.get("LoadBalancerName").cloned()),
            ("Name", shown.get("LoadBalancerName").cloned()),
            ("DNSName", shown.get("DNSName").cloned()),
            ("CanonicalHostedZoneID", shown.get("CanonicalHostedZoneId").cloned()),
            ("SecurityGroups", shown.get("SecurityGroups").cloned()),
        ]));
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(lb) = view.region.elbv2.load_balancers.get(id) else { return Actual::Gone };
        let subnets: Vec<&String> = lb.zones.iter().map(|node| &node.subnet_id).collect();
        let properties = present([
            ("Name", Some(json!(lb.name))),
            ("Scheme", Some(json!(if lb.internet_facing { "internet-facing" } else { "internal" }))),
            ("Type", Some(json!(lb.kind.name()))),
            ("IpAddressType", Some(json!(lb.ip_address_type))),
            ("Subnets", Some(json!(subnets))),
            ("SecurityGroups", Some(json!(lb.security_groups))),
            ("Tags", tags(view, id)),
        ]);
        Actual::Is(properties.into())
    }
}

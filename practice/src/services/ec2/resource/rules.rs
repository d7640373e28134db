//! `AWS::EC2::SecurityGroupIngress` and `SecurityGroupEgress`, and rules as templates write them.

use serde_json::{Map, Value, json};

use super::{make, remove};
use crate::core::fault::Fault;
use crate::form::{picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::ec2::model::{Peer, Rule};
use crate::world::View;

/// A rule of a template as a permission of the API.
pub(super) fn permission(rule: &Value) -> Value {
    let text = |name: &str| rule.get(name).cloned();
    let described = |mut peer: Map<String, Value>| {
        peer.extend(present([("Description", text("Description"))]));
        json!([peer])
    };
    let group = text("SourceSecurityGroupId").or_else(|| text("DestinationSecurityGroupId"));
    let list = text("SourcePrefixListId").or_else(|| text("DestinationPrefixListId"));
    let mut permission = picked(rule, &["IpProtocol", "FromPort", "ToPort"]);
    if let Some(block) = text("CidrIp") {
        permission.insert("IpRanges".to_owned(), described(present([("CidrIp", Some(block))])));
    }
    if let Some(block) = text("CidrIpv6") {
        permission.insert("Ipv6Ranges".to_owned(), described(present([("CidrIpv6", Some(block))])));
    }
    if group.is_some() || text("SourceSecurityGroupName").is_some() {
        let peer = present([
            ("GroupId", group),
            ("GroupName", text("SourceSecurityGroupName")),
            ("UserId", text("SourceSecurityGroupOwnerId")),
        ]);
        permission.insert("Groups".to_owned(), described(peer));
    }
    if let Some(id) = list {
        permission.insert("PrefixListIds".to_owned(), json!([{"PrefixListId": id}]));
    }
    permission.into()
}

/// A rule as it is, as a template writes it.
pub(super) fn written(rule: &Rule, egress: bool) -> Value {
    let ports = rule.protocol != "-1";
    let (block, block6, group) = match &rule.peer {
        Peer::Ipv4(block) => (Some(json!(block)), None, None),
        Peer::Ipv6(block) => (None, Some(json!(block)), None),
        Peer::Group(id) => (None, None, Some(json!(id))),
    };
    let named = if egress { "DestinationSecurityGroupId" } else { "SourceSecurityGroupId" };
    present([
        ("IpProtocol", Some(json!(rule.protocol))),
        ("FromPort", ports.then(|| json!(rule.from_port))),
        ("ToPort", ports.then(|| json!(rule.to_port))),
        ("CidrIp", block),
        ("CidrIpv6", block6),
        (named, group),
        ("Description", rule.description.clone().map(Value::String)),
    ])
    .into()
}

pub(super) struct Ingress;

impl Resource for Ingress {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::SecurityGroupIngress"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        add(api, "AuthorizeSecurityGroupIngress", asked)
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        describe(api, "UpdateSecurityGroupRuleDescriptionsIngress", asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        revoke(api, "RevokeSecurityGroupIngress", id, properties)
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        actual(view, id, false)
    }
}

pub(super) struct Egress;

impl Resource for Egress {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::SecurityGroupEgress"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        add(api, "AuthorizeSecurityGroupEgress", asked)
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        describe(api, "UpdateSecurityGroupRuleDescriptionsEgress", asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        revoke(api, "RevokeSecurityGroupEgress", id, properties)
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        actual(view, id, true)
    }
}

fn add(api: &mut Api<'_, '_>, operation: &str, asked: &Asked<'_>) -> Result<String, Fault> {
    let mut input = picked(asked.properties, &["GroupId", "GroupName"]);
    input.insert("IpPermissions".to_owned(), json!([permission(asked.properties)]));
    make(api, operation, input.into(), "/securityGroupRuleSet/0/securityGroupRuleId")
}

/// The one property that is changed in place.
fn describe(api: &mut Api<'_, '_>, operation: &str, asked: &Asked<'_>) -> Result<(), Fault> {
    let mut input = picked(asked.properties, &["GroupId", "GroupName"]);
    input.insert("IpPermissions".to_owned(), json!([permission(asked.properties)]));
    api.call("ec2", operation, input.into()).map(|_| ())
}

fn revoke(api: &mut Api<'_, '_>, operation: &str, id: &str, properties: &Value) -> Result<(), Fault> {
    let mut input = picked(properties, &["GroupId", "GroupName"]);
    input.insert("SecurityGroupRuleId".to_owned(), json!([id]));
    remove(api, operation, input.into())
}

fn actual(view: &View<'_>, id: &str, egress: bool) -> Actual {
    let mut groups = view.region.ec2.security_groups.values();
    let found = groups.find_map(|group| {
        let rules = if egress { &group.egress } else { &group.ingress };
        Some((group, rules.iter().find(|rule| rule.id == id)?))
    });
    let Some((group, rule)) = found else { return Actual::Gone };
    let mut properties = written(rule, egress);
    properties["GroupId"] = json!(group.id);
    Actual::Is(properties)
}

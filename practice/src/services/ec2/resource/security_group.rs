//! `AWS::EC2::SecurityGroup`. Its physical id is its id, or its name when the template names no VPC.

use serde_json::{Map, Value, json};

use super::rules::{permission, written};
use super::{make, remove, retag, tagged, whole};
use crate::core::fault::Fault;
use crate::form::{is_absence, picked, present, shown_tag_list};
use crate::resource::{Actual, Api, Asked, Resource, look};
use crate::services::ec2::model::SecurityGroup as Group;
use crate::world::View;

pub(super) struct SecurityGroup;

/// The rule that EC2 gives to every new group.
fn everything() -> Value {
    json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})
}

/// The group of a physical id.
fn find<'v>(view: &View<'v>, id: &str) -> Option<&'v Group> {
    let model = &view.region.ec2;
    model.security_group(id).or_else(|| model.security_group_named(&model.default_vpc()?.id, id))
}

fn list<'p>(properties: &'p Value, name: &str) -> &'p [Value] {
    properties.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl SecurityGroup {
    /// From the rules before to those after; what stays is not touched.
    fn rules(
        api: &mut Api<'_, '_>,
        group: &str,
        direction: &str,
        before: &[Value],
        after: &[Value],
    ) -> Result<(), Fault> {
        let beyond = |of: &[Value], without: &[Value]| -> Vec<Value> {
            of.iter().filter(|rule| !without.contains(rule)).map(permission).collect()
        };
        let (dropped, added) = (beyond(before, after), beyond(after, before));
        for rule in dropped {
            let input = json!({"GroupId": group, "IpPermissions": [rule]});
            match api.call("ec2", &format!("RevokeSecurityGroup{direction}"), input) {
                Err(fault) if !is_absence(&fault) => return Err(fault),
                _ => {}
            }
        }
        if !added.is_empty() {
            let input = json!({"GroupId": group, "IpPermissions": added});
            api.call("ec2", &format!("AuthorizeSecurityGroup{direction}"), input)?;
        }
        Ok(())
    }

    fn all_rules(api: &mut Api<'_, '_>, group: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let ingress = "SecurityGroupIngress";
        Self::rules(api, group, "Ingress", list(before, ingress), list(asked.properties, ingress))?;
        // A group without rules of its own for what leaves it lets everything out.
        let usual = [everything()];
        let or_usual = |rules: &'_ [Value]| if rules.is_empty() { usual.to_vec() } else { rules.to_vec() };
        let egress = "SecurityGroupEgress";
        let (was, is) = (or_usual(list(before, egress)), or_usual(list(asked.properties, egress)));
        Self::rules(api, group, "Egress", &was, &is)
    }
}

impl Resource for SecurityGroup {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::SecurityGroup"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let mut input = picked(asked.properties, &["GroupDescription", "VpcId"]);
        let name = asked.name("GroupName", 255);
        input.insert("GroupName".to_owned(), json!(name));
        input.insert("TagSpecification".to_owned(), tagged(asked, "security-group"));
        let group = make(api, "CreateSecurityGroup", input.into(), "/groupId")?;
        let rest = Self::all_rules(api, &group, &Value::Null, asked);
        let id = if asked.text("VpcId").is_some() { group } else { name };
        whole(self, api, id, asked.properties, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let group = find(&api.view(), id).map_or_else(|| id.to_owned(), |group| group.id.clone());
        Self::all_rules(api, &group, before, asked)?;
        retag(api, &group, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        let Some(group) = find(&api.view(), id).map(|group| group.id.clone()) else { return Ok(()) };
        remove(api, "DeleteSecurityGroup", json!({"GroupId": group}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let mut all: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
        if let Some(group) = find(view, id) {
            all.insert("Id".to_owned(), json!(id));
            all.insert("GroupId".to_owned(), json!(group.id));
            all.insert("GroupName".to_owned(), json!(group.name));
            all.insert("VpcId".to_owned(), json!(group.vpc_id));
        }
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(group) = find(view, id) else { return Actual::Gone };
        let input = json!({"GroupId": [group.id]});
        let shown = look(view, "ec2", "DescribeSecurityGroups", input).unwrap_or_default();
        let tags = shown.pointer("/securityGroupInfo/0/tagSet").and_then(shown_tag_list);
        let rules =
            |rules: &[_], egress| -> Value { rules.iter().map(|rule| written(rule, egress)).collect() };
        let properties = present([
            ("GroupName", Some(json!(group.name))),
            ("GroupDescription", Some(json!(group.description))),
            ("VpcId", Some(json!(group.vpc_id))),
            ("SecurityGroupIngress", Some(rules(&group.ingress, false))),
            ("SecurityGroupEgress", Some(rules(&group.egress, true))),
            ("Tags", tags),
        ]);
        Actual::Is(properties.into())
    }

    fn takes_ms(&self) -> i64 {
        6_000
    }
}

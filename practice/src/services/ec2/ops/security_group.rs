//! Security groups. Follows "Control traffic to your AWS resources using security groups" (Amazon VPC User Guide).

use serde::Deserialize;
use serde_json::{Value, json};

use super::permission::permissions;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::services::ec2::ask::{
    self, Asked, Noun, TagSpecification, bad_token, listing, one, tag_set, tags_for,
};
use crate::services::ec2::cidr::Cidr;
use crate::services::ec2::fault;
use crate::services::ec2::model::{Model, Peer, Rule, SecurityGroup};
use crate::world::{Scope, View};

/// Groups per region; AWS's quota is 2500, which would let a world grow large.
const MAX_GROUPS: usize = 500;

impl Noun for SecurityGroup {
    const FILTERS: &'static [&'static str] = &[
        "description",
        "egress.ip-permission.cidr",
        "egress.ip-permission.from-port",
        "egress.ip-permission.group-id",
        "egress.ip-permission.ipv6-cidr",
        "egress.ip-permission.protocol",
        "egress.ip-permission.to-port",
        "group-id",
        "group-name",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.group-name",
        "ip-permission.ipv6-cidr",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "ip-permission.user-id",
        "owner-id",
        "vpc-id",
    ];
    const KIND: &'static str = "sg";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        if let Some(member) = filter.strip_prefix("egress.ip-permission.") {
            return of_rules(view, &self.egress, member);
        }
        if let Some(member) = filter.strip_prefix("ip-permission.") {
            return of_rules(view, &self.ingress, member);
        }
        match filter {
            "description" => one(&self.description),
            "group-name" => one(&self.name),
            "owner-id" => one(view.account),
            "vpc-id" => one(&self.vpc_id),
            _ => one(&self.id),
        }
    }
}

fn of_rules(view: &View<'_>, rules: &[Rule], member: &str) -> Vec<String> {
    let value = |rule: &Rule| match (member, &rule.peer) {
        ("protocol", _) => Some(rule.protocol.clone()),
        ("from-port", _) => Some(rule.from_port.to_string()),
        ("to-port", _) => Some(rule.to_port.to_string()),
        ("cidr", Peer::Ipv4(cidr)) => Some(cidr.to_string()),
        ("ipv6-cidr", Peer::Ipv6(cidr)) => Some(cidr.clone()),
        ("group-id", Peer::Group(id)) => Some(id.clone()),
        ("group-name", Peer::Group(id)) => view.region.ec2.security_group(id).map(|g| g.name.clone()),
        ("user-id", Peer::Group(_)) => Some(view.account.to_owned()),
        _ => None,
    };
    rules.iter().filter_map(value).collect()
}

fn shape(view: &View<'_>, group: &SecurityGroup) -> Value {
    json!({
        "groupId": group.id,
        "groupName": group.name,
        "groupDescription": group.description,
        "ownerId": view.account,
        "vpcId": group.vpc_id,
        "securityGroupArn": arn(view, &group.id),
        "ipPermissions": permissions(view.account, &group.ingress),
        "ipPermissionsEgress": permissions(view.account, &group.egress),
        "tagSet": tag_set(view.region.ec2.tags_of(&group.id)),
    })
}

fn arn(view: &View<'_>, id: &str) -> String {
    view.arn("ec2", &format!("security-group/{id}"))
}

/// Ids and names, as instances and interfaces show their groups.
pub(crate) fn group_set(model: &Model, ids: &[String]) -> Value {
    let name = |id: &String| model.security_group(id).map(|group| group.name.clone());
    ids.iter().map(|id| json!({"groupId": id, "groupName": name(id)})).collect()
}

/// The group of that id.
pub(crate) fn find<'m>(model: &'m Model, id: &str) -> Result<&'m SecurityGroup, Fault> {
    model.security_group(id).ok_or_else(|| fault::no_such("sg", id))
}

/// The group of an id, or of a name in the default VPC.
pub(crate) fn find_either(model: &Model, id: Option<&str>, name: Option<&str>) -> Result<String, Fault> {
    match (id, name) {
        (Some(id), _) => find(model, id).map(|group| group.id.clone()),
        (None, Some(name)) => {
            let vpc = model.default_vpc().ok_or_else(no_default_vpc)?;
            let group = model.security_group_named(&vpc.id, name);
            group.map(|group| group.id.clone()).ok_or_else(|| {
                let message =
                    format!("The security group '{name}' does not exist in default VPC '{}'", vpc.id);
                Fault::new("InvalidGroup.NotFound", message)
            })
        }
        (None, None) => {
            Err(Fault::new("MissingParameter", "The request must contain the parameter groupName or groupId"))
        }
    }
}

/// What needs a default VPC when there is none.
pub(crate) fn no_default_vpc() -> Fault {
    Fault::new("VPCIdNotSpecified", "No default VPC for this user")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSecurityGroup {
    group_name: String,
    group_description: String,
    vpc_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateSecurityGroup) -> Result<Value, Fault> {
    let CreateSecurityGroup { group_name: name, group_description: description, vpc_id, .. } = input;
    check_text("groupName", &name)?;
    check_text("groupDescription", &description)?;
    if name.starts_with("sg-") {
        return Err(fault::value(format!(
            "Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )));
    }
    if name == "default" {
        let message = "Cannot use reserved security group name: default";
        return Err(Fault::new("InvalidParameterValue", message));
    }
    let model = &scope.region.ec2;
    let vpc_id = match vpc_id.filter(|id| !id.is_empty()) {
        Some(id) => model.vpc(&id).map(|vpc| vpc.id.clone()).ok_or_else(|| fault::not_found("vpc", &id))?,
        None => model.default_vpc().map(|vpc| vpc.id.clone()).ok_or_else(no_default_vpc)?,
    };
    if model.security_group_named(&vpc_id, &name).is_some() {
        let message = format!("The security group '{name}' already exists for VPC '{vpc_id}'");
        return Err(Fault::new("InvalidGroup.Duplicate", message));
    }
    let tags = tags_for(&input.tag_specification, "security-group")?;
    if model.security_groups.len() >= MAX_GROUPS {
        let message = "The maximum number of security groups has been reached.";
        return Err(Fault::new("SecurityGroupLimitExceeded", message));
    }
    let id = scope.region.ids.resource("sg");
    let everything = Rule {
        id: scope.region.ids.resource("sgr"),
        protocol: "-1".to_owned(),
        from_port: -1,
        to_port: -1,
        peer: Peer::Ipv4(Cidr::ALL),
        description: None,
    };
    let group = SecurityGroup {
        id: id.clone(),
        name,
        description,
        vpc_id,
        ingress: vec![],
        egress: vec![everything],
    };
    let model = &mut scope.region.ec2;
    model.security_groups.insert(id.clone(), group);
    model.set_tags(&id, tags);
    let view = scope.view();
    Ok(json!({
        "return": true,
        "groupId": id,
        "securityGroupArn": arn(&view, &id),
        "tagSet": tag_set(view.region.ec2.tags_of(&id)),
    }))
}

/// Names and descriptions: up to 255 of a-z, A-Z, 0-9, spaces and `._-:/()#,@[]+=&;{}!$*`.
fn check_text(parameter: &str, text: &str) -> Result<(), Fault> {
    let fine = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.is_empty() {
        return Err(fault::missing(parameter));
    }
    if text.len() > 255 || !text.chars().all(fine) {
        let why = "Character sets beyond ASCII are not supported.";
        return Err(fault::invalid(parameter, text, why));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneGroup {
    group_id: Option<String>,
    group_name: Option<String>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneGroup) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = find_either(model, input.group_id.as_deref(), input.group_name.as_deref())?;
    let group = find(model, &id)?;
    if group.name == "default" {
        let message =
            format!("the specified group: \"{id}\" name: \"{}\" cannot be deleted by a user", group.name);
        return Err(Fault::new("CannotDelete", message));
    }
    if is_used(model, &id) {
        return Err(fault::dependency(format!("resource {id} has a dependent object")));
    }
    remove(model, &id);
    Ok(json!({"return": true, "groupId": id}))
}

/// Removes a group with its tags and those of its rules.
pub(crate) fn remove(model: &mut Model, id: &str) {
    if let Some(group) = model.security_groups.remove(id) {
        for rule in group.ingress.iter().chain(&group.egress) {
            model.tags.remove(&rule.id);
        }
    }
    model.tags.remove(id);
}

/// Whether an interface is in the group or another group's rule names it.
fn is_used(model: &Model, id: &String) -> bool {
    let named = |rule: &Rule| rule.peer == Peer::Group(id.clone());
    model.instances.values().any(|i| i.private_ip.is_some() && i.security_groups.contains(id))
        || model.interfaces.values().any(|i| i.security_groups.contains(id))
        || model
            .security_groups
            .values()
            .filter(|group| group.id != *id)
            .any(|group| group.ingress.iter().chain(&group.egress).any(named))
}

pub(crate) fn describe(view: &View<'_>, mut input: Asked) -> Result<Value, Fault> {
    let model = &view.region.ec2;
    for name in std::mem::take(&mut input.names) {
        input.ids.push(find_either(model, None, Some(&name))?);
    }
    let page = ask::select(view, model.security_groups.values(), &input)?;
    let items = page.items.into_iter().map(|group| shape(view, group)).collect();
    Ok(listing("securityGroupInfo", items, page.next))
}

/// A rule with its group and direction, as `DescribeSecurityGroupRules` lists them.
struct Listed<'m> {
    group: &'m SecurityGroup,
    rule: &'m Rule,
    egress: bool,
}

impl Noun for Listed<'_> {
    const FILTERS: &'static [&'static str] = &["group-id", "security-group-rule-id"];
    const KIND: &'static str = "sgr";

    fn id(&self) -> &str {
        &self.rule.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        one(if filter == "group-id" { &self.group.id } else { &self.rule.id })
    }
}

pub(crate) fn describe_rules(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    ask::check_filters::<Listed<'_>>(&input.filters)?;
    let limit = ask::limit(&input)?;
    let of = |group| {
        let listed = move |egress| move |rule| Listed { group, rule, egress };
        group.ingress.iter().map(listed(false)).chain(group.egress.iter().map(listed(true)))
    };
    let mut all: Vec<Listed<'_>> = view.region.ec2.security_groups.values().flat_map(of).collect();
    all.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
    if let Some(id) = input.ids.iter().find(|id| !all.iter().any(|listed| listed.rule.id == **id)) {
        return Err(fault::not_found("sgr", id));
    }
    all.retain(|listed| {
        let named = input.ids.is_empty() || input.ids.contains(&listed.rule.id);
        named && input.filters.iter().all(|filter| ask::passes(view, listed, filter))
    });
    let page =
        page(all, |listed| listed.rule.id.clone(), limit, ask::token(&input)).map_err(|_| bad_token())?;
    let shapes =
        page.items.iter().map(|listed| rule_shape(view, &listed.group.id, listed.rule, listed.egress));
    Ok(listing("securityGroupRuleSet", shapes.collect(), page.next))
}

/// A rule on its own.
pub(crate) fn rule_shape(view: &View<'_>, group_id: &str, rule: &Rule, egress: bool) -> Value {
    let mut shape = json!({
        "securityGroupRuleId": rule.id,
        "groupId": group_id,
        "groupOwnerId": view.account,
        "isEgress": egress,
        "ipProtocol": rule.protocol,
        "fromPort": rule.from_port,
        "toPort": rule.to_port,
    });
    match &rule.peer {
        Peer::Ipv4(cidr) => shape["cidrIpv4"] = json!(cidr),
        Peer::Ipv6(cidr) => shape["cidrIpv6"] = json!(cidr),
        Peer::Group(id) => {
            shape["referencedGroupInfo"] = json!({"groupId": id, "userId": view.account});
        }
    }
    shape["description"] = json!(rule.description);
    shape["tagSet"] = tag_set(view.region.ec2.tags_of(&rule.id));
    shape["securityGroupRuleArn"] = json!(view.arn("ec2", &format!("security-group-rule/{}", rule.id)));
    shape
}

//! Rules of security groups: authorize and revoke, in the form of permissions and in the flat one. Follows
//! `AuthorizeSecurityGroupIngress` and "Security group rules" (Amazon VPC User Guide).

use std::net::Ipv6Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::security_group::{find, find_either, rule_shape};
use crate::core::fault::Fault;
use crate::services::ec2::ask::{TagSpecification, tags_for};
use crate::services::ec2::fault;
use crate::services::ec2::model::{Model, Peer, Rule};
use crate::world::Scope;

/// Rules per direction of a group (Amazon VPC quotas).
const MAX_RULES: usize = 60;

/// The input of all four operations.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Change {
    group_id: Option<String>,
    group_name: Option<String>,
    ip_permissions: Vec<Permission>,
    security_group_rule_id: Vec<String>,
    tag_specification: Vec<TagSpecification>,
    // The flat form: one permission with one peer.
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Permission {
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    #[serde(alias = "UserIdGroupPairs")]
    groups: Vec<GroupPeer>,
    ip_ranges: Vec<Range>,
    ipv6_ranges: Vec<Range>,
    prefix_list_ids: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupPeer {
    group_id: Option<String>,
    group_name: Option<String>,
    user_id: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Range {
    #[serde(alias = "CidrIpv6")]
    cidr_ip: String,
    description: Option<String>,
}

pub(crate) fn authorize_ingress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    authorize(scope, input, false)
}

pub(crate) fn authorize_egress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    authorize(scope, input, true)
}

pub(crate) fn revoke_ingress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    revoke(scope, input, false)
}

pub(crate) fn revoke_egress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    revoke(scope, input, true)
}

pub(crate) fn describe_ingress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    describe(scope, input, false)
}

pub(crate) fn describe_egress(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    describe(scope, input, true)
}

/// Gives rules, named by what they let through, other descriptions, or none.
fn describe(scope: &mut Scope<'_>, input: Change, egress: bool) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let group_id = find_either(model, input.group_id.as_deref(), input.group_name.as_deref())?;
    let wanted = rules(scope.account, model, &group_id, input)?;
    if wanted.is_empty() {
        return Err(fault::missing("ipPermissions"));
    }
    let mut group = find(model, &group_id)?.clone();
    let present = if egress { &mut group.egress } else { &mut group.ingress };
    for rule in wanted {
        let found = present.iter_mut().find(|other| same(other, &rule)).ok_or_else(|| {
            let message = "The specified rule does not exist in this security group.";
            Fault::new("InvalidPermission.NotFound", message)
        })?;
        found.description = rule.description;
    }
    scope.region.ec2.security_groups.insert(group_id, group);
    Ok(json!({"return": true}))
}

fn authorize(scope: &mut Scope<'_>, input: Change, egress: bool) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let group_id = find_either(model, input.group_id.as_deref(), input.group_name.as_deref())?;
    let tags = tags_for(&input.tag_specification, "security-group-rule")?;
    let mut rules = rules(scope.account, model, &group_id, input)?;
    if rules.is_empty() {
        return Err(fault::missing("ipPermissions"));
    }
    let group = find(model, &group_id)?;
    let present = if egress { &group.egress } else { &group.ingress };
    for (at, rule) in rules.iter().enumerate() {
        if rules.iter().take(at).any(|other| same(other, rule)) {
            return Err(fault::value("The same permission must not appear multiple times"));
        }
        if present.iter().any(|other| same(other, rule)) {
            let message = format!("the specified rule \"{}\" already exists", wording(rule));
            return Err(Fault::new("InvalidPermission.Duplicate", message));
        }
    }
    if present.len() + rules.len() > MAX_RULES {
        let message = "The maximum number of rules per security group has been reached.";
        return Err(Fault::new("RulesPerSecurityGroupLimitExceeded", message));
    }
    for rule in &mut rules {
        rule.id = scope.region.ids.resource("sgr");
        scope.region.ec2.set_tags(&rule.id, tags.clone());
    }
    if let Some(group) = scope.region.ec2.security_groups.get_mut(&group_id) {
        let side = if egress { &mut group.egress } else { &mut group.ingress };
        side.extend(rules.iter().cloned());
    }
    let view = scope.view();
    let shapes: Value = rules.iter().map(|rule| rule_shape(&view, &group_id, rule, egress)).collect();
    Ok(json!({"return": true, "securityGroupRuleSet": shapes}))
}

fn revoke(scope: &mut Scope<'_>, input: Change, egress: bool) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let group_id = find_either(model, input.group_id.as_deref(), input.group_name.as_deref())?;
    let group = find(model, &group_id)?;
    let present = if egress { &group.egress } else { &group.ingress };
    let mut gone: Vec<Rule> = Vec::new();
    for id in &input.security_group_rule_id {
        let rule = present.iter().find(|rule| rule.id == *id);
        gone.push(rule.cloned().ok_or_else(|| fault::not_found("sgr", id))?);
    }
    let named_by_id = !gone.is_empty();
    let wanted = rules(scope.account, model, &group_id, input)?;
    if wanted.is_empty() && !named_by_id {
        return Err(fault::missing("ipPermissions"));
    }
    for rule in &wanted {
        let found = present.iter().find(|other| same(other, rule)).ok_or_else(|| {
            let message = "The specified rule does not exist in this security group.";
            Fault::new("InvalidPermission.NotFound", message)
        })?;
        gone.push(found.clone());
    }
    let model = &mut scope.region.ec2;
    if let Some(group) = model.security_groups.get_mut(&group_id) {
        let side = if egress { &mut group.egress } else { &mut group.ingress };
        side.retain(|rule| !gone.iter().any(|other| other.id == rule.id));
    }
    for rule in &gone {
        model.tags.remove(&rule.id);
    }
    let revoked: Value = gone.iter().map(|rule| revoked_shape(&group_id, rule, egress)).collect();
    Ok(json!({"return": true, "unknownIpPermissionSet": [], "revokedSecurityGroupRuleSet": revoked}))
}

fn revoked_shape(group_id: &str, rule: &Rule, egress: bool) -> Value {
    let mut shape = json!({
        "securityGroupRuleId": rule.id,
        "groupId": group_id,
        "isEgress": egress,
        "ipProtocol": rule.protocol,
        "fromPort": rule.from_port,
        "toPort": rule.to_port,
    });
    let (member, value) = match &rule.peer {
        Peer::Ipv4(cidr) => ("cidrIpv4", cidr.to_string()),
        Peer::Ipv6(cidr) => ("cidrIpv6", cidr.clone()),
        Peer::Group(id) => ("referencedGroupId", id.clone()),
    };
    shape[member] = json!(value);
    shape
}

/// Whether two rules let the same through; descriptions and ids aside.
fn same(a: &Rule, b: &Rule) -> bool {
    (&a.protocol, a.from_port, a.to_port, &a.peer) == (&b.protocol, b.from_port, b.to_port, &b.peer)
}

/// A rule as EC2 words it in faults.
fn wording(rule: &Rule) -> String {
    let peer = match &rule.peer {
        Peer::Ipv4(cidr) => cidr.to_string(),
        Peer::Ipv6(text) | Peer::Group(text) => text.clone(),
    };
    let Rule { protocol, from_port, to_port, .. } = rule;
    match protocol.as_str() {
        "-1" => format!("peer: {peer}, ALL, ALLOW"),
        "tcp" | "udp" => format!(
            "peer: {peer}, {}, from port: {from_port}, to port: {to_port}, ALLOW",
            protocol.to_uppercase()
        ),
        "icmp" | "icmpv6" => {
            format!("peer: {peer}, {}, type: {from_port}, code: {to_port}, ALLOW", protocol.to_uppercase())
        }
        number => format!("peer: {peer}, protocol: {number}, ALLOW"),
    }
}

/// The rules that are meant, without ids.
fn rules(account: &str, model: &Model, group_id: &str, input: Change) -> Result<Vec<Rule>, Fault> {
    let mut permissions = input.ip_permissions;
    let flat = input.cidr_ip.is_some() || input.source_security_group_name.is_some();
    if input.ip_protocol.is_some() || flat {
        if !permissions.is_empty() {
            return Err(fault::combination(
                "The parameter 'ipPermissions' may not be used with the flat form",
            ));
        }
        permissions.push(Permission {
            // A source group alone means all its traffic.
            ip_protocol: input.ip_protocol.or_else(|| input.cidr_ip.is_none().then(|| "-1".to_owned())),
            from_port: input.from_port,
            to_port: input.to_port,
            groups: input
                .source_security_group_name
                .into_iter()
                .map(|name| GroupPeer {
                    group_name: Some(name),
                    user_id: input.source_security_group_owner_id.clone(),
                    ..GroupPeer::default()
                })
                .collect(),
            ip_ranges: input
                .cidr_ip
                .into_iter()
                .map(|cidr_ip| Range { cidr_ip, description: None })
                .collect(),
            ..Permission::default()
        });
    }
    let mut rules = Vec::new();
    for permission in &permissions {
        let (protocol, from_port, to_port) = ports(permission)?;
        if !permission.prefix_list_ids.is_empty() {
            let message = "The prefix list ID does not exist";
            return Err(Fault::new("InvalidPrefixListID.NotFound", message));
        }
        let peers = peers(account, model, group_id, permission)?;
        if peers.is_empty() {
            return Err(fault::missing("ipRanges, ipv6Ranges, prefixListIds or groups"));
        }
        let rule = |(peer, description)| Rule {
            id: String::new(),
            protocol: protocol.clone(),
            from_port,
            to_port,
            peer,
            description,
        };
        rules.extend(peers.into_iter().map(rule));
    }
    Ok(rules)
}

fn peers(
    account: &str,
    model: &Model,
    group_id: &str,
    permission: &Permission,
) -> Result<Vec<(Peer, Option<String>)>, Fault> {
    let mut peers = Vec::new();
    for range in &permission.ip_ranges {
        let cidr = range.cidr_ip.parse().map_err(|_| bad_block(&range.cidr_ip))?;
        peers.push((Peer::Ipv4(cidr), description(range.description.as_ref())?));
    }
    for range in &permission.ipv6_ranges {
        peers.push((Peer::Ipv6(ipv6(&range.cidr_ip)?), description(range.description.as_ref())?));
    }
    for peer in &permission.groups {
        if let Some(other) = peer.user_id.as_ref().filter(|id| !id.is_empty() && *id != account) {
            let message = format!("The security groups of account {other} cannot be reached from here");
            return Err(Fault::new("InvalidGroup.NotFound", message));
        }
        let vpc_id = &find(model, group_id)?.vpc_id;
        let source = match (&peer.group_id, &peer.group_name) {
            (Some(id), _) => find(model, id)?,
            (None, Some(name)) => model.security_group_named(vpc_id, name).ok_or_else(|| {
                let message = format!("You have specified two resources that belong to different networks, or the security group '{name}' does not exist");
                Fault::new("InvalidGroup.NotFound", message)
            })?,
            (None, None) => return Err(fault::missing("groupId")),
        };
        if source.vpc_id != *vpc_id {
            let message = "You have specified two resources that belong to different networks.";
            return Err(Fault::new("InvalidGroup.NotFound", message));
        }
        peers.push((Peer::Group(source.id.clone()), description(peer.description.as_ref())?));
    }
    Ok(peers)
}

fn bad_block(text: &str) -> Fault {
    fault::value(format!("CIDR block {text} is malformed"))
}

fn ipv6(text: &str) -> Result<String, Fault> {
    let (address, prefix) = text.split_once('/').ok_or_else(|| bad_block(text))?;
    let address: Ipv6Addr = address.parse().map_err(|_| bad_block(text))?;
    let prefix: u8 = prefix.parse().ok().filter(|p| *p <= 128).ok_or_else(|| bad_block(text))?;
    Ok(format!("{address}/{prefix}"))
}

fn description(text: Option<&String>) -> Result<Option<String>, Fault> {
    match text {
        Some(text) if text.chars().count() > 255 => {
            Err(fault::value("Invalid rule description: it may be up to 255 characters long"))
        }
        other => Ok(other.filter(|t| !t.is_empty()).cloned()),
    }
}

/// Protocol and ports, as EC2 normalises them.
fn ports(permission: &Permission) -> Result<(String, i32, i32), Fault> {
    let given = permission.ip_protocol.as_deref().ok_or_else(|| fault::missing("ipProtocol"))?;
    let lower = given.to_ascii_lowercase();
    let protocol = match lower.as_str() {
        "6" | "tcp" => "tcp",
        "17" | "udp" => "udp",
        "1" | "icmp" => "icmp",
        "58" | "icmpv6" => "icmpv6",
        "-1" | "all" => "-1",
        number if number.parse::<u8>().is_ok() => number,
        _ => {
            let why = "Unknown IP protocol";
            return Err(fault::value(format!("Invalid value '{given}' for IP protocol. {why}.")));
        }
    };
    let (from, to) = (permission.from_port, permission.to_port);
    let bad = |port: i64, side: &str| {
        Err(fault::value(format!("Invalid value '{port}' for {side}. Must be between -1 and 65535.")))
    };
    let (from, to) = match protocol {
        "tcp" | "udp" => match (from, to) {
            (Some(-1), Some(-1)) => (0, 65_535),
            (Some(from), Some(to)) => (from, to),
            _ => {
                return Err(fault::value(
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
                ));
            }
        },
        "icmp" | "icmpv6" => (from.unwrap_or(-1), to.unwrap_or(-1)),
        // All protocols, or one without ports: ports are ignored.
        _ => (-1, -1),
    };
    let icmp = matches!(protocol, "icmp" | "icmpv6");
    let least = if matches!(protocol, "tcp" | "udp") { 0 } else { -1 };
    let most = if icmp { 255 } else { 65_535 };
    for (port, side) in [(from, "fromPort"), (to, "toPort")] {
        if !(least..=most).contains(&port) {
            return bad(port, side);
        }
    }
    if !icmp && from > to {
        return Err(fault::value(format!(
            "Invalid TCP/UDP port range ({from}:{to}): the from port may not be greater than the to port"
        )));
    }
    let small = |port: i64| i32::try_from(port).unwrap_or(-1);
    Ok((protocol.to_owned(), small(from), small(to)))
}

/// Rules grouped as `DescribeSecurityGroups` shows them: one permission per protocol and port range.
pub(crate) fn permissions(account: &str, rules: &[Rule]) -> Value {
    let mut groups: Vec<(&Rule, Vec<&Rule>)> = Vec::new();
    for rule in rules {
        let key = (&rule.protocol, rule.from_port, rule.to_port);
        match groups.iter_mut().find(|(first, _)| (&first.protocol, first.from_port, first.to_port) == key) {
            Some((_, members)) => members.push(rule),
            None => groups.push((rule, vec![rule])),
        }
    }
    groups.iter().map(|(first, members)| permission(account, first, members)).collect()
}

fn permission(account: &str, first: &Rule, members: &[&Rule]) -> Value {
    let (mut ranges, mut ranges6, mut groups) = (vec![], vec![], vec![]);
    for rule in members {
        let description = &rule.description;
        match &rule.peer {
            Peer::Ipv4(cidr) => ranges.push(json!({"cidrIp": cidr, "description": description})),
            Peer::Ipv6(cidr) => ranges6.push(json!({"cidrIpv6": cidr, "description": description})),
            Peer::Group(id) => {
                groups.push(json!({"groupId": id, "userId": account, "description": description}));
            }
        }
    }
    let mut shape = json!({"ipProtocol": first.protocol});
    if first.protocol != "-1" {
        shape["fromPort"] = json!(first.from_port);
        shape["toPort"] = json!(first.to_port);
    }
    shape["groups"] = json!(groups);
    shape["ipRanges"] = json!(ranges);
    shape["ipv6Ranges"] = json!(ranges6);
    shape["prefixListIds"] = json!([]);
    shape
}

//! Subnet groups: where database instances may be.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::rds::ask::{self, Tag};
use crate::services::rds::fault::{no_group, shown, value};
use crate::services::rds::model::SubnetGroup;
use crate::services::rds::shapes;
use crate::world::{Scope, View};

/// AWS's quotas: groups per region, subnets per group.
const MAX_GROUPS: usize = 50;
const MAX_SUBNETS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    #[serde(rename = "DBSubnetGroupName")]
    name: String,
    #[serde(rename = "DBSubnetGroupDescription")]
    description: String,
    subnet_ids: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// The VPC of subnets that cover two zones at least.
fn network(view: &View<'_>, subnets: &[String]) -> Result<String, Fault> {
    let mut vpc = String::new();
    let mut zones = BTreeSet::new();
    for id in subnets {
        let subnet = view.region.ec2.subnet(id).ok_or_else(|| {
            Fault::new("InvalidSubnet", format!("The subnet ID '{}' does not exist", shown(id)))
        })?;
        if !vpc.is_empty() && subnet.vpc_id != vpc {
            return Err(Fault::new("InvalidSubnet", "The specified subnets are not all in the same VPC"));
        }
        vpc.clone_from(&subnet.vpc_id);
        zones.insert(subnet.zone.clone());
    }
    if zones.len() < 2 {
        let message = format!(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {}. Add subnets to cover at least 2 AZs.",
            zones.into_iter().collect::<Vec<_>>().join(", ")
        );
        return Err(Fault::new("DBSubnetGroupDoesNotCoverEnoughAZs", message));
    }
    if subnets.len() > MAX_SUBNETS {
        return Err(value("A DB subnet group can have at most 20 subnets"));
    }
    Ok(vpc)
}

/// `CreateDBSubnetGroup`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let name = input.name.to_ascii_lowercase();
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c));
    if name.is_empty() || name.len() > 255 || !legal || name == "default" {
        return Err(value("The parameter DBSubnetGroupName is not a valid identifier."));
    }
    if view.region.rds.subnet_groups.contains_key(&name) {
        return Err(Fault::new(
            "DBSubnetGroupAlreadyExists",
            format!("The DB subnet group '{name}' already exists."),
        ));
    }
    if view.region.rds.subnet_groups.len() >= MAX_GROUPS {
        return Err(Fault::new(
            "DBSubnetGroupQuotaExceeded",
            "You have reached the quota of DB subnet groups.",
        ));
    }
    let group = SubnetGroup {
        vpc_id: network(&view, &input.subnet_ids)?,
        name: name.clone(),
        description: input.description,
        subnets: input.subnet_ids,
        tags: ask::tags(&input.tags)?,
    };
    let shape = shapes::subnet_group(&view, &group);
    scope.region.rds.subnet_groups.insert(name, group);
    Ok(json!({"DBSubnetGroup": shape}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    #[serde(rename = "DBSubnetGroupName")]
    name: String,
    #[serde(rename = "DBSubnetGroupDescription")]
    description: Option<String>,
    subnet_ids: Vec<String>,
}

/// `ModifyDBSubnetGroup`.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let view = scope.view();
    let name = input.name.to_ascii_lowercase();
    let known = view.region.rds.subnet_groups.get(&name).ok_or_else(|| no_group(&input.name))?;
    let vpc = network(&view, &input.subnet_ids)?;
    if vpc != known.vpc_id {
        return Err(Fault::new(
            "InvalidSubnet",
            "The new subnets are not in the same VPC as the existing subnet group",
        ));
    }
    let mut group = known.clone();
    group.subnets = input.subnet_ids;
    group.description = input.description.unwrap_or(group.description);
    let shape = shapes::subnet_group(&view, &group);
    scope.region.rds.subnet_groups.insert(name, group);
    Ok(json!({"DBSubnetGroup": shape}))
}

#[derive(Deserialize)]
pub(crate) struct One {
    #[serde(rename = "DBSubnetGroupName")]
    name: String,
}

/// `DeleteDBSubnetGroup`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let name = input.name.to_ascii_lowercase();
    let model = &mut scope.region.rds;
    if !model.subnet_groups.contains_key(&name) {
        return Err(no_group(&input.name));
    }
    if let Some(user) = model.instances.values().find(|one| one.subnet_group == name) {
        let message = format!(
            "Cannot delete the subnet group '{name}' because at least one database instance: {} is still using it.",
            user.id
        );
        return Err(Fault::new("InvalidDBSubnetGroupStateFault", message));
    }
    model.subnet_groups.remove(&name);
    Ok(json!({}))
}

#[derive(Deserialize)]
pub(crate) struct Describe {
    #[serde(rename = "DBSubnetGroupName")]
    name: Option<String>,
}

/// `DescribeDBSubnetGroups`: all of them fit one page.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let wanted = input.name.as_ref().map(|name| name.to_ascii_lowercase());
    let all = view.region.rds.subnet_groups.values();
    let shown: Vec<Value> = all
        .filter(|group| wanted.as_ref().is_none_or(|name| *name == group.name))
        .map(|group| shapes::subnet_group(view, group))
        .collect();
    match input.name {
        Some(name) if shown.is_empty() => Err(no_group(&name)),
        _ => Ok(json!({"DBSubnetGroups": shown})),
    }
}

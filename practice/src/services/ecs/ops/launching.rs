//! Where tasks run, as `RunTask`, `StartTask`, `CreateService` and `UpdateService` ask for it: launch type or capacity
//! provider strategy, platform version, network. Follows the API reference of `RunTask`, "Amazon ECS task definition
//! differences for Fargate" and "Task networking with the awsvpc network mode".

use serde::Deserialize;

use super::super::capacity;
use super::compatibility;
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{Constraint, Launch, Network, ProviderItem, Revision, Strategy};
use crate::world::View;

/// Most subnets and security groups of a network configuration.
const MAX_SUBNETS: usize = 16;
const MAX_GROUPS: usize = 5;
/// Most capacity providers of a cluster, and of a strategy.
pub(super) const MAX_PER_CLUSTER: usize = 20;

/// `NetworkConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkAsked {
    awsvpc_configuration: Option<AwsVpc>,
}

/// `AwsVpcConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AwsVpc {
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    assign_public_ip: Option<String>,
}

/// A launch type by name.
pub(super) fn launch(name: &str) -> Result<Launch, Fault> {
    match name {
        "EC2" => Ok(Launch::Ec2),
        "FARGATE" => Ok(Launch::Fargate),
        "EXTERNAL" => Ok(Launch::External),
        "MANAGED_INSTANCES" => Err(fault::unsupported("Launch type MANAGED_INSTANCES")),
        _ => Err(fault::invalid("Invalid launch type.")),
    }
}

/// Whether a revision can run there.
pub(super) fn suits(revision: &Revision, launch: Launch) -> Result<(), Fault> {
    let needs = &revision.requires_compatibilities;
    let asked = needs.is_empty() || needs.iter().any(|name| name == launch.name());
    if asked && compatibility::of(revision).contains(&launch.name()) {
        return Ok(());
    }
    Err(fault::invalid(format!("Task definition does not support launch_type {}.", launch.name())))
}

/// The platform version tasks get.
pub(super) fn platform(launch: Launch, given: Option<&str>) -> Result<Option<String>, Fault> {
    if launch != Launch::Fargate {
        return match given.filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(_) => Err(fault::invalid(format!(
                "The platform version must be null when specifying an {} launch type.",
                launch.name()
            ))),
        };
    }
    match capacity::platform(given) {
        Some(version) => Ok(Some(version.to_owned())),
        None => Err(Fault::new("PlatformUnknownException", "The specified platform does not exist.")),
    }
}

/// A capacity provider strategy over the providers of a cluster. Follows `CapacityProviderStrategyItem`.
pub(super) fn strategy(
    associated: &[String],
    strategy: Vec<ProviderItem>,
) -> Result<Vec<ProviderItem>, Fault> {
    let unknown = |item: &&ProviderItem| !associated.contains(&item.capacity_provider);
    if strategy.len() > MAX_PER_CLUSTER {
        return Err(fault::invalid(format!(
            "A capacity provider strategy must not have more than {MAX_PER_CLUSTER} capacity providers."
        )));
    }
    if strategy.iter().find(unknown).is_some() {
        return Err(fault::invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
        ));
    }
    let fargate =
        strategy.iter().filter(|item| capacity::FARGATE.contains(&item.capacity_provider.as_str())).count();
    if fargate != 0 && fargate != strategy.len() {
        return Err(fault::invalid(
            "The capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.",
        ));
    }
    let mut seen: Vec<&str> = Vec::new();
    for item in &strategy {
        if seen.contains(&item.capacity_provider.as_str()) {
            return Err(fault::invalid(
                "The capacity provider strategy cannot contain the same capacity provider more than once.",
            ));
        }
        seen.push(&item.capacity_provider);
        if item.weight > 1_000 || item.base > 100_000 {
            return Err(fault::invalid(
                "The weight of a capacity provider must be between 0 and 1000 and its base between 0 and 100000.",
            ));
        }
    }
    if strategy.iter().filter(|item| item.base > 0).count() > 1 {
        return Err(fault::invalid(
            "The capacity provider strategy cannot contain more than one capacity provider with a base value defined.",
        ));
    }
    if strategy.len() > 1 && strategy.iter().all(|item| item.weight == 0) {
        return Err(fault::invalid(
            "At least one capacity provider in the capacity provider strategy must have a weight value greater than 0.",
        ));
    }
    // The only one of a strategy gets everything.
    Ok(match <[ProviderItem; 1]>::try_from(strategy) {
        Ok([only]) => vec![ProviderItem { weight: only.weight.max(u32::from(only.base == 0)), ..only }],
        Err(strategy) => strategy,
    })
}

/// Placement is AWS's own matter on Fargate.
pub(super) fn may_place(
    launch: Launch,
    constraints: &[Constraint],
    strategies: &[Strategy],
) -> Result<(), Fault> {
    let what = match (launch, constraints.is_empty(), strategies.is_empty()) {
        (Launch::Fargate, false, _) => "constraints",
        (Launch::Fargate, true, false) => "strategies",
        _ => return Ok(()),
    };
    Err(fault::invalid(format!("Placement {what} are not supported with FARGATE launch type.")))
}

/// The network of a task with an interface of its own: needed with `awsvpc`, and refused without.
pub(super) fn network(
    view: &View<'_>,
    revision: &Revision,
    launch: Launch,
    given: Option<&NetworkAsked>,
) -> Result<Option<Network>, Fault> {
    let given = given.and_then(|given| given.awsvpc_configuration.as_ref());
    if revision.network_mode.as_deref() != Some("awsvpc") {
        return match given {
            None => Ok(None),
            Some(_) => Err(fault::invalid(
                "Network Configuration is not valid for the given networkMode of this task definition.",
            )),
        };
    }
    let given = given.ok_or_else(|| {
        fault::invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    })?;
    let public = match given.assign_public_ip.as_deref() {
        None | Some("" | "DISABLED") => false,
        Some("ENABLED") if launch == Launch::Fargate => true,
        Some("ENABLED") => return Err(no_public_address()),
        Some(_) => return Err(fault::invalid("assignPublicIp must be ENABLED or DISABLED.")),
    };
    in_one_vpc(view, given)?;
    Ok(Some(Network {
        subnets: given.subnets.clone(),
        security_groups: given.security_groups.clone(),
        public,
    }))
}

/// Container instances give tasks no public address.
pub(super) fn no_public_address() -> Fault {
    fault::invalid("Assign public IP is not supported for this launch type.")
}

fn in_one_vpc(view: &View<'_>, given: &AwsVpc) -> Result<(), Fault> {
    if given.subnets.is_empty() {
        return Err(fault::invalid("subnets can not be empty."));
    }
    if given.subnets.len() > MAX_SUBNETS {
        return Err(fault::invalid(format!("subnets can have at most {MAX_SUBNETS} items.")));
    }
    if given.security_groups.len() > MAX_GROUPS {
        return Err(fault::invalid(format!("securityGroups can have at most {MAX_GROUPS} items.")));
    }
    let ec2 = &view.region.ec2;
    let mut vpc = None;
    for id in &given.subnets {
        let subnet = ec2.subnet(id).ok_or_else(|| {
            fault::invalid(format!(
                "Error retrieving subnet information for [{}]: The subnet ID '{id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
                given.subnets.join(", ")
            ))
        })?;
        if *vpc.get_or_insert(&subnet.vpc_id) != &subnet.vpc_id {
            return Err(fault::invalid("Subnets must be in the same VPC."));
        }
    }
    for id in &given.security_groups {
        let group = ec2.security_group(id).ok_or_else(|| {
            fault::invalid(format!(
                "Error retrieving security group information for [{}]: The security group '{id}' does not exist (ErrorCode: InvalidGroup.NotFound)",
                given.security_groups.join(", ")
            ))
        })?;
        if Some(&group.vpc_id) != vpc {
            return Err(fault::invalid(format!(
                "Security Group {id} does not appear to belong to the same VPC as the input subnets."
            )));
        }
    }
    Ok(())
}

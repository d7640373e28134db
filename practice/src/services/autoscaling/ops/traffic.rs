//! Load balancers that a group's instances are behind. Follows "Attach an Elastic Load Balancing load balancer to your
//! Auto Scaling group".

use serde::{Deserialize, Serialize};

use super::super::fault::{group_not_found, group_pending_delete, validation};
use super::super::model::Group;
use super::super::shapes::Nothing;
use crate::core::fault::Fault;
use crate::services::elbv2;
use crate::world::{Scope, View};

/// AWS's quota of target groups, and of classic load balancers, of a group.
const MAX_ATTACHED: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetGroups {
    auto_scaling_group_name: String,
    #[serde(rename = "TargetGroupARNs", default)]
    arns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Classic {
    auto_scaling_group_name: String,
    #[serde(default)]
    load_balancer_names: Vec<String>,
}

/// Refuses target groups that are not there or whose targets are not instances, and too many.
pub(super) fn check_target_groups(view: &View<'_>, arns: &[String]) -> Result<(), Fault> {
    let instances = |arn: &&String| {
        elbv2::targets::target_type(&view.region.elbv2, arn) == Some(elbv2::model::TargetType::Instance)
    };
    if let Some(arn) = arns.iter().find(|arn| !instances(arn)) {
        let shown: String = arn.chars().take(256).collect();
        return Err(validation(format!(
            "Provided Target Groups may not be valid. Please ensure they exist and their target type is instance, and try again: {shown}"
        )));
    }
    check_count(arns)
}

/// Refuses classic load balancers that are not there, and too many.
pub(super) fn check_classic(view: &View<'_>, names: &[String]) -> Result<(), Fault> {
    if names.iter().any(|name| !view.region.elb.load_balancers.contains_key(name)) {
        return Err(validation(
            "Provided Load Balancers may not be valid. Please ensure they exist and try again.",
        ));
    }
    check_count(names)
}

/// Refuses too many.
fn check_count(attached: &[String]) -> Result<(), Fault> {
    if attached.len() <= MAX_ATTACHED {
        return Ok(());
    }
    Err(validation(format!("An Auto Scaling group can have at most {MAX_ATTACHED} load balancers attached.")))
}

fn living<'s>(scope: &'s mut Scope<'_>, name: &str) -> Result<&'s mut Group, Fault> {
    let group = scope.region.autoscaling.groups.get_mut(name).ok_or_else(|| group_not_found(name))?;
    if group.deleting { Err(group_pending_delete(name)) } else { Ok(group) }
}

fn joined(attached: &[String], more: Vec<String>) -> Vec<String> {
    let mut all = attached.to_vec();
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// `AttachLoadBalancerTargetGroups`. Instances that are in service are registered by the group's next step.
pub(crate) fn attach_target_groups(scope: &mut Scope<'_>, input: TargetGroups) -> Result<Nothing, Fault> {
    let attached = living(scope, &input.auto_scaling_group_name)?.target_groups.clone();
    let attached = joined(&attached, input.arns);
    check_target_groups(&scope.view(), &attached)?;
    living(scope, &input.auto_scaling_group_name)?.target_groups = attached;
    Ok(Nothing {})
}

/// `DetachLoadBalancerTargetGroups`.
pub(crate) fn detach_target_groups(scope: &mut Scope<'_>, input: TargetGroups) -> Result<Nothing, Fault> {
    let group = living(scope, &input.auto_scaling_group_name)?;
    if input.arns.iter().any(|arn| !group.target_groups.contains(arn)) {
        return Err(validation("Trying to remove Target Groups that are not part of the group"));
    }
    group.target_groups.retain(|arn| !input.arns.contains(arn));
    Ok(Nothing {})
}

/// `AttachLoadBalancers`. Classic load balancers themselves ask for the instances behind them.
pub(crate) fn attach_classic(scope: &mut Scope<'_>, input: Classic) -> Result<Nothing, Fault> {
    let attached = living(scope, &input.auto_scaling_group_name)?.load_balancers.clone();
    let attached = joined(&attached, input.load_balancer_names);
    check_classic(&scope.view(), &attached)?;
    living(scope, &input.auto_scaling_group_name)?.load_balancers = attached;
    Ok(Nothing {})
}

/// `DetachLoadBalancers`.
pub(crate) fn detach_classic(scope: &mut Scope<'_>, input: Classic) -> Result<Nothing, Fault> {
    let group = living(scope, &input.auto_scaling_group_name)?;
    if input.load_balancer_names.iter().any(|name| !group.load_balancers.contains(name)) {
        return Err(validation("Trying to remove Load Balancers that are not part of the group"));
    }
    group.load_balancers.retain(|name| !input.load_balancer_names.contains(name));
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfGroup {
    auto_scaling_group_name: String,
}

#[derive(Serialize)]
struct TargetGroupState {
    #[serde(rename = "LoadBalancerTargetGroupARN")]
    arn: String,
    #[serde(rename = "State")]
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetGroupStates {
    load_balancer_target_groups: Vec<TargetGroupState>,
}

/// All there are fit one page: the quota is below the largest one.
pub(crate) fn describe_target_groups(view: &View<'_>, input: OfGroup) -> Result<TargetGroupStates, Fault> {
    let name = &input.auto_scaling_group_name;
    let group = view.region.autoscaling.groups.get(name).ok_or_else(|| group_not_found(name))?;
    let state = |arn: &String| TargetGroupState { arn: arn.clone(), state: "Added" };
    Ok(TargetGroupStates { load_balancer_target_groups: group.target_groups.iter().map(state).collect() })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicState {
    load_balancer_name: String,
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ClassicStates {
    load_balancers: Vec<ClassicState>,
}

/// `DescribeLoadBalancers`: the classic ones.
pub(crate) fn describe_classic(view: &View<'_>, input: OfGroup) -> Result<ClassicStates, Fault> {
    let name = &input.auto_scaling_group_name;
    let group = view.region.autoscaling.groups.get(name).ok_or_else(|| group_not_found(name))?;
    let state = |name: &String| ClassicState { load_balancer_name: name.clone(), state: "Added" };
    Ok(ClassicStates { load_balancers: group.load_balancers.iter().map(state).collect() })
}

//! Creating, changing and deleting groups.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::activity::at;
use super::super::fault::{
    check_name, configuration_not_found, constraint, group_exists, group_in_use, group_not_found,
    group_pending_delete, limit_exceeded, validation,
};
use super::super::model::{Group, LaunchSource};
use super::super::shapes::Nothing;
use super::super::source;
use super::hooks;
use super::policies as scaling_policies;
use super::sizes;
use super::tags::{self, Tag};
use super::traffic;
use crate::core::fault::Fault;
use crate::services::ec2::{images, template, zones};
use crate::world::{Scope, View};

/// AWS's quota per region.
pub(crate) const MAX_GROUPS: usize = 200;
/// Follows "Configure termination policies".
pub(crate) const TERMINATION_POLICIES: [&str; 7] = [
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
];

/// What both creation and update take.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Settings {
    auto_scaling_group_name: String,
    launch_configuration_name: Option<String>,
    launch_template: Option<Template>,
    mixed_instances_policy: Option<serde_json::Value>,
    instance_id: Option<String>,
    min_size: Option<i32>,
    max_size: Option<i32>,
    desired_capacity: Option<i32>,
    default_cooldown: Option<i32>,
    availability_zones: Option<Vec<String>>,
    health_check_type: Option<String>,
    health_check_grace_period: Option<i32>,
    #[serde(rename = "VPCZoneIdentifier")]
    subnets: Option<String>,
    termination_policies: Option<Vec<String>>,
    new_instances_protected_from_scale_in: Option<bool>,
    #[serde(rename = "ServiceLinkedRoleARN")]
    service_linked_role: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(rename = "TargetGroupARNs", default)]
    target_groups: Vec<String>,
    #[serde(default)]
    load_balancer_names: Vec<String>,
    #[serde(rename = "LifecycleHookSpecificationList", default)]
    lifecycle_hooks: Vec<hooks::Put>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
}

/// `CreateAutoScalingGroup`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Settings) -> Result<Nothing, Fault> {
    let group = validated(&scope.view(), &input)?;
    let name = group.name.clone();
    let resource = format!("autoScalingGroup:{}:autoScalingGroupName/{name}", scope.region.ids.uuid());
    let what = format!(
        "a user request created an AutoScalingGroup changing the desired capacity from 0 to {}",
        group.desired
    );
    let group =
        Group { arn: scope.arn("autoscaling", &resource), reason: Some(at(scope.now, &what)), ..group };
    scope.region.autoscaling.groups.insert(name, group);
    Ok(Nothing {})
}

fn validated(view: &View<'_>, input: &Settings) -> Result<Group, Fault> {
    let name = &input.auto_scaling_group_name;
    check_name(name, "autoScalingGroupName")?;
    let min = required(input.min_size, "minSize")?;
    let max = required(input.max_size, "maxSize")?;
    let groups = &view.region.autoscaling.groups;
    if groups.contains_key(name) {
        return Err(group_exists(name));
    }
    if groups.len() >= MAX_GROUPS {
        return Err(limit_exceeded("AutoScalingGroups"));
    }
    let source = source(view, input)?.ok_or_else(|| {
        validation("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.")
    })?;
    let desired = input.desired_capacity.unwrap_or(min);
    sizes::check(min, max, desired)?;
    let (zones, subnets) = network(view, input)?
        .ok_or_else(|| validation("At least one Availability Zone or VPC Subnet is required."))?;
    check_details(input)?;
    traffic::check_target_groups(view, &input.target_groups)?;
    traffic::check_classic(view, &input.load_balancer_names)?;
    let role = || {
        let account = view.account;
        format!(
            "arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
        )
    };
    Ok(Group {
        name: name.clone(),
        arn: String::new(),
        source,
        min,
        max,
        desired,
        cooldown: input.default_cooldown.unwrap_or(300),
        zones,
        subnets,
        target_groups: input.target_groups.clone(),
        load_balancers: input.load_balancer_names.clone(),
        health_check_type: input.health_check_type.clone().unwrap_or_else(|| "EC2".to_owned()),
        health_check_grace: input.health_check_grace_period.unwrap_or(0),
        termination_policies: policies(input).unwrap_or_else(|| vec!["Default".to_owned()]),
        protect_new: input.new_instances_protected_from_scale_in.unwrap_or(false),
        tags: tags::of_new_group(name, &input.tags)?,
        suspended: BTreeMap::new(),
        service_linked_role: input.service_linked_role.clone().unwrap_or_else(role),
        members: BTreeMap::new(),
        activities: vec![],
        reason: None,
        to_replace: 0,
        act_at: None,
        failures: 0,
        hooks: hooks::of_new_group(&input.lifecycle_hooks)?,
        policies: BTreeMap::new(),
        scheduled: BTreeMap::new(),
        rests: None,
        grown: None,
        deleting: false,
        created_at: view.now,
    })
}

fn required(value: Option<i32>, at: &str) -> Result<i32, Fault> {
    value.ok_or_else(|| {
        validation(format!(
            "1 validation error detected: Value null at '{at}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn policies(input: &Settings) -> Option<Vec<String>> {
    input.termination_policies.clone().filter(|policies| !policies.is_empty())
}

fn check_details(input: &Settings) -> Result<(), Fault> {
    if let Some(kind) = input.health_check_type.as_deref()
        && !kind.split(',').all(|kind| matches!(kind, "EC2" | "ELB" | "EBS" | "VPC_LATTICE"))
    {
        return Err(validation(format!("Invalid Health Check Type: {kind}")));
    }
    for (value, at) in [
        (input.default_cooldown, "defaultCooldown"),
        (input.health_check_grace_period, "healthCheckGracePeriod"),
    ] {
        if let Some(value) = value.filter(|value| *value < 0) {
            return Err(constraint(
                &value.to_string(),
                at,
                "Member must have value greater than or equal to 0",
            ));
        }
    }
    let unknown = |policy: &&String| !TERMINATION_POLICIES.contains(&policy.as_str());
    match input.termination_policies.iter().flatten().find(unknown) {
        Some(policy) => Err(validation(format!("Invalid termination policy: {policy}"))),
        None => Ok(()),
    }
}

/// What to launch from, if the request says; checked as AWS checks it.
fn source(view: &View<'_>, input: &Settings) -> Result<Option<LaunchSource>, Fault> {
    if input.mixed_instances_policy.is_some() || input.instance_id.is_some() {
        return Err(validation(
            "MixedInstancesPolicy and InstanceId are not part of this practice cloud. Give LaunchTemplate or LaunchConfigurationName.",
        ));
    }
    match (&input.launch_configuration_name, &input.launch_template) {
        (Some(_), Some(_)) => Err(validation(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        )),
        (Some(name), None) => {
            if !view.region.autoscaling.launch_configurations.contains_key(name) {
                return Err(configuration_not_found(name));
            }
            Ok(Some(LaunchSource::Configuration(name.clone())))
        }
        (None, Some(asked)) => template_source(view, asked).map(Some),
        (None, None) => Ok(None),
    }
}

fn template_source(view: &View<'_>, asked: &Template) -> Result<LaunchSource, Fault> {
    let misformed =
        |message: &str| validation(format!("You must use a valid fully-formed launch template. {message}"));
    if asked.launch_template_id.is_some() && asked.launch_template_name.is_some() {
        return Err(validation("Valid requests must contain either launchTemplateId or LaunchTemplateName"));
    }
    let (id, name, version) = (
        asked.launch_template_id.as_deref(),
        asked.launch_template_name.as_deref(),
        asked.version.as_deref(),
    );
    let (found, _) =
        template::find(&view.region.ec2, id, name, version).map_err(|fault| misformed(&fault.message))?;
    let source = LaunchSource::Template {
        id: found.id.clone(),
        name: found.name.clone(),
        version: asked.version.clone().filter(|v| !v.is_empty()).unwrap_or_else(|| "$Default".to_owned()),
    };
    let (spec, _) = source::from_source(view, &source).map_err(|fault| misformed(&fault.message))?;
    if spec.image_id.is_empty() {
        return Err(misformed("The request must contain the parameter ImageId"));
    }
    if spec.instance_type.is_empty() {
        return Err(misformed("The request must contain the parameter InstanceType"));
    }
    if images::find(&view.region.name, &spec.image_id).is_none() {
        return Err(misformed(&format!("The image id '[{}]' does not exist", spec.image_id)));
    }
    Ok(source)
}

/// Zones and subnets.
type Network = (Vec<String>, Vec<String>);

/// Zones and subnets, if the request says anything about them.
fn network(view: &View<'_>, input: &Settings) -> Result<Option<Network>, Fault> {
    let ec2 = &view.region.ec2;
    let listed = input.subnets.as_deref().unwrap_or_default().split(',').map(str::trim);
    let mut subnets: Vec<String> = Vec::new();
    for id in listed.filter(|id| !id.is_empty()) {
        if ec2.subnet(id).is_none() {
            return Err(validation(format!("The subnet ID '{id}' does not exist")));
        }
        if !subnets.iter().any(|known| known == id) {
            subnets.push(id.to_owned());
        }
    }
    let mut vpcs = subnets.iter().filter_map(|id| ec2.subnet(id)).map(|subnet| &subnet.vpc_id);
    if let Some(first) = vpcs.next()
        && vpcs.any(|vpc| vpc != first)
    {
        return Err(validation("The subnets of an Auto Scaling group must be in one VPC"));
    }
    let asked = input.availability_zones.clone().unwrap_or_default();
    let known: Vec<String> = zones::of(&view.region.name).map(|zone| zone.name).collect();
    let unknown: Vec<&str> = asked.iter().filter(|zone| !known.contains(zone)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(validation(format!("Invalid availability zones: [{}]", unknown.join(", "))));
    }
    if subnets.is_empty() {
        return Ok((!asked.is_empty()).then_some((asked, subnets)));
    }
    let zones = source::zones_of(ec2, &subnets);
    if !asked.is_empty()
        && (asked.iter().any(|zone| !zones.contains(zone)) || zones.iter().any(|z| !asked.contains(z)))
    {
        return Err(validation(
            "The availability zones of the specified subnets and the Auto Scaling group do not match",
        ));
    }
    Ok(Some((zones, subnets)))
}

pub(super) fn living<'s>(scope: &'s mut Scope<'_>, name: &str) -> Result<&'s mut Group, Fault> {
    let group = scope.region.autoscaling.groups.get_mut(name).ok_or_else(|| group_not_found(name))?;
    if group.deleting { Err(group_pending_delete(name)) } else { Ok(group) }
}

/// `UpdateAutoScalingGroup`. What the request does not name stays; a desired capacity that no longer fits the bounds
/// is moved into them.
pub(crate) fn update(scope: &mut Scope<'_>, input: Settings) -> Result<Nothing, Fault> {
    let name = &input.auto_scaling_group_name;
    let (source, network, now) = {
        living(scope, name)?;
        let view = scope.view();
        (source(&view, &input)?, network(&view, &input)?, view.now)
    };
    check_details(&input)?;
    let group = living(scope, name)?;
    let (min, max) = (input.min_size.unwrap_or(group.min), input.max_size.unwrap_or(group.max));
    let fitted = group.desired.max(min).min(max.max(min));
    let desired = input.desired_capacity.unwrap_or(fitted);
    sizes::check(min, max, desired)?;
    if desired != group.desired {
        let what = format!(
            "a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {} to {desired}",
            group.desired
        );
        group.reason = Some(at(now, &what));
    }
    if desired != group.desired {
        (group.rests, group.grown) = (None, None);
    }
    (group.min, group.max, group.desired) = (min, max, desired);
    if let Some(source) = source {
        group.source = source;
    }
    if let Some((zones, subnets)) = network {
        (group.zones, group.subnets) = (zones, subnets);
    }
    group.cooldown = input.default_cooldown.unwrap_or(group.cooldown);
    group.health_check_grace = input.health_check_grace_period.unwrap_or(group.health_check_grace);
    group.protect_new = input.new_instances_protected_from_scale_in.unwrap_or(group.protect_new);
    if let Some(kind) = &input.health_check_type {
        group.health_check_type.clone_from(kind);
    }
    if let Some(policies) = policies(&input) {
        group.termination_policies = policies;
    }
    // Whatever failed may be mended now: no need to wait out the back-off.
    (group.act_at, group.failures) = (None, 0);
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetDesired {
    auto_scaling_group_name: String,
    desired_capacity: i32,
    honor_cooldown: Option<bool>,
}

/// `SetDesiredCapacity`.
pub(crate) fn set_desired(scope: &mut Scope<'_>, input: SetDesired) -> Result<Nothing, Fault> {
    let now = scope.now;
    let group = living(scope, &input.auto_scaling_group_name)?;
    let desired = input.desired_capacity;
    if desired > group.max {
        return Err(validation(format!(
            "New SetDesiredCapacity value {desired} is above max value {} for the AutoScalingGroup.",
            group.max
        )));
    }
    if desired < group.min {
        return Err(validation(format!(
            "New SetDesiredCapacity value {desired} is below min value {} for the AutoScalingGroup.",
            group.min
        )));
    }
    if input.honor_cooldown == Some(true) {
        scaling_policies::in_cooldown(group, now)?;
    }
    if desired != group.desired {
        let what = format!(
            "a user request explicitly set group desired capacity changing the desired capacity from {} to {desired}",
            group.desired
        );
        group.reason = Some(at(now, &what));
        (group.desired, group.act_at, group.failures) = (desired, None, 0);
        (group.rests, group.grown) = (None, None);
    }
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    auto_scaling_group_name: String,
    force_delete: Option<bool>,
}

/// `DeleteAutoScalingGroup`. With force, the group stays visible until its instances are terminated.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Nothing, Fault> {
    let now = scope.now;
    let name = &input.auto_scaling_group_name;
    let group = scope.region.autoscaling.groups.get_mut(name).ok_or_else(|| group_not_found(name))?;
    if group.deleting {
        return Err(group_pending_delete(name));
    }
    let force = input.force_delete.unwrap_or(false);
    if !group.members.is_empty() && !force {
        return Err(group_in_use());
    }
    let what = format!(
        "a user request force deleted AutoScalingGroup changing the desired capacity from {} to 0",
        group.desired
    );
    group.reason = Some(at(now, &what));
    (group.min, group.max, group.desired) = (0, 0, 0);
    (group.deleting, group.act_at) = (true, None);
    // Outstanding lifecycle actions go with the group.
    group.hooks.clear();
    group.scheduled.clear();
    for member in group.members.values_mut() {
        member.waits.clear();
    }
    Ok(Nothing {})
}

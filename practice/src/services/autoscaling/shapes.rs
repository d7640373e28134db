//! What the API gives back, in the names of its model.

use serde::Serialize;
use serde_json::json;

use super::model::{Activity, ActivityStatus, Group, LaunchConfiguration, LaunchSource, Member};
use super::model::{BlockDevice, MetadataOptions};
use crate::core::time::Iso;

/// An operation without output.
#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LaunchConfigurationOut {
    launch_configuration_name: String,
    #[serde(rename = "LaunchConfigurationARN")]
    arn: String,
    image_id: String,
    key_name: String,
    security_groups: Vec<String>,
    #[serde(rename = "ClassicLinkVPCSecurityGroups")]
    classic_link_groups: Vec<String>,
    user_data: String,
    instance_type: String,
    kernel_id: String,
    ramdisk_id: String,
    block_device_mappings: Vec<BlockDevice>,
    instance_monitoring: Monitoring,
    spot_price: Option<String>,
    iam_instance_profile: Option<String>,
    created_time: Iso,
    ebs_optimized: bool,
    associate_public_ip_address: Option<bool>,
    placement_tenancy: Option<String>,
    metadata_options: Option<MetadataOptions>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Monitoring {
    enabled: bool,
}

impl From<&LaunchConfiguration> for LaunchConfigurationOut {
    fn from(it: &LaunchConfiguration) -> Self {
        Self {
            launch_configuration_name: it.name.clone(),
            arn: it.arn.clone(),
            image_id: it.image_id.clone(),
            key_name: it.key_name.clone().unwrap_or_default(),
            security_groups: it.security_groups.clone(),
            classic_link_groups: vec![],
            user_data: it.user_data.clone().unwrap_or_default(),
            instance_type: it.instance_type.clone(),
            kernel_id: String::new(),
            ramdisk_id: String::new(),
            block_device_mappings: it.block_devices.clone(),
            instance_monitoring: Monitoring { enabled: it.monitoring },
            spot_price: it.spot_price.clone(),
            iam_instance_profile: it.instance_profile.clone(),
            created_time: Iso(it.created_at),
            ebs_optimized: it.ebs_optimized,
            associate_public_ip_address: it.associate_public_ip,
            placement_tenancy: it.tenancy.clone(),
            metadata_options: it.metadata_options.clone(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TemplateOut {
    launch_template_id: String,
    launch_template_name: String,
    version: String,
}

fn template(source: &LaunchSource) -> Option<TemplateOut> {
    match source {
        LaunchSource::Configuration(_) => None,
        LaunchSource::Template { id, name, version } => Some(TemplateOut {
            launch_template_id: id.clone(),
            launch_template_name: name.clone(),
            version: version.clone(),
        }),
    }
}

fn configuration(source: &LaunchSource) -> Option<String> {
    match source {
        LaunchSource::Configuration(name) => Some(name.clone()),
        LaunchSource::Template { .. } => None,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupOut {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN")]
    arn: String,
    launch_configuration_name: Option<String>,
    launch_template: Option<TemplateOut>,
    min_size: i32,
    max_size: i32,
    desired_capacity: i32,
    default_cooldown: i32,
    availability_zones: Vec<String>,
    load_balancer_names: Vec<String>,
    #[serde(rename = "TargetGroupARNs")]
    target_groups: Vec<String>,
    health_check_type: String,
    health_check_grace_period: i32,
    instances: Vec<InstanceOut>,
    created_time: Iso,
    suspended_processes: Vec<SuspendedOut>,
    #[serde(rename = "VPCZoneIdentifier")]
    subnets: String,
    enabled_metrics: Vec<String>,
    status: Option<&'static str>,
    tags: Vec<TagOut>,
    termination_policies: Vec<String>,
    new_instances_protected_from_scale_in: bool,
    #[serde(rename = "ServiceLinkedRoleARN")]
    service_linked_role: String,
    traffic_sources: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SuspendedOut {
    process_name: String,
    suspension_reason: String,
}

/// A tag of a group, as `TagDescription`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagOut {
    pub(super) resource_id: String,
    pub(super) resource_type: &'static str,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) propagate_at_launch: bool,
}

pub(super) fn tags(group: &Group) -> impl Iterator<Item = TagOut> + '_ {
    group.tags.iter().map(|(key, tag)| TagOut {
        resource_id: group.name.clone(),
        resource_type: "auto-scaling-group",
        key: key.clone(),
        value: tag.value.clone(),
        propagate_at_launch: tag.propagate,
    })
}

impl From<&Group> for GroupOut {
    fn from(group: &Group) -> Self {
        let suspended = |(process, reason): (&String, &String)| SuspendedOut {
            process_name: process.clone(),
            suspension_reason: reason.clone(),
        };
        Self {
            auto_scaling_group_name: group.name.clone(),
            arn: group.arn.clone(),
            launch_configuration_name: configuration(&group.source),
            launch_template: template(&group.source),
            min_size: group.min,
            max_size: group.max,
            desired_capacity: group.desired,
            default_cooldown: group.cooldown,
            availability_zones: group.zones.clone(),
            load_balancer_names: group.load_balancers.clone(),
            target_groups: group.target_groups.clone(),
            health_check_type: group.health_check_type.clone(),
            health_check_grace_period: group.health_check_grace,
            instances: group.members.values().map(InstanceOut::from).collect(),
            created_time: Iso(group.created_at),
            suspended_processes: group.suspended.iter().map(suspended).collect(),
            subnets: group.subnets.join(","),
            enabled_metrics: vec![],
            status: group.deleting.then_some("Delete in progress"),
            tags: tags(group).collect(),
            termination_policies: group.termination_policies.clone(),
            new_instances_protected_from_scale_in: group.protect_new,
            service_linked_role: group.service_linked_role.clone(),
            traffic_sources: vec![],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceOut {
    instance_id: String,
    instance_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_scaling_group_name: Option<String>,
    availability_zone: String,

    lifecycle_state: &'static str,
    health_status: &'static str,
    launch_configuration_name: Option<String>,
    launch_template: Option<TemplateOut>,
    protected_from_scale_in: bool,
}

impl From<&Member> for InstanceOut {
    fn from(member: &Member) -> Self {
        Self {
            instance_id: member.instance_id.clone(),
            instance_type: member.instance_type.clone(),
            auto_scaling_group_name: None,
            availability_zone: member.zone.clone(),

            lifecycle_state: member.lifecycle.as_str(),
            health_status: if member.healthy { "Healthy" } else { "Unhealthy" },
            launch_configuration_name: configuration(&member.source),
            launch_template: template(&member.source),
            protected_from_scale_in: member.protected,
        }
    }
}

impl InstanceOut {
    /// For `DescribeAutoScalingInstances`, which names the group and shouts the health.
    pub(super) fn of_group(group: &Group, member: &Member) -> Self {
        let health_status = if member.healthy { "HEALTHY" } else { "UNHEALTHY" };
        Self { auto_scaling_group_name: Some(group.name.clone()), health_status, ..Self::from(member) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ActivityOut {
    activity_id: String,
    auto_scaling_group_name: String,
    description: String,
    cause: String,
    start_time: Iso,
    end_time: Option<Iso>,
    status_code: &'static str,
    status_message: Option<String>,
    progress: i32,
    details: String,
    auto_scaling_group_state: Option<&'static str>,
    #[serde(rename = "AutoScalingGroupARN")]
    group_arn: String,
}

impl ActivityOut {
    /// `gone` when the group is deleted.
    pub(super) fn new(activity: &Activity, gone: bool) -> Self {
        let details = match &activity.subnet {
            Some(subnet) => json!({ "Subnet ID": subnet, "Availability Zone": activity.zone }),
            None => json!({ "Availability Zone": activity.zone }),
        };
        Self {
            activity_id: activity.id.clone(),
            auto_scaling_group_name: activity.group.clone(),
            description: activity.description.clone(),
            cause: activity.cause.chars().take(1023).collect(),
            start_time: Iso(activity.started_at),
            end_time: activity.ended_at.map(Iso),
            status_code: match activity.status {
                ActivityStatus::InProgress => "InProgress",
                ActivityStatus::MidLifecycleAction => "MidLifecycleAction",
                ActivityStatus::Successful => "Successful",
                ActivityStatus::Failed => "Failed",
                ActivityStatus::Cancelled => "Cancelled",
            },
            status_message: activity.message.as_ref().map(|text| text.chars().take(255).collect()),
            progress: if activity.ended_at.is_some() { 100 } else { 50 },
            details: details.to_string(),
            auto_scaling_group_state: gone.then_some("Deleted"),
            group_arn: activity.group_arn.clone(),
        }
    }
}

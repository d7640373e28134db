//! Auto Scaling's resource types of CloudFormation. Follows "Amazon EC2 Auto Scaling resource type reference". Warm pools
//! are not in the practice cloud, nor is their type.

use serde_json::{Map, Value, json};

use super::model::{Activity, ActivityStatus, Group, LaunchSource, Lifecycle};
use crate::core::fault::Fault;
use crate::form::{beyond, dropped_tags, only, picked, present, texts};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::world::View;

mod scaling;

/// All of them.
pub(super) static ALL: [&dyn Resource; 5] = [
    &AutoScalingGroup,
    &LaunchConfiguration,
    &scaling::LifecycleHook,
    &scaling::ScalingPolicy,
    &scaling::ScheduledAction,
];

/// Launches that fail in a row until a group is given up.
const PATIENCE: u32 = 3;

fn call(api: &mut Api<'_, '_>, operation: &str, input: Value) -> Result<(), Fault> {
    api.call("autoscaling", operation, input).map(|_| ())
}

/// Its physical id is its name.
struct AutoScalingGroup;

/// Those that the API calls the same.
const SAME: [&str; 13] = [
    "LaunchConfigurationName",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "InstanceId",
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "AvailabilityZones",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "ServiceLinkedRoleARN",
];
/// Those that are taken besides; metrics and the like are not collected, which makes no difference to anything here.
const TAKEN: [&str; 11] = [
    "AutoScalingGroupName",
    "Cooldown",
    "VPCZoneIdentifier",
    "Tags",
    "TargetGroupARNs",
    "LoadBalancerNames",
    "LifecycleHookSpecificationList",
    "MetricsCollection",
    "DefaultInstanceWarmup",
    "CapacityRebalance",
    "InstanceMaintenancePolicy",
];

impl AutoScalingGroup {
    fn input(name: &str, asked: &Asked<'_>) -> Map<String, Value> {
        let subnets = asked.properties.get("VPCZoneIdentifier").map(|list| json!(texts(list).join(",")));
        let mut input = picked(asked.properties, &SAME);
        input.extend(present([
            ("AutoScalingGroupName", Some(json!(name))),
            ("DefaultCooldown", asked.properties.get("Cooldown").cloned()),
            ("VPCZoneIdentifier", subnets),
        ]));
        input
    }

    /// The template's tags say themselves whether they go on instances; CloudFormation's own and the stack's do.
    fn tags(name: &str, asked: &Asked<'_>) -> Vec<Value> {
        let own = asked.property("Tags").as_array().cloned().unwrap_or_default();
        let propagates = |key: &str| {
            let tag = own.iter().find(|tag| tag["Key"] == key);
            tag.is_none_or(|tag| tag["PropagateAtLaunch"] == true)
        };
        let tag = |(key, value): &(String, String)| {
            json!({
                "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": key, "Value": value,
                "PropagateAtLaunch": propagates(key)
            })
        };
        asked.tags().iter().map(tag).collect()
    }

    fn retag(api: &mut Api<'_, '_>, id: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        if !asked.retags(before) {
            return Ok(());
        }
        let gone: Vec<Value> = dropped_tags(before, asked)
            .iter()
            .map(|key| json!({"ResourceId": id, "ResourceType": "auto-scaling-group", "Key": key}))
            .collect();
        if !gone.is_empty() {
            call(api, "DeleteTags", json!({"Tags": gone}))?;
        }
        let tags = Self::tags(id, asked);
        if tags.is_empty() { Ok(()) } else { call(api, "CreateOrUpdateTags", json!({"Tags": tags})) }
    }

    /// Attaches and detaches load balancers.
    fn behind(api: &mut Api<'_, '_>, id: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        for (property, member, what) in [
            ("TargetGroupARNs", "TargetGroupARNs", "LoadBalancerTargetGroups"),
            ("LoadBalancerNames", "LoadBalancerNames", "LoadBalancers"),
        ] {
            let (was, is) = (texts(&before[property]), texts(asked.property(property)));
            for (verb, list) in [("Attach", beyond(&is, &was)), ("Detach", beyond(&was, &is))] {
                if !list.is_empty() {
                    let input = json!({"AutoScalingGroupName": id, member: list});
                    call(api, &format!("{verb}{what}"), input)?;
                }
            }
        }
        Ok(())
    }
}

impl Resource for AutoScalingGroup {
    fn type_name(&self) -> &'static str {
        "AWS::AutoScaling::AutoScalingGroup"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &[&SAME[..], &TAKEN[..]].concat())?;
        let name = asked.name("AutoScalingGroupName", 255);
        let mut input = Self::input(&name, asked);
        input.extend(picked(
            asked.properties,
            &["TargetGroupARNs", "LoadBalancerNames", "LifecycleHookSpecificationList"],
        ));
        input.insert("Tags".to_owned(), json!(Self::tags(&name, asked)));
        call(api, "CreateAutoScalingGroup", input.into())?;
        Ok(name)
    }

    /// A group is there once its least number of instances is in service.
    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        let Some(group) = view.region.autoscaling.groups.get(id) else {
            return Settled::Failed(format!(
                "AutoScalingGroup name not found - AutoScalingGroup '{id}' not found"
            ));
        };
        let serves = |member: &&super::model::Member| member.lifecycle == Lifecycle::InService;
        let current = i32::try_from(group.members.values().filter(serves).count()).unwrap_or(i32::MAX);
        if current >= group.min {
            Settled::Yes
        } else if group.failures >= PATIENCE {
            Settled::Failed(unstable(group, current))
        } else {
            Settled::NotYet
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&SAME[..], &TAKEN[..]].concat())?;
        // Whatever policies, schedules and users have made of the sizes: they are the template's again, unless the update
        // policy leaves them out.
        call(api, "UpdateAutoScalingGroup", Self::input(id, asked).into())?;
        scaling::relist(api, id, before, asked.properties)?;
        Self::behind(api, id, before, asked)?;
        Self::retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        match api.view().region.autoscaling.groups.get(id) {
            Some(group) if !group.deleting => {
                let input = json!({"AutoScalingGroupName": id, "ForceDelete": true});
                call(api, "DeleteAutoScalingGroup", input)
            }
            _ => Ok(()),
        }
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if view.region.autoscaling.groups.contains_key(id) { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let mut all: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
        let arn = view.region.autoscaling.groups.get(id).map(|group| json!(group.arn));
        all.extend(present([("AutoScalingGroupName", Some(json!(id))), ("AutoScalingGroupARN", arn)]));
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(group) = view.region.autoscaling.groups.get(id) else { return Actual::Gone };
        let tags = group.tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        let tags: Vec<Value> = tags
            .map(|(key, tag)| json!({"Key": key, "Value": tag.value, "PropagateAtLaunch": tag.propagate}))
            .collect();
        let list = |list: &[String]| (!list.is_empty()).then(|| json!(list));
        let (configuration, template) = match &group.source {
            LaunchSource::Configuration(name) => (Some(json!(name)), None),
            LaunchSource::Template { id, version, .. } => {
                (None, Some(json!({"LaunchTemplateId": id, "Version": version})))
            }
        };
        let properties = present([
            ("AutoScalingGroupName", Some(json!(group.name))),
            ("LaunchConfigurationName", configuration),
            ("LaunchTemplate", template),
            ("MinSize", Some(json!(group.min.to_string()))),
            ("MaxSize", Some(json!(group.max.to_string()))),
            ("DesiredCapacity", Some(json!(group.desired.to_string()))),
            ("Cooldown", Some(json!(group.cooldown.to_string()))),
            ("VPCZoneIdentifier", list(&group.subnets)),
            ("AvailabilityZones", list(&group.zones)),
            ("HealthCheckType", Some(json!(group.health_check_type))),
            ("HealthCheckGracePeriod", Some(json!(group.health_check_grace))),
            ("TargetGroupARNs", list(&group.target_groups)),
            ("LoadBalancerNames", list(&group.load_balancers)),
            ("TerminationPolicies", list(&group.termination_policies)),
            ("NewInstancesProtectedFromScaleIn", Some(json!(group.protect_new))),
            ("Tags", (!tags.is_empty()).then(|| json!(tags))),
        ]);
        Actual::Is(properties.into())
    }

    fn takes_ms(&self) -> i64 {
        10_000
    }
}

/// Why a group is given up, in CloudFormation's words.
fn unstable(group: &Group, current: i32) -> String {
    let failed = |activity: &&Activity| activity.status == ActivityStatus::Failed;
    let last = group.activities.iter().rev().find(failed).and_then(|activity| activity.message.as_deref());
    format!(
        "Group did not stabilize. {{current/minSize/maxSize}} group size = {{{current}/{}/{}}}. Failed Scaling Activity: {}",
        group.min,
        group.max,
        last.unwrap_or_default()
    )
}

/// Its physical id is its name.
struct LaunchConfiguration;

/// Those that the API calls the same.
const CONFIGURATION: [&str; 13] = [
    "ImageId",
    "InstanceType",
    "InstanceId",
    "KeyName",
    "SecurityGroups",
    "UserData",
    "BlockDeviceMappings",
    "SpotPrice",
    "IamInstanceProfile",
    "EbsOptimized",
    "AssociatePublicIpAddress",
    "PlacementTenancy",
    "MetadataOptions",
];

impl Resource for LaunchConfiguration {
    fn type_name(&self) -> &'static str {
        "AWS::AutoScaling::LaunchConfiguration"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let more = ["LaunchConfigurationName", "InstanceMonitoring"];
        only(asked, self.type_name(), &[&CONFIGURATION[..], &more[..]].concat())?;
        let name = asked.name("LaunchConfigurationName", 255);
        let mut input = picked(asked.properties, &CONFIGURATION);
        let monitoring = asked.properties.get("InstanceMonitoring").map(|on| json!({"Enabled": on}));
        input.extend(present([
            ("LaunchConfigurationName", Some(json!(name))),
            ("InstanceMonitoring", monitoring),
        ]));
        call(api, "CreateLaunchConfiguration", input.into())?;
        Ok(name)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        if !api.view().region.autoscaling.launch_configurations.contains_key(id) {
            return Ok(());
        }
        call(api, "DeleteLaunchConfiguration", json!({"LaunchConfigurationName": id}))
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(it) = view.region.autoscaling.launch_configurations.get(id) else { return Actual::Gone };
        let properties = present([
            ("LaunchConfigurationName", Some(json!(it.name))),
            ("ImageId", Some(json!(it.image_id))),
            ("InstanceType", Some(json!(it.instance_type))),
            ("KeyName", it.key_name.as_ref().map(|name| json!(name))),
            ("SecurityGroups", (!it.security_groups.is_empty()).then(|| json!(it.security_groups))),
            ("UserData", it.user_data.as_ref().map(|data| json!(data))),
            ("IamInstanceProfile", it.instance_profile.as_ref().map(|name| json!(name))),
        ]);
        Actual::Is(properties.into())
    }
}

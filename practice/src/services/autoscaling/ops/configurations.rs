//! Launch configurations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::super::fault::{
    bad_token, check_name, configuration_exists, configuration_in_use, configuration_not_found, constraint,
    limit_exceeded, validation,
};
use super::super::model::{BlockDevice, LaunchConfiguration, LaunchSource, MetadataOptions};
use super::super::shapes::{LaunchConfigurationOut, Nothing};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::services::ec2::{images, instance_types};
use crate::services::iam;
use crate::world::{Scope, View};

/// AWS's quota per region.
pub(crate) const MAX_CONFIGURATIONS: usize = 200;
/// EC2's limit on user data, in bytes before encoding.
const MAX_USER_DATA: usize = 16_384;
const MAX_GROUPS: usize = 16;
const MAX_DEVICES: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    launch_configuration_name: String,
    image_id: Option<String>,
    key_name: Option<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    user_data: Option<String>,
    instance_id: Option<String>,
    instance_type: Option<String>,
    #[serde(default)]
    block_device_mappings: Vec<BlockDevice>,
    instance_monitoring: Option<Monitoring>,
    spot_price: Option<String>,
    iam_instance_profile: Option<String>,
    ebs_optimized: Option<bool>,
    associate_public_ip_address: Option<bool>,
    placement_tenancy: Option<String>,
    metadata_options: Option<MetadataOptions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Monitoring {
    enabled: Option<bool>,
}

/// `CreateLaunchConfiguration`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Nothing, Fault> {
    let configuration = validated(&scope.view(), input)?;
    let name = configuration.name.clone();
    let resource = format!("launchConfiguration:{}:launchConfigurationName/{name}", scope.region.ids.uuid());
    let configuration = LaunchConfiguration { arn: scope.arn("autoscaling", &resource), ..configuration };
    scope.region.autoscaling.launch_configurations.insert(name, configuration);
    Ok(Nothing {})
}

fn validated(view: &View<'_>, input: Create) -> Result<LaunchConfiguration, Fault> {
    let existing = &view.region.autoscaling.launch_configurations;
    let name = input.launch_configuration_name;
    check_name(&name, "launchConfigurationName")?;
    if existing.contains_key(&name) {
        return Err(configuration_exists(&name));
    }
    if existing.len() >= MAX_CONFIGURATIONS {
        return Err(limit_exceeded("launch configurations"));
    }
    if input.instance_id.is_some() {
        return Err(validation(
            "Creating a launch configuration from an instance is not part of this practice cloud. Give ImageId and InstanceType.",
        ));
    }
    let (Some(image_id), Some(instance_type)) = (input.image_id, input.instance_type) else {
        return Err(validation(
            "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
        ));
    };
    if images::find(&view.region.name, &image_id).is_none() {
        return Err(validation(format!(
            "AMI {image_id} is invalid: The image id '[{image_id}]' does not exist"
        )));
    }
    if instance_types::find(&instance_type).is_none() {
        return Err(validation(format!("Invalid Instance Type: '{instance_type}'")));
    }
    if let Some(key) = input.key_name.as_deref().filter(|key| view.region.ec2.key_pair(key).is_none()) {
        return Err(validation(format!("The key pair '{key}' does not exist")));
    }
    check_groups(view, &input.security_groups)?;
    check_profile(view, input.iam_instance_profile.as_deref())?;
    check_user_data(input.user_data.as_deref())?;
    if let Some(tenancy) =
        input.placement_tenancy.as_deref().filter(|t| !matches!(*t, "default" | "dedicated"))
    {
        return Err(validation(format!("Invalid placement tenancy: {tenancy}")));
    }
    if input.block_device_mappings.len() > MAX_DEVICES {
        return Err(validation("Too many block device mappings."));
    }
    Ok(LaunchConfiguration {
        name,
        arn: String::new(),
        image_id,
        instance_type,
        key_name: input.key_name,
        security_groups: input.security_groups,
        user_data: input.user_data.filter(|data| !data.is_empty()),
        instance_profile: input.iam_instance_profile,
        associate_public_ip: input.associate_public_ip_address,
        // Unlike `RunInstances`, detailed monitoring is the default here.
        monitoring: input.instance_monitoring.and_then(|m| m.enabled).unwrap_or(true),
        ebs_optimized: input.ebs_optimized.unwrap_or(false),
        spot_price: input.spot_price,
        tenancy: input.placement_tenancy,
        block_devices: input.block_device_mappings,
        metadata_options: input.metadata_options,
        created_at: view.now,
    })
}

fn check_groups(view: &View<'_>, groups: &[String]) -> Result<(), Fault> {
    let ec2 = &view.region.ec2;
    if groups.len() > MAX_GROUPS {
        return Err(validation("Too many security groups."));
    }
    if groups.iter().any(|g| g.starts_with("sg-")) && groups.iter().any(|g| !g.starts_with("sg-")) {
        return Err(validation("You must use either security group ids or security group names, not both"));
    }
    let exists = |group: &str| {
        if group.starts_with("sg-") {
            ec2.security_group(group).is_some()
        } else {
            ec2.default_vpc().is_some_and(|vpc| ec2.security_group_named(&vpc.id, group).is_some())
        }
    };
    match groups.iter().find(|group| !exists(group)) {
        Some(missing) => Err(validation(format!("The security group '{missing}' does not exist"))),
        None => Ok(()),
    }
}

fn check_profile(view: &View<'_>, profile: Option<&str>) -> Result<(), Fault> {
    let Some(name) = profile else { return Ok(()) };
    let profile = view
        .iam
        .instance_profile(name)
        .ok_or_else(|| validation(format!("Invalid IamInstanceProfile: {name}")))?;
    for role in profile.roles.iter().filter_map(|role| view.iam.role(role)) {
        iam::pass_role(view, &role.arn, "ec2.amazonaws.com")?;
    }
    Ok(())
}

fn check_user_data(data: Option<&str>) -> Result<(), Fault> {
    let Some(data) = data else { return Ok(()) };
    if data.len() > MAX_USER_DATA * 4 / 3 + 4 {
        let at_most = format!("Member must have length less than or equal to {}", MAX_USER_DATA * 4 / 3 + 2);
        return Err(constraint("(user data)", "userData", &at_most));
    }
    let stripped: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    match STANDARD.decode(stripped) {
        Ok(bytes) if bytes.len() <= MAX_USER_DATA => Ok(()),
        Ok(_) => Err(validation("User data is limited to 16384 bytes")),
        Err(_) => Err(validation("Invalid BASE64 encoding of user data")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    #[serde(default)]
    launch_configuration_names: Vec<String>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    launch_configurations: Vec<LaunchConfigurationOut>,
    next_token: Option<String>,
}

/// `DescribeLaunchConfigurations`. Unknown names are left out without a fault.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Described, Fault> {
    let names = &input.launch_configuration_names;
    let all = view.region.autoscaling.launch_configurations.values();
    let wanted = all.filter(|it| names.is_empty() || names.contains(&it.name));
    let limit = super::sizes::records(input.max_records, 50, 100)?;
    let token = input.next_token.as_deref();
    let page =
        page(wanted, |it| it.name.clone(), limit, token).map_err(|_| bad_token(token.unwrap_or_default()))?;
    Ok(Described {
        launch_configurations: page.items.into_iter().map(LaunchConfigurationOut::from).collect(),
        next_token: page.next,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    launch_configuration_name: String,
}

/// `DeleteLaunchConfiguration`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Nothing, Fault> {
    let name = input.launch_configuration_name;
    let model = &mut scope.region.autoscaling;
    if !model.launch_configurations.contains_key(&name) {
        return Err(configuration_not_found(&name));
    }
    let uses = |source: &LaunchSource| *source == LaunchSource::Configuration(name.clone());
    if let Some(group) = model.groups.values().find(|group| uses(&group.source)) {
        return Err(configuration_in_use(&name, &group.name));
    }
    model.launch_configurations.remove(&name);
    Ok(Nothing {})
}

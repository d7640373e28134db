//! What a launch template says, in and out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::instance::{Enabled, NetworkInterface, Profile};
use crate::core::fault::Fault;
use crate::services::ec2::ask::{TagSpecification, checked_tags, tag_set};
use crate::services::ec2::fault;
use crate::services::ec2::launch::check_user_data;
use crate::services::ec2::template::{TemplateData, TemplateInterface};

/// `LaunchTemplateData` as requests give it. Members that launching here does not use are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct LaunchTemplateData {
    image_id: Option<String>,
    instance_type: Option<String>,
    key_name: Option<String>,
    user_data: Option<String>,
    iam_instance_profile: Option<Profile>,
    security_group_id: Vec<String>,
    security_group: Vec<String>,
    network_interface: Vec<NetworkInterface>,
    monitoring: Option<Enabled>,
    tag_specification: Vec<TagSpecification>,
    metadata_options: Option<MetadataOptions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MetadataOptions {
    http_tokens: Option<String>,
}

/// Checks what AWS checks when a template is made: the form. What it names need not exist yet.
pub(crate) fn data(input: LaunchTemplateData) -> Result<TemplateData, Fault> {
    if input.user_data.as_deref().is_some_and(|data| check_user_data(Some(data)).is_err()) {
        let message = "Invalid BASE64 encoding of user data.";
        return Err(Fault::new("InvalidUserData.Malformed", message));
    }
    if let Some(kind) = input.instance_type.as_ref().filter(|kind| !kind.contains('.')) {
        return Err(fault::value(format!("Invalid value '{kind}' for InstanceType.")));
    }
    let has_groups = !input.security_group_id.is_empty() || !input.security_group.is_empty();
    if has_groups && !input.network_interface.is_empty() {
        return Err(fault::combination(
            "Network interfaces and an instance-level security groups may not be specified on the same request",
        ));
    }
    if input.network_interface.len() > 1 {
        let message = "Instances of this practice cloud have one network interface.";
        return Err(Fault::new("UnsupportedOperation", message));
    }
    let mut tags = BTreeMap::new();
    for specification in &input.tag_specification {
        let checked = checked_tags(specification.tags.iter())?;
        tags.insert(specification.resource_type.clone(), checked);
    }
    let profile = input.iam_instance_profile.unwrap_or_default();
    if profile.arn.is_some() && profile.name.is_some() {
        return Err(fault::combination(
            "The parameter iamInstanceProfile may have an arn or a name, not both",
        ));
    }
    let interface = input.network_interface.into_iter().next().map(|one| TemplateInterface {
        associate_public_ip: one.associate_public_ip_address,
        subnet_id: one.subnet_id,
        security_group_ids: one.security_group_id,
    });
    Ok(TemplateData {
        image_id: input.image_id,
        instance_type: input.instance_type,
        key_name: input.key_name,
        user_data: input.user_data,
        profile_arn: profile.arn,
        profile_name: profile.name,
        security_group_ids: input.security_group_id,
        security_groups: input.security_group,
        interface,
        monitoring: input.monitoring.and_then(|m| m.enabled),
        tags,
        http_tokens: input.metadata_options.and_then(|options| options.http_tokens),
    })
}

/// A version's data as EC2 shows it: only what was given.
pub(crate) fn data_shape(data: &TemplateData) -> Value {
    let profile = (data.profile_arn.is_some() || data.profile_name.is_some())
        .then(|| json!({"arn": data.profile_arn, "name": data.profile_name}));
    let interfaces = data.interface.as_ref().map(|interface| {
        json!([{
            "deviceIndex": 0,
            "associatePublicIpAddress": interface.associate_public_ip,
            "subnetId": interface.subnet_id,
            "groupSet": interface.security_group_ids,
        }])
    });
    let list = |ids: &Vec<String>| (!ids.is_empty()).then(|| ids.clone());
    let tags = data.tags.iter().map(|(kind, tags)| json!({"resourceType": kind, "tagSet": tag_set(tags)}));
    let tags: Vec<Value> = tags.collect();
    json!({
        "iamInstanceProfile": profile,
        "networkInterfaceSet": interfaces,
        "imageId": data.image_id,
        "instanceType": data.instance_type,
        "keyName": data.key_name,
        "monitoring": data.monitoring.map(|enabled| json!({"enabled": enabled})),
        "userData": data.user_data,
        "tagSpecificationSet": (!tags.is_empty()).then_some(tags),
        "securityGroupIdSet": list(&data.security_group_ids),
        "securityGroupSet": list(&data.security_groups),
        "metadataOptions": data.http_tokens.as_ref().map(|tokens| json!({"httpTokens": tokens})),
    })
}

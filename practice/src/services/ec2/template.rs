//! Launch templates as they are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::launch::LaunchSpec;
use super::model::Model;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// A launch template with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaunchTemplate {
    /// `lt-...`
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: Time,
    /// ARN of who made it.
    pub(crate) created_by: String,
    pub(crate) default_version: u64,
    /// The highest number ever given: numbers are not used again.
    pub(crate) latest_version: u64,
    /// By number.
    pub(crate) versions: BTreeMap<u64, TemplateVersion>,
}

/// One version; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TemplateVersion {
    pub(crate) description: Option<String>,
    pub(crate) created_at: Time,
    pub(crate) created_by: String,
    pub(crate) data: TemplateData,
}

/// What a version says; everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TemplateData {
    pub(crate) image_id: Option<String>,
    pub(crate) instance_type: Option<String>,
    pub(crate) key_name: Option<String>,
    /// Base64, as given.
    pub(crate) user_data: Option<String>,
    pub(crate) profile_arn: Option<String>,
    pub(crate) profile_name: Option<String>,
    pub(crate) security_group_ids: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    /// The primary network interface, if the version describes it.
    pub(crate) interface: Option<TemplateInterface>,
    pub(crate) monitoring: Option<bool>,
    /// Per resource type.
    pub(crate) tags: BTreeMap<String, Tags>,
    /// `optional` or `required` (`IMDSv2`).
    pub(crate) http_tokens: Option<String>,
}

/// A network interface of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TemplateInterface {
    pub(crate) associate_public_ip: Option<bool>,
    pub(crate) subnet_id: Option<String>,
    pub(crate) security_group_ids: Vec<String>,
}

/// The template of that id or name and the version asked for (`$Default`, `$Latest`, a number; none is the
/// default).
pub(crate) fn find<'m>(
    model: &'m Model,
    id: Option<&str>,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<(&'m LaunchTemplate, u64), Fault> {
    let template = match (id, name) {
        (Some(id), _) => model.launch_templates.get(id).ok_or_else(|| {
            let message = format!("The specified launch template, with template ID {id}, does not exist.");
            Fault::new("InvalidLaunchTemplateId.NotFound", message)
        }),
        (None, Some(name)) => model.launch_templates.values().find(|t| t.name == name).ok_or_else(|| {
            let message =
                format!("The specified launch template, with template name {name}, does not exist.");
            Fault::new("InvalidLaunchTemplateName.NotFoundException", message)
        }),
        (None, None) => Err(Fault::new(
            "MissingParameter",
            "Either the launch template ID or launch template name must be specified.",
        )),
    }?;
    let number = match version.filter(|v| !v.is_empty()) {
        None | Some("$Default") => template.default_version,
        Some("$Latest") => template.versions.keys().next_back().copied().unwrap_or_default(),
        Some(text) => text.parse().map_err(|_| {
            let message =
                format!("Invalid launch template version: must be a number, $Latest or $Default. {text}");
            Fault::new("InvalidLaunchTemplateId.VersionNotFound", message)
        })?,
    };
    if template.versions.contains_key(&number) {
        Ok((template, number))
    } else {
        let message = format!(
            "Could not find the specified version {number} for the launch template with ID {}.",
            template.id
        );
        Err(Fault::new("InvalidLaunchTemplateId.VersionNotFound", message))
    }
}

/// What a template's version asks to launch, for `RunInstances` and Auto Scaling, which may fill in the rest.
pub(crate) fn spec(
    model: &Model,
    id: Option<&str>,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<LaunchSpec, Fault> {
    let (template, number) = find(model, id, name, version)?;
    let data = template.versions.get(&number).map(|v| v.data.clone()).unwrap_or_default();
    let interface = data.interface.unwrap_or_default();
    let groups = if interface.security_group_ids.is_empty() {
        data.security_group_ids
    } else {
        interface.security_group_ids
    };
    Ok(LaunchSpec {
        image_id: data.image_id.unwrap_or_default(),
        instance_type: data.instance_type.unwrap_or_default(),
        subnet_id: interface.subnet_id,
        key_name: data.key_name,
        security_group_ids: groups,
        security_group_names: data.security_groups,
        associate_public_ip: interface.associate_public_ip,
        profile: data.profile_arn.or(data.profile_name),
        user_data: data.user_data,
        monitoring: data.monitoring.unwrap_or_default(),
        tags: data.tags.get("instance").cloned().unwrap_or_default(),
        template: Some((template.id.clone(), number)),
        ..LaunchSpec::default()
    })
}

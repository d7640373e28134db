//! From what a group launches to what EC2 is asked for.

use super::model::{Group, LaunchConfiguration, LaunchSource};
use crate::core::fault::Fault;
use crate::services::ec2::launch::LaunchSpec;
use crate::services::ec2::{self, template};
use crate::world::View;

/// What EC2 is asked to launch for a group in one subnet, or in one zone's default subnet; and the source with a
/// template's version resolved to its number.
pub(super) fn spec(
    view: &View<'_>,
    group: &Group,
    place: &Place,
) -> Result<(LaunchSpec, LaunchSource), Fault> {
    let (mut spec, source) = from_source(view, &group.source)?;
    spec.subnet_id.clone_from(&place.subnet);
    spec.zone = place.subnet.is_none().then(|| place.zone.clone());
    spec.asg_name = Some(group.name.clone());
    let propagated = group.tags.iter().filter(|(_, tag)| tag.propagate);
    spec.tags.extend(propagated.map(|(key, tag)| (key.clone(), tag.value.clone())));
    Ok((spec, source))
}

/// Where to launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Availability Zone.
    pub(super) zone: String,
    /// None: the zone's default subnet.
    pub(super) subnet: Option<String>,
}

/// What a source says, without a place.
pub(super) fn from_source(
    view: &View<'_>,
    source: &LaunchSource,
) -> Result<(LaunchSpec, LaunchSource), Fault> {
    match source {
        LaunchSource::Configuration(name) => {
            let configuration = view.region.autoscaling.launch_configurations.get(name).ok_or_else(|| {
                Fault::new("ValidationError", format!("The launch configuration {name} does not exist."))
            })?;
            Ok((from_configuration(configuration), source.clone()))
        }
        LaunchSource::Template { id, name, version } => {
            let spec = template::spec(&view.region.ec2, Some(id), None, Some(version))?;
            let number = spec.template.as_ref().map(|(_, number)| number.to_string());
            let version = number.unwrap_or_else(|| version.clone());
            Ok((spec, LaunchSource::Template { id: id.clone(), name: name.clone(), version }))
        }
    }
}

fn from_configuration(it: &LaunchConfiguration) -> LaunchSpec {
    let (ids, names) = it.security_groups.iter().cloned().partition(|group| group.starts_with("sg-"));
    LaunchSpec {
        image_id: it.image_id.clone(),
        instance_type: it.instance_type.clone(),
        key_name: it.key_name.clone(),
        security_group_ids: ids,
        security_group_names: names,
        associate_public_ip: it.associate_public_ip,
        profile: it.instance_profile.clone(),
        user_data: it.user_data.clone(),
        monitoring: it.monitoring,
        ..LaunchSpec::default()
    }
}

/// The zones of subnets, in their order and each once.
pub(super) fn zones_of(model: &ec2::model::Model, subnets: &[String]) -> Vec<String> {
    let mut zones: Vec<String> = Vec::new();
    for subnet in subnets.iter().filter_map(|id| model.subnet(id)) {
        if !zones.contains(&subnet.zone) {
            zones.push(subnet.zone.clone());
        }
    }
    zones
}

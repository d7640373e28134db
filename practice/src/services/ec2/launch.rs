//! Launching and terminating instances, for RunInstances and for Auto Scaling.

use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

/// What to launch. Everything but image and type may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LaunchSpec {
    pub(crate) image_id: String,
    pub(crate) instance_type: String,
    /// None: a default subnet.
    pub(crate) subnet_id: Option<String>,
    /// Availability Zone, when there is no subnet.
    pub(crate) zone: Option<String>,
    pub(crate) key_name: Option<String>,
    /// Empty together with the names: the VPC's default group.
    pub(crate) security_group_ids: Vec<String>,
    /// Names of groups of the default VPC.
    pub(crate) security_group_names: Vec<String>,
    /// None: as the subnet says.
    pub(crate) associate_public_ip: Option<bool>,
    /// Name or ARN of an instance profile.
    pub(crate) profile: Option<String>,
    /// Base64.
    pub(crate) user_data: Option<String>,
    pub(crate) monitoring: bool,
    pub(crate) private_ip: Option<String>,
    pub(crate) protected: bool,
    pub(crate) tags: Tags,
    /// The Auto Scaling group that launches; its `aws:autoscaling:groupName` tag is set too.
    pub(crate) asg_name: Option<String>,
    /// Launch template id and version.
    pub(crate) template: Option<(String, u64)>,
    pub(crate) client_token: Option<String>,
}

/// Whether `count` such instances could be launched now; AWS's fault if not.
pub(crate) fn check(_view: &View<'_>, _spec: &LaunchSpec, _count: u32) -> Result<(), Fault> {
    Ok(())
}

/// Launches `count` instances in one reservation and gives their ids. A fault changes nothing.
pub(crate) fn launch(scope: &mut Scope<'_>, spec: &LaunchSpec, count: u32) -> Result<Vec<String>, Fault> {
    check(&scope.view(), spec, count)?;
    Ok(vec![])
}

/// Terminates instances; those already on their way out stay so. `InvalidInstanceID.NotFound` for unknown ids.
pub(crate) fn terminate(_scope: &mut Scope<'_>, _ids: &[String]) -> Result<(), Fault> {
    Ok(())
}

//! Launching and terminating instances, for `RunInstances` and for Auto Scaling. What is launched is checked whole
//! before anything is written; the rest of an instance's life is [`super::lifecycle`].

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault;
use super::images::{self, Image};
use super::instance::{Instance, Reason, State};
use super::instance_types;
use super::lifecycle;
use super::model::{Model, Subnet};
use super::ops::security_group::no_default_vpc;
use super::ops::subnet::{RESERVED, available};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::iam;
use crate::world::{Scope, View};

/// Running vCPUs per region ("Running On-Demand Standard instances" quota of a young account).
const MAX_VCPUS: u32 = 64;
/// Instances kept per region, terminated ones included.
const MAX_INSTANCES: usize = 500;
/// Security groups of an interface (Amazon VPC quotas).
const MAX_GROUPS: usize = 5;
/// Decoded user data, in bytes.
const MAX_USER_DATA: usize = 16_384;

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
    /// `DisableApiTermination`
    pub(crate) protected: bool,
    pub(crate) tags: Tags,
    /// The Auto Scaling group that launches; its `aws:autoscaling:groupName` tag is set too.
    pub(crate) asg_name: Option<String>,
    /// Launch template id and version.
    pub(crate) template: Option<(String, u64)>,
    pub(crate) client_token: Option<String>,
}

/// A specification with everything looked up.
struct Plan {
    subnet: Subnet,
    groups: Vec<String>,
    profile_arn: Option<String>,
    private_ip: Option<Ipv4Addr>,
}

/// Whether `count` such instances could be launched now; AWS's fault if not.
pub(crate) fn check(view: &View<'_>, spec: &LaunchSpec, count: u32) -> Result<(), Fault> {
    plan(view, spec, count).map(|_| ())
}

/// Launches `count` instances in one reservation and gives their ids. A fault changes nothing.
pub(crate) fn launch(scope: &mut Scope<'_>, spec: &LaunchSpec, count: u32) -> Result<Vec<String>, Fault> {
    let plan = plan(&scope.view(), spec, count)?;
    let reservation_id = scope.region.ids.resource("r");
    let mut ids = Vec::new();
    for launch_index in 0..count {
        let id = scope.region.ids.resource("i");
        let instance = Instance {
            id: id.clone(),
            reservation_id: reservation_id.clone(),
            launch_index,
            image_id: spec.image_id.clone(),
            instance_type: spec.instance_type.clone(),
            subnet_id: plan.subnet.id.clone(),
            vpc_id: plan.subnet.vpc_id.clone(),
            interface_id: scope.region.ids.resource("eni"),
            private_ip: plan.private_ip.or_else(|| free_address(scope, &plan.subnet)),
            public_ip: None,
            wants_public_ip: spec.associate_public_ip.unwrap_or(plan.subnet.map_public_ip),
            security_groups: plan.groups.clone(),
            key_name: spec.key_name.clone(),
            profile_arn: plan.profile_arn.clone(),
            user_data: spec.user_data.clone().filter(|data| !data.is_empty()),
            monitoring: spec.monitoring,
            state: State::Stopped,
            launched_at: scope.now,
            boot_done_at: scope.now,
            reason: None,
            asg_name: spec.asg_name.clone(),
            template: spec.template.clone(),
            client_token: spec.client_token.clone(),
            protected: spec.protected,
            source_dest_check: true,
            user_data_ran: false,
            written: std::collections::BTreeMap::new(),
        };
        scope.region.ec2.set_tags(&id, tags(spec));
        scope.region.ec2.instances.insert(id.clone(), instance);
        lifecycle::power_on(scope, &id);
        ids.push(id);
    }
    Ok(ids)
}

/// Terminates instances; those already on their way out stay so. `InvalidInstanceID.NotFound` for unknown ids.
pub(crate) fn terminate(scope: &mut Scope<'_>, ids: &[String]) -> Result<(), Fault> {
    if let Some(id) = ids.iter().find(|id| scope.region.ec2.instance(id).is_none()) {
        return Err(fault::no_such("i", id));
    }
    for id in ids {
        let lasts = scope.settings.lasts(lifecycle::SHUTTING_DOWN_MS);
        let now = scope.now;
        if let Some(instance) = scope.region.ec2.instances.get_mut(id)
            && !instance.state.is_ending()
        {
            instance.state = State::ShuttingDown { terminated_at: now.plus_ms(lasts) };
            instance.reason = Some(Reason { at: now });
        }
    }
    Ok(())
}

/// The tags asked for and those AWS sets itself.
fn tags(spec: &LaunchSpec) -> Tags {
    let mut tags = spec.tags.clone();
    if let Some(name) = &spec.asg_name {
        tags.insert("aws:autoscaling:groupName".to_owned(), name.clone());
    }
    if let Some((id, version)) = &spec.template {
        tags.insert("aws:ec2launchtemplate:id".to_owned(), id.clone());
        tags.insert("aws:ec2launchtemplate:version".to_owned(), version.to_string());
    }
    tags
}

fn plan(view: &View<'_>, spec: &LaunchSpec, count: u32) -> Result<Plan, Fault> {
    let model = &view.region.ec2;
    check_hardware(view, spec)?;
    if let Some(name) = spec.key_name.as_ref().filter(|name| model.key_pair(name).is_none()) {
        return Err(fault::not_found("key", name));
    }
    check_user_data(spec.user_data.as_deref())?;
    let subnet = subnet(model, spec)?.clone();
    let groups = groups(model, spec, &subnet)?;
    let profile_arn = spec.profile.as_deref().map(|profile| profile_arn(view, profile)).transpose()?;
    let private_ip = private_ip(model, spec, &subnet, count)?;
    if available(model, &subnet) < u64::from(count) {
        let message = format!(
            "There are not enough free addresses in subnet '{}' to satisfy the requested number of instances.",
            subnet.id
        );
        return Err(Fault::new("InsufficientFreeAddressesInSubnet", message));
    }
    check_limits(model, spec, count)?;
    Ok(Plan { subnet, groups, profile_arn, private_ip })
}

/// Image and type, and that they go together.
fn check_hardware(view: &View<'_>, spec: &LaunchSpec) -> Result<(), Fault> {
    if spec.image_id.is_empty() {
        return Err(fault::missing("ImageId"));
    }
    let image: Image = images::find(&view.region.name, &spec.image_id)
        .ok_or_else(|| fault::no_such("ami", &spec.image_id))?;
    if spec.instance_type.is_empty() {
        // AWS's default type is one of the first generation.
        return Err(fault::combination(
            "Non-Windows instances with a virtualization type of 'hvm' are currently not supported for this instance type : m1.small",
        ));
    }
    let kind = instance_types::find(&spec.instance_type)
        .ok_or_else(|| fault::value(format!("Invalid value '{}' for InstanceType.", spec.instance_type)))?;
    if kind.architecture != image.architecture {
        return Err(fault::value(format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
            kind.architecture, image.architecture
        )));
    }
    Ok(())
}

/// Base64, and not too long.
pub(crate) fn check_user_data(data: Option<&str>) -> Result<(), Fault> {
    let Some(data) = data else { return Ok(()) };
    let decoded = decode(data).ok_or_else(|| fault::value("Invalid BASE64 encoding of user data."))?;
    if decoded.len() > MAX_USER_DATA {
        return Err(fault::value(format!("User data is limited to {MAX_USER_DATA} bytes")));
    }
    Ok(())
}

/// User data as the instance sees it. Line breaks inside the base64 are accepted, as AWS does.
pub(crate) fn decode(data: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

fn subnet<'m>(model: &'m Model, spec: &LaunchSpec) -> Result<&'m Subnet, Fault> {
    if let Some(id) = spec.subnet_id.as_ref().filter(|id| !id.is_empty()) {
        return model.subnet(id).ok_or_else(|| fault::not_found("subnet", id));
    }
    let vpc = model.default_vpc().ok_or_else(no_default_vpc)?;
    let in_zone = |subnet: &&Subnet| spec.zone.as_ref().is_none_or(|zone| subnet.zone == *zone);
    let defaults = model.subnets.values().filter(|s| s.vpc_id == vpc.id && s.default_for_az).filter(in_zone);
    defaults.min_by(|a, b| a.zone.cmp(&b.zone)).ok_or_else(|| {
        let message = format!("No subnets found for the default VPC '{}'. Please specify a subnet.", vpc.id);
        Fault::new("MissingInput", message)
    })
}

fn groups(model: &Model, spec: &LaunchSpec, subnet: &Subnet) -> Result<Vec<String>, Fault> {
    let mut groups: Vec<String> = Vec::new();
    let is_default = model.vpc(&subnet.vpc_id).is_some_and(|vpc| vpc.is_default);
    if !spec.security_group_names.is_empty() && !is_default {
        return Err(fault::combination("The parameter groupName cannot be used with the parameter subnet"));
    }
    for id in &spec.security_group_ids {
        let group = model.security_group(id).ok_or_else(|| match fault::no_such("sg", id) {
            malformed if malformed.code.ends_with("Malformed") => malformed,
            _ => {
                let message = format!("The security group '{id}' does not exist in VPC '{}'", subnet.vpc_id);
                Fault::new("InvalidGroup.NotFound", message)
            }
        })?;
        if group.vpc_id != subnet.vpc_id {
            let message =
                format!("Security group {id} and subnet {} belong to different networks.", subnet.id);
            return Err(Fault::new("InvalidParameter", message));
        }
        groups.push(group.id.clone());
    }
    for name in &spec.security_group_names {
        let group = model.security_group_named(&subnet.vpc_id, name).ok_or_else(|| {
            let message =
                format!("The security group '{name}' does not exist in default VPC '{}'", subnet.vpc_id);
            Fault::new("InvalidGroup.NotFound", message)
        })?;
        groups.push(group.id.clone());
    }
    if groups.is_empty() {
        groups.extend(model.security_group_named(&subnet.vpc_id, "default").map(|group| group.id.clone()));
    }
    checked_groups(groups)
}

/// Groups without repetition, if they are not too many for an interface.
pub(crate) fn checked_groups(groups: Vec<String>) -> Result<Vec<String>, Fault> {
    let mut once: Vec<String> = Vec::new();
    for id in groups {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    if once.len() > MAX_GROUPS {
        let message = "The maximum number of security groups per interface has been reached.";
        return Err(Fault::new("SecurityGroupsPerInterfaceLimitExceeded", message));
    }
    Ok(once)
}

/// The ARN of an instance profile given by name or ARN. It needs a role, which the caller may pass to EC2.
pub(crate) fn profile_arn(view: &View<'_>, given: &str) -> Result<String, Fault> {
    let profile = view.iam.instance_profile(given).ok_or_else(|| {
        let (member, what) = if given.starts_with("arn:") { ("arn", "ARN") } else { ("name", "name") };
        let why = format!("Invalid IAM Instance Profile {what}");
        fault::invalid(&format!("iamInstanceProfile.{member}"), given, &why)
    })?;
    let role = view.iam.profile_role(given).ok_or_else(|| {
        fault::value(format!("IAM Instance Profile \"{}\" has no associated IAM Roles", profile.arn))
    })?;
    iam::pass_role(view, &role.arn, "ec2.amazonaws.com")?;
    Ok(profile.arn.clone())
}

fn private_ip(
    model: &Model,
    spec: &LaunchSpec,
    subnet: &Subnet,
    count: u32,
) -> Result<Option<Ipv4Addr>, Fault> {
    let Some(text) = spec.private_ip.as_deref() else { return Ok(None) };
    if count != 1 {
        return Err(fault::combination("The parameter privateIpAddress can only be used with one instance"));
    }
    address_in(model, subnet, text).map(Some)
}

/// An address asked for in a subnet, if it is free.
pub(crate) fn address_in(model: &Model, subnet: &Subnet, text: &str) -> Result<Ipv4Addr, Fault> {
    let ip: Ipv4Addr = text.parse().map_err(|_| fault::invalid("address", text, "Invalid IPv4 address."))?;
    if !usable(subnet).any(|usable| usable == ip) {
        return Err(fault::value("Address does not fall within the subnet's address range"));
    }
    if model.private_ips_in(&subnet.id).any(|taken| taken == ip) {
        return Err(Fault::new("InvalidIPAddress.InUse", format!("Address {ip} is in use.")));
    }
    Ok(ip)
}

/// The addresses AWS gives out in a subnet: not the first four nor the last.
fn usable(subnet: &Subnet) -> impl Iterator<Item = Ipv4Addr> {
    let cidr = subnet.cidr;
    (RESERVED - 1..cidr.size() - 1).filter_map(move |offset| cidr.at(offset))
}

/// A free address, anywhere in the subnet as AWS picks them. None when it is full.
pub(crate) fn free_address(scope: &mut Scope<'_>, subnet: &Subnet) -> Option<Ipv4Addr> {
    let taken: BTreeSet<Ipv4Addr> = scope.region.ec2.private_ips_in(&subnet.id).collect();
    let many = subnet.cidr.size().saturating_sub(RESERVED).max(1);
    let start = scope.region.ids.bits() % many;
    let offsets = (0..many).map(|step| (start + step) % many + RESERVED - 1);
    offsets.filter_map(|offset| subnet.cidr.at(offset)).find(|ip| !taken.contains(ip))
}

fn check_limits(model: &Model, spec: &LaunchSpec, count: u32) -> Result<(), Fault> {
    let vcpus = |kind: &str| instance_types::find(kind).map_or(0, |kind| kind.vcpus);
    let running: u32 =
        model.instances.values().filter(|i| i.private_ip.is_some()).map(|i| vcpus(&i.instance_type)).sum();
    let more = vcpus(&spec.instance_type).saturating_mul(count);
    if running.saturating_add(more) > MAX_VCPUS {
        let message = format!(
            "You have requested more vCPU capacity than your current vCPU limit of {MAX_VCPUS} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        );
        return Err(Fault::new("VcpuLimitExceeded", message));
    }
    if model.instances.len().saturating_add(usize::try_from(count).unwrap_or(usize::MAX)) > MAX_INSTANCES {
        let message = "Request limit exceeded.";
        return Err(Fault::new("RequestLimitExceeded", message).with_status(503));
    }
    Ok(())
}

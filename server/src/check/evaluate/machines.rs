//! Role, launch source, Auto Scaling group, container instances.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{ImageHas, LaunchSource};
use crate::check::explain::{joining, not_as_asked, not_there};
use crate::check::facts::{Fact, LaunchFrom, Role};
use crate::check::machine::{self, Told};
use crate::check::{Verdict, find, iam};

impl Judge<'_> {
    pub(super) fn iam_role(
        &mut self,
        name: &str,
        trusted_by: Option<&str>,
        allows: &[String],
        profile: Option<&str>,
    ) -> Judged {
        let Some(role) = one(&self.facts.roles, name, "the role")? else {
            return Err(not_there("role", name, "global (IAM has no regions)")
                .next("Create the role with its trust policy.")
                .failed());
        };
        let what = format!("The role {name}");
        if let Some(service) = trusted_by.filter(|service| !iam::trusts(&role.trust, service)) {
            let named = iam::trusted_services(&role.trust).join(", ");
            let is = if named.is_empty() { "names no service".to_owned() } else { format!("names {named}") };
            return Err(not_as_asked(&what, "Trust policy", is, format!("{service} may call sts:AssumeRole"))
                .next("Change the role's trust policy.")
                .command(format!(
                    "aws iam update-assume-role-policy --role-name {name} --policy-document file://weave-ecs-role.json"
                ))
                .failed());
        }
        Self::allowed(role, &what, allows)?;
        let Some(profile) = profile.map(machine::last_part) else { return Ok(Verdict::Passed) };
        match one(&self.facts.instance_profiles, profile, "the instance profile")? {
            None => Err(not_there("instance profile", profile, "global (IAM has no regions)")
                .next("Create the instance profile, and put the role into it.")
                .failed()),
            Some(roles) if !roles.iter().any(|role| role == name) => {
                let is = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
                Err(not_as_asked(&format!("The instance profile {profile}"), "Role in the profile", is, name)
                    .next("Put the role into the instance profile.")
                    .command(format!(
                        "aws iam add-role-to-instance-profile --instance-profile-name {profile} --role-name {name}"
                    ))
                    .failed())
            }
            Some(_) => Ok(Verdict::Passed),
        }
    }

    fn allowed(role: &Role, what: &str, allows: &[String]) -> Result<(), Verdict> {
        let documents = || role.policies.iter().map(|p| p.document.as_str());
        let of = |action: &str| iam::evaluate(documents(), action, "*");
        let denied: Vec<&str> =
            allows.iter().map(String::as_str).filter(|a| of(a) == iam::Says::Denied).collect();
        let missing: Vec<&str> =
            allows.iter().map(String::as_str).filter(|a| of(a) == iam::Says::Nothing).collect();
        if denied.is_empty() && missing.is_empty() {
            return Ok(());
        }
        if denied.is_empty()
            && let Some((policy, trouble)) = role.unread.first()
        {
            return Err(Verdict::CannotTell { reason: format!("{policy} could not be read: {trouble}") });
        }
        let policies: Vec<&str> = role.policies.iter().map(|p| p.name.as_str()).collect();
        let cause = not_as_asked(
            what,
            "Allowed actions",
            format!("{} of {}", allows.len() - denied.len() - missing.len(), allows.len()),
            allows.join(", "),
        )
        .seen("Policies", if policies.is_empty() { "none".to_owned() } else { policies.join(", ") })
        .seen_if("Allowed by no policy", (!missing.is_empty()).then(|| missing.join(", ")))
        .seen_if("Denied", (!denied.is_empty()).then(|| denied.join(", ")));
        let next = if denied.is_empty() {
            "Put the policy on the role, with every action of the list on resource *."
        } else {
            "Take the Deny away: it wins over every Allow."
        };
        Err(cause.next(next).failed())
    }

    pub(super) fn launch_source(&mut self, of: &LaunchSource) -> Judged {
        let Some(from) = one(&self.facts.launches, &of.name, "the launch configuration")? else {
            return Err(not_there("launch configuration or launch template", &of.name, &self.facts.region)
                .next("Create the launch configuration.")
                .failed());
        };
        if let Some(wanted) = of.image {
            self.image(from, wanted)?;
        }
        if let Some(cluster) = &of.cluster {
            let told = machine::cluster_in(&from.launch.user_data);
            if told != Some(cluster.as_str()) {
                let cause = joining::wrong_cluster(cluster, Some(&from.launch.user_data), told);
                return Err(cause.seen("Launch source", &from.name).failed());
            }
        }
        if let Some(profile) = &of.instance_profile {
            let wanted = machine::last_part(profile);
            match from.launch.instance_profile.as_deref().map(machine::last_part) {
                None => {
                    return Err(joining::profile_missing().seen(&from.name, "no instance profile").failed());
                }
                Some(is) if is != wanted => {
                    return Err(not_as_asked(&format!("The launch source {}", from.name), "Instance profile", is, wanted)
                        .next("Create it again with this instance profile: a launch configuration cannot be changed.")
                        .failed());
                }
                Some(_) => {}
            }
        }
        if let Some(wanted) = of.public_address {
            self.public_address(from, wanted)?;
        }
        if let Some(name) = &of.security_group {
            let groups = seen(self.facts.security_groups.as_ref(), "the security groups")?;
            let given = &from.launch.security_groups;
            let by_name = |id: &String| {
                groups.iter().find(|g| g.group_id == *id).map_or(id.clone(), |g| g.group_name.clone())
            };
            let names: Vec<String> = given.iter().map(by_name).collect();
            if !names.contains(name) {
                let is = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(not_as_asked(
                    &format!("The launch source {}", from.name),
                    "Security groups",
                    is,
                    name,
                )
                .next("Create it again with this security group: a launch configuration cannot be changed.")
                .failed());
            }
        }
        Ok(Verdict::Passed)
    }

    fn image(&self, from: &LaunchFrom, wanted: ImageHas) -> Result<(), Verdict> {
        let id = &from.launch.image_id;
        let Some(image) = one(&self.facts.images, id, "the image")? else {
            return Err(not_as_asked(
                &format!("The launch source {}", from.name),
                "Image",
                format!("{id}, which does not exist in {}", self.facts.region),
                "the image of your region",
            )
            .next("Create it again with the image of your region: image ids differ from region to region.")
            .failed());
        };
        if machine::has_agent(image) == Told::No {
            return Err(joining::no_agent_in(id, Some(&image.name))
                .seen("Launch source", &from.name)
                .failed());
        }
        if wanted == ImageHas::EcsAgentAndWeave && machine::has_weave(image) == Told::No {
            return Err(not_as_asked(
                &format!("The launch source {}", from.name),
                "Image",
                format!("{}: the ECS agent, and no Weave Net", image.name),
                "a Weave ECS image",
            )
            .next("Create it again with the Weave ECS image of your region.")
            .failed());
        }
        Ok(())
    }

    /// A launch source that says nothing leaves it to the subnet.
    fn public_address(&self, from: &LaunchFrom, wanted: bool) -> Result<(), Verdict> {
        let by_subnet = self
            .facts
            .names
            .subnet
            .as_deref()
            .and_then(|name| find::subnet(self.facts, name))
            .is_some_and(|found| found.it.map_public_ip_on_launch);
        let gives = from.launch.public_address.unwrap_or(by_subnet);
        if gives == wanted {
            return Ok(());
        }
        Err(not_as_asked(
            &format!("The launch source {}", from.name),
            "AssociatePublicIpAddress",
            from.launch
                .public_address
                .map_or("not set, and the subnet gives none".to_owned(), |v| v.to_string()),
            wanted.to_string(),
        )
        .next("Create it again with --associate-public-ip-address: a launch configuration cannot be changed.")
        .failed())
    }

    pub(super) fn auto_scaling_group(&mut self, name: &str, at_least: u32, subnet: Option<&str>) -> Judged {
        let groups = seen(self.facts.groups.as_ref(), "the Auto Scaling groups")?;
        let Some(group) = find::group(self.facts, name) else {
            let similar = find::similar(name, groups.iter().map(|g| g.name.as_str()));
            return Err(not_there("Auto Scaling group", name, &self.facts.region)
                .near("Similar names", similar)
                .next("Create the Auto Scaling group.")
                .failed());
        };
        let what = format!("The Auto Scaling group {name}");
        if let Some(status) = &group.status {
            return Err(not_as_asked(&what, "Status", status, "none: a group in use has no status")
                .next("Wait until the group is deleted, and create it again.")
                .failed());
        }
        if i64::from(group.desired) < i64::from(at_least) {
            return Err(joining::too_small(group, at_least));
        }
        if let Some(name) = subnet {
            seen(self.facts.subnets.as_ref(), "the subnets")?;
            let found = find::subnet(self.facts, name);
            if let Some(found) = found.filter(|f| !group.subnets.contains(&f.it.subnet_id)) {
                return Err(not_as_asked(&what, "Subnets", group.subnets.join(", "), &found.it.subnet_id)
                    .next("Let the group use your subnet.")
                    .command(format!(
                        "aws autoscaling update-auto-scaling-group --auto-scaling-group-name {} --vpc-zone-identifier {}",
                        group.name, found.it.subnet_id
                    ))
                    .failed());
            }
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn container_instances(&mut self, cluster: &str, wanted: u32, group: Option<&str>) -> Judged {
        seen(self.facts.container_instances.get(cluster), "the container instances")?;
        let joined = find::joined(self.facts, cluster).len();
        if u32::try_from(joined).unwrap_or(u32::MAX) >= wanted {
            return Ok(Verdict::Passed);
        }
        if let Some(Fact::Known(of)) = self.facts.clusters.get(cluster)
            && of.as_ref().is_none_or(|c| c.status != "ACTIVE")
        {
            return Err(not_there("active cluster", cluster, &self.facts.region)
                .next("Create the cluster: instances join it by its name.")
                .failed());
        }
        let group = group.or_else(|| find::group_of_cluster(self.facts, cluster));
        Err(joining::verdict(self.facts, cluster, group, wanted, self.check.waits.as_ref()))
    }
}

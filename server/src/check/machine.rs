//! What is on a machine and what it was told: image, user data, launch source, age.

use super::facts::{Facts, LaunchFrom};
use super::find::{self, all, known};
use crate::cloud::ec2::{Image, Instance};

/// The name at the end of an ARN, or the name itself.
pub(super) fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What comes after the account in an ARN: `targetgroup/web/1234`.
pub(super) fn resource(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or(arn)
}

/// Whether something is so, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Yes,
    No,
    Unclear,
}

/// Image families that AWS and the distributions publish without an ECS agent.
const PLAIN: &[&str] = &[
    "al2023-ami-2023",
    "al2023-ami-minimal",
    "al2023-ami-kernel",
    "amzn2-ami-hvm",
    "amzn2-ami-kernel",
    "amzn2-ami-minimal",
    "amzn-ami-hvm",
    "amzn-ami-minimal",
    "ubuntu/",
    "debian-",
    "rhel-",
    "suse-",
    "windows_server-",
];

/// Whether an image holds the ECS agent, by the names AWS gives its images. An image of somebody's own stays unclear.
pub(super) fn has_agent(image: &Image) -> Told {
    let name = image.name.to_lowercase();
    let description = image.description.to_lowercase();
    let says = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "ecs")
            || text.contains("ecs_optimized")
    };
    if says(&name) || says(&description) || description.contains("container service") {
        Told::Yes
    } else if PLAIN.iter().any(|family| name.starts_with(family)) {
        Told::No
    } else {
        Told::Unclear
    }
}

/// Whether an image holds Weave Net.
pub(super) fn has_weave(image: &Image) -> Told {
    let text = format!("{} {}", image.name, image.description).to_lowercase();
    if text.contains("weave") {
        Told::Yes
    } else if has_agent(image) == Told::No || text.contains("ami-ecs-") {
        Told::No
    } else {
        Told::Unclear
    }
}

/// The cluster that user data puts into the agent's configuration, the last one where it is said several times. What is commented
/// out, and what does not go to a file named ecs.config, is not said.
pub(super) fn cluster_in(user_data: &str) -> Option<&str> {
    if !user_data.contains("ecs.config") || !is_run(user_data) {
        return None;
    }
    user_data
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') || line.starts_with("#!"))
        .filter_map(|line| {
            let (_, after) = line.rsplit_once("ECS_CLUSTER=")?;
            let after = after.trim_start_matches(['"', '\'']);
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            let name = after.get(..end.unwrap_or(after.len()))?;
            Some(name).filter(|name| !name.is_empty())
        })
        .next_back()
}

/// Whether cloud-init takes the text for something to run.
pub(super) fn is_run(user_data: &str) -> bool {
    [
        "#!",
        "#cloud-config",
        "#cloud-boothook",
        "#include",
        "Content-Type:",
        "MIME-Version:",
        "## template: jinja",
    ]
    .iter()
    .any(|start| user_data.trim_start_matches('\u{feff}').starts_with(start))
}

/// What a launch configuration or template of that name holds.
pub(super) fn launch<'a>(facts: &'a Facts, name: &str) -> Option<&'a LaunchFrom> {
    known(facts.launches.get(name))?.as_ref()
}

/// The name of what an instance was launched from: the group remembers it for each instance.
pub(super) fn launched_from<'a>(facts: &'a Facts, instance_id: &str, group: Option<&str>) -> Option<&'a str> {
    let groups = all(facts.groups.as_ref());
    let of = groups.iter().find(|g| g.instances.iter().any(|i| i.instance_id == instance_id));
    let of = of.or_else(|| groups.iter().find(|g| Some(g.name.as_str()) == group))?;
    of.instances
        .iter()
        .find(|i| i.instance_id == instance_id)
        .and_then(|i| i.launch.as_deref())
        .or(of.launch.as_deref())
}

/// The image of an instance, where it can be seen.
pub(super) fn image<'a>(facts: &'a Facts, image_id: &str) -> Option<&'a Image> {
    known(facts.images.get(image_id))?.as_ref()
}

/// Seconds since an instance was launched.
pub(super) fn age(facts: &Facts, instance: &Instance) -> Option<i64> {
    instance.launch_time.map(|launched| facts.age(launched))
}

/// Whether an instance was launched by a group.
pub(super) fn is_of(instance: &Instance, group: &str) -> bool {
    instance.tags.get("aws:autoscaling:groupName").is_some_and(|name| name == group)
}

/// The machines that should be in the cluster and are not: those of the group, or where no group is named, those that run the
/// lab's VPC. Machines that are going away are not waited for.
pub(super) fn not_joined<'a>(facts: &'a Facts, cluster: &str, group: Option<&str>) -> Vec<&'a Instance> {
    let joined: Vec<&str> = find::joined(facts, cluster).iter().map(|c| c.instance_id.as_str()).collect();
    let members: Vec<&str> = group
        .and_then(|name| find::group(facts, name))
        .map(|g| g.instances.iter().map(|i| i.instance_id.as_str()).collect())
        .unwrap_or_default();
    let vpc = find::vpc(facts).map(|found| found.it.vpc_id.as_str());
    all(facts.instances.as_ref())
        .iter()
        .filter(|i| i.state == "running" || i.state == "pending")
        .filter(|i| match group {
            Some(group) => is_of(i, group) || members.contains(&i.instance_id.as_str()),
            None => Some(i.vpc_id.as_str()) == vpc,
        })
        .filter(|i| !joined.contains(&i.instance_id.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Image {
        Image { name: name.to_owned(), ..Image::default() }
    }

    #[test]
    fn images_are_told_by_their_names() {
        for (name, agent, weave) in [
            ("al2023-ami-ecs-hvm-2023.0.20261030-kernel-6.1-x86_64", Told::Yes, Told::No),
            ("amzn2-ami-ecs-hvm-2.0.20260623-x86_64-ebs", Told::Yes, Told::No),
            ("Weaveworks ECS Image (2017-04-03)", Told::Yes, Told::Yes),
            ("al2023-ami-2023.9.20261020.0-kernel-6.1-x86_64", Told::No, Told::No),
            ("ubuntu/images/hvm-ssd/ubuntu-noble-24.04", Told::No, Told::No),
            ("our-own-image-7", Told::Unclear, Told::Unclear),
            ("secs-and-specs", Told::Unclear, Told::Unclear),
        ] {
            assert_eq!((has_agent(&named(name)), has_weave(&named(name))), (agent, weave), "{name}");
        }
    }

    #[test]
    fn user_data_says_which_cluster() {
        let file = "/etc/ecs/ecs.config";
        for (text, cluster) in [
            (format!("#!/bin/bash\necho ECS_CLUSTER=mine >> {file}\n"), Some("mine")),
            (format!("#!/bin/sh\necho 'ECS_CLUSTER=\"mine\"' >> {file}"), Some("mine")),
            (format!("#!/bin/sh\ncat <<E >> {file}\nECS_CLUSTER=a\nECS_CLUSTER=b-2\nE\n"), Some("b-2")),
            (format!("#!/bin/sh\n# echo ECS_CLUSTER=mine >> {file}\n"), None),
            (format!("echo ECS_CLUSTER=mine >> {file}\n"), None),
            ("#!/bin/sh\nexport ECS_CLUSTER=mine\n".to_owned(), None),
            (format!("#!/bin/sh\necho ECS_CLUSTER= >> {file}\n"), None),
            (String::new(), None),
        ] {
            assert_eq!(cluster_in(&text), cluster, "{text}");
        }
    }
}

//! Instances run, but the cluster has fewer container instances than asked for.

use super::{Because, because, not_as_asked, not_there, usual, wait_or, way};
use crate::catalog::check::Waits;
use crate::check::facts::{Fact, Facts, Group};
use crate::check::machine::{self, Told};
use crate::check::{Verdict, find, iam};
use crate::cloud::ec2::Instance;

/// Why fewer than `wanted` instances have joined, or what is still on its way.
pub(in crate::check) fn verdict(
    facts: &Facts,
    cluster: &str,
    group: Option<&str>,
    wanted: u32,
    waits: Option<&Waits>,
) -> Verdict {
    let joined = find::joined(facts, cluster).len();
    let group = match group.map(|name| (name, find::group(facts, name))) {
        Some((name, None)) if find::known(facts.groups.as_ref()).is_some() => {
            return not_there("Auto Scaling group", name, &facts.region)
                .next("Create the Auto Scaling group first: it starts the instances that join.")
                .failed();
        }
        Some((_, group)) => group,
        None => None,
    };
    if let Some(group) = group.filter(|g| i64::from(g.desired) < i64::from(wanted)) {
        return too_small(group, wanted);
    }
    let name = group.map(|g| g.name.as_str());
    let missing = machine::not_joined(facts, cluster, name);
    let causes: Vec<_> = missing.iter().filter_map(|i| why_not(facts, cluster, i, name, waits)).collect();
    let proven = causes.len();
    if let Some(first) = causes.into_iter().next() {
        let count = format!("{joined} of {wanted} have joined; {proven} of the others have this cause");
        return first.seen("Container instances", count).failed();
    }
    if missing.is_empty() {
        return nothing_launched(facts, cluster, group, wanted, waits);
    }
    let youngest = missing.iter().filter_map(|i| machine::age(facts, i)).min();
    wait_or(waits, "instances to boot and their agents to register", youngest, || {
        let mut late =
            not_there("container instance for", &format!("{} of the machines", missing.len()), &facts.region)
                .seen("Container instances", format!("{joined} of {wanted} in {cluster}"))
                .untouched(false);
        for instance in missing.iter().take(2) {
            let log = find::known(facts.console.get(&instance.instance_id));
            late = late.seen_if(
                format!("System log of {}", instance.instance_id),
                log.map(|log| {
                    log.lines()
                        .rev()
                        .take(4)
                        .collect::<Vec<_>>()
                        .into_iter()
                        .rev()
                        .collect::<Vec<_>>()
                        .join(" / ")
                }),
            );
        }
        late.next("Read the system log of one of the instances: it says how far the boot and the agent came.")
            .command(format!(
                "aws ec2 get-console-output --instance-id {} --query Output --output text",
                missing.first().map_or("ID", |i| i.instance_id.as_str())
            ))
    })
}

/// For a group that wants fewer instances than it should.
pub(in crate::check) fn too_small(group: &Group, wanted: u32) -> Verdict {
    not_as_asked(
        &format!("The Auto Scaling group {}", group.name),
        "Desired capacity",
        group.desired.to_string(),
        format!("at least {wanted}"),
    )
    .next(format!("Set the group's desired capacity to {wanted}."))
    .command(format!(
        "aws autoscaling update-auto-scaling-group --auto-scaling-group-name {} --max-size {wanted} --desired-capacity {wanted}",
        group.name
    ))
    .failed()
}

fn nothing_launched(
    facts: &Facts,
    cluster: &str,
    group: Option<&Group>,
    wanted: u32,
    waits: Option<&Waits>,
) -> Verdict {
    let activities = group.map(|g| find::all(facts.activities.get(&g.name))).unwrap_or_default();
    if let (Some(group), Some(newest)) = (group, activities.first().filter(|a| a.status == "Failed")) {
        let message = newest.message.as_deref().unwrap_or(&newest.description);
        // EC2 does not even start an instance whose profile is empty.
        if message.contains("has no associated IAM Roles") {
            let profile = machine::last_part(message.split('"').nth(1).unwrap_or("of the group"));
            return empty_profile(profile)
                .seen("Newest scaling activity", format!("Failed: {message}"))
                .next("Put the role into the profile; the group tries again by itself.")
                .failed();
        }
        return not_as_asked(
            &format!("The Auto Scaling group {}", group.name),
            "Newest scaling activity",
            format!("Failed: {message}"),
            "Successful",
        )
        .next("Mend what the scaling activity complains about; the group tries again by itself.")
        .failed();
    }
    let since = group.and_then(|g| g.created_at).map(|at| facts.age(at));
    let disconnected = find::all(facts.container_instances.get(cluster)).iter().find(|c| !c.agent_connected);
    if let Some(instance) = disconnected {
        return wait_or(waits, "the agents to connect again", since, || {
            not_as_asked(
                "The container instance",
                "Agent connected",
                format!("no, on {}", instance.instance_id),
                "yes",
            )
            .next("Look at the instance: the agent has lost its connection to ECS.")
        });
    }
    wait_or(waits, "instances to be launched", since, || {
        not_there("container instance in", cluster, &facts.region)
            .seen("Container instances", format!("{} of {wanted}", find::joined(facts, cluster).len()))
            .next("Create the Auto Scaling group that starts the instances.")
    })
}

/// The first broken link between one machine and its place in the cluster.
fn why_not(
    facts: &Facts,
    cluster: &str,
    instance: &Instance,
    group: Option<&str>,
    waits: Option<&Waits>,
) -> Option<Because> {
    no_agent(facts, instance, waits)
        .or_else(|| no_profile(instance))
        .or_else(|| no_permission(facts, cluster, instance))
        .or_else(|| way::no_way(facts, instance))
        .or_else(|| other_cluster(facts, cluster, instance, group))
}

fn no_agent(facts: &Facts, instance: &Instance, waits: Option<&Waits>) -> Option<Because> {
    let image = machine::image(facts, &instance.image_id);
    let told = image.map_or(Told::Unclear, machine::has_agent);
    let log = find::known(facts.console.get(&instance.instance_id)).filter(|log| !log.trim().is_empty());
    let silent = log.is_some_and(|log| !log.to_lowercase().contains("ecs"));
    let old = machine::age(facts, instance).is_some_and(|age| age > i64::from(usual(waits)));
    if !(told == Told::No || (told == Told::Unclear && silent && old)) {
        return None;
    }
    Some(
        no_agent_in(&instance.image_id, image.map(|i| i.name.as_str()))
            .seen(
                format!("Instance {}", instance.instance_id),
                format!("launched from {}", instance.image_id),
            )
            .seen_if("System log", log.filter(|_| silent).map(|_| "no line about an ECS agent".to_owned())),
    )
}

/// For an image that provably has no agent.
pub(in crate::check) fn no_agent_in(image_id: &str, name: Option<&str>) -> Because {
    because(
        "ami-without-agent",
        "The machine image has no ECS agent",
        "Joining a cluster is the work of the ECS agent, a program on the machine. This image does not contain it, so the \
         machine boots well and never asks ECS for anything.",
    )
    .seen(format!("Image {image_id}"), name.unwrap_or("has no name").to_owned())
    .next(
        "Make a launch configuration with the Weave ECS image of your region, point the group at it, and terminate the \
         instances: the group replaces them.",
    )
}

fn no_profile(instance: &Instance) -> Option<Because> {
    if instance.instance_profile_arn.is_some() {
        return None;
    }
    Some(profile_missing().seen(format!("Instance {}", instance.instance_id), "IamInstanceProfile is empty"))
}

/// For instances that carry no profile, or will not.
pub(in crate::check) fn profile_missing() -> Because {
    because(
        "no-instance-profile",
        "The instances carry no instance profile",
        "The agent calls ECS with the credentials of the instance's role, and it gets them through the instance profile. Without \
         one it has no credentials, and ECS refuses it.",
    )
    .next(
        "Make a launch configuration with --iam-instance-profile, point the group at it, and terminate the instances: the \
         group replaces them.",
    )
}

fn cannot_register(profile: &str) -> Because {
    because(
        "role-cannot-register",
        "The instances' role may not register with ECS",
        "The agent joins by calling ecs:DiscoverPollEndpoint and ecs:RegisterContainerInstance as the instance's role. That \
         takes a role in the instance profile, a trust policy that names EC2, and both permissions.",
    )
    .seen("Instance profile", profile)
}

fn empty_profile(profile: &str) -> Because {
    cannot_register(profile).seen("What is missing", "the profile holds no role").command(format!(
        "aws iam add-role-to-instance-profile --instance-profile-name {profile} --role-name ROLE"
    ))
}

fn no_permission(facts: &Facts, cluster: &str, instance: &Instance) -> Option<Because> {
    let profile = machine::last_part(instance.instance_profile_arn.as_deref()?);
    let broken = || cannot_register(profile);
    let roles = match facts.instance_profiles.get(profile)? {
        Fact::Known(Some(roles)) => roles,
        Fact::Known(None) => {
            return Some(
                broken()
                    .seen("What is missing", "the profile has been deleted")
                    .next("Create the profile and put the role into it."),
            );
        }
        Fact::Unknown(_) => return None,
    };
    let Some(name) = roles.first() else {
        return Some(empty_profile(profile).next("Put the role into the profile; the agents keep trying."));
    };
    let role = match facts.roles.get(name)? {
        Fact::Known(Some(role)) => role,
        Fact::Known(None) => {
            return Some(
                broken()
                    .seen("What is missing", format!("the role {name} has been deleted"))
                    .next("Create the role again and put it into the profile."),
            );
        }
        Fact::Unknown(_) => return None,
    };
    let broken = || broken().seen("Role", name.as_str());
    if !iam::trusts(&role.trust, "ec2.amazonaws.com") {
        let named = iam::trusted_services(&role.trust).join(", ");
        return Some(
            broken()
                .seen("Trust policy", if named.is_empty() { "names no service".to_owned() } else { format!("names {named}") })
                .seen("What is missing", "EC2 (ec2.amazonaws.com) may not assume the role")
                .next("Change the role's trust policy so that it names ec2.amazonaws.com.")
                .command(format!(
                    "aws iam update-assume-role-policy --role-name {name} --policy-document file://weave-ecs-role.json"
                )),
        );
    }
    let arn = match facts.clusters.get(cluster) {
        Some(Fact::Known(Some(cluster))) => cluster.arn.as_str(),
        _ => "*",
    };
    ["ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance"].into_iter().find_map(|action| {
        let documents = || role.policies.iter().map(|p| p.document.as_str());
        let says = [arn, "*"].map(|resource| iam::evaluate(documents(), action, resource));
        let word = if says.contains(&iam::Says::Denied) {
            "denied by an explicit Deny"
        } else if says.contains(&iam::Says::Allowed) || !role.unread.is_empty() {
            return None;
        } else {
            "allowed by none of its policies"
        };
        let policies: Vec<&str> = role.policies.iter().map(|p| p.name.as_str()).collect();
        Some(
            broken()
                .seen("Policies", if policies.is_empty() { "none".to_owned() } else { policies.join(", ") })
                .seen("What is missing", format!("{action} is {word}"))
                .next(format!("Allow {action} in the role's policy; the agents keep trying.")),
        )
    })
}

fn other_cluster(facts: &Facts, cluster: &str, instance: &Instance, group: Option<&str>) -> Option<Because> {
    let from = machine::launched_from(facts, &instance.instance_id, group)
        .and_then(|name| machine::launch(facts, name));
    let told = from.and_then(|from| machine::cluster_in(&from.launch.user_data));
    let elsewhere = facts.container_instances.iter().find_map(|(name, _)| {
        let here = find::joined_ids(facts, name).contains(&instance.instance_id);
        (name != cluster && here).then_some(name.as_str())
    });
    if elsewhere.is_none() && (from.is_none() || told == Some(cluster)) {
        return None;
    }
    Some(wrong_cluster(cluster, from.map(|f| f.launch.user_data.as_str()), told).seen_if(
        "Found in another cluster",
        elsewhere.map(|name| format!("{} has joined {name}", instance.instance_id)),
    ))
}

/// For user data that does not name the cluster.
pub(in crate::check) fn wrong_cluster(cluster: &str, user_data: Option<&str>, told: Option<&str>) -> Because {
    let shown = match (user_data, told) {
        (None, _) => None,
        (Some(text), _) if text.trim().is_empty() => Some("empty".to_owned()),
        (Some(text), None) if !machine::is_run(text) => {
            Some(format!("does not begin with #!, so nothing of it runs: {text}"))
        }
        (Some(_), Some(name)) => Some(format!("sets ECS_CLUSTER={name}")),
        (Some(text), None) => Some(format!("puts no ECS_CLUSTER into /etc/ecs/ecs.config: {text}")),
    };
    because(
        "agent-joins-default-cluster",
        "The agent was not told your cluster's name",
        format!(
            "The agent reads its cluster from ECS_CLUSTER in /etc/ecs/ecs.config, which the user data writes at first boot. Without \
             that line it joins a cluster named default instead of {cluster}."
        ),
    )
    .seen_if("User data", shown)
    .seen("Should set", format!("ECS_CLUSTER={cluster} in /etc/ecs/ecs.config"))
    .next(
        "Make a launch configuration whose user data sets ECS_CLUSTER, point the group at it, and terminate the instances: \
         the group replaces them.",
    )
}

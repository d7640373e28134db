//! A machine outside AWS is not in the cluster. Follows "External instances" (Amazon ECS) and "Hybrid activations"
//! (Systems Manager).

use super::{Because, because, not_there, wait_or};
use crate::catalog::check::{ContainerInstances, Waits};
use crate::check::facts::{Activation, Facts, ManagedInstance, Role, Service};
use crate::check::{Verdict, find, iam, machine};

/// Why too few external instances are active, or what is waited for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    of: &ContainerInstances,
    joined: usize,
    waits: Option<&Waits>,
) -> Verdict {
    let inside: Vec<_> = find::all(facts.container_instances.get(&of.cluster))
        .iter()
        .filter(|one| one.is_external())
        .collect();
    let draining: Vec<_> = inside.iter().copied().filter(|one| one.status == "DRAINING").collect();
    if !draining.is_empty() {
        return super::capacity::draining(&of.cluster, &draining, &Service::default()).failed();
    }
    let role = facts.names.machine_role.as_deref();
    let of_role = |name: &str| role.is_none_or(|role| machine::last_part(name) == role);
    let machines: Vec<&ManagedInstance> =
        find::all(facts.managed_instances.as_ref()).iter().filter(|one| of_role(&one.iam_role)).collect();
    if machines.is_empty() {
        return no_machine(facts, role).failed();
    }
    for machine in &machines {
        let elsewhere = facts.container_instances.iter().find(|(name, all)| {
            **name != of.cluster
                && find::all(Some(all)).iter().any(|one| one.instance_id == machine.instance_id)
        });
        if let Some((other, _)) = elsewhere {
            return because(
                "agent-joins-default-cluster",
                "The machine has joined another cluster",
                "The agent registers its machine in the cluster it is told by name, in the cluster `default` if it is told none. The machine is \
                 in another cluster than the step's.",
            )
            .seen(format!("Machine {}", machine.instance_id), format!("in cluster {other}"))
            .seen("Should be in", &of.cluster)
            .next("Deregister it there, and join it again with the cluster's name.")
            .command(format!(
                "aws ecs list-container-instances --cluster {other} --query containerInstanceArns --output text"
            ))
            .failed();
        }
    }
    wait_or(waits, "the machine's agent to register", None, || {
        not_there("external instance in", &of.cluster, &facts.region)
            .seen("External instances", format!("{joined} of {}", of.joined))
            .seen(
                "Known to Systems Manager",
                machines.iter().map(|one| one.instance_id.as_str()).collect::<Vec<_>>().join(", "),
            )
            .next("Start the ECS agent on the machine, with the cluster's name.")
    })
}

fn no_machine(facts: &Facts, role: Option<&str>) -> Because {
    let mine = |one: &&Activation| role.is_none_or(|role| machine::last_part(&one.iam_role) == role);
    let activations: Vec<&Activation> = find::all(facts.activations.as_ref()).iter().filter(mine).collect();
    if let Some(role) = role
        && activations.is_empty()
    {
        let known = find::known(facts.roles.get(role)).and_then(Option::as_ref);
        return match known.filter(|role| !iam::trusts(&role.trust, "ssm.amazonaws.com")) {
            Some(role) => role_not_trusted(role),
            None => not_there("activation for role", role, &facts.region).next("Create an activation first."),
        };
    }
    if let Some(first) = activations.first()
        && activations.iter().all(|one| one.left() == 0)
    {
        return used_up(first);
    }
    let mut cause = because(
        "machine-not-registered",
        "No machine has used the activation",
        "An activation is a ticket. A machine hands it in to Systems Manager, gets an id that begins with mi-, and can then run the ECS agent. \
         None has done so.",
    );
    for one in activations.iter().take(2) {
        cause = cause.seen(
            format!("Activation {}", one.activation_id),
            format!("{} of {} registrations used", one.registrations_count, one.registration_limit),
        );
    }
    cause.untouched(true).next("Run the join script on the machine, with the activation's id and code.")
}

/// The ticket is worth nothing any more.
pub(in crate::check) fn used_up(one: &Activation) -> Because {
    let state = if one.expired { "expired".to_owned() } else { "not expired".to_owned() };
    because(
        "activation-used-up",
        "The activation registers no more machines",
        "An activation registers so many machines, until it expires. This one has expired or has registered as many as it may.",
    )
    .seen(
        format!("Activation {}", one.activation_id),
        format!("{} of {} registrations used, {state}", one.registrations_count, one.registration_limit),
    )
    .next("Create another activation.")
    .command(format!("aws ssm create-activation --iam-role {} --registration-limit 1", machine::last_part(&one.iam_role)))
}

/// Systems Manager may not hand out the role.
pub(in crate::check) fn role_not_trusted(role: &Role) -> Because {
    let named = iam::trusted_services(&role.trust).join(", ");
    because(
        "role-not-for-systems-manager",
        "Systems Manager may not use the role",
        "A machine outside AWS gets its credentials from Systems Manager, which has to be allowed to assume the role. The role's trust policy names \
         another service, so the activation is refused.",
    )
    .seen(format!("Trust policy of {}", role.name), if named.is_empty() { "names no service".to_owned() } else { named })
    .seen("Should name", "ssm.amazonaws.com")
    .next("Let ssm.amazonaws.com assume the role.")
    .command(format!("aws iam update-assume-role-policy --role-name {} --policy-document file://machine-role.json", role.name))
}

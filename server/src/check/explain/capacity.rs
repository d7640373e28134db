//! There is capacity, and not of the kind, in the state or at the size that a service needs.

use super::{Because, because};
use crate::catalog::check::Placement;
use crate::check::evaluate::tasks_by_instance;
use crate::check::facts::{Cluster, ContainerInstance, Facts, Service, Task};
use crate::check::{find, machine};

/// Why the instances of a cluster are not for this service, if that is so.
pub(in crate::check) fn unusable(facts: &Facts, cluster: &str, service: &Service) -> Option<Because> {
    let all = find::all(facts.container_instances.get(cluster));
    let external = service.launch_type.as_deref() == Some("EXTERNAL");
    let mine: Vec<&ContainerInstance> = all.iter().filter(|one| one.is_external() == external).collect();
    if mine.is_empty() && !all.is_empty() && !external && service.launch_type.is_some() {
        return Some(not_external(service, all));
    }
    if mine.is_empty() || mine.iter().any(|one| one.status != "DRAINING") {
        return None;
    }
    Some(draining(cluster, &mine, service))
}

fn not_external(service: &Service, all: &[ContainerInstance]) -> Because {
    let launch = service.launch_type.as_deref().unwrap_or("EC2");
    because(
        "launch-type-not-external",
        format!("The service asks for {launch} capacity, and the machine is external"),
        "ECS places tasks of the launch type EXTERNAL on machines outside AWS, and no others. The cluster has only such machines.",
    )
    .seen("Launch type of the service", launch)
    .seen("Instances", all.iter().map(|one| one.instance_id.as_str()).collect::<Vec<_>>().join(", "))
    .seen_if("Event", service.events.first().map(|event| event.message.clone()))
    .next("Delete the service, and create it with --launch-type EXTERNAL: the launch type cannot be changed.")
}

/// Instances that take no new tasks.
pub(in crate::check) fn draining(cluster: &str, mine: &[&ContainerInstance], service: &Service) -> Because {
    let first = mine.first().map_or("INSTANCE", |one| machine::last_part(&one.arn));
    let mut cause = because(
        "instance-draining",
        "The instance is being drained",
        "A container instance in the state DRAINING keeps what it must and gets no new tasks, until somebody sets it ACTIVE again.",
    );
    for one in mine.iter().take(3) {
        cause = cause.seen(format!("Container instance {}", one.instance_id), &one.status);
    }
    cause
        .seen_if("Event", service.events.first().map(|event| event.message.clone()))
        .next("Set the instance ACTIVE.")
        .command(format!(
            "aws ecs update-container-instances-state --cluster {cluster} --container-instances {first} --status ACTIVE"
        ))
}

/// A capacity provider's group that may not grow, while tasks wait for instances.
pub(in crate::check) fn group_at_maximum(
    facts: &Facts,
    service: &Service,
    tasks: &[&Task],
) -> Option<Because> {
    let waiting = tasks
        .iter()
        .filter(|task| task.last_status == "PROVISIONING" && task.container_instance.is_none())
        .count();
    if waiting == 0 {
        return None;
    }
    service.capacity_providers.iter().find_map(|name| {
        let provider = find::known(facts.capacity_providers.get(name))?.as_ref()?;
        let group = find::group(facts, provider.group.as_deref()?)?;
        let at_work = group.instances.iter().filter(|one| one.lifecycle == "InService").count();
        let wanted = usize::try_from(group.desired).unwrap_or(0);
        if group.desired < group.max || at_work < wanted {
            return None;
        }
        Some(
            because(
                "group-at-maximum",
                "The Auto Scaling group may not grow",
                "Tasks wait in PROVISIONING for another instance. The capacity provider would add one, but the Auto Scaling group is at its \
                 maximum size.",
            )
            .seen("Tasks in PROVISIONING", waiting.to_string())
            .seen(
                format!("Auto Scaling group {}", group.name),
                format!("min {}, desired {}, max {}", group.min, group.desired, group.max),
            )
            .seen("Capacity provider", name)
            .next("Let the group have more instances.")
            .command(format!(
                "aws autoscaling update-auto-scaling-group --auto-scaling-group-name {} --max-size {}",
                group.name,
                group.max + 2
            )),
        )
    })
}

/// The cluster does not know the capacity provider.
pub(in crate::check) fn not_in_cluster(name: &str, cluster_name: &str, cluster: Option<&Cluster>) -> Because {
    let known = cluster.map(|of| of.capacity_providers.join(", ")).filter(|list| !list.is_empty());
    because(
        "capacity-provider-not-in-cluster",
        "The cluster does not know the capacity provider",
        "A capacity provider exists by itself. Services of a cluster can use it only once it is in the cluster's list.",
    )
    .seen(format!("Capacity providers of {cluster_name}"), known.unwrap_or_else(|| "none".to_owned()))
    .seen("Should include", name)
    .next("Put the capacity provider into the cluster's list.")
    .command(format!(
        "aws ecs put-cluster-capacity-providers --cluster {cluster_name} --capacity-providers {name} \
         --default-capacity-provider-strategy capacityProvider={name}"
    ))
}

/// The service was given another placement strategy.
pub(in crate::check) fn strategy_differs(facts: &Facts, of: &Placement, service: &Service) -> Because {
    let words = |of_type: &str, field: Option<&str>| match field {
        Some(field) => format!("{of_type} by {field}"),
        None => of_type.to_owned(),
    };
    let is = match service.placement.first() {
        Some((of_type, field)) => words(of_type, field.as_deref()),
        None => "none: spread over Availability Zones".to_owned(),
    };
    let (of_type, field) = (of.strategy.of_type.as_str(), of.strategy.field.as_deref());
    let mut cause = because(
        "placement-strategy-differs",
        "The service has another placement strategy",
        "The strategy decides where a task goes when it is started. Tasks that run stay where they are.",
    )
    .seen("First strategy", is)
    .seen("Should be", words(of_type, field));
    for (instance, count) in tasks_by_instance(facts, &of.cluster, &of.service) {
        cause = cause.seen(format!("On {instance}"), format!("{count} tasks"));
    }
    let field = field.map(|field| format!(",field={field}")).unwrap_or_default();
    cause.next("Update the service with this strategy, and force a new deployment.").command(format!(
        "aws ecs update-service --cluster {} --service {} --placement-strategy type={of_type}{field} --force-new-deployment",
        of.cluster, of.service
    ))
}

/// The service keeps a number where it should keep one for each instance, or the other way round.
pub(in crate::check) fn scheduling_differs(
    facts: &Facts,
    cluster: &str,
    service: &Service,
    wanted: &str,
) -> Because {
    because(
        "scheduling-strategy-differs",
        format!("The service is not a {wanted} service"),
        "REPLICA keeps a number of tasks, wherever they fit; DAEMON keeps one on every instance. A service keeps the strategy it was created \
         with.",
    )
    .seen("Scheduling strategy", &service.scheduling)
    .seen("Should be", wanted)
    .seen("Desired count and instances", format!("{} tasks, {} instances", service.desired, find::joined(facts, cluster).len()))
    .next(format!("Delete the service, and create it with --scheduling-strategy {wanted}."))
    .command(format!("aws ecs delete-service --cluster {cluster} --service {} --force", service.name))
}

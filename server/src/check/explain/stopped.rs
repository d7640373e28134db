//! A task stopped before it ran, or did not go on running: which of the known ways it was. Follows "Stopped task error
//! messages" (Amazon ECS). Reads the words of ECS, and claims more than they say only where the facts bear it out.

use super::{Because, because};
use crate::check::facts::{Facts, Service, Task, TaskDefinition};
use crate::check::{find, machine};

/// The cause of a task's end, if it is one of those that can be told.
pub(in crate::check) fn cause(facts: &Facts, service: &Service, task: &Task) -> Option<Because> {
    let mut said: Vec<&str> = task.stopped_reason.as_deref().into_iter().collect();
    said.extend(task.containers.iter().filter_map(|container| container.reason.as_deref()));
    let said = said.join(" · ");
    let has = |words: &[&str]| {
        let said = said.to_lowercase();
        words.iter().any(|word| said.contains(&word.to_lowercase()))
    };
    let definition = find::known(facts.task_definitions.get(&task.task_definition)).and_then(Option::as_ref);
    let starting = has(&["ResourceInitializationError", "CannotPull"]);
    let timed_out = has(&[
        "i/o timeout",
        "deadline exceeded",
        "request canceled",
        "dial tcp",
        "connection issue",
        "Client.Timeout",
    ]);
    let found = if has(&["unable to assume the role"]) {
        role(definition)
    } else if starting
        && has(&["log group does not exist", "log group", "awslogs"])
        && has(&["not exist", "ResourceNotFound"])
    {
        log_group(facts, definition)
    } else if has(&["AccessDenied", "not authorized to perform"]) {
        permission(definition)
    } else if starting
        && has(&["secret", "parameter"])
        && has(&["not found", "can't find", "ResourceNotFound", "invalid"])
    {
        because(
            "secret-missing",
            "A secret of the task definition does not exist",
            "Before a container starts, ECS fetches the values its task definition refers to. One of them is not there.",
        )
        .next("Create the secret or parameter, or correct valueFrom and register a new revision.")
    } else if has(&["EFS", "mount.nfs", "failed to invoke EFS utils"]) && starting {
        because(
            "file-system-unreachable",
            "The file system cannot be mounted",
            "Tasks mount an EFS file system over TCP 2049 of the mount target in their Availability Zone. There is no mount target there, or \
             its security group lets nothing in from the tasks.",
        )
        .next("Let in TCP 2049 from the tasks' group on the mount targets' group.")
    } else if has(&["OutOfMemory"]) {
        because(
            "container-out-of-memory",
            "A container used more memory than it may",
            "The kernel kills a container that goes beyond its hard limit of memory.",
        )
        .seen_if("Memory of the task", definition.and_then(|of| of.memory).map(|mib| format!("{mib} MiB")))
        .next("Give the container more memory in a new revision, or find out what it needs so much for.")
    } else if has(&["CannotPull"])
        && !timed_out
        && has(&["not found", "manifest unknown", "does not exist", "denied"])
    {
        image(definition)
    } else if starting && timed_out {
        way_out(facts, service)?
    } else if task.stop_code.as_deref() == Some("EssentialContainerExited") {
        exits(task, definition)
    } else {
        return None;
    };
    let id = machine::last_part(&task.arn);
    Some(found.seen(
        format!("Task {}", id.get(..8).unwrap_or(id)),
        format!("{}: {said}", task.stop_code.as_deref().unwrap_or_default()),
    ))
}

fn role(definition: Option<&TaskDefinition>) -> Because {
    let role = definition.and_then(|of| of.execution_role.as_deref()).map(machine::last_part);
    because(
        "role-cannot-be-assumed",
        "ECS may not use the role",
        "A role's trust policy says who may assume it. For a task's roles that has to be ecs-tasks.amazonaws.com.",
    )
    .seen_if("Execution role", role.map(str::to_owned))
    .next("Let ecs-tasks.amazonaws.com assume the role.")
    .command(format!(
        "aws iam update-assume-role-policy --role-name {} --policy-document file://trust.json",
        role.unwrap_or("ROLE")
    ))
}

fn log_group(facts: &Facts, definition: Option<&TaskDefinition>) -> Because {
    let name = definition
        .and_then(|of| of.containers.iter().find_map(|container| container.log_group.clone()))
        .unwrap_or_default();
    let similar = find::similar(
        &name,
        find::all(facts.log_groups.as_ref()).iter().map(|of| of.log_group_name.as_str()),
    );
    because(
        "log-group-missing",
        "The log group does not exist",
        "A container that logs to CloudWatch Logs starts only once its log stream has been made. The log group it names is not there, and \
         nobody makes it.",
    )
    .seen("awslogs-group", &name)
    .seen_if("Similar log groups", similar)
    .next("Create the log group: the service tries again by itself.")
    .command(format!("aws logs create-log-group --log-group-name {name}"))
}

fn permission(definition: Option<&TaskDefinition>) -> Because {
    let role = definition.and_then(|of| of.execution_role.as_deref()).map(machine::last_part);
    because(
        "execution-role-lacks-permission",
        "The execution role lacks a permission",
        "Before a container starts, ECS acts with the task's execution role: it fetches images and secrets, and makes log streams. One of \
         these calls was denied.",
    )
    .seen_if("Execution role", role.map(str::to_owned))
    .next("Attach AmazonECSTaskExecutionRolePolicy to the execution role, or allow the action that is named.")
    .command(format!(
        "aws iam attach-role-policy --role-name {} --policy-arn \
         arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        role.unwrap_or("ROLE")
    ))
}

fn image(definition: Option<&TaskDefinition>) -> Because {
    let images: Vec<&str> =
        definition.map(|of| of.containers.iter().map(|c| c.image.as_str()).collect()).unwrap_or_default();
    because(
        "image-not-found",
        "The registry has no such image",
        "The registry answers, and says that it has no image of this name and tag, or none for you.",
    )
    .seen("Images", images.join(", "))
    .next("Register a revision with an image that exists, and update the service to it.")
}

/// The tasks have no way to the registry, if their subnets bear that out.
fn way_out(facts: &Facts, service: &Service) -> Option<Because> {
    find::known(facts.route_tables.as_ref())?;
    let subnets = find::all(facts.subnets.as_ref());
    let mut told = Vec::new();
    let mut blocked = false;
    for id in &service.subnets {
        let vpc = subnets.iter().find(|subnet| subnet.subnet_id == *id).map(|subnet| subnet.vpc_id.as_str());
        let table = find::route_table(facts, id, vpc.unwrap_or_default());
        let default =
            table.and_then(|table| table.routes.iter().find(|route| route.destination == "0.0.0.0/0"));
        let out = default.is_some_and(|route| {
            route.state == "active" && (!route.target.starts_with("igw-") || service.public_address)
        });
        blocked |= !out;
        told.push((
            format!("Default route of {id}"),
            default.map_or_else(|| "none".to_owned(), |route| format!("{} ({})", route.target, route.state)),
        ));
    }
    if !blocked {
        return None;
    }
    let mut cause = because(
        "task-no-way-out",
        "The task has no way to the image registry",
        "A task with an interface of its own reaches the registry, and AWS's endpoints, from that interface: with a public address through an \
         internet gateway, without one through a NAT gateway or VPC endpoints. Here there is neither.",
    )
    .seen("Public address", if service.public_address { "assigned" } else { "not assigned" });
    for (label, value) in told {
        cause = cause.seen(label, value);
    }
    Some(
        cause
            .next(
                "Give the subnets a way out (a NAT gateway in a public subnet and a default route to it), or run the tasks in public subnets with \
                 assignPublicIp=ENABLED. Then force a new deployment.",
            )
            .command(format!("aws ecs update-service --service {} --force-new-deployment --cluster CLUSTER", service.name)),
    )
}

/// A task without a service has come to an end of its own, and not the one that is asked for.
pub(in crate::check) fn ended(facts: &Facts, task: &Task) -> Because {
    let definition = find::known(facts.task_definitions.get(&task.task_definition)).and_then(Option::as_ref);
    let id = machine::last_part(&task.arn);
    exits(task, definition).seen(
        format!("Task {}", id.get(..8).unwrap_or(id)),
        task.stopped_reason.clone().unwrap_or_else(|| task.last_status.clone()),
    )
}

fn exits(task: &Task, definition: Option<&TaskDefinition>) -> Because {
    let ended = task.containers.iter().find(|container| container.exit_code.is_some());
    let log =
        definition.and_then(|of| of.containers.iter().find_map(|container| container.log_group.clone()));
    because(
        "container-exits",
        "An essential container ends by itself",
        "A task lives as long as its essential containers. The program of one of them came to its end, so the task stopped.",
    )
    .seen_if("Container", ended.map(|c| format!("{}: exit code {}", c.name, c.exit_code.unwrap_or_default())))
    .seen_if("Its log", log)
    .next("Read what the container has logged, and correct its command or image in a new revision.")
}

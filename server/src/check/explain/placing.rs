//! A service runs fewer tasks than it should: no place for them, or they stop again.

use super::{Because, because, capacity, converging, not_there, stopped, targets, wait_or};
use crate::catalog::check::Waits;
use crate::check::facts::{ContainerInstance, Facts, Service, Task, TaskDefinition};
use crate::check::{Verdict, find, machine};

/// What a task takes from an instance.
#[derive(Debug, Default)]
struct Takes {
    cpu: i64,
    memory: i64,
    ports: Vec<i32>,
}

/// What is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    Memory,
    Cpu,
    Port,
}

/// Why a service is not steady, or what it waits for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    cluster: &str,
    service: &Service,
    waits: Option<&Waits>,
) -> Verdict {
    let newest = newest_deployment(service);
    let tasks: Vec<&Task> = find::all(facts.tasks.get(cluster))
        .iter()
        .filter(|t| t.group == format!("service:{}", service.name))
        .collect();
    let last = tasks.iter().filter_map(|t| t.created_at).chain(newest).max();
    let elapsed = last.map(|at| facts.age(at));
    let under_way = || converging(waits, "tasks to be placed and started", elapsed.unwrap_or_default());

    let known = find::known(facts.container_instances.get(cluster)).is_some();
    let lacks = i64::from(service.running) < i64::from(service.desired);
    if let Some(cause) = capacity::unusable(facts, cluster, service).filter(|_| lacks) {
        return cause.failed();
    }
    let machines = find::joined(facts, cluster);
    // Fargate has a place for every task.
    let on_fargate = service.launch_type.as_deref() == Some("FARGATE")
        || service.capacity_providers.iter().any(|name| name.starts_with("FARGATE"));
    if known && machines.is_empty() && service.desired > 0 && !on_fargate {
        return nowhere(facts, cluster, service, waits);
    }
    if let Some(cause) = stops(facts, cluster, &tasks, service, newest) {
        return cause.failed();
    }
    if let Some(cause) = capacity::group_at_maximum(facts, service, &tasks) {
        return cause.failed();
    }
    let leaving = tasks.iter().any(|t| t.desired_status == "STOPPED" && t.last_status != "STOPPED");
    let starting = tasks.iter().any(|t| t.desired_status == "RUNNING" && t.last_status != "RUNNING");
    let said = unable(service, newest);
    let late = elapsed.is_some_and(|seconds| seconds > i64::from(super::usual(waits)));
    if !leaving
        && (said.is_some() || late)
        && let Some(short) = find::known(facts.task_definitions.get(&service.task_definition))
            .and_then(Option::as_ref)
            .and_then(|of| no_room(facts, cluster, service, of, &machines, said, starting))
    {
        return short.failed();
    }
    if starting || leaving || service.pending > 0 {
        return under_way();
    }
    wait_or(waits, "tasks to be placed and started", elapsed, || {
        not_there("steady state of service", &service.name, &facts.region)
            .seen("Running", format!("{} of {}", service.running, service.desired))
            .seen("Deployments", service.deployments.len().to_string())
            .seen_if("Newest event", service.events.first().map(|e| e.message.clone()))
            .next("Read the service's events: they say what it is doing, newest first.")
            .command(format!(
                "aws ecs describe-services --cluster {cluster} --services {} --query 'services[0].events[:5].message'",
                service.name
            ))
    })
}

fn newest_deployment(service: &Service) -> Option<i64> {
    service.deployments.iter().filter_map(|d| d.created_at).max().or(service.created_at)
}

/// The event that says why nothing is placed, unless something has changed since.
fn unable(service: &Service, since: Option<i64>) -> Option<&str> {
    for event in &service.events {
        if event.message.contains("unable to place") {
            let fresh = event.at.zip(since).is_none_or(|(at, since)| at >= since);
            return fresh.then_some(event.message.as_str());
        }
        if event.message.contains("steady state") || event.message.contains("has started") {
            return None;
        }
    }
    None
}

fn nowhere(facts: &Facts, cluster: &str, service: &Service, waits: Option<&Waits>) -> Verdict {
    let group = facts.names.group.as_deref().and_then(|name| find::group(facts, name));
    let booting = machine::not_joined(facts, cluster, facts.names.group.as_deref());
    // Booting takes its own time, whatever the service's usual time is.
    let youngest = booting.iter().filter_map(|i| machine::age(facts, i)).min();
    if let Some(age) = youngest.filter(|age| *age < 240) {
        return converging(waits, "instances to join the cluster", age);
    }
    let next = if group.is_some_and(|g| g.desired > 0) {
        "Find out why the group's instances have not joined the cluster: the step that starts them says so."
    } else {
        "Set the group's desired capacity to 3 and wait for the instances to join."
    };
    let cause = because(
        "no-container-instances",
        "There is no instance to place tasks on",
        "A task on EC2 capacity needs a container instance: a machine whose agent has joined the cluster and is connected. The \
         cluster has none.",
    )
    .seen_if("Event", unable(service, None).map(str::to_owned))
    .seen("Container instances", format!("0 active and connected in {cluster}"))
    .seen_if("Auto Scaling group", group.map(|g| format!("{}: desired capacity {}", g.name, g.desired)))
    .next(next);
    match group.filter(|g| g.desired == 0) {
        Some(group) => cause.command(format!(
            "aws autoscaling update-auto-scaling-group --auto-scaling-group-name {} --max-size 3 --desired-capacity 3",
            group.name
        )),
        None => cause,
    }
    .failed()
}

fn takes(of: &TaskDefinition) -> Takes {
    let reserve =
        |c: &crate::check::facts::ContainerDefinition| c.memory_reservation.or(c.memory).unwrap_or_default();
    Takes {
        cpu: of.cpu.unwrap_or_else(|| of.containers.iter().fold(0_i64, |sum, c| sum.saturating_add(c.cpu))),
        memory: of
            .memory
            .unwrap_or_else(|| of.containers.iter().fold(0_i64, |sum, c| sum.saturating_add(reserve(c)))),
        ports: if of.network_mode.as_deref() == Some("awsvpc") {
            Vec::new()
        } else {
            let tcp = of.containers.iter().flat_map(|c| &c.ports).filter(|p| p.protocol != "udp");
            tcp.map(|p| p.host).filter(|host| *host != 0).collect()
        },
    }
}

fn port_taken(takes: &Takes, on: &ContainerInstance) -> Option<i32> {
    takes.ports.iter().copied().find(|port| on.remaining.ports.contains(&port.to_string()))
}

fn no_room(
    facts: &Facts,
    cluster: &str,
    service: &Service,
    of: &TaskDefinition,
    machines: &[&ContainerInstance],
    said: Option<&str>,
    starting: bool,
) -> Option<Because> {
    let takes = takes(of);
    let short = what_is_short(&takes, machines, said, starting)?;
    let number = |value: i64, unit: &str| format!("{value} {unit}");
    let event = said.map(str::to_owned);
    Some(match short {
        Short::Memory => {
            let closest = machines.iter().max_by_key(|m| m.remaining.memory)?;
            because(
                "not-enough-memory",
                "No instance has enough memory left",
                "A task reserves the memory of all its containers together, on one instance. No instance of the cluster has that \
                 much free.",
            )
            .seen_if("Event", event)
            .seen(format!("Task {}:{}", of.family, of.revision), number(takes.memory, "MiB"))
            .seen(
                format!("Closest instance {}", closest.instance_id),
                format!("{} MiB free of {} MiB", closest.remaining.memory, closest.registered.memory),
            )
            .next("Register a revision that reserves less memory, and update the service to it.")
        }
        Short::Cpu => {
            let closest = machines.iter().max_by_key(|m| m.remaining.cpu)?;
            because(
                "not-enough-cpu",
                "No instance has enough CPU units left",
                "A task reserves the CPU units of all its containers together, on one instance; 1024 units are one vCPU. No instance \
                 of the cluster has that many free.",
            )
            .seen_if("Event", event)
            .seen(format!("Task {}:{}", of.family, of.revision), number(takes.cpu, "CPU units"))
            .seen(
                format!("Closest instance {}", closest.instance_id),
                format!("{} CPU units free of {}", closest.remaining.cpu, closest.registered.cpu),
            )
            .next("Register a revision that reserves less CPU, and update the service to it.")
        }
        Short::Port => port_in_use(facts, cluster, service, &takes, machines).seen_if("Event", event),
    })
}

fn what_is_short(
    takes: &Takes,
    machines: &[&ContainerInstance],
    said: Option<&str>,
    starting: bool,
) -> Option<Short> {
    let every =
        |test: &dyn Fn(&ContainerInstance) -> bool| !machines.is_empty() && machines.iter().all(|m| test(m));
    // What no instance could hold even when empty comes before what is merely taken at the moment.
    if every(&|m| m.registered.memory < takes.memory) {
        return Some(Short::Memory);
    }
    if every(&|m| m.registered.cpu < takes.cpu) {
        return Some(Short::Cpu);
    }
    let said = said.unwrap_or_default();
    if said.contains("port")
        && every(&|m| {
            port_taken(takes, m).is_some() || m.remaining.memory < takes.memory || m.remaining.cpu < takes.cpu
        })
    {
        return Some(Short::Port);
    }
    if said.contains("memory")
        && every(&|m| m.remaining.memory < takes.memory || port_taken(takes, m).is_some())
    {
        return Some(Short::Memory);
    }
    if said.contains("CPU") && every(&|m| m.remaining.cpu < takes.cpu || port_taken(takes, m).is_some()) {
        return Some(Short::Cpu);
    }
    if starting {
        return None;
    }
    if every(&|m| port_taken(takes, m).is_some()) {
        return Some(Short::Port);
    }
    if every(&|m| m.remaining.memory < takes.memory) {
        return Some(Short::Memory);
    }
    every(&|m| m.remaining.cpu < takes.cpu).then_some(Short::Cpu)
}

fn port_in_use(
    facts: &Facts,
    cluster: &str,
    service: &Service,
    takes: &Takes,
    machines: &[&ContainerInstance],
) -> Because {
    let port = machines
        .iter()
        .find_map(|m| port_taken(takes, m))
        .or(takes.ports.first().copied())
        .unwrap_or_default();
    let holders: Vec<String> = find::running_tasks(facts, cluster)
        .into_iter()
        .filter(|t| t.containers.iter().any(|c| c.host_ports.contains(&port)))
        .filter_map(|t| {
            let on = machines.iter().find(|m| Some(&m.arn) == t.container_instance.as_ref())?;
            Some(format!("{} on {}", short_id(&t.arn), on.instance_id))
        })
        .collect();
    let rolling = service.deployments.len() > 1
        && i64::from(service.desired) <= i64::try_from(machines.len()).unwrap_or(i64::MAX);
    let (next, command) = if rolling {
        (
            "Let the service stop old tasks before it starts new ones: minimumHealthyPercent below 100."
                .to_owned(),
            format!(
                "aws ecs update-service --cluster {cluster} --service {} --deployment-configuration minimumHealthyPercent=0,maximumPercent=100",
                service.name
            ),
        )
    } else {
        (
            format!(
                "Set the desired count to the number of instances, {}, or add an instance.",
                machines.len()
            ),
            format!(
                "aws ecs update-service --cluster {cluster} --service {} --desired-count {}",
                service.name,
                machines.len()
            ),
        )
    };
    because(
        "host-port-in-use",
        format!("Host port {port} is taken on every instance"),
        "A host has each port once. A task with a fixed host port therefore needs an instance to itself, and every instance \
         already has one.",
    )
    .seen("Desired count and instances", format!("{} tasks, {} instances", service.desired, machines.len()))
    .seen_if(format!("Tasks that hold port {port}"), (!holders.is_empty()).then(|| holders.join(", ")))
    .next(next)
    .command(command)
}

/// Tasks that start and stop again.
fn stops(
    facts: &Facts,
    cluster: &str,
    tasks: &[&Task],
    service: &Service,
    since: Option<i64>,
) -> Option<Because> {
    let of_now = |t: &&&Task| {
        t.last_status == "STOPPED"
            && t.task_definition == service.task_definition
            && t.created_at.zip(since).is_none_or(|(at, since)| at >= since)
    };
    let with = |code: &str| -> Vec<&&Task> {
        tasks.iter().filter(of_now).filter(|t| t.stop_code.as_deref() == Some(code)).collect()
    };
    let failed = with("TaskFailedToStart");
    let exited = with("EssentialContainerExited");
    let ended = if !failed.is_empty() {
        failed
    } else if exited.len() > 1 {
        exited
    } else {
        return behind_balancer(facts, cluster, service);
    };
    let newest = ended.iter().max_by_key(|t| t.stopped_at)?;
    // A service that has recovered is not accused of its past. Tasks of an older revision prove nothing.
    let now = || {
        tasks.iter().filter(|t| t.last_status == "RUNNING" && t.task_definition == service.task_definition)
    };
    let enough = i32::try_from(now().count()).is_ok_and(|count| count >= service.desired);
    if enough || now().filter_map(|t| t.started_at).max() > newest.stopped_at {
        return None;
    }
    if let Some(cause) = stopped::cause(facts, service, newest) {
        return Some(cause.seen("Stopped tasks of this revision", ended.len().to_string()));
    }
    let container =
        newest.containers.iter().find(|c| c.exit_code.is_some_and(|c| c != 0) || c.reason.is_some());
    Some(
        because(
            "tasks-stop",
            "Tasks are placed and stop again",
            "The service finds room for its tasks, but they do not stay: they cannot start, or an essential container ends and takes the \
             task with it. The service tries again, with longer and longer pauses.",
        )
        .seen("Stopped tasks of this revision", ended.len().to_string())
        .seen(format!("Task {}", short_id(&newest.arn)), newest.stop_code.clone().unwrap_or_default())
        .seen_if("Stopped reason", newest.stopped_reason.clone())
        .seen_if(
            "Container",
            container.map(|c| {
                let exit = c.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
                format!("{}{exit} {}", c.name, c.reason.as_deref().unwrap_or_default()).trim().to_owned()
            }),
        )
        .next("Mend what the stopped reason names, register a new revision, and update the service to it."),
    )
}

/// What is wrong between the service's load balancer and its tasks.
fn behind_balancer(facts: &Facts, cluster: &str, service: &Service) -> Option<Because> {
    service.load_balancers.iter().find_map(|of| {
        let groups = find::all(facts.target_groups.as_ref());
        let group = groups.iter().find(|group| group.arn == of.target_group)?;
        let health = find::all(facts.target_health.get(&group.arn));
        targets::trouble(facts, cluster, service, group, health)
    })
}

fn short_id(arn: &str) -> &str {
    let id = machine::last_part(arn);
    id.get(..8).unwrap_or(id)
}

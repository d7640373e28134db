//! Targets do not get healthy. Follows "Target group health checks" and "Troubleshoot your Application Load Balancers"
//! (Elastic Load Balancing).

use super::{Because, because, converging, not_there, placing, usual, wait_or, way};
use crate::catalog::check::{TargetsHealthy, Waits};
use crate::check::facts::{Facts, LoadBalancer, Service, TargetGroup, TargetHealth, Task};
use crate::check::{Verdict, find};
use crate::cloud::ec2::SecurityGroup;

/// Tasks that end so soon after their start have not been given the time to start.
const SHORT_LIFE: i64 = 120;

/// Why there are too few healthy targets, or what is waited for.
pub(in crate::check) fn verdict(
    facts: &Facts,
    of: &TargetsHealthy,
    group: &TargetGroup,
    health: &[TargetHealth],
    waits: Option<&Waits>,
) -> Verdict {
    let service = find::service(facts, &of.cluster, &of.service).filter(|service| service.status == "ACTIVE");
    let Some(service) = service else {
        return not_there("active service", &of.service, &facts.region)
            .seen("In cluster", &of.cluster)
            .next("Create the service behind the target group.")
            .failed();
    };
    if let Some(cause) = trouble(facts, &of.cluster, service, group, health) {
        return cause.failed();
    }
    if !service.steady() {
        return placing::verdict(facts, &of.cluster, service, waits);
    }
    let started = tasks(facts, &of.cluster, service).filter_map(|task| task.started_at).max();
    let elapsed = started.map(|at| facts.age(at));
    wait_or(waits, "the health checks", elapsed, || {
        let mut cause = not_there("healthy target in", &group.name, &facts.region);
        for target in health.iter().take(4) {
            cause = cause.seen(
                format!("Target {}", target.id),
                format!("{} {} {}", target.state, target.reason, target.description),
            );
        }
        cause
            .next("Read the reason codes of the targets.")
            .command(format!("aws elbv2 describe-target-health --target-group-arn {}", group.arn))
    })
}

/// What is wrong between the load balancer and a service's tasks, if there is a sign of trouble and a cause for it.
pub(in crate::check) fn trouble(
    facts: &Facts,
    cluster: &str,
    service: &Service,
    group: &TargetGroup,
    health: &[TargetHealth],
) -> Option<Because> {
    let definition =
        find::known(facts.task_definitions.get(&service.task_definition)).and_then(Option::as_ref);
    let own_interface = definition.is_some_and(|of| of.network_mode.as_deref() == Some("awsvpc"));
    if own_interface && group.target_type != "ip" {
        return Some(type_not_ip(group, definition.and_then(|of| of.network_mode.as_deref())));
    }
    if group.load_balancers.is_empty() || health.iter().any(|target| target.reason == "Target.NotInUse") {
        return Some(not_in_use(group));
    }
    let newest = service.deployments.iter().filter_map(|d| d.created_at).max();
    let event = service.events.iter().find(|event| {
        let fresh = event.at.zip(newest).is_none_or(|(at, newest)| at >= newest);
        fresh && event.message.contains("is unhealthy in (target-group")
    });
    let unhealthy: Vec<&TargetHealth> = health.iter().filter(|target| target.state == "unhealthy").collect();
    let stopped: Vec<&Task> = tasks(facts, cluster, service)
        .filter(|task| {
            task.stopped_reason.as_deref().is_some_and(|why| why.contains("failed ELB health checks"))
        })
        .collect();
    if event.is_none() && unhealthy.is_empty() && stopped.is_empty() {
        return None;
    }
    let port = service
        .load_balancers
        .iter()
        .find(|of| of.target_group == group.arn)
        .and_then(|of| u16::try_from(of.port).ok())
        .or(group.port)?;
    let said = event.map(|event| event.message.clone());
    closed(facts, service, group, port)
        .map(|cause| cause.seen_if("Event", said.clone()))
        .or_else(|| wrong_code(group, &unhealthy, said.clone()))
        .or_else(|| short_grace(cluster, service, group, &stopped))
        .or_else(|| Some(not_listening(port, &unhealthy, said)))
}

fn tasks<'a>(facts: &'a Facts, cluster: &str, service: &Service) -> impl Iterator<Item = &'a Task> {
    let group = format!("service:{}", service.name);
    find::all(facts.tasks.get(cluster)).iter().filter(move |task| task.group == group)
}

/// The target group takes instances.
pub(in crate::check) fn type_not_ip(group: &TargetGroup, network_mode: Option<&str>) -> Because {
    because(
        "target-type-not-ip",
        "The target group takes instances, not addresses",
        "A task with a network interface of its own (network mode awsvpc, so every task on Fargate) is registered by its address. ECS \
         refuses a target group of another target type.",
    )
    .seen("Target type", &group.target_type)
    .seen_if("Network mode", network_mode.map(str::to_owned))
    .next("Delete the target group, and create it with the target type ip: the type cannot be changed.")
    .command(format!("aws elbv2 delete-target-group --target-group-arn {}", group.arn))
}

fn not_in_use(group: &TargetGroup) -> Because {
    because(
        "target-group-not-in-use",
        "No listener forwards to the target group",
        "A load balancer checks only the targets of groups that one of its listeners or rules forwards to.",
    )
    .seen("Target group", &group.name)
    .seen("Load balancers", "none")
    .next("Create the listener that forwards to the target group.")
    .command(format!(
        "aws elbv2 create-listener --load-balancer-arn LOAD_BALANCER_ARN --protocol HTTP --port 80 --default-actions \
         Type=forward,TargetGroupArn={}",
        group.arn
    ))
}

/// The balancers that forward to the group.
fn balancers<'a>(facts: &'a Facts, group: &TargetGroup) -> Vec<&'a LoadBalancer> {
    find::all(facts.load_balancers.as_ref())
        .iter()
        .filter(|of| group.load_balancers.contains(&of.arn))
        .collect()
}

fn closed(facts: &Facts, service: &Service, group: &TargetGroup, port: u16) -> Option<Because> {
    let all = find::known(facts.security_groups.as_ref())?;
    let own: Vec<&SecurityGroup> =
        all.iter().filter(|g| service.security_groups.contains(&g.group_id)).collect();
    let balancers = balancers(facts, group);
    let from: Vec<&String> = balancers.iter().flat_map(|of| &of.security_groups).collect();
    if own.is_empty() || from.is_empty() {
        return None;
    }
    let blocks: Vec<&str> = find::all(facts.subnets.as_ref())
        .iter()
        .filter(|subnet| balancers.iter().any(|of| of.subnets.contains(&subnet.subnet_id)))
        .map(|subnet| subnet.cidr_block.as_str())
        .collect();
    let open = own.iter().flat_map(|group| &group.ingress).any(|rule| {
        let by_group = rule.groups.iter().any(|id| from.contains(&id));
        let by_block = !blocks.is_empty()
            && blocks.iter().all(|block| rule.cidrs.iter().any(|cidr| way::covers(cidr, block)));
        way::has_port(rule, "tcp", port) && (by_group || by_block)
    });
    if open {
        return None;
    }
    let mut cause = because(
        "target-security-group-closed",
        format!("The tasks do not let in port {port} from the load balancer"),
        "The load balancer's health checks and the visitors' requests come from its own network interfaces. The tasks' security groups \
         let nothing in on the container's port from there, so both time out: the targets are unhealthy, and visitors get 503 or 504.",
    );
    for group in &own {
        cause =
            cause.seen(format!("Tasks' group {} ({})", group.group_name, group.group_id), way::rules(group));
    }
    let names: Vec<String> = all
        .iter()
        .filter(|group| from.contains(&&group.group_id))
        .map(|group| format!("{} ({})", group.group_name, group.group_id))
        .collect();
    let (to, of) = (own.first()?, from.first()?);
    Some(
        cause
            .seen("Load balancer's groups", names.join(", "))
            .next(format!("Let in TCP port {port} from the load balancer's group."))
            .command(format!(
                "aws ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port {port} --source-group {of}",
                to.group_id
            )),
    )
}

fn wrong_code(group: &TargetGroup, unhealthy: &[&TargetHealth], event: Option<String>) -> Option<Because> {
    let target = unhealthy.iter().find(|target| target.reason == "Target.ResponseCodeMismatch");
    let said = event.filter(|message| message.contains("these codes"));
    if target.is_none() && said.is_none() {
        return None;
    }
    Some(
        because(
            "health-check-wrong-code",
            "The health check is answered with the wrong code",
            "The program answers the health check, and with a status that the target group does not take for healthy: mostly because the \
             path does not exist in the application.",
        )
        .seen("Health check path", &group.health_path)
        .seen("Healthy codes", &group.matcher)
        .seen_if("Target", target.map(|target| target.description.clone()))
        .seen_if("Event", said)
        .next("Point the health check at a path that the application answers with 200.")
        .command(format!(
            "aws elbv2 modify-target-group --target-group-arn {} --health-check-path /",
            group.arn
        )),
    )
}

fn short_grace(cluster: &str, service: &Service, group: &TargetGroup, stopped: &[&Task]) -> Option<Because> {
    let life = |task: &&Task| Some(task.stopped_at? - task.started_at?);
    let lives: Vec<i64> = stopped.iter().filter_map(life).collect();
    let longest = lives.iter().copied().max()?;
    let grace = i64::from(service.grace_period.unwrap_or(0));
    if longest >= SHORT_LIFE || grace >= SHORT_LIFE {
        return None;
    }
    let newest = stopped.iter().max_by_key(|task| task.stopped_at)?;
    Some(
        because(
            "grace-period-too-short",
            "Tasks are stopped before they have started up",
            "ECS stops a task that its load balancer calls unhealthy. The program takes longer to start than the service's grace period, \
             so every task is stopped while it still starts, and the next one fares no better.",
        )
        .seen("Grace period", format!("{grace} s"))
        .seen("Lifetime of stopped tasks", format!("at most {longest} s"))
        .seen(
            "Unhealthy after",
            format!("{} checks, one every {} s", group.unhealthy_threshold, group.interval),
        )
        .seen_if("Stopped reason", newest.stopped_reason.clone())
        .next("Give the tasks time to start.")
        .command(format!(
            "aws ecs update-service --cluster {cluster} --service {} --health-check-grace-period-seconds {SHORT_LIFE}",
            service.name
        )),
    )
}

fn not_listening(port: u16, unhealthy: &[&TargetHealth], event: Option<String>) -> Because {
    let target = unhealthy.first();
    because(
        "target-not-listening",
        format!("Nothing answers on port {port} of the tasks"),
        "The load balancer reaches the tasks, and the health check fails all the same: nothing listens on the port that is registered, \
         or what listens does not answer in time.",
    )
    .seen("Registered port", port.to_string())
    .seen_if("Target", target.map(|target| format!("{} {}", target.reason, target.description)))
    .seen_if("Event", event)
    .next("Compare the container port of the service with what the program listens on, and read the container's log.")
}

/// Targets that are on their way.
pub(in crate::check) fn under_way(
    health: &[TargetHealth],
    waits: Option<&Waits>,
    elapsed: i64,
) -> Option<Verdict> {
    let coming = health.iter().any(|target| target.state == "initial");
    (coming && elapsed < i64::from(usual(waits)) * 2).then(|| converging(waits, "the health checks", elapsed))
}

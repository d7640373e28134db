//! A deployment goes wrong. Follows "Deployment circuit breaker" (Amazon ECS).

use super::{Because, because, stopped};
use crate::check::facts::{Facts, Service, Task};
use crate::check::{find, machine};

/// The newest stopped task of the newest revision.
fn newest_failed<'a>(facts: &'a Facts, cluster: &str, service: &Service) -> Option<&'a Task> {
    let group = format!("service:{}", service.name);
    let revision = service.primary().map_or(service.task_definition.as_str(), |d| d.task_definition.as_str());
    find::all(facts.tasks.get(cluster))
        .iter()
        .filter(|task| {
            task.group == group && task.task_definition == revision && task.last_status == "STOPPED"
        })
        .max_by_key(|task| task.stopped_at)
}

/// Why the newest deployment's tasks do not run, if that can be told.
pub(in crate::check) fn cause(facts: &Facts, cluster: &str, service: &Service) -> Option<Because> {
    stopped::cause(facts, service, newest_failed(facts, cluster, service)?)
}

fn told(mut cause: Because, facts: &Facts, cluster: &str, service: &Service) -> Because {
    for deployment in &service.deployments {
        let revision = machine::last_part(&deployment.task_definition);
        cause = cause.seen(
            format!("Deployment {}", deployment.status),
            format!(
                "{revision}: {}, {} failed tasks{}",
                deployment.rollout_state.as_deref().unwrap_or("no rollout state"),
                deployment.failed_tasks,
                deployment.rollout_reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default()
            ),
        );
    }
    let breaker = service.breaker;
    cause
        .seen("Circuit breaker", format!("enable={}, rollback={}", breaker.enable, breaker.rollback))
        .seen_if(
            "Newest stopped reason",
            newest_failed(facts, cluster, service).and_then(|task| task.stopped_reason.clone()),
        )
}

fn configure(cluster: &str, service: &Service) -> String {
    format!(
        "aws ecs update-service --cluster {cluster} --service {} --deployment-configuration \
         'deploymentCircuitBreaker={{enable=true,rollback=true}}'",
        service.name
    )
}

/// Nobody gives up.
pub(in crate::check) fn stuck(facts: &Facts, cluster: &str, service: &Service) -> Because {
    let cause = because(
        "deployment-stuck",
        "The deployment fails again and again, and nobody gives up",
        "The new revision's tasks do not start, so the old ones are kept, and ECS tries again with longer and longer pauses. Only the circuit \
         breaker ends that, and it is off.",
    );
    told(cause, facts, cluster, service)
        .next("Switch on the circuit breaker with rollback, or update the service to the old revision.")
        .command(configure(cluster, service))
}

/// It was given up, and stays.
pub(in crate::check) fn not_rolled_back(facts: &Facts, cluster: &str, service: &Service) -> Because {
    let cause = because(
        "deployment-not-rolled-back",
        "The deployment was given up, and not taken back",
        "The circuit breaker has ended the deployment, and rollback is off: the failed deployment stays the primary one, beside the old tasks.",
    );
    told(cause, facts, cluster, service)
        .next("Switch on rollback and deploy again, or update the service to the old revision.")
        .command(configure(cluster, service))
}

/// No deployment has failed yet.
pub(in crate::check) fn nothing_was_deployed(cluster: &str, service: &Service) -> Because {
    let mut cause = because(
        "nothing-was-deployed",
        "No deployment has been rolled back yet",
        "A rollback needs a deployment that fails. Since the circuit breaker was switched on there was none.",
    );
    for deployment in &service.deployments {
        cause = cause.seen(
            format!("Deployment {}", deployment.status),
            format!(
                "{}: {}",
                machine::last_part(&deployment.task_definition),
                deployment.rollout_state.as_deref().unwrap_or("no rollout state")
            ),
        );
    }
    cause
        .untouched(true)
        .next("Update the service to the revision that cannot start, and wait for the circuit breaker.")
        .command(format!(
            "aws ecs update-service --cluster {cluster} --service {} --task-definition FAMILY:REVISION",
            service.name
        ))
}

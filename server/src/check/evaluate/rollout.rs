//! What a service says, how its deployments go, and where its tasks stand.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{
    CapacityProvider, CircuitBreaker, DeploymentState, Placement, ServiceDeployment, ServiceEvent,
};
use crate::check::explain::{
    capacity, converging, deployment, not_as_asked, not_there, placing, stacks, wait_or,
};
use crate::check::facts::{Deployment, Facts, Service};
use crate::check::{Verdict, find};
use regex_lite::Regex;
use std::collections::BTreeMap;

impl<'a> Judge<'a> {
    /// The active service of that name, or the verdict that there is none.
    pub(super) fn the_service(&self, cluster: &str, name: &str) -> Result<&'a Service, Verdict> {
        let facts: &'a Facts = self.facts;
        let service =
            seen(facts.services.get(cluster).and_then(|services| services.get(name)), "the service")?;
        service.as_ref().filter(|service| service.status == "ACTIVE").ok_or_else(|| {
            if let Some(cause) = stacks::rolled_back(facts, cluster, name) {
                return cause.failed();
            }
            not_there("active service", name, &facts.region)
                .seen("In cluster", cluster)
                .near("Its status", service.as_ref().map(|service| service.status.clone()))
                .next("Create the service.")
                .failed()
        })
    }

    pub(super) fn service_event(&mut self, of: &ServiceEvent) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let Ok(regex) = Regex::new(&of.matches) else {
            return Err(Verdict::CannotTell { reason: "the check's expression is not one".to_owned() });
        };
        if service.events.iter().any(|event| regex.is_match(&event.message)) {
            return Ok(Verdict::Passed);
        }
        let newest = service.deployments.iter().filter_map(|d| d.created_at).max().or(service.created_at);
        let elapsed = newest.map(|at| self.facts.age(at));
        Err(wait_or(self.check.waits.as_ref(), "the service to say so", elapsed, || {
            let mut cause = not_there("event of this kind from service", &of.service, &self.facts.region)
                .untouched(false);
            for event in service.events.iter().take(3) {
                cause = cause.seen("Event", &event.message);
            }
            cause.next("Do what the step asks for, and read the service's events.").command(format!(
                "aws ecs describe-services --cluster {} --services {} --query 'services[0].events[:5].message'",
                of.cluster, of.service
            ))
        }))
    }

    pub(super) fn service_deployment(&mut self, of: &ServiceDeployment) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let waits = self.check.waits.as_ref();
        let newest = service.primary();
        let state = newest.and_then(|d| d.rollout_state.as_deref()).unwrap_or_default();
        let failed = newest.map_or(0, |d| d.failed_tasks);
        let enough = of.failed_tasks.is_none_or(|wanted| failed >= wanted);
        let rolled_back = self.rolled_back(of, service)?;
        let there = match of.state {
            DeploymentState::InProgress => state == "IN_PROGRESS" && enough,
            DeploymentState::Completed => state == "COMPLETED" && enough,
            DeploymentState::Failed => state == "FAILED" && enough,
            DeploymentState::RolledBack => rolled_back && service.steady(),
        };
        let wanted = of.circuit_breaker;
        if there && wanted.is_none_or(|wanted| wanted == service.breaker) {
            return Ok(Verdict::Passed);
        }
        let cluster = of.cluster.as_str();
        if wanted.is_some() && (failed > 0 || state == "FAILED") {
            if !service.breaker.enable && wanted.is_some_and(|wanted| wanted.enable) {
                return Err(deployment::stuck(self.facts, cluster, service).failed());
            }
            if state == "FAILED" && !service.breaker.rollback && wanted.is_some_and(|wanted| wanted.rollback)
            {
                return Err(deployment::not_rolled_back(self.facts, cluster, service).failed());
            }
        }
        let elapsed = newest.and_then(|d| d.created_at).map(|at| self.facts.age(at));
        let under_way = state == "IN_PROGRESS" || (rolled_back && !service.steady());
        if under_way && wanted.is_none_or(|wanted| wanted == service.breaker) {
            return Err(wait_or(waits, "the deployment", elapsed, || {
                deployment::cause(self.facts, cluster, service)
                    .unwrap_or_else(|| state_differs(of, service, newest))
            }));
        }
        if let Some(wanted) = wanted.filter(|wanted| *wanted != service.breaker) {
            return Err(breaker_differs(of, wanted, service.breaker));
        }
        if of.state == DeploymentState::RolledBack {
            return Err(deployment::nothing_was_deployed(cluster, service).failed());
        }
        Err(state_differs(of, service, newest).untouched(service.steady()).failed())
    }

    fn rolled_back(&self, of: &ServiceDeployment, service: &Service) -> Result<bool, Verdict> {
        if of.state != DeploymentState::RolledBack {
            return Ok(false);
        }
        let all = self.facts.service_deployments.get(&of.cluster).and_then(|all| all.get(&service.name));
        Ok(seen(all, "the service's deployments")?
            .iter()
            .any(|deployment| deployment.status == "ROLLBACK_SUCCESSFUL"))
    }

    pub(super) fn placement(&mut self, of: &Placement) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let first = service.placement.first();
        let fits = first.is_some_and(|(of_type, field)| {
            *of_type == of.strategy.of_type && (of.strategy.field.is_none() || *field == of.strategy.field)
        });
        if !fits {
            return Err(capacity::strategy_differs(self.facts, of, service).failed());
        }
        if !service.steady() {
            return Err(placing::verdict(self.facts, &of.cluster, service, self.check.waits.as_ref()));
        }
        seen(self.facts.tasks.get(&of.cluster), "the tasks")?;
        let by_instance = tasks_by_instance(self.facts, &of.cluster, &of.service);
        let instances = u32::try_from(by_instance.len()).unwrap_or(u32::MAX);
        let least = of.instances_at_least.unwrap_or(0);
        let most = of.instances_at_most.unwrap_or(u32::MAX);
        if (least..=most).contains(&instances) {
            return Ok(Verdict::Passed);
        }
        let should = match (of.instances_at_least, of.instances_at_most) {
            (Some(least), _) if instances < least => format!("at least {least}"),
            (_, most) => format!("at most {}", most.unwrap_or(u32::MAX)),
        };
        let mut cause = not_as_asked(
            &format!("The service {}", of.service),
            "Instances its tasks stand on",
            instances.to_string(),
            should,
        );
        for (instance, count) in by_instance {
            cause = cause.seen(format!("On {instance}"), format!("{count} tasks"));
        }
        Err(cause
            .next("Tasks are placed once, when they start. Force a new deployment, so that they are placed again.")
            .command(format!(
                "aws ecs update-service --cluster {} --service {} --force-new-deployment",
                of.cluster, of.service
            ))
            .failed())
    }

    pub(super) fn capacity_provider(&mut self, of: &CapacityProvider) -> Judged {
        let name = of.capacity_provider.as_str();
        let Some(found) = one(&self.facts.capacity_providers, name, "the capacity provider")? else {
            return Err(not_there("capacity provider", name, &self.facts.region)
                .next("Create the capacity provider for the Auto Scaling group.")
                .failed());
        };
        let what = format!("The capacity provider {name}");
        if found.status != "ACTIVE" {
            return Err(converging(self.check.waits.as_ref(), "the capacity provider to become active", 0));
        }
        if let Some(group) = of.group.as_ref().filter(|group| found.group.as_ref() != Some(group)) {
            let is = found.group.clone().unwrap_or_else(|| "none".to_owned());
            return Err(not_as_asked(&what, "Auto Scaling group", is, group)
                .next("Delete the capacity provider, and create it for this group.")
                .failed());
        }
        if let Some(managed) = of.managed_scaling.filter(|managed| *managed != found.managed_scaling) {
            let word = |on: bool| if on { "ENABLED" } else { "DISABLED" };
            return Err(not_as_asked(&what, "Managed scaling", word(found.managed_scaling), word(managed))
                .next("Set managed scaling of the capacity provider.")
                .command(format!(
                    "aws ecs update-capacity-provider --name {name} --auto-scaling-group-provider managedScaling={{status={}}}",
                    word(managed)
                ))
                .failed());
        }
        let Some(cluster_name) = &of.cluster else { return Ok(Verdict::Passed) };
        let cluster = one(&self.facts.clusters, cluster_name, "the cluster")?;
        match cluster {
            Some(cluster) if cluster.capacity_providers.iter().any(|of| of == name) => Ok(Verdict::Passed),
            cluster => Err(capacity::not_in_cluster(name, cluster_name, cluster).failed()),
        }
    }
}

/// How many running tasks of a service stand on each container instance.
pub(in crate::check) fn tasks_by_instance(
    facts: &Facts,
    cluster: &str,
    service: &str,
) -> BTreeMap<String, usize> {
    let group = format!("service:{service}");
    let instances = find::all(facts.container_instances.get(cluster));
    let mut by_instance = BTreeMap::new();
    for task in find::running_tasks(facts, cluster).into_iter().filter(|task| task.group == group) {
        let Some(arn) = task.container_instance.as_ref() else { continue };
        let name = instances.iter().find(|of| of.arn == *arn).map_or(arn, |of| &of.instance_id);
        *by_instance.entry(name.clone()).or_default() += 1;
    }
    by_instance
}

fn breaker_differs(of: &ServiceDeployment, wanted: CircuitBreaker, is: CircuitBreaker) -> Verdict {
    let words = |of: CircuitBreaker| format!("enable={}, rollback={}", of.enable, of.rollback);
    not_as_asked(&format!("The service {}", of.service), "Circuit breaker", words(is), words(wanted))
        .untouched(!is.enable)
        .next("Set the circuit breaker in the service's deployment configuration.")
        .command(format!(
            "aws ecs update-service --cluster {} --service {} --deployment-configuration \
             'deploymentCircuitBreaker={{enable={},rollback={}}}'",
            of.cluster, of.service, wanted.enable, wanted.rollback
        ))
        .failed()
}

fn state_differs(
    of: &ServiceDeployment,
    service: &Service,
    newest: Option<&Deployment>,
) -> crate::check::explain::Because {
    let is = newest.map_or_else(
        || "no deployment".to_owned(),
        |d| {
            format!(
                "{}, {} failed tasks",
                d.rollout_state.as_deref().unwrap_or("without rollout state"),
                d.failed_tasks
            )
        },
    );
    let state = match of.state {
        DeploymentState::InProgress => "IN_PROGRESS",
        DeploymentState::Completed => "COMPLETED",
        DeploymentState::Failed => "FAILED",
        DeploymentState::RolledBack => "rolled back",
    };
    let should = match of.failed_tasks {
        Some(failed) => format!("{state}, at least {failed} failed tasks"),
        None => state.to_owned(),
    };
    not_as_asked(&format!("The service {}", service.name), "Newest deployment", is, should)
        .seen_if(
            "Its task definition",
            newest.map(|d| crate::check::machine::last_part(&d.task_definition).to_owned()),
        )
        .next("Do what the step asks for, and follow the service's deployments.")
        .command(format!(
            "aws ecs describe-services --cluster {} --services {} --query 'services[0].deployments'",
            of.cluster, of.service
        ))
}

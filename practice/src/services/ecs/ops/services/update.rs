//! Changing and deleting services.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Configuration, ControllerAsked, NO_COUNT, answer, balancers, configuration, controller, find, grace,
    placement, propagation, rules, spec,
};
use crate::core::fault::Fault;
use crate::services::ecs::model::{
    Constraint, Controller, Deployment, RevisionId, Rollout, Scheduling, Service, ServiceStatus, Strategy,
};
use crate::services::ecs::ops::{definitions, launching};
use crate::services::ecs::{arns, fault, services};
use crate::world::{Scope, View};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct Update {
    cluster: Option<String>,
    service: String,
    desired_count: Option<i64>,
    task_definition: Option<String>,
    deployment_configuration: Option<Configuration>,
    deployment_controller: Option<ControllerAsked>,
    placement_constraints: Option<Vec<Constraint>>,
    placement_strategy: Option<Vec<Strategy>>,
    #[serde(default)]
    force_new_deployment: bool,
    health_check_grace_period_seconds: Option<i64>,
    availability_zone_rebalancing: Option<String>,
    #[serde(rename = "enableECSManagedTags")]
    managed_tags: Option<bool>,
    enable_execute_command: Option<bool>,
    propagate_tags: Option<String>,
    #[serde(flatten)]
    spec: spec::Asked,
}

pub(in crate::services::ecs::ops) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let service = find(&view, cluster, &input.service)?.ok_or_else(fault::service_not_found)?;
    if service.status != ServiceStatus::Active {
        return Err(fault::service_not_active());
    }
    let force = input.force_new_deployment;
    let current = service.primary().map(|primary| primary.definition.clone());
    let wanted = wanted(&view, service, &input)?.or_else(|| current.clone());
    let mut next = changed(service, &input)?;
    if let Some(revision) = wanted.as_ref().and_then(|id| view.region.ecs.revision(id)) {
        next.spec =
            input.spec.clone().checked(&view, cluster, Some(&service.spec), revision, service.scheduling)?;
        launching::may_place(next.spec.place(), &next.constraints, &next.strategies)?;
        balancers::may_shift(&next.deployment, &next.spec)?;
    }
    if let Some(asked) = input.health_check_grace_period_seconds {
        next.grace_seconds = grace(Some(asked), &next.spec)?;
    }
    let new = force || wanted != current || next.spec != service.spec;
    let cluster = cluster.name.clone();
    let name = next.name.clone();
    if let Some(definition) = wanted.filter(|_| new) {
        // Older deployments without a task left are over, but for the one to go back to; those that have some go on
        // until they are drained.
        let alive = |deployment: &Deployment| {
            deployment.rollout == Rollout::Completed
                || scope.region.ecs.clusters.get(&cluster).is_some_and(|cluster| {
                    services::counts(cluster, |task| task.started_by.as_deref() == Some(&deployment.id))
                        != (0, 0)
                })
        };
        next.deployments.retain(alive);
        services::begin(&mut scope.region.ids, &mut next, definition, scope.now);
    }
    next.steady = false;
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster) {
        cluster.services.insert(name.clone(), next);
    }
    answer(&scope.view(), &cluster, &name)
}

/// The service with everything changed that no new deployment comes from by itself, and its new spec.
fn changed(service: &Service, input: &Update) -> Result<Service, Fault> {
    let mut next = service.clone();
    if input.deployment_controller.is_some()
        && controller(input.deployment_controller.as_ref())? != next.controller
    {
        return Err(fault::unsupported("Changing the deployment controller of a service"));
    }
    if let Some(desired) = input.desired_count {
        if next.scheduling == Scheduling::Daemon {
            return Err(fault::invalid(NO_COUNT));
        }
        next.desired = rules::count(desired)?;
    }
    next.deployment =
        configuration::checked(input.deployment_configuration.clone(), next.deployment, next.scheduling)?;
    next.constraints = input.placement_constraints.clone().unwrap_or(next.constraints);
    next.strategies = input.placement_strategy.clone().unwrap_or(next.strategies);
    placement(&next.constraints, &next.strategies)?;
    next.managed_tags = input.managed_tags.unwrap_or(next.managed_tags);
    next.execute_command = input.enable_execute_command.unwrap_or(next.execute_command);
    if input.propagate_tags.is_some() {
        next.propagate_tags = propagation(input.propagate_tags.as_deref())?;
    }
    if let Some(enabled) = rules::rebalancing(input.availability_zone_rebalancing.as_deref())? {
        next.zone_rebalancing = enabled;
    }
    if next.zone_rebalancing {
        rules::may_rebalance(next.scheduling, &next.deployment, &next.strategies)?;
    }
    Ok(next)
}

/// The task definition that is asked for, if one is. Only ECS's own controller changes it here.
fn wanted(view: &View<'_>, service: &Service, input: &Update) -> Result<Option<RevisionId>, Fault> {
    let text = input.task_definition.as_deref().filter(|text| !text.is_empty());
    let outside = match service.controller {
        Controller::Ecs => None,
        Controller::CodeDeploy => Some("Use AWS CodeDeploy to trigger a new deployment."),
        Controller::External => Some("Use task sets to trigger a new deployment."),
    };
    if let Some(hint) = outside {
        let what = match (text.is_some(), input.force_new_deployment) {
            (true, _) => "update task definition",
            (false, true) => "force a new deployment",
            (false, false) => return Ok(None),
        };
        let kind = service.controller.name();
        return Err(fault::invalid(format!(
            "Unable to {what} on services with a {kind} deployment controller. {hint}"
        )));
    }
    match text {
        Some(text) => Ok(Some(definitions::find_active(view, text)?.id.clone())),
        None => Ok(None),
    }
}

#[derive(Debug, Deserialize)]
pub(in crate::services::ecs::ops) struct Delete {
    cluster: Option<String>,
    service: String,
    #[serde(default)]
    force: bool,
}

pub(in crate::services::ecs::ops) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let service = find(&view, cluster, &input.service)?.ok_or_else(fault::service_not_found)?;
    if service.status == ServiceStatus::Inactive {
        return Err(fault::service_not_found());
    }
    if service.scheduling == Scheduling::Replica && service.desired > 0 && !input.force {
        return Err(fault::invalid("The service cannot be stopped while it is scaled above 0."));
    }
    let (cluster, name) = (cluster.name.clone(), service.name.clone());
    let service = scope.region.ecs.clusters.get_mut(&cluster).and_then(|c| c.services.get_mut(&name));
    if let Some(service) = service {
        service.status = ServiceStatus::Draining;
        service.desired = 0;
        service.held_until = None;
    }
    answer(&scope.view(), &cluster, &name)
}

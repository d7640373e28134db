//! Services: making them. Changing and deleting is in [`update`], looking in [`look`].

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, definitions, is_name, launching, tags};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::services::ecs::model::{
    Cluster, Constraint, Controller, RevisionId, Scheduling, Service, ServiceStatus, Spec, Strategy, TaskSet,
};
use crate::services::ecs::{arns, fault, quotas, services, shapes};
use crate::world::{Scope, View};

mod balancers;
mod configuration;
mod connect;
mod look;
mod registries;
mod rules;
mod spec;
mod update;

use configuration::Configuration;
pub(super) use look::{describe, list, list_by_namespace};
pub(super) use rules::{placement, propagation};
pub(super) use spec::Asked;
pub(super) use update::{delete, update};

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ControllerAsked {
    #[serde(rename = "type")]
    kind: String,
}

/// The deployment controller. Others than ECS itself need task sets.
fn controller(asked: Option<&ControllerAsked>) -> Result<Controller, Fault> {
    match asked.map(|controller| controller.kind.as_str()) {
        None | Some("ECS") => Ok(Controller::Ecs),
        Some("CODE_DEPLOY") => Ok(Controller::CodeDeploy),
        Some("EXTERNAL") => Ok(Controller::External),
        Some(_) => Err(fault::invalid("Invalid deployment controller type.")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    cluster: Option<String>,
    service_name: String,
    task_definition: Option<String>,
    desired_count: Option<i64>,
    client_token: Option<String>,
    role: Option<String>,
    deployment_configuration: Option<Configuration>,
    deployment_controller: Option<ControllerAsked>,
    #[serde(default)]
    placement_constraints: Vec<Constraint>,
    #[serde(default)]
    placement_strategy: Vec<Strategy>,
    scheduling_strategy: Option<String>,
    health_check_grace_period_seconds: Option<i64>,
    availability_zone_rebalancing: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, rename = "enableECSManagedTags")]
    managed_tags: bool,
    #[serde(default)]
    enable_execute_command: bool,
    propagate_tags: Option<String>,
    #[serde(flatten)]
    spec: spec::Asked,
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let (cluster, mut service, definition) = checked(&scope.view(), &input)?;
    if let Some(existing) = existing(&scope.view(), &cluster, &input, &service, definition.as_ref())? {
        return Ok(existing);
    }
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster)
        && !cluster.services.contains_key(&service.name)
    {
        quotas::service(cluster)?;
    }
    match (service.controller, definition) {
        (Controller::Ecs, Some(definition)) => {
            services::begin(&mut scope.region.ids, &mut service, definition, scope.now);
        }
        (Controller::CodeDeploy, Some(definition)) => {
            let id = services::new_id(&mut scope.region.ids);
            service.task_sets.push(first_set(id, definition, &service.spec, scope.now));
        }
        _ => {}
    }
    let name = service.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster) {
        cluster.services.insert(name.clone(), service);
    }
    answer(&scope.view(), &cluster, &name)
}

/// The task set that a service with the `CODE_DEPLOY` controller begins with.
fn first_set(id: String, definition: RevisionId, spec: &Spec, now: Time) -> TaskSet {
    TaskSet {
        id,
        external_id: None,
        definition,
        spec: spec.clone(),
        scale: 10_000,
        draining: false,
        primary: true,
        created_at: now,
        updated_at: now,
        client_token: None,
        tags: Tags::new(),
    }
}

/// The service as asked for, without its deployment; nothing is drawn or changed yet.
fn checked(view: &View<'_>, input: &Create) -> Result<(String, Service, Option<RevisionId>), Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    if input.service_name.is_empty() {
        return Err(fault::invalid("Service name cannot be empty."));
    }
    if !is_name(&input.service_name) {
        return Err(fault::invalid(
            "Invalid service name. Names can be up to 255 letters, numbers, hyphens and underscores.",
        ));
    }
    let controller = controller(input.deployment_controller.as_ref())?;
    let scheduling = scheduling(input)?;
    let text = input.task_definition.as_deref().filter(|text| !text.is_empty());
    let (spec, definition) = match (controller, text) {
        (Controller::External, Some(_)) => {
            return Err(fault::invalid(
                "The task definition must not be specified for services with an EXTERNAL deployment controller. Specify it when creating a task set.",
            ));
        }
        (Controller::External, None) => (Spec::default(), None),
        (_, None) => return Err(fault::invalid("TaskDefinition can not be blank.")),
        (_, Some(text)) => {
            let revision = definitions::find_active(view, text)?;
            let asked = input.spec.clone();
            let spec = asked.checked(view, cluster, None, revision, scheduling)?;
            (spec, Some(revision.id.clone()))
        }
    };
    if input.role.is_some() && spec.load_balancers.is_empty() {
        return Err(fault::invalid(
            "Cannot specify an IAM role for services that do not use load balancers.",
        ));
    }
    let grace_seconds = grace(input.health_check_grace_period_seconds, &spec)?;
    let desired = rules::count(input.desired_count.unwrap_or(0))?;
    let asked = input.deployment_configuration.clone();
    let deployment = configuration::checked(asked, configuration::defaults(scheduling), scheduling)?;
    balancers::may_shift(&deployment, &spec)?;
    placement(&input.placement_constraints, &input.placement_strategy)?;
    launching::may_place(spec.place(), &input.placement_constraints, &input.placement_strategy)?;
    let zone_rebalancing =
        rules::rebalancing(input.availability_zone_rebalancing.as_deref())?.unwrap_or(false);
    if zone_rebalancing {
        rules::may_rebalance(scheduling, &deployment, &input.placement_strategy)?;
    }
    let service = Service {
        name: input.service_name.clone(),
        status: ServiceStatus::Active,
        desired,
        scheduling,
        controller,
        deployment,
        constraints: input.placement_constraints.clone(),
        strategies: input.placement_strategy.clone(),
        deployments: Vec::new(),
        task_sets: Vec::new(),
        targets: BTreeMap::new(),
        registered: BTreeMap::new(),
        discoveries: Vec::new(),
        spec,
        history: VecDeque::new(),
        revisions: VecDeque::new(),
        events: VecDeque::new(),
        created_at: view.now,
        created_by: view.caller.arn.clone(),
        client_token: input.client_token.clone(),
        role: input.role.clone(),
        tags: tags(&input.tags)?,
        propagate_tags: propagation(input.propagate_tags.as_deref())?,
        managed_tags: input.managed_tags,
        execute_command: input.enable_execute_command,
        zone_rebalancing,
        grace_seconds,
        next_round: None,
        held_until: None,
        steady: false,
    };
    Ok((cluster.name.clone(), service, definition))
}

fn scheduling(input: &Create) -> Result<Scheduling, Fault> {
    let scheduling = match input.scheduling_strategy.as_deref() {
        None | Some("REPLICA") => Scheduling::Replica,
        Some("DAEMON") => Scheduling::Daemon,
        Some(_) => return Err(fault::invalid("Invalid scheduling strategy.")),
    };
    if scheduling == Scheduling::Daemon && input.desired_count.is_some() {
        return Err(fault::invalid(NO_COUNT));
    }
    if scheduling == Scheduling::Daemon && !input.placement_strategy.is_empty() {
        return Err(fault::invalid("The daemon scheduling strategy does not support placement strategies."));
    }
    Ok(scheduling)
}

const NO_COUNT: &str = "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.";

/// `healthCheckGracePeriodSeconds`, which only load balancers make sense of.
fn grace(asked: Option<i64>, spec: &Spec) -> Result<Option<u32>, Fault> {
    let Some(asked) = asked else { return Ok((!spec.load_balancers.is_empty()).then_some(0)) };
    if asked != 0 && spec.load_balancers.is_empty() {
        return Err(fault::invalid(
            "Health check grace period is only valid for services configured to use load balancers",
        ));
    }
    match u32::try_from(asked) {
        Ok(seconds) if asked <= i64::from(i32::MAX) => {
            Ok((!spec.load_balancers.is_empty()).then_some(seconds))
        }
        _ => Err(fault::invalid("Invalid value for healthCheckGracePeriodSeconds.")),
    }
}

/// The answer for a service that is there already: the same again for the same token and wish.
fn existing(
    view: &View<'_>,
    cluster: &str,
    input: &Create,
    wanted: &Service,
    definition: Option<&RevisionId>,
) -> Result<Option<Value>, Fault> {
    let service = view.region.ecs.clusters.get(cluster).and_then(|c| c.services.get(&wanted.name));
    match service {
        Some(service) if service.status == ServiceStatus::Draining => {
            Err(fault::invalid("Unable to Start a service that is still Draining."))
        }
        Some(service) if service.status == ServiceStatus::Active => {
            let same = service.desired == wanted.desired
                && service.scheduling == wanted.scheduling
                && service.spec == wanted.spec
                && service.primary().is_none_or(|primary| Some(&primary.definition) == definition);
            if input.client_token.is_some() && input.client_token == service.client_token && same {
                answer(view, cluster, &wanted.name).map(Some)
            } else {
                Err(fault::invalid("Creation of service was not idempotent."))
            }
        }
        _ => Ok(None),
    }
}

fn answer(view: &View<'_>, cluster: &str, name: &str) -> Result<Value, Fault> {
    let cluster = view.region.ecs.clusters.get(cluster).ok_or_else(fault::cluster_not_found)?;
    let service = cluster.services.get(name).ok_or_else(fault::service_not_found)?;
    Ok(json!({"service": shapes::service(view, cluster, service, true)}))
}

/// The service of that name or ARN, whatever its status.
pub(super) fn find<'c>(
    view: &View<'_>,
    cluster: &'c Cluster,
    text: &str,
) -> Result<Option<&'c Service>, Fault> {
    let name = arns::local(view, "service", cluster, text)?;
    Ok(name.and_then(|name| cluster.services.get(name)))
}

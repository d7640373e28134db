//! Services.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, Tag, definitions, included, is_name, launch_type, missing, paged, refuse, tags};
use crate::core::fault::Fault;
use crate::services::ecs::model::{
    Cluster, Constraint, DeploymentConfiguration, Revision, RevisionId, Scheduling, Service, ServiceStatus,
    Strategy,
};
use crate::services::ecs::query::Query;
use crate::services::ecs::{arns, fault, quotas, services, shapes};
use crate::world::{Scope, View};

/// Most tasks of one service. Follows "Amazon ECS service quotas".
const MAX_TASKS: i64 = 5_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "AWS's own names")]
pub(super) struct Configuration {
    deployment_circuit_breaker: Option<Breaker>,
    maximum_percent: Option<i64>,
    minimum_healthy_percent: Option<i64>,
    strategy: Option<String>,
    alarms: Option<Value>,
    bake_time_in_minutes: Option<i64>,
    lifecycle_hooks: Option<Value>,
    linear_configuration: Option<Value>,
    canary_configuration: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Breaker {
    enable: bool,
    rollback: bool,
}

/// What a service may ask for that this cloud does not have yet.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Beyond {
    load_balancers: Option<Value>,
    service_registries: Option<Value>,
    capacity_provider_strategy: Option<Value>,
    network_configuration: Option<Value>,
    service_connect_configuration: Option<Value>,
    volume_configurations: Option<Value>,
    vpc_lattice_configurations: Option<Value>,
    enable_execute_command: Option<Value>,
    deployment_controller: Option<Controller>,
    platform_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Controller {
    #[serde(rename = "type")]
    kind: String,
}

impl Beyond {
    fn check(&self) -> Result<(), Fault> {
        refuse(&[
            ("loadBalancers", &self.load_balancers),
            ("serviceRegistries", &self.service_registries),
            ("capacityProviderStrategy", &self.capacity_provider_strategy),
            ("serviceConnectConfiguration", &self.service_connect_configuration),
            ("volumeConfigurations", &self.volume_configurations),
            ("vpcLatticeConfigurations", &self.vpc_lattice_configurations),
            ("enableExecuteCommand", &self.enable_execute_command),
        ])?;
        if self.network_configuration.is_some() {
            return Err(fault::invalid(
                "Network Configuration is not valid for the given networkMode of this task definition.",
            ));
        }
        if self.platform_version.is_some() {
            return Err(fault::invalid(
                "The platform version must be null when specifying an EC2 launch type.",
            ));
        }
        match self.deployment_controller.as_ref().map(|controller| controller.kind.as_str()) {
            None | Some("ECS") => Ok(()),
            Some(other @ ("CODE_DEPLOY" | "EXTERNAL")) => {
                Err(fault::unsupported(&format!("Deployment controller {other}")))
            }
            Some(_) => Err(fault::invalid("Invalid deployment controller type.")),
        }
    }
}

/// A configuration, where not given as it was before.
fn configuration(
    given: Option<&Configuration>,
    before: DeploymentConfiguration,
    scheduling: Scheduling,
) -> Result<DeploymentConfiguration, Fault> {
    let Some(given) = given else { return Ok(before) };
    refuse(&[
        ("lifecycleHooks", &given.lifecycle_hooks),
        ("linearConfiguration", &given.linear_configuration),
        ("canaryConfiguration", &given.canary_configuration),
    ])?;
    let alarmed = given.alarms.as_ref().and_then(|alarms| alarms.get("enable")).and_then(Value::as_bool);
    if alarmed == Some(true) {
        return Err(fault::unsupported("Deployment alarms"));
    }
    if given.bake_time_in_minutes.is_some_and(|minutes| minutes != 0) {
        return Err(fault::unsupported("bakeTimeInMinutes"));
    }
    match given.strategy.as_deref() {
        None | Some("ROLLING") => {}
        Some(other @ ("BLUE_GREEN" | "LINEAR" | "CANARY")) => {
            return Err(fault::unsupported(&format!("Deployment strategy {other}")));
        }
        Some(_) => return Err(fault::invalid("Invalid deployment strategy.")),
    }
    let percent = |value: Option<i64>, before: u32, most: i64, name: &str| match value {
        None => Ok(before),
        Some(value) if (0..=most).contains(&value) => Ok(u32::try_from(value).unwrap_or(before)),
        Some(_) => Err(fault::invalid(format!("Invalid value for {name}."))),
    };
    let minimum = given.minimum_healthy_percent;
    let configuration = DeploymentConfiguration {
        maximum_percent: percent(given.maximum_percent, before.maximum_percent, 10_000, "maximumPercent")?,
        minimum_healthy_percent: percent(
            minimum,
            before.minimum_healthy_percent,
            100,
            "minimumHealthyPercent",
        )?,
        circuit_breaker: given
            .deployment_circuit_breaker
            .as_ref()
            .map_or(before.circuit_breaker, |b| b.enable),
        rollback: given.deployment_circuit_breaker.as_ref().map_or(before.rollback, |b| b.rollback),
    };
    if scheduling == Scheduling::Daemon && configuration.maximum_percent > 100 {
        return Err(fault::invalid(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent",
        ));
    }
    if configuration.maximum_percent < 100 {
        return Err(fault::invalid("maximumPercent must not be less than 100."));
    }
    if configuration.maximum_percent == 100 && configuration.minimum_healthy_percent == 100 {
        return Err(fault::invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
        ));
    }
    Ok(configuration)
}

/// Constraints and strategies as the API allows them.
pub(super) fn placement(constraints: &[Constraint], strategies: &[Strategy]) -> Result<(), Fault> {
    if constraints.len() > 10 {
        return Err(fault::invalid("Placement constraints cannot be more than 10."));
    }
    if strategies.len() > 5 {
        return Err(fault::invalid("Placement strategies cannot be more than 5."));
    }
    for constraint in constraints {
        match (constraint.kind.as_str(), constraint.expression.as_deref()) {
            ("distinctInstance", None | Some("")) => {}
            ("distinctInstance", Some(_)) => {
                return Err(fault::invalid(
                    "Expression is not valid for a distinctInstance placement constraint.",
                ));
            }
            ("memberOf", Some(expression)) if Query::parse(expression).is_ok() => {}
            ("memberOf", expression) => {
                let expression = expression.unwrap_or_default();
                return Err(fault::invalid(format!(
                    "Invalid expression '{expression}' in placement constraint."
                )));
            }
            _ => return Err(fault::invalid("Invalid placement constraint type.")),
        }
    }
    for strategy in strategies {
        let field = strategy.field.as_deref().unwrap_or_default();
        let fits = match strategy.kind.as_str() {
            "random" => field.is_empty(),
            "spread" => field == "instanceId" || field == "host" || field.starts_with("attribute:"),
            "binpack" => field.eq_ignore_ascii_case("cpu") || field.eq_ignore_ascii_case("memory"),
            _ => return Err(fault::invalid("Invalid placement strategy type.")),
        };
        if !fits {
            return Err(fault::invalid(format!(
                "Invalid field '{field}' for placement strategy {}.",
                strategy.kind
            )));
        }
    }
    Ok(())
}

/// Task definitions that can run on container instances here.
pub(super) fn runnable(revision: &Revision) -> Result<(), Fault> {
    if revision.network_mode.as_deref() == Some("awsvpc") {
        return Err(fault::unsupported("networkMode=awsvpc"));
    }
    let needs = &revision.requires_compatibilities;
    if !needs.is_empty() && !needs.iter().any(|name| name == "EC2") {
        return Err(fault::invalid("Task definition does not support launch_type EC2."));
    }
    Ok(())
}

fn count(given: i64) -> Result<u32, Fault> {
    match given {
        0..=MAX_TASKS => Ok(u32::try_from(given).unwrap_or(0)),
        _ if given < 0 => Err(fault::invalid("desiredCount must not be negative.")),
        _ => Err(fault::invalid(format!("desiredCount must not be more than {MAX_TASKS}."))),
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
    launch_type: Option<String>,
    role: Option<String>,
    deployment_configuration: Option<Configuration>,
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
    propagate_tags: Option<String>,
    #[serde(flatten)]
    beyond: Beyond,
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let (cluster, mut service, definition) = checked(&scope.view(), &input)?;
    if let Some(existing) = existing(&scope.view(), &cluster, &input, &service, &definition)? {
        return Ok(existing);
    }
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster)
        && !cluster.services.contains_key(&service.name)
    {
        quotas::service(cluster)?;
    }
    service.deployments.push(services::deployment(&mut scope.region.ids, definition, scope.now));
    let name = service.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster) {
        cluster.services.insert(name.clone(), service);
    }
    answer(&scope.view(), &cluster, &name)
}

/// The service as asked for, without its deployment; nothing is drawn or changed yet.
fn checked(view: &View<'_>, input: &Create) -> Result<(String, Service, RevisionId), Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    if input.service_name.is_empty() {
        return Err(fault::invalid("Service name cannot be empty."));
    }
    if !is_name(&input.service_name) {
        return Err(fault::invalid(
            "Invalid service name. Names can be up to 255 letters, numbers, hyphens and underscores.",
        ));
    }
    launch_type(input.launch_type.as_deref())?;
    input.beyond.check()?;
    if input.role.is_some() {
        return Err(fault::invalid(
            "Cannot specify an IAM role for services that do not use load balancers.",
        ));
    }
    if input.health_check_grace_period_seconds.is_some_and(|seconds| seconds != 0) {
        return Err(fault::invalid(
            "Health check grace period is only valid for services configured to use load balancers",
        ));
    }
    let scheduling = match input.scheduling_strategy.as_deref() {
        None | Some("REPLICA") => Scheduling::Replica,
        Some("DAEMON") => Scheduling::Daemon,
        Some(_) => return Err(fault::invalid("Invalid scheduling strategy.")),
    };
    if scheduling == Scheduling::Daemon && input.desired_count.is_some() {
        return Err(fault::invalid(
            "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.",
        ));
    }
    if scheduling == Scheduling::Daemon && !input.placement_strategy.is_empty() {
        return Err(fault::invalid("The daemon scheduling strategy does not support placement strategies."));
    }
    let desired = count(input.desired_count.unwrap_or(0))?;
    let defaults = match scheduling {
        Scheduling::Replica => (200, 100),
        Scheduling::Daemon => (100, 0),
    };
    let defaults = DeploymentConfiguration {
        maximum_percent: defaults.0,
        minimum_healthy_percent: defaults.1,
        circuit_breaker: false,
        rollback: false,
    };
    let deployment = configuration(input.deployment_configuration.as_ref(), defaults, scheduling)?;
    placement(&input.placement_constraints, &input.placement_strategy)?;
    let text = input.task_definition.as_deref().filter(|text| !text.is_empty());
    let revision = definitions::find_active(
        view,
        text.ok_or_else(|| fault::invalid("TaskDefinition can not be blank."))?,
    )?;
    runnable(revision)?;
    let service = Service {
        name: input.service_name.clone(),
        status: ServiceStatus::Active,
        desired,
        scheduling,
        deployment,
        constraints: input.placement_constraints.clone(),
        strategies: input.placement_strategy.clone(),
        deployments: Vec::new(),
        events: std::collections::VecDeque::new(),
        created_at: view.now,
        created_by: view.caller.arn.clone(),
        client_token: input.client_token.clone(),
        tags: tags(&input.tags)?,
        propagate_tags: propagation(input.propagate_tags.as_deref())?,
        managed_tags: input.managed_tags,
        zone_rebalancing: rebalancing(input.availability_zone_rebalancing.as_deref())?.unwrap_or(false),
        next_round: None,
        held_until: None,
        steady: false,
    };
    Ok((cluster.name.clone(), service, revision.id.clone()))
}

pub(super) fn propagation(given: Option<&str>) -> Result<Option<String>, Fault> {
    match given {
        None | Some("NONE") => Ok(None),
        Some(source @ ("SERVICE" | "TASK_DEFINITION")) => Ok(Some(source.to_owned())),
        Some(_) => Err(fault::invalid("Invalid propagateTags value.")),
    }
}

fn rebalancing(given: Option<&str>) -> Result<Option<bool>, Fault> {
    match given {
        None => Ok(None),
        Some("DISABLED") => Ok(Some(false)),
        Some("ENABLED") => Err(fault::unsupported("availabilityZoneRebalancing")),
        Some(_) => Err(fault::invalid("Invalid availabilityZoneRebalancing value.")),
    }
}

/// The answer for a service that is there already: the same again for the same token and wish.
fn existing(
    view: &View<'_>,
    cluster: &str,
    input: &Create,
    wanted: &Service,
    definition: &RevisionId,
) -> Result<Option<Value>, Fault> {
    let service = view.region.ecs.clusters.get(cluster).and_then(|c| c.services.get(&wanted.name));
    match service {
        Some(service) if service.status == ServiceStatus::Draining => {
            Err(fault::invalid("Unable to Start a service that is still Draining."))
        }
        Some(service) if service.status == ServiceStatus::Active => {
            let same = service.desired == wanted.desired
                && service.scheduling == wanted.scheduling
                && service.primary().is_some_and(|primary| primary.definition == *definition);
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

fn find<'c>(view: &View<'_>, cluster: &'c Cluster, text: &str) -> Result<Option<&'c Service>, Fault> {
    let name = arns::local(view, "service", cluster, text)?;
    Ok(name.and_then(|name| cluster.services.get(name)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    cluster: Option<String>,
    service: String,
    desired_count: Option<i64>,
    task_definition: Option<String>,
    deployment_configuration: Option<Configuration>,
    placement_constraints: Option<Vec<Constraint>>,
    placement_strategy: Option<Vec<Strategy>>,
    #[serde(default)]
    force_new_deployment: bool,
    health_check_grace_period_seconds: Option<i64>,
    availability_zone_rebalancing: Option<String>,
    #[serde(rename = "enableECSManagedTags")]
    managed_tags: Option<bool>,
    propagate_tags: Option<String>,
    #[serde(flatten)]
    beyond: Beyond,
}

pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let (view, now) = (scope.view(), scope.now);
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let service = find(&view, cluster, &input.service)?.ok_or_else(fault::service_not_found)?;
    if service.status != ServiceStatus::Active {
        return Err(fault::service_not_active());
    }
    input.beyond.check()?;
    let mut next = service.clone();
    if input.health_check_grace_period_seconds.is_some_and(|seconds| seconds != 0) {
        return Err(fault::invalid(
            "Health check grace period is only valid for services configured to use load balancers",
        ));
    }
    if let Some(desired) = input.desired_count {
        if next.scheduling == Scheduling::Daemon {
            return Err(fault::invalid(
                "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.",
            ));
        }
        next.desired = count(desired)?;
    }
    next.deployment =
        configuration(input.deployment_configuration.as_ref(), next.deployment, next.scheduling)?;
    next.constraints = input.placement_constraints.unwrap_or(next.constraints);
    next.strategies = input.placement_strategy.unwrap_or(next.strategies);
    placement(&next.constraints, &next.strategies)?;
    next.managed_tags = input.managed_tags.unwrap_or(next.managed_tags);
    if input.propagate_tags.is_some() {
        next.propagate_tags = propagation(input.propagate_tags.as_deref())?;
    }
    rebalancing(input.availability_zone_rebalancing.as_deref())?;
    let current = service.primary().map(|primary| primary.definition.clone());
    let wanted = match input.task_definition.as_deref() {
        Some(text) => {
            let revision = definitions::find_active(&view, text)?;
            runnable(revision)?;
            Some(revision.id.clone())
        }
        None => current.clone(),
    };
    let cluster = cluster.name.clone();
    let name = next.name.clone();
    if let Some(definition) = wanted.filter(|id| input.force_new_deployment || Some(id) != current.as_ref()) {
        // Older deployments without a task left are over; those that have some go on until they are drained.
        let alive = |deployment: &crate::services::ecs::model::Deployment| {
            scope.region.ecs.clusters.get(&cluster).is_some_and(|cluster| {
                services::counts(cluster, |task| task.started_by.as_deref() == Some(&deployment.id)) != (0, 0)
            })
        };
        next.deployments.retain(alive);
        let deployment = services::deployment(&mut scope.region.ids, definition, now);
        next.deployments.insert(0, deployment);
        next.held_until = None;
    }
    next.steady = false;
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&cluster) {
        cluster.services.insert(name.clone(), next);
    }
    answer(&scope.view(), &cluster, &name)
}

#[derive(Debug, Deserialize)]
pub(super) struct Delete {
    cluster: Option<String>,
    service: String,
    #[serde(default)]
    force: bool,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
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

#[derive(Debug, Deserialize)]
pub(super) struct Describe {
    cluster: Option<String>,
    services: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    if input.services.is_empty() {
        return Err(fault::invalid("Services cannot be empty."));
    }
    if input.services.len() > 10 {
        return Err(fault::invalid("Services cannot have more than 10 elements."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.services {
        match find(view, cluster, text)? {
            Some(service) => found.push(shapes::service(view, cluster, service, !input.include.is_empty())),
            None => failures.push(missing(view, "service", &cluster.name, text)),
        }
    }
    Ok(json!({"services": found, "failures": failures}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    cluster: Option<String>,
    launch_type: Option<String>,
    scheduling_strategy: Option<String>,
    resource_management_type: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let kind = input.scheduling_strategy.as_deref();
    if !matches!(kind, None | Some("REPLICA" | "DAEMON")) {
        return Err(fault::invalid("Invalid scheduling strategy."));
    }
    let here = matches!(input.launch_type.as_deref(), None | Some("EC2"))
        && matches!(input.resource_management_type.as_deref(), None | Some("CUSTOMER"));
    let living = cluster.services.values().filter(|service| {
        here && service.status != ServiceStatus::Inactive
            && kind.is_none_or(|kind| service.scheduling.name() == kind)
    });
    paged(
        "serviceArns",
        living.collect(),
        |service| service.name.clone(),
        |service| arns::in_cluster(view, "service", &cluster.name, &service.name).into(),
        &input.paging,
        10,
    )
}

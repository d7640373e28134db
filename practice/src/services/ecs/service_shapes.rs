//! Services, their deployments and what is remembered of them, as the API describes them. Follows the structures of
//! the ECS API reference.

use serde_json::{Map, Value, json};

use super::model::{
    Cluster, ConnectService, Controller, Deployment, DeploymentConfiguration, DeploymentStatus, Rollout,
    Scheduling, Service, ServiceDeployment, ServiceRevision, Shifting, Spec, Task, TaskSet, ThresholdKind,
};
use super::ops::present;
use super::shapes::tags;
use super::{arns, capacity, services};
use crate::core::time::Epoch;
use crate::world::View;

/// `Service`.
pub(super) fn service(view: &View<'_>, cluster: &Cluster, service: &Service, with_tags: bool) -> Value {
    let (pending, running) = services::counts(cluster, |task| task.service.as_deref() == Some(&service.name));
    let events = service.events.iter().map(|event| {
        json!({"id": event.id(&service.name), "createdAt": Epoch(event.at), "message": event.message})
    });
    let deployments: Vec<Value> = service
        .deployments
        .iter()
        .enumerate()
        .map(|(at, one)| deployment(view, cluster, service, one, at == 0))
        .collect();
    let primary = service.primary();
    let spec = primary.map_or(&service.spec, |primary| &primary.spec);
    let ecs = service.controller == Controller::Ecs;
    let mut value = json!({
        "serviceArn": arns::in_cluster(view, "service", &cluster.name, &service.name),
        "serviceName": service.name,
        "clusterArn": arns::cluster(view, &cluster.name),
        "loadBalancers": spec.load_balancers,
        "serviceRegistries": spec.registries,
        "status": service.status.name(),
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
        "taskDefinition": primary.map(|primary| arns::revision(view, &primary.definition)),
        "deploymentConfiguration": configuration(&service.deployment, ecs),
        "deployments": null,
        "events": null,
        "createdAt": Epoch(service.created_at),
        "placementConstraints": service.constraints,
        "placementStrategy": service.strategies,
        "schedulingStrategy": service.scheduling.name(),
        "deploymentController": {"type": service.controller.name()},
        "tags": if with_tags { tags(&service.tags, true) } else { Value::Null },
        "createdBy": service.created_by,
        "roleArn": service.role,
        "healthCheckGracePeriodSeconds": service.grace_seconds,
        "enableECSManagedTags": service.managed_tags,
        "propagateTags": service.propagate_tags.as_deref().unwrap_or("NONE"),
        "enableExecuteCommand": service.execute_command,
        "availabilityZoneRebalancing": if service.zone_rebalancing { "ENABLED" } else { "DISABLED" },
    });
    // Moved in: `json!` would copy them.
    value["deployments"] = deployments.into();
    value["events"] = events.collect::<Vec<_>>().into();
    extend(&mut value, capacity_of(spec, false));
    if !ecs {
        let sets = service.task_sets.iter().map(|set| task_set(view, cluster, service, set, with_tags));
        value["taskSets"] = sets.collect::<Vec<_>>().into();
        if let Some(set) = service.task_sets.iter().find(|set| set.primary) {
            value["taskDefinition"] = arns::revision(view, &set.definition).into();
        }
    }
    if let Some(current) = service.deployments.iter().find(|d| d.rollout == Rollout::Completed)
        && !current.revision.is_empty()
    {
        let (pending, running) = tasks_of(cluster, service, &current.id);
        value["currentServiceRevisions"] = json!([{
            "arn": revision_arn(view, cluster, service, &current.revision),
            "requestedTaskCount": service.desired,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        }]);
        value["currentServiceDeployment"] = service
            .history
            .iter()
            .find(|one| one.target == current.revision)
            .map_or(Value::Null, |one| deployment_arn(view, cluster, service, &one.id).into());
    }
    present(value)
}

fn extend(value: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (value.as_object_mut(), more) {
        members.extend(more);
    }
}

/// Where tasks run, as services, deployments and service revisions all show it. Deployments know what `LATEST` is.
fn capacity_of(spec: &Spec, resolved: bool) -> Value {
    let mut value = Map::new();
    match spec.launch_type() {
        Some(launch) => value.insert("launchType".to_owned(), launch.name().into()),
        None => value.insert("capacityProviderStrategy".to_owned(), json!(spec.providers)),
    };
    if let Some(version) = &spec.platform_version {
        let version = if resolved { capacity::platform(Some(version)).unwrap_or(version) } else { version };
        value.insert("platformVersion".to_owned(), version.into());
        value.insert("platformFamily".to_owned(), "Linux".into());
    }
    if let Some(network) = &spec.network {
        let own = json!({
            "subnets": network.subnets,
            "securityGroups": network.security_groups,
            "assignPublicIp": if network.public { "ENABLED" } else { "DISABLED" },
        });
        value.insert("networkConfiguration".to_owned(), json!({"awsvpcConfiguration": own}));
    }
    Value::Object(value)
}

/// `DeploymentConfiguration`. Only ECS's own controller has a strategy.
pub(super) fn configuration(configuration: &DeploymentConfiguration, ecs: bool) -> Value {
    let mut breaker = json!({"enable": configuration.circuit_breaker, "rollback": configuration.rollback});
    if configuration.counts_on {
        breaker["resetOnHealthyTask"] = false.into();
    }
    if let Some(threshold) = configuration.threshold {
        let kind = match threshold.kind {
            ThresholdKind::Count => "COUNT",
            ThresholdKind::BoundedPercent => "BOUNDED_PERCENT",
            ThresholdKind::UnboundedPercent => "UNBOUNDED_PERCENT",
        };
        breaker["thresholdConfiguration"] = json!({"type": kind, "value": threshold.value});
    }
    let step = configuration.step.map(|step| (f64::from(step.permille) / 10.0, step.bake_minutes));
    present(json!({
        "deploymentCircuitBreaker": if ecs { breaker } else { Value::Null },
        "maximumPercent": configuration.maximum_percent,
        "minimumHealthyPercent": configuration.minimum_healthy_percent,
        "alarms": configuration.alarms,
        "strategy": if ecs { configuration.strategy.name().into() } else { Value::Null },
        "bakeTimeInMinutes": if ecs { configuration.bake_minutes.unwrap_or(0).into() } else { Value::Null },
        "linearConfiguration": step.filter(|_| configuration.strategy == Shifting::Linear)
            .map(|(percent, minutes)| json!({"stepPercent": percent, "stepBakeTimeInMinutes": minutes})),
        "canaryConfiguration": step.filter(|_| configuration.strategy == Shifting::Canary)
            .map(|(percent, minutes)| json!({"canaryPercent": percent, "canaryBakeTimeInMinutes": minutes})),
        "lifecycleHooks": if configuration.hooks.is_empty() { Value::Null } else { json!(configuration.hooks) },
    }))
}

fn tasks_of(cluster: &Cluster, service: &Service, deployment: &str) -> (u32, u32) {
    services::counts(cluster, |task| is_of(task, service, deployment))
}

fn is_of(task: &Task, service: &Service, deployment: &str) -> bool {
    task.service.as_deref() == Some(&service.name) && task.started_by.as_deref() == Some(deployment)
}

/// How many tasks a deployment is to have: an older one keeps those that are not told to stop yet.
fn desired_of(cluster: &Cluster, service: &Service, deployment: &Deployment, primary: bool) -> u32 {
    if primary {
        return if deployment.rollout == Rollout::Failed { 0 } else { service.desired };
    }
    let kept = cluster.tasks.values().filter(|task| is_of(task, service, &deployment.id) && task.is_wanted());
    u32::try_from(kept.count()).unwrap_or(u32::MAX)
}

fn deployment(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    deployment: &Deployment,
    primary: bool,
) -> Value {
    let (pending, running) = tasks_of(cluster, service, &deployment.id);
    let state = match deployment.rollout {
        Rollout::InProgress => "in progress.",
        Rollout::Completed => "completed.",
        Rollout::Failed => "failed: tasks failed to start.",
    };
    let usual = || format!("ECS deployment {} {state}", deployment.id);
    let spec = &deployment.spec;
    let mut value = present(json!({
        "id": deployment.id,
        "status": if primary { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": arns::revision(view, &deployment.definition),
        "desiredCount": desired_of(cluster, service, deployment, primary),
        "pendingCount": pending,
        "runningCount": running,
        "failedTasks": deployment.failed_tasks,
        "createdAt": Epoch(deployment.created_at),
        "updatedAt": Epoch(deployment.updated_at),
        "rolloutState": deployment.rollout.name(),
        "rolloutStateReason": deployment.rollout_reason.clone().unwrap_or_else(usual),
        "serviceConnectConfiguration": spec.connect,
        "serviceConnectResources": connected(view, service, spec),
        "volumeConfigurations": if spec.volumes.is_empty() { Value::Null } else { json!(spec.volumes) },
    }));
    extend(&mut value, capacity_of(spec, true));
    value
}

/// `serviceConnectResources`: the services of Cloud Map that belong to a deployment. Null where there are none.
fn connected(view: &View<'_>, service: &Service, spec: &Spec) -> Value {
    let names: Vec<&str> =
        spec.connect.iter().flat_map(|connect| &connect.services).map(ConnectService::discovery).collect();
    let own = service.discoveries.iter().filter(|had| names.contains(&had.name.as_str()));
    let all: Vec<Value> = own
        .map(|had| {
            let arn = view.arn("servicediscovery", &format!("service/{}", had.service));
            json!({"discoveryName": had.name, "discoveryArn": arn})
        })
        .collect();
    if all.is_empty() { Value::Null } else { all.into() }
}

/// `arn:aws:ecs:region:account:service-revision/cluster/service/digits`
pub(super) fn revision_arn(view: &View<'_>, cluster: &Cluster, service: &Service, id: &str) -> String {
    view.arn("ecs", &format!("service-revision/{}/{}/{id}", cluster.name, service.name))
}

/// `arn:aws:ecs:region:account:service-deployment/cluster/service/id`
pub(super) fn deployment_arn(view: &View<'_>, cluster: &Cluster, service: &Service, id: &str) -> String {
    view.arn("ecs", &format!("service-deployment/{}/{}/{id}", cluster.name, service.name))
}

/// `ServiceRevision`.
pub(super) fn revision(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    revision: &ServiceRevision,
) -> Value {
    let containers = view.region.ecs.revision(&revision.definition).map(|definition| &definition.containers);
    let images = containers.into_iter().flatten().map(|container| {
        present(json!({
            "containerName": container.name,
            "image": container.image,
        }))
    });
    let spec = &revision.spec;
    let mut value = present(json!({
        "serviceRevisionArn": revision_arn(view, cluster, service, &revision.id),
        "serviceArn": arns::in_cluster(view, "service", &cluster.name, &service.name),
        "clusterArn": arns::cluster(view, &cluster.name),
        "taskDefinition": arns::revision(view, &revision.definition),
        "loadBalancers": spec.load_balancers,
        "serviceRegistries": spec.registries,
        "containerImages": images.collect::<Vec<_>>(),
        "guardDutyEnabled": false,
        "serviceConnectConfiguration": spec.connect,
        "volumeConfigurations": spec.volumes,
        "createdAt": Epoch(revision.created_at),
    }));
    extend(&mut value, capacity_of(spec, true));
    value
}

/// `ServiceDeploymentBrief`.
pub(super) fn service_deployment_brief(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    one: &ServiceDeployment,
) -> Value {
    present(json!({
        "serviceDeploymentArn": deployment_arn(view, cluster, service, &one.id),
        "serviceArn": arns::in_cluster(view, "service", &cluster.name, &service.name),
        "clusterArn": arns::cluster(view, &cluster.name),
        "startedAt": Epoch(one.created_at),
        "createdAt": Epoch(one.created_at),
        "finishedAt": one.finished_at.map(Epoch),
        "targetServiceRevisionArn": revision_arn(view, cluster, service, &one.target),
        "status": one.status,
        "statusReason": one.reason,
    }))
}

/// `ServiceDeployment`.
pub(super) fn service_deployment(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    one: &ServiceDeployment,
) -> Value {
    let shift =
        service.deployments.iter().find_map(|d| d.shift.as_ref().filter(|_| d.revision == one.target));
    let summary = |id: &String, target: bool| {
        let deployment = service.deployments.iter().find(|d| d.revision == *id);
        let (pending, running) = deployment.map_or((0, 0), |d| tasks_of(cluster, service, &d.id));
        let first = |d: &Deployment| service.primary().is_some_and(|primary| primary.id == d.id);
        let share =
            |shift: &super::model::Shift| if target { shift.production } else { 1_000 - shift.production };
        present(json!({
            "arn": revision_arn(view, cluster, service, id),
            "requestedTaskCount": deployment.map_or(0, |d| desired_of(cluster, service, d, first(d))),
            "runningTaskCount": running,
            "pendingTaskCount": pending,
            "requestedProductionTrafficWeight": shift.map(|shift| f64::from(share(shift)) / 10.0),
            "requestedTestTrafficWeight": shift.map(|shift| if shift.test == target { 100.0 } else { 0.0 }),
        }))
    };
    let over = one.finished_at.is_some();
    let failures =
        service.deployments.iter().find(|d| d.revision == one.target).map_or(0, |d| d.failed_tasks);
    let monitor = |on: bool, triggered: bool| match (on, triggered) {
        (false, _) => "DISABLED",
        (true, true) => "TRIGGERED",
        (true, false) if over => "MONITORING_COMPLETE",
        (true, false) => "MONITORING",
    };
    let alarms = one.configuration.alarms.as_ref();
    let mut value = service_deployment_brief(view, cluster, service, one);
    if let Some(members) = value.as_object_mut() {
        members.remove("targetServiceRevisionArn");
    }
    let pause = shift.and_then(|shift| shift.pause.as_ref()).map(|pause| {
        json!([{
            "hookId": pause.hook,
            "targetType": "PAUSE",
            "status": if pause.passed { "SUCCEEDED" } else { "AWAITING_ACTION" },
            "expiresAt": Epoch(pause.expires_at),
            "timeoutAction": if pause.rolls_back { "ROLLBACK" } else { "CONTINUE" },
        }])
    });
    let reactive =
        one.configuration.strategy == Shifting::Rolling && service.scheduling == Scheduling::Replica;
    extend(
        &mut value,
        present(json!({
            "stoppedAt": one.stopped_at.map(Epoch),
            "updatedAt": Epoch(one.updated_at),
            "sourceServiceRevisions": one.sources.iter().map(|id| summary(id, false)).collect::<Vec<_>>(),
            "targetServiceRevision": summary(&one.target, true),
            "lifecycleStage": one.stage.filter(|_| one.status == DeploymentStatus::InProgress),
            "lifecycleHookDetails": pause,
            "deploymentConfiguration": configuration(&one.configuration, true),
            "rollback": one.rollback.as_ref().map(|rollback| json!({
                "reason": rollback.reason,
                "startedAt": Epoch(rollback.started_at),
                "serviceRevisionArn": revision_arn(view, cluster, service, &rollback.revision),
            })),
            "deploymentCircuitBreaker": {
                "status": monitor(one.configuration.circuit_breaker && (reactive || one.tripped.is_some()), one.tripped.is_some()),
                "failureCount": one.tripped.unwrap_or(failures),
                "threshold": services::threshold(&one.configuration, service.desired),
            },
            "alarms": {
                "status": monitor(alarms.is_some_and(|alarms| alarms.enable), !one.alarmed.is_empty()),
                "alarmNames": alarms.map(|alarms| alarms.alarm_names.clone()).unwrap_or_default(),
                "triggeredAlarmNames": one.alarmed,
            },
        })),
    );
    value
}

/// `TaskSet`.
pub(super) fn task_set(
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    set: &TaskSet,
    with_tags: bool,
) -> Value {
    let (pending, running) = tasks_of(cluster, service, &set.id);
    let desired = services::desired_of_set(service, set);
    let stable = pending == 0 && running == desired && service.steady;
    let status = match (set.draining, set.primary) {
        (true, _) => "DRAINING",
        (false, true) => "PRIMARY",
        (false, false) => "ACTIVE",
    };
    let mut value = present(json!({
        "id": set.id,
        "taskSetArn": view.arn("ecs", &format!("task-set/{}/{}/{}", cluster.name, service.name, set.id)),
        "serviceArn": arns::in_cluster(view, "service", &cluster.name, &service.name),
        "clusterArn": arns::cluster(view, &cluster.name),
        "startedBy": (service.controller == Controller::CodeDeploy).then_some("CODE_DEPLOY"),
        "externalId": set.external_id,
        "status": status,
        "taskDefinition": arns::revision(view, &set.definition),
        "computedDesiredCount": desired,
        "pendingCount": pending,
        "runningCount": running,
        "createdAt": Epoch(set.created_at),
        "updatedAt": Epoch(set.updated_at),
        "loadBalancers": set.spec.load_balancers,
        "serviceRegistries": set.spec.registries,
        "scale": {"value": f64::from(set.scale) / 100.0, "unit": "PERCENT"},
        "stabilityStatus": if stable { "STEADY_STATE" } else { "STABILIZING" },
        "stabilityStatusAt": Epoch(view.now),
        "tags": tags(&set.tags, with_tags),
    }));
    extend(&mut value, capacity_of(&set.spec, true));
    value
}

//! Task sets of services whose deployments somebody else runs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, definitions, failure, included, services, tags};
use crate::core::fault::Fault;
use crate::services::ecs::model::{Cluster, Controller, Service, ServiceStatus, TaskSet};
use crate::services::ecs::{arns, fault, service_shapes as shapes, services as scheduler};
use crate::world::{Scope, View};

/// Most task sets of a service, in this cloud.
const MAX_SETS: usize = 5;

fn not_found() -> Fault {
    Fault::new(
        "TaskSetNotFoundException",
        "The specified task set wasn't found. You can view your available task sets with DescribeTaskSets. Task sets are specific to each cluster, service and Region.",
    )
}

/// The service, which must be one that has task sets.
fn owner<'v>(view: &View<'v>, cluster: &str, service: &str) -> Result<(&'v Cluster, &'v Service), Fault> {
    let cluster = arns::find_cluster(view, Some(cluster))?;
    let service = services::find(view, cluster, service)?.ok_or_else(fault::service_not_found)?;
    if service.status != ServiceStatus::Active {
        return Err(fault::service_not_active());
    }
    if service.controller == Controller::Ecs {
        return Err(fault::invalid(
            "Task sets are only supported for services that use the EXTERNAL or CODE_DEPLOY deployment controller.",
        ));
    }
    Ok((cluster, service))
}

/// Only their owner changes the task sets of a service.
fn external(service: &Service) -> Result<(), Fault> {
    if service.controller == Controller::External {
        return Ok(());
    }
    Err(fault::invalid(
        "Unable to change the task sets of services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    ))
}

/// The id in an id or ARN.
fn id_of(text: &str) -> &str {
    text.find("ecs-svc/").and_then(|at| text.get(at..)).unwrap_or(text)
}

#[derive(Debug, Deserialize)]
struct Scale {
    value: Option<f64>,
    unit: Option<String>,
}

/// Hundredths of a percent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 10,000 by then")]
fn scale(asked: Option<&Scale>) -> Result<u32, Fault> {
    let Some(asked) = asked else { return Ok(10_000) };
    let value = asked.value.unwrap_or(100.0);
    if asked.unit.as_deref().is_some_and(|unit| unit != "PERCENT") || !(0.0..=100.0).contains(&value) {
        return Err(fault::invalid("The scale of a task set must be between 0 and 100 percent."));
    }
    Ok((value * 100.0).round() as u32)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    service: String,
    cluster: String,
    external_id: Option<String>,
    task_definition: String,
    scale: Option<Scale>,
    client_token: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(flatten)]
    spec: services::Asked,
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let (cluster, service) = owner(&view, &input.cluster, &input.service)?;
    external(service)?;
    let token = input.client_token.filter(|token| !token.is_empty());
    if let Some(before) = service.task_sets.iter().find(|set| token.is_some() && set.client_token == token) {
        return Ok(json!({"taskSet": shapes::task_set(&view, cluster, service, before, true)}));
    }
    if service.task_sets.len() >= MAX_SETS {
        let message = format!("The limit for the number of task sets in a service is {MAX_SETS}.");
        return Err(Fault::new("LimitExceededException", message));
    }
    let revision = definitions::find_active(&view, &input.task_definition)?;
    let spec = input.spec.checked(&view, cluster, None, revision, service.scheduling)?;
    let (definition, scale, tags) = (revision.id.clone(), scale(input.scale.as_ref())?, tags(&input.tags)?);
    let (cluster, name) = (cluster.name.clone(), service.name.clone());
    let id = scheduler::new_id(&mut scope.region.ids);
    let set = TaskSet {
        id: id.clone(),
        external_id: input.external_id,
        definition,
        spec,
        scale,
        draining: false,
        primary: false,
        created_at: scope.now,
        updated_at: scope.now,
        client_token: token,
        tags,
    };
    change(scope, &cluster, &name, &id, |service| service.task_sets.push(set))
}

/// Changes a service and answers with one of its task sets.
fn change(
    scope: &mut Scope<'_>,
    cluster: &str,
    service: &str,
    id: &str,
    act: impl FnOnce(&mut Service),
) -> Result<Value, Fault> {
    let found = scope.region.ecs.clusters.get_mut(cluster).and_then(|c| c.services.get_mut(service));
    if let Some(service) = found {
        act(service);
        service.steady = false;
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(cluster))?;
    let service = cluster.services.get(service).ok_or_else(fault::service_not_found)?;
    let set = service.task_sets.iter().find(|set| set.id == id).ok_or_else(not_found)?;
    Ok(json!({"taskSet": shapes::task_set(&view, cluster, service, set, false)}))
}

/// Cluster, service and id of a task set that may be changed.
fn located(
    view: &View<'_>,
    cluster: &str,
    service: &str,
    set: &str,
) -> Result<(String, String, TaskSet), Fault> {
    let (cluster, service) = owner(view, cluster, service)?;
    external(service)?;
    let set =
        service.task_sets.iter().find(|one| one.id == id_of(set) && !one.draining).ok_or_else(not_found)?;
    Ok((cluster.name.clone(), service.name.clone(), set.clone()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    cluster: String,
    service: String,
    task_set: String,
    scale: Scale,
}

pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let (cluster, service, set) = located(&scope.view(), &input.cluster, &input.service, &input.task_set)?;
    let (scale, now) = (scale(Some(&input.scale))?, scope.now);
    change(scope, &cluster, &service, &set.id, |service| {
        if let Some(one) = service.task_sets.iter_mut().find(|one| one.id == set.id) {
            one.scale = scale;
            one.updated_at = now;
        }
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MakePrimary {
    cluster: String,
    service: String,
    primary_task_set: String,
}

pub(super) fn make_primary(scope: &mut Scope<'_>, input: MakePrimary) -> Result<Value, Fault> {
    let (cluster, service, set) =
        located(&scope.view(), &input.cluster, &input.service, &input.primary_task_set)?;
    let now = scope.now;
    change(scope, &cluster, &service, &set.id, |service| {
        for one in &mut service.task_sets {
            one.updated_at = if one.id == set.id { now } else { one.updated_at };
            one.primary = one.id == set.id;
        }
        service.task_sets.sort_by_key(|one| !one.primary);
        service.spec = set.spec;
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    cluster: String,
    service: String,
    task_set: String,
    #[serde(default)]
    force: bool,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let (cluster, service, set) = located(&scope.view(), &input.cluster, &input.service, &input.task_set)?;
    if set.scale > 0 && !input.force {
        return Err(fault::invalid("The task set cannot be deleted while it is scaled above 0."));
    }
    let now = scope.now;
    change(scope, &cluster, &service, &set.id, |service| {
        if let Some(one) = service.task_sets.iter_mut().find(|one| one.id == set.id) {
            (one.draining, one.primary, one.updated_at) = (true, false, now);
        }
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    cluster: String,
    service: String,
    #[serde(default)]
    task_sets: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    let (cluster, service) = owner(view, &input.cluster, &input.service)?;
    let with_tags = !input.include.is_empty();
    let show = |set: &TaskSet| shapes::task_set(view, cluster, service, set, with_tags);
    if input.task_sets.is_empty() {
        let all: Vec<Value> = service.task_sets.iter().map(show).collect();
        return Ok(json!({"taskSets": all, "failures": []}));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.task_sets {
        match service.task_sets.iter().find(|set| set.id == id_of(text)) {
            Some(set) => found.push(show(set)),
            None => failures.push(failure(text, "MISSING")),
        }
    }
    Ok(json!({"taskSets": found, "failures": failures}))
}

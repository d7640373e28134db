//! Task definitions: families and their revisions.

mod checks;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::container_definitions::{self, Whole};
use super::{Paging, Tag, included, is_name, paged, tags};
use crate::core::fault::Fault;
use crate::services::ecs::model::{
    Constraint, ContainerDefinition, Family, Revision, RevisionId, RevisionStatus, ServiceStatus,
};
use crate::services::ecs::{arns, fault, quotas, shapes};
use crate::services::iam;
use crate::world::{Scope, View};

/// Largest task definition, in bytes.
const MAX_BYTES: usize = 65_536;
/// Members that are kept and given back as they come.
const KEPT: [&str; 4] = ["ephemeralStorage", "ipcMode", "pidMode", "runtimePlatform"];
/// Members of which this cloud has nothing behind them yet.
const NOT_YET: [&str; 3] = ["proxyConfiguration", "inferenceAccelerators", "enableFaultInjection"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Register {
    family: String,
    container_definitions: Vec<ContainerDefinition>,
    task_role_arn: Option<String>,
    execution_role_arn: Option<String>,
    network_mode: Option<String>,
    #[serde(default)]
    volumes: Vec<Value>,
    #[serde(default)]
    placement_constraints: Vec<Constraint>,
    #[serde(default)]
    requires_compatibilities: Vec<String>,
    cpu: Option<String>,
    memory: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

pub(super) fn register(scope: &mut Scope<'_>, mut input: Register) -> Result<Value, Fault> {
    if input.family.is_empty() {
        return Err(fault::client("Family should not be null or empty."));
    }
    if !is_name(&input.family) {
        return Err(fault::client("Family contains invalid characters."));
    }
    if let Some(name) = NOT_YET.iter().find(|name| input.other.contains_key(**name)) {
        return Err(fault::unsupported(name));
    }
    input.other.retain(|name, _| KEPT.contains(&name.as_str()));
    let tags = tags(&input.tags)?;
    checks::modes(&input)?;
    let cpu = input.cpu.as_deref().map(|text| checks::units(text, "cpu", "vcpu")).transpose()?;
    let memory = input.memory.as_deref().map(|text| checks::units(text, "memory", "gb")).transpose()?;
    checks::fargate(&input, cpu, memory)?;
    checks::constraints(&input.placement_constraints)?;
    let volumes = checks::volume_names(&input.volumes)?;
    let has_execution_role = input.execution_role_arn.is_some();
    let whole =
        Whole { network_mode: input.network_mode.as_deref(), cpu, memory, volumes, has_execution_role };
    container_definitions::check(&mut input.container_definitions, &whole)?;
    let size = serde_json::to_string(&input.container_definitions).map_or(0, |text| text.len());
    if size > MAX_BYTES {
        let message = format!("Actual length: '{size}'. Max allowed length is '{MAX_BYTES}' bytes.");
        return Err(fault::client(message));
    }
    let task_role_arn = role(&scope.view(), input.task_role_arn)?;
    let execution_role_arn = role(&scope.view(), input.execution_role_arn)?;

    let last = scope.region.ecs.families.get(&input.family).map_or(0, |family| family.last);
    let id = RevisionId { family: input.family, revision: last + 1 };
    let revision = Revision {
        id: id.clone(),
        status: RevisionStatus::Active,
        containers: input.container_definitions,
        task_role_arn,
        execution_role_arn,
        network_mode: input.network_mode,
        volumes: input.volumes,
        constraints: input.placement_constraints,
        requires_compatibilities: input.requires_compatibilities,
        cpu: cpu.map(|cpu| cpu.to_string()),
        memory: memory.map(|memory| memory.to_string()),
        other: input.other,
        registered_at: scope.now,
        registered_by: scope.caller.arn.clone(),
        deregistered_at: None,
        delete_requested_at: None,
        tags,
    };
    quotas::revision(&scope.region.ecs, &revision)?;
    let family = scope.region.ecs.families.entry(id.family.clone()).or_default();
    family.last = id.revision;
    family.revisions.insert(id.revision, revision);
    let view = scope.view();
    let revision = view.region.ecs.revision(&id).ok_or_else(not_found)?;
    Ok(json!({
        "taskDefinition": shapes::definition(&view, revision),
        "tags": shapes::tags(&revision.tags, true),
    }))
}

/// The ARN of a role given by ARN or name, which the caller must be allowed to pass.
pub(super) fn role(view: &View<'_>, given: Option<String>) -> Result<Option<String>, Fault> {
    let Some(given) = given.filter(|text| !text.is_empty()) else { return Ok(None) };
    let arn = if given.starts_with("arn:") {
        given
    } else {
        crate::core::arn::arn("iam", "", view.account, &format!("role/{given}"))
    };
    if !arn.contains(":role/") {
        return Err(fault::client("Role is not valid."));
    }
    iam::pass_role(view, &arn, "ecs-tasks.amazonaws.com")?;
    Ok(Some(arn))
}

fn not_found() -> Fault {
    fault::client("Unable to describe task definition.")
}

/// The revision for a service or task: of a family the latest `ACTIVE` one, which is what must be `ACTIVE`.
pub(super) fn find_active<'v>(view: &View<'v>, text: &str) -> Result<&'v Revision, Fault> {
    let missing = || fault::client("TaskDefinition not found.");
    let (family, number) = arns::definition(view, text).ok_or_else(missing)?;
    let family = view.region.ecs.families.get(family).ok_or_else(missing)?;
    let revision = match number {
        Some(number) => family.revisions.get(&number).ok_or_else(missing)?,
        None => family.latest().ok_or_else(missing)?,
    };
    if revision.status == RevisionStatus::Active {
        Ok(revision)
    } else {
        Err(fault::client("TaskDefinition is inactive"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    task_definition: String,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    let (family, number) = arns::definition(view, &input.task_definition).ok_or_else(not_found)?;
    let family = view.region.ecs.families.get(family).ok_or_else(not_found)?;
    let revision = match number {
        Some(number) => family.revisions.get(&number),
        None => family.latest(),
    };
    let revision = revision.ok_or_else(not_found)?;
    Ok(json!({
        "taskDefinition": shapes::definition(view, revision),
        "tags": shapes::tags(&revision.tags, !input.include.is_empty()),
    }))
}

/// The revision meant by `family:revision` or ARN; a family alone will not do.
fn exact(view: &View<'_>, text: &str) -> Result<RevisionId, Fault> {
    match arns::definition(view, text) {
        Some((_, None)) => Err(fault::client("Task definition revision is required.")),
        Some((family, Some(revision))) => {
            let id = RevisionId { family: family.to_owned(), revision };
            view.region.ecs.revision(&id).map(|revision| revision.id.clone()).ok_or_else(|| {
                fault::client("The specified task definition does not exist. Specify a valid account, family, revision and try again.")
            })
        }
        None => Err(fault::client("Invalid task definition identifier.")),
    }
}

pub(super) fn deregister(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let id = exact(&scope.view(), &input.task_definition)?;
    let now = scope.now;
    if let Some(revision) = revision_mut(scope, &id) {
        match revision.status {
            RevisionStatus::Active => {
                revision.status = RevisionStatus::Inactive;
                revision.deregistered_at = Some(now);
            }
            RevisionStatus::Inactive => {}
            RevisionStatus::DeleteInProgress => {
                return Err(fault::client(
                    "The specified task definition is already in DELETE_IN_PROGRESS status.",
                ));
            }
        }
    }
    let view = scope.view();
    let revision = view.region.ecs.revision(&id).ok_or_else(not_found)?;
    Ok(json!({"taskDefinition": shapes::definition(&view, revision)}))
}

fn revision_mut<'s>(scope: &'s mut Scope<'_>, id: &RevisionId) -> Option<&'s mut Revision> {
    scope.region.ecs.families.get_mut(&id.family)?.revisions.get_mut(&id.revision)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    task_definitions: Vec<String>,
}

/// A revision in use stays `DELETE_IN_PROGRESS`; one that is not in use is gone at once.
pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    if input.task_definitions.is_empty() || input.task_definitions.len() > 10 {
        return Err(fault::invalid("Task definitions must be between 1 and 10."));
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for text in &input.task_definitions {
        let now = scope.now;
        match exact(&scope.view(), text) {
            Err(fault) => failures.push(json!({"arn": text, "reason": "MISSING", "detail": fault.message})),
            Ok(id) => {
                let view = scope.view();
                let status = view.region.ecs.revision(&id).map(|revision| revision.status);
                if status == Some(RevisionStatus::Active) {
                    let arn = arns::revision(&view, &id);
                    let detail = "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
                    failures.push(json!({"arn": arn, "reason": "INVALID", "detail": detail}));
                    continue;
                }
                if let Some(revision) = revision_mut(scope, &id) {
                    revision.status = RevisionStatus::DeleteInProgress;
                    revision.delete_requested_at.get_or_insert(now);
                }
                let view = scope.view();
                if let Some(revision) = view.region.ecs.revision(&id) {
                    deleted.push(shapes::definition(&view, revision));
                }
                if !in_use(&view, &id)
                    && let Some(family) = scope.region.ecs.families.get_mut(&id.family)
                {
                    family.revisions.remove(&id.revision);
                }
            }
        }
    }
    Ok(json!({"taskDefinitions": deleted, "failures": failures}))
}

fn in_use(view: &View<'_>, id: &RevisionId) -> bool {
    view.region.ecs.clusters.values().any(|cluster| {
        let services = cluster.services.values().filter(|s| s.status != ServiceStatus::Inactive);
        cluster.tasks.values().any(|task| task.definition == *id)
            || services.flat_map(|service| &service.deployments).any(|d| d.definition == *id)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    family_prefix: Option<String>,
    status: Option<String>,
    sort: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let status = match input.status.as_deref() {
        None | Some("ACTIVE") => RevisionStatus::Active,
        Some("INACTIVE") => RevisionStatus::Inactive,
        Some("DELETE_IN_PROGRESS") => RevisionStatus::DeleteInProgress,
        Some(_) => return Err(fault::invalid("Invalid task definition status.")),
    };
    let descending = match input.sort.as_deref() {
        None | Some("ASC") => false,
        Some("DESC") => true,
        Some(_) => return Err(fault::invalid("Invalid sort order.")),
    };
    let families = view.region.ecs.families.iter();
    let families =
        families.filter(|(name, _)| input.family_prefix.as_ref().is_none_or(|family| *name == family));
    let mut ids: Vec<&RevisionId> = families
        .flat_map(|(_, family)| family.revisions.values())
        .filter(|revision| revision.status == status)
        .map(|revision| &revision.id)
        .collect();
    if descending {
        ids.reverse();
    }
    let places: Vec<(usize, &RevisionId)> = ids.into_iter().enumerate().collect();
    let key = |(at, _): &(usize, &RevisionId)| format!("{at:010}");
    paged("taskDefinitionArns", places, key, |(_, id)| arns::revision(view, id).into(), &input.paging, 100)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListFamilies {
    family_prefix: Option<String>,
    status: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list_families(view: &View<'_>, input: ListFamilies) -> Result<Value, Fault> {
    let wanted: fn(&Family) -> bool = match input.status.as_deref() {
        None | Some("ALL") => |_| true,
        Some("ACTIVE") => |family| family.latest().is_some(),
        Some("INACTIVE") => |family| family.latest().is_none(),
        Some(_) => return Err(fault::invalid("Invalid task definition family status.")),
    };
    let prefix = input.family_prefix.as_deref().unwrap_or_default();
    let families = view.region.ecs.families.iter();
    let names = families
        .filter(|(name, family)| name.starts_with(prefix) && !family.revisions.is_empty() && wanted(family));
    let names: Vec<&String> = names.map(|(name, _)| name).collect();
    paged("families", names, |name| (*name).clone(), |name| (*name).clone().into(), &input.paging, 100)
}

//! Tasks: run, start, stop, look.

use serde::Deserialize;
use serde_json::{Value, json};

use super::launching::{self, NetworkAsked};
use super::services::{placement, propagation};
use super::{Paging, Tag, compatibility, definitions, failure, included, missing, paged, refuse, tags};
use crate::core::fault::Fault;
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::services::ecs::capacity::{Launching, launch_of};
use crate::services::ecs::model::{
    Cluster, Constraint, Launch, Overrides, ProviderItem, Revision, RevisionId, RunToken, StopCode, Strategy,
    Task,
};
use crate::services::ecs::placement::{Needs, Unplaced, choose, is_external, size, unfit};
use crate::services::ecs::tasks::{NewTask, make, request_stop};
use crate::services::ecs::{arns, fault, providers, quotas, scaling, shapes, starting};
use crate::world::{Scope, View};

/// Most tasks of one call.
const MAX_COUNT: i64 = 10;

/// What `RunTask` and `StartTask` have in common.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    cluster: Option<String>,
    task_definition: String,
    group: Option<String>,
    started_by: Option<String>,
    overrides: Option<Overrides>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, rename = "enableECSManagedTags")]
    managed_tags: bool,
    propagate_tags: Option<String>,
    network_configuration: Option<NetworkAsked>,
    #[serde(default)]
    enable_execute_command: bool,
    volume_configurations: Option<Value>,
}

/// A checked call: cluster, revision, and what the tasks will carry.
#[derive(Debug, Clone)]
struct Wish {
    cluster: String,
    definition: RevisionId,
    group: String,
    started_by: Option<String>,
    overrides: Overrides,
    launching: Launching,
    tags: Tags,
}

impl Common {
    /// Checks the call for a launch type.
    fn check(self, view: &View<'_>, launch: Launch, platform: Option<&str>) -> Result<Wish, Fault> {
        let cluster = arns::find_cluster(view, self.cluster.as_deref())?;
        refuse(&[("volumeConfigurations", &self.volume_configurations)])?;
        let revision = definitions::find_active(view, &self.task_definition)?;
        launching::suits(revision, launch)?;
        let overrides = self.overrides.unwrap_or_default();
        check_overrides(view, revision, &overrides)?;
        if launch == Launch::Fargate {
            fargate_size(revision, &overrides)?;
        }
        let launching = Launching {
            launch,
            provider: None,
            platform_version: launching::platform(launch, platform)?,
            network: launching::network(view, revision, launch, self.network_configuration.as_ref())?,
            execute_command: self.enable_execute_command,
            registers: false,
            connect: None,
        };
        may_execute(revision, &overrides, self.enable_execute_command)?;
        for role in [
            overrides.execution_role_arn.as_deref().or(revision.execution_role_arn.as_deref()),
            overrides.task_role_arn.as_deref().or(revision.task_role_arn.as_deref()),
        ] {
            role.map_or(Ok(()), |role| starting::assumable(view, role)).map_err(fault::client)?;
        }
        let group = self.group.filter(|group| !group.is_empty());
        let group = group.unwrap_or_else(|| format!("family:{}", revision.id.family));
        if group.starts_with("service:") || group.len() > 255 {
            return Err(fault::invalid("Invalid group. A task group cannot start with 'service:'."));
        }
        if self.started_by.as_ref().is_some_and(|text| text.chars().count() > 128) {
            return Err(fault::invalid("startedBy should not be longer than 128 characters."));
        }
        let mut given = tags(&self.tags)?;
        match propagation(self.propagate_tags.as_deref())?.as_deref() {
            Some("SERVICE") => {
                return Err(fault::invalid(
                    "Cannot propagate tags from a service for a task that is not part of one.",
                ));
            }
            Some(_) => given = revision.tags.clone().into_iter().chain(given).collect(),
            None => {}
        }
        if self.managed_tags {
            given.insert("aws:ecs:clusterName".to_owned(), cluster.name.clone());
        }
        Ok(Wish {
            cluster: cluster.name.clone(),
            definition: revision.id.clone(),
            group,
            started_by: self.started_by,
            overrides,
            launching,
            tags: given,
        })
    }
}

/// ECS Exec needs a role for the agent that runs beside the containers.
fn may_execute(revision: &Revision, overrides: &Overrides, asked: bool) -> Result<(), Fault> {
    let role = overrides.task_role_arn.as_ref().or(revision.task_role_arn.as_ref());
    if asked && role.is_none() {
        return Err(fault::invalid(
            "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.".replace("service couldn't be created", "task couldn't be run"),
        ));
    }
    Ok(())
}

/// A size that overrides make must be one of Fargate's, too.
fn fargate_size(revision: &Revision, overrides: &Overrides) -> Result<(), Fault> {
    if overrides.ephemeral_storage.is_some_and(|storage| !(21..=200).contains(&storage.size)) {
        return Err(fault::invalid(
            "Invalid ephemeral storage size. The size must be between 21 GiB and 200 GiB.",
        ));
    }
    let (cpu, memory) = size(revision, Some(overrides));
    compatibility::size(cpu, memory).map_err(|fault| fault::invalid(fault.message))
}

fn check_overrides(view: &View<'_>, revision: &Revision, overrides: &Overrides) -> Result<(), Fault> {
    for one in &overrides.container_overrides {
        let name = one.name.as_deref().unwrap_or_default();
        if !revision.containers.iter().any(|container| container.name == name) {
            return Err(fault::invalid(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        }
        if one.cpu.is_some_and(|cpu| cpu < 0)
            || one.memory.is_some_and(|memory| memory < 6)
            || one.memory_reservation.is_some_and(|memory| memory < 6)
        {
            return Err(fault::invalid(format!("Invalid resource override for container named {name}.")));
        }
    }
    for text in [&overrides.cpu, &overrides.memory].into_iter().flatten() {
        if text.trim().parse::<u32>().is_err() {
            return Err(fault::invalid("Invalid task size override."));
        }
    }
    definitions::role(view, overrides.task_role_arn.clone())?;
    definitions::role(view, overrides.execution_role_arn.clone())?;
    let size = serde_json::to_string(overrides).map_or(0, |text| text.len());
    if size > 8_192 {
        return Err(fault::invalid("Container Overrides length must be at most 8192"));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    count: Option<i64>,
    launch_type: Option<String>,
    #[serde(default)]
    capacity_provider_strategy: Vec<ProviderItem>,
    platform_version: Option<String>,
    #[serde(default)]
    placement_constraints: Vec<Constraint>,
    #[serde(default)]
    placement_strategy: Vec<Strategy>,
    client_token: Option<String>,
    #[serde(flatten)]
    common: Common,
}

pub(super) fn run(scope: &mut Scope<'_>, input: Run) -> Result<Value, Fault> {
    let count = input.count.unwrap_or(1);
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(fault::invalid(format!("Task count must be between 1 and {MAX_COUNT}.")));
    }
    let strategy = strategy(&scope.view(), &input)?;
    let launch = match (input.launch_type.as_deref(), strategy.first()) {
        (Some(name), None) => launching::launch(name)?,
        (None, Some(first)) => launch_of(&first.capacity_provider),
        _ => Launch::Ec2,
    };
    placement(&input.placement_constraints, &input.placement_strategy)?;
    launching::may_place(launch, &input.placement_constraints, &input.placement_strategy)?;
    let wish = input.common.check(&scope.view(), launch, input.platform_version.as_deref())?;
    let digest = IdSource::new(
        u64::try_from(count).unwrap_or(0),
        &format!("{} {} {:?} {:?}", wish.definition, wish.group, wish.started_by, wish.overrides),
    )
    .bits();
    if let Some(answer) = ran_before(&scope.view(), &wish.cluster, input.client_token.as_deref(), digest)? {
        return Ok(answer);
    }
    if let Some(cluster) = scope.region.ecs.clusters.get(&wish.cluster) {
        quotas::tasks(cluster, usize::try_from(count).unwrap_or(0))?;
    }
    let hosts = scope.region.ecs.clusters.get(&wish.cluster).map_or(0, |cluster| cluster.instances.len());
    if hosts == 0 && launch != Launch::Fargate && strategy.is_empty() {
        return Err(fault::invalid("No Container Instances were found in your cluster."));
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut wish = wish.clone();
        wish.launching.provider = next_provider(&scope.view(), &wish.cluster, &strategy, &tasks);
        match place_one(scope, &wish, &input.placement_constraints, &input.placement_strategy) {
            Ok(Some(task)) => tasks.push(task),
            Ok(None) => break,
            Err(unfit) => {
                failures = unfit;
                break;
            }
        }
    }
    if let (Some(token), Some(cluster)) =
        (input.client_token, scope.region.ecs.clusters.get_mut(&wish.cluster))
    {
        cluster.run_tokens.insert(token, RunToken { at: scope.now, digest, tasks: tasks.clone() });
    }
    Ok(started(&scope.view(), &wish.cluster, &tasks, failures))
}

/// The strategy of a call, checked; the cluster's own where it says neither that nor a launch type.
fn strategy(view: &View<'_>, input: &Run) -> Result<Vec<ProviderItem>, Fault> {
    let cluster = arns::find_cluster(view, input.common.cluster.as_deref())?;
    match (&input.launch_type, input.capacity_provider_strategy.is_empty()) {
        (None, true) => Ok(cluster.default_strategy.clone()),
        (Some(_), true) => Ok(Vec::new()),
        (None, false) => {
            launching::strategy(&cluster.capacity_providers, input.capacity_provider_strategy.clone())
        }
        (Some(_), false) => Err(fault::invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        )),
    }
}

/// The capacity provider for one more task of a call.
fn next_provider(
    view: &View<'_>,
    cluster: &str,
    strategy: &[ProviderItem],
    tasks: &[String],
) -> Option<String> {
    let cluster = view.region.ecs.clusters.get(cluster)?;
    let started = tasks.iter().filter_map(|id| cluster.tasks.get(id));
    providers::next(strategy, started).map(str::to_owned)
}

/// What a call with the same token came to.
fn ran_before(
    view: &View<'_>,
    cluster: &str,
    token: Option<&str>,
    digest: u64,
) -> Result<Option<Value>, Fault> {
    let Some(token) = token else { return Ok(None) };
    if token.is_empty() || token.len() > 64 || !token.chars().all(|c| ('!'..='~').contains(&c)) {
        return Err(fault::invalid("clientToken must be up to 64 ASCII characters."));
    }
    let before = view.region.ecs.clusters.get(cluster).and_then(|cluster| cluster.run_tokens.get(token));
    match before {
        None => Ok(None),
        Some(before) if before.digest == digest => {
            Ok(Some(started(view, cluster, &before.tasks, Vec::new())))
        }
        Some(_) => {
            Err(Fault::new("ConflictException", "The clientToken was used before with different parameters."))
        }
    }
}

fn started(view: &View<'_>, cluster: &str, tasks: &[String], failures: Vec<Value>) -> Value {
    let cluster = view.region.ecs.clusters.get(cluster);
    let shown = cluster.into_iter().flat_map(|cluster| {
        tasks
            .iter()
            .filter_map(|id| cluster.tasks.get(id))
            .map(|task| shapes::task(view, cluster, task, true))
    });
    json!({"tasks": shown.collect::<Vec<_>>(), "failures": failures})
}

fn place_one(
    scope: &mut Scope<'_>,
    wish: &Wish,
    constraints: &[Constraint],
    strategies: &[Strategy],
) -> Result<Option<String>, Vec<Value>> {
    let view = scope.view();
    let model = &view.region.ecs;
    let found = model.clusters.get(&wish.cluster).zip(model.revision(&wish.definition));
    let Some((cluster, revision)) = found else { return Ok(None) };
    if wish.launching.launch == Launch::Fargate {
        return Ok(add(scope, wish, ""));
    }
    let needs = Needs::of(revision, Some(&wish.overrides), constraints, &wish.group)
        .on_network(&view.region.ec2, wish.launching.network.as_ref())
        .launched_as(wish.launching.launch);
    let provider = wish.launching.provider.as_deref();
    let without = provider.map(|name| providers::others(&view, cluster, name)).unwrap_or_default();
    let instance = match choose(model, cluster, &needs, strategies, &without) {
        Ok(instance) => instance,
        Err(_) if scaling::may_wait(&view, cluster, provider) => String::new(),
        Err(Unplaced::Closest { all, .. }) => {
            let failures = all.iter().map(|(id, why)| {
                let arn = arns::in_cluster(&view, "container-instance", &cluster.name, id);
                failure(&arn, why.failure())
            });
            return Err(failures.collect());
        }
        // Only draining ones: those take nothing new.
        Err(Unplaced::NoInstances) => {
            let failures = cluster.instances.keys().map(|id| {
                let arn = arns::in_cluster(&view, "container-instance", &cluster.name, id);
                failure(&arn, "NO ACTIVE INSTANCES")
            });
            return Err(failures.collect());
        }
    };
    Ok(add(scope, wish, &instance))
}

/// Makes the task. None when the world has changed under it, which it cannot.
fn add(scope: &mut Scope<'_>, wish: &Wish, instance: &str) -> Option<String> {
    let region = &mut *scope.region;
    let cluster = region.ecs.clusters.get(&wish.cluster)?;
    let new = NewTask {
        revision: region.ecs.revision(&wish.definition)?,
        instance,
        group: wish.group.clone(),
        started_by: wish.started_by.clone(),
        service: None,
        overrides: wish.overrides.clone(),
        launching: wish.launching.clone(),
        tags: wish.tags.clone(),
    };
    let task = make(&mut region.ids, cluster, new, scope.settings, scope.now);
    let id = task.id.clone();
    region.ecs.clusters.get_mut(&wish.cluster)?.tasks.insert(id.clone(), task);
    Some(id)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    container_instances: Vec<String>,
    #[serde(flatten)]
    common: Common,
}

pub(super) fn start(scope: &mut Scope<'_>, input: Start) -> Result<Value, Fault> {
    if input.container_instances.is_empty() {
        return Err(fault::invalid("Container instances cannot be empty."));
    }
    if input.container_instances.len() > 10 {
        return Err(fault::invalid("Container instances cannot have more than 10 elements."));
    }
    let launch = start_launch(&scope.view(), &input)?;
    let wish = input.common.check(&scope.view(), launch, None)?;
    let mut places = Vec::new();
    {
        let view = scope.view();
        let cluster = arns::find_cluster(&view, Some(&wish.cluster))?;
        quotas::tasks(cluster, input.container_instances.len())?;
        for text in &input.container_instances {
            places.push((
                text.clone(),
                arns::local(&view, "container-instance", cluster, text)?.map(str::to_owned),
            ));
        }
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for (asked, id) in places {
        let refusal = {
            let view = scope.view();
            let model = &view.region.ecs;
            let cluster = arns::find_cluster(&view, Some(&wish.cluster))?;
            let host = id.as_ref().and_then(|id| cluster.instances.get(id));
            match (host, model.revision(&wish.definition)) {
                (Some(host), Some(revision)) => {
                    let needs = Needs::of(revision, Some(&wish.overrides), &[], &wish.group)
                        .on_network(&view.region.ec2, wish.launching.network.as_ref())
                        .launched_as(wish.launching.launch);
                    let arn = arns::in_cluster(&view, "container-instance", &cluster.name, &host.id);
                    unfit(model, cluster, host, &needs).map(|why| failure(&arn, why.failure()))
                }
                _ => Some(missing(&view, "container-instance", &cluster.name, &asked)),
            }
        };
        match (refusal, id) {
            (None, Some(id)) => tasks.extend(add(scope, &wish, &id)),
            (refusal, _) => failures.extend(refusal),
        }
    }
    Ok(started(&scope.view(), &wish.cluster, &tasks, failures))
}

/// Machines outside AWS run tasks of their own launch type.
fn start_launch(view: &View<'_>, input: &Start) -> Result<Launch, Fault> {
    let cluster = arns::find_cluster(view, input.common.cluster.as_deref())?;
    for text in &input.container_instances {
        let host = arns::local(view, "container-instance", cluster, text)?;
        if host.and_then(|id| cluster.instances.get(id)).is_some_and(is_external) {
            return Ok(Launch::External);
        }
    }
    Ok(Launch::Ec2)
}

#[derive(Debug, Deserialize)]
pub(super) struct StopOne {
    cluster: Option<String>,
    task: String,
    reason: Option<String>,
}

pub(super) fn stop(scope: &mut Scope<'_>, input: StopOne) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let id = arns::local(&view, "task", cluster, &input.task)?;
    let id = id.filter(|id| cluster.tasks.contains_key(*id)).ok_or_else(fault::task_not_found)?.to_owned();
    if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > 255) {
        return Err(fault::invalid("reason should not be longer than 255 characters."));
    }
    let cluster = cluster.name.clone();
    let reason = input.reason.filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| "Task stopped by user".to_owned());
    if let Some(task) = scope.region.ecs.clusters.get_mut(&cluster).and_then(|c| c.tasks.get_mut(&id)) {
        request_stop(task, StopCode::UserInitiated, &reason, scope.settings, scope.now);
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&cluster))?;
    let task = cluster.tasks.get(&id).ok_or_else(fault::task_not_found)?;
    Ok(json!({"task": shapes::task(&view, cluster, task, false)}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Describe {
    cluster: Option<String>,
    tasks: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    if input.tasks.is_empty() {
        return Err(fault::invalid("Tasks cannot be empty."));
    }
    if input.tasks.len() > 100 {
        return Err(fault::invalid("Tasks cannot have more than 100 elements."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.tasks {
        let task = arns::local(view, "task", cluster, text)?.and_then(|id| cluster.tasks.get(id));
        match task {
            Some(task) => found.push(shapes::task(view, cluster, task, !input.include.is_empty())),
            None => failures.push(missing(view, "task", &cluster.name, text)),
        }
    }
    Ok(json!({"tasks": found, "failures": failures}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    cluster: Option<String>,
    container_instance: Option<String>,
    family: Option<String>,
    started_by: Option<String>,
    service_name: Option<String>,
    desired_status: Option<String>,
    launch_type: Option<String>,
    daemon_name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    if input.daemon_name.is_some() {
        return Err(fault::unsupported("daemonName"));
    }
    let service = match input.service_name.as_deref() {
        None => None,
        Some(text) => {
            let name = arns::local(view, "service", cluster, text)?;
            Some(
                name.filter(|name| cluster.services.contains_key(*name))
                    .ok_or_else(fault::service_not_found)?,
            )
        }
    };
    let host = match input.container_instance.as_deref() {
        None => None,
        Some(text) => {
            let id = arns::local(view, "container-instance", cluster, text)?;
            Some(id.filter(|id| cluster.instances.contains_key(*id)).ok_or_else(fault::instance_not_found)?)
        }
    };
    let status = match input.desired_status.as_deref() {
        None | Some("RUNNING") => "RUNNING",
        Some("PENDING") => "PENDING",
        Some("STOPPED") => "STOPPED",
        Some(_) => return Err(fault::invalid("Invalid desiredStatus.")),
    };
    let launch = input.launch_type.as_deref().map(launching::launch).transpose()?;
    let fits = |task: &&Task| {
        launch.is_none_or(|launch| task.launch == launch)
            && task.desired_status() == status
            && host.is_none_or(|id| task.instance == id)
            && service.is_none_or(|name| task.service.as_deref() == Some(name))
            && input.family.as_ref().is_none_or(|family| task.definition.family == *family)
            && input.started_by.as_ref().is_none_or(|by| task.started_by.as_ref() == Some(by))
    };
    let tasks: Vec<&Task> = cluster.tasks.values().filter(fits).collect();
    let arn = |cluster: &Cluster, task: &Task| arns::in_cluster(view, "task", &cluster.name, &task.id);
    paged("taskArns", tasks, |task| task.id.clone(), |task| arn(cluster, task).into(), &input.paging, 100)
}

//! Tasks of their own: what calls that start them have in common. Running is in [`run`], starting and stopping in
//! [`start`], looking in [`look`].

use serde::Deserialize;
use serde_json::{Value, json};

use super::launching::{self, NetworkAsked};
use super::services::propagation;
use super::{Tag, compatibility, definitions, refuse, tags};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::ecs::capacity::Launching;
use crate::services::ecs::model::{Launch, Overrides, Revision, RevisionId};
use crate::services::ecs::placement::size;
use crate::services::ecs::tasks::{NewTask, make};
use crate::services::ecs::{arns, fault, shapes, starting};
use crate::services::iam;
use crate::world::{Scope, View};

mod look;
mod run;
mod start;

pub(super) use look::{describe, list};
pub(super) use run::run;
pub(super) use start::{start, stop};

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
            let Some(role) = role else { continue };
            // Whoever runs a task hands it its roles, those of its definition too.
            iam::pass_role(view, role, "ecs-tasks.amazonaws.com")?;
            starting::assumable(view, role).map_err(fault::client)?;
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

//! Cluster, task definition, service, page.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{Container, Http, Service, TaskDefinition as Definition};
use crate::check::explain::{balanced, because, capacity, not_as_asked, not_there, page, placing};
use crate::check::facts::{ContainerDefinition, Fact, TaskDefinition, Visit};
use crate::check::{Page, Verdict, find, machine};
use regex_lite::Regex;

impl Judge<'_> {
    pub(super) fn ecs_cluster(&mut self, name: &str) -> Judged {
        let cluster = one(&self.facts.clusters, name, "the cluster")?;
        if cluster.is_some_and(|c| c.status == "ACTIVE") {
            return Ok(Verdict::Passed);
        }
        let others = match &self.facts.cluster_names {
            Some(Fact::Known(names)) => {
                find::similar(name, names.iter().map(String::as_str).filter(|n| *n != name))
            }
            _ => None,
        };
        Err(not_there("active cluster", name, &self.facts.region)
            .near("Its status", cluster.map(|c| c.status.clone()))
            .near("Similar names", others)
            .next("Create the cluster; if you have, compare its name and your terminal's region.")
            .command(format!("aws ecs create-cluster --cluster-name {name}"))
            .failed())
    }

    pub(super) fn task_definition(&mut self, wanted: &Definition) -> Judged {
        let family = wanted.family.as_str();
        let Some(of) = one(&self.facts.task_definitions, family, "the task definition")? else {
            return Err(not_there("active task definition of family", family, &self.facts.region)
                .next("Register the task definition.")
                .failed());
        };
        if let Some(verdict) = self.task_level(of, wanted)? {
            return Err(verdict);
        }
        for wanted in &wanted.containers {
            if let Some((property, is, should)) = differs(of, wanted) {
                return Err(not_as_asked(&format!("The task definition {family}:{}", of.revision), &property, is, should)
                    .seen("Container", &wanted.name)
                    .next("Register the task definition again with this property: the newest active revision counts.")
                    .failed());
            }
        }
        Ok(Verdict::Passed)
    }

    /// What a task definition says of the whole task; the verdict on the first thing that differs.
    fn task_level(&self, of: &TaskDefinition, wanted: &Definition) -> Result<Option<Verdict>, Verdict> {
        let revision = format!("{}:{}", of.family, of.revision);
        let what = format!("The task definition {revision}");
        if let Some(launch) = wanted.requires.as_ref().filter(|launch| !of.compatibilities.contains(launch)) {
            return Ok(Some(
                because(
                    "not-compatible",
                    format!("The task definition cannot run on {launch}"),
                    "ECS works out from a task definition where its tasks can run. Something in this one, mostly its network mode or a missing \
                     task size, excludes what the step needs.",
                )
                .seen("Compatible with", of.compatibilities.join(", "))
                .seen("Network mode", of.network_mode.as_deref().unwrap_or("bridge"))
                .next(format!("Register it again with requiresCompatibilities {launch}, and with what that needs."))
                .failed(),
            ));
        }
        let number = |number: Option<i64>| number.map_or_else(|| "not set".to_owned(), |n| n.to_string());
        let role = of.execution_role.as_deref().map_or("none", machine::last_part).to_owned();
        let level = [
            (
                "Network mode",
                of.network_mode.clone().unwrap_or_else(|| "bridge".to_owned()),
                wanted.network_mode.clone(),
            ),
            ("CPU units of the task", number(of.cpu), wanted.cpu.map(|cpu| cpu.to_string())),
            ("Memory of the task, MiB", number(of.memory), wanted.memory.map(|memory| memory.to_string())),
            ("Execution role", role, wanted.execution_role.clone()),
        ];
        for (property, is, should) in level {
            if let Some(should) = should.filter(|should| *should != is) {
                return Ok(Some(
                    not_as_asked(&what, property, is, should)
                        .next("Register the task definition again with this property: the newest active revision counts.")
                        .failed(),
                ));
            }
        }
        for volume in &wanted.volumes {
            let Some(behind) = of.volumes.get(&volume.name) else {
                return Ok(Some(
                    not_as_asked(
                        &what,
                        "Volumes",
                        of.volumes.keys().cloned().collect::<Vec<_>>().join(", "),
                        &volume.name,
                    )
                    .next("Register the task definition again with this volume.")
                    .failed(),
                ));
            };
            let Some(name) = &volume.efs else { continue };
            let Some(id) = behind else {
                return Ok(Some(balanced::volume_is_ephemeral(&volume.name, &revision).failed()));
            };
            let systems = seen(self.facts.file_systems.as_ref(), "the file systems")?;
            let system = systems.iter().find(|system| system.name == *name);
            if system.is_none_or(|system| system.id != *id) {
                let should = system.map_or_else(|| name.clone(), |system| format!("{} ({name})", system.id));
                return Ok(Some(
                    not_as_asked(&what, "File system of the volume", id, should)
                        .next("Register the task definition again with the file system of the lab.")
                        .failed(),
                ));
            }
        }
        Ok(None)
    }

    pub(super) fn ecs_service(&mut self, of: &Service) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let what = format!("The service {}", of.service);
        if let Some(family) = &of.family {
            let revision = machine::last_part(&service.task_definition);
            let is = revision.split(':').next().unwrap_or(revision);
            if is != family {
                return Err(not_as_asked(
                    &what,
                    "Task definition",
                    revision,
                    format!("a revision of {family}"),
                )
                .next("Update the service to the task definition of the lab.")
                .command(format!(
                    "aws ecs update-service --cluster {} --service {} --task-definition {family}",
                    of.cluster, of.service
                ))
                .failed());
            }
        }
        if let Some(wanted) = of.scheduling.as_ref().filter(|wanted| **wanted != service.scheduling) {
            let cause = capacity::scheduling_differs(self.facts, &of.cluster, service, wanted);
            return Err(cause.failed());
        }
        if let Some(name) =
            of.capacity_provider.as_ref().filter(|name| !service.capacity_providers.contains(name))
        {
            let is = service.capacity_providers.join(", ");
            let is = if is.is_empty() { "none".to_owned() } else { is };
            return Err(not_as_asked(&what, "Capacity providers of its strategy", is, name)
                .next("Update the service to a strategy with this capacity provider.")
                .command(format!(
                    "aws ecs update-service --cluster {} --service {} --capacity-provider-strategy capacityProvider={name},weight=1 \
                     --force-new-deployment",
                    of.cluster, of.service
                ))
                .failed());
        }
        if service.scheduling != "DAEMON" && i64::from(service.desired) < i64::from(of.running) {
            return Err(not_as_asked(
                &what,
                "Desired count",
                service.desired.to_string(),
                format!("at least {}", of.running),
            )
            .next(format!("Set the desired count to {}.", of.running))
            .command(format!(
                "aws ecs update-service --cluster {} --service {} --desired-count {}",
                of.cluster, of.service, of.running
            ))
            .failed());
        }
        if !service.steady() || i64::from(service.running) < i64::from(of.running) {
            return Err(placing::verdict(self.facts, &of.cluster, service, self.check.waits.as_ref()));
        }
        if let Some(launch) = &of.launch {
            let tasks = seen(self.facts.tasks.get(&of.cluster), "the tasks")?;
            let group = format!("service:{}", of.service);
            let other = tasks
                .iter()
                .filter(|task| task.group == group && task.last_status == "RUNNING")
                .find(|task| task.launch_type.as_ref() != Some(launch));
            if let Some(task) = other {
                return Err(not_as_asked(
                    &what,
                    "Launch type",
                    task.launch_type.as_deref().unwrap_or("none"),
                    launch,
                )
                .next("Delete the service, and create it with this launch type.")
                .failed());
            }
        }
        let Some(wanted) = of.stopped_by_user else { return Ok(Verdict::Passed) };
        let tasks = seen(self.facts.tasks.get(&of.cluster), "the tasks")?;
        let group = format!("service:{}", of.service);
        let stopped = tasks
            .iter()
            .filter(|t| t.group == group && t.stop_code.as_deref() == Some("UserInitiated"))
            .count();
        if u32::try_from(stopped).unwrap_or(u32::MAX) >= wanted {
            return Ok(Verdict::Passed);
        }
        Err(not_there("task stopped by hand in service", &of.service, &self.facts.region)
            .seen("Tasks stopped by hand", format!("{stopped} of {wanted}"))
            .next("Stop one of the service's tasks, and watch the service replace it.")
            .command(format!("aws ecs stop-task --cluster {} --task TASK_ARN", of.cluster))
            .failed())
    }

    pub(super) fn http(&mut self, of: &Http) -> Judged {
        seen(self.facts.container_instances.get(&of.cluster), "the container instances")?;
        seen(self.facts.instances.as_ref(), "the instances")?;
        let visits: Vec<&Visit> = self
            .facts
            .visits
            .iter()
            .filter(|v| v.target.port == of.port && v.target.path == of.path)
            .collect();
        let values = values(of, visits.iter().map(|v| &v.page));
        let waits = self.check.waits.as_ref();
        match (&of.distinct, values) {
            (_, None) => Err(Verdict::CannotTell { reason: "the check's expression is not one".to_owned() }),
            (None, Some(values)) if !values.is_empty() => Ok(Verdict::Passed),
            (Some(distinct), Some(values)) if !values.is_empty() => {
                if values.len() >= usize::try_from(distinct.at_least).unwrap_or(usize::MAX) {
                    Ok(Verdict::Passed)
                } else {
                    Err(page::too_few(self.facts, of, &values, distinct.at_least, waits))
                }
            }
            _ => Err(page::verdict(self.facts, of, &visits, waits)),
        }
    }
}

/// The different values of the expression's first group (or of its match) in the pages that are as they should be; none if the
/// expression is not one.
pub(in crate::check) fn values<'p>(of: &Http, pages: impl Iterator<Item = &'p Page>) -> Option<Vec<String>> {
    let regex = Regex::new(&of.matches).ok()?;
    let mut values: Vec<String> = pages
        .filter_map(|page| match page {
            Page::Answered { status, body, .. } if *status == of.status => {
                let found = regex.captures(body)?;
                found.get(1).or_else(|| found.get(0)).map(|m| m.as_str().to_owned())
            }
            _ => None,
        })
        .collect();
    values.sort_unstable();
    values.dedup();
    Some(values)
}

/// The first property that differs: its name, what it is, what it should be.
fn differs(of: &TaskDefinition, wanted: &Container) -> Option<(String, String, String)> {
    let Some(container) = of.containers.iter().find(|c| c.name == wanted.name) else {
        let names: Vec<&str> = of.containers.iter().map(|c| c.name.as_str()).collect();
        return Some(("Containers".to_owned(), names.join(", "), wanted.name.clone()));
    };
    if let Some(image) = wanted.image.as_deref().filter(|image| plain_image(&container.image) != *image) {
        return Some(("Image".to_owned(), container.image.clone(), image.to_owned()));
    }
    if let Some(essential) = wanted.essential.filter(|essential| *essential != container.essential) {
        return Some(("Essential".to_owned(), container.essential.to_string(), essential.to_string()));
    }
    for port in &wanted.ports {
        let protocol = port.protocol.as_deref().unwrap_or("tcp");
        let there = container.ports.iter().any(|p| {
            p.container == i32::from(port.container)
                && p.host == i32::from(port.host)
                && p.protocol == protocol
        });
        if !there {
            let should = format!("host {} to container {} ({protocol})", port.host, port.container);
            return Some(("Port mappings".to_owned(), mappings(container), should));
        }
    }
    if let Some(group) = wanted.logs_to.as_ref().filter(|group| container.log_group.as_ref() != Some(group)) {
        let is = container.log_group.clone().unwrap_or_else(|| "no awslogs driver".to_owned());
        return Some(("Log group".to_owned(), is, group.clone()));
    }
    for (name, port) in &wanted.port_names {
        let named = container.ports.iter().find(|p| p.name.as_ref() == Some(name));
        if named.is_none_or(|p| p.container != i32::from(*port)) {
            return Some((
                format!("Port name {name}"),
                mappings(container),
                format!("container port {port}"),
            ));
        }
    }
    for (volume, path) in &wanted.mounts {
        if container.mounts.get(volume) != Some(path) {
            let is = container.mounts.get(volume).cloned().unwrap_or_else(|| "not mounted".to_owned());
            return Some((format!("Mount of volume {volume}"), is, path.clone()));
        }
    }
    for (name, value) in &wanted.environment {
        if container.environment.get(name) != Some(value) {
            let is = container.environment.get(name).cloned().unwrap_or_else(|| "not set".to_owned());
            return Some((format!("Environment variable {name}"), is, value.clone()));
        }
    }
    None
}

fn mappings(container: &ContainerDefinition) -> String {
    let list: Vec<String> = container
        .ports
        .iter()
        .map(|p| format!("host {} to container {} ({})", p.host, p.container, p.protocol))
        .collect();
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}

/// Without registry, tag and digest.
fn plain_image(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let image = match image.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => image,
    };
    match image.split_once('/') {
        Some((registry, rest))
            if registry.contains('.') || registry.contains(':') || registry == "localhost" =>
        {
            // Docker's official images, as Docker Hub and Amazon ECR Public name them.
            ["library/", "docker/library/"]
                .iter()
                .find_map(|before| rest.strip_prefix(before))
                .unwrap_or(rest)
        }
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::plain_image;

    #[test]
    fn images_are_compared_without_registry_and_tag() {
        for (image, plain) in [
            ("2opremio/weaveecsdemo", "2opremio/weaveecsdemo"),
            ("2opremio/weaveecsdemo:latest", "2opremio/weaveecsdemo"),
            ("docker.io/2opremio/weaveecsdemo:1", "2opremio/weaveecsdemo"),
            ("localhost:5000/nginx@sha256:abc", "nginx"),
            ("docker.io/library/redis", "redis"),
            ("public.ecr.aws/docker/library/busybox:stable", "busybox"),
            ("redis:7", "redis"),
        ] {
            assert_eq!(plain_image(image), plain);
        }
    }
}

//! What ECS shows: clusters, their services, and the tasks of those, which cost on Fargate whoever started them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{ClusterField, DesiredStatus, ServiceField, Tag, Task};

use super::gather::{Found, bounded, has, ids};
use super::{Record, Thing};
use crate::cloud::{Cloud, Trouble, code};

/// The types that are looked for here.
pub(super) const KINDS: [&str; 4] =
    ["AWS::ECS::CapacityProvider", "AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::TaskDefinition"];
/// Fargate's disk that is included.
const INCLUDED_GIB: i64 = 20;

pub(super) async fn things(cloud: &Cloud, record: &Record) -> Found {
    let mut all = clusters(cloud).await?;
    let names: Vec<String> = all.iter().map(|cluster| cluster.id.clone()).collect();
    let own = |cluster: &str| {
        let part = format!(":service/{cluster}/");
        ids(record, "AWS::ECS::Cluster").any(|id| id == cluster)
            || ids(record, "AWS::ECS::Service").any(|arn| arn.contains(&part))
            || all.iter().any(|of| of.id == cluster && super::is_own(record, of))
    };
    let names: Vec<String> = names.into_iter().filter(|name| own(name)).collect();
    for name in names {
        all.extend(services(cloud, &name).await?);
        all.extend(tasks(cloud, &name).await?);
    }
    if has(record, "AWS::ECS::TaskDefinition") {
        all.extend(definitions(cloud).await?);
    }
    if has(record, "AWS::ECS::CapacityProvider") {
        all.extend(providers(cloud, record).await?);
    }
    Ok(all)
}

async fn clusters(cloud: &Cloud) -> Found {
    let mut arns = Vec::new();
    let mut pages = cloud.ecs.list_clusters().into_paginator().send();
    for turn in 0.. {
        bounded(turn, "clusters")?;
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| Trouble::from_sdk(&error))?;
        arns.extend_from_slice(page.cluster_arns());
    }
    let mut all = Vec::new();
    for batch in arns.chunks(100) {
        let asked = cloud.ecs.describe_clusters().set_clusters(Some(batch.to_vec()));
        let page =
            asked.include(ClusterField::Tags).send().await.map_err(|error| Trouble::from_sdk(&error))?;
        let there = page.clusters().iter().filter(|of| of.status() != Some("INACTIVE"));
        all.extend(there.map(|of| Thing {
            tags: tags(of.tags()),
            ..Thing::new("AWS::ECS::Cluster", of.cluster_name().unwrap_or_default())
        }));
    }
    Ok(all)
}

async fn services(cloud: &Cloud, cluster: &str) -> Found {
    let mut arns = Vec::new();
    let mut pages = cloud.ecs.list_services().cluster(cluster).max_results(100).into_paginator().send();
    for turn in 0.. {
        bounded(turn, "services")?;
        let Some(page) = pages.next().await else { break };
        match page {
            Ok(page) => arns.extend_from_slice(page.service_arns()),
            Err(error) if code(&error) == Some("ClusterNotFoundException") => return Ok(Vec::new()),
            Err(error) => return Err(Trouble::from_sdk(&error)),
        }
    }
    let mut all = Vec::new();
    for batch in arns.chunks(10) {
        let asked = cloud.ecs.describe_services().cluster(cluster).set_services(Some(batch.to_vec()));
        let page =
            asked.include(ServiceField::Tags).send().await.map_err(|error| Trouble::from_sdk(&error))?;
        let there = page.services().iter().filter(|of| of.status() != Some("INACTIVE"));
        all.extend(there.map(|of| Thing {
            name: of.service_name().unwrap_or_default().to_owned(),
            tags: tags(of.tags()),
            of: vec![cluster.to_owned()],
            ..Thing::new("AWS::ECS::Service", of.service_arn().unwrap_or_default())
        }));
    }
    Ok(all)
}

/// Those that are meant to run, and those that are just being stopped: they are charged for until they are.
async fn tasks(cloud: &Cloud, cluster: &str) -> Found {
    let mut arns = BTreeSet::new();
    for wanted in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let mut pages =
            cloud.ecs.list_tasks().cluster(cluster).desired_status(wanted).into_paginator().send();
        for turn in 0.. {
            bounded(turn, "tasks")?;
            let Some(page) = pages.next().await else { break };
            match page {
                Ok(page) => arns.extend(page.task_arns().iter().cloned()),
                Err(error) if code(&error) == Some("ClusterNotFoundException") => return Ok(Vec::new()),
                Err(error) => return Err(Trouble::from_sdk(&error)),
            }
        }
    }
    let arns: Vec<String> = arns.into_iter().collect();
    let mut all = Vec::new();
    for batch in arns.chunks(100) {
        let asked = cloud.ecs.describe_tasks().cluster(cluster).set_tasks(Some(batch.to_vec()));
        let page = asked.send().await.map_err(|error| Trouble::from_sdk(&error))?;
        let there = page.tasks().iter().filter(|of| of.last_status() != Some("STOPPED"));
        for of in there {
            all.extend(task(of, cluster));
        }
    }
    Ok(all)
}

/// A task, and the interface it has for itself.
fn task(of: &Task, cluster: &str) -> Vec<Thing> {
    let arn = of.task_arn().unwrap_or_default();
    let mut one = Thing::new("AWS::ECS::Task", arn);
    arn.rsplit('/').next().unwrap_or(arn).clone_into(&mut one.name);
    one.of.push(cluster.to_owned());
    if let Some(service) = of.group().and_then(|group| group.strip_prefix("service:")) {
        one.name = format!("{service}: {}", one.name);
        let prefix = arn.split_once(":task/").map_or("", |(prefix, _)| prefix);
        one.of.push(format!("{prefix}:service/{cluster}/{service}"));
    }
    one.has = of
        .attachments()
        .iter()
        .flat_map(aws_sdk_ecs::types::Attachment::details)
        .filter(|detail| detail.name() == Some("networkInterfaceId"))
        .filter_map(|detail| detail.value().map(str::to_owned))
        .collect();
    if of.launch_type().is_none_or(|kind| kind.as_str() != "FARGATE") {
        return vec![one];
    }
    let architecture = of.attributes().iter().find(|of| of.name() == "ecs.cpu-architecture");
    let architecture = match architecture.and_then(|of| of.value()) {
        Some("arm64") => "ARM64",
        _ => "X86_64",
    };
    let disk = of.ephemeral_storage().map_or(INCLUDED_GIB, |disk| i64::from(disk.size_in_gib()));
    vec![fargate(one, architecture, (units(of.cpu()), units(of.memory())), disk)]
}

/// What a task on Fargate is charged for: CPU units, MiB, GiB.
pub(super) fn fargate(one: Thing, architecture: &str, (cpu, memory): (i64, i64), disk: i64) -> Thing {
    let thousandths = |of: i64| of.saturating_mul(1_000) / 1_024;
    let sizes = [
        ("vcpu", thousandths(cpu)),
        ("memory_gb", thousandths(memory)),
        ("ephemeral_gb_above_20", (disk - INCLUDED_GIB).max(0).saturating_mul(1_000)),
    ];
    let mut task = one;
    task.priced.push(super::item(
        "AWS::ECS::Task",
        &[("launch_type", "FARGATE"), ("architecture", architecture)],
        &sizes,
    ));
    task
}

fn units(text: Option<&str>) -> i64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

async fn definitions(cloud: &Cloud) -> Found {
    let mut all = Vec::new();
    let mut pages = cloud.ecs.list_task_definitions().into_paginator().send();
    for turn in 0.. {
        bounded(turn, "task definitions")?;
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| Trouble::from_sdk(&error))?;
        all.extend(page.task_definition_arns().iter().map(|arn| Thing {
            name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            ..Thing::new("AWS::ECS::TaskDefinition", arn)
        }));
    }
    Ok(all)
}

async fn providers(cloud: &Cloud, record: &Record) -> Found {
    let names = ids(record, "AWS::ECS::CapacityProvider").map(str::to_owned).collect();
    let page = cloud.ecs.describe_capacity_providers().set_capacity_providers(Some(names)).send().await;
    let page = page.map_err(|error| Trouble::from_sdk(&error))?;
    let there =
        page.capacity_providers().iter().filter(|of| of.status().is_some_and(|s| s.as_str() == "ACTIVE"));
    Ok(there.map(|of| Thing::new("AWS::ECS::CapacityProvider", of.name().unwrap_or_default())).collect())
}

fn tags(of: &[Tag]) -> BTreeMap<String, String> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    of.iter().map(|tag| (text(tag.key()), text(tag.value()))).collect()
}

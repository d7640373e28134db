//! Container Insights: what it says about clusters, services and task definition families that have it on. The past is
//! what can be told from what is there: deployments and instances that are gone were never there. Follows "Amazon ECS
//! Container Insights metrics". Not here: network and storage, and the metrics of enhanced observability by task.

use std::collections::BTreeMap;
use std::ops::Range;

use super::model::{Dimension, Metric, Stat};
use super::sources::{Known, Span, dimension, minute_of, rate, span, traffic};
use crate::core::time::Time;
use crate::services::ecs::model::{Cluster, Phase, Service, ServiceStatus, Task};
use crate::world::View;

/// Its namespace.
pub(super) const NAMESPACE: &str = "ECS/ContainerInsights";
const OF_TASKS: [&str; 4] = ["CpuReserved", "CpuUtilized", "MemoryReserved", "MemoryUtilized"];
const OF_CLUSTER: [&str; 3] = ["ContainerInstanceCount", "ServiceCount", "TaskCount"];
const OF_SERVICE: [&str; 5] =
    ["DeploymentCount", "DesiredTaskCount", "PendingTaskCount", "RunningTaskCount", "TaskSetCount"];

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About<'m> {
    Cluster,
    Service(&'m str),
    Family(&'m str),
}

impl<'m> About<'m> {
    fn of(metric: &'m Metric) -> Option<Self> {
        let all = &metric.dimensions;
        match (metric.dimension("ServiceName"), metric.dimension("TaskDefinitionFamily"), all.len()) {
            (None, None, 1) => Some(Self::Cluster),
            (Some(name), None, 2) => Some(Self::Service(name)),
            (None, Some(name), 2) => Some(Self::Family(name)),
            _ => None,
        }
    }

    fn has(self, metric: &str) -> bool {
        let own: &[&str] = match self {
            Self::Cluster => &OF_CLUSTER,
            Self::Service(_) => &OF_SERVICE,
            Self::Family(_) => &[],
        };
        OF_TASKS.contains(&metric) || own.contains(&metric)
    }

    fn is_about(self, task: &Task) -> bool {
        match self {
            Self::Cluster => true,
            Self::Service(name) => task.service.as_deref() == Some(name),
            Self::Family(name) => task.definition.family == name,
        }
    }
}

fn is_on(cluster: &Cluster) -> bool {
    cluster.settings.get("containerInsights").is_some_and(|value| value != "disabled")
}

/// The metrics of a cluster.
pub(super) fn all(cluster: &Cluster) -> Vec<Metric> {
    if !is_on(cluster) {
        return Vec::new();
    }
    let of_cluster = || vec![dimension("ClusterName", &cluster.name)];
    let and = |name: &str, value: &str| -> Vec<Dimension> {
        of_cluster().into_iter().chain([dimension(name, value)]).collect()
    };
    let metric = |name: &&str, dimensions: Vec<Dimension>| Metric::of(NAMESPACE, name, dimensions);
    let mut all: Vec<Metric> =
        OF_TASKS.iter().chain(&OF_CLUSTER).map(|name| metric(name, of_cluster())).collect();
    for service in cluster.services.values().filter(|one| one.status == ServiceStatus::Active) {
        let names = OF_TASKS.iter().chain(&OF_SERVICE);
        all.extend(names.map(|name| metric(name, and("ServiceName", &service.name))));
    }
    let mut families: Vec<&str> =
        cluster.tasks.values().map(|task| task.definition.family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        all.extend(OF_TASKS.iter().map(|name| metric(name, and("TaskDefinitionFamily", family))));
    }
    all
}

/// The minutes of one of its metrics.
pub(super) fn minutes(view: &View<'_>, metric: &Metric, range: Range<i64>) -> BTreeMap<i64, Stat> {
    let cluster = metric.dimension("ClusterName").and_then(|name| view.region.ecs.active_cluster(name));
    let name = metric.metric_name.as_str();
    let Some((cluster, about)) =
        cluster.filter(|cluster| is_on(cluster)).zip(About::of(metric)).filter(|(_, about)| about.has(name))
    else {
        return BTreeMap::new();
    };
    let service = match about {
        About::Service(service) => match cluster.services.get(service) {
            Some(service) => Some(service),
            None => return BTreeMap::new(),
        },
        _ => None,
    };
    if OF_TASKS.contains(&name) {
        return used(view, cluster, about, name, range);
    }
    let tasks: Vec<&Task> = cluster.tasks.values().filter(|task| about.is_about(task)).collect();
    let value = |minute: i64| match (name, service) {
        ("TaskCount" | "RunningTaskCount", _) => Some(count(&tasks, |task| runs(task, minute))),
        ("PendingTaskCount", _) => Some(count(&tasks, |task| waits(task, minute))),
        ("ContainerInstanceCount", _) => {
            let hosts = cluster.instances.values().filter(|host| minute_of(host.registered_at) <= minute);
            Some(hosts.count())
        }
        ("ServiceCount", _) => Some(cluster.services.values().filter(|one| is_there(one, minute)).count()),
        (name, Some(service)) if is_there(service, minute) => Some(of_service(service, name, minute)),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of tasks and instances")]
    range.filter_map(|minute| Some((minute, Stat::one(value(minute)? as f64)))).collect()
}

fn count(tasks: &[&Task], is_one: impl Fn(&Task) -> bool) -> usize {
    tasks.iter().filter(|task| is_one(task)).count()
}

fn is_there(service: &Service, minute: i64) -> bool {
    service.status == ServiceStatus::Active && minute_of(service.created_at) <= minute
}

fn of_service(service: &Service, name: &str, minute: i64) -> usize {
    match name {
        "DesiredTaskCount" => usize::try_from(service.desired).unwrap_or(0),
        "DeploymentCount" => {
            let there = service.deployments.iter().filter(|one| minute_of(one.created_at) <= minute);
            there.count().max(1)
        }
        // Services without task sets of their own have none.
        _ => 0,
    }
}

fn ended(task: &Task) -> Option<Time> {
    task.execution_stopped_at.or(task.stopped_at).filter(|_| task.phase > Phase::Running)
}

fn runs(task: &Task, minute: i64) -> bool {
    let began = task.started_at.is_some_and(|at| minute_of(at) <= minute);
    began && ended(task).is_none_or(|at| minute < minute_of(at))
}

fn waits(task: &Task, minute: i64) -> bool {
    let over = task.started_at.or(ended(task)).is_some_and(|at| minute_of(at) <= minute);
    minute_of(task.created_at) <= minute && !over
}

fn used(
    view: &View<'_>,
    cluster: &Cluster,
    about: About<'_>,
    name: &str,
    range: Range<i64>,
) -> BTreeMap<i64, Stat> {
    let mut known = Known::new();
    let tasks = cluster.tasks.values().filter(|task| about.is_about(task));
    let spans: Vec<Span> = tasks.filter_map(|task| span(view, task, &mut known)).collect();
    let traffic = match about {
        About::Service(service) => traffic(view, cluster, service),
        _ => Vec::new(),
    };
    let first = spans.iter().map(|span| span.from).min().unwrap_or(i64::MAX);
    let from = range.start.max(first);
    (from..range.end.max(from))
        .map(|minute| {
            let alive: Vec<&Span> = spans.iter().filter(|span| span.is_alive(minute)).collect();
            let rate = rate(&traffic, minute, alive.len());
            let value: f64 = match name {
                "CpuReserved" => alive.iter().map(|span| span.units).sum(),
                "CpuUtilized" => alive.iter().map(|span| span.used(rate)).sum(),
                "MemoryReserved" => alive.iter().map(|span| span.mebibytes).sum(),
                _ => alive.iter().map(|span| span.mebibytes * span.load(rate).memory / 100.0).sum(),
            };
            (minute, Stat::one(value))
        })
        .collect()
}

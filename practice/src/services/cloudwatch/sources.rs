//! AWS's own metrics, computed from the state of the world. The past of a task is as long as ECS shows it (an hour
//! after it stopped), and at most [`MINUTES`]. Follows "Amazon ECS CloudWatch metrics" and "Container Insights".

use std::collections::BTreeMap;

use super::load;
use super::model::{Dimension, Metric, Stat};
use crate::core::time::Time;
use crate::images;
use crate::services::ecs::model::{Cluster, Phase, RevisionId, ServiceStatus, Task};
use crate::services::ecs::tasks;
use crate::services::elbv2::model::{Minute, Traffic};
use crate::world::View;

/// Most minutes of history.
const MINUTES: i64 = 180;
const MINUTE_MS: i64 = 60_000;

/// The minutes in `from..to` of one of AWS's metrics; None when it is none of ours.
pub(super) fn minutes(view: &View<'_>, metric: &Metric, from: i64, to: i64) -> Option<BTreeMap<i64, Stat>> {
    let now = view.now.0.div_euclid(MINUTE_MS);
    let range = from.max(now - MINUTES)..to.min(now + 1);
    match metric.namespace.as_str() {
        "AWS/ECS" | "ECS/ContainerInsights" => Some(ecs(view, metric, range)),
        "AWS/EC2" => Some(ec2(view, metric, range)),
        "AWS/ApplicationELB" => Some(balanced(view, metric, range)),
        _ => None,
    }
}

/// The AWS metrics there are.
pub(super) fn all(view: &View<'_>) -> Vec<Metric> {
    let mut all = Vec::new();
    for cluster in view.region.ecs.clusters.values().filter(|cluster| cluster.active) {
        let of_cluster = vec![dimension("ClusterName", &cluster.name)];
        for name in insights_names(cluster) {
            all.push(Metric::of("ECS/ContainerInsights", name, of_cluster.clone()));
        }
        for service in cluster.services.values().filter(|s| s.status == ServiceStatus::Active) {
            let mut of_service = of_cluster.clone();
            of_service.push(dimension("ServiceName", &service.name));
            for name in ["CPUUtilization", "MemoryUtilization"] {
                all.push(Metric::of("AWS/ECS", name, of_service.clone()));
            }
            for name in insights_names(cluster) {
                all.push(Metric::of("ECS/ContainerInsights", name, of_service.clone()));
            }
        }
    }
    for instance in view.region.ec2.instances.keys() {
        all.push(Metric::of("AWS/EC2", "CPUUtilization", vec![dimension("InstanceId", instance)]));
    }
    all
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension { name: name.to_owned(), value: value.to_owned() }
}

impl Metric {
    fn of(namespace: &str, name: &str, dimensions: Vec<Dimension>) -> Self {
        Self { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions }
    }

    fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|d| d.name == name).map(|d| d.value.as_str())
    }
}

/// What Container Insights says, when the cluster has it on.
fn insights_names(cluster: &Cluster) -> &'static [&'static str] {
    let on = cluster.settings.get("containerInsights").is_some_and(|value| value != "disabled");
    if on {
        &[
            "CpuReserved",
            "CpuUtilized",
            "DesiredTaskCount",
            "MemoryReserved",
            "MemoryUtilized",
            "RunningTaskCount",
            "TaskCount",
        ]
    } else {
        &[]
    }
}

/// One task's time on its CPU.
struct Span {
    from: i64,
    to: i64,
    units: f64,
    mebibytes: f64,
    uses: load::Uses,
}

impl Span {
    fn load(&self, rate: f64) -> load::Load {
        load::of(self.uses, self.units, self.mebibytes, rate)
    }

    /// CPU units that it uses.
    fn used(&self, rate: f64) -> f64 {
        let waits = || self.units * self.load(rate).cpu / 100.0;
        self.uses.spinning.unwrap_or_else(waits)
    }
}

/// What load balancers send to a service.
fn traffic<'w>(view: &View<'w>, cluster: &Cluster, service: &str) -> Vec<&'w Traffic> {
    let groups = &view.region.elbv2.target_groups;
    let service = cluster.services.get(service);
    let attached = service.into_iter().flat_map(|service| &service.spec.load_balancers);
    let arns = attached.filter_map(|one| one.target_group_arn.as_ref());
    arns.filter_map(|arn| groups.get(arn)).map(|group| &group.traffic).collect()
}

/// Metrics of Application Load Balancers that are counts. Not here: response times, connections, host counts.
fn balanced(view: &View<'_>, metric: &Metric, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    let model = &view.region.elbv2;
    let named = |arn: &str, name: &str| arn.ends_with(name) && !name.is_empty();
    let group = metric
        .dimension("TargetGroup")
        .and_then(|name| model.target_groups.values().find(|g| named(&g.arn, name)));
    let balancer = metric
        .dimension("LoadBalancer")
        .and_then(|name| model.load_balancers.values().find(|b| named(&b.arn, name)));
    let traffic = match (metric.dimension("TargetGroup"), group, balancer) {
        (Some(_), Some(group), _) => &group.traffic,
        (None, _, Some(balancer)) => &balancer.traffic,
        _ => return BTreeMap::new(),
    };
    let class = |counts: &[u32; 4], name: &str, side: &str| {
        let classes = ["2XX", "3XX", "4XX", "5XX"];
        let at = classes.iter().position(|class| name == format!("HTTPCode_{side}_{class}_Count"))?;
        counts.get(at).copied().filter(|count| *count > 0).map(f64::from)
    };
    let name = metric.metric_name.as_str();
    let value = |minute: &Minute| match name {
        "RequestCount" => Some(f64::from(minute.requests)),
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand targets")]
        "RequestCountPerTarget" => {
            group.map(|group| f64::from(minute.requests) / group.targets.len().max(1) as f64)
        }
        name => class(&minute.target, name, "Target").or_else(|| class(&minute.balancer, name, "ELB")),
    };
    if range.is_empty() {
        return BTreeMap::new();
    }
    traffic.minutes.range(range).filter_map(|(at, minute)| Some((*at, Stat::one(value(minute)?)))).collect()
}

/// What tasks of the same revision do is read once.
type Known<'w> = BTreeMap<&'w RevisionId, load::Uses>;

fn span<'w>(view: &View<'w>, task: &'w Task, known: &mut Known<'w>) -> Option<Span> {
    let from = task.started_at?;
    let ended = task.execution_stopped_at.or(task.stopped_at).filter(|_| task.phase > Phase::Running);
    let revision = view.region.ecs.revision(&task.definition)?;
    let own = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    #[expect(clippy::cast_precision_loss, reason = "units and MiB are far below 2^52")]
    let sum = |of: fn(&crate::services::ecs::model::ContainerDefinition) -> i64| {
        revision.containers.iter().map(of).sum::<i64>() as f64
    };
    let limit = own(&revision.cpu);
    let reads = || {
        let each = revision.containers.iter().filter_map(|c| tasks::with_start(task, c, images::demand));
        load::Uses::of(&each.collect::<Vec<_>>(), limit)
    };
    let uses = if task.overrides.is_empty() {
        *known.entry(&task.definition).or_insert_with(reads)
    } else {
        reads()
    };
    let units = limit.unwrap_or_else(|| sum(|c| c.cpu));
    let mebibytes =
        own(&revision.memory).unwrap_or_else(|| sum(|c| c.memory.or(c.memory_reservation).unwrap_or(0)));
    let minute = |at: Time| at.0.div_euclid(MINUTE_MS);
    Some(Span { from: minute(from), to: ended.map_or(i64::MAX, minute), units, mebibytes, uses })
}

fn ecs(view: &View<'_>, metric: &Metric, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    let cluster = metric.dimension("ClusterName").and_then(|name| view.region.ecs.active_cluster(name));
    let Some(cluster) = cluster else { return BTreeMap::new() };
    let known = metric.dimensions.iter().all(|d| matches!(d.name.as_str(), "ClusterName" | "ServiceName"));
    let name = metric.metric_name.as_str();
    let insights = metric.namespace == "ECS/ContainerInsights";
    if !known || (insights && !insights_names(cluster).contains(&name)) {
        return BTreeMap::new();
    }
    let service = metric.dimension("ServiceName");
    let of_it = |task: &&Task| service.is_none_or(|name| task.service.as_deref() == Some(name));
    let mut known = Known::new();
    let tasks = cluster.tasks.values().filter(of_it);
    let spans: Vec<Span> = tasks.filter_map(|task| span(view, task, &mut known)).collect();
    let desired: u32 = cluster
        .services
        .values()
        .filter(|s| s.status == ServiceStatus::Active && service.is_none_or(|name| s.name == name))
        .map(|s| s.desired)
        .sum();
    let traffic = service.map(|name| traffic(view, cluster, name)).unwrap_or_default();
    let mut minutes = BTreeMap::new();
    for minute in range {
        let alive = spans.iter().filter(|span| span.from <= minute && minute <= span.to);
        let asked: u32 =
            traffic.iter().filter_map(|traffic| traffic.minutes.get(&minute)).map(|m| m.requests).sum();
        #[expect(clippy::cast_precision_loss, reason = "counts of tasks")]
        let rate = f64::from(asked) / 60.0 / (alive.clone().count().max(1) as f64);
        let stat = if insights {
            Some(Stat::one(insight(name, alive, desired, rate)))
        } else {
            let value = |span: &Span| match name {
                "CPUUtilization" => Some(span.load(rate).cpu),
                "MemoryUtilization" => Some(span.load(rate).memory),
                _ => None,
            };
            alive.filter_map(value).map(Stat::one).reduce(Stat::and)
        };
        if let Some(stat) = stat {
            minutes.insert(minute, stat);
        }
    }
    minutes
}

#[expect(clippy::cast_precision_loss, reason = "counts of tasks")]
fn insight<'a>(name: &str, alive: impl Iterator<Item = &'a Span>, desired: u32, rate: f64) -> f64 {
    match name {
        "DesiredTaskCount" => f64::from(desired),
        "CpuReserved" => alive.map(|span| span.units).sum(),
        "CpuUtilized" => alive.map(|span| span.used(rate)).sum(),
        "MemoryReserved" => alive.map(|span| span.mebibytes).sum(),
        "MemoryUtilized" => alive.map(|span| span.mebibytes * span.load(rate).memory / 100.0).sum(),
        _ => alive.count() as f64,
    }
}

/// An instance is as busy as the tasks on it make it, and 0.5 % for itself.
fn ec2(view: &View<'_>, metric: &Metric, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    let id = metric.dimension("InstanceId").filter(|_| metric.metric_name == "CPUUtilization");
    let Some(instance) = id.and_then(|id| view.region.ec2.instance(id)) else { return BTreeMap::new() };
    if !instance.is_booted(view.now) {
        return BTreeMap::new();
    }
    let host = view.region.ecs.instance_on(&instance.id);
    let mut known = Known::new();
    let spans: Vec<Span> = host
        .into_iter()
        .flat_map(|(cluster, host)| cluster.tasks.values().filter(move |task| task.instance == host.id))
        .filter_map(|task| span(view, task, &mut known))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "CPU units of a host")]
    let all = host.map_or(1024.0, |(_, host)| host.cpu as f64).max(1.0);
    range
        .map(|minute| {
            let alive = spans.iter().filter(|span| span.from <= minute && minute <= span.to);
            let used: f64 = alive.map(|span| span.used(0.0)).sum();
            (minute, Stat::one((0.5 + used / all * 100.0).min(100.0)))
        })
        .collect()
}

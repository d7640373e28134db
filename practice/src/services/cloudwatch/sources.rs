//! AWS's own metrics, computed from the state of the world. The past of a task is as long as ECS shows it (an hour
//! after it stopped), and at most [`MINUTES`]. Follows "Amazon ECS CloudWatch metrics" and "Container Insights".

use std::collections::BTreeMap;

use super::model::{Dimension, Metric, Stat};
use super::{insights, load};
use crate::core::time::Time;
use crate::images;
use crate::services::autoscaling::model::Lifecycle;
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
        "AWS/ECS" => Some(ecs(view, metric, range)),
        insights::NAMESPACE => Some(insights::minutes(view, metric, range)),
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
        all.extend(insights::all(cluster));
        if !cluster.instances.is_empty() {
            for name in ["CPUReservation", "MemoryReservation"] {
                all.push(Metric::of("AWS/ECS", name, of_cluster.clone()));
            }
        }
        for service in cluster.services.values().filter(|s| s.status == ServiceStatus::Active) {
            let mut of_service = of_cluster.clone();
            of_service.push(dimension("ServiceName", &service.name));
            for name in ["CPUUtilization", "MemoryUtilization"] {
                all.push(Metric::of("AWS/ECS", name, of_service.clone()));
            }
        }
    }
    for group in view.region.autoscaling.groups.keys() {
        all.push(Metric::of("AWS/EC2", "CPUUtilization", vec![dimension("AutoScalingGroupName", group)]));
    }
    for instance in view.region.ec2.instances.keys() {
        all.push(Metric::of("AWS/EC2", "CPUUtilization", vec![dimension("InstanceId", instance)]));
    }
    all
}

pub(super) fn dimension(name: &str, value: &str) -> Dimension {
    Dimension { name: name.to_owned(), value: value.to_owned() }
}

impl Metric {
    pub(super) fn of(namespace: &str, name: &str, dimensions: Vec<Dimension>) -> Self {
        Self { namespace: namespace.to_owned(), metric_name: name.to_owned(), dimensions }
    }

    pub(super) fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|d| d.name == name).map(|d| d.value.as_str())
    }
}

/// One task's time on its CPU.
pub(super) struct Span {
    /// From this minute.
    pub(super) from: i64,
    /// To this minute.
    to: i64,
    /// CPU units reserved.
    pub(super) units: f64,
    /// Memory reserved.
    pub(super) mebibytes: f64,
    uses: load::Uses,
}

impl Span {
    pub(super) fn load(&self, rate: f64) -> load::Load {
        load::of(self.uses, self.units, self.mebibytes, rate)
    }

    /// Whether it runs in that minute.
    pub(super) fn is_alive(&self, minute: i64) -> bool {
        self.from <= minute && minute <= self.to
    }

    /// CPU units that it uses.
    pub(super) fn used(&self, rate: f64) -> f64 {
        let waits = || self.units * self.load(rate).cpu / 100.0;
        self.uses.spinning.unwrap_or_else(waits)
    }
}

/// What load balancers send to a service.
pub(super) fn traffic<'w>(view: &View<'w>, cluster: &Cluster, service: &str) -> Vec<&'w Traffic> {
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
pub(super) type Known<'w> = BTreeMap<&'w RevisionId, load::Uses>;

pub(super) fn span<'w>(view: &View<'w>, task: &'w Task, known: &mut Known<'w>) -> Option<Span> {
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

/// Requests per second and task in a minute.
#[expect(clippy::cast_precision_loss, reason = "counts of tasks")]
pub(super) fn rate(traffic: &[&Traffic], minute: i64, tasks: usize) -> f64 {
    let asked: u32 =
        traffic.iter().filter_map(|traffic| traffic.minutes.get(&minute)).map(|m| m.requests).sum();
    f64::from(asked) / 60.0 / (tasks.max(1) as f64)
}

pub(super) fn minute_of(at: Time) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

fn ecs(view: &View<'_>, metric: &Metric, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    let cluster = metric.dimension("ClusterName").and_then(|name| view.region.ecs.active_cluster(name));
    let Some(cluster) = cluster else { return BTreeMap::new() };
    let known = metric.dimensions.iter().all(|d| matches!(d.name.as_str(), "ClusterName" | "ServiceName"));
    if !known {
        return BTreeMap::new();
    }
    let name = metric.metric_name.as_str();
    let service = metric.dimension("ServiceName");
    let of_it = |task: &&Task| service.is_none_or(|name| task.service.as_deref() == Some(name));
    let mut known = Known::new();
    let tasks = cluster.tasks.values().filter(of_it);
    if name.ends_with("Reservation") {
        let on_instances = tasks.filter(|task| !task.instance.is_empty());
        let spans: Vec<Span> = on_instances.filter_map(|task| span(view, task, &mut known)).collect();
        return if service.is_none() { reserved(cluster, name, &spans, range) } else { BTreeMap::new() };
    }
    let spans: Vec<Span> = tasks.filter_map(|task| span(view, task, &mut known)).collect();
    let traffic = service.map(|name| traffic(view, cluster, name)).unwrap_or_default();
    let mut minutes = BTreeMap::new();
    for minute in range {
        let alive = spans.iter().filter(|span| span.is_alive(minute));
        let rate = rate(&traffic, minute, alive.clone().count());
        let value = |span: &Span| match name {
            "CPUUtilization" => Some(span.load(rate).cpu),
            "MemoryUtilization" => Some(span.load(rate).memory),
            _ => None,
        };
        if let Some(stat) = alive.filter_map(value).map(Stat::one).reduce(Stat::and) {
            minutes.insert(minute, stat);
        }
    }
    minutes
}

/// How much of a cluster's registered CPU or memory its tasks reserve, in percent.
#[expect(clippy::cast_precision_loss, reason = "CPU units and MiB")]
fn reserved(
    cluster: &Cluster,
    name: &str,
    spans: &[Span],
    range: std::ops::Range<i64>,
) -> BTreeMap<i64, Stat> {
    let mut minutes = BTreeMap::new();
    for minute in range {
        let hosts = cluster.instances.values().filter(|host| minute_of(host.registered_at) <= minute);
        let (cpu, memory) =
            hosts.fold((0_i64, 0_i64), |(cpu, memory), host| (cpu + host.cpu, memory + host.memory));
        let alive = spans.iter().filter(|span| span.is_alive(minute));
        let (used, all) = match name {
            "CPUReservation" => (alive.map(|span| span.units).sum::<f64>(), cpu as f64),
            "MemoryReservation" => (alive.map(|span| span.mebibytes).sum(), memory as f64),
            _ => return BTreeMap::new(),
        };
        if all > 0.0 {
            minutes.insert(minute, Stat::one(used / all * 100.0));
        }
    }
    minutes
}

/// Of an instance, or of all that are in service in a group.
fn ec2(view: &View<'_>, metric: &Metric, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    if metric.metric_name != "CPUUtilization" || metric.dimensions.len() != 1 {
        return BTreeMap::new();
    }
    if let Some(id) = metric.dimension("InstanceId") {
        return used(view, id, range);
    }
    let name = metric.dimension("AutoScalingGroupName");
    let group = name.and_then(|name| view.region.autoscaling.groups.get(name));
    let serving = group.into_iter().flat_map(|group| group.members.values());
    let mut minutes: BTreeMap<i64, Stat> = BTreeMap::new();
    for member in serving.filter(|member| member.lifecycle == Lifecycle::InService) {
        let from = range.start.max(minute_of(member.since));
        for (minute, stat) in used(view, &member.instance_id, from..range.end) {
            minutes.entry(minute).and_modify(|all| *all = all.and(stat)).or_insert(stat);
        }
    }
    minutes
}

/// How much of its CPU an instance uses: it is as busy as the tasks on it make it, and 0.5 % for itself.
fn used(view: &View<'_>, id: &str, range: std::ops::Range<i64>) -> BTreeMap<i64, Stat> {
    let Some(instance) = view.region.ec2.instance(id) else { return BTreeMap::new() };
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
            let alive = spans.iter().filter(|span| span.is_alive(minute));
            let used: f64 = alive.map(|span| span.used(0.0)).sum();
            (minute, Stat::one((0.5 + used / all * 100.0).min(100.0)))
        })
        .collect()
}

//! Capacity providers at work: which container instances and which tasks are theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::capacity;
use super::model::{Cluster, ContainerInstance, ProviderItem, Task};
use crate::world::View;

/// The capacity provider of a cluster that a container instance belongs to, by its Auto Scaling group.
pub(super) fn of_instance<'v>(
    view: &View<'v>,
    cluster: &Cluster,
    instance: &ContainerInstance,
) -> Option<&'v str> {
    if cluster.capacity_providers.is_empty() {
        return None;
    }
    let (group, _) = view.region.autoscaling.membership(&instance.ec2_instance)?;
    let mut all = view.region.ecs.providers.values();
    let provider = all.find(|provider| provider.group == group.arn)?;
    cluster.capacity_providers.contains(&provider.name).then_some(provider.name.as_str())
}

/// The container instances of a cluster that are not a capacity provider's.
pub(super) fn others(view: &View<'_>, cluster: &Cluster, provider: &str) -> BTreeSet<String> {
    let others = cluster.instances.values();
    let others = others.filter(|host| of_instance(view, cluster, host) != Some(provider));
    others.map(|host| host.id.clone()).collect()
}

/// The capacity provider of the next task of a strategy, by those that are there. None without a strategy.
pub(super) fn next<'s, 't>(
    strategy: &'s [ProviderItem],
    tasks: impl Iterator<Item = &'t Task>,
) -> Option<&'s str> {
    if strategy.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in tasks.filter_map(|task| task.capacity_provider.as_deref()) {
        *counts.entry(name).or_default() += 1;
    }
    let lines: Vec<_> = strategy.iter().map(|i| (i.capacity_provider.as_str(), i.base, i.weight)).collect();
    capacity::pick(&lines, |name| counts.get(name).copied().unwrap_or(0))
}

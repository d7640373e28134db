//! Capacity providers at work: which container instances are theirs.

use std::collections::BTreeMap;

use super::model::{Cluster, ContainerInstance, ProviderItem, Spec, Task};
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

/// The capacity provider of the next task, by those that are there: the base is filled first, then the one that is
/// farthest behind its weight. None without a strategy.
pub(super) fn next<'s, 't>(spec: &'s Spec, tasks: impl Iterator<Item = &'t Task>) -> Option<&'s str> {
    if spec.providers.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for name in tasks.filter_map(|task| task.capacity_provider.as_deref()) {
        *counts.entry(name).or_default() += 1;
    }
    let count = |item: &ProviderItem| counts.get(item.capacity_provider.as_str()).copied().unwrap_or(0);
    let below = spec.providers.iter().find(|item| count(item) < u64::from(item.base));
    // The smallest (tasks beyond the base + 1) / weight, compared without division; the first of equals.
    let share = |item: &ProviderItem, other: &ProviderItem| {
        (count(item).saturating_sub(u64::from(item.base)) + 1) * u64::from(other.weight)
    };
    let weighed = spec.providers.iter().filter(|item| item.weight > 0);
    let next = below.or_else(|| weighed.min_by(|a, b| share(a, b).cmp(&share(b, a))));
    next.map(|item| item.capacity_provider.as_str())
}

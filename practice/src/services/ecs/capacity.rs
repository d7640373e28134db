//! Where a task's capacity comes from: launch types, capacity provider strategies, the subnets of `awsvpcConfiguration`.
//! Follows "Amazon ECS capacity providers" and "Fargate task networking".

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Cluster, Launch, Network, Phase, Task};
use crate::services::ec2::model::Model as Ec2;

/// AWS's own providers.
pub(super) const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];
/// What `LATEST` is on Linux.
const LATEST: &str = "1.4.0";

/// How a task comes to run somewhere; the default is a container instance and its network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Launching {
    /// `launchType`, or that of the capacity provider.
    pub(super) launch: Launch,
    /// The capacity provider, when a strategy chose it.
    pub(super) provider: Option<String>,
    /// Fargate's, resolved.
    pub(super) platform_version: Option<String>,
    /// For tasks with a network interface of their own.
    pub(super) network: Option<Network>,
    /// `enableExecuteCommand`.
    pub(super) execute_command: bool,
    /// Whether target groups or service registries are to know it; see [`Task::registers`].
    pub(super) registers: bool,
    /// The namespace of its Service Connect proxy; see [`Task::connect`].
    pub(super) connect: Option<String>,
}

/// A line of a capacity provider strategy: name, base, weight.
pub(super) type Line<'a> = (&'a str, u32, u32);

/// The provider of a strategy's next task. `count` tells how many tasks each has already: the base is filled first,
/// then the one that is farthest behind its share. None when no line has a weight and the base is full.
pub(super) fn pick<'a>(strategy: &[Line<'a>], count: impl Fn(&str) -> usize) -> Option<&'a str> {
    let below = |(name, base, _): &&Line<'_>| count(name) < *base as usize;
    if let Some((name, ..)) = strategy.iter().find(below) {
        return Some(name);
    }
    let beyond = |name: &str, base: u32| (count(name) as u64).saturating_sub(u64::from(base));
    // The smallest (tasks beyond the base + 1) / weight, compared without division; the first of equals.
    let weighed = strategy.iter().filter(|(_, _, weight)| *weight > 0);
    weighed
        .min_by(|a, b| {
            let share = |one: &Line<'_>, other: &Line<'_>| (beyond(one.0, one.1) + 1) * u64::from(other.2);
            share(a, b).cmp(&share(b, a))
        })
        .map(|(name, ..)| *name)
}

/// The launch type of a capacity provider's tasks.
pub(super) fn launch_of(provider: &str) -> Launch {
    if FARGATE.contains(&provider) { Launch::Fargate } else { Launch::Ec2 }
}

/// `1.4.0` for `LATEST` and for nothing said; None for what is no platform version.
pub(super) fn platform(given: Option<&str>) -> Option<&'static str> {
    match given {
        None | Some("" | "LATEST" | "1.4.0") => Some(LATEST),
        Some("1.3.0") => Some("1.3.0"),
        Some(_) => None,
    }
}

/// The zones of a network's subnets.
pub(super) fn zones<'e>(ec2: &'e Ec2, network: &Network) -> BTreeSet<&'e str> {
    network.subnets.iter().filter_map(|id| ec2.subnet(id)).map(|subnet| subnet.zone.as_str()).collect()
}

/// The subnet for a task's interface: in its host's zone, else where the fewest tasks of its group are. None when
/// all of them are gone.
pub(super) fn subnet<'e>(ec2: &'e Ec2, cluster: &Cluster, task: &Task) -> Option<&'e str> {
    let network = task.network.as_ref()?;
    let subnets = network.subnets.iter().filter_map(|id| ec2.subnet(id));
    if task.launch != Launch::Fargate {
        return subnets.filter(|subnet| subnet.zone == task.zone).map(|subnet| subnet.id.as_str()).next();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let alive = cluster.tasks.values().filter(|t| t.group == task.group && t.phase != Phase::Stopped);
    for subnet in alive.filter_map(|t| t.eni.as_ref()) {
        *counts.entry(&subnet.subnet).or_default() += 1;
    }
    subnets.map(|subnet| subnet.id.as_str()).min_by_key(|id| counts.get(id).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_strategy_fills_its_base_and_then_its_weights() {
        let started: RefCell<Vec<&str>> = RefCell::new(Vec::new());
        let strategy = [("FARGATE", 2, 1), ("FARGATE_SPOT", 0, 3)];
        for _ in 0..10 {
            let next = {
                let started = started.borrow();
                pick(&strategy, |name| started.iter().filter(|one| **one == name).count()).unwrap()
            };
            started.borrow_mut().push(next);
        }
        let started = started.into_inner();
        assert_eq!(started[..2], ["FARGATE", "FARGATE"]);
        assert_eq!(started.iter().filter(|name| **name == "FARGATE_SPOT").count(), 6);
        assert_eq!(pick(&[("FARGATE", 1, 0)], |_| 1), None);
    }
}

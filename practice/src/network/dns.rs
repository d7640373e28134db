//! Weave DNS: the running containers of a name, over all hosts of the network, in another order with every query.
//! Names are container names in `weave.local`; only A records. Follows Weave Net's "Discovering containers".

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::weave;
use crate::core::id::mix;
use crate::services::ecs::model::RunningContainer;
use crate::world::View;

/// Seconds an answer may be kept.
pub const TTL: u32 = 1;

/// An A record.
#[derive(Debug, Clone)]
pub struct Answer<'w> {
    /// In Weave's network.
    pub address: Ipv4Addr,
    /// The container it belongs to.
    pub of: RunningContainer<'w>,
}

/// What DNS answers for a name on a host, shuffled by the query's own randomness. Empty for unknown names, and
/// on hosts without Weave.
pub fn lookup<'w>(view: &View<'w>, instance_id: &str, name: &str, entropy: u64) -> Vec<Answer<'w>> {
    let name = local_name(name);
    let hosts = weave::peers(view, instance_id);
    let mut answers: Vec<Answer<'w>> = view
        .region
        .ecs
        .running_containers()
        .filter(|at| at.container.name.eq_ignore_ascii_case(name) && is_on(at, &hosts))
        .filter_map(|at| at.container.weave_ip.map(|ip| Answer { address: Ipv4Addr::from(ip), of: at }))
        .collect();
    shuffle(&mut answers, entropy);
    answers
}

/// Every name known on a host, with what a query for it would be answered now.
pub fn zone(view: &View<'_>, instance_id: &str, entropy: u64) -> BTreeMap<String, Vec<Ipv4Addr>> {
    let hosts = weave::peers(view, instance_id);
    let mut zone: BTreeMap<String, Vec<Ipv4Addr>> = BTreeMap::new();
    for at in view.region.ecs.running_containers() {
        if let Some(ip) = at.container.weave_ip.filter(|_| is_on(&at, &hosts)) {
            zone.entry(at.container.name.to_ascii_lowercase()).or_default().push(Ipv4Addr::from(ip));
        }
    }
    for (answers, entropy) in zone.values_mut().zip((0..).map(|n: u64| mix(entropy ^ mix(n)))) {
        shuffle(answers, entropy);
    }
    zone
}

fn is_on(at: &RunningContainer<'_>, hosts: &BTreeSet<String>) -> bool {
    at.ec2_instance().is_some_and(|host| hosts.contains(host))
}

/// `dataproducer.weave.local.` without its domain.
pub(super) fn local_name(name: &str) -> &str {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.strip_suffix(".weave.local").unwrap_or(name)
}

/// Fisher and Yates, driven by `entropy`.
pub(super) fn shuffle<T>(items: &mut [T], entropy: u64) {
    let mut bits = entropy;
    for last in (1..items.len()).rev() {
        bits = mix(bits);
        let other = usize::try_from(bits % (last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

//! Service Connect: what a task's proxy makes of a name. Follows "Amazon ECS Service Connect": proxies know the client
//! aliases of their namespace that were there when their task was started, and no other container does.

use std::net::Ipv4Addr;

use crate::core::id::mix;
use crate::services::ecs::model::{Discovery, Task};
use crate::world::View;

/// Where the proxy of a task sends a connection to a name and port: addresses and ports of the tasks behind it, in an
/// order drawn from `entropy`. None for names it does not know; empty when nobody is behind one, or it is known with
/// other ports only.
pub(super) fn route(
    view: &View<'_>,
    task: &Task,
    host: &str,
    port: u16,
    entropy: u64,
) -> Option<Vec<(Ipv4Addr, u16)>> {
    let namespace = task.connect.as_deref()?;
    let services = view.region.ecs.clusters.values().flat_map(|cluster| cluster.services.values());
    let all = services.flat_map(|service| &service.discoveries).filter(|had| had.namespace == namespace);
    let mut known = false;
    let mut found: Option<&Discovery> = None;
    for (had, alias) in all.flat_map(|had| had.aliases.iter().map(move |alias| (had, alias))) {
        if alias.name.eq_ignore_ascii_case(host) && alias.since <= task.created_at {
            known = true;
            if alias.port == port {
                found.get_or_insert(had);
            }
        }
    }
    let behind = found.and_then(|had| view.region.servicediscovery.services.get(&had.service));
    let instances = behind.into_iter().flat_map(|service| service.instances.values());
    let mut ends: Vec<(Ipv4Addr, u16)> = instances
        .filter(|instance| instance.ready && !instance.unhealthy)
        .filter_map(|instance| {
            let of = |name: &str| instance.attributes.get(name);
            Some((of("AWS_INSTANCE_IPV4")?.parse().ok()?, of("AWS_INSTANCE_PORT")?.parse().ok()?))
        })
        .collect();
    if let Some(first) = mix(entropy).checked_rem(ends.len() as u64) {
        ends.rotate_left(usize::try_from(first).unwrap_or(0));
    }
    known.then_some(ends)
}

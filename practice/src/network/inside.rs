//! Connections from one container to another: over Docker's bridge and links, Weave, a shared network namespace, or
//! the VPC.

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::endpoint::{self, Endpoint};
use super::ingress::{self, End, listener, not_listening};
use super::{connect, dns, weave};
use crate::images::Listener;
use crate::services::ecs::model::RunningContainer;
use crate::services::servicediscovery::registry;
use crate::world::View;

/// What answers a container that connects to `host`, a name or an address, on `port`: those that let it in and listen,
/// in the order a program would try them.
pub(super) fn reach<'w>(
    view: &View<'w>,
    from: &RunningContainer<'w>,
    host: &str,
    port: u16,
    entropy: u64,
) -> Vec<(RunningContainer<'w>, Listener)> {
    let at = |to: RunningContainer<'w>| between(view, from, &to, port).ok().map(|listener| (to, listener));
    if host.is_empty() {
        return Vec::new();
    }
    let linked = from.definition.links.iter().flatten().find_map(|link| {
        let (container, alias) = link.split_once(':').unwrap_or((link, link));
        (alias == host).then_some(container)
    });
    if let Some(name) = linked {
        return neighbours(view, from).filter(|to| to.container.name == name).filter_map(at).collect();
    }
    if host == "localhost" || host.starts_with("127.") {
        let own = neighbours(view, from);
        return own.filter(|to| shares_namespace(from, to)).filter_map(at).collect();
    }
    if let Some(ends) = connect::route(view, from.task, host, port, entropy) {
        return ends.into_iter().flat_map(|(address, port)| in_vpc(view, from, address, port)).collect();
    }
    let address = host.parse::<Ipv4Addr>().ok().or_else(|| named_address(host));
    if let Some(address) = address {
        let has = |to: &RunningContainer<'_>| to.container.weave_ip.map(Ipv4Addr::from) == Some(address);
        let by_weave: Vec<_> = view.region.ecs.running_containers().filter(has).filter_map(at).collect();
        return if by_weave.is_empty() { in_vpc(view, from, address, port) } else { by_weave };
    }
    if let Some(here) = Endpoint::of_task(view, from.task)
        && registry::is_authoritative(view, here.vpc, host)
    {
        let addresses = registry::resolve(view, here.vpc, host, entropy);
        return addresses.into_iter().flat_map(|address| in_vpc(view, from, address, port)).collect();
    }
    let Some(instance) = from.ec2_instance() else { return Vec::new() };
    dns::lookup(view, instance, host, entropy).into_iter().filter_map(|answer| at(answer.of)).collect()
}

/// The containers of the same task, itself included.
fn neighbours<'w>(
    view: &View<'w>,
    of: &RunningContainer<'w>,
) -> impl Iterator<Item = RunningContainer<'w>> + use<'w> {
    let (ecs, of) = (&view.region.ecs, *of);
    ecs.containers_of(of.cluster, of.task)
}

/// Whether two containers of one task have one `localhost`.
fn shares_namespace(a: &RunningContainer<'_>, b: &RunningContainer<'_>) -> bool {
    a.container.id == b.container.id || matches!(a.revision.network_mode.as_deref(), Some("awsvpc" | "host"))
}

/// The address in a private DNS name of EC2: `ip-10-0-0-5.ec2.internal`.
fn named_address(host: &str) -> Option<Ipv4Addr> {
    let label = host.strip_suffix(".internal")?.split('.').next()?;
    label.strip_prefix("ip-")?.replace('-', ".").parse().ok()
}

/// What listens at a private address of the VPC, if the security groups let it in.
fn in_vpc<'w>(
    view: &View<'w>,
    from: &RunningContainer<'w>,
    address: Ipv4Addr,
    port: u16,
) -> Vec<(RunningContainer<'w>, Listener)> {
    let Some(here) = Endpoint::of_task(view, from.task) else { return Vec::new() };
    let Some(there) = Endpoint::at(view, here.vpc, address) else { return Vec::new() };
    if endpoint::connect(view, &here, &there, "tcp", port).is_err() {
        return Vec::new();
    }
    match ingress::listening(view, &there, port) {
        Ok(End::Container { at, listener }) => vec![(at, listener)],
        Ok(End::Scope { .. }) | Err(_) => Vec::new(),
    }
}

/// What listens on a port of one container, as another sees it that knows its address.
pub(super) fn between(
    view: &View<'_>,
    from: &RunningContainer<'_>,
    to: &RunningContainer<'_>,
    port: u16,
) -> Result<Listener, Broken> {
    if from.task.id != to.task.id {
        match (
            from.task.network.is_some() || to.task.network.is_some(),
            from.ec2_instance(),
            to.ec2_instance(),
        ) {
            // Without Weave, containers on Docker's bridge meet on one host only.
            (false, Some(here), Some(there)) if here == there => {}
            (false, Some(here), Some(there)) => weave::reaches(view, here, there)?,
            _ => {
                let gone = |of: &RunningContainer<'_>| Broken::NoSuchHost { host: of.task.id.clone() };
                let here = Endpoint::of_task(view, from.task).ok_or_else(|| gone(from))?;
                let there = Endpoint::of_task(view, to.task).ok_or_else(|| gone(to))?;
                endpoint::connect(view, &here, &there, "tcp", port)?;
            }
        }
    }
    listener(view, to, port).ok_or_else(|| not_listening(view, to, port))
}

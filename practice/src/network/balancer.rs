//! Connections that the nodes of a load balancer make to its targets, and the way of a visitor's request through it.
//! Follows "How Elastic Load Balancing works" and the guides of both kinds of load balancer.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::broken::{Broken, Symptom};
use super::endpoint::{Endpoint, connect};
use super::firewall;
use super::ingress::{End, SCOPE_PORT, has_weave, listener, not_listening};
use super::site;
use crate::services::ec2::model::State;
use crate::services::ecs::model::{Binding, RunningContainer, Transport};
use crate::services::elbv2::model::{LoadBalancer, Target, TargetGroup, TargetType};
use crate::world::View;

/// What a health check meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// No answer.
    Silence,
    /// Nobody listens, or the answer is no HTTP.
    Refusal,
    /// A TCP connection, all that was asked for.
    Connection,
    /// An HTTP answer with that status.
    Status(u16),
}

/// Who has which address and what runs where, so that many targets are found at once.
pub(crate) struct Index<'w> {
    addresses: BTreeMap<Ipv4Addr, Vec<Endpoint<'w>>>,
    /// By `eni-...` of tasks with one of their own, else by instance.
    containers: BTreeMap<&'w str, Vec<RunningContainer<'w>>>,
}

impl<'w> Index<'w> {
    /// Of all that is in a region now.
    pub(crate) fn of(view: &View<'w>) -> Self {
        let ec2 = &view.region.ec2;
        let running = ec2.instances.values().filter(|instance| instance.state == State::Running);
        let others = ec2.interfaces.values().filter_map(|own| Endpoint::of_interface(ec2, own));
        let mut addresses: BTreeMap<Ipv4Addr, Vec<Endpoint<'w>>> = BTreeMap::new();
        for end in running.filter_map(Endpoint::of_instance).chain(others) {
            addresses.entry(end.private_ip).or_default().push(end);
        }
        let mut containers: BTreeMap<&'w str, Vec<RunningContainer<'w>>> = BTreeMap::new();
        for at in view.region.ecs.running_containers() {
            let own = at.task.eni.as_ref().and_then(|eni| eni.interface.as_deref());
            let place = if at.task.network.is_some() { own } else { at.ec2_instance() };
            if let Some(place) = place {
                containers.entry(place).or_default().push(at);
            }
        }
        Self { addresses, containers }
    }

    /// What a health check of a target meets.
    pub(crate) fn check(
        &self,
        view: &View<'w>,
        lb: &'w LoadBalancer,
        group: &TargetGroup,
        target: &Target,
    ) -> Found {
        let check = &group.check;
        let port = check.port.parse().unwrap_or(target.port);
        if group.target_type == TargetType::Alb {
            let listens = view.region.elbv2.listeners_of(&target.id).any(|listener| listener.port == port);
            return if listens { Found::Status(200) } else { Found::Refusal };
        }
        let end = match self.reach(view, lb, group, target, port) {
            Ok(end) => end,
            Err(broken) => {
                return match broken.symptom() {
                    Symptom::Refused => Found::Refusal,
                    Symptom::TimesOut | Symptom::NoSuchName => Found::Silence,
                };
            }
        };
        match check.protocol.as_str() {
            "TCP" => Found::Connection,
            // No program here speaks TLS: its answer to a handshake is none.
            "HTTPS" => Found::Refusal,
            _ => {
                let path = check.path.as_deref().unwrap_or("/");
                site::status(view, &end, path).map_or(Found::Refusal, Found::Status)
            }
        }
    }

    /// What a connection of a load balancer's node to a target on a port ends at. The first hop that is broken is
    /// the error.
    pub(crate) fn reach(
        &self,
        view: &View<'w>,
        lb: &'w LoadBalancer,
        group: &TargetGroup,
        target: &Target,
        port: u16,
    ) -> Result<End<'w>, Broken> {
        let missing = || Broken::NoSuchHost { host: target.id.clone() };
        let there = self.end(view, group, target)?;
        let here = node(view, lb).ok_or_else(missing)?;
        if here.groups.is_empty() {
            // A network load balancer without security groups lets everything out.
            firewall::lets_in(&view.region.ec2, &there, "tcp", port, here.peer())
        } else {
            connect(view, &here, &there, "tcp", port)
        }
        .map_err(|broken| closed(broken, lb, port))?;
        self.listening(view, &there, port)
    }

    /// Where a target is.
    fn end(&self, view: &View<'w>, group: &TargetGroup, target: &Target) -> Result<Endpoint<'w>, Broken> {
        let end = match group.target_type {
            TargetType::Instance => view.region.ec2.instance(&target.id).and_then(Endpoint::of_instance),
            TargetType::Ip | TargetType::Alb => {
                let address: Option<Ipv4Addr> = target.id.parse().ok();
                let ends = address.and_then(|address| self.addresses.get(&address));
                ends.into_iter().flatten().find(|end| end.vpc == group.vpc_id).copied()
            }
        };
        end.ok_or_else(|| Broken::NoSuchHost { host: target.id.clone() })
    }

    /// Whether a target's security groups let a client on the internet in, where a network load balancer keeps the
    /// client's address: by default for instances, not for addresses.
    pub(crate) fn admits_client(
        &self,
        view: &View<'w>,
        group: &TargetGroup,
        target: &Target,
    ) -> Result<(), Broken> {
        let default = group.target_type == TargetType::Instance;
        let set = group.attributes.get("preserve_client_ip.enabled");
        if !set.map_or(default, |value| value == "true") {
            return Ok(());
        }
        let there = self.end(view, group, target)?;
        firewall::lets_in(&view.region.ec2, &there, "tcp", target.port, firewall::ANYBODY)
    }

    /// What listens on a port of an interface.
    pub(super) fn listening(&self, view: &View<'w>, at: &Endpoint<'w>, port: u16) -> Result<End<'w>, Broken> {
        let instance = view.region.ec2.instance(at.id);
        if let Some(host) = instance
            && port == SCOPE_PORT
            && has_weave(view, host)
            && host.is_booted(view.now)
        {
            return Ok(End::Scope { host });
        }
        let mut silent = None;
        for container in self.containers.get(at.id).into_iter().flatten() {
            let Some(inside) = inside(container, port) else { continue };
            match listener(view, container, inside) {
                Some(listener) => return Ok(End::Container { at: *container, listener }),
                None if declared(container, inside) => {
                    silent = Some(not_listening(view, container, inside));
                }
                None => {}
            }
        }
        Err(silent.unwrap_or_else(|| Broken::NothingListens { instance: at.id.to_owned(), port }))
    }
}

/// The container port behind a port of the interface its task uses.
fn inside(at: &RunningContainer<'_>, port: u16) -> Option<u16> {
    if at.task.network.is_some() || at.revision.network_mode.as_deref() == Some("host") {
        return Some(port);
    }
    let tcp = |b: &&Binding| b.host_port == port && b.protocol == Transport::Tcp;
    at.container.bindings.iter().find(tcp).map(|binding| binding.container_port)
}

fn declared(at: &RunningContainer<'_>, port: u16) -> bool {
    at.definition.port_mappings.iter().any(|mapping| mapping.container_port == Some(i64::from(port)))
}

/// A node of a load balancer; all have the same security groups.
fn node<'w>(view: &View<'w>, lb: &'w LoadBalancer) -> Option<Endpoint<'w>> {
    let ec2 = &view.region.ec2;
    let interface = lb.zones.iter().find_map(|node| ec2.interfaces.get(node.interface.as_ref()?))?;
    Endpoint::of_interface(ec2, interface)
}

/// A closed security group between a load balancer and its targets has a name of its own.
fn closed(broken: Broken, lb: &LoadBalancer, port: u16) -> Broken {
    match broken {
        Broken::SecurityGroupClosed { groups, inbound: true, .. } => {
            Broken::TargetGroupClosed { from: lb.security_groups.clone(), to: groups, port }
        }
        other => other,
    }
}

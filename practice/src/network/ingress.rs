//! The way in: from the internet to what listens on a port of an instance.

use super::broken::Broken;
use super::endpoint::Endpoint;
use super::{egress, firewall};
use crate::images::{Behaviour, Listener, Program};
use crate::services::ec2::images;
use crate::services::ec2::instance::{private_dns_name, public_dns_name};
use crate::services::ec2::model::{Instance, State};
use crate::services::ecs::model::{Binding, Container, RunningContainer, Task, Transport};
use crate::services::ecs::{readiness, tasks};
use crate::world::View;

/// Where Weave Scope listens on the Weave images.
pub const SCOPE_PORT: u16 = 4040;

/// Where a connection from the internet ends.
#[derive(Debug, Clone)]
pub struct Arrival<'w> {
    /// The interface it came in by.
    pub at: Endpoint<'w>,
    pub(crate) end: End<'w>,
}

/// What listens there.
#[derive(Debug, Clone)]
pub(crate) enum End<'w> {
    /// A container, on a port of its own.
    Container { at: RunningContainer<'w>, listener: Listener },
    /// Weave Scope, which the Weave images start.
    Scope { host: &'w Instance },
}

impl<'w> Arrival<'w> {
    /// The task and the container that answer; None for Weave Scope.
    pub fn container(&self) -> Option<(&'w Task, &'w Container)> {
        match &self.end {
            End::Container { at, .. } => Some((at.task, at.container)),
            End::Scope { .. } => None,
        }
    }
}

/// Follows a TCP connection from the internet to `host`, a public DNS name or address, on `port`: the name, the
/// running instance or the task's interface, internet gateway, the way back through the subnet's route table, security
/// groups, and a program that listens. The first hop that is broken is the error. An instance's or interface's id or a
/// private address as host tells why that one cannot be reached.
pub fn from_internet<'w>(view: &View<'w>, host: &str, port: u16) -> Result<Arrival<'w>, Broken> {
    let missing = || Broken::NoSuchHost { host: host.to_owned() };
    let at = match find(view, host) {
        Some(instance) => {
            egress::is_running(instance)?;
            Endpoint::of_instance(instance).ok_or_else(missing)?
        }
        None => find_interface(view, host).ok_or_else(missing)?,
    };
    egress::through_gateway(view, &at, firewall::ANYBODY.address)?;
    firewall::lets_in(&view.region.ec2, &at, "tcp", port, firewall::ANYBODY)?;
    let end = listening(view, &at, port)?;
    Ok(Arrival { at, end })
}

fn find<'w>(view: &View<'w>, host: &str) -> Option<&'w Instance> {
    let (model, region) = (&view.region.ec2, view.region.name.as_str());
    let privately = |instance: &&Instance| {
        instance.id == host
            || instance.private_ip.is_some_and(|ip| ip.to_string() == host)
            || instance.private_dns_name(region).is_some_and(|name| name == host)
    };
    // A browser is given the first label alone: the rest of the name is the practice cloud's.
    let by_label = |instance: &&Instance| {
        instance.public_dns_name(model, region).is_some_and(|name| name.split('.').next() == Some(host))
    };
    model
        .instance_at(region, host)
        .or_else(|| model.instances.values().find(privately))
        .or_else(|| model.instances.values().find(by_label))
}

fn find_interface<'w>(view: &View<'w>, host: &str) -> Option<Endpoint<'w>> {
    let (model, region) = (&view.region.ec2, view.region.name.as_str());
    let found = model.interfaces.values().find(|interface| {
        let public = model.public_ip_of(interface).is_some_and(|ip| {
            let name = public_dns_name(ip, region);
            ip.to_string() == host || name == host || name.split('.').next() == Some(host)
        });
        public
            || interface.id == host
            || interface.private_ip.to_string() == host
            || private_dns_name(interface.private_ip, region) == host
    });
    Endpoint::of_interface(model, found?)
}

/// What listens on a TCP port of an instance or of a task's interface, whoever asks.
pub(crate) fn listening<'w>(view: &View<'w>, at: &Endpoint<'w>, port: u16) -> Result<End<'w>, Broken> {
    match view.region.ec2.instance(at.id) {
        Some(instance) => on_instance(view, instance, port),
        None => on_interface(view, at.id, port),
    }
}

/// A task's containers share the ports of its interface.
fn on_interface<'w>(view: &View<'w>, interface: &str, port: u16) -> Result<End<'w>, Broken> {
    let is_its = |at: &RunningContainer<'_>| {
        at.task.eni.as_ref().is_some_and(|eni| eni.interface.as_deref() == Some(interface))
    };
    let mut mapped = None;
    for at in view.region.ecs.running_containers().filter(is_its) {
        if let Some(listener) = listener(view, &at, port) {
            return Ok(End::Container { at, listener });
        }
        if at.definition.port_mappings.iter().any(|m| m.container_port == Some(i64::from(port))) {
            mapped = Some(not_listening(view, &at, port));
        }
    }
    Err(mapped.unwrap_or_else(|| Broken::NothingListens { instance: interface.to_owned(), port }))
}

fn on_instance<'w>(view: &View<'w>, instance: &'w Instance, port: u16) -> Result<End<'w>, Broken> {
    if port == SCOPE_PORT && has_weave(view, instance) && instance.is_booted(view.now) {
        return Ok(End::Scope { host: instance });
    }
    let here = || view.region.ecs.containers_on(&instance.id).filter(|at| at.task.network.is_none());
    let bound = here().find_map(|at| {
        let tcp = |b: &&Binding| b.host_port == port && b.protocol == Transport::Tcp;
        at.container.bindings.iter().find(tcp).map(|binding| (at, binding.container_port))
    });
    if let Some((at, inside)) = bound {
        return match listener(view, &at, inside) {
            Some(listener) => Ok(End::Container { at, listener }),
            None => Err(not_listening(view, &at, inside)),
        };
    }
    // In host mode there is nothing to bind: the program's port is the host's.
    let mut in_host_mode = here().filter(|at| at.revision.network_mode.as_deref() == Some("host"));
    in_host_mode
        .find_map(|at| listener(view, &at, port).map(|listener| End::Container { at, listener }))
        .ok_or_else(|| Broken::NothingListens { instance: instance.id.clone(), port })
}

/// Whether the image of an instance starts Weave Net.
pub(super) fn has_weave(view: &View<'_>, instance: &Instance) -> bool {
    images::find(&view.region.name, &instance.image_id).is_some_and(|image| image.has_weave)
        && instance.state == State::Running
}

pub(super) fn not_listening(view: &View<'_>, at: &RunningContainer<'_>, port: u16) -> Broken {
    Broken::ContainerNotListening {
        container: at.container.name.clone(),
        task: view.arn("ecs", &format!("task/{}/{}", at.cluster.name, at.task.id)),
        port,
    }
}

/// What a running container does.
pub(super) fn program(at: &RunningContainer<'_>) -> Option<Program> {
    match tasks::behaviour(at.task, at.definition)? {
        Behaviour::Runs(program) => Some(program),
        Behaviour::CannotStart(_) | Behaviour::Exits { .. } => None,
    }
}

/// What listens on a port inside a running container by now.
pub(super) fn listener(view: &View<'_>, at: &RunningContainer<'_>, port: u16) -> Option<Listener> {
    let ready = |listener: &Listener| readiness::at(at.task, listener, view.settings) <= view.now;
    program(at)?.listeners.into_iter().find(|listener| listener.port == port && ready(listener))
}

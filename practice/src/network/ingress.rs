//! The way in: from the internet to what listens on a port of an instance.

use super::broken::Broken;
use super::{egress, firewall};
use crate::images::{Behaviour, Listener, Program};
use crate::services::ec2::images;
use crate::services::ec2::model::{Instance, State};
use crate::services::ecs::model::{Container, RunningContainer, Task, Transport};
use crate::services::ecs::{readiness, tasks};
use crate::world::View;

/// Where Weave Scope listens on the Weave images.
pub const SCOPE_PORT: u16 = 4040;

/// Where a connection from the internet ends.
#[derive(Debug, Clone)]
pub struct Arrival<'w> {
    pub(crate) instance: &'w Instance,
    pub(crate) end: End<'w>,
}

/// What listens there.
#[derive(Debug, Clone)]
pub(crate) enum End<'w> {
    /// A container, on a port of its own.
    Container { at: RunningContainer<'w>, listener: Listener },
    /// Weave Scope, which the Weave images start.
    Scope,
}

impl<'w> Arrival<'w> {
    /// The instance, `i-...`.
    pub fn instance_id(&self) -> &'w str {
        &self.instance.id
    }

    /// The task and the container that answer; None for Weave Scope.
    pub fn container(&self) -> Option<(&'w Task, &'w Container)> {
        match &self.end {
            End::Container { at, .. } => Some((at.task, at.container)),
            End::Scope => None,
        }
    }
}

/// Follows a TCP connection from the internet to `host`, a public DNS name or address, on `port`: the name, the
/// running instance, internet gateway, the way back through the subnet's route table, security groups, and a
/// program that listens. The first hop that is broken is the error. An instance id or a private address as host
/// tells why that instance cannot be reached.
pub fn from_internet<'w>(view: &View<'w>, host: &str, port: u16) -> Result<Arrival<'w>, Broken> {
    let model = &view.region.ec2;
    let instance = find(view, host).ok_or_else(|| Broken::NoSuchHost { host: host.to_owned() })?;
    egress::is_running(instance)?;
    if instance.public_ip.is_none() {
        return Err(Broken::NoPublicAddress { instance: instance.id.clone() });
    }
    egress::routed(model, instance, firewall::ANYBODY.address)?;
    firewall::lets_in(model, instance, "tcp", port, firewall::ANYBODY)?;
    let end = listening(view, instance, port)?;
    Ok(Arrival { instance, end })
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

fn listening<'w>(view: &View<'w>, instance: &'w Instance, port: u16) -> Result<End<'w>, Broken> {
    if port == SCOPE_PORT && has_weave(view, instance) && instance.is_booted(view.now) {
        return Ok(End::Scope);
    }
    let here = || view.region.ecs.containers_on(&instance.id);
    let bound = here().find_map(|at| {
        let tcp =
            |b: &&crate::services::ecs::model::Binding| b.host_port == port && b.protocol == Transport::Tcp;
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

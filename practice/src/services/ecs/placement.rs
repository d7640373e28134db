//! Where a task goes: instances are filtered by agent, attributes, constraints, CPU, memory and host ports, then
//! ordered by the strategies. Pure; follows "How Amazon ECS places tasks on container instances".

use std::collections::BTreeSet;

use super::attributes;
use super::model::{
    Cluster, Constraint, ContainerInstance, Launch, Model, Network, Phase, Revision, Strategy, Task,
    Transport,
};
use super::query::{Facts, Query};
use crate::core::id::IdSource;
use crate::services::ec2::instance_types;
use crate::services::ec2::model::Model as Ec2;

/// Ports every container instance keeps for itself: SSH, Docker and the agent.
pub(super) const RESERVED_PORTS: [u16; 6] = [22, 2375, 2376, 51678, 51679, 51680];
/// Most host ports in use on one instance.
const MAX_PORTS: usize = 100;
/// First port handed out for `hostPort` 0.
const FIRST_DYNAMIC_PORT: u16 = 32_768;

/// What a task asks of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs<'a> {
    pub(super) cpu: i64,
    pub(super) memory: i64,
    pub(super) ports: Vec<(Transport, u16)>,
    pub(super) attributes: Vec<&'static str>,
    pub(super) constraints: Vec<&'a Constraint>,
    pub(super) group: &'a str,
    /// Zones of the subnets that its own interface may be in.
    pub(super) zones: Option<BTreeSet<&'a str>>,
    /// The VPC they are in.
    pub(super) vpc: Option<&'a str>,
    /// Whether the host must be one outside AWS.
    pub(super) external: bool,
}

/// Why an instance cannot take a task. Later ones are closer to fitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfit {
    Agent,
    Attribute,
    Interface,
    MemberOf,
    Distinct,
    Cpu,
    Memory,
    TooManyPorts,
    Ports,
}

impl Unfit {
    /// As `RunTask` reports it.
    pub(super) fn failure(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Attribute => "ATTRIBUTE",
            Self::Interface => "RESOURCE:ENI",
            Self::MemberOf => "MemberOf placement constraint unsatisfied.",
            Self::Distinct => "DistinctInstance placement constraint unsatisfied.",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
            Self::TooManyPorts | Self::Ports => "RESOURCE:PORTS",
        }
    }

    /// As a service event says it of the closest instance.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Agent => "encountered error \"AGENT\"",
            Self::Interface => "encountered error \"RESOURCE:ENI\"",
            Self::Attribute => "is missing an attribute required by your task",
            Self::MemberOf => "encountered error \"MemberOf placement constraint unsatisfied.\"",
            Self::Distinct => "encountered error \"DistinctInstance placement constraint unsatisfied.\"",
            Self::Cpu => "has insufficient CPU units available",
            Self::Memory => "has insufficient memory available",
            Self::TooManyPorts => "has exceeded the maximum number of reserved ports",
            Self::Ports => "is already using a port required by your task",
        }
    }
}

/// Why no instance takes a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unplaced {
    /// There are none.
    NoInstances,
    /// The one that came closest, and all others, by container instance id.
    Closest { instance: String, unfit: Unfit, all: Vec<(String, Unfit)> },
}

impl<'a> Needs<'a> {
    /// What a revision asks for. `constraints` are those of the service or call, on top of the revision's own.
    pub(super) fn of(
        revision: &'a Revision,
        overrides: Option<&super::model::Overrides>,
        constraints: &'a [Constraint],
        group: &'a str,
    ) -> Self {
        let (cpu, memory) = size(revision, overrides);
        let ports = revision.containers.iter().flat_map(|container| {
            let of_host = revision.network_mode.as_deref() == Some("host");
            let own = revision.network_mode.as_deref() == Some("awsvpc");
            container.port_mappings.iter().filter_map(move |mapping| {
                let port = if of_host {
                    mapping.container_port.and_then(|port| u16::try_from(port).ok())
                } else {
                    mapping.fixed_host_port().filter(|_| !own)
                };
                Some((mapping.transport(), port?))
            })
        });
        Self {
            cpu,
            memory,
            ports: ports.collect(),
            attributes: attributes::required(revision),
            constraints: revision.constraints.iter().chain(constraints).collect(),
            group,
            zones: None,
            vpc: None,
            external: false,
        }
    }

    /// The same with an interface of its own, in one of the network's subnets.
    pub(super) fn on_network(mut self, ec2: &'a Ec2, network: Option<&Network>) -> Self {
        if let Some(network) = network {
            self.zones = Some(super::capacity::zones(ec2, network));
            self.vpc =
                network.subnets.iter().find_map(|id| ec2.subnet(id)).map(|subnet| subnet.vpc_id.as_str());
        }
        self
    }

    /// The same on machines outside AWS, or on none of them.
    pub(super) fn launched_as(mut self, launch: Launch) -> Self {
        self.external = launch == Launch::External;
        self
    }
}

/// CPU units and MiB a task reserves: its own where given, else the sum over its containers.
pub(super) fn size(revision: &Revision, overrides: Option<&super::model::Overrides>) -> (i64, i64) {
    let number = |text: Option<&String>| text.and_then(|text| text.trim().parse::<i64>().ok());
    let of = |name: &str| {
        overrides
            .and_then(|o| o.container_overrides.iter().find(|c| c.name.as_deref() == Some(name)))
            .cloned()
            .unwrap_or_default()
    };
    let cpu = number(overrides.and_then(|o| o.cpu.as_ref()).or(revision.cpu.as_ref()));
    let memory = number(overrides.and_then(|o| o.memory.as_ref()).or(revision.memory.as_ref()));
    let containers = || revision.containers.iter().map(|c| (c, of(&c.name)));
    let cpu = cpu.unwrap_or_else(|| containers().map(|(c, o)| o.cpu.unwrap_or(c.cpu)).sum());
    let memory = memory.unwrap_or_else(|| {
        containers()
            .map(|(c, o)| o.memory_reservation.or(o.memory).unwrap_or_else(|| c.reserved_memory()))
            .sum()
    });
    (cpu, memory)
}

/// What is left on an instance: CPU units and MiB. Never negative on the wire.
pub(super) fn remaining(model: &Model, cluster: &Cluster, instance: &ContainerInstance) -> (i64, i64) {
    let used = cluster.tasks_on(&instance.id).filter_map(|task| {
        model.revision(&task.definition).map(|revision| size(revision, Some(&task.overrides)))
    });
    used.fold((instance.cpu, instance.memory), |(cpu, memory), (c, m)| (cpu - c, memory - m))
}

/// Host ports in use by the tasks of an instance, those it keeps for itself left out.
pub(super) fn ports_in_use(model: &Model, cluster: &Cluster, instance: &str) -> BTreeSet<(Transport, u16)> {
    let tasks = cluster.tasks_on(instance);
    tasks
        .flat_map(|task| {
            let fixed = model
                .revision(&task.definition)
                .map(|revision| Needs::of(revision, None, &[], "").ports)
                .unwrap_or_default();
            let bound = task.containers.iter().flat_map(|c| &c.bindings);
            fixed.into_iter().chain(bound.map(|b| (b.protocol, b.host_port))).collect::<Vec<_>>()
        })
        .collect()
}

/// The lowest free port of the ephemeral range.
pub(super) fn dynamic_port(in_use: &BTreeSet<(Transport, u16)>, transport: Transport) -> Option<u16> {
    (FIRST_DYNAMIC_PORT..=u16::MAX)
        .find(|port| !RESERVED_PORTS.contains(port) && !in_use.contains(&(transport, *port)))
}

/// Why an instance cannot take the task, if so.
pub(super) fn unfit(
    model: &Model,
    cluster: &Cluster,
    instance: &ContainerInstance,
    needs: &Needs<'_>,
) -> Option<Unfit> {
    if !instance.connected {
        return Some(Unfit::Agent);
    }
    if needs.attributes.iter().any(|name| !attributes::has(instance, name)) {
        return Some(Unfit::Attribute);
    }
    if is_external(instance) != needs.external {
        return Some(Unfit::Attribute);
    }
    if let Some(zones) = &needs.zones {
        let zone = attributes::value(instance, "ecs.availability-zone").unwrap_or_default();
        let vpc = attributes::value(instance, "ecs.vpc-id");
        if !zones.contains(zone.as_str()) || vpc.as_deref() != needs.vpc {
            return Some(Unfit::Attribute);
        }
        let own = cluster.tasks_on(&instance.id).filter(|task| task.network.is_some()).count();
        if own >= most_interfaces(instance) {
            return Some(Unfit::Interface);
        }
    }
    for constraint in &needs.constraints {
        if constraint.kind == "distinctInstance" {
            let taken = cluster.tasks_on(&instance.id).any(|t| t.group == needs.group && t.stop.is_none());
            if taken {
                return Some(Unfit::Distinct);
            }
        } else {
            let query = Query::parse(constraint.expression.as_deref().unwrap_or_default());
            if !query.is_ok_and(|query| query.holds(&Host { cluster, instance })) {
                return Some(Unfit::MemberOf);
            }
        }
    }
    let used = ports_in_use(model, cluster, &instance.id);
    let clash = |(transport, port): &(Transport, u16)| {
        RESERVED_PORTS.contains(port) && *transport == Transport::Tcp || used.contains(&(*transport, *port))
    };
    // A taken port is named first: more memory would not help.
    if needs.ports.iter().any(clash) {
        return Some(Unfit::Ports);
    }
    let (cpu, memory) = remaining(model, cluster, instance);
    if needs.cpu > cpu {
        return Some(Unfit::Cpu);
    }
    if needs.memory > memory {
        return Some(Unfit::Memory);
    }
    (used.len() + needs.ports.len() > MAX_PORTS).then_some(Unfit::TooManyPorts)
}

/// Whether a container instance is a machine outside AWS.
pub(super) fn is_external(instance: &ContainerInstance) -> bool {
    instance.attributes.contains_key("ecs.capability.external")
}

/// Interfaces for tasks on an instance: all it can have but its own.
fn most_interfaces(instance: &ContainerInstance) -> usize {
    let kind = attributes::value(instance, "ecs.instance-type").unwrap_or_default();
    let most = instance_types::find(&kind).map_or(2, |kind| kind.interfaces);
    usize::try_from(most.saturating_sub(1)).unwrap_or(0)
}

/// The instance for one more task. Those of `without` are left out.
pub(super) fn choose(
    model: &Model,
    cluster: &Cluster,
    needs: &Needs<'_>,
    strategies: &[Strategy],
    without: &BTreeSet<String>,
) -> Result<String, Unplaced> {
    let mut fitting: Vec<(Vec<i64>, &str)> = Vec::new();
    let mut unfitting = Vec::new();
    for instance in cluster.instances.values().filter(|i| !i.draining && !without.contains(&i.id)) {
        match unfit(model, cluster, instance, needs) {
            None => fitting.push((rank(model, cluster, instance, needs, strategies), instance.id.as_str())),
            Some(why) => unfitting.push((instance.id.clone(), why)),
        }
    }
    if let Some((_, best)) = fitting.into_iter().min() {
        return Ok(best.to_owned());
    }
    // Of equally close ones the first, so that the same situation is told in the same words.
    match unfitting.iter().max_by_key(|(id, why)| (*why, std::cmp::Reverse(id))) {
        Some((instance, why)) => {
            Err(Unplaced::Closest { instance: instance.clone(), unfit: *why, all: unfitting.clone() })
        }
        None => Err(Unplaced::NoInstances),
    }
}

/// Smaller is better. Without strategies, AWS spreads over Availability Zones; the last word has the number of tasks.
fn rank(
    model: &Model,
    cluster: &Cluster,
    instance: &ContainerInstance,
    needs: &Needs<'_>,
    strategies: &[Strategy],
) -> Vec<i64> {
    let zone =
        Strategy { kind: "spread".to_owned(), field: Some("attribute:ecs.availability-zone".to_owned()) };
    let default = [zone];
    let strategies = if strategies.is_empty() { &default } else { strategies };
    let of_group = |task: &&Task| task.group == needs.group && task.phase != Phase::Stopped;
    let count = |here: &dyn Fn(&Task) -> bool| {
        let tasks = cluster.tasks.values().filter(of_group).filter(|task| here(task));
        i64::try_from(tasks.count()).unwrap_or(i64::MAX)
    };
    let (cpu, memory) = remaining(model, cluster, instance);
    let mut keys: Vec<i64> = strategies
        .iter()
        .map(|strategy| match (strategy.kind.as_str(), strategy.field.as_deref().unwrap_or_default()) {
            ("binpack", field) => {
                if field.eq_ignore_ascii_case("cpu") {
                    cpu
                } else {
                    memory
                }
            }
            ("spread", "instanceId" | "host") => count(&|task| task.instance == instance.id),
            ("spread", field) => {
                let name = field.strip_prefix("attribute:").unwrap_or(field);
                let value = attributes::value(instance, name);
                count(&|task| match name {
                    "ecs.availability-zone" => Some(task.zone.as_str()) == value.as_deref(),
                    _ => cluster
                        .instances
                        .get(&task.instance)
                        .is_some_and(|host| attributes::value(host, name) == value),
                })
            }
            _ => {
                let drawn = IdSource::new(cluster.tasks.len() as u64, &instance.id).bits();
                i64::try_from(drawn >> 1).unwrap_or(0)
            }
        })
        .collect();
    keys.push(count(&|task| task.instance == instance.id));
    keys.push(i64::try_from(cluster.tasks_on(&instance.id).count()).unwrap_or(i64::MAX));
    keys
}

/// A container instance as the cluster query language sees it.
pub(super) struct Host<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) instance: &'a ContainerInstance,
}

impl Facts for Host<'_> {
    fn values(&self, subject: &str) -> Vec<String> {
        if let Some(name) = subject.strip_prefix("attribute:") {
            return attributes::value(self.instance, name).into_iter().collect();
        }
        let tasks = || self.cluster.tasks_on(&self.instance.id);
        match subject {
            "task:group" => tasks().map(|task| task.group.clone()).collect(),
            "runningTasksCount" => vec![tasks().filter(|t| t.phase == Phase::Running).count().to_string()],
            "pendingTasksCount" => vec![tasks().filter(|t| t.phase.is_pending()).count().to_string()],
            "agentConnected" => vec![self.instance.connected.to_string()],
            "ec2InstanceId" => vec![self.instance.ec2_instance.clone()],
            "registeredAt" => vec![self.instance.registered_at.iso()],
            "status" => vec![self.instance.status().to_owned()],
            _ => Vec::new(),
        }
    }

    fn has(&self, subject: &str) -> bool {
        match subject.strip_prefix("attribute:") {
            Some(name) => attributes::has(self.instance, name),
            None => !self.values(subject).is_empty(),
        }
    }
}

//! Whatever has a network interface: an instance, a task with one of its own, a load balancer's node, a mount target.
//! And the connections between two of them inside a VPC: the security groups of both ends decide.

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::firewall::{self, Peer};
use crate::services::ec2::model::{Instance, Interface, Model};
use crate::services::ecs::model::Task;
use crate::world::View;

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'w> {
    /// As messages name it: `i-...` of an instance, else `eni-...`.
    pub id: &'w str,
    /// `vpc-...`
    pub vpc: &'w str,
    /// `subnet-...`
    pub subnet: &'w str,
    /// In its subnet.
    pub private_ip: Ipv4Addr,
    /// Translated by the internet gateway.
    pub public_ip: Option<Ipv4Addr>,
    /// `sg-...`
    pub groups: &'w [String],
}

impl<'w> Endpoint<'w> {
    /// The primary interface of an instance; None once it is terminated. Whether it runs is not asked.
    pub(crate) fn of_instance(instance: &'w Instance) -> Option<Self> {
        Some(Self {
            id: &instance.id,
            vpc: &instance.vpc_id,
            subnet: &instance.subnet_id,
            private_ip: instance.private_ip?,
            public_ip: instance.public_ip,
            groups: &instance.security_groups,
        })
    }

    /// An interface that is no instance's primary one.
    pub(crate) fn of_interface(model: &'w Model, interface: &'w Interface) -> Option<Self> {
        Some(Self {
            id: &interface.id,
            vpc: &model.subnet(&interface.subnet_id)?.vpc_id,
            subnet: &interface.subnet_id,
            private_ip: interface.private_ip,
            public_ip: model.public_ip_of(interface),
            groups: &interface.security_groups,
        })
    }

    /// The interface that a task's containers use: its own, else its host's. None while it has none, and for hosts
    /// outside AWS.
    pub fn of_task(view: &View<'w>, task: &Task) -> Option<Self> {
        let ec2 = &view.region.ec2;
        if task.network.is_some() {
            let interface = task.eni.as_ref()?.interface.as_deref()?;
            return Self::of_interface(ec2, ec2.interfaces.get(interface)?);
        }
        let mut clusters = view.region.ecs.clusters.values();
        let host = clusters.find_map(|cluster| cluster.instances.get(&task.instance))?;
        Self::of_instance(ec2.instance(&host.ec2_instance)?)
    }

    /// Whoever has a private address in a VPC.
    pub fn at(view: &View<'w>, vpc: &str, address: Ipv4Addr) -> Option<Self> {
        let ec2 = &view.region.ec2;
        let instances = ec2.instances.values().filter(|i| i.private_ip == Some(address));
        let others = ec2.interfaces.values().filter(|i| i.private_ip == address);
        instances
            .filter_map(Self::of_instance)
            .chain(others.filter_map(|interface| Self::of_interface(ec2, interface)))
            .find(|end| end.vpc == vpc)
    }

    /// This end as the other one's security groups see it.
    pub(super) fn peer(&self) -> Peer<'w> {
        Peer { address: self.private_ip, groups: self.groups }
    }
}

/// Whether `from` may open a connection to a private address: both in one VPC, the security groups of `from` let it
/// out and those of `to` let it in. The first of these that is not so is the error. Whether anything listens there is
/// not asked.
pub fn connect(
    view: &View<'_>,
    from: &Endpoint<'_>,
    to: &Endpoint<'_>,
    protocol: &'static str,
    port: u16,
) -> Result<(), Broken> {
    if from.id == to.id {
        return Ok(());
    }
    if from.vpc != to.vpc {
        return Err(Broken::DifferentNetworks {
            from: from.id.to_owned(),
            to: to.id.to_owned(),
            vpcs: (from.vpc.to_owned(), to.vpc.to_owned()),
        });
    }
    let model = &view.region.ec2;
    firewall::lets_out(model, from, protocol, port, to.peer())?;
    firewall::lets_in(model, to, protocol, port, from.peer())
}

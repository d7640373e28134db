//! The way out: from an interface to the internet, where the endpoints of AWS and the image registries are.

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::endpoint::Endpoint;
use super::firewall::{self, Peer};
use crate::services::ec2::model::{Instance, State, Target};
use crate::world::View;

/// Where the endpoints of AWS are, for routes and rules that tell addresses apart.
const ENDPOINT: Ipv4Addr = Ipv4Addr::new(52, 46, 128, 40);

/// Whether a running instance reaches the endpoints of AWS and the image registries over TLS; see [`to_internet`].
pub fn instance_to_internet(view: &View<'_>, instance_id: &str) -> Result<(), Broken> {
    let instance = view.region.ec2.instance(instance_id);
    let instance = instance.ok_or_else(|| Broken::NoSuchHost { host: instance_id.to_owned() })?;
    is_running(instance)?;
    let from =
        Endpoint::of_instance(instance).ok_or_else(|| Broken::NoSuchHost { host: instance_id.to_owned() })?;
    to_internet(view, &from)
}

/// Whether an interface reaches the internet over TLS: its subnet's route table leads there, by an internet gateway
/// that needs a public address, and its security groups let TCP 443 out. The first of these that is not so is the
/// error.
pub fn to_internet(view: &View<'_>, from: &Endpoint<'_>) -> Result<(), Broken> {
    leaves(view, from, ENDPOINT)?;
    firewall::lets_out(&view.region.ec2, from, "tcp", 443, Peer { address: ENDPOINT, groups: &[] })
}

/// Whether an interface reaches the endpoint of an AWS service in its region: `ecr.api`, `ecr.dkr`, `s3`, `logs`,
/// `secretsmanager`, `ssm`, `ssmmessages`, `ecs`, as VPC endpoints name them.
pub fn to_service(view: &View<'_>, from: &Endpoint<'_>, _service: &str) -> Result<(), Broken> {
    to_internet(view, from)
}

/// Whether the instance runs.
pub(super) fn is_running(instance: &Instance) -> Result<(), Broken> {
    if instance.state == State::Running {
        return Ok(());
    }
    Err(Broken::NotRunning { instance: instance.id.clone(), state: instance.state.name().to_owned() })
}

/// Whether packets to a public address leave the VPC, and their answers come back.
fn leaves(view: &View<'_>, from: &Endpoint<'_>, to: Ipv4Addr) -> Result<(), Broken> {
    through_gateway(view, from, to)
}

/// Whether packets to a public address leave through the internet gateway of the VPC, which translates public
/// addresses.
pub(super) fn through_gateway(view: &View<'_>, from: &Endpoint<'_>, to: Ipv4Addr) -> Result<(), Broken> {
    if from.public_ip.is_none() {
        return Err(Broken::NoPublicAddress { instance: from.id.to_owned() });
    }
    let model = &view.region.ec2;
    if model.gateway_of(from.vpc).is_none() {
        return Err(Broken::NoGateway { vpc: from.vpc.to_owned() });
    }
    let table = model.subnet(from.subnet).and_then(|subnet| model.route_table_of(subnet));
    let leads_out = table.is_some_and(|table| {
        matches!(model.route_to(table, to), Some((route, true)) if matches!(route.target, Target::InternetGateway(_)))
    });
    if leads_out {
        return Ok(());
    }
    let route_table = table.map(|table| table.id.clone()).unwrap_or_default();
    Err(Broken::NoRoute { subnet: from.subnet.to_owned(), route_table })
}

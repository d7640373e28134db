//! The way out: from an interface to the internet, where the endpoints of AWS and the image registries are; through
//! a NAT gateway where the route table says so, and to AWS's services through VPC endpoints.

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::endpoint::{Endpoint, connect};
use super::firewall::{self, Peer};
use crate::services::ec2::model::{Instance, Phase, Route, State, Target};
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
/// that needs a public address or by a NAT gateway that is in a public subnet, and its security groups let TCP 443
/// out. The first of these that is not so is the error.
pub fn to_internet(view: &View<'_>, from: &Endpoint<'_>) -> Result<(), Broken> {
    leaves(view, from, ENDPOINT)?;
    firewall::lets_out(&view.region.ec2, from, "tcp", 443, Peer { address: ENDPOINT, groups: &[] })
}

/// Whether an interface reaches the endpoint of an AWS service in its region: `ecr.api`, `ecr.dkr`, `s3`, `logs`,
/// `secretsmanager`, `ssm`, `ssmmessages`, `ecs`, `ecs-agent`, `ecs-telemetry`, as VPC endpoints name them. An interface
/// endpoint with private DNS names takes all its VPC's traffic to the service, also when its security groups turn it
/// away; a gateway endpoint serves subnets whose route table it is in; all others take the way to the internet.
pub fn to_service(view: &View<'_>, from: &Endpoint<'_>, service: &str) -> Result<(), Broken> {
    let model = &view.region.ec2;
    let table = model.subnet(from.subnet).and_then(|subnet| model.route_table_of(subnet));
    let table = table.map(|table| table.id.as_str()).unwrap_or_default();
    let here = || {
        model.vpc_endpoints.values().filter(|endpoint| {
            endpoint.vpc_id == from.vpc && endpoint.service == service && endpoint.phase == Phase::Available
        })
    };
    if here().any(|endpoint| endpoint.is_gateway && endpoint.route_tables.iter().any(|id| id == table)) {
        return firewall::lets_out(model, from, "tcp", 443, Peer { address: ENDPOINT, groups: &[] });
    }
    let names = model.vpc(from.vpc).is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames);
    let interfaces = here().filter(|endpoint| names && endpoint.private_dns);
    let mut ends = interfaces
        .flat_map(|endpoint| endpoint.interfaces.values())
        .filter_map(|id| Endpoint::of_interface(model, model.interfaces.get(id)?))
        .peekable();
    if ends.peek().is_none() {
        return to_internet(view, from);
    }
    let mut last = Ok(());
    for end in ends {
        last = connect(view, from, &end, "tcp", 443);
        if last.is_ok() {
            break;
        }
    }
    last
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
    let model = &view.region.ec2;
    let table = model.subnet(from.subnet).and_then(|subnet| model.route_table_of(subnet));
    let Some((Route { target: Target::NatGateway(nat), .. }, _)) =
        table.and_then(|table| model.route_to(table, to))
    else {
        return through_gateway(view, from, to);
    };
    let broken = |why: &str| Broken::NatGateway { gateway: nat.clone(), why: why.to_owned() };
    let gateway = model.nat_gateways.get(nat).ok_or_else(|| broken("it was deleted"))?;
    if gateway.phase != Phase::Available {
        return Err(broken(&format!("it is {}", gateway.phase.name())));
    }
    if gateway.allocation_id.is_none() {
        return Err(broken("it is a private one"));
    }
    let interface = gateway.interface_id.as_ref().and_then(|id| model.interfaces.get(id));
    let out = interface.and_then(|interface| Endpoint::of_interface(model, interface));
    let out = out.ok_or_else(|| broken("it has no network interface"))?;
    // Another NAT gateway behind the first would not pass packets on: only an internet gateway does.
    through_gateway(view, &out, to).map_err(|why| broken(why.to_string().trim_end_matches('.')))
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

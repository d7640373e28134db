//! The way out: from an instance to the internet, where the ECS endpoint and the image registries are.

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::firewall::{self, Peer};
use crate::services::ec2::model::{Instance, Model, State, Target};
use crate::world::View;

/// Where the endpoints of AWS are, for routes and rules that tell addresses apart.
const ENDPOINT: Ipv4Addr = Ipv4Addr::new(52, 46, 128, 40);

/// Whether a running instance reaches the endpoints of AWS and the image registries over TLS: it has a public
/// address, its subnet's route table leads to the attached internet gateway, and its security groups let TCP 443
/// out. The first of these that is not so is the error.
pub fn to_internet(view: &View<'_>, instance_id: &str) -> Result<(), Broken> {
    let model = &view.region.ec2;
    let instance =
        model.instance(instance_id).ok_or_else(|| Broken::NoSuchHost { host: instance_id.to_owned() })?;
    is_running(instance)?;
    if instance.public_ip.is_none() {
        return Err(Broken::NoPublicAddress { instance: instance.id.clone() });
    }
    routed(model, instance, ENDPOINT)?;
    firewall::lets_out(model, instance, "tcp", 443, Peer { address: ENDPOINT, groups: &[] })
}

/// Whether the instance runs.
pub(super) fn is_running(instance: &Instance) -> Result<(), Broken> {
    if instance.state == State::Running {
        return Ok(());
    }
    Err(Broken::NotRunning { instance: instance.id.clone(), state: instance.state.name().to_owned() })
}

/// Whether packets of the instance to a public address leave through the internet gateway of its VPC.
pub(super) fn routed(model: &Model, instance: &Instance, to: Ipv4Addr) -> Result<(), Broken> {
    if model.gateway_of(&instance.vpc_id).is_none() {
        return Err(Broken::NoGateway { vpc: instance.vpc_id.clone() });
    }
    let table = model.subnet(&instance.subnet_id).and_then(|subnet| model.route_table_of(subnet));
    let leads_out = table.is_some_and(|table| {
        matches!(model.route_to(table, to), Some((route, true)) if matches!(route.target, Target::InternetGateway(_)))
    });
    if leads_out {
        return Ok(());
    }
    let route_table = table.map(|table| table.id.clone()).unwrap_or_default();
    Err(Broken::NoRoute { subnet: instance.subnet_id.clone(), route_table })
}

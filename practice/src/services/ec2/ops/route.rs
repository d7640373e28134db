//! Routes. Follows "Work with route tables" (Amazon VPC User Guide) and `CreateRoute`.

use serde::Deserialize;
use serde_json::Value;

use super::route_table::find;
use super::vpc::block;
use crate::core::fault::Fault;
use crate::services::ec2::ask::done;
use crate::services::ec2::cidr::Cidr;
use crate::services::ec2::fault;
use crate::services::ec2::model::{Model, Route, RouteTable, Target};
use crate::world::Scope;

/// Routes per table (Amazon VPC quotas).
const MAX_ROUTES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneRoute {
    route_table_id: String,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<String>,
    gateway_id: Option<String>,
    instance_id: Option<String>,
    network_interface_id: Option<String>,
    nat_gateway_id: Option<String>,
    transit_gateway_id: Option<String>,
    vpc_peering_connection_id: Option<String>,
    egress_only_internet_gateway_id: Option<String>,
    vpc_endpoint_id: Option<String>,
}

impl OneRoute {
    fn destination(&self) -> Result<Cidr, Fault> {
        if self.destination_ipv6_cidr_block.is_some() || self.destination_prefix_list_id.is_some() {
            let message = "Routes to IPv6 blocks and prefix lists are not part of this practice cloud.";
            return Err(Fault::new("UnsupportedOperation", message));
        }
        let text = self.destination_cidr_block.as_deref();
        let text = text.ok_or_else(|| fault::missing("destinationCidrBlock"))?;
        block("destinationCidrBlock", text)
    }

    /// The one target, checked against what exists.
    fn target(&self, model: &Model, table: &RouteTable) -> Result<Target, Fault> {
        let mut targets = [
            ("gateway", &self.gateway_id),
            ("instance", &self.instance_id),
            ("interface", &self.network_interface_id),
            ("nat", &self.nat_gateway_id),
            ("InvalidTransitGatewayID.NotFound", &self.transit_gateway_id),
            ("InvalidVpcPeeringConnectionID.NotFound", &self.vpc_peering_connection_id),
            ("InvalidGatewayID.NotFound", &self.egress_only_internet_gateway_id),
            ("InvalidVpcEndpointId.NotFound", &self.vpc_endpoint_id),
        ]
        .into_iter()
        .filter_map(|(kind, id)| Some((kind, id.as_deref()?)));
        let (kind, id) = targets.next().ok_or_else(|| {
            fault::missing(
                "gatewayId, instanceId, networkInterfaceId, natGatewayId or vpcPeeringConnectionId",
            )
        })?;
        if targets.next().is_some() {
            return Err(fault::combination("Only one route target may be specified."));
        }
        match kind {
            "gateway" => gateway(model, table, id),
            "instance" => {
                let instance = model.instance(id).filter(|i| !i.state.is_ending());
                let instance = instance.ok_or_else(|| fault::no_such("i", id))?;
                same_network(table, &instance.vpc_id, "instance", id)?;
                Ok(Target::Instance(id.to_owned()))
            }
            "interface" => {
                let instance =
                    model.instances.values().find(|i| i.interface_id == id && !i.state.is_ending());
                let alone = model.interfaces.get(id).and_then(|i| model.subnet(&i.subnet_id));
                let vpc_id = instance.map(|i| &i.vpc_id).or(alone.map(|subnet| &subnet.vpc_id));
                let vpc_id = vpc_id.ok_or_else(|| fault::not_found("eni", id))?;
                same_network(table, vpc_id, "interface", id)?;
                Ok(Target::Interface(id.to_owned()))
            }
            "nat" => {
                let nat = model.nat_gateways.get(id).filter(|nat| nat.phase.is_live());
                let nat = nat.ok_or_else(|| fault::not_found("nat", id))?;
                same_network(table, &nat.vpc_id, "network gateway", id)?;
                Ok(Target::NatGateway(id.to_owned()))
            }
            // The practice cloud has none of these, so none can be found.
            code => Err(Fault::new(code, format!("The gateway ID '{id}' does not exist"))),
        }
    }
}

fn gateway(model: &Model, table: &RouteTable, id: &str) -> Result<Target, Fault> {
    if id == "local" {
        return Err(fault::value("cannot create a route with the local gateway as target"));
    }
    let gateway = model.internet_gateways.get(id).ok_or_else(|| {
        Fault::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"))
    })?;
    same_network(table, gateway.vpc_id.as_deref().unwrap_or_default(), "network gateway", id)?;
    Ok(Target::InternetGateway(id.to_owned()))
}

fn same_network(table: &RouteTable, vpc_id: &str, kind: &str, id: &str) -> Result<(), Fault> {
    if table.vpc_id == vpc_id {
        return Ok(());
    }
    Err(fault::value(format!("route table {} and {kind} {id} belong to different networks", table.id)))
}

pub(crate) fn create(scope: &mut Scope<'_>, input: OneRoute) -> Result<Value, Fault> {
    let destination = input.destination()?;
    let model = &scope.region.ec2;
    let table = find(model, &input.route_table_id)?;
    let target = input.target(model, table)?;
    let local = model.vpc(&table.vpc_id).map(|vpc| vpc.cidr);
    if local == Some(destination) || table.routes.iter().any(|route| route.destination == destination) {
        let message = format!("The route identified by {destination} already exists.");
        return Err(Fault::new("RouteAlreadyExists", message));
    }
    if local.is_some_and(|local| local.contains(destination)) {
        // AWS lets only middlebox interfaces inside the VPC's own range; the practice cloud has none.
        return Err(fault::value(format!(
            "Route destination {destination} is more specific than the local route and needs a network interface as target"
        )));
    }
    if table.routes.len() >= MAX_ROUTES {
        let message = "The maximum number of routes has been reached.";
        return Err(Fault::new("RouteLimitExceeded", message));
    }
    if let Some(table) = scope.region.ec2.route_tables.get_mut(&input.route_table_id) {
        table.routes.push(Route { destination, target });
    }
    Ok(done())
}

pub(crate) fn replace(scope: &mut Scope<'_>, input: OneRoute) -> Result<Value, Fault> {
    let destination = input.destination()?;
    let model = &scope.region.ec2;
    let table = find(model, &input.route_table_id)?;
    let target = input.target(model, table)?;
    let Some(at) = table.routes.iter().position(|route| route.destination == destination) else {
        let message = format!(
            "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        );
        return Err(fault::value(message));
    };
    let table = scope.region.ec2.route_tables.get_mut(&input.route_table_id);
    if let Some(route) = table.and_then(|table| table.routes.get_mut(at)) {
        route.target = target;
    }
    Ok(done())
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneRoute) -> Result<Value, Fault> {
    let destination = input.destination()?;
    let model = &scope.region.ec2;
    let table = find(model, &input.route_table_id)?;
    if model.vpc(&table.vpc_id).is_some_and(|vpc| vpc.cidr == destination) {
        let message = format!("cannot remove local route {destination} in route table {}", table.id);
        return Err(fault::value(message));
    }
    let Some(at) = table.routes.iter().position(|route| route.destination == destination) else {
        let message =
            format!("no route with destination-cidr-block {destination} in route table {}", table.id);
        return Err(Fault::new("InvalidRoute.NotFound", message));
    };
    if let Some(table) = scope.region.ec2.route_tables.get_mut(&input.route_table_id) {
        table.routes.remove(at);
    }
    Ok(done())
}

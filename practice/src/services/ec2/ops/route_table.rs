//! Route tables and which subnets use them. Follows "Route tables" (Amazon VPC User Guide).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::vpc_endpoint;
use crate::core::fault::Fault;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::model::{Model, Route, RouteTable, Target};
use crate::world::{Scope, View};

/// Route tables per VPC (Amazon VPC quotas).
const MAX_TABLES: usize = 200;

impl Noun for RouteTable {
    const FILTERS: &'static [&'static str] = &[
        "association.gateway-id",
        "association.main",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "vpc-id",
    ];
    const KIND: &'static str = "rtb";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        let model = &view.region.ec2;
        let states = || self.routes.iter().map(|route| state(model, self, route).to_owned());
        match filter {
            "association.gateway-id" => vec![],
            "association.main" => {
                let own = (!self.associations.is_empty()).then(|| "false".to_owned());
                self.main.iter().map(|_| "true".to_owned()).chain(own).collect()
            }
            "association.route-table-association-id" => {
                self.main.iter().chain(self.associations.keys()).cloned().collect()
            }
            "association.route-table-id" => {
                let any = self.main.is_some() || !self.associations.is_empty();
                any.then(|| self.id.clone()).into_iter().collect()
            }
            "association.subnet-id" => self.associations.values().cloned().collect(),
            "owner-id" => one(view.account),
            "route.destination-cidr-block" => {
                let local = model.vpc(&self.vpc_id).map(|vpc| vpc.cidr);
                local.into_iter().chain(self.routes.iter().map(|r| r.destination)).map(String::from).collect()
            }
            "route.gateway-id" => {
                let gateway = |route: &Route| match &route.target {
                    Target::InternetGateway(id) => Some(id.clone()),
                    Target::Instance(_) | Target::Interface(_) | Target::NatGateway(_) => None,
                };
                one("local").into_iter().chain(self.routes.iter().filter_map(gateway)).collect()
            }
            "route.instance-id" => {
                let instance = |route: &Route| match &route.target {
                    Target::Instance(id) => Some(id.clone()),
                    Target::InternetGateway(_) | Target::Interface(_) | Target::NatGateway(_) => None,
                };
                self.routes.iter().filter_map(instance).collect()
            }
            "route.nat-gateway-id" => {
                let nat = |route: &Route| match &route.target {
                    Target::NatGateway(id) => Some(id.clone()),
                    _ => None,
                };
                self.routes.iter().filter_map(nat).collect()
            }
            "route.origin" => {
                let made = self.routes.iter().map(|_| "CreateRoute".to_owned());
                one("CreateRouteTable").into_iter().chain(made).collect()
            }
            "route.state" => one("active").into_iter().chain(states()).collect(),
            "vpc-id" => one(&self.vpc_id),
            _ => one(&self.id),
        }
    }
}

fn state(model: &Model, table: &RouteTable, route: &Route) -> &'static str {
    if model.works(table, route) { "active" } else { "blackhole" }
}

fn shape(view: &View<'_>, table: &RouteTable) -> Value {
    let model = &view.region.ec2;
    let local = model.vpc(&table.vpc_id).map(|vpc| {
        json!({
            "destinationCidrBlock": vpc.cidr,
            "gatewayId": "local",
            "state": "active",
            "origin": "CreateRouteTable",
        })
    });
    let routes = table.routes.iter().map(|route| route_shape(view, table, route));
    let endpoints = vpc_endpoint::routes_in(view, &table.id);
    let association = |main: bool, id: &String, subnet: Option<&String>| {
        json!({
            "routeTableAssociationId": id,
            "routeTableId": table.id,
            "subnetId": subnet,
            "main": main,
            "associationState": {"state": "associated"},
        })
    };
    let main = table.main.iter().map(|id| association(true, id, None));
    let own = table.associations.iter().map(|(id, subnet)| association(false, id, Some(subnet)));
    json!({
        "routeTableId": table.id,
        "vpcId": table.vpc_id,
        "ownerId": view.account,
        "routeSet": local.into_iter().chain(routes).chain(endpoints).collect::<Value>(),
        "associationSet": main.chain(own).collect::<Value>(),
        "propagatingVgwSet": [],
        "tagSet": tag_set(model.tags_of(&table.id)),
    })
}

fn route_shape(view: &View<'_>, table: &RouteTable, route: &Route) -> Value {
    let model = &view.region.ec2;
    let mut shape = json!({"destinationCidrBlock": route.destination});
    match &route.target {
        Target::InternetGateway(id) => shape["gatewayId"] = json!(id),
        Target::NatGateway(id) => shape["natGatewayId"] = json!(id),
        Target::Instance(id) => {
            shape["instanceId"] = json!(id);
            shape["instanceOwnerId"] = json!(view.account);
            shape["networkInterfaceId"] = json!(model.instance(id).map(|i| &i.interface_id));
        }
        Target::Interface(id) => {
            let instance = model.instances.values().find(|i| i.interface_id == *id);
            shape["networkInterfaceId"] = json!(id);
            shape["instanceId"] = json!(instance.map(|i| &i.id));
        }
    }
    shape["origin"] = json!("CreateRoute");
    shape["state"] = json!(state(model, table, route));
    shape
}

/// The table of that id.
pub(crate) fn find<'m>(model: &'m Model, id: &str) -> Result<&'m RouteTable, Fault> {
    model.route_tables.get(id).ok_or_else(|| fault::no_such("rtb", id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRouteTable {
    vpc_id: String,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateRouteTable) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    model.vpc(&input.vpc_id).ok_or_else(|| fault::not_found("vpc", &input.vpc_id))?;
    let tags = tags_for(&input.tag_specification, "route-table")?;
    if model.route_tables.values().filter(|table| table.vpc_id == input.vpc_id).count() >= MAX_TABLES {
        let message = "The maximum number of route tables has been reached.";
        return Err(Fault::new("RouteTableLimitExceeded", message));
    }
    let id = scope.region.ids.resource("rtb");
    let table = RouteTable {
        id: id.clone(),
        vpc_id: input.vpc_id,
        main: None,
        associations: BTreeMap::new(),
        routes: vec![],
    };
    let model = &mut scope.region.ec2;
    model.route_tables.insert(id.clone(), table.clone());
    model.set_tags(&id, tags);
    Ok(json!({"routeTable": shape(&scope.view(), &table)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneTable {
    route_table_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneTable) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = input.route_table_id;
    let table = find(model, &id)?;
    if table.main.is_some() || !table.associations.is_empty() {
        return Err(fault::in_use("routeTable", &id));
    }
    model.route_tables.remove(&id);
    model.tags.remove(&id);
    Ok(done())
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.route_tables.values(), &input)?;
    let items = page.items.into_iter().map(|table| shape(view, table)).collect();
    Ok(listing("routeTableSet", items, page.next))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Associate {
    route_table_id: String,
    subnet_id: Option<String>,
    gateway_id: Option<String>,
}

pub(crate) fn associate(scope: &mut Scope<'_>, input: Associate) -> Result<Value, Fault> {
    if input.gateway_id.is_some() {
        let message = "Route tables of gateways are not part of this practice cloud.";
        return Err(Fault::new("UnsupportedOperation", message));
    }
    let subnet_id = input.subnet_id.ok_or_else(|| fault::missing("subnetId"))?;
    let model = &scope.region.ec2;
    let table = find(model, &input.route_table_id)?;
    let subnet = model.subnet(&subnet_id).ok_or_else(|| fault::not_found("subnet", &subnet_id))?;
    if table.vpc_id != subnet.vpc_id {
        return Err(different_networks(&table.id, &subnet_id));
    }
    if model.route_tables.values().any(|t| t.associations.values().any(|id| *id == subnet_id)) {
        let message = format!(
            "the specified association for route table {} conflicts with an existing association",
            table.id
        );
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    let id = scope.region.ids.resource("rtbassoc");
    if let Some(table) = scope.region.ec2.route_tables.get_mut(&input.route_table_id) {
        table.associations.insert(id.clone(), subnet_id);
    }
    Ok(json!({"associationId": id, "associationState": {"state": "associated"}}))
}

fn different_networks(table: &str, subnet: &str) -> Fault {
    fault::value(format!("Route table {table} and subnet {subnet} belong to different networks"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneAssociation {
    association_id: String,
}

pub(crate) fn disassociate(scope: &mut Scope<'_>, input: OneAssociation) -> Result<Value, Fault> {
    let id = input.association_id;
    let tables = &mut scope.region.ec2.route_tables;
    if tables.values().any(|table| table.main.as_ref() == Some(&id)) {
        return Err(fault::value(format!("cannot disassociate the main route table association {id}")));
    }
    let table = tables.values_mut().find(|table| table.associations.contains_key(&id));
    table.ok_or_else(|| fault::not_found("rtbassoc", &id))?.associations.remove(&id);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplaceAssociation {
    association_id: String,
    route_table_id: String,
}

/// Gives a subnet another table, or a VPC another main table. The association gets a new id.
pub(crate) fn replace(scope: &mut Scope<'_>, input: ReplaceAssociation) -> Result<Value, Fault> {
    let ReplaceAssociation { association_id: old, route_table_id: to } = input;
    let model = &scope.region.ec2;
    let target = find(model, &to)?;
    let holds =
        |table: &&RouteTable| table.main.as_ref() == Some(&old) || table.associations.contains_key(&old);
    let from = model.route_tables.values().find(holds).ok_or_else(|| fault::not_found("rtbassoc", &old))?;
    let subnet = from.associations.get(&old).cloned();
    let from_id = from.id.clone();
    if from.vpc_id != target.vpc_id {
        return Err(different_networks(&to, subnet.as_deref().unwrap_or(&from.vpc_id)));
    }
    if from_id == to {
        let message =
            format!("the specified association for route table {to} conflicts with an existing association");
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    let id = scope.region.ids.resource("rtbassoc");
    let tables = &mut scope.region.ec2.route_tables;
    if let Some(from) = tables.get_mut(&from_id) {
        from.associations.remove(&old);
        from.main.take_if(|main| *main == old);
    }
    if let Some(target) = tables.get_mut(&to) {
        match subnet {
            Some(subnet) => {
                target.associations.insert(id.clone(), subnet);
            }
            None => target.main = Some(id.clone()),
        }
    }
    Ok(json!({"newAssociationId": id, "associationState": {"state": "associated"}}))
}

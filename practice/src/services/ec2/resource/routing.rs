//! `AWS::EC2::RouteTable`, `Route`, `SubnetRouteTableAssociation`.

use serde_json::{Map, Value, json};

use super::{make, remove, retag, shown, tagged};
use crate::core::fault::Fault;
use crate::form::{only, picked, present, shown_tag_list};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

pub(super) struct RouteTable;

impl Resource for RouteTable {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::RouteTable"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input =
            json!({"VpcId": asked.property("VpcId"), "TagSpecification": tagged(asked, "route-table")});
        make(api, "CreateRouteTable", input, "/routeTable/routeTableId")
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteRouteTable", json!({"RouteTableId": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("RouteTableId", Some(json!(id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(shown) = shown(view, "DescribeRouteTables", "RouteTableId", "routeTableSet", id) else {
            return Actual::Gone;
        };
        let tags = shown_tag_list(&shown["tagSet"]);
        Actual::Is(present([("VpcId", shown.get("vpcId").cloned()), ("Tags", tags)]).into())
    }

    fn takes_ms(&self) -> i64 {
        11_000
    }
}

/// Its physical id is `rtb-...|0.0.0.0/0`.
pub(super) struct Route;

/// The properties that say which route it is and where it leads, all named as EC2 does.
const ROUTE: [&str; 11] = [
    "RouteTableId",
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
    "GatewayId",
    "InstanceId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
];

impl Resource for Route {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::Route"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &[&ROUTE[..], &["VpcEndpointId"]].concat())?;
        let mut input = picked(asked.properties, &ROUTE);
        input.extend(picked(asked.properties, &["VpcEndpointId"]));
        api.call("ec2", "CreateRoute", input.into())?;
        let text = |name| asked.text(name).unwrap_or_default();
        Ok(format!("{}|{}", text("RouteTableId"), text("DestinationCidrBlock")))
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        api.call("ec2", "ReplaceRoute", picked(asked.properties, &ROUTE).into()).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, _: &str, properties: &Value) -> Result<(), Fault> {
        let input = picked(properties, &["RouteTableId", "DestinationCidrBlock"]);
        remove(api, "DeleteRoute", input.into())
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("CidrBlock", id.split_once('|').map(|(_, block)| json!(block)))])
    }

    fn takes_ms(&self) -> i64 {
        16_000
    }
}

pub(super) struct SubnetAssociation;

impl Resource for SubnetAssociation {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::SubnetRouteTableAssociation"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = picked(asked.properties, &["RouteTableId", "SubnetId"]);
        make(api, "AssociateRouteTable", input.into(), "/associationId")
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DisassociateRouteTable", json!({"AssociationId": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }
}

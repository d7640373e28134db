//! `AWS::EC2::VPCEndpoint`.

use serde_json::{Map, Value, json};

use super::{attributes, make, remove, retag, shown, tagged};
use crate::core::fault::Fault;
use crate::form::{as_text, beyond, only, picked, present, texts};
use crate::resource::{Api, Asked, Resource, Settled};
use crate::services::ec2::model::Phase;
use crate::world::View;

pub(super) struct VpcEndpoint;

/// Lists of a template, and what EC2 calls one of each.
const LISTS: [(&str, &str); 3] =
    [("RouteTableIds", "RouteTableId"), ("SubnetIds", "SubnetId"), ("SecurityGroupIds", "SecurityGroupId")];
/// The properties that are taken.
const TAKEN: [&str; 9] = [
    "VpcId",
    "ServiceName",
    "VpcEndpointType",
    "PolicyDocument",
    "PrivateDnsEnabled",
    "RouteTableIds",
    "SubnetIds",
    "SecurityGroupIds",
    "Tags",
];

impl Resource for VpcEndpoint {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::VPCEndpoint"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        let names = ["VpcId", "ServiceName", "VpcEndpointType", "PrivateDnsEnabled"];
        let mut input = picked(asked.properties, &names);
        input.extend(present([("PolicyDocument", asked.properties.get("PolicyDocument").map(as_text))]));
        for (list, each) in LISTS {
            input.extend(present([(each, asked.properties.get(list).cloned())]));
        }
        input.insert("TagSpecification".to_owned(), tagged(asked, "vpc-endpoint"));
        make(api, "CreateVpcEndpoint", input.into(), "/vpcEndpoint/vpcEndpointId")
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        match view.region.ec2.vpc_endpoints.get(id).map(|endpoint| &endpoint.phase) {
            Some(Phase::Available) => Settled::Yes,
            Some(Phase::Pending { .. }) => Settled::NotYet,
            _ => Settled::Failed(format!("VPC Endpoint {id} failed to stabilize")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        let mut input = picked(asked.properties, &["PrivateDnsEnabled"]);
        input.insert("VpcEndpointId".to_owned(), json!(id));
        match asked.properties.get("PolicyDocument") {
            Some(policy) => input.insert("PolicyDocument".to_owned(), as_text(policy)),
            None => input.insert("ResetPolicy".to_owned(), json!(true)),
        };
        for (list, each) in LISTS {
            let (was, is) = (texts(&before[list]), texts(asked.property(list)));
            input.insert(format!("Add{each}"), json!(beyond(&is, &was)));
            input.insert(format!("Remove{each}"), json!(beyond(&was, &is)));
        }
        api.call("ec2", "ModifyVpcEndpoint", input.into())?;
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteVpcEndpoints", json!({"VpcEndpointId": [id]}))
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        match view.region.ec2.vpc_endpoints.get(id).map(|endpoint| &endpoint.phase) {
            None | Some(Phase::Deleted { .. } | Phase::Failed { .. }) => Settled::Yes,
            Some(_) => Settled::NotYet,
        }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let shown = shown(view, "DescribeVpcEndpoints", "VpcEndpointId", "vpcEndpointSet", id);
        let shown = shown.unwrap_or_default();
        let mut all = attributes(
            &shown,
            &[
                ("Id", "/vpcEndpointId"),
                ("CreationTimestamp", "/creationTimestamp"),
                ("NetworkInterfaceIds", "/networkInterfaceIdSet"),
            ],
        );
        let entry = |entry: &Value| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            format!("{}:{}", text("hostedZoneId"), text("dnsName"))
        };
        let entries = shown["dnsEntrySet"].as_array().into_iter().flatten().map(entry);
        all.insert("DnsEntries".to_owned(), entries.collect());
        all
    }
}

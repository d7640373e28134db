//! `AWS::EC2::EIP`, `EIPAssociation`, `NatGateway`.

use serde_json::{Map, Value, json};

use super::{attributes, make, remove, retag, shown, tagged, whole};
use crate::core::fault::Fault;
use crate::form::{only, picked, present, shown_tag_list};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::ec2::model::Phase;
use crate::world::View;

/// Its physical id is the address itself.
pub(super) struct Address;

/// `EIP`'s properties that are taken.
const ADDRESS: [&str; 3] = ["Domain", "InstanceId", "Tags"];

impl Address {
    fn shown(view: &View<'_>, ip: &str) -> Option<Value> {
        shown(view, "DescribeAddresses", "PublicIp", "addressesSet", ip)
    }

    fn leave(api: &mut Api<'_, '_>, ip: &str) -> Result<(), Fault> {
        let association = Self::shown(&api.view(), ip).and_then(|shown| shown.get("associationId").cloned());
        match association.filter(Value::is_string) {
            Some(id) => remove(api, "DisassociateAddress", json!({"AssociationId": id})),
            None => Ok(()),
        }
    }

    fn join(api: &mut Api<'_, '_>, ip: &str, asked: &Asked<'_>) -> Result<(), Fault> {
        let Some(instance) = asked.text("InstanceId") else { return Ok(()) };
        let input = json!({"PublicIp": ip, "InstanceId": instance, "AllowReassociation": true});
        api.call("ec2", "AssociateAddress", input).map(|_| ())
    }
}

impl Resource for Address {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::EIP"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &ADDRESS)?;
        let mut input = picked(asked.properties, &["Domain"]);
        input.insert("TagSpecification".to_owned(), tagged(asked, "elastic-ip"));
        let ip = make(api, "AllocateAddress", input.into(), "/publicIp")?;
        let rest = Self::join(api, &ip, asked);
        whole(self, api, ip, asked.properties, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &ADDRESS)?;
        if asked.changed(before, "InstanceId") {
            Self::leave(api, id)?;
            Self::join(api, id, asked)?;
        }
        let allocation = Self::shown(&api.view(), id).unwrap_or_default();
        retag(api, allocation["allocationId"].as_str().unwrap_or_default(), before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        Self::leave(api, id)?;
        let Some(shown) = Self::shown(&api.view(), id) else { return Ok(()) };
        remove(api, "ReleaseAddress", json!({"AllocationId": shown["allocationId"]}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let shown = Self::shown(view, id).unwrap_or_default();
        attributes(&shown, &[("AllocationId", "/allocationId"), ("PublicIp", "/publicIp")])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(shown) = Self::shown(view, id) else { return Actual::Gone };
        let mut properties = attributes(&shown, &[("Domain", "/domain"), ("InstanceId", "/instanceId")]);
        properties.extend(present([("Tags", shown_tag_list(&shown["tagSet"]))]));
        Actual::Is(properties.into())
    }

    fn takes_ms(&self) -> i64 {
        16_000
    }
}

pub(super) struct Association;

impl Resource for Association {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::EIPAssociation"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let names = ["AllocationId", "EIP", "InstanceId", "NetworkInterfaceId"];
        only(asked, self.type_name(), &names)?;
        let mut input = picked(asked.properties, &["AllocationId", "InstanceId", "NetworkInterfaceId"]);
        input.extend(present([("PublicIp", asked.properties.get("EIP").cloned())]));
        make(api, "AssociateAddress", input.into(), "/associationId")
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DisassociateAddress", json!({"AssociationId": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }
}

pub(super) struct NatGateway;

/// `NatGateway`'s properties that go to the API, which refuses what the practice cloud has not.
const NAT: [&str; 5] =
    ["SubnetId", "AllocationId", "ConnectivityType", "AvailabilityMode", "PrivateIpAddress"];

impl Resource for NatGateway {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::NatGateway"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &[&NAT[..], &["Tags", "MaxDrainDurationSeconds"]].concat())?;
        let mut input = picked(asked.properties, &NAT);
        input.insert("TagSpecification".to_owned(), tagged(asked, "natgateway"));
        make(api, "CreateNatGateway", input.into(), "/natGateway/natGatewayId")
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        let Some(nat) = view.region.ec2.nat_gateways.get(id) else {
            return Settled::Failed(format!("NatGateway {id} was not found"));
        };
        match &nat.phase {
            Phase::Available => Settled::Yes,
            Phase::Pending { .. } => Settled::NotYet,
            Phase::Failed { why, .. } => Settled::Failed(format!(
                "NatGateway {id} is in state failed and hence failed to stabilize. Detailed failure message: {why}"
            )),
            other => Settled::Failed(format!(
                "NatGateway {id} is in state {} and hence failed to stabilize.",
                other.name()
            )),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&NAT[..], &["Tags", "MaxDrainDurationSeconds"]].concat())?;
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteNatGateway", json!({"NatGatewayId": id}))
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        match view.region.ec2.nat_gateways.get(id).map(|nat| &nat.phase) {
            None | Some(Phase::Deleted { .. } | Phase::Failed { .. }) => Settled::Yes,
            Some(_) => Settled::NotYet,
        }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let eni = view.region.ec2.nat_gateways.get(id).and_then(|nat| nat.interface_id.clone());
        present([("NatGatewayId", Some(json!(id))), ("EniId", eni.map(Value::String))])
    }
}

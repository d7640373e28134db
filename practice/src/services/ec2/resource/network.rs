//! `AWS::EC2::VPC`, `Subnet`, `InternetGateway`, `VPCGatewayAttachment`.

use serde_json::{Map, Value, json};

use super::{attributes, make, remove, retag, shown, tagged, whole};
use crate::core::fault::Fault;
use crate::form::{only, picked, present, shown_tag_list};
use crate::resource::{Actual, Api, Asked, Resource, look};
use crate::services::ec2::instance::derived;
use crate::world::View;

pub(super) struct Vpc;

impl Vpc {
    /// Sets the switches that differ from `before`.
    fn switch(api: &mut Api<'_, '_>, id: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        // Names need support: it is switched on before them, and off after them.
        let mut switches = [("EnableDnsSupport", true), ("EnableDnsHostnames", false)];
        if asked.property("EnableDnsHostnames") != true {
            switches.reverse();
        }
        for (name, usual) in switches {
            let is = before.get(name).and_then(Value::as_bool).unwrap_or(usual);
            let wanted = asked.property(name).as_bool().unwrap_or(usual);
            if is != wanted {
                let input = json!({"VpcId": id, name: {"Value": wanted}});
                api.call("ec2", "ModifyVpcAttribute", input)?;
            }
        }
        Ok(())
    }
}

impl Resource for Vpc {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::VPC"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let names = ["CidrBlock", "InstanceTenancy", "EnableDnsSupport", "EnableDnsHostnames", "Tags"];
        only(asked, self.type_name(), &names)?;
        let mut input = picked(asked.properties, &["CidrBlock", "InstanceTenancy"]);
        input.insert("TagSpecification".to_owned(), tagged(asked, "vpc"));
        let id = make(api, "CreateVpc", input.into(), "/vpc/vpcId")?;
        let rest = Self::switch(api, &id, &Value::Null, asked);
        whole(self, api, id, asked.properties, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::switch(api, id, before, asked)?;
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteVpc", json!({"VpcId": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let model = &view.region.ec2;
        let shown = shown(view, "DescribeVpcs", "VpcId", "vpcSet", id).unwrap_or_default();
        let mut all = attributes(&shown, &[("VpcId", "/vpcId"), ("CidrBlock", "/cidrBlock")]);
        let association = shown.pointer("/cidrBlockAssociationSet/0/associationId");
        all.insert("CidrBlockAssociations".to_owned(), association.into_iter().cloned().collect());
        all.insert("DefaultNetworkAcl".to_owned(), json!(derived("acl", id)));
        let group = model.security_group_named(id, "default").map(|group| &group.id);
        all.insert("DefaultSecurityGroup".to_owned(), json!(group));
        all.insert("Ipv6CidrBlocks".to_owned(), json!([]));
        for (name, value) in properties.as_object().into_iter().flatten() {
            all.entry(name.clone()).or_insert_with(|| value.clone());
        }
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(shown) = shown(view, "DescribeVpcs", "VpcId", "vpcSet", id) else { return Actual::Gone };
        let switch = |name: &str| {
            let input = json!({"VpcId": id, "Attribute": name});
            look(view, "ec2", "DescribeVpcAttribute", input).ok()?.pointer(&format!("/{name}/value")).cloned()
        };
        let properties = present([
            ("CidrBlock", shown.get("cidrBlock").cloned()),
            ("InstanceTenancy", shown.get("instanceTenancy").cloned()),
            ("EnableDnsSupport", switch("enableDnsSupport")),
            ("EnableDnsHostnames", switch("enableDnsHostnames")),
            ("Tags", shown_tag_list(&shown["tagSet"])),
        ]);
        Actual::Is(properties.into())
    }

    fn takes_ms(&self) -> i64 {
        11_000
    }
}

pub(super) struct Subnet;

impl Subnet {
    fn map(api: &mut Api<'_, '_>, id: &str, on: bool) -> Result<(), Fault> {
        let input = json!({"SubnetId": id, "MapPublicIpOnLaunch": {"Value": on}});
        api.call("ec2", "ModifySubnetAttribute", input).map(|_| ())
    }
}

/// `Subnet`'s properties that are taken.
const SUBNET: [&str; 6] =
    ["VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "MapPublicIpOnLaunch", "Tags"];

impl Resource for Subnet {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::Subnet"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &SUBNET)?;
        let names = ["VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId"];
        let mut input = picked(asked.properties, &names);
        input.insert("TagSpecification".to_owned(), tagged(asked, "subnet"));
        let id = make(api, "CreateSubnet", input.into(), "/subnet/subnetId")?;
        let maps = asked.property("MapPublicIpOnLaunch") == true;
        let rest = if maps { Self::map(api, &id, true) } else { Ok(()) };
        whole(self, api, id, asked.properties, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &SUBNET)?;
        if asked.changed(before, "MapPublicIpOnLaunch") {
            Self::map(api, id, asked.property("MapPublicIpOnLaunch") == true)?;
        }
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteSubnet", json!({"SubnetId": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let shown = shown(view, "DescribeSubnets", "SubnetId", "subnetSet", id).unwrap_or_default();
        let mut all = attributes(
            &shown,
            &[
                ("SubnetId", "/subnetId"),
                ("VpcId", "/vpcId"),
                ("CidrBlock", "/cidrBlock"),
                ("AvailabilityZone", "/availabilityZone"),
                ("AvailabilityZoneId", "/availabilityZoneId"),
                ("MapPublicIpOnLaunch", "/mapPublicIpOnLaunch"),
            ],
        );
        all.insert("Ipv6CidrBlocks".to_owned(), json!([]));
        all.insert("NetworkAclAssociationId".to_owned(), json!(derived("aclassoc", id)));
        for (name, value) in properties.as_object().into_iter().flatten() {
            all.entry(name.clone()).or_insert_with(|| value.clone());
        }
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(shown) = shown(view, "DescribeSubnets", "SubnetId", "subnetSet", id) else {
            return Actual::Gone;
        };
        let names = [
            ("VpcId", "/vpcId"),
            ("CidrBlock", "/cidrBlock"),
            ("AvailabilityZone", "/availabilityZone"),
            ("AvailabilityZoneId", "/availabilityZoneId"),
            ("MapPublicIpOnLaunch", "/mapPublicIpOnLaunch"),
        ];
        let mut properties = attributes(&shown, &names);
        properties.extend(present([("Tags", shown_tag_list(&shown["tagSet"]))]));
        Actual::Is(properties.into())
    }
}

pub(super) struct InternetGateway;

impl Resource for InternetGateway {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::InternetGateway"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = json!({"TagSpecification": tagged(asked, "internet-gateway")});
        make(api, "CreateInternetGateway", input, "/internetGateway/internetGatewayId")
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
        remove(api, "DeleteInternetGateway", json!({"InternetGatewayId": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("InternetGatewayId", Some(json!(id)))])
    }

    fn takes_ms(&self) -> i64 {
        16_000
    }
}

/// Its physical id is `IGW|vpc-...`.
pub(super) struct GatewayAttachment;

impl GatewayAttachment {
    fn detach(api: &mut Api<'_, '_>, properties: &Value) -> Result<(), Fault> {
        let input = picked(properties, &["VpcId", "InternetGatewayId"]);
        match api.call("ec2", "DetachInternetGateway", input.into()) {
            Err(fault) if fault.code == "Gateway.NotAttached" => Ok(()),
            other => crate::form::gone(other),
        }
    }
}

impl Resource for GatewayAttachment {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::VPCGatewayAttachment"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &["VpcId", "InternetGatewayId"])?;
        let input = picked(asked.properties, &["VpcId", "InternetGatewayId"]);
        if !input.contains_key("InternetGatewayId") {
            let message =
                "Either InternetGatewayId or VpnGatewayId must be set, but not both at the same time";
            return Err(Fault::new("ValidationException", message));
        }
        api.call("ec2", "AttachInternetGateway", input.into())?;
        Ok(format!("IGW|{}", asked.text("VpcId").unwrap_or_default()))
    }

    /// Another gateway takes the place of the one before.
    fn update(&self, api: &mut Api<'_, '_>, _: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &["VpcId", "InternetGatewayId"])?;
        Self::detach(api, before)?;
        let input = picked(asked.properties, &["VpcId", "InternetGatewayId"]);
        api.call("ec2", "AttachInternetGateway", input.into()).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, _: &str, properties: &Value) -> Result<(), Fault> {
        Self::detach(api, properties)
    }

    fn attributes(&self, _: &View<'_>, _: &str, _: &Value) -> Map<String, Value> {
        present([("AttachmentType", Some(json!("IGW")))])
    }

    fn takes_ms(&self) -> i64 {
        10_000
    }
}

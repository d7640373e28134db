//! `AWS::EC2::Instance`, `KeyPair`, `NetworkInterface`.

use serde_json::{Map, Value, json};

use super::{attributes, make, remove, retag, shown, specification, tagged, whole};
use crate::core::fault::Fault;
use crate::form::{gone, only, picked, present, shown_tag_list, unreserved_tags};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::ec2::model::State;
use crate::world::View;

pub(super) struct Instance;

/// `Instance`'s properties that are called the same in `RunInstances`.
const SAME: [&str; 8] = [
    "ImageId",
    "InstanceType",
    "KeyName",
    "SubnetId",
    "PrivateIpAddress",
    "UserData",
    "DisableApiTermination",
    "LaunchTemplate",
];
/// Those that are taken; volumes, credits and the like make no difference to anything in the practice cloud.
const TAKEN: [&str; 21] = [
    "AvailabilityZone",
    "BlockDeviceMappings",
    "CpuOptions",
    "CreditSpecification",
    "EbsOptimized",
    "IamInstanceProfile",
    "InstanceInitiatedShutdownBehavior",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "PropagateTagsToVolumeOnCreation",
    "SecurityGroupIds",
    "SecurityGroups",
    "SourceDestCheck",
    "Tags",
    "Tenancy",
    "Volumes",
    "SsmAssociations",
    "PrivateDnsNameOptions",
    "EnclaveOptions",
    "HibernationOptions",
];
/// What EC2 changes only while the instance is off, which a stack's update cannot wait for here.
const NOT_WHILE_RUNNING: [&str; 4] = ["InstanceType", "UserData", "IamInstanceProfile", "Monitoring"];

impl Instance {
    fn input(asked: &Asked<'_>) -> Map<String, Value> {
        let properties = asked.properties;
        let of = |name: &str| properties.get(name).cloned();
        let interface = |one: &Value| {
            let names = ["DeviceIndex", "AssociatePublicIpAddress", "SubnetId", "PrivateIpAddress"];
            let mut input = picked(one, &[&names[..], &["NetworkInterfaceId"]].concat());
            input.extend(present([("SecurityGroupId", one.get("GroupSet").cloned())]));
            Value::Object(input)
        };
        let interfaces = properties.get("NetworkInterfaces").and_then(Value::as_array);
        let mut input = picked(properties, &SAME);
        input.extend(present([
            ("MinCount", Some(json!(1))),
            ("MaxCount", Some(json!(1))),
            ("SecurityGroupId", of("SecurityGroupIds")),
            ("SecurityGroup", of("SecurityGroups")),
            ("IamInstanceProfile", of("IamInstanceProfile").map(|name| json!({"Name": name}))),
            ("Monitoring", of("Monitoring").map(|on| json!({"Enabled": on}))),
            ("Placement", of("AvailabilityZone").map(|zone| json!({"AvailabilityZone": zone}))),
            ("NetworkInterface", interfaces.map(|all| all.iter().map(interface).collect())),
            ("TagSpecification", Some(tagged(asked, "instance"))),
        ]));
        input
    }

    fn modify(api: &mut Api<'_, '_>, id: &str, name: &str, value: &Value) -> Result<(), Fault> {
        let input = json!({"InstanceId": id, name: value});
        api.call("ec2", "ModifyInstanceAttribute", input).map(|_| ())
    }
}

impl Resource for Instance {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::Instance"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &[&SAME[..], &TAKEN[..]].concat())?;
        let id = make(api, "RunInstances", Self::input(asked).into(), "/instancesSet/0/instanceId")?;
        let checks = asked.property("SourceDestCheck") != false;
        let off = json!({"Value": false});
        let rest = if checks { Ok(()) } else { Self::modify(api, &id, "SourceDestCheck", &off) };
        whole(self, api, id, asked.properties, rest)
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        match view.region.ec2.instance(id).map(|instance| instance.state) {
            Some(State::Running) => Settled::Yes,
            Some(State::Pending { .. }) => Settled::NotYet,
            Some(other) => {
                let state = other.name();
                Settled::Failed(format!("Instance {id} failed to stabilize. Current state: {state}."))
            }
            None => Settled::Failed(format!("The instance ID '{id}' does not exist")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&SAME[..], &TAKEN[..]].concat())?;
        if let Some(name) = NOT_WHILE_RUNNING.into_iter().find(|name| asked.changed(before, name)) {
            let message = format!(
                "The practice cloud does not stop instance {id} to change its {name}; replace the instance."
            );
            return Err(Fault::new("UnsupportedOperation", message));
        }
        if asked.changed(before, "SecurityGroupIds") {
            Self::modify(api, id, "GroupId", asked.property("SecurityGroupIds"))?;
        }
        for (name, usual) in [("DisableApiTermination", false), ("SourceDestCheck", true)] {
            if asked.changed(before, name) {
                let on = asked.property(name).as_bool().unwrap_or(usual);
                Self::modify(api, id, name, &json!({"Value": on}))?;
            }
        }
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "TerminateInstances", json!({"InstanceId": [id]}))
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        match view.region.ec2.instance(id).map(|instance| instance.state) {
            None | Some(State::Terminated { .. }) => Settled::Yes,
            Some(_) => Settled::NotYet,
        }
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let shown = look_at(view, id).unwrap_or_default();
        let mut all = attributes(
            &shown,
            &[
                ("InstanceId", "/instanceId"),
                ("AvailabilityZone", "/placement/availabilityZone"),
                ("PrivateDnsName", "/privateDnsName"),
                ("PrivateIp", "/privateIpAddress"),
                ("PublicDnsName", "/dnsName"),
                ("PublicIp", "/ipAddress"),
                ("VpcId", "/vpcId"),
            ],
        );
        for (name, value) in properties.as_object().into_iter().flatten() {
            all.entry(name.clone()).or_insert_with(|| value.clone());
        }
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let is_there = view.region.ec2.instance(id).is_some_and(|instance| !instance.state.is_ending());
        let Some(shown) = look_at(view, id).filter(|_| is_there) else { return Actual::Gone };
        let mut properties = attributes(
            &shown,
            &[
                ("ImageId", "/imageId"),
                ("InstanceType", "/instanceType"),
                ("KeyName", "/keyName"),
                ("SubnetId", "/subnetId"),
                ("SourceDestCheck", "/sourceDestCheck"),
            ],
        );
        let groups = view.region.ec2.instance(id).map(|instance| json!(instance.security_groups));
        properties
            .extend(present([("SecurityGroupIds", groups), ("Tags", shown_tag_list(&shown["tagSet"]))]));
        Actual::Is(properties.into())
    }
}

fn look_at(view: &View<'_>, id: &str) -> Option<Value> {
    let mut reservation = shown(view, "DescribeInstances", "InstanceId", "reservationSet", id)?;
    reservation.get_mut("instancesSet")?.get_mut(0).map(Value::take)
}

/// Its physical id is its name. The private key of one that EC2 makes is kept as an SSM parameter, as
/// `CloudFormation` does: `/ec2/keypair/key-...`.
pub(super) struct KeyPair;

impl KeyPair {
    fn id(view: &View<'_>, name: &str) -> Option<String> {
        view.region.ec2.key_pair(name).map(|pair| pair.id.clone())
    }
}

fn parameter(key_pair_id: &str) -> String {
    format!("/ec2/keypair/{key_pair_id}")
}

impl Resource for KeyPair {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::KeyPair"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        use base64::Engine as _;
        let name = asked.text("KeyName").unwrap_or_default().to_owned();
        let tags = specification("key-pair", &unreserved_tags(asked));
        if let Some(key) = asked.text("PublicKeyMaterial") {
            let key = base64::engine::general_purpose::STANDARD.encode(key);
            let input = json!({"KeyName": name, "PublicKeyMaterial": key, "TagSpecification": tags});
            return make(api, "ImportKeyPair", input, "/keyName");
        }
        let mut input = picked(asked.properties, &["KeyName", "KeyType", "KeyFormat"]);
        input.insert("TagSpecification".to_owned(), tags);
        let answer = api.call("ec2", "CreateKeyPair", input.into())?;
        let id = answer.get("keyPairId").and_then(Value::as_str).unwrap_or_default();
        let input =
            json!({"Name": parameter(id), "Type": "SecureString", "Value": answer.get("keyMaterial")});
        let rest = api.call("ssm", "PutParameter", input).map(|_| ());
        whole(self, api, name, asked.properties, rest)
    }

    fn delete(&self, api: &mut Api<'_, '_>, name: &str, properties: &Value) -> Result<(), Fault> {
        let id = Self::id(&api.view(), name);
        remove(api, "DeleteKeyPair", json!({"KeyName": name}))?;
        match id.filter(|_| properties.get("PublicKeyMaterial").is_none()) {
            Some(id) => gone(api.call("ssm", "DeleteParameter", json!({"Name": parameter(&id)}))),
            None => Ok(()),
        }
    }

    fn attributes(&self, view: &View<'_>, name: &str, _: &Value) -> Map<String, Value> {
        let pair = view.region.ec2.key_pair(name);
        present([
            ("KeyPairId", pair.map(|pair| json!(pair.id))),
            ("KeyFingerprint", pair.map(|pair| json!(pair.fingerprint))),
        ])
    }
}

pub(super) struct NetworkInterface;

impl Resource for NetworkInterface {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::NetworkInterface"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let names = ["SubnetId", "Description", "GroupSet", "PrivateIpAddress", "InterfaceType", "Tags"];
        only(asked, self.type_name(), &names)?;
        let mut input = picked(asked.properties, &["SubnetId", "Description", "PrivateIpAddress"]);
        input.extend(present([("SecurityGroupId", asked.properties.get("GroupSet").cloned())]));
        input.insert("TagSpecification".to_owned(), tagged(asked, "network-interface"));
        make(api, "CreateNetworkInterface", input.into(), "/networkInterface/networkInterfaceId")
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if let Some(name) = ["Description", "GroupSet"].into_iter().find(|name| asked.changed(before, name)) {
            let message = format!("The {name} of an interface is not changed in this practice cloud.");
            return Err(Fault::new("UnsupportedOperation", message));
        }
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteNetworkInterface", json!({"NetworkInterfaceId": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let list = "networkInterfaceSet";
        let shown = shown(view, "DescribeNetworkInterfaces", "NetworkInterfaceId", list, id);
        let names = [
            ("Id", "/networkInterfaceId"),
            ("PrimaryPrivateIpAddress", "/privateIpAddress"),
            ("VpcId", "/vpcId"),
        ];
        let mut all = attributes(&shown.unwrap_or_default(), &names);
        all.insert("SecondaryPrivateIpAddresses".to_owned(), json!([]));
        all
    }
}

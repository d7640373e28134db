//! Whatever is asked, in whatever order: a refusal leaves no trace, looking changes nothing, and the model stays
//! whole.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::core::id::IdSource;
use crate::operation::Run;
use crate::services::ec2::model::Model;
use crate::services::registry;
use crate::testing::Lab;

const TEXTS: [&str; 18] = [
    "10.0.0.0/16",
    "10.0.0.0/24",
    "10.0.1.0/28",
    "0.0.0.0/0",
    "172.31.0.0/20",
    "::/0",
    "ami-f560d8e3",
    "t2.micro",
    "demo",
    "default",
    "-1",
    "true",
    "1",
    "80",
    "IyEvYmluL2Jhc2g=",
    "enableDnsSupport",
    "us-east-1a",
    "é<&\u{0}",
];
const SCALARS: [&str; 30] = [
    "CidrBlock",
    "DestinationCidrBlock",
    "GroupName",
    "GroupDescription",
    "KeyName",
    "KeyType",
    "Attribute",
    "Value",
    "ImageId",
    "InstanceType",
    "UserData",
    "PrivateIpAddress",
    "ClientToken",
    "LaunchTemplateName",
    "SourceVersion",
    "SetDefaultVersion",
    "AvailabilityZone",
    "IpProtocol",
    "CidrIp",
    "Domain",
    "PublicIp",
    "MaxResults",
    "NextToken",
    "AllowReassociation",
    "DisableApiTermination",
    "PublicKeyMaterial",
    "FromPort",
    "ToPort",
    "MinVersion",
    "DryRun",
];
const IDS: [&str; 12] = [
    "VpcId",
    "SubnetId",
    "InternetGatewayId",
    "RouteTableId",
    "AssociationId",
    "GatewayId",
    "GroupId",
    "AllocationId",
    "NetworkInterfaceId",
    "KeyPairId",
    "LaunchTemplateId",
    "InstanceId",
];

/// A small world's worth of requests, from noise.
struct Dice(IdSource);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.0.bits() % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }

    fn text(&mut self) -> Value {
        let at = self.roll(TEXTS.len());
        json!(TEXTS[at])
    }

    /// An id that exists, most of the time one that fits the parameter.
    fn id(&mut self, parameter: &str, model: &Model) -> Value {
        let all = ids(model);
        let prefix = match parameter {
            "VpcId" => "vpc-",
            "SubnetId" => "subnet-",
            "InternetGatewayId" | "GatewayId" => "igw-",
            "RouteTableId" => "rtb-",
            "AssociationId" => "rtbassoc-",
            "GroupId" => "sg-",
            "AllocationId" => "eipalloc-",
            "NetworkInterfaceId" => "eni-",
            "KeyPairId" => "key-",
            "LaunchTemplateId" => "lt-",
            _ => "i-",
        };
        let any = self.roll(12) == 0;
        let fitting: Vec<&String> = all.iter().filter(|id| any || id.starts_with(prefix)).collect();
        let at = self.roll(fitting.len());
        fitting.get(at).map_or_else(|| self.text(), |id| json!(id))
    }

    /// A request that could succeed, for operations that noise alone rarely hits.
    fn sensible(&mut self, operation: &str, model: &Model) -> Option<Value> {
        let mut id = |name: &str| self.id(name, model);
        let text = |name: &str| if name.contains("Address") { "eipassoc" } else { "rtbassoc" };
        let association = ids(model).into_iter().rfind(|id| id.starts_with(text(operation)));
        Some(match operation {
            "RunInstances" => json!({"ImageId": "ami-f560d8e3", "InstanceType": "t2.micro", "MinCount": 1,
                "MaxCount": 2, "SubnetId": id("SubnetId")}),
            "CreateRoute" | "ReplaceRoute" | "DeleteRoute" => json!({"RouteTableId": id("RouteTableId"),
                "GatewayId": id("GatewayId"), "DestinationCidrBlock": "10.9.0.0/16"}),
            "AssociateRouteTable" => json!({"RouteTableId": id("RouteTableId"), "SubnetId": id("SubnetId")}),
            "AttachInternetGateway" | "DetachInternetGateway" => {
                json!({"InternetGatewayId": id("GatewayId"), "VpcId": id("VpcId")})
            }
            "TerminateInstances" | "StopInstances" | "StartInstances" | "RebootInstances" => {
                json!({"InstanceId": [id("InstanceId")]})
            }
            "ModifyInstanceAttribute" => {
                json!({"InstanceId": id("InstanceId"), "SourceDestCheck": {"Value": "false"}})
            }
            "GetConsoleOutput" => json!({"InstanceId": id("InstanceId")}),
            "DescribeInstanceAttribute" => {
                json!({"InstanceId": id("InstanceId"), "Attribute": "instanceType"})
            }
            "DescribeVpcAttribute" => json!({"VpcId": id("VpcId"), "Attribute": "enableDnsSupport"}),
            "CreateLaunchTemplateVersion" | "DescribeLaunchTemplateVersions" => {
                json!({"LaunchTemplateName": "demo", "LaunchTemplateData": {"ImageId": "ami-f560d8e3"}})
            }
            "CreateTags" => json!({"ResourceId": [id("VpcId"), id("InstanceId"), id("GroupId")],
                "Tag": [{"Key": "Name", "Value": "x"}]}),
            "AssociateAddress" => {
                json!({"AllocationId": id("AllocationId"), "InstanceId": id("InstanceId"), "AllowReassociation": "true"})
            }
            "DisassociateAddress" | "DisassociateRouteTable" => json!({"AssociationId": association}),
            name if ["Authorize", "Revoke", "UpdateSecurity"].iter().any(|verb| name.starts_with(verb)) => {
                let port = [22, 80, 443][self.roll(3)].to_string();
                json!({"GroupId": self.id("GroupId", model), "IpPermissions": [{"IpProtocol": "tcp",
                    "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]})
            }
            _ => return None,
        })
    }

    fn input(&mut self, operation: &str, model: &Model) -> Value {
        let many = operation.starts_with("Describe") || operation.ends_with("Instances");
        let mut input = Map::new();
        for name in IDS {
            if self.roll(4) > 0 {
                let id = self.id(name, model);
                let list = if self.roll(20) == 0 { self.roll(2) == 0 } else { many };
                input.insert(name.to_owned(), if list { json!([id]) } else { id });
            }
        }
        for name in SCALARS {
            let number = matches!(name, "MaxResults" | "FromPort" | "ToPort" | "MinVersion");
            if self.roll(if number { 8 } else { 3 }) == 0 {
                let text = if number { json!(self.roll(100)) } else { self.text() };
                input.insert(name.to_owned(), text);
            }
        }
        for (name, good) in [
            ("CidrBlock", "10.0.0.0/16"),
            ("ImageId", "ami-f560d8e3"),
            ("InstanceType", "t2.micro"),
            ("MinCount", "1"),
            ("MaxCount", "2"),
            ("Attribute", "enableDnsHostnames"),
            ("KeyName", "demo"),
            ("GroupName", "web"),
            ("GroupDescription", "x"),
            ("DestinationCidrBlock", "10.9.0.0/16"),
            ("LaunchTemplateName", "demo"),
            ("SetDefaultVersion", "1"),
        ] {
            if self.roll(3) > 0 {
                input.insert(name.to_owned(), json!(good));
            }
        }
        let rare = [
            "UserData",
            "PrivateIpAddress",
            "DryRun",
            "IamInstanceProfile",
            "NextToken",
            "Domain",
            "PublicIp",
        ];
        for name in rare.into_iter().filter(|_| self.roll(4) > 0) {
            input.remove(name);
        }
        if self.roll(2) == 0 {
            input.retain(|name, _| {
                !matches!(name.as_str(), "LaunchTemplateId" | "KeyPairId" | "NetworkInterfaceId")
            });
        }
        if self.roll(2) == 0 {
            input.retain(|name, _| {
                !matches!(name.as_str(), "GroupName" | "KeyName" | "InstanceId" | "CidrIp")
            });
        }
        if many && self.roll(2) == 0 {
            let by = |name: &str| !name.ends_with("Id") && !name.ends_with("Name") && !name.ends_with("Type");
            input.retain(|name, _| by(name) || operation == "RunInstances" || name == "InstanceId");
        }
        let (cidr, group, port) = (self.text(), self.id("GroupId", model), self.roll(70_000).to_string());
        let permission = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "IpRanges": [{"CidrIp": cidr}], "Groups": [{"GroupId": group}]});
        for (name, value) in [
            ("IpPermissions", json!([permission])),
            ("ResourceId", json!([self.id("VpcId", model), self.id("InstanceId", model)])),
            ("Tag", json!([{"Key": self.text(), "Value": self.text()}])),
            ("LaunchTemplateData", json!({"ImageId": "ami-f560d8e3", "UserData": self.text()})),
            ("LaunchTemplateVersion", json!([self.text()])),
            ("EnableDnsHostnames", json!({"Value": "true"})),
            ("MapPublicIpOnLaunch", json!({"Value": "true"})),
            ("Filter", json!([{"Name": "vpc-id", "Value": [self.text()]}])),
            ("IamInstanceProfile", json!({"Name": self.text()})),
        ] {
            if self.roll(3) == 0 {
                input.insert(name.to_owned(), value);
            }
        }
        let Some(Value::Object(sensible)) = self.sensible(operation, model) else {
            return Value::Object(input);
        };
        match self.roll(3) {
            0 => Value::Object(input),
            1 => Value::Object(input.into_iter().chain(sensible).collect()),
            _ => Value::Object(sensible),
        }
    }
}

/// Every id of a model.
fn ids(model: &Model) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    ids.extend(model.vpcs.keys().chain(model.subnets.keys()).chain(model.internet_gateways.keys()).cloned());
    ids.extend(model.route_tables.keys().chain(model.security_groups.keys()).cloned());
    ids.extend(
        model.key_pairs.keys().chain(model.instances.keys()).chain(model.launch_templates.keys()).cloned(),
    );
    ids.extend(model.addresses.keys().chain(model.interfaces.keys()).cloned());
    ids.extend(model.instances.values().map(|i| i.interface_id.clone()));
    ids.extend(model.addresses.values().filter_map(|a| a.association.as_ref()).map(|a| a.id.clone()));
    for table in model.route_tables.values() {
        ids.extend(table.main.iter().chain(table.associations.keys()).cloned());
    }
    for group in model.security_groups.values() {
        ids.extend(group.ingress.iter().chain(&group.egress).map(|rule| rule.id.clone()));
    }
    ids
}

/// What must hold of any model.
fn check(model: &Model) {
    let all = ids(model);
    for id in model.tags.keys() {
        assert!(all.contains(id), "{id} has tags and does not exist");
    }
    for vpc in model.vpcs.keys() {
        let mains = model.route_tables.values().filter(|t| t.vpc_id == *vpc && t.main.is_some()).count();
        assert_eq!(mains, 1, "main tables of {vpc}");
        assert!(model.security_group_named(vpc, "default").is_some());
    }
    let mut public = BTreeSet::new();
    for instance in model.instances.values().filter(|i| i.private_ip.is_some()) {
        let subnet = model.subnet(&instance.subnet_id).expect("the subnet of an instance");
        let same = model.private_ips_in(&subnet.id).filter(|ip| Some(*ip) == instance.private_ip).count();
        assert_eq!(same, 1, "{:?} twice", instance.private_ip);
        assert!(instance.security_groups.iter().all(|id| model.security_group(id).is_some()));
        assert!(instance.public_ip.is_none_or(|ip| public.insert(ip)), "{:?} twice", instance.public_ip);
    }
    for subnet in model.subnets.values() {
        assert!(model.vpc(&subnet.vpc_id).is_some_and(|vpc| vpc.cidr.contains(subnet.cidr)));
    }
    for gateway in model.internet_gateways.values() {
        assert!(gateway.vpc_id.as_ref().is_none_or(|id| model.vpc(id).is_some()));
    }
}

/// Calls with seeds; every tenth lets time pass instead.
fn play(seeds: &[(usize, u64)]) -> (BTreeSet<&'static str>, usize) {
    let mut lab = Lab::new();
    let operations = &registry().service("ec2").unwrap().operations;
    lab.call("ec2", "CreateInternetGateway", json!({}));
    let (mut done, mut refused) = (BTreeSet::new(), 0);
    for (choice, seed) in seeds {
        let mut dice = Dice(IdSource::new(*seed, "dice"));
        if choice % 10 == 0 {
            lab.advance(i64::try_from(seed % 100).unwrap());
        }
        let operation = &operations[choice % operations.len()];
        let input = dice.input(operation.name, &lab.world.regions["us-east-1"].ec2);
        crate::catch_up_wholly(&mut lab.world, lab.now.plus_ms(100));
        let before = lab.world.regions["us-east-1"].clone();
        let result = lab.try_call("ec2", operation.name, input.clone());
        let same = lab.world.regions["us-east-1"] == before;
        if let Err(fault) = &result {
            assert!(same, "{} was refused ({fault}) and left a trace: {input}", operation.name);
            refused += 1;
        } else {
            assert!(same || matches!(operation.run, Run::Write(_)), "{} looked and changed", operation.name);
            done.insert(operation.name);
        }
        check(&lab.world.regions["us-east-1"].ec2);
    }
    (done, refused)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_refusal_leaves_no_trace(seeds in proptest::collection::vec((any::<usize>(), any::<u64>()), 1..150)) {
        play(&seeds);
    }
}

#[test]
fn the_dice_are_worth_rolling() {
    let mut noise = IdSource::new(3, "seeds");
    let seeds: Vec<(usize, u64)> =
        (0..2800).map(|_| (usize::try_from(noise.bits() >> 8).unwrap(), noise.bits())).collect();
    let (done, refused) = play(&seeds);
    let never: Vec<&str> = registry()
        .service("ec2")
        .unwrap()
        .operations
        .iter()
        .map(|o| o.name)
        .filter(|n| !done.contains(n))
        .collect();
    assert!(never.len() < 14 && refused > 400, "never done: {never:?}, {refused} refused");
}

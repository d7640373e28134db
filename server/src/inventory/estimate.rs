//! What a template would make, priced, before anything is made. Pure.
//!
//! Counted as the template asks for it: a group at its desired capacity, a service at its desired count. Left out is what
//! nobody knows before: use, transfer, what a student makes besides, and scaling.

use std::collections::BTreeMap;

use practice::core::fault::Fault;
use practice::services::cloudformation::template::{
    Account, Dynamic, Given, Lookup, Pseudo, Scope, Template, Values,
};
use serde_json::{Map, Value};

use super::containers::fargate;
use super::gather::is_part;
use super::price::{Hourly, Prices};
use super::{Thing, balancing, cost, item};

/// The root disk of the ECS-optimised images: what a machine has whose template does not say.
const ROOT_GIB: i64 = 30;
/// Things of one template: AWS's quota of resources, each with what it makes.
const MOST: usize = 5_000;

/// What a template would make, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// What it would make.
    pub things: Vec<Thing>,
    /// How many resources it has.
    pub resources: usize,
    /// What all of it costs.
    pub hourly: Hourly,
}

/// What a template would make, and what that costs in a region.
///
/// # Errors
/// As CloudFormation would refuse template or parameters.
pub fn of_template(
    text: &str,
    parameters: &BTreeMap<String, String>,
    region: &str,
    name: &str,
) -> Result<Estimate, Fault> {
    let template = Template::parse(text)?;
    let given = parameters.iter().map(|(name, value)| (name.clone(), Given::Value(value.clone()))).collect();
    let values = template.resolve_parameters(&given, &Values::default(), &Anything)?;
    let pseudo = Pseudo {
        account_id: "123456789012".to_owned(),
        region: region.to_owned(),
        stack_name: name.to_owned(),
        stack_id: format!("arn:aws:cloudformation:{region}:123456789012:stack/{name}/estimate"),
        notification_arns: Vec::new(),
    };
    let template = template.expanded(&values, &pseudo)?;
    let conditions = template.decide_conditions(&values, &pseudo)?;
    let scope = Scope { template: &template, values: &values, conditions: &conditions, pseudo: &pseudo };
    let mut resources = BTreeMap::new();
    for id in scope.resources() {
        let kind = template.resources.get(id).map(|of| of.kind.as_str()).unwrap_or_default();
        resources.insert(id, (kind, scope.properties(id, &Names { region })?));
    }
    let made = Made { resources };
    let mut all = Vec::new();
    for (id, (kind, of)) in &made.resources {
        all.extend(made.of(id, kind, of));
        if all.len() > MOST {
            break;
        }
    }
    let prices = Prices::of_repository();
    let hourly = all.iter().map(|thing| cost(thing, prices, region)).fold(Hourly::default(), Hourly::plus);
    Ok(Estimate { things: all, resources: made.resources.len(), hourly })
}

/// The template's resources: type and properties by logical id, references being logical ids.
struct Made<'a> {
    resources: BTreeMap<&'a str, (&'a str, Value)>,
}

impl Made<'_> {
    fn of(&self, id: &str, kind: &str, of: &Value) -> Vec<Thing> {
        let one = Thing::new(kind, id);
        match kind {
            "AWS::EC2::Instance" => vec![self.machine(one, of)],
            "AWS::AutoScaling::AutoScalingGroup" => {
                let count = number(of, "DesiredCapacity").or_else(|| number(of, "MinSize")).unwrap_or(0);
                let machine = self.machine(Thing::new("AWS::EC2::Instance", id), of);
                std::iter::once(one).chain(repeated(machine, count)).collect()
            }
            "AWS::ECS::Service" => {
                let tasks = self.task(id, of);
                let count = number(of, "DesiredCount").unwrap_or(1);
                std::iter::once(one).chain(tasks.into_iter().flat_map(|task| repeated(task, count))).collect()
            }
            "AWS::EC2::EIP" => vec![one.with_addresses(1)],
            "AWS::EC2::VPCEndpoint" => match text(of, "VpcEndpointType") {
                "" | "Gateway" => Vec::new(),
                kind => {
                    let zones = length(of, "SubnetIds").max(1).saturating_mul(1_000);
                    vec![one.charged(&[("kind", kind)], &[("zones", zones)])]
                }
            },
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                let zones = length(of, "Subnets").max(length(of, "SubnetMappings"));
                let kind = Some(text(of, "Type")).filter(|kind| !kind.is_empty()).unwrap_or("application");
                vec![balancing::charged(one, &[("kind", kind)], text(of, "Scheme"), count(zones))]
            }
            "AWS::ElasticLoadBalancing::LoadBalancer" => {
                let zones = length(of, "Subnets").max(length(of, "AvailabilityZones"));
                vec![balancing::charged(one, &[], text(of, "Scheme"), count(zones))]
            }
            "AWS::RDS::DBInstance" => {
                let storage = Some(text(of, "StorageType")).filter(|of| !of.is_empty()).unwrap_or("gp2");
                let multi_az = if flag(of, "MultiAZ") { "true" } else { "false" };
                let features = [
                    ("engine", text(of, "Engine")),
                    ("instance_class", text(of, "DBInstanceClass")),
                    ("multi_az", multi_az),
                    ("storage_type", storage),
                ];
                vec![one.charged(&features, &[("allocated_gb", thousand(number(of, "AllocatedStorage")))])]
            }
            "AWS::DynamoDB::Table" => {
                let mode = Some(text(of, "BillingMode")).filter(|mode| !mode.is_empty());
                let given = of.get("ProvisionedThroughput").cloned().unwrap_or_default();
                let amounts = [
                    ("read_capacity_units", thousand(number(&given, "ReadCapacityUnits"))),
                    ("write_capacity_units", thousand(number(&given, "WriteCapacityUnits"))),
                    ("size_gb", 0),
                ];
                vec![one.charged(&[("billing_mode", mode.unwrap_or("PROVISIONED"))], &amounts)]
            }
            // Charged by what is in them, which is nothing yet.
            "AWS::Logs::LogGroup" => vec![one.charged(&[], &[("stored_gb", 0)])],
            "AWS::EFS::FileSystem" | "AWS::ECR::Repository" => vec![one.charged(&[], &[("size_gb", 0)])],
            _ if is_part(kind) => Vec::new(),
            _ => vec![one.charged(&[], &[])],
        }
    }

    /// An instance by its own properties or those of what it is launched from, with its disks and its public address.
    fn machine(&self, one: Thing, of: &Value) -> Thing {
        let from = self.launched_from(of);
        let said = |name: &str| of.get(name).or_else(|| from.get(name)).cloned().unwrap_or_default();
        let kind = said("InstanceType");
        let mut one = one.charged(&[("instance_type", kind.as_str().unwrap_or("m1.small"))], &[]);
        let disks = said("BlockDeviceMappings");
        let disks: Vec<&Value> =
            disks.as_array().into_iter().flatten().filter_map(|of| of.get("Ebs")).collect();
        let sizes =
            disks.iter().map(|of| (text(of, "VolumeType"), number(of, "VolumeSize").unwrap_or(ROOT_GIB)));
        let mut sizes: Vec<(&str, i64)> = sizes.collect();
        if sizes.is_empty() {
            sizes.push(("gp2", ROOT_GIB));
        }
        for (kind, gib) in sizes {
            let kind = if kind.is_empty() { "gp2" } else { kind };
            let size = [("size_gib", gib.saturating_mul(1_000))];
            one.priced.push(item("AWS::EC2::Volume", &[("volume_type", kind)], &size));
        }
        let interface = said("NetworkInterfaces").get(0).cloned().unwrap_or_default();
        let asked =
            interface.get("AssociatePublicIpAddress").cloned().unwrap_or(said("AssociatePublicIpAddress"));
        let subnet = [said("SubnetId"), interface.get("SubnetId").cloned().unwrap_or_default()];
        let zones = of.get("VPCZoneIdentifier").cloned().unwrap_or_default();
        let subnets = subnet.iter().chain(zones.as_array().into_iter().flatten());
        let public = match &asked {
            Value::Null => subnets.filter_map(Value::as_str).any(|id| self.is_public(id)),
            said => truth(said),
        };
        one.with_addresses(usize::from(public))
    }

    /// The launch template's data, or the launch configuration's properties.
    fn launched_from(&self, of: &Value) -> Value {
        let named = |of: &Value| {
            ["LaunchTemplateId", "LaunchTemplateName"].into_iter().find_map(|name| {
                let (_, found) = self.resources.get(of.get(name)?.as_str()?)?;
                found.get("LaunchTemplateData").cloned()
            })
        };
        let mixed = of.pointer("/MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification");
        let template = of.get("LaunchTemplate").or(mixed).and_then(named);
        let configuration = || {
            let (_, found) = self.resources.get(of.get("LaunchConfigurationName")?.as_str()?)?;
            Some(found.clone())
        };
        template.or_else(configuration).unwrap_or(Value::Object(Map::new()))
    }

    fn is_public(&self, subnet: &str) -> bool {
        self.resources.get(subnet).is_some_and(|(_, of)| flag(of, "MapPublicIpOnLaunch"))
    }

    /// A task of a service on Fargate; on machines it costs what those do.
    fn task(&self, id: &str, of: &Value) -> Option<Thing> {
        let provider = of.pointer("/CapacityProviderStrategy/0/CapacityProvider").and_then(Value::as_str);
        if text(of, "LaunchType") != "FARGATE" && !provider.is_some_and(|name| name.starts_with("FARGATE")) {
            return None;
        }
        let (_, definition) = self.resources.get(text(of, "TaskDefinition"))?;
        let sizes = (number(definition, "Cpu").unwrap_or(256), number(definition, "Memory").unwrap_or(512));
        let platform = definition.pointer("/RuntimePlatform/CpuArchitecture").and_then(Value::as_str);
        let disk = definition.pointer("/EphemeralStorage/SizeInGiB").and_then(Value::as_i64).unwrap_or(20);
        let task = fargate(Thing::new("AWS::ECS::Task", id), platform.unwrap_or("X86_64"), sizes, disk);
        let public = of.pointer("/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp");
        Some(task.with_addresses(usize::from(public.and_then(Value::as_str) == Some("ENABLED"))))
    }
}

fn repeated(one: Thing, count: i64) -> Vec<Thing> {
    let count = usize::try_from(count).unwrap_or(0).min(MOST);
    std::iter::repeat_n(one, count).collect()
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Numbers are often written as texts.
fn number(of: &Value, member: &str) -> Option<i64> {
    match of.get(member)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn flag(of: &Value, member: &str) -> bool {
    of.get(member).is_some_and(truth)
}

fn truth(of: &Value) -> bool {
    match of {
        Value::Bool(yes) => *yes,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn length(of: &Value, member: &str) -> i64 {
    let items = of.get(member).and_then(Value::as_array).map_or(0, Vec::len);
    i64::try_from(items).unwrap_or(i64::MAX)
}

fn count(of: i64) -> usize {
    usize::try_from(of).unwrap_or(0)
}

fn thousand(of: Option<i64>) -> i64 {
    of.unwrap_or(0).saturating_mul(1_000)
}

/// An account in which everything exists.
struct Anything;

impl Account for Anything {
    fn exists(&self, _: &str, _: &str) -> bool {
        true
    }

    fn ssm_parameter(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

/// References as the logical ids they are made of.
struct Names<'a> {
    region: &'a str,
}

impl Lookup for Names<'_> {
    fn reference(&self, logical_id: &str) -> Result<Value, Fault> {
        Ok(Value::String(logical_id.to_owned()))
    }

    fn attribute(&self, logical_id: &str, _: &str) -> Result<Value, Fault> {
        Ok(Value::String(logical_id.to_owned()))
    }

    fn import(&self, export: &str) -> Result<Value, Fault> {
        Ok(Value::String(export.to_owned()))
    }

    fn zones(&self, _: &str) -> Result<Vec<String>, Fault> {
        Ok(["a", "b", "c"].map(|zone| format!("{}{zone}", self.region)).to_vec())
    }

    fn dynamic(&self, _: &Dynamic) -> Result<String, Fault> {
        Ok("resolved".to_owned())
    }
}

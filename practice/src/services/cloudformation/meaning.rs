//! A template with what its values mean for one stack: its parameters, its conditions, the stack's own name; and what
//! only the account knows, looked up through the services' own operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::model::{Declared, Kept};
use super::template::{Account, Dynamic, Graph, KNOWN_AFTER_APPLY, Lookup, Pseudo, Scope, Template};
use super::{fault, schema};
use crate::core::fault::Fault;
use crate::resource::look;
use crate::services::registry;
use crate::world::View;

/// All that is needed to resolve the values of a stack's template.
#[derive(Debug)]
pub(super) struct Meaning<'d> {
    /// After its transforms.
    pub(super) template: Arc<Template>,
    declared: &'d Declared,
    conditions: BTreeMap<String, bool>,
    pseudo: Pseudo,
}

impl<'d> Meaning<'d> {
    /// Of a stack by name and id. Faults are those of a template that does not fit its parameters.
    pub(super) fn of(view: &View<'_>, name: &str, id: &str, declared: &'d Declared) -> Result<Self, Fault> {
        let pseudo = Pseudo {
            account_id: view.account.to_owned(),
            region: view.region.name.clone(),
            stack_name: name.to_owned(),
            stack_id: id.to_owned(),
            notification_arns: declared.notification_arns.clone(),
        };
        let template = Template::shared(&declared.template)?.processed(&declared.values, &pseudo)?;
        template.check_rules(&declared.values, &pseudo, &Around(*view))?;
        let conditions = template.decide_conditions(&declared.values, &pseudo)?;
        Ok(Self { template, declared, conditions, pseudo })
    }

    /// Refuses what can be told to be wrong before anything is made: types that there are not, attributes that they
    /// have not, resources that wait for each other. Answers which resource waits for which.
    pub(super) fn check(&self) -> Result<Graph, Fault> {
        let unknown: Vec<String> = self
            .template
            .resource_types()
            .into_iter()
            .filter(|kind| registry().resource(kind).is_none())
            .collect();
        if !unknown.is_empty() {
            let listed = unknown.join(", ");
            return Err(fault::format(format!("Unrecognized resource types: [{listed}]")));
        }
        self.graph()
    }

    /// Refuses values of parameters that name a key pair, a subnet and so on that there is not.
    pub(super) fn check_existing(&self, view: &View<'_>) -> Result<(), Fault> {
        self.template.check_existing(&self.declared.values, &Around(*view))
    }

    /// Which resource waits for which, of those whose condition holds.
    pub(super) fn graph(&self) -> Result<Graph, Fault> {
        self.template.graph(&self.conditions)
    }

    /// To resolve values in.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            template: &self.template,
            values: &self.declared.values,
            conditions: &self.conditions,
            pseudo: &self.pseudo,
        }
    }
}

/// What the account knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'w>(pub(super) View<'w>);

impl Around<'_> {
    fn finds(&self, service: &str, operation: &str, input: Value) -> bool {
        look(&self.0, service, operation, input).is_ok()
    }
}

impl Account for Around<'_> {
    fn exists(&self, kind: &str, value: &str) -> bool {
        let (operation, input) = match kind {
            "AWS::EC2::AvailabilityZone::Name" => {
                ("DescribeAvailabilityZones", json!({"ZoneName": [value], "ZoneNames": [value]}))
            }
            "AWS::EC2::Image::Id" => ("DescribeImages", json!({"ImageId": [value], "ImageIds": [value]})),
            "AWS::EC2::Instance::Id" => {
                ("DescribeInstances", json!({"InstanceId": [value], "InstanceIds": [value]}))
            }
            "AWS::EC2::KeyPair::KeyName" => {
                ("DescribeKeyPairs", json!({"KeyName": [value], "KeyNames": [value]}))
            }
            "AWS::EC2::SecurityGroup::GroupName" => {
                ("DescribeSecurityGroups", json!({"GroupName": [value], "GroupNames": [value]}))
            }
            "AWS::EC2::SecurityGroup::Id" => {
                ("DescribeSecurityGroups", json!({"GroupId": [value], "GroupIds": [value]}))
            }
            "AWS::EC2::Subnet::Id" => ("DescribeSubnets", json!({"SubnetId": [value], "SubnetIds": [value]})),
            "AWS::EC2::VPC::Id" => ("DescribeVpcs", json!({"VpcId": [value], "VpcIds": [value]})),
            "AWS::SSM::Parameter::Name" => return self.ssm_parameter(value).is_some(),
            // Volumes and hosted zones are not part of the practice cloud.
            _ => return false,
        };
        self.finds("ec2", operation, input)
    }

    fn ssm_parameter(&self, name: &str) -> Option<String> {
        let found = look(&self.0, "ssm", "GetParameter", json!({"Name": name})).ok()?;
        found.pointer("/Parameter/Value")?.as_str().map(str::to_owned)
    }
}

/// What a stack's template can refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'w> {
    view: View<'w>,
    resources: &'w BTreeMap<String, Kept>,
    /// What has not been made yet is "known after apply" instead of a fault.
    planning: Option<&'w dyn Planned>,
}

/// What a change set knows of resources that it would make or replace.
pub(super) trait Planned: std::fmt::Debug {
    /// Whether the resource will have another identity.
    fn is_new(&self, logical_id: &str) -> bool;
}

impl<'w> Known<'w> {
    /// What there is.
    pub(super) fn now(view: View<'w>, resources: &'w BTreeMap<String, Kept>) -> Self {
        Self { view, resources, planning: None }
    }

    /// What there would be.
    pub(super) fn planned(
        view: View<'w>,
        resources: &'w BTreeMap<String, Kept>,
        planning: &'w dyn Planned,
    ) -> Self {
        Self { view, resources, planning: Some(planning) }
    }

    /// The resource, if it is there to be asked.
    fn made(&self, logical_id: &str) -> Option<(&'w Kept, &'w str)> {
        if self.planning.is_some_and(|planned| planned.is_new(logical_id)) {
            return None;
        }
        let kept = self.resources.get(logical_id)?;
        Some((kept, kept.physical_id.as_deref()?))
    }

    fn unknown(&self, logical_id: &str) -> Result<Value, Fault> {
        if self.planning.is_some() {
            return Ok(KNOWN_AFTER_APPLY.into());
        }
        Err(fault::validation(format!(
            "Template error: resource {logical_id} has not been created and cannot be referred to"
        )))
    }
}

impl Lookup for Known<'_> {
    fn reference(&self, logical_id: &str) -> Result<Value, Fault> {
        let Some((kept, id)) = self.made(logical_id) else { return self.unknown(logical_id) };
        let kind = registry().resource(&kept.kind);
        Ok(kind.map_or_else(|| id.to_owned(), |kind| kind.reference(&self.view, id)).into())
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Fault> {
        let Some((kept, id)) = self.made(logical_id) else { return self.unknown(logical_id) };
        let all = registry()
            .resource(&kept.kind)
            .map(|kind| kind.attributes(&self.view, id, &kept.properties))
            .unwrap_or_default();
        all.get(attribute).cloned().ok_or_else(|| fault::no_attribute(logical_id, attribute))
    }

    fn import(&self, export: &str) -> Result<Value, Fault> {
        exported(&self.view, export)
            .map(|(_, value)| value.into())
            .ok_or_else(|| fault::validation(format!("No export named {export} found.")))
    }

    fn zones(&self, region: &str) -> Result<Vec<String>, Fault> {
        if region != self.view.region.name {
            let message = format!(
                "Template error: Fn::GetAZs of another region ({region}) is not part of this practice cloud"
            );
            return Err(fault::validation(message));
        }
        let found = look(&self.view, "ec2", "DescribeAvailabilityZones", json!({}))?;
        let zones = found.get("availabilityZoneInfo").and_then(Value::as_array);
        let name = |zone: &Value| zone.get("zoneName").and_then(Value::as_str).map(str::to_owned);
        Ok(zones.into_iter().flatten().filter_map(name).collect())
    }

    fn dynamic(&self, reference: &Dynamic) -> Result<String, Fault> {
        match reference {
            Dynamic::Ssm { name, version } => self.parameter(name, *version, false),
            Dynamic::Secure { name, version } => self.parameter(name, *version, true),
            Dynamic::Secret { secret, key, stage, version } => {
                let input = json!({"SecretId": secret, "VersionStage": stage, "VersionId": version});
                let found = look(&self.view, "secretsmanager", "GetSecretValue", input)?;
                let text = found.get("SecretString").and_then(Value::as_str).unwrap_or_default();
                let Some(key) = key else { return Ok(text.to_owned()) };
                let members: Value = serde_json::from_str(text).unwrap_or_default();
                match members.get(key) {
                    Some(Value::String(value)) => Ok(value.clone()),
                    Some(other) => Ok(other.to_string()),
                    None => Err(fault::validation(format!(
                        "Could not find a value associated with JSONKey in SecretString: {key}"
                    ))),
                }
            }
        }
    }
}

impl Known<'_> {
    fn parameter(&self, name: &str, version: Option<u64>, secure: bool) -> Result<String, Fault> {
        let asked = version.map_or_else(|| name.to_owned(), |version| format!("{name}:{version}"));
        let found = look(&self.view, "ssm", "GetParameter", json!({"Name": asked, "WithDecryption": secure}))
            .map_err(|_| {
                fault::validation(format!(
                    "Unable to fetch parameters [{asked}] from parameter store for this account."
                ))
            })?;
        let text = |member: &str| found.pointer(member).and_then(Value::as_str).unwrap_or_default();
        if !secure && text("/Parameter/Type") == "SecureString" {
            let message = format!(
                "An error occurred during template processing: the parameter {name} is a SecureString; use ssm-secure"
            );
            return Err(fault::validation(message));
        }
        Ok(text("/Parameter/Value").to_owned())
    }
}

/// The stack that exports that name, by id, and the value.
pub(super) fn exported(view: &View<'_>, name: &str) -> Option<(String, String)> {
    view.region.cloudformation.live().find_map(|stack| {
        let output = stack.outputs.iter().find(|output| output.export.as_deref() == Some(name))?;
        Some((stack.id.clone(), output.value.clone()))
    })
}

/// Refuses `Fn::GetAtt` of what the resource's type does not have. What the type's schema lists may still be left out by
/// the practice cloud; what only an older form of the type had is told by its own code.
pub(super) fn has_attribute(kind: &str, attribute: &str) -> bool {
    if kind == super::resource::STACK {
        return attribute.starts_with("Outputs.");
    }
    schema::of(kind).is_none_or(|schema| schema.attributes().contains(attribute))
}

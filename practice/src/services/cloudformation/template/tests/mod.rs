//! The template language, feature by feature.

mod extensions;
mod functions;
mod graph;
mod hostile;
mod parameters;
mod reading;
mod shop;
mod structure;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Account, Dynamic, Given, KNOWN_AFTER_APPLY, Lookup, Pseudo, Scope, Template, Values};
use crate::core::fault::Fault;

/// One bucket, where nothing else matters.
const BUCKET: &str = "\nResources:\n  Bucket: {Type: 'AWS::S3::Bucket'}\n";

fn parsed(body: &str) -> Template {
    Template::parse(body).unwrap()
}

/// The message of the refusal.
fn refused(body: &str) -> String {
    let fault = Template::parse(body).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.status), ("ValidationError", 400));
    fault.message
}

fn pseudo() -> Pseudo {
    Pseudo {
        account_id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        stack_name: "demo".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1".to_owned(),
        notification_arns: vec!["arn:aws:sns:eu-west-1:123456789012:topic".to_owned()],
    }
}

/// An account with one key pair, two subnets and one SSM parameter; its resources answer their own names.
struct Fake;

impl Account for Fake {
    fn exists(&self, _kind: &str, value: &str) -> bool {
        matches!(value, "key" | "subnet-1" | "subnet-2" | "ami-1")
    }

    fn ssm_parameter(&self, name: &str) -> Option<String> {
        (name == "/ami").then(|| "ami-1".to_owned())
    }

    fn all(&self, kind: &str) -> Option<Vec<String>> {
        (kind == "AWS::EC2::Subnet::Id").then(|| vec!["subnet-1".to_owned(), "subnet-2".to_owned()])
    }

    fn described(&self, _kind: &str, value: &str, attribute: &str) -> Option<String> {
        (attribute == "VpcId").then(|| if value == "subnet-1" { "vpc-1" } else { "vpc-2" }.to_owned())
    }
}

impl Lookup for Fake {
    fn reference(&self, logical_id: &str) -> Result<Value, Fault> {
        if logical_id == "New" {
            return Ok(json!(KNOWN_AFTER_APPLY));
        }
        Ok(json!(format!("{logical_id}-id")))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Fault> {
        match (logical_id, attribute) {
            ("New", _) => Ok(json!(KNOWN_AFTER_APPLY)),
            (_, "Zones") => Ok(json!(["a", "b"])),
            _ => Ok(json!(format!("{logical_id}/{attribute}"))),
        }
    }

    fn import(&self, export: &str) -> Result<Value, Fault> {
        Ok(json!(format!("imported {export}")))
    }

    fn zones(&self, region: &str) -> Result<Vec<String>, Fault> {
        Ok(vec![format!("{region}a"), format!("{region}b")])
    }

    fn dynamic(&self, reference: &Dynamic) -> Result<String, Fault> {
        Ok(match reference {
            Dynamic::Ssm { name, version } => format!("ssm {name} {version:?}"),
            Dynamic::Secure { name, .. } => format!("secure {name}"),
            Dynamic::Secret { secret, key, .. } => format!("secret {secret} {key:?}"),
        })
    }
}

fn given(values: &[(&str, &str)]) -> BTreeMap<String, Given> {
    values.iter().map(|(name, value)| ((*name).to_owned(), Given::Value((*value).to_owned()))).collect()
}

fn values(template: &Template, given_values: &[(&str, &str)]) -> Values {
    template.resolve_parameters(&given(given_values), &Values::default(), &Fake).unwrap()
}

/// The properties of a resource, by the template's defaults and these values.
fn properties(body: &str, id: &str, given_values: &[(&str, &str)]) -> Result<Value, Fault> {
    let template = Template::parse(body)?;
    let values = values(&template, given_values);
    let template = template.expanded(&values, &pseudo())?;
    let conditions = template.decide_conditions(&values, &pseudo())?;
    template.graph(&conditions)?;
    Scope { template: &template, values: &values, conditions: &conditions, pseudo: &pseudo() }
        .properties(id, &Fake)
}

/// What one expression in YAML's short forms comes to. There are resources `Web`, `Db` and `New`, of which the last is
/// not there yet, a map, and conditions `Yes` and `No`.
fn value(expression: &str) -> Result<Value, Fault> {
    let body = format!(
        "Parameters:\n  Names: {{Type: CommaDelimitedList, Default: 'x, y,z'}}\n  Two: {{Type: Number, Default: 2}}\n\
         Mappings:\n  Map: {{eu-west-1: {{One: 1, List: [p, q]}}}}\n\
         Conditions:\n  On1: !Equals [a, a]\n  Off1: !Not [!Condition On1]\n\
         Resources:\n  Web: {{Type: 'AWS::S3::Bucket'}}\n  Db: {{Type: 'AWS::S3::Bucket'}}\n  \
         New: {{Type: 'AWS::S3::Bucket'}}\n  It:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: {expression}\n"
    );
    Ok(properties(&body, "It", &[])?.get("P").cloned().unwrap_or_default())
}

fn why(expression: &str) -> String {
    value(expression).unwrap_err().message
}

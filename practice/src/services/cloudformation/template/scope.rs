//! What a template is given and asked: values of parameters, and what only a stack or its account knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dynamic::Dynamic;
use super::model::Template;
use crate::core::fault::Fault;

/// What stands in a change set for what is known only after it has been executed. A [`Lookup`] answers this text for an
/// unknown `Ref` or attribute, and every text, list element or selection made of it becomes it as a whole.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// What a request says about a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// `ParameterValue`.
    Value(String),
    /// `UsePreviousValue`.
    Previous,
}

/// The values of a stack's parameters, as stored with the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(pub BTreeMap<String, Chosen>);

/// The value of one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// As given, or the default. For an SSM parameter type this is the parameter's name.
    pub value: String,
    /// What the SSM parameter held when the stack was made or changed: `ResolvedValue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<String>,
    /// `Ref` comes to a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
    /// Shown as `****`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_echo: bool,
}

/// What parameters of AWS-specific types are checked against.
pub trait Account {
    /// Whether there is such a thing in the account and region. `kind` is the element type: `AWS::EC2::KeyPair::KeyName`,
    /// `AWS::EC2::Subnet::Id`, `AWS::EC2::Image::Id`, ...
    fn exists(&self, kind: &str, value: &str) -> bool;

    /// What an SSM parameter holds, by name, or by `name:version`: lists as one comma-delimited text. None when there is
    /// none.
    fn ssm_parameter(&self, name: &str) -> Option<String>;

    /// `Fn::RefAll` of a rule: every value of a type. None: it cannot be told.
    fn all(&self, _kind: &str) -> Option<Vec<String>> {
        None
    }

    /// `Fn::ValueOf` of a rule: an attribute of a thing, such as `VpcId` or `Tags.Department`. None: it cannot be told.
    fn described(&self, _kind: &str, _value: &str, _attribute: &str) -> Option<String> {
        None
    }
}

/// The pseudo parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::AccountId`.
    pub account_id: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::StackId`, the ARN.
    pub stack_id: String,
    /// `AWS::NotificationARNs`.
    pub notification_arns: Vec<String>,
}

/// What only the stack or its account knows. Every answer may be [`KNOWN_AFTER_APPLY`].
pub trait Lookup {
    /// `Ref` of a resource.
    fn reference(&self, logical_id: &str) -> Result<Value, Fault>;

    /// `Fn::GetAtt`: `Endpoint.Address` with its dot.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Fault>;

    /// `Fn::ImportValue`.
    fn import(&self, export: &str) -> Result<Value, Fault>;

    /// `Fn::GetAZs` of that region, in order.
    fn zones(&self, region: &str) -> Result<Vec<String>, Fault>;

    /// A dynamic reference. `Dynamic::Secure` may only be answered where AWS allows it, which the caller knows.
    fn dynamic(&self, reference: &Dynamic) -> Result<String, Fault>;
}

/// Everything that a value of a template may mean.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// After [`Template::expanded`].
    pub template: &'a Template,
    /// Of its parameters.
    pub values: &'a Values,
    /// Of [`Template::decide_conditions`].
    pub conditions: &'a BTreeMap<String, bool>,
    /// Of the stack.
    pub pseudo: &'a Pseudo,
}

/// An output with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// `OutputKey`.
    pub key: String,
    /// `OutputValue`.
    pub value: String,
    /// As in the template.
    pub description: Option<String>,
    /// `ExportName`.
    pub export: Option<String>,
}

//! What a template says, typed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A member of `Mappings`, by its two keys.
pub type Mappings = BTreeMap<String, BTreeMap<String, Value>>;

/// A template as its author wrote it, short forms made long.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// At most 1,024 bytes.
    pub description: Option<String>,
    /// Null when there is none.
    pub metadata: Value,
    /// Names of transforms, in order. Only `AWS::LanguageExtensions` gets past [`Template::parse`].
    pub transforms: Vec<String>,
    /// By name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Map, first key, second key: a text, number, boolean or list of these.
    pub mappings: BTreeMap<String, Mappings>,
    /// By name: an expression of condition functions.
    pub conditions: BTreeMap<String, Value>,
    /// By name.
    pub rules: BTreeMap<String, Rule>,
    /// By logical id. With the transform, those of a `Fn::ForEach` appear after [`Template::expanded`].
    pub resources: BTreeMap<String, Resource>,
    /// By logical id.
    pub outputs: BTreeMap<String, Output>,
    /// The whole as one tree: `GetTemplate` of the stage `Processed`, after [`Template::expanded`].
    pub document: Value,
    /// The transform has still to be run.
    pub(super) pending: bool,
}

impl Template {
    /// Whether it may use the functions of `AWS::LanguageExtensions`.
    pub(super) fn extended(&self) -> bool {
        !self.transforms.is_empty()
    }
}

/// A member of `Parameters`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// `String`, `CommaDelimitedList`, `AWS::EC2::Subnet::Id`, `AWS::SSM::Parameter::Value<String>`, ...
    pub kind: String,
    /// As text.
    pub default: Option<String>,
    /// Values of `NoEcho` parameters are shown as `****`.
    pub no_echo: bool,
    /// Empty: any.
    pub allowed_values: Vec<String>,
    /// A regular expression that the whole value must match.
    pub allowed_pattern: Option<String>,
    /// Lengths in characters.
    pub min_length: Option<u64>,
    /// Lengths in characters.
    pub max_length: Option<u64>,
    /// Bounds of numbers.
    pub min_value: Option<f64>,
    /// Bounds of numbers.
    pub max_value: Option<f64>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// What is said when a constraint is violated.
    pub constraint_description: Option<String>,
}

/// A member of `Rules`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The assertions hold only when this does.
    pub condition: Option<Value>,
    /// Each must be true.
    pub assertions: Vec<Assertion>,
}

/// One assertion of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// An expression of rule functions.
    pub assert: Value,
    /// What is said when it is false.
    pub description: Option<String>,
}

/// A member of `Resources`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `AWS::ECS::Cluster`.
    pub kind: String,
    /// An object, unresolved; empty when there are none.
    pub properties: Value,
    /// Logical ids, without duplicates.
    pub depends_on: Vec<String>,
    /// Name of a condition.
    pub condition: Option<String>,
    /// None: the default of the resource type.
    pub deletion_policy: Option<Policy>,
    /// None: `Delete`.
    pub update_replace_policy: Option<Policy>,
    /// Unresolved, null when there is none; see [`Scope::evaluate`].
    pub creation_policy: Value,
    /// Unresolved, null when there is none.
    pub update_policy: Value,
    /// Unresolved, null when there is none.
    pub metadata: Value,
}

/// What becomes of a resource that its stack no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// Deleted with its stack.
    Delete,
    /// Stays, no longer the stack's.
    Retain,
    /// Stays, but for a rollback of its creation.
    RetainExceptOnCreate,
    /// Deleted after a snapshot.
    Snapshot,
}

/// A member of `Outputs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Unresolved.
    pub value: Value,
    /// The name of the export, unresolved.
    pub export: Option<Value>,
    /// At most 1,024 bytes.
    pub description: Option<String>,
    /// Name of a condition.
    pub condition: Option<String>,
}

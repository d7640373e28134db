//! What the properties of a resource type may be, as AWS publishes it ("CloudFormation resource provider schemas"):
//! the text is in `practice/schemas`, see `distil.py` there. A type is read when it is first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::Value;

mod check;
mod node;
mod replacement;
#[cfg(test)]
mod tests;

use node::Node;
pub use replacement::{Change, Replacement};

const FILES: [&str; 20] = [
    include_str!("../../../../schemas/applicationautoscaling.jsonl"),
    include_str!("../../../../schemas/autoscaling.jsonl"),
    include_str!("../../../../schemas/certificatemanager.jsonl"),
    include_str!("../../../../schemas/cloudformation.jsonl"),
    include_str!("../../../../schemas/cloudwatch.jsonl"),
    include_str!("../../../../schemas/dynamodb.jsonl"),
    include_str!("../../../../schemas/ec2.jsonl"),
    include_str!("../../../../schemas/ecr.jsonl"),
    include_str!("../../../../schemas/ecs.jsonl"),
    include_str!("../../../../schemas/efs.jsonl"),
    include_str!("../../../../schemas/elasticloadbalancing.jsonl"),
    include_str!("../../../../schemas/elasticloadbalancingv2.jsonl"),
    include_str!("../../../../schemas/events.jsonl"),
    include_str!("../../../../schemas/iam.jsonl"),
    include_str!("../../../../schemas/logs.jsonl"),
    include_str!("../../../../schemas/rds.jsonl"),
    include_str!("../../../../schemas/s3.jsonl"),
    include_str!("../../../../schemas/secretsmanager.jsonl"),
    include_str!("../../../../schemas/servicediscovery.jsonl"),
    include_str!("../../../../schemas/ssm.jsonl"),
];

/// The types of which `Fn::GetAtt` finds the properties that a template sets as well.
const ALL_PROPERTIES: [&str; 10] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EFS::MountTarget",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Events::EventBus",
    "AWS::RDS::DBInstance",
    "AWS::SSM::Parameter",
];

/// A type's line, and what it says once it was read.
struct Entry {
    line: &'static str,
    schema: OnceLock<Option<Schema>>,
}

static ENTRIES: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    let lines = FILES.iter().flat_map(|file| file.lines());
    lines
        .filter_map(|line| {
            let name = line.strip_prefix(r#"{"typeName":""#)?.split('"').next()?;
            Some((name, Entry { line, schema: OnceLock::new() }))
        })
        .collect()
});

/// The properties of a resource type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    type_name: String,
    #[serde(default)]
    create_only_properties: Vec<String>,
    #[serde(default)]
    conditional_create_only_properties: Vec<String>,
    #[serde(default)]
    read_only_properties: Vec<String>,
    #[serde(default)]
    write_only_properties: Vec<String>,
    #[serde(default)]
    primary_identifier: Vec<String>,
    #[serde(default)]
    definitions: BTreeMap<String, Node>,
    #[serde(flatten)]
    root: Node,
}

/// The schema of a type; None for a type that the practice cloud does not know at all.
pub fn of(type_name: &str) -> Option<&'static Schema> {
    let entry = ENTRIES.get(type_name)?;
    entry.schema.get_or_init(|| serde_json::from_str(entry.line).ok()).as_ref()
}

/// Every type that has a schema, by name.
pub fn types() -> impl Iterator<Item = &'static str> {
    ENTRIES.keys().copied()
}

impl Schema {
    /// `AWS::ECS::Cluster`.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Finds the resolved properties of the resource `logical_id` valid, and answers them with numbers and booleans
    /// where the type has them: `CloudFormation` takes a text for either, and either for a text. The error is
    /// `CloudFormation`'s status reason: `Properties validation failed for resource X with message:` and what is wrong.
    pub fn check(&self, logical_id: &str, properties: &Value) -> Result<Value, String> {
        check::check(self, properties).map_err(|wrong| {
            let wrong = wrong.join(", ");
            format!("Properties validation failed for resource {logical_id} with message:\n[{wrong}]")
        })
    }

    /// What a change of the property at `path` does to the resource: `VpcId`, or `Parent/Child` with the position in a
    /// list as a part of its own. A parent's change alone does what no child's change alone would, see
    /// [`Schema::changes`].
    pub fn replaces(&self, path: &str) -> Replacement {
        replacement::of(self, path)
    }

    /// The properties that differ, by name, and what each of the changes does.
    pub fn changes(&self, before: &Value, after: &Value) -> Vec<Change> {
        replacement::changes(self, before, after)
    }

    /// What `Fn::GetAtt` may ask for: `Arn`, `Endpoint.Address`.
    pub fn attributes(&self) -> BTreeSet<String> {
        let read_only = self.read_only_properties.iter().map(|pointer| inside(pointer).replace('/', "."));
        let all = ALL_PROPERTIES.contains(&self.type_name.as_str());
        let set = self.root.properties.keys().filter(|_| all).cloned();
        read_only.chain(set).collect()
    }

    /// Names of the properties that a template may set.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.root.properties.keys().map(String::as_str).filter(|name| !self.is_read_only(name))
    }

    /// Whether CloudFormation gives a stack's own tags to resources of the type.
    pub fn takes_tags(&self) -> bool {
        self.properties().any(|name| matches!(name, "Tags" | "FileSystemTags" | "TagSpecifications"))
    }

    /// Names of the properties that must be set.
    pub fn required(&self) -> &[String] {
        &self.root.required
    }

    /// Paths of the properties that cannot be read back, with `*` for any member of a list: drift does not see them.
    pub fn write_only(&self) -> impl Iterator<Item = &str> {
        self.write_only_properties.iter().map(|pointer| inside(pointer))
    }

    /// The properties that identify a resource; which may be read-only ones.
    pub fn primary_identifier(&self) -> impl Iterator<Item = &str> {
        self.primary_identifier.iter().map(|pointer| inside(pointer))
    }

    /// Whether AWS sets it and a template may not.
    fn is_read_only(&self, name: &str) -> bool {
        self.read_only_properties.iter().any(|pointer| inside(pointer) == name)
    }
}

/// The path in a pointer: `VpcId` of `/properties/VpcId`. Some of AWS's say `properties` again at each level.
fn inside(pointer: &str) -> &str {
    pointer.strip_prefix("/properties/").unwrap_or(pointer)
}

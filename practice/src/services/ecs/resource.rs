//! ECS's resource types of CloudFormation. Properties are ECS's own structures with other names, see [`convert`].

use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::form::{TagChanges, tag_list};
use crate::resource::{Api, Asked, Resource};

mod cluster;
mod convert;
mod definition;
mod provider;
mod service;
mod task_set;
#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[
    &cluster::Cluster,
    &definition::TaskDefinition,
    &service::Service,
    &provider::CapacityProvider,
    &provider::Associations,
    &task_set::TaskSet,
    &task_set::PrimaryTaskSet,
];

/// The tags that are asked for, as ECS takes them.
fn tags(asked: &Asked<'_>) -> Value {
    tag_list(&asked.tags(), ("key", "value"))
}

/// Changes the tags of what has an ARN and has those tags now.
fn retag(
    api: &mut Api<'_, '_>,
    arn: &str,
    has: &Tags,
    before: &Value,
    asked: &Asked<'_>,
) -> Result<(), Fault> {
    TagChanges::new(has, before, asked, "Tags").apply(
        api,
        "ecs",
        ("TagResource", |set| json!({"resourceArn": arn, "tags": tag_list(set, ("key", "value"))})),
        ("UntagResource", |keys| json!({"resourceArn": arn, "tagKeys": keys})),
    )
}

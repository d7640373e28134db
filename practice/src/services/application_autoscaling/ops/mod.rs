//! The operations, by noun, and what they share.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde_json::{Value, json};

use super::fault;
use super::model::Target;
use crate::core::fault::Fault;
use crate::core::page;
use crate::core::tree::lean;
use crate::world::View;

pub(super) mod activities;
pub(super) mod policies;
pub(super) mod scheduled;
pub(super) mod tags;
pub(super) mod targets;

/// The one dimension scaled here.
const DIMENSION: &str = "ecs:service:DesiredCount";

/// Whether a namespace and, if given, a dimension are those of ECS services.
fn check(namespace: &str, dimension: Option<&str>) -> Result<(), Fault> {
    const KNOWN: [&str; 15] = [
        "appstream",
        "cassandra",
        "comprehend",
        "custom-resource",
        "dynamodb",
        "ec2",
        "ecs",
        "elasticache",
        "elasticmapreduce",
        "kafka",
        "lambda",
        "neptune",
        "rds",
        "sagemaker",
        "workspaces",
    ];
    if !KNOWN.contains(&namespace) {
        return Err(fault::validation(format!(
            "1 validation error detected: Value '{namespace}' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            KNOWN.join(", ")
        )));
    }
    if namespace != "ecs" {
        return Err(fault::unsupported(&format!("The service namespace {namespace}")));
    }
    match dimension {
        None | Some(DIMENSION) => Ok(()),
        Some(other) => Err(fault::validation(format!(
            "Unsupported service namespace, resource type or scalable dimension: {other}"
        ))),
    }
}

/// Whether a resource id is one of a service: `service/cluster/name`.
fn check_resource(resource: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = resource.split('/').collect();
    match parts.as_slice() {
        ["service", cluster, name] if !cluster.is_empty() && !name.is_empty() && resource.len() <= 1600 => {
            Ok(())
        }
        _ => Err(fault::validation(format!(
            "Unsupported service namespace, resource type or scalable dimension: ResourceId {resource} must be service/<cluster name>/<service name>"
        ))),
    }
}

/// The target of a resource.
fn find<'w>(view: &View<'w>, resource: &str) -> Result<&'w Target, Fault> {
    view.region.application_autoscaling.targets.get(resource).ok_or_else(|| fault::no_target(resource))
}

/// One page under `name`.
fn paged<T>(
    name: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
    (most, token): (Option<i64>, Option<&str>),
) -> Result<Value, Fault> {
    let limit = usize::try_from(most.unwrap_or(50).clamp(1, 50)).unwrap_or(50);
    let page = page::page(items, key, limit, token)
        .map_err(|_| Fault::new("InvalidNextTokenException", "The next token is invalid."))?;
    Ok(lean(json!({ name: page.items.iter().map(show).collect::<Vec<_>>(), "NextToken": page.next })))
}

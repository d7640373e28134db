//! Custom attributes of container instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, paged, present};
use crate::core::fault::Fault;
use crate::services::ecs::model::{Cluster, ContainerInstance};
use crate::services::ecs::{arns, attributes, fault};
use crate::world::{Scope, View};

/// Most custom attributes of one instance.
const MAX_CUSTOM: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    name: String,
    value: Option<String>,
    target_type: Option<String>,
    target_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    cluster: Option<String>,
    attributes: Vec<Attribute>,
}

/// Whether users may not set it: what AWS's own prefixes name.
fn is_reserved(name: &str) -> bool {
    ["ecs.", "com.amazonaws.", "drydock."].iter().any(|prefix| name.starts_with(prefix))
}

fn target<'c>(
    view: &View<'_>,
    cluster: &'c Cluster,
    given: &Attribute,
) -> Result<&'c ContainerInstance, Fault> {
    if !matches!(given.target_type.as_deref(), None | Some("container-instance")) {
        return Err(fault::invalid("Invalid targetType."));
    }
    let text = given.target_id.as_deref().unwrap_or_default();
    let id = arns::local(view, "container-instance", cluster, text)?;
    let host = id.and_then(|id| cluster.instances.get(id));
    host.ok_or_else(|| Fault::new("TargetNotFoundException", format!("Target {text} was not found.")))
}

fn check(given: &[Attribute]) -> Result<(), Fault> {
    if given.is_empty() || given.len() > 10 {
        return Err(fault::invalid("Attributes must be between 1 and 10."));
    }
    for one in given {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_./\\".contains(c);
        if one.name.is_empty() || one.name.len() > 128 || !one.name.chars().all(legal) {
            return Err(fault::invalid("Invalid attribute name."));
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.@:/\\ ".contains(c);
        if one.value.as_deref().is_some_and(|v| v.is_empty() || v.len() > 128 || !v.chars().all(legal)) {
            return Err(fault::invalid("Invalid attribute value."));
        }
        if is_reserved(&one.name) {
            return Err(fault::invalid(format!("Attribute name '{}' is reserved.", one.name)));
        }
    }
    Ok(())
}

/// The instances meant, by the order of the attributes; nothing is changed yet.
fn targets(view: &View<'_>, input: &Change) -> Result<(String, Vec<String>), Fault> {
    check(&input.attributes)?;
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let ids = input.attributes.iter().map(|given| target(view, cluster, given).map(|host| host.id.clone()));
    Ok((cluster.name.clone(), ids.collect::<Result<_, _>>()?))
}

fn shown(view: &View<'_>, cluster: &str, host: &str, name: &str, value: Option<&str>) -> Value {
    present(json!({
        "name": name,
        "value": value,
        "targetType": "container-instance",
        "targetId": arns::in_cluster(view, "container-instance", cluster, host),
    }))
}

pub(super) fn put(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    let (name, ids) = targets(&scope.view(), &input)?;
    let mut next = scope.region.ecs.clusters.get(&name).cloned().ok_or_else(fault::cluster_not_found)?;
    for (given, id) in input.attributes.iter().zip(&ids) {
        let Some(host) = next.instances.get_mut(id) else { continue };
        host.attributes.insert(given.name.clone(), given.value.clone());
        host.version += 1;
        if host.attributes.keys().filter(|name| !is_reserved(name)).count() > MAX_CUSTOM {
            return Err(Fault::new(
                "AttributeLimitExceededException",
                "You can apply up to 10 custom attributes for each resource.",
            ));
        }
    }
    scope.region.ecs.clusters.insert(name.clone(), next);
    let view = scope.view();
    let all = input.attributes.iter().zip(&ids);
    let all: Vec<Value> =
        all.map(|(given, id)| shown(&view, &name, id, &given.name, given.value.as_deref())).collect();
    Ok(json!({"attributes": all}))
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    let (name, ids) = targets(&scope.view(), &input)?;
    let mut gone = Vec::new();
    for (given, id) in input.attributes.iter().zip(&ids) {
        let host = scope.region.ecs.clusters.get_mut(&name).and_then(|c| c.instances.get_mut(id));
        let Some(host) = host else { continue };
        let fits = host
            .attributes
            .get(&given.name)
            .is_some_and(|value| given.value.is_none() || *value == given.value);
        if fits && let Some(value) = host.attributes.remove(&given.name) {
            host.version += 1;
            gone.push((id.clone(), given.name.clone(), value));
        }
    }
    let view = scope.view();
    let all: Vec<Value> = gone
        .iter()
        .map(|(id, attribute, value)| shown(&view, &name, id, attribute, value.as_deref()))
        .collect();
    Ok(json!({"attributes": all}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    cluster: Option<String>,
    target_type: String,
    attribute_name: Option<String>,
    attribute_value: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    if input.target_type != "container-instance" {
        return Err(fault::invalid("Invalid targetType."));
    }
    if input.attribute_value.is_some() && input.attribute_name.is_none() {
        return Err(fault::invalid("attributeName is required when attributeValue is given."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let mut all: Vec<(String, String, Option<String>)> = cluster
        .instances
        .values()
        .flat_map(|host| {
            attributes::all(host).into_iter().map(|(name, value)| (host.id.clone(), name, value))
        })
        .filter(|(_, name, value)| {
            input.attribute_name.as_ref().is_none_or(|wanted| wanted == name)
                && (input.attribute_value.is_none() || input.attribute_value == *value)
        })
        .collect();
    all.sort();
    paged(
        "attributes",
        all,
        |(host, name, _)| format!("{host} {name}"),
        |(host, name, value)| shown(view, &cluster.name, host, name, value.as_deref()),
        &input.paging,
        100,
    )
}

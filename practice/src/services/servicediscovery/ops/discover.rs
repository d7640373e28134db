//! Instances found by the names of namespace and service.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::servicediscovery::model::{MapInstance, MapService, Namespace};
use crate::services::servicediscovery::{fault, shapes};
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Names {
    namespace_name: String,
    service_name: String,
    owner_account: Option<String>,
}

fn find<'w>(view: &View<'w>, names: &Names) -> Result<(&'w Namespace, &'w MapService), Fault> {
    let model = &view.region.servicediscovery;
    let missing = || {
        Fault::new(
            "NamespaceNotFound",
            format!("Failed to find namespace with name: {}", names.namespace_name),
        )
    };
    if names.owner_account.as_ref().is_some_and(|owner| owner != view.account) {
        return Err(missing());
    }
    let is_it = |n: &&Namespace| n.ready && n.name.eq_ignore_ascii_case(&names.namespace_name);
    let namespace = model.namespaces.values().find(is_it).ok_or_else(missing)?;
    let service = model.services_in(&namespace.id).find(|s| s.name.eq_ignore_ascii_case(&names.service_name));
    let service = service.ok_or_else(|| {
        Fault::new("ServiceNotFound", format!("Failed to find service with name: {}", names.service_name))
    })?;
    Ok((namespace, service))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Discover {
    #[serde(flatten)]
    names: Names,
    max_results: Option<i64>,
    #[serde(default)]
    query_parameters: BTreeMap<String, String>,
    #[serde(default)]
    optional_parameters: BTreeMap<String, String>,
    health_status: Option<String>,
}

/// Instances with all query parameters; of those, the ones with all optional parameters, if there are any.
pub(crate) fn instances(view: &View<'_>, input: Discover) -> Result<Value, Fault> {
    let (namespace, service) = find(view, &input.names)?;
    let most = input.max_results.unwrap_or(100);
    if !(1..=1000).contains(&most) {
        return Err(fault::invalid("MaxResults must be between 1 and 1000."));
    }
    let has = |instance: &MapInstance, wanted: &BTreeMap<String, String>| {
        wanted.iter().all(|(key, value)| instance.attributes.get(key) == Some(value))
    };
    let wanted = input.health_status.as_deref().unwrap_or("HEALTHY_OR_ELSE_ALL");
    let mut found: Vec<(&String, &MapInstance)> = service
        .instances
        .iter()
        .filter(|(_, instance)| instance.ready && has(instance, &input.query_parameters))
        .collect();
    let optional: Vec<_> =
        found.iter().copied().filter(|(_, instance)| has(instance, &input.optional_parameters)).collect();
    if !optional.is_empty() {
        found = optional;
    }
    let well = |instance: &MapInstance| service.health(instance) != Some(false);
    let healthy: Vec<_> = found.iter().copied().filter(|(_, instance)| well(instance)).collect();
    let chosen = match wanted {
        "ALL" => found,
        "HEALTHY" => healthy,
        "UNHEALTHY" => found.into_iter().filter(|(_, instance)| !well(instance)).collect(),
        "HEALTHY_OR_ELSE_ALL" => {
            if healthy.is_empty() {
                found
            } else {
                healthy
            }
        }
        other => return Err(fault::invalid(format!("The health status {other} is not valid."))),
    };
    let show = |(id, instance): (&String, &MapInstance)| {
        json!({
            "InstanceId": id,
            "NamespaceName": namespace.name,
            "ServiceName": service.name,
            "HealthStatus": shapes::health(service, instance),
            "Attributes": instance.attributes,
        })
    };
    let most = usize::try_from(most).unwrap_or(100);
    let shown: Vec<Value> = chosen.into_iter().take(most).map(show).collect();
    Ok(json!({"Instances": shown, "InstancesRevision": service.revision}))
}

pub(crate) fn revision(view: &View<'_>, input: Names) -> Result<Value, Fault> {
    let (_, service) = find(view, &input)?;
    Ok(json!({"InstancesRevision": service.revision}))
}

//! Looking at services.

use serde::Deserialize;
use serde_json::Value;

use super::super::{Paging, described, included, missing, paged};
use super::find;
use crate::core::fault::Fault;
use crate::services::ecs::model::ServiceStatus;
use crate::services::ecs::{arns, fault, shapes};
use crate::services::servicediscovery::registry as map;
use crate::world::View;

#[derive(Debug, Deserialize)]
pub(in crate::services::ecs::ops) struct Describe {
    cluster: Option<String>,
    services: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(in crate::services::ecs::ops) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    if input.services.is_empty() {
        return Err(fault::invalid("Services cannot be empty."));
    }
    if input.services.len() > 10 {
        return Err(fault::invalid("Services cannot have more than 10 elements."));
    }
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.services {
        match find(view, cluster, text)? {
            Some(service) => found.push(shapes::service(view, cluster, service, !input.include.is_empty())),
            None => failures.push(missing(view, "service", &cluster.name, text)),
        }
    }
    Ok(described("services", found, failures))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct List {
    cluster: Option<String>,
    launch_type: Option<String>,
    scheduling_strategy: Option<String>,
    resource_management_type: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(in crate::services::ecs::ops) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let kind = input.scheduling_strategy.as_deref();
    if !matches!(kind, None | Some("REPLICA" | "DAEMON")) {
        return Err(fault::invalid("Invalid scheduling strategy."));
    }
    let here = matches!(input.resource_management_type.as_deref(), None | Some("CUSTOMER"));
    let launch = input.launch_type.as_deref();
    let living = cluster.services.values().filter(|service| {
        here && service.status != ServiceStatus::Inactive
            && kind.is_none_or(|kind| service.scheduling.name() == kind)
            && launch
                .is_none_or(|name| service.spec.launch_type().is_some_and(|launch| launch.name() == name))
    });
    paged(
        "serviceArns",
        living.collect(),
        |service| service.name.clone(),
        |service| arns::in_cluster(view, "service", &cluster.name, &service.name).into(),
        &input.paging,
        10,
    )
}

#[derive(Debug, Deserialize)]
pub(in crate::services::ecs::ops) struct ListByNamespace {
    namespace: String,
    #[serde(flatten)]
    paging: Paging,
}

pub(in crate::services::ecs::ops) fn list_by_namespace(
    view: &View<'_>,
    input: ListByNamespace,
) -> Result<Value, Fault> {
    let namespace = map::namespace(view, &input.namespace)
        .ok_or_else(|| Fault::new("NamespaceNotFoundException", "The specified namespace wasn't found."))?;
    let clusters = view.region.ecs.clusters.values();
    let all = clusters.flat_map(|cluster| cluster.services.values().map(move |service| (cluster, service)));
    let within = all.filter(|(_, service)| {
        let connect = service.spec.connect.as_ref().and_then(|connect| connect.namespace.as_deref());
        service.status != ServiceStatus::Inactive
            && connect
                .and_then(|text| map::namespace(view, text))
                .is_some_and(|found| found.id == namespace.id)
    });
    paged(
        "serviceArns",
        within.collect(),
        |(cluster, service)| format!("{}/{}", cluster.name, service.name),
        |(cluster, service)| arns::in_cluster(view, "service", &cluster.name, &service.name).into(),
        &input.paging,
        10,
    )
}

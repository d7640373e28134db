//! Cloud Map's structures on the wire.

use serde_json::{Value, json};

use super::model::{Kind, MapInstance, MapService, Model, Namespace, Operation};
use crate::core::time::Epoch;
use crate::core::tree::lean;
use crate::world::View;

/// `Namespace`, or with `listed` a `NamespaceSummary`.
pub(super) fn namespace(view: &View<'_>, namespace: &Namespace, listed: bool) -> Value {
    let model = &view.region.servicediscovery;
    let kind = match namespace.kind {
        Kind::Http => "HTTP",
        Kind::Private(_) => "DNS_PRIVATE",
        Kind::Public => "DNS_PUBLIC",
    };
    let dns = namespace
        .hosted_zone
        .as_ref()
        .map(|zone| json!({"HostedZoneId": zone, "SOA": namespace.soa_ttl.map(|ttl| json!({"TTL": ttl}))}));
    lean(json!({
        "Id": namespace.id,
        "Arn": view.arn("servicediscovery", &format!("namespace/{}", namespace.id)),
        "ResourceOwner": view.account,
        "Name": namespace.name,
        "Type": kind,
        "Description": namespace.description,
        "ServiceCount": model.services_in(&namespace.id).count(),
        "Properties": {"DnsProperties": dns, "HttpProperties": {"HttpName": namespace.name}},
        "CreateDate": Epoch(namespace.created_at),
        "CreatorRequestId": namespace.creator_request_id.as_ref().filter(|_| !listed),
    }))
}

/// `arn:aws:servicediscovery:region:account:service/srv-...`
pub(super) fn service_arn(view: &View<'_>, id: &str) -> String {
    view.arn("servicediscovery", &format!("service/{id}"))
}

/// `Service`, or with `listed` a `ServiceSummary`.
pub(super) fn service(view: &View<'_>, service: &MapService, listed: bool) -> Value {
    let model = &view.region.servicediscovery;
    let in_dns = |namespace: &Namespace| namespace.kind != Kind::Http;
    let kind = match (&service.dns, model.namespaces.get(&service.namespace).is_some_and(in_dns)) {
        (Some(_), _) => "DNS_HTTP",
        (None, _) => "HTTP",
    };
    let dns = service.dns.as_ref().map(|dns| {
        json!({"NamespaceId": (!listed).then_some(&service.namespace), "RoutingPolicy": dns.routing_policy, "DnsRecords": dns.dns_records})
    });
    lean(json!({
        "Id": service.id,
        "Arn": service_arn(view, &service.id),
        "ResourceOwner": view.account,
        "Name": service.name,
        "NamespaceId": (!listed).then_some(&service.namespace),
        "Description": service.description,
        "InstanceCount": service.instances.len(),
        "DnsConfig": dns,
        "Type": kind,
        "HealthCheckConfig": service.health_check,
        "HealthCheckCustomConfig": service.custom_health,
        "CreateDate": Epoch(service.created_at),
        "CreatorRequestId": service.creator_request_id.as_ref().filter(|_| !listed),
        "CreatedByAccount": view.account,
    }))
}

/// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
pub(super) fn health(service: &MapService, instance: &MapInstance) -> &'static str {
    match service.health(instance) {
        Some(true) => "HEALTHY",
        Some(false) => "UNHEALTHY",
        None => "UNKNOWN",
    }
}

/// The status of an operation, as it is now.
pub(super) fn status(view: &View<'_>, operation: &Operation) -> &'static str {
    if operation.done {
        "SUCCESS"
    } else if view.now.since(operation.created_at) < view.settings.lasts(500) {
        "SUBMITTED"
    } else {
        "PENDING"
    }
}

/// `Operation`.
pub(super) fn operation(view: &View<'_>, id: &str, operation: &Operation) -> Value {
    let updated = if operation.done { operation.done_at } else { operation.created_at };
    json!({
        "Id": id,
        "OwnerAccount": view.account,
        "Type": operation.kind,
        "Status": status(view, operation),
        "CreateDate": Epoch(operation.created_at),
        "UpdateDate": Epoch(updated),
        "Targets": operation.targets,
    })
}

/// Whether the ready namespace of a service or instance is there.
pub(super) fn ready<'m>(model: &'m Model, id: &str) -> Option<&'m Namespace> {
    model.namespaces.get(id).filter(|namespace| namespace.ready)
}

//! Services of a namespace.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Filter, Paging, Tag, add_tags, at_most, begin, check_filters, namespaces, paged};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::servicediscovery::model::{
    CustomHealth, Dns, HealthCheck, Kind, MapService, Namespace, Record,
};
use crate::services::servicediscovery::registry::last;
use crate::services::servicediscovery::{fault, shapes};
use crate::world::{Scope, View};

/// Services of a region: an own limit, far above what a namespace's instances allow.
const MAX_SERVICES: usize = 2_000;
const CHANGE_MS: i64 = 5_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    namespace_id: Option<String>,
    creator_request_id: Option<String>,
    description: Option<String>,
    dns_config: Option<DnsInput>,
    health_check_config: Option<HealthCheck>,
    health_check_custom_config: Option<CustomHealth>,
    #[serde(default)]
    tags: Vec<Tag>,
    r#type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DnsInput {
    namespace_id: Option<String>,
    routing_policy: Option<String>,
    dns_records: Vec<Record>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    check_name(&input.name)?;
    at_most(input.description.as_deref(), "description", 1024)?;
    at_most(input.creator_request_id.as_deref(), "creatorRequestId", 64)?;
    let view = scope.view();
    let inner = input.dns_config.as_ref().and_then(|dns| dns.namespace_id.clone());
    let asked = input.namespace_id.clone().or(inner);
    let asked = asked.ok_or_else(|| fault::invalid("NamespaceId is required."))?;
    let namespace = namespaces::find(&view, &asked)?;
    let dns = match input.dns_config {
        Some(dns) => Some(check_dns(namespace, input.r#type.as_deref(), dns)?),
        None => None,
    };
    check_health(namespace, input.health_check_config.as_ref(), input.health_check_custom_config)?;
    let model = &view.region.servicediscovery;
    if let Some(other) = model.services_in(&namespace.id).find(|s| s.name.eq_ignore_ascii_case(&input.name)) {
        let repeated =
            input.creator_request_id.is_some() && other.creator_request_id == input.creator_request_id;
        if repeated {
            return Ok(json!({"Service": shapes::service(&view, other, false)}));
        }
        return Err(Fault::new("ServiceAlreadyExists", "Service already exists."));
    }
    if model.services.len() >= MAX_SERVICES {
        return Err(fault::limit("services"));
    }
    let namespace = namespace.id.clone();
    let tags = add_tags(Tags::new(), input.tags)?;
    let id = format!("srv-{}", scope.region.ids.base32(16).to_lowercase());
    let service = MapService {
        id: id.clone(),
        name: input.name,
        namespace,
        description: input.description,
        dns,
        health_check: input.health_check_config,
        custom_health: input.health_check_custom_config.map(|_| CustomHealth { failure_threshold: Some(1) }),
        created_at: scope.now,
        creator_request_id: input.creator_request_id,
        attributes: BTreeMap::new(),
        tags,
        instances: BTreeMap::new(),
        revision: 1,
    };
    let shown = shapes::service(&scope.view(), &service, false);
    scope.region.servicediscovery.services.insert(id, service);
    Ok(json!({"Service": shown}))
}

/// Labels of letters, digits, `-` and `_`, at most 127 characters together.
fn check_name(name: &str) -> Result<(), Fault> {
    let label = |label: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && edge(label.chars().next())
            && edge(label.chars().next_back())
    };
    if name.len() <= 127 && name.split('.').all(label) {
        return Ok(());
    }
    Err(fault::invalid(format!("The service name {} is not valid.", name.escape_default())))
}

fn check_dns(namespace: &Namespace, kind: Option<&str>, dns: DnsInput) -> Result<Dns, Fault> {
    if namespace.kind == Kind::Http || kind == Some("HTTP") {
        return Err(fault::invalid(
            "A service in an HTTP namespace, or of type HTTP, cannot have a DnsConfig.",
        ));
    }
    check_records(&dns.dns_records)?;
    let cname = dns.dns_records.iter().any(|record| record.kind == "CNAME");
    let default = if cname { "WEIGHTED" } else { "MULTIVALUE" };
    let routing_policy = dns.routing_policy.unwrap_or_else(|| default.to_owned());
    if !matches!(routing_policy.as_str(), "MULTIVALUE" | "WEIGHTED") {
        return Err(fault::invalid(format!("The routing policy {routing_policy} is not valid.")));
    }
    if cname && routing_policy == "MULTIVALUE" {
        return Err(fault::invalid(
            "If you specify CNAME for Type, you must specify WEIGHTED for RoutingPolicy.",
        ));
    }
    Ok(Dns { routing_policy, dns_records: dns.dns_records })
}

fn check_records(records: &[Record]) -> Result<(), Fault> {
    let kinds: Vec<&str> = records.iter().map(|record| record.kind.as_str()).collect();
    if !matches!(kinds.as_slice(), ["A" | "AAAA" | "SRV" | "CNAME"] | ["A", "AAAA"] | ["AAAA", "A"]) {
        return Err(fault::invalid(
            "DnsRecords must be A, AAAA, A and AAAA, SRV, or CNAME: no other combination is possible.",
        ));
    }
    match records.iter().find(|record| !(0..=2_147_483_647).contains(&record.ttl)) {
        Some(record) => Err(fault::invalid(format!("The TTL {} is not valid.", record.ttl))),
        None => Ok(()),
    }
}

fn check_health(
    namespace: &Namespace,
    checked: Option<&HealthCheck>,
    custom: Option<CustomHealth>,
) -> Result<(), Fault> {
    let Some(check) = checked else { return Ok(()) };
    if custom.is_some() {
        return Err(fault::invalid("You can't specify both HealthCheckConfig and HealthCheckCustomConfig."));
    }
    if namespace.kind != Kind::Public {
        return Err(fault::invalid(
            "HealthCheckConfig is supported for public DNS namespaces only. Use HealthCheckCustomConfig instead.",
        ));
    }
    if !matches!(check.r#type.as_str(), "HTTP" | "HTTPS" | "TCP") {
        return Err(fault::invalid(format!("The health check type {} is not valid.", check.r#type)));
    }
    if check.r#type == "TCP" && check.resource_path.is_some() {
        return Err(fault::invalid("ResourcePath is not valid for health checks of type TCP."));
    }
    if check.failure_threshold.is_some_and(|count| !(1..=10).contains(&count)) {
        return Err(fault::invalid("FailureThreshold must be between 1 and 10."));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ById {
    id: String,
}

/// The service of an id or ARN.
pub(super) fn find<'w>(view: &View<'w>, text: &str) -> Result<&'w MapService, Fault> {
    let id = last(text);
    view.region.servicediscovery.services.get(id).ok_or_else(|| fault::service_not_found(id))
}

/// The same, to change it.
pub(super) fn find_mut<'s>(scope: &'s mut Scope<'_>, text: &str) -> Result<&'s mut MapService, Fault> {
    let id = last(text);
    scope.region.servicediscovery.services.get_mut(id).ok_or_else(|| fault::service_not_found(id))
}

pub(crate) fn get(view: &View<'_>, input: ById) -> Result<Value, Fault> {
    Ok(json!({"Service": shapes::service(view, find(view, &input.id)?, false)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    check_filters(&input.filters, &["NAMESPACE_ID", "RESOURCE_OWNER"])?;
    let admitted = |service: &&MapService| {
        input.filters.iter().all(|filter| match filter.name.as_str() {
            "NAMESPACE_ID" => filter.values.iter().any(|value| last(value) == service.namespace),
            _ => filter.admits("SELF") || filter.admits(view.account),
        })
    };
    let all = view.region.servicediscovery.services.values().filter(admitted);
    let show = |service: &&MapService| shapes::service(view, service, true);
    paged("Services", all, |service| service.id.clone(), show, &input.paging)
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: ById) -> Result<Value, Fault> {
    let service = find_mut(scope, &input.id)?;
    if !service.instances.is_empty() {
        return Err(fault::in_use(
            "Service contains registered instances; delete the instances before deleting the service",
        ));
    }
    let id = service.id.clone();
    scope.region.servicediscovery.services.remove(&id);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    id: String,
    service: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    description: Option<String>,
    dns_config: Option<DnsInput>,
    health_check_config: Option<HealthCheck>,
}

/// A `DnsConfig` or `HealthCheckConfig` that is left out is deleted, as on AWS; a record may only change its TTL.
pub(crate) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let view = scope.view();
    let service = find(&view, &input.id)?;
    let namespace = namespaces::find(&view, &service.namespace)?;
    let id = service.id.clone();
    at_most(input.service.description.as_deref(), "description", 1024)?;
    check_health(namespace, input.service.health_check_config.as_ref(), service.custom_health)?;
    let dns = match (input.service.dns_config, &service.dns) {
        (Some(change), Some(dns)) => {
            check_records(&change.dns_records)?;
            let kinds = |records: &[Record]| records.iter().map(|r| r.kind.clone()).collect::<Vec<_>>();
            if kinds(&change.dns_records) != kinds(&dns.dns_records) {
                return Err(fault::invalid("The type of a DNS record cannot be changed."));
            }
            Some(Dns { dns_records: change.dns_records, ..dns.clone() })
        }
        (Some(_), None) => return Err(fault::invalid("The service has no DnsConfig.")),
        (None, _) => None,
    };
    let service = find_mut(scope, &id)?;
    service.description = input.service.description;
    service.dns = dns;
    service.health_check = input.service.health_check_config;
    Ok(begin(scope, "UPDATE_SERVICE", &[("SERVICE", &id)], CHANGE_MS))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfService {
    service_id: String,
}

pub(crate) fn attributes(view: &View<'_>, input: OfService) -> Result<Value, Fault> {
    let service = find(view, &input.service_id)?;
    let arn = shapes::service_arn(view, &service.id);
    let shown = json!({"ServiceArn": arn, "ResourceOwner": view.account, "Attributes": service.attributes});
    Ok(json!({"ServiceAttributes": shown}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutAttributes {
    service_id: String,
    attributes: BTreeMap<String, String>,
}

pub(crate) fn update_attributes(scope: &mut Scope<'_>, input: PutAttributes) -> Result<Value, Fault> {
    let service = find_mut(scope, &input.service_id)?;
    let long = |(key, value): (&String, &String)| key.is_empty() || key.len() > 255 || value.len() > 1024;
    if input.attributes.is_empty() || input.attributes.iter().any(long) {
        return Err(fault::invalid("Keys of attributes have 1 to 255 characters, values at most 1,024."));
    }
    let mut all = service.attributes.clone();
    all.extend(input.attributes);
    if all.len() > 30 {
        let message = "The attribute can't be added to the service because you've exceeded the quota for the number of attributes you can add to a service.";
        return Err(Fault::new("ServiceAttributesLimitExceededException", message));
    }
    service.attributes = all;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DropAttributes {
    service_id: String,
    attributes: Vec<String>,
}

pub(crate) fn delete_attributes(scope: &mut Scope<'_>, input: DropAttributes) -> Result<Value, Fault> {
    let service = find_mut(scope, &input.service_id)?;
    service.attributes.retain(|key, _| !input.attributes.contains(key));
    Ok(json!({}))
}

//! Namespaces.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Filter, Paging, Tag, add_tags, at_most, begin, check_filters, paged};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::servicediscovery::model::{Kind, Namespace};
use crate::services::servicediscovery::registry::last;
use crate::services::servicediscovery::{fault, shapes};
use crate::world::{Scope, View};

/// Namespaces of a region; AWS's default quota.
const MAX_NAMESPACES: usize = 50;
/// How long AWS takes for a namespace, without and with a hosted zone.
const HTTP_MS: i64 = 2_000;
const DNS_MS: i64 = 30_000;
const CHANGE_MS: i64 = 5_000;
/// What a zone's SOA record says when nothing else is said.
const SOA_TTL: i64 = 15;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    name: String,
    creator_request_id: Option<String>,
    description: Option<String>,
    vpc: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    properties: Option<Value>,
}

pub(crate) fn create_http(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    create(scope, input, Kind::Http)
}

pub(crate) fn create_private(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let vpc = input.vpc.clone().ok_or_else(|| fault::invalid("Vpc is required."))?;
    if scope.region.ec2.vpc(&vpc).is_none() {
        return Err(fault::invalid(format!(
            "(InvalidVPCId) The VPC: {vpc} in region {} that you provided doesn't exist.",
            scope.region.name
        )));
    }
    create(scope, input, Kind::Private(vpc))
}

pub(crate) fn create_public(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    create(scope, input, Kind::Public)
}

/// A namespace for API calls that is the default one of a cluster; its id.
pub(in crate::services::servicediscovery) fn create_for_ecs(
    scope: &mut Scope<'_>,
    name: &str,
) -> Result<String, Fault> {
    let input = Create {
        name: name.to_owned(),
        creator_request_id: None,
        description: None,
        vpc: None,
        tags: Vec::new(),
        properties: None,
    };
    make(scope, input, Kind::Http).map(|(id, _)| {
        if let Some(namespace) = scope.region.servicediscovery.namespaces.get_mut(&id) {
            namespace.tags.insert("AmazonECSManaged".to_owned(), "true".to_owned());
        }
        id
    })
}

fn create(scope: &mut Scope<'_>, input: Create, kind: Kind) -> Result<Value, Fault> {
    make(scope, input, kind).map(|(_, answer)| answer)
}

/// A namespace that is being made: its id and the answer to who asked for it.
fn make(scope: &mut Scope<'_>, input: Create, kind: Kind) -> Result<(String, Value), Fault> {
    check_name(&input.name, &kind)?;
    at_most(input.description.as_deref(), "description", 1024)?;
    at_most(input.creator_request_id.as_deref(), "creatorRequestId", 64)?;
    let model = &scope.region.servicediscovery;
    if let Some(other) = model.namespaces.values().find(|n| n.name.eq_ignore_ascii_case(&input.name)) {
        if input.creator_request_id.is_some() && other.creator_request_id == input.creator_request_id {
            let message = "The operation is already in progress.";
            return Err(Fault::new("DuplicateRequest", message));
        }
        let message = format!("Namespace with name {} already exists: {}.", input.name, other.id);
        return Err(Fault::new("NamespaceAlreadyExists", message));
    }
    if model.namespaces.len() >= MAX_NAMESPACES {
        return Err(fault::limit("namespaces"));
    }
    let tags = add_tags(Tags::new(), input.tags)?;
    let in_dns = kind != Kind::Http;
    let soa_ttl = in_dns.then(|| soa(input.properties.as_ref())).transpose()?;
    let id = format!("ns-{}", scope.region.ids.base32(16).to_lowercase());
    let hosted_zone = in_dns.then(|| format!("Z{}", scope.region.ids.base32(20)));
    let namespace = Namespace {
        id: id.clone(),
        name: input.name,
        kind,
        ready: false,
        description: input.description,
        created_at: scope.now,
        creator_request_id: input.creator_request_id,
        hosted_zone,
        soa_ttl: soa_ttl.map(|ttl| ttl.unwrap_or(SOA_TTL)),
        tags,
    };
    scope.region.servicediscovery.namespaces.insert(id.clone(), namespace);
    let takes = if in_dns { DNS_MS } else { HTTP_MS };
    let answer = begin(scope, "CREATE_NAMESPACE", &[("NAMESPACE", &id)], takes);
    Ok((id, answer))
}

/// The TTL in `Properties` or `PropertiesChange`, if it is there.
fn soa(properties: Option<&Value>) -> Result<Option<i64>, Fault> {
    let Some(ttl) = properties.and_then(|p| p.pointer("/DnsProperties/SOA/TTL")) else { return Ok(None) };
    let ttl = ttl.as_i64().filter(|ttl| (0..=2_147_483_647).contains(ttl));
    ttl.map(Some).ok_or_else(|| fault::invalid("The TTL of the SOA record must be between 0 and 2147483647."))
}

fn check_name(name: &str, kind: &Kind) -> Result<(), Fault> {
    let longest = if *kind == Kind::Http { 1024 } else { 253 };
    let printable = (1..=longest).contains(&name.len()) && name.chars().all(|c| ('!'..='~').contains(&c));
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let fits = match kind {
        Kind::Http => true,
        Kind::Private(_) => name.split('.').all(label),
        Kind::Public => name.contains('.') && name.split('.').all(label),
    };
    if printable && fits && !name.starts_with("arn:") {
        return Ok(());
    }
    Err(fault::invalid(format!("The namespace name {} is not valid.", name.escape_default())))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ById {
    id: String,
}

/// The ready namespace of an id or ARN.
pub(super) fn find<'w>(view: &View<'w>, text: &str) -> Result<&'w Namespace, Fault> {
    let id = last(text);
    shapes::ready(&view.region.servicediscovery, id).ok_or_else(|| fault::namespace_not_found(id))
}

pub(crate) fn get(view: &View<'_>, input: ById) -> Result<Value, Fault> {
    Ok(json!({"Namespace": shapes::namespace(view, find(view, &input.id)?, false)}))
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
    check_filters(&input.filters, &["TYPE", "NAME", "HTTP_NAME", "RESOURCE_OWNER"])?;
    let admitted = |namespace: &&Namespace| {
        input.filters.iter().all(|filter| match filter.name.as_str() {
            "TYPE" => filter.admits(match namespace.kind {
                Kind::Http => "HTTP",
                Kind::Private(_) => "DNS_PRIVATE",
                Kind::Public => "DNS_PUBLIC",
            }),
            "NAME" | "HTTP_NAME" => filter.admits(&namespace.name),
            _ => filter.admits("SELF") || filter.admits(view.account),
        })
    };
    let all = view.region.servicediscovery.namespaces.values().filter(|namespace| namespace.ready);
    let show = |namespace: &&Namespace| shapes::namespace(view, namespace, true);
    paged("Namespaces", all.filter(admitted), |namespace| namespace.id.clone(), show, &input.paging)
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: ById) -> Result<Value, Fault> {
    let id = find(&scope.view(), &input.id)?.id.clone();
    if scope.region.servicediscovery.services_in(&id).next().is_some() {
        return Err(fault::in_use(format!("Namespace {id} has associated services")));
    }
    scope.region.servicediscovery.namespaces.remove(&id);
    Ok(begin(scope, "DELETE_NAMESPACE", &[("NAMESPACE", &id)], CHANGE_MS))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Update {
    id: String,
    namespace: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    description: Option<String>,
    properties: Option<Value>,
}

pub(crate) fn update_http(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    update(scope, input, |kind| *kind == Kind::Http)
}

pub(crate) fn update_private(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    update(scope, input, |kind| matches!(kind, Kind::Private(_)))
}

pub(crate) fn update_public(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    update(scope, input, |kind| *kind == Kind::Public)
}

fn update(scope: &mut Scope<'_>, input: Update, fits: fn(&Kind) -> bool) -> Result<Value, Fault> {
    let namespace = find(&scope.view(), &input.id)?;
    let id = namespace.id.clone();
    if !fits(&namespace.kind) {
        return Err(fault::invalid(format!("Namespace {id} is of another type.")));
    }
    at_most(input.namespace.description.as_deref(), "description", 1024)?;
    let ttl = soa(input.namespace.properties.as_ref())?;
    if let Some(namespace) = scope.region.servicediscovery.namespaces.get_mut(&id) {
        namespace.description = input.namespace.description.or(namespace.description.take());
        namespace.soa_ttl = ttl.or(namespace.soa_ttl);
    }
    Ok(begin(scope, "UPDATE_NAMESPACE", &[("NAMESPACE", &id)], CHANGE_MS))
}

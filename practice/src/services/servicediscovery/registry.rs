//! Cloud Map as ECS and the network see it: tasks are registered and deregistered, names resolve inside a VPC.
//! Follows "Service discovery" of the ECS developer guide and "AWS Cloud Map services and DNS namespaces".

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::model::{Kind, MapInstance, MapService, Namespace};
use super::ops::namespaces;
use super::{fault, shapes};
use crate::core::fault::Fault;
use crate::core::id::mix;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

/// Most instances of a service.
pub const MAX_INSTANCES: usize = 1_000;
/// Route 53 answers with at most so many records.
const MAX_ANSWERS: usize = 8;

/// Registers an instance on behalf of AWS itself, at once; what was registered under its id before is replaced. Keeps
/// the health that was told of it. Errors: `ServiceNotFound`, `ResourceLimitExceeded`.
pub fn register(
    scope: &mut Scope<'_>,
    service_arn: &str,
    instance_id: &str,
    attributes: BTreeMap<String, String>,
) -> Result<(), Fault> {
    let service = service_mut(scope, service_arn)?;
    if !service.instances.contains_key(instance_id) && service.instances.len() >= MAX_INSTANCES {
        return Err(fault::limit("instances for each service"));
    }
    let before = service.instances.get(instance_id);
    let unhealthy = match attributes.get("AWS_INIT_HEALTH_STATUS") {
        Some(status) => status == "UNHEALTHY",
        None => before.is_some_and(|instance| instance.unhealthy),
    };
    let instance = MapInstance { attributes, unhealthy, ready: true, creator_request_id: None };
    if before != Some(&instance) {
        service.instances.insert(instance_id.to_owned(), instance);
        service.revision += 1;
    }
    Ok(())
}

/// Takes an instance out, at once. One that is not there is no error; a service that is not, is (`ServiceNotFound`).
pub fn deregister(scope: &mut Scope<'_>, service_arn: &str, instance_id: &str) -> Result<(), Fault> {
    let service = service_mut(scope, service_arn)?;
    if service.instances.remove(instance_id).is_some() {
        service.revision += 1;
    }
    Ok(())
}

/// Says how an instance is, in a service with a custom health check. Errors: `ServiceNotFound`.
pub fn set_health(
    scope: &mut Scope<'_>,
    service_arn: &str,
    instance_id: &str,
    healthy: bool,
) -> Result<(), Fault> {
    let service = service_mut(scope, service_arn)?;
    let instance = service.instances.get_mut(instance_id).filter(|instance| instance.unhealthy == healthy);
    if let Some(instance) = instance {
        instance.unhealthy = !healthy;
        service.revision += 1;
    }
    Ok(())
}

/// Makes a service without DNS on behalf of ECS, at once; its id. Errors: `ServiceAlreadyExists`.
pub fn create(
    scope: &mut Scope<'_>,
    namespace_id: &str,
    name: &str,
    description: String,
) -> Result<String, Fault> {
    let model = &scope.region.servicediscovery;
    if model.services_in(namespace_id).any(|service| service.name.eq_ignore_ascii_case(name)) {
        return Err(Fault::new("ServiceAlreadyExists", "Service already exists."));
    }
    let id = format!("srv-{}", scope.region.ids.base32(16).to_lowercase());
    let service = MapService {
        id: id.clone(),
        name: name.to_owned(),
        namespace: namespace_id.to_owned(),
        description: Some(description),
        dns: None,
        health_check: None,
        custom_health: None,
        created_at: scope.now,
        creator_request_id: None,
        attributes: BTreeMap::new(),
        tags: Tags::from([("AmazonECSManaged".to_owned(), "true".to_owned())]),
        instances: BTreeMap::new(),
        revision: 1,
    };
    scope.region.servicediscovery.services.insert(id.clone(), service);
    Ok(id)
}

/// Removes a service with all that is registered in it.
pub fn remove(scope: &mut Scope<'_>, id: &str) {
    scope.region.servicediscovery.services.remove(id);
}

/// Whether an ARN or id names the service of that id.
pub fn is(arn_or_id: &str, id: &str) -> bool {
    last(arn_or_id) == id
}

fn service_mut<'s>(scope: &'s mut Scope<'_>, arn: &str) -> Result<&'s mut MapService, Fault> {
    let id = last(arn);
    scope.region.servicediscovery.services.get_mut(id).ok_or_else(|| fault::service_not_found(id))
}

/// The service of an ARN or id: to check a `serviceRegistries` entry against.
pub fn service<'w>(view: &View<'w>, arn_or_id: &str) -> Option<&'w MapService> {
    view.region.servicediscovery.services.get(last(arn_or_id))
}

/// The namespace of an ARN, an id or a name, once it is ready.
pub fn namespace<'w>(view: &View<'w>, text: &str) -> Option<&'w Namespace> {
    let model = &view.region.servicediscovery;
    let by_name = || model.namespaces.values().find(|namespace| namespace.ready && namespace.name == text);
    shapes::ready(model, last(text)).or_else(by_name)
}

/// The namespace of an ARN, an id or a name, even if it is still being made.
pub fn begun<'w>(view: &View<'w>, text: &str) -> Option<&'w Namespace> {
    let all = &view.region.servicediscovery.namespaces;
    all.get(last(text)).or_else(|| all.values().find(|namespace| namespace.name == text))
}

/// ARN of a namespace.
pub fn namespace_arn(view: &View<'_>, id: &str) -> String {
    view.arn("servicediscovery", &format!("namespace/{id}"))
}

/// Begins to make a namespace for API calls on behalf of ECS; its id. Errors: `InvalidInput`,
/// `ResourceLimitExceeded`.
pub fn create_namespace(scope: &mut Scope<'_>, name: &str) -> Result<String, Fault> {
    namespaces::create_for_ecs(scope, name)
}

/// An id, or the last part of an ARN.
pub(super) fn last(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit('/').next().unwrap_or(text) } else { text }
}

/// Whether a name lies in a private namespace of the VPC, so that nobody else is asked for it.
pub fn is_authoritative(view: &View<'_>, vpc: &str, name: &str) -> bool {
    zone(view, vpc, name).is_some()
}

/// The private namespace of a VPC that a name lies in, the longest first, and what stands before it. None when the
/// VPC does not have both `enableDnsSupport` and `enableDnsHostnames`, without which private zones do not work.
fn zone<'w, 'n>(view: &View<'w>, vpc: &str, name: &'n str) -> Option<(&'w Namespace, &'n str)> {
    let network = view.region.ec2.vpc(vpc).filter(|vpc| vpc.dns_support && vpc.dns_hostnames)?;
    let name = name.strip_suffix('.').unwrap_or(name);
    let before = |zone: &str| -> Option<&'n str> {
        let at = name.len().checked_sub(zone.len())?;
        let (front, back) = name.split_at_checked(at)?;
        if back.eq_ignore_ascii_case(zone) { front.strip_suffix('.') } else { None }
    };
    let all = view.region.servicediscovery.namespaces.values();
    let ours = all.filter(|namespace| {
        namespace.ready && matches!(&namespace.kind, Kind::Private(of) if *of == network.id)
    });
    ours.filter_map(|namespace| Some((namespace, before(&namespace.name)?)))
        .max_by_key(|(namespace, _)| namespace.name.len())
}

/// What a DNS query inside a VPC answers for `<service>.<namespace>`: A records of the healthy instances, or of all
/// when none is healthy, in an order drawn from `entropy`; at most eight, and one with the `WEIGHTED` policy. Empty for
/// names it does not know.
pub fn resolve(view: &View<'_>, vpc: &str, name: &str, entropy: u64) -> Vec<Ipv4Addr> {
    let Some((namespace, label)) = zone(view, vpc, name) else { return Vec::new() };
    let model = &view.region.servicediscovery;
    let named = |service: &&MapService| service.name.eq_ignore_ascii_case(label);
    let Some(service) = model.services_in(&namespace.id).find(named) else { return Vec::new() };
    let Some(dns) = &service.dns else { return Vec::new() };
    if !dns.dns_records.iter().any(|record| record.kind == "A") {
        return Vec::new();
    }
    let ready = || service.instances.values().filter(|instance| instance.ready);
    let address = |instance: &MapInstance| instance.attributes.get("AWS_INSTANCE_IPV4")?.parse().ok();
    let well = ready().filter(|instance| service.health(instance) != Some(false));
    let mut answers: Vec<Ipv4Addr> = well.filter_map(address).collect();
    if answers.is_empty() {
        answers = ready().filter_map(address).collect();
    }
    shuffle(&mut answers, entropy);
    answers.truncate(if dns.routing_policy == "WEIGHTED" { 1 } else { MAX_ANSWERS });
    answers
}

/// Fisher and Yates, driven by `entropy`.
fn shuffle<T>(items: &mut [T], entropy: u64) {
    let mut bits = entropy;
    for last in (1..items.len()).rev() {
        bits = mix(bits);
        items.swap(last, usize::try_from(bits % (last as u64 + 1)).unwrap_or(0));
    }
}

//! Instances of a service.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::{Value, json};

use super::services::{find, find_mut};
use super::{Paging, begin, paged};
use crate::core::fault::Fault;
use crate::services::servicediscovery::model::{Kind, MapInstance, MapService};
use crate::services::servicediscovery::registry::MAX_INSTANCES;
use crate::services::servicediscovery::{fault, shapes};
use crate::world::{Scope, View};

/// Instances of a namespace; AWS's default quota.
const MAX_IN_NAMESPACE: usize = 2_000;
/// Attributes of an instance, and their characters together.
const MAX_ATTRIBUTES: usize = 30;
const MAX_CHARACTERS: usize = 5_000;
const REGISTER_MS: i64 = 5_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Register {
    service_id: String,
    instance_id: String,
    creator_request_id: Option<String>,
    attributes: BTreeMap<String, String>,
}

pub(crate) fn register(scope: &mut Scope<'_>, input: Register) -> Result<Value, Fault> {
    let view = scope.view();
    let service = find(&view, &input.service_id)?;
    check_id(&input.instance_id)?;
    check_attributes(&view, service, &input.attributes)?;
    let id = service.id.clone();
    if !service.instances.contains_key(&input.instance_id) {
        if service.instances.len() >= MAX_INSTANCES {
            return Err(fault::limit("instances for each service"));
        }
        if view.region.servicediscovery.instances_in(&service.namespace) >= MAX_IN_NAMESPACE {
            return Err(fault::limit("instances for each namespace"));
        }
    }
    let service = find_mut(scope, &id)?;
    let before = service.instances.get(&input.instance_id);
    let ready = before.is_some_and(|instance| instance.ready);
    let unhealthy = match input.attributes.get("AWS_INIT_HEALTH_STATUS") {
        Some(status) => status == "UNHEALTHY",
        None => before.is_some_and(|instance| instance.unhealthy),
    };
    let instance = MapInstance {
        attributes: input.attributes,
        unhealthy,
        ready,
        creator_request_id: input.creator_request_id,
    };
    service.instances.insert(input.instance_id.clone(), instance);
    service.revision += u64::from(ready);
    let targets = [("INSTANCE", input.instance_id.as_str()), ("SERVICE", id.as_str())];
    Ok(begin(scope, "REGISTER_INSTANCE", &targets, REGISTER_MS))
}

fn check_id(id: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_/:.@-".contains(c);
    if (1..=64).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    Err(fault::invalid(format!("The instance id {} is not valid.", id.escape_default())))
}

fn check_attributes(
    view: &View<'_>,
    service: &MapService,
    attributes: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(fault::invalid("An instance can have at most 30 attributes."));
    }
    if attributes.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > MAX_CHARACTERS {
        return Err(fault::invalid("The attributes of an instance can have at most 5,000 characters."));
    }
    for (key, value) in attributes {
        let key_fits = (1..=255).contains(&key.len()) && key.chars().all(|c| ('!'..='~').contains(&c));
        let value_fits = value.len() <= 1024 && value.chars().all(|c| matches!(c, ' '..='~' | '\t'));
        if !key_fits || !value_fits {
            return Err(fault::invalid(format!("The attribute {} is not valid.", key.escape_default())));
        }
        check_value(view, service, key, value)?;
    }
    let has = |key: &str| attributes.contains_key(key);
    for record in service.dns.iter().flat_map(|dns| &dns.dns_records) {
        let missing = match record.kind.as_str() {
            "A" if !has("AWS_INSTANCE_IPV4") && !has("AWS_ALIAS_DNS_NAME") => "AWS_INSTANCE_IPV4",
            "AAAA" if !has("AWS_INSTANCE_IPV6") && !has("AWS_ALIAS_DNS_NAME") => "AWS_INSTANCE_IPV6",
            "SRV" if !has("AWS_INSTANCE_PORT") => "AWS_INSTANCE_PORT",
            "SRV" if !has("AWS_INSTANCE_IPV4") && !has("AWS_INSTANCE_IPV6") => "AWS_INSTANCE_IPV4",
            "CNAME" if !has("AWS_INSTANCE_CNAME") => "AWS_INSTANCE_CNAME",
            _ => continue,
        };
        return Err(fault::invalid(format!(
            "The service has a DNS record of type {}: the attribute {missing} is required.",
            record.kind
        )));
    }
    Ok(())
}

fn check_value(view: &View<'_>, service: &MapService, key: &str, value: &str) -> Result<(), Fault> {
    let fits = match key {
        "AWS_INSTANCE_IPV4" => value.parse::<Ipv4Addr>().is_ok(),
        "AWS_INSTANCE_IPV6" => value.parse::<Ipv6Addr>().is_ok(),
        "AWS_INSTANCE_PORT" => value.parse::<u16>().is_ok(),
        "AWS_INIT_HEALTH_STATUS" => {
            service.custom_health.is_some() && matches!(value, "HEALTHY" | "UNHEALTHY")
        }
        "AWS_EC2_INSTANCE_ID" => {
            let model = &view.region.servicediscovery;
            let http = model.namespaces.get(&service.namespace).is_some_and(|n| n.kind == Kind::Http);
            if http && view.region.ec2.instance(value).is_none() {
                return Err(fault::invalid(format!("EC2 instance {value} does not exist.")));
            }
            http
        }
        "AWS_ALIAS_DNS_NAME" => {
            return Err(fault::invalid("AWS_ALIAS_DNS_NAME is not supported in this practice cloud."));
        }
        _ => true,
    };
    if fits { Ok(()) } else { Err(fault::invalid(format!("Invalid value for attribute {key}: {value}"))) }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    service_id: String,
    instance_id: String,
}

pub(crate) fn deregister(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let service = find_mut(scope, &input.service_id)?;
    if service.instances.remove(&input.instance_id).is_none() {
        return Err(fault::instance_not_found(&input.instance_id));
    }
    service.revision += 1;
    let id = service.id.clone();
    let targets = [("INSTANCE", input.instance_id.as_str()), ("SERVICE", id.as_str())];
    Ok(begin(scope, "DEREGISTER_INSTANCE", &targets, REGISTER_MS))
}

pub(crate) fn get(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let service = find(view, &input.service_id)?;
    let instance = service.instances.get(&input.instance_id).filter(|instance| instance.ready);
    let instance = instance.ok_or_else(|| fault::instance_not_found(&input.instance_id))?;
    let mut shown = json!({
        "Id": input.instance_id,
        "Attributes": instance.attributes,
        "CreatedByAccount": view.account,
    });
    if let Some(token) = &instance.creator_request_id {
        shown["CreatorRequestId"] = token.as_str().into();
    }
    Ok(json!({"ResourceOwner": view.account, "Instance": shown}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    service_id: String,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let service = find(view, &input.service_id)?;
    let all = service.instances.iter().filter(|(_, instance)| instance.ready);
    let show = |(id, instance): &(&String, &MapInstance)| json!({"Id": id, "Attributes": instance.attributes, "CreatedByAccount": view.account});
    let mut out = paged("Instances", all, |(id, _)| (*id).clone(), show, &input.paging)?;
    out["ResourceOwner"] = view.account.into();
    Ok(out)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Health {
    service_id: String,
    #[serde(default)]
    instances: Vec<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn health(view: &View<'_>, input: Health) -> Result<Value, Fault> {
    let service = find(view, &input.service_id)?;
    if let Some(missing) = input.instances.iter().find(|id| !service.instances.contains_key(*id)) {
        return Err(fault::instance_not_found(missing));
    }
    let asked = |id: &String| input.instances.is_empty() || input.instances.contains(id);
    let all = service.instances.iter().filter(|(id, instance)| instance.ready && asked(id));
    let show = |(id, instance): &(&String, &MapInstance)| json!([id, shapes::health(service, instance)]);
    let mut out = paged("Status", all, |(id, _)| (*id).clone(), show, &input.paging)?;
    let pairs = out["Status"].as_array().into_iter().flatten();
    let status: serde_json::Map<String, Value> =
        pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.clone()))).collect();
    out["Status"] = Value::Object(status);
    Ok(out)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetHealth {
    service_id: String,
    instance_id: String,
    status: String,
}

pub(crate) fn set_health(scope: &mut Scope<'_>, input: SetHealth) -> Result<Value, Fault> {
    if !matches!(input.status.as_str(), "HEALTHY" | "UNHEALTHY") {
        return Err(fault::invalid("Status must be HEALTHY or UNHEALTHY."));
    }
    let service = find_mut(scope, &input.service_id)?;
    if service.custom_health.is_none() {
        let message = "The health status can't be updated: the service has no custom health check.";
        return Err(Fault::new("CustomHealthNotFound", message));
    }
    let instance = service.instances.get_mut(&input.instance_id);
    let instance = instance.ok_or_else(|| fault::instance_not_found(&input.instance_id))?;
    let unhealthy = input.status == "UNHEALTHY";
    if instance.unhealthy != unhealthy {
        instance.unhealthy = unhealthy;
        service.revision += 1;
    }
    Ok(json!({}))
}

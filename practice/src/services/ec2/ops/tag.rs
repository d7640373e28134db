//! Tags of anything. Follows "Tag your Amazon EC2 resources".

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::page::page;
use crate::services::ec2::ask::{
    self, Asked, Noun, Tag, bad_token, check_tag_count, checked_tags, done, listing, one,
};
use crate::services::ec2::fault;
use crate::services::ec2::model::Model;
use crate::world::{Scope, View};

/// Most resources in one request.
const MAX_RESOURCES: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Tagging {
    resource_id: Vec<String>,
    tag: Vec<Tag>,
}

impl Tagging {
    fn check(&self, model: &Model) -> Result<(), Fault> {
        if self.resource_id.is_empty() {
            return Err(fault::missing("resourceIdSet"));
        }
        if self.resource_id.len() > MAX_RESOURCES {
            return Err(fault::value("Too many resources in one request."));
        }
        self.resource_id.iter().try_for_each(|id| exists(model, id))
    }
}

/// The type of a resource by its id, as `DescribeTags` names it.
fn resource_type(id: &str) -> Option<&'static str> {
    Some(match id.rsplit_once('-')?.0 {
        "vpc" => "vpc",
        "subnet" => "subnet",
        "igw" => "internet-gateway",
        "rtb" => "route-table",
        "sg" => "security-group",
        "sgr" => "security-group-rule",
        "key" => "key-pair",
        "i" => "instance",
        "lt" => "launch-template",
        "eipalloc" => "elastic-ip",
        "eni" => "network-interface",
        "nat" => "natgateway",
        "vpce" => "vpc-endpoint",
        _ => return None,
    })
}

fn exists(model: &Model, id: &str) -> Result<(), Fault> {
    let kind = id.rsplit_once('-').map(|(kind, _)| kind).unwrap_or_default();
    let is_there = match kind {
        "vpc" => model.vpcs.contains_key(id),
        "subnet" => model.subnets.contains_key(id),
        "igw" => model.internet_gateways.contains_key(id),
        "rtb" => model.route_tables.contains_key(id),
        "sg" => model.security_groups.contains_key(id),
        "sgr" => model
            .security_groups
            .values()
            .any(|g| g.ingress.iter().chain(&g.egress).any(|rule| rule.id == id)),
        "key" => model.key_pairs.contains_key(id),
        "i" => model.instances.contains_key(id),
        "lt" => model.launch_templates.contains_key(id),
        "eipalloc" => model.addresses.contains_key(id),
        "nat" => model.nat_gateways.contains_key(id),
        "vpce" => model.vpc_endpoints.contains_key(id),
        "eni" => model.interfaces.contains_key(id) || model.instances.values().any(|i| i.interface_id == id),
        _ => return Err(Fault::new("InvalidID", format!("The ID '{id}' is not valid"))),
    };
    if is_there {
        return Ok(());
    }
    if kind == "lt" {
        let message = format!("The specified launch template, with template ID {id}, does not exist.");
        return Err(Fault::new("InvalidLaunchTemplateId.NotFound", message));
    }
    Err(fault::not_found(kind, id))
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Tagging) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    if input.tag.is_empty() {
        return Err(fault::missing("tagSet"));
    }
    let new = checked_tags(input.tag.iter())?;
    input.check(model)?;
    for id in &input.resource_id {
        let has = model.tags_of(id);
        check_tag_count(has.len() + new.keys().filter(|key| !has.contains_key(*key)).count())?;
    }
    for id in input.resource_id {
        model.tags.entry(id).or_default().extend(new.clone());
    }
    Ok(done())
}

/// Takes tags away: those of a key, those of a key with exactly this value, or all of the user's.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Tagging) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    input.check(model)?;
    if input.tag.iter().any(|tag| crate::core::tag::is_reserved(&tag.key)) {
        return Err(fault::value("Tag keys starting with 'aws:' are reserved for internal use"));
    }
    let named = |key: &String, value: &String| {
        input.tag.iter().any(|tag| tag.key == *key && tag.value.as_ref().is_none_or(|v| v == value))
    };
    for id in &input.resource_id {
        let Some(tags) = model.tags.get_mut(id) else { continue };
        tags.retain(|key, value| key.starts_with("aws:") || !(input.tag.is_empty() || named(key, value)));
        if tags.is_empty() {
            model.tags.remove(id);
        }
    }
    Ok(done())
}

/// One tag of one resource.
struct Entry<'m> {
    resource: &'m str,
    key: &'m str,
    value: &'m str,
}

impl Noun for Entry<'_> {
    const FILTERS: &'static [&'static str] = &["key", "resource-id", "resource-type", "value"];
    const KIND: &'static str = "tag";

    fn id(&self) -> &str {
        self.resource
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "key" => one(self.key),
            "value" => one(self.value),
            "resource-type" => one(resource_type(self.resource).unwrap_or_default()),
            _ => one(self.resource),
        }
    }
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    ask::check_filters::<Entry<'_>>(&input.filters)?;
    let limit = ask::limit(&input)?;
    let entries = view
        .region
        .ec2
        .tags
        .iter()
        .flat_map(|(resource, tags)| tags.iter().map(move |(key, value)| Entry { resource, key, value }));
    let wanted = entries.filter(|entry| input.filters.iter().all(|filter| ask::passes(view, entry, filter)));
    let key = |entry: &Entry<'_>| format!("{}\u{0}{}", entry.resource, entry.key);
    let page = page(wanted, key, limit, ask::token(&input)).map_err(|_| bad_token())?;
    let shape = |entry: &Entry<'_>| {
        json!({
            "resourceId": entry.resource,
            "resourceType": resource_type(entry.resource),
            "key": entry.key,
            "value": entry.value,
        })
    };
    Ok(listing("tagSet", page.items.iter().map(shape).collect(), page.next))
}

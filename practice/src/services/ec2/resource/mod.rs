//! EC2's resource types of CloudFormation. Follows "Amazon EC2 resource type reference": return values, update
//! behaviours.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{dropped_tags, gone, key_values};
use crate::resource::{Api, Asked, Resource, look};
use crate::world::View;

mod address;
mod endpoint;
mod instance;
mod launch_template;
mod network;
mod routing;
mod rules;
mod security_group;
#[cfg(test)]
mod tests;

/// All of them.
pub(super) static ALL: [&dyn Resource; 18] = [
    &address::Address,
    &address::Association,
    &address::NatGateway,
    &endpoint::VpcEndpoint,
    &instance::Instance,
    &instance::KeyPair,
    &instance::NetworkInterface,
    &launch_template::LaunchTemplate,
    &network::GatewayAttachment,
    &network::InternetGateway,
    &network::Subnet,
    &network::Vpc,
    &routing::Route,
    &routing::RouteTable,
    &routing::SubnetAssociation,
    &rules::Egress,
    &rules::Ingress,
    &security_group::SecurityGroup,
];

/// The tags of a Create, for what EC2 calls `kind`.
fn tagged(asked: &Asked<'_>, kind: &str) -> Value {
    specification(kind, &asked.tags())
}

fn specification(kind: &str, tags: &[(String, String)]) -> Value {
    if tags.is_empty() { json!([]) } else { json!([{"ResourceType": kind, "Tag": key_values(tags)}]) }
}

/// Calls a Create and finds the id of what it made.
fn make(api: &mut Api<'_, '_>, operation: &str, input: Value, pointer: &str) -> Result<String, Fault> {
    let answer = api.call("ec2", operation, input)?;
    let id = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Fault::new("InternalError", format!("{operation} answered no id")).with_status(500))
}

/// What is made is there as a whole or not at all: takes it back when the rest of its making fails.
fn whole(
    resource: &dyn Resource,
    api: &mut Api<'_, '_>,
    id: String,
    properties: &Value,
    rest: Result<(), Fault>,
) -> Result<String, Fault> {
    match rest {
        Ok(()) => Ok(id),
        Err(fault) => {
            // The fault to tell is the first one.
            let _ = resource.delete(api, &id, properties);
            Err(fault)
        }
    }
}

/// Changes the tags of something.
fn retag(api: &mut Api<'_, '_>, id: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
    if !asked.retags(before) {
        return Ok(());
    }
    let dropped = dropped_tags(before, asked);
    if !dropped.is_empty() {
        let keys: Value = dropped.iter().map(|key| json!({"Key": key})).collect();
        api.call("ec2", "DeleteTags", json!({"ResourceId": [id], "Tag": keys}))?;
    }
    let tags = asked.tags();
    if !tags.is_empty() {
        api.call("ec2", "CreateTags", json!({"ResourceId": [id], "Tag": key_values(&tags)}))?;
    }
    Ok(())
}

/// Calls a Delete; what is already gone is no fault.
fn remove(api: &mut Api<'_, '_>, operation: &str, input: Value) -> Result<(), Fault> {
    gone(api.call("ec2", operation, input))
}

/// One thing as its Describe shows it; None when it is not there.
fn shown(view: &View<'_>, operation: &str, member: &str, list: &str, id: &str) -> Option<Value> {
    let mut answer = look(view, "ec2", operation, json!({member: [id]})).ok()?;
    answer.get_mut(list)?.get_mut(0).map(Value::take)
}

/// The members of these names that are there.
fn attributes(shown: &Value, names: &[(&str, &str)]) -> Map<String, Value> {
    let find = |(name, pointer): &(&str, &str)| {
        let value = shown.pointer(pointer).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    };
    names.iter().filter_map(find).collect()
}

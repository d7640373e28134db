//! Elastic Load Balancing's resource types of CloudFormation. Follows "Elastic Load Balancing V2 resource type
//! reference".

use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::form::{dropped_tags, gone, key_values, shown_tag_list};
use crate::resource::{Api, Asked, Resource, look};
use crate::world::View;

mod listener;
mod load_balancer;
mod rule;
mod target_group;
#[cfg(test)]
mod tests;

/// All of them.
pub(super) static ALL: [&dyn Resource; 5] = [
    &listener::Listener,
    &listener::ListenerCertificate,
    &load_balancer::LoadBalancer,
    &rule::ListenerRule,
    &target_group::TargetGroup,
];

fn call(api: &mut Api<'_, '_>, operation: &str, input: Value) -> Result<Value, Fault> {
    api.call("elasticloadbalancing", operation, input)
}

/// Calls a Create and finds the ARN of what it made.
fn make(api: &mut Api<'_, '_>, operation: &str, input: Value, pointer: &str) -> Result<String, Fault> {
    let answer = call(api, operation, input)?;
    let arn = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    arn.ok_or_else(|| Fault::new("InternalFailure", format!("{operation} answered no ARN")).with_status(500))
}

/// What is made is there as a whole or not at all.
fn whole(
    resource: &dyn Resource,
    api: &mut Api<'_, '_>,
    arn: String,
    asked: &Asked<'_>,
    rest: Result<(), Fault>,
) -> Result<String, Fault> {
    match rest {
        Ok(()) => Ok(arn),
        Err(fault) => {
            // The fault to tell is the first one.
            let _ = resource.delete(api, &arn, asked.properties);
            Err(fault)
        }
    }
}

fn remove(api: &mut Api<'_, '_>, operation: &str, input: Value) -> Result<(), Fault> {
    gone(call(api, operation, input))
}

fn retag(api: &mut Api<'_, '_>, arn: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
    if !asked.retags(before) {
        return Ok(());
    }
    let dropped = dropped_tags(before, asked);
    if !dropped.is_empty() {
        call(api, "RemoveTags", json!({"ResourceArns": [arn], "TagKeys": dropped}))?;
    }
    let tags = asked.tags();
    if !tags.is_empty() {
        call(api, "AddTags", json!({"ResourceArns": [arn], "Tags": key_values(&tags)}))?;
    }
    Ok(())
}

/// One thing as its Describe shows it.
fn shown(view: &View<'_>, operation: &str, list: &str, answered: &str, arn: &str) -> Option<Value> {
    let mut answer = look(view, "elasticloadbalancing", operation, json!({list: [arn]})).ok()?;
    answer.get_mut(answered)?.get_mut(0).map(Value::take)
}

/// Its tags as a template writes them.
fn tags(view: &View<'_>, arn: &str) -> Option<Value> {
    let described = shown(view, "DescribeTags", "ResourceArns", "TagDescriptions", arn)?;
    shown_tag_list(described.get("Tags")?)
}

/// The attributes to set: those of the template, and the usual values of those that it had before and has no more.
fn attributes(before: &Value, asked: &Asked<'_>, property: &str, usual: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let wanted = list(asked.property(property));
    let named = |list: &[Value], key: &Value| list.iter().any(|one| one["Key"] == *key);
    let dropped = list(&before[property]).into_iter().filter(|one| !named(&wanted, &one["Key"]));
    let dropped: Vec<Value> = dropped.collect();
    let reset = list(usual).into_iter().filter(|one| named(&dropped, &one["Key"]));
    reset.chain(wanted.clone()).collect()
}

/// Whether there is anything in a list.
fn any(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

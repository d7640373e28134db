//! Tags of load balancers, target groups, listeners and rules.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::elbv2::arns::{self, Noun};
use crate::services::elbv2::ask::{self, MAX_TAGS, Tag, too_many_tags};
use crate::services::elbv2::fault::{bad_arn, validation};
use crate::services::elbv2::model::Model;
use crate::services::elbv2::shapes;
use crate::world::{Scope, View};

/// Resources in one request; AWS allows 20 to be described.
const MAX_RESOURCES: usize = 20;

fn of<'m>(model: &'m Model, arn: &str) -> Result<&'m Tags, Fault> {
    match Noun::of(arn) {
        Some(Noun::LoadBalancer) => Ok(&arns::load_balancer(model, arn)?.tags),
        Some(Noun::TargetGroup) => Ok(&arns::target_group(model, arn)?.tags),
        Some(Noun::Listener) => Ok(&arns::listener(model, arn)?.tags),
        Some(Noun::Rule) => {
            let listener = arns::listener_of_rule(model, arn)?;
            Ok(listener.rules.get(arn).map_or(&listener.default_rule_tags, |rule| &rule.tags))
        }
        None => Err(bad_arn(arn, "resource")),
    }
}

fn of_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut Tags, Fault> {
    match Noun::of(arn) {
        Some(Noun::LoadBalancer) => Ok(&mut arns::load_balancer_mut(model, arn)?.tags),
        Some(Noun::TargetGroup) => Ok(&mut arns::target_group_mut(model, arn)?.tags),
        Some(Noun::Listener) => Ok(&mut arns::listener_mut(model, arn)?.tags),
        Some(Noun::Rule) => {
            let listener = arns::listener_of_rule(model, arn)?.arn.clone();
            let listener = arns::listener_mut(model, &listener)?;
            Ok(listener.rules.get_mut(arn).map_or(&mut listener.default_rule_tags, |rule| &mut rule.tags))
        }
        None => Err(bad_arn(arn, "resource")),
    }
}

fn check_count(arns: &[String]) -> Result<(), Fault> {
    if arns.is_empty() {
        return Err(validation("At least one resource ARN must be specified"));
    }
    if arns.len() > MAX_RESOURCES {
        return Err(validation("You cannot specify more than 20 resources"));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Add {
    resource_arns: Vec<String>,
    tags: Vec<Tag>,
}

/// `AddTags`.
pub(crate) fn add(scope: &mut Scope<'_>, input: Add) -> Result<Value, Fault> {
    let new = ask::tags(&input.tags)?;
    check_count(&input.resource_arns)?;
    let model = &mut scope.region.elbv2;
    for arn in &input.resource_arns {
        let old = of(model, arn)?;
        if old.len() + new.keys().filter(|key| !old.contains_key(*key)).count() > MAX_TAGS {
            return Err(too_many_tags());
        }
    }
    for arn in &input.resource_arns {
        of_mut(model, arn)?.extend(new.clone());
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remove {
    resource_arns: Vec<String>,
    tag_keys: Vec<String>,
}

/// `RemoveTags`. Tags that are not there are no fault.
pub(crate) fn remove(scope: &mut Scope<'_>, input: Remove) -> Result<Value, Fault> {
    check_count(&input.resource_arns)?;
    let model = &mut scope.region.elbv2;
    for arn in &input.resource_arns {
        of(model, arn)?;
    }
    for arn in &input.resource_arns {
        of_mut(model, arn)?.retain(|key, _| !input.tag_keys.contains(key));
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    resource_arns: Vec<String>,
}

/// `DescribeTags`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    check_count(&input.resource_arns)?;
    let mut all = Vec::new();
    for arn in &input.resource_arns {
        all.push(json!({"ResourceArn": arn, "Tags": shapes::tags(of(&view.region.elbv2, arn)?)}));
    }
    Ok(json!({"TagDescriptions": all}))
}

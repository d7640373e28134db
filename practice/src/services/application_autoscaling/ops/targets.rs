//! Scalable targets.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, check, check_resource, find, paged};
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::core::time::Epoch;
use crate::services::application_autoscaling::model::{MAX_TARGETS, Suspended, Target};
use crate::services::application_autoscaling::{fault, reconcile};
use crate::services::{cloudwatch, iam};
use crate::world::{Scope, View};

const LINKED: &str = "ecs.application-autoscaling.amazonaws.com";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Register {
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
    min_capacity: Option<i64>,
    max_capacity: Option<i64>,
    #[serde(rename = "RoleARN")]
    _role: Option<String>,
    suspended_state: Option<Suspended>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

pub(super) fn target_arn(view: &View<'_>, id: &str) -> String {
    view.arn("application-autoscaling", &format!("scalable-target/{id}"))
}

pub(crate) fn register(scope: &mut Scope<'_>, input: Register) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    check_resource(&input.resource_id)?;
    if reconcile::service(&scope.view(), &input.resource_id).is_none() {
        return Err(fault::validation(format!("ECS service doesn't exist: {}", input.resource_id)));
    }
    let model = &scope.region.application_autoscaling;
    let before = model.targets.get(&input.resource_id);
    if before.is_none() && model.targets.len() >= MAX_TARGETS {
        return Err(fault::limit("scalable targets"));
    }
    let capacity = |asked: Option<i64>, kept: Option<u32>, what: &str| match (asked, kept) {
        (Some(count), _) => {
            u32::try_from(count).map_err(|_| fault::validation(format!("{what} must not be negative")))
        }
        (None, Some(kept)) => Ok(kept),
        (None, None) => {
            Err(fault::validation(format!("{what} is required when registering a new scalable target")))
        }
    };
    let min = capacity(input.min_capacity, before.map(|t| t.min), "Minimum capacity")?;
    let max = capacity(input.max_capacity, before.map(|t| t.max), "Maximum capacity")?;
    if min > max {
        return Err(fault::validation("Minimum capacity cannot be greater than maximum capacity"));
    }
    if before.is_some() && !input.tags.is_empty() {
        return Err(fault::validation(
            "Tags can only be given when a scalable target is registered for the first time.",
        ));
    }
    let fresh = || Target {
        id: String::new(),
        min,
        max,
        created_at: scope.now,
        suspended: Suspended::default(),
        unchecked: false,
        policies: BTreeMap::new(),
        scheduled: BTreeMap::new(),
        out_at: None,
        in_at: None,
        tags: input.tags,
    };
    let mut target = before.cloned().unwrap_or_else(fresh);
    if target.id.is_empty() {
        target.id = scope.region.ids.hex(34);
    }
    (target.min, target.max, target.unchecked) = (min, max, true);
    target.suspended = input.suspended_state.unwrap_or(target.suspended);
    iam::ensure_service_linked_role(scope, LINKED);
    let shown = json!({"ScalableTargetARN": target_arn(&scope.view(), &target.id)});
    scope.region.application_autoscaling.targets.insert(input.resource_id, target);
    Ok(shown)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
}

/// Its policies and scheduled actions go with it, and their alarms.
pub(crate) fn deregister(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    check(&input.service_namespace, Some(&input.scalable_dimension))?;
    let target = find(&scope.view(), &input.resource_id)?.clone();
    for name in target.policies.values().flat_map(|policy| &policy.alarms) {
        cloudwatch::delete_alarm(&mut scope.region.cloudwatch, name);
    }
    scope.region.application_autoscaling.targets.remove(&input.resource_id);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    service_namespace: String,
    #[serde(default)]
    resource_ids: Vec<String>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    check(&input.service_namespace, input.scalable_dimension.as_deref())?;
    let asked = |id: &String| input.resource_ids.is_empty() || input.resource_ids.contains(id);
    let all = view.region.application_autoscaling.targets.iter().filter(|(id, _)| asked(id));
    let role = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
    let show = |(resource, target): &(&String, &Target)| {
        json!({
            "ServiceNamespace": "ecs",
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": target.min,
            "MaxCapacity": target.max,
            "RoleARN": arn("iam", "", view.account, role),
            "CreationTime": Epoch(target.created_at),
            "SuspendedState": target.suspended,
            "ScalableTargetARN": target_arn(view, &target.id),
        })
    };
    paged(
        "ScalableTargets",
        all,
        |(id, _)| (*id).clone(),
        show,
        (input.max_results, input.next_token.as_deref()),
    )
}

/// The tags of the target an ARN names, to change them.
pub(super) fn tags_mut<'s>(scope: &'s mut Scope<'_>, of: &str) -> Option<&'s mut Tags> {
    let own = target_arn(&scope.view(), "");
    let id = of.strip_prefix(own.as_str())?.to_owned();
    let mut targets = scope.region.application_autoscaling.targets.values_mut();
    targets.find(|target| target.id == id).map(|target| &mut target.tags)
}

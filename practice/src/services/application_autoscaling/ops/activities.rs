//! What was scaled, and why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, check, paged};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::services::application_autoscaling::model::Activity;
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    service_namespace: String,
    resource_id: Option<String>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    check(&input.service_namespace, input.scalable_dimension.as_deref())?;
    let asked = |activity: &&Activity| input.resource_id.as_ref().is_none_or(|id| activity.resource == *id);
    let all = view.region.application_autoscaling.activities.iter().filter(asked).enumerate();
    let show = |(_, activity): &(usize, &Activity)| {
        json!({
            "ActivityId": activity.id,
            "ServiceNamespace": "ecs",
            "ResourceId": activity.resource,
            "ScalableDimension": DIMENSION,
            "Description": activity.description,
            "Cause": activity.cause,
            "StartTime": Epoch(activity.at),
            "EndTime": Epoch(activity.at),
            "StatusCode": "Successful",
            "StatusMessage": activity.message,
        })
    };
    let token = input.next_token.as_deref();
    paged("ScalingActivities", all, |(at, _)| format!("{at:06}"), show, (input.max_results, token))
}

//! Application Auto Scaling of the desired count of ECS services. Not here: other resources, predictive scaling, time
//! zones other than UTC, metric math in target tracking.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod ops;
mod reconcile;
mod resource;
pub(crate) mod rule;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    use ops::{activities, policies, scheduled, tags, targets};
    Service {
        name: "application-autoscaling",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "DeleteScalingPolicy", policies::delete),
            write(PROTOCOL, "DeleteScheduledAction", scheduled::delete),
            write(PROTOCOL, "DeregisterScalableTarget", targets::deregister),
            read(PROTOCOL, "DescribeScalableTargets", targets::describe),
            read(PROTOCOL, "DescribeScalingActivities", activities::describe),
            read(PROTOCOL, "DescribeScalingPolicies", policies::describe),
            read(PROTOCOL, "DescribeScheduledActions", scheduled::describe),
            read(PROTOCOL, "ListTagsForResource", tags::list),
            write(PROTOCOL, "PutScalingPolicy", policies::put),
            write(PROTOCOL, "PutScheduledAction", scheduled::put),
            write(PROTOCOL, "RegisterScalableTarget", targets::register),
            write(PROTOCOL, "TagResource", tags::tag),
            write(PROTOCOL, "UntagResource", tags::untag),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

//! Amazon EventBridge: event buses, rules by schedule and by pattern, and their targets. Targets are what this cloud
//! has: ECS clusters, CloudWatch Logs groups and event buses; others are refused. Events come from `PutEvents`, from
//! schedules and from ECS. Not here: archives, replays, connections, API destinations, partner sources, resource
//! policies of buses, retries and dead-letter queues. Follows the Amazon EventBridge User Guide.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod fault;
mod invoke;
pub mod model;
mod ops;
mod pattern;
mod reconcile;
mod resource;
mod transform;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    use ops::{buses, events, rules, tags, targets};
    Service {
        name: "events",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "CreateEventBus", buses::create),
            write(PROTOCOL, "DeleteEventBus", buses::delete),
            write(PROTOCOL, "DeleteRule", rules::delete),
            read(PROTOCOL, "DescribeEventBus", buses::describe),
            read(PROTOCOL, "DescribeRule", rules::describe),
            write(PROTOCOL, "DisableRule", rules::disable),
            write(PROTOCOL, "EnableRule", rules::enable),
            read(PROTOCOL, "ListEventBuses", buses::list),
            read(PROTOCOL, "ListRuleNamesByTarget", targets::rule_names),
            read(PROTOCOL, "ListRules", rules::list),
            read(PROTOCOL, "ListTagsForResource", tags::list),
            read(PROTOCOL, "ListTargetsByRule", targets::list),
            write(PROTOCOL, "PutEvents", events::put),
            write(PROTOCOL, "PutRule", rules::put),
            write(PROTOCOL, "PutTargets", targets::put),
            write(PROTOCOL, "RemoveTargets", targets::remove),
            write(PROTOCOL, "TagResource", tags::tag),
            read(PROTOCOL, "TestEventPattern", events::test),
            write(PROTOCOL, "UntagResource", tags::untag),
            write(PROTOCOL, "UpdateEventBus", buses::update),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

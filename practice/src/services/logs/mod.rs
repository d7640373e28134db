//! Amazon CloudWatch Logs: groups, streams, events, retention, filter patterns, metric filters, and small queries of Logs
//! Insights. Not in it: subscriptions, destinations, data protection, anomaly detection, live tail, export.
//!
//! Nothing is ever due here: what retention takes away is left out when looked at, and dropped with the next write.

use crate::operation::{Service, never, nothing, read, write as change};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod names;
mod ops;
mod pattern;
mod query;
mod resource;
#[cfg(test)]
mod tests;
mod write;

use ops::{event, filter, group, insights, metric_filter, put, stream, tag};
pub use write::{append, create_group, has_group};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    let operations = vec![
        change(PROTOCOL, "CreateLogGroup", group::create),
        change(PROTOCOL, "CreateLogStream", stream::create),
        change(PROTOCOL, "DeleteLogGroup", group::delete),
        change(PROTOCOL, "DeleteLogStream", stream::delete),
        change(PROTOCOL, "DeleteMetricFilter", metric_filter::delete),
        change(PROTOCOL, "DeleteRetentionPolicy", group::delete_retention),
        read(PROTOCOL, "DescribeLogGroups", group::describe),
        read(PROTOCOL, "DescribeLogStreams", stream::describe),
        read(PROTOCOL, "DescribeMetricFilters", metric_filter::describe),
        read(PROTOCOL, "DescribeQueries", insights::describe),
        read(PROTOCOL, "DescribeQueryDefinitions", insights::definitions),
        read(PROTOCOL, "FilterLogEvents", filter::events),
        read(PROTOCOL, "GetLogEvents", event::get),
        read(PROTOCOL, "GetQueryResults", insights::results),
        read(PROTOCOL, "ListTagsForResource", tag::list),
        read(PROTOCOL, "ListTagsLogGroup", tag::list_group),
        change(PROTOCOL, "PutLogEvents", put::events),
        change(PROTOCOL, "PutLogGroupDeletionProtection", group::protect),
        change(PROTOCOL, "PutMetricFilter", metric_filter::put),
        change(PROTOCOL, "PutRetentionPolicy", group::put_retention),
        change(PROTOCOL, "StartQuery", insights::start),
        change(PROTOCOL, "StopQuery", insights::stop),
        change(PROTOCOL, "TagLogGroup", tag::tag_group),
        change(PROTOCOL, "TagResource", tag::tag),
        read(PROTOCOL, "TestMetricFilter", metric_filter::test),
        change(PROTOCOL, "UntagLogGroup", tag::untag_group),
        change(PROTOCOL, "UntagResource", tag::untag),
    ];
    Service {
        name: "logs",
        protocol: PROTOCOL,
        operations,
        next_due: never,
        reconcile: nothing,
        resources: resource::ALL,
    }
}

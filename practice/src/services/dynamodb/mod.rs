//! Amazon DynamoDB, as far as a shop needs it: tables with a hash key and perhaps a range key, single items, queries and
//! scans with simple expressions. Follows the API reference of version 2012-08-10. Not here, and refused: indexes,
//! streams, transactions, batches, `PartiQL`, nested paths in expressions, legacy conditional parameters.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod change;
mod expression;
mod fault;
mod items;
pub mod model;
mod resource;
mod tables;
mod tags;

#[cfg(test)]
mod tests;

pub(crate) use items::{all, put_whole};

const PROTOCOL: Protocol = Protocol::Json10;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "dynamodb",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "CreateTable", tables::create),
            write(PROTOCOL, "DeleteItem", items::delete),
            write(PROTOCOL, "DeleteTable", tables::delete),
            read(PROTOCOL, "DescribeTable", tables::describe),
            read(PROTOCOL, "DescribeTimeToLive", tables::time_to_live),
            read(PROTOCOL, "GetItem", items::get),
            read(PROTOCOL, "ListTables", tables::list),
            read(PROTOCOL, "ListTagsOfResource", tags::list),
            write(PROTOCOL, "PutItem", items::put),
            read(PROTOCOL, "Query", items::query),
            read(PROTOCOL, "Scan", items::scan),
            write(PROTOCOL, "TagResource", tags::tag),
            write(PROTOCOL, "UntagResource", tags::untag),
            write(PROTOCOL, "UpdateItem", change::update),
            write(PROTOCOL, "UpdateTable", tables::update),
        ],
        next_due: tables::next_due,
        reconcile: tables::reconcile,
        resources: &[&resource::Table],
    }
}

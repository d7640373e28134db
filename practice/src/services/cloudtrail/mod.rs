//! AWS `CloudTrail`'s event history, as far as it answers "what did AWS refuse?". Follows the API reference of version
//! 2013-11-01. In the history are the requests of this account that were meant to change something and were refused by
//! their service, the newest [`model::MOST`] of them, at once (AWS takes up to fifteen minutes). Not here: requests that
//! succeeded, reads, requests that were denied before they reached a service, trails, Insights, `CloudTrail` Lake.

use crate::operation::{Service, never, nothing, read};
use crate::wire::Protocol;

mod lookup;
pub mod model;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "cloudtrail",
        protocol: PROTOCOL,
        operations: vec![read(PROTOCOL, "LookupEvents", lookup::events)],
        next_due: never,
        reconcile: nothing,
        resources: &[],
    }
}

//! Amazon Elastic Container Service.
//!
//! - [`model`]: what is stored; [`arns`], [`fault`], [`query`], [`quotas`]: names, faults, the cluster query language,
//!   how much there may be
//! - [`agent`], [`placement`], [`tasks`], [`readiness`], [`services`], [`events`]: what happens by itself
//! - `ops`: the operations

use crate::operation::Service;
use crate::wire::Protocol;

pub mod agent;
mod arns;
mod attributes;
mod capacity;
mod events;
mod external;
mod fault;
pub(crate) mod health;
mod initializing;
mod life;
pub mod model;
pub(crate) mod notices;
mod ops;
mod placement;
mod providers;
mod query;
mod quotas;
pub(crate) mod readiness;
mod reconcile;
mod resource;
mod scaling;
mod service_shapes;
mod services;
mod shapes;
mod starting;
mod task_shapes;
pub(crate) mod tasks;
#[cfg(test)]
mod tests;
mod volumes;

pub(crate) use initializing::log_stream;
pub(crate) use scaling::drains;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "ecs",
        protocol: PROTOCOL,
        operations: ops::all(),
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

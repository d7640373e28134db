//! AWS Systems Manager: the public parameters that name the current machine images. Not in it: parameters of one's
//! own.
#![expect(dead_code, reason = "the operations follow")]

use crate::operation::{Service, never, nothing, read};
use crate::wire::Protocol;

mod get;
mod lookup;
pub mod model;
mod public;
#[cfg(test)]
mod tests;

pub use lookup::parameter_value;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "ssm",
        protocol: PROTOCOL,
        operations: vec![
            read(PROTOCOL, "GetParameter", get::parameter),
            read(PROTOCOL, "GetParameters", get::parameters),
            read(PROTOCOL, "GetParametersByPath", get::by_path),
        ],
        next_due: never,
        reconcile: nothing,
    }
}

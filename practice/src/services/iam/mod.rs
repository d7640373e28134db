//! AWS Identity and Access Management: users, roles, policies, instance profiles, and the decision whether a call
//! is allowed.

use serde_json::Value;

use crate::core::fault::Fault;
use crate::operation::{Service, never, nothing};
use crate::wire::Protocol;
use crate::world::View;

pub mod credentials;
pub mod model;
pub mod policy;

const PROTOCOL: Protocol = Protocol::Query { namespace: "https://iam.amazonaws.com/doc/2010-05-08/" };

/// The operation table.
pub fn service() -> Service {
    Service { name: "iam", protocol: PROTOCOL, operations: vec![], next_due: never, reconcile: nothing }
}

/// Whether `view.caller` may call `service:operation`; `AccessDenied` in the service's own words if not.
pub fn authorize(_view: &View<'_>, _service: &str, _operation: &str, _input: &Value) -> Result<(), Fault> {
    Ok(())
}

/// Whether `view.caller` may hand the role to `service` (`ec2.amazonaws.com`): the check that RunInstances,
/// CreateLaunchConfiguration and RegisterTaskDefinition make. The fault is in the words of the service handed to.
pub fn pass_role(_view: &View<'_>, _role_arn: &str, _service: &str) -> Result<(), Fault> {
    Ok(())
}

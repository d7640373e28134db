//! AWS Systems Manager: parameters of one's own beside the public ones that name the current machine images, and
//! machines outside of AWS, which ECS Anywhere begins with. Not in it: documents, run command, sessions, parameter
//! policies.

use crate::operation::{Service, never, nothing, read, write};
use crate::wire::Protocol;

mod describe;
mod get;
mod lookup;
mod managed;
pub mod model;
#[cfg(test)]
mod own_tests;
mod public;
mod put;
mod resource;
mod tag;
#[cfg(test)]
mod tests;

pub use lookup::parameter_value;
pub use managed::managed_role;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    let operations = vec![
        write(PROTOCOL, "AddTagsToResource", tag::add),
        write(PROTOCOL, "CreateActivation", managed::create),
        write(PROTOCOL, "DeleteActivation", managed::delete),
        write(PROTOCOL, "DeleteParameter", put::delete),
        write(PROTOCOL, "DeleteParameters", put::delete_many),
        write(PROTOCOL, "DeregisterManagedInstance", managed::deregister),
        read(PROTOCOL, "DescribeActivations", managed::activations),
        read(PROTOCOL, "DescribeInstanceInformation", managed::information),
        read(PROTOCOL, "DescribeParameters", describe::parameters),
        read(PROTOCOL, "GetParameter", get::parameter),
        read(PROTOCOL, "GetParameterHistory", describe::history),
        read(PROTOCOL, "GetParameters", get::parameters),
        read(PROTOCOL, "GetParametersByPath", get::by_path),
        write(PROTOCOL, "LabelParameterVersion", describe::label),
        read(PROTOCOL, "ListTagsForResource", tag::list),
        write(PROTOCOL, "PutParameter", put::put),
        write(PROTOCOL, "RegisterManagedInstance", managed::register),
        write(PROTOCOL, "RemoveTagsFromResource", tag::remove),
        write(PROTOCOL, "UnlabelParameterVersion", describe::unlabel),
        write(PROTOCOL, "UpdateManagedInstanceRole", managed::update_role),
    ];
    Service {
        name: "ssm",
        protocol: PROTOCOL,
        operations,
        next_due: never,
        reconcile: nothing,
        resources: resource::ALL,
    }
}

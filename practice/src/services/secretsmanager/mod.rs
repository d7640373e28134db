//! AWS Secrets Manager: secrets with versions and stages, recovery windows, tags, resource policies, random passwords.
//! Not in it: rotation (there is no Lambda), replication.
//!
//! A value is held in [`crate::core::secret::Secret`], so that no `Debug` output shows it, and no fault names it.

use crate::operation::{Service, read as look, write as change_world};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod ops;
mod resource;
#[cfg(test)]
mod tests;
mod value;

use ops::{change, create, delete, list, password, policy, read, stage, tag};
pub use value::{Reference, value};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    let operations = vec![
        look(PROTOCOL, "BatchGetSecretValue", read::batch),
        change_world(PROTOCOL, "CreateSecret", create::create),
        change_world(PROTOCOL, "DeleteResourcePolicy", policy::delete),
        change_world(PROTOCOL, "DeleteSecret", delete::delete),
        look(PROTOCOL, "DescribeSecret", list::describe),
        change_world(PROTOCOL, "GetRandomPassword", password::random),
        look(PROTOCOL, "GetResourcePolicy", policy::get),
        look(PROTOCOL, "GetSecretValue", read::get),
        look(PROTOCOL, "ListSecretVersionIds", list::versions),
        look(PROTOCOL, "ListSecrets", list::list),
        change_world(PROTOCOL, "PutResourcePolicy", policy::put),
        change_world(PROTOCOL, "PutSecretValue", change::put),
        change_world(PROTOCOL, "RestoreSecret", delete::restore),
        change_world(PROTOCOL, "RotateSecret", stage::rotate),
        change_world(PROTOCOL, "TagResource", tag::add),
        change_world(PROTOCOL, "UntagResource", tag::remove),
        change_world(PROTOCOL, "UpdateSecret", change::update),
        change_world(PROTOCOL, "UpdateSecretVersionStage", stage::update),
        look(PROTOCOL, "ValidateResourcePolicy", policy::validate),
    ];
    Service {
        name: "secretsmanager",
        protocol: PROTOCOL,
        operations,
        next_due: delete::next_due,
        reconcile: delete::reconcile,
        resources: resource::ALL,
    }
}

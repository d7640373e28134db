//! Amazon Elastic Compute Cloud: networks, images, instances.

use crate::core::fault::Fault;
use crate::operation::{Operation, Run, Service};
use crate::wire::Protocol;
use crate::world::Scope;

mod ask;
mod boot;
mod cfn_init;
pub(crate) mod cidr;
mod cloud_config;
mod effects;
mod fault;
pub(crate) mod gateways;
pub(crate) mod images;
pub(crate) mod instance;
pub(crate) mod instance_types;
pub(crate) mod launch;
pub(crate) mod lifecycle;
pub(crate) mod managed;
pub mod model;
pub(crate) mod ops;
mod resource;
mod shell;
mod table;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod user_data;
pub(crate) mod zones;

const PROTOCOL: Protocol = Protocol::Ec2 { namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" };

/// The operation table.
pub fn service() -> Service {
    let operations = table::operations().into_iter().map(with_dry_run).collect();
    Service {
        name: "ec2",
        protocol: PROTOCOL,
        operations,
        next_due: lifecycle::next_due,
        reconcile: lifecycle::reconcile,
        resources: &resource::ALL,
    }
}

/// Every EC2 operation takes `DryRun`: whether it would succeed, without doing it. Tried on a copy.
fn with_dry_run(operation: Operation) -> Operation {
    let Operation { name, run } = operation;
    let run = match run {
        Run::Read(read) => Run::Read(Box::new(move |view, input| {
            let dry = is_dry(&input);
            let output = read(view, input)?;
            if dry { Err(would_have_succeeded()) } else { Ok(output) }
        })),
        Run::Write(write) => Run::Write(Box::new(move |scope, input| {
            if !is_dry(&input) {
                return write(scope, input);
            }
            let (mut region, mut iam) = (scope.region.clone(), scope.iam.clone());
            let mut copy = Scope {
                account: scope.account,
                settings: scope.settings,
                iam: &mut iam,
                cloudtrail: scope.cloudtrail,
                region: &mut region,
                now: scope.now,
                caller: scope.caller,
            };
            write(&mut copy, input)?;
            Err(would_have_succeeded())
        })),
    };
    Operation { name, run }
}

fn is_dry(input: &serde_json::Value) -> bool {
    input.get("DryRun").is_some_and(|flag| flag == true || flag == "true")
}

fn would_have_succeeded() -> Fault {
    let message = "Request would have succeeded, but DryRun flag is set.";
    Fault::new("DryRunOperation", message).with_status(412)
}

//! AWS CloudFormation: stacks of resources that a template declares. What a template means is in [`template`]; what a
//! resource type's properties may be in [`schema`]; how a type becomes calls of its service's API in that service, behind
//! [`crate::resource::Resource`]. Here is the stack: begun by [`ops`], brought on by [`reconcile`]. Not in it: stack sets,
//! resource import, refactoring, generated templates, hooks, the registry of types.

use crate::operation::{Operation, Service, read, write};
use crate::wire::Protocol;

mod event;
mod exports;
mod fault;
mod meaning;
pub mod model;
mod ops;
mod plan;
mod policy;
mod put;
mod reconcile;
mod remove;
mod resource;
mod rolling;
pub mod schema;
mod settle;
pub mod template;
mod turn;

#[cfg(test)]
mod tests;

pub(crate) use resource::wait::{is_handle, tell};

use ops::{change_sets, describe, drift, exports as listed, signal, stacks, templates, undo};

const PROTOCOL: Protocol =
    Protocol::Query { namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "cloudformation",
        protocol: PROTOCOL,
        operations: [looking(), changing()].into_iter().flatten().collect(),
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}

fn looking() -> Vec<Operation> {
    vec![
        read(PROTOCOL, "DescribeAccountLimits", describe::limits),
        read(PROTOCOL, "DescribeChangeSet", change_sets::describe),
        read(PROTOCOL, "DescribeStackDriftDetectionStatus", drift::status),
        read(PROTOCOL, "DescribeStackEvents", describe::events),
        read(PROTOCOL, "DescribeStackResource", describe::resource),
        read(PROTOCOL, "DescribeStackResourceDrifts", drift::drifts),
        read(PROTOCOL, "DescribeStackResources", describe::resources),
        read(PROTOCOL, "DescribeStacks", describe::stacks),
        read(PROTOCOL, "GetStackPolicy", describe::policy),
        read(PROTOCOL, "GetTemplate", templates::get),
        read(PROTOCOL, "GetTemplateSummary", templates::summary),
        read(PROTOCOL, "ListChangeSets", change_sets::list),
        read(PROTOCOL, "ListExports", listed::list),
        read(PROTOCOL, "ListImports", listed::imports),
        read(PROTOCOL, "ListStackResources", describe::list_resources),
        read(PROTOCOL, "ListStacks", describe::list),
        read(PROTOCOL, "ValidateTemplate", templates::validate),
    ]
}

fn changing() -> Vec<Operation> {
    vec![
        write(PROTOCOL, "CancelUpdateStack", undo::cancel),
        write(PROTOCOL, "ContinueUpdateRollback", undo::continue_rollback),
        write(PROTOCOL, "CreateChangeSet", change_sets::create),
        write(PROTOCOL, "CreateStack", stacks::create),
        write(PROTOCOL, "DeleteChangeSet", change_sets::delete),
        write(PROTOCOL, "DeleteStack", stacks::delete),
        write(PROTOCOL, "DetectStackDrift", drift::detect),
        write(PROTOCOL, "DetectStackResourceDrift", drift::detect_resource),
        write(PROTOCOL, "ExecuteChangeSet", change_sets::execute),
        write(PROTOCOL, "RollbackStack", undo::roll_back),
        write(PROTOCOL, "SetStackPolicy", stacks::set_policy),
        write(PROTOCOL, "SignalResource", signal::signal),
        write(PROTOCOL, "UpdateStack", stacks::update),
        write(PROTOCOL, "UpdateTerminationProtection", stacks::protect),
    ]
}

/// Milliseconds of an ISO 8601 duration in hours, minutes and seconds: `PT1H30M`. Follows "`CreationPolicy` attribute".
fn duration(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut number: Option<i64> = None;
    for c in text.strip_prefix("PT")?.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
            continue;
        }
        let unit = match c {
            'H' => 3_600_000,
            'M' => 60_000,
            'S' => 1_000,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    number.is_none().then_some(total)
}

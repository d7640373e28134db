//! Operations that take a while.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Filter, Paging, check_filters, paged};
use crate::core::fault::Fault;
use crate::services::servicediscovery::model::Operation;
use crate::services::servicediscovery::{fault, shapes};
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Get {
    operation_id: String,
}

pub(crate) fn get(view: &View<'_>, input: Get) -> Result<Value, Fault> {
    let id = input.operation_id;
    let operation =
        view.region.servicediscovery.operations.get(&id).ok_or_else(|| {
            Fault::new("OperationNotFound", format!("Failed to find operation with id: {id}"))
        })?;
    Ok(json!({"Operation": shapes::operation(view, &id, operation)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    check_filters(&input.filters, &["NAMESPACE_ID", "SERVICE_ID", "STATUS", "TYPE", "UPDATE_DATE"])?;
    let dates = input.filters.iter().find(|filter| filter.name == "UPDATE_DATE");
    let bounds = match dates {
        None => None,
        Some(filter) => Some(between(filter)?),
    };
    let admitted = |operation: &Operation| {
        let updated = if operation.done { operation.done_at } else { operation.created_at };
        bounds.is_none_or(|(from, to)| (from..=to).contains(&updated.0))
            && input.filters.iter().all(|filter| {
                let target = |kind: &str| operation.targets.get(kind).is_some_and(|id| filter.admits(id));
                match filter.name.as_str() {
                    "NAMESPACE_ID" => target("NAMESPACE"),
                    "SERVICE_ID" => target("SERVICE"),
                    "STATUS" => filter.admits(shapes::status(view, operation)),
                    "TYPE" => filter.admits(&operation.kind),
                    _ => true,
                }
            })
    };
    let all = view.region.servicediscovery.operations.iter().filter(|(_, operation)| admitted(operation));
    let show = |(id, operation): &(&String, &Operation)| json!({"Id": id, "Status": shapes::status(view, operation)});
    paged("Operations", all, |(id, _)| (*id).clone(), show, &input.paging)
}

/// The two dates of a filter, seconds since the epoch, as milliseconds.
fn between(filter: &Filter) -> Result<(i64, i64), Fault> {
    let read = |at: usize| -> Option<i64> {
        filter.values.get(at)?.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000))
    };
    match (read(0), read(1)) {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(fault::invalid("UPDATE_DATE takes BETWEEN and two dates in seconds since the epoch.")),
    }
}

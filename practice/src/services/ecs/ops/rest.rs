//! The operations of the API that this cloud has nothing behind yet. Each says so; none is accepted in silence.

use serde::Deserialize;
use serde_json::Value;

use super::super::{PROTOCOL, arns, fault};
use crate::core::fault::Fault;
use crate::operation::{Operation, read};
use crate::world::View;

/// Operations of the 2026 model that are not here.
const NOT_YET: [&str; 4] =
    ["ExecuteCommand", "GetTaskProtection", "UpdateTaskProtection", "SubmitAttachmentStateChanges"];

/// What only agents call. The agents of this cloud are part of it.
const AGENTS: [&str; 3] = ["DiscoverPollEndpoint", "SubmitContainerStateChange", "SubmitTaskStateChange"];

#[derive(Debug, Deserialize)]
struct Anything {
    cluster: Option<String>,
}

pub(super) fn all() -> Vec<Operation> {
    let not_yet = NOT_YET.iter().map(|name| {
        read(PROTOCOL, name, move |_: &View<'_>, _: Anything| -> Result<Value, Fault> {
            Err(fault::unsupported(name))
        })
    });
    let agents = AGENTS.iter().map(|name| {
        read(PROTOCOL, name, move |view: &View<'_>, input: Anything| -> Result<Value, Fault> {
            arns::find_cluster(view, input.cluster.as_deref())?;
            Err(fault::client(
                "This action is for the agents of container instances, which are simulated here.",
            ))
        })
    });
    not_yet.chain(agents).collect()
}

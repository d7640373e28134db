//! The operations that only agents call. Each says so; none is accepted in silence.

use serde::Deserialize;
use serde_json::Value;

use super::super::{PROTOCOL, arns, fault};
use crate::core::fault::Fault;
use crate::operation::{Operation, read};
use crate::world::View;

/// What only agents call. The agents of this cloud are part of it.
const AGENTS: [&str; 4] = [
    "DiscoverPollEndpoint",
    "SubmitAttachmentStateChanges",
    "SubmitContainerStateChange",
    "SubmitTaskStateChange",
];

#[derive(Debug, Deserialize)]
struct Anything {
    cluster: Option<String>,
}

pub(super) fn all() -> Vec<Operation> {
    let agents = AGENTS.iter().map(|name| {
        read(PROTOCOL, name, move |view: &View<'_>, input: Anything| -> Result<Value, Fault> {
            arns::find_cluster(view, input.cluster.as_deref())?;
            Err(fault::client(
                "This action is for the agents of container instances, which are simulated here.",
            ))
        })
    });
    agents.collect()
}

//! Express Mode services and daemons: both run on capacity that AWS manages and that this cloud has not. None can be
//! made, so none is found; listings are empty.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{PROTOCOL, arns, fault};
use super::failure;
use crate::core::fault::Fault;
use crate::operation::{Operation, read};
use crate::world::View;

/// What makes or changes something that needs such capacity, and what it needs.
const REFUSED: [(&str, &str); 4] = [
    ("CreateExpressGatewayService", "Express Mode"),
    ("CreateDaemon", "A daemon, which runs on ECS Managed Instances only,"),
    ("RegisterDaemonTaskDefinition", "A daemon, which runs on ECS Managed Instances only,"),
    ("DeleteDaemonTaskDefinition", "A daemon, which runs on ECS Managed Instances only,"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Anything {
    cluster_arn: Option<String>,
    cluster: Option<String>,
}

fn cluster_of(view: &View<'_>, input: &Anything) -> Result<(), Fault> {
    match input.cluster_arn.as_deref().or(input.cluster.as_deref()) {
        Some(text) => arns::find_cluster(view, Some(text)).map(|_| ()),
        None => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Arns {
    #[serde(alias = "daemonRevisionArns")]
    daemon_deployment_arns: Vec<String>,
}

fn missing(name: &'static str) -> impl Fn(&View<'_>, Arns) -> Result<Value, Fault> {
    move |_, input| {
        let failures: Vec<Value> =
            input.daemon_deployment_arns.iter().map(|arn| failure(arn, "MISSING")).collect();
        Ok(json!({name: [], "failures": failures}))
    }
}

fn empty(name: &'static str) -> impl Fn(&View<'_>, Anything) -> Result<Value, Fault> {
    move |view, input| {
        cluster_of(view, &input)?;
        Ok(json!({name: []}))
    }
}

fn absent(code: &'static str, message: &'static str) -> impl Fn(&View<'_>, Anything) -> Result<Value, Fault> {
    move |_, _| Err(Fault::new(code, message))
}

pub(super) fn all() -> Vec<Operation> {
    let no_daemon = || absent("DaemonNotFoundException", "The specified daemon wasn't found.");
    let no_service = || absent("ServiceNotFoundException", "Service not found.");
    let no_definition = || absent("ClientException", "Unable to describe daemon task definition.");
    let mut all = vec![
        read(
            PROTOCOL,
            "DescribeExpressGatewayService",
            absent("ResourceNotFoundException", "Service not found."),
        ),
        read(PROTOCOL, "UpdateExpressGatewayService", no_service()),
        read(PROTOCOL, "DeleteExpressGatewayService", no_service()),
        read(PROTOCOL, "DescribeDaemon", no_daemon()),
        read(PROTOCOL, "UpdateDaemon", no_daemon()),
        read(PROTOCOL, "DeleteDaemon", no_daemon()),
        read(PROTOCOL, "ListDaemonDeployments", no_daemon()),
        read(PROTOCOL, "DescribeDaemonTaskDefinition", no_definition()),
        read(PROTOCOL, "DescribeDaemonDeployments", missing("daemonDeployments")),
        read(PROTOCOL, "DescribeDaemonRevisions", missing("daemonRevisions")),
        read(PROTOCOL, "ListDaemons", empty("daemonSummariesList")),
        read(PROTOCOL, "ListDaemonTaskDefinitions", empty("daemonTaskDefinitions")),
    ];
    all.extend(REFUSED.map(|(name, what)| {
        read(PROTOCOL, name, move |view: &View<'_>, input: Anything| -> Result<Value, Fault> {
            cluster_of(view, &input)?;
            Err(fault::unsupported(what))
        })
    }));
    all
}

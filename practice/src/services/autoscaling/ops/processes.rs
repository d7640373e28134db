//! Suspending what a group does by itself.

use serde::{Deserialize, Serialize};

use super::super::activity::second;
use super::super::fault::{group_not_found, validation};
use super::super::shapes::Nothing;
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// The processes of a group. Follows "Types of processes" (Amazon EC2 Auto Scaling User Guide).
const PROCESSES: [&str; 9] = [
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Processes {
    auto_scaling_group_name: String,
    #[serde(default)]
    scaling_processes: Vec<String>,
}

fn named(input: &Processes) -> Result<Vec<String>, Fault> {
    if input.scaling_processes.is_empty() {
        return Ok(PROCESSES.map(str::to_owned).to_vec());
    }
    match input.scaling_processes.iter().find(|name| !PROCESSES.contains(&name.as_str())) {
        Some(unknown) => Err(validation(format!("Invalid scaling process: {unknown}"))),
        None => Ok(input.scaling_processes.clone()),
    }
}

/// `SuspendProcesses`.
pub(crate) fn suspend(scope: &mut Scope<'_>, input: Processes) -> Result<Nothing, Fault> {
    let names = named(&input)?;
    let reason = format!("User suspended at {}", second(scope.now));
    let name = &input.auto_scaling_group_name;
    let group = scope.region.autoscaling.groups.get_mut(name).ok_or_else(|| group_not_found(name))?;
    for process in names {
        group.suspended.entry(process).or_insert_with(|| reason.clone());
    }
    Ok(Nothing {})
}

/// `ResumeProcesses`.
pub(crate) fn resume(scope: &mut Scope<'_>, input: Processes) -> Result<Nothing, Fault> {
    let names = named(&input)?;
    let name = &input.auto_scaling_group_name;
    let group = scope.region.autoscaling.groups.get_mut(name).ok_or_else(|| group_not_found(name))?;
    group.suspended.retain(|process, _| !names.contains(process));
    Ok(Nothing {})
}

#[derive(Deserialize)]
pub(crate) struct Describe {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    processes: Vec<Process>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Process {
    process_name: &'static str,
}

/// `DescribeScalingProcessTypes`.
#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(crate) fn describe(_: &View<'_>, _: Describe) -> Result<Described, Fault> {
    Ok(Described { processes: PROCESSES.iter().map(|name| Process { process_name: name }).collect() })
}

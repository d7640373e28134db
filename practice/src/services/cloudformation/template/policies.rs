//! The members of `CreationPolicy` and `UpdatePolicy`: a misspelt one would be waited for in vain. Follows the pages of the
//! two attributes.

use serde_json::Value;

use super::fault::malformed;
use super::function::is_function;
use crate::core::fault::Fault;

/// The members of an attribute, and the members of these. None of the latter: a value of its own.
type Members = &'static [(&'static str, &'static [&'static str])];

/// `CreationPolicy`.
pub(super) const CREATION: Members = &[
    ("AutoScalingCreationPolicy", &["MinSuccessfulInstancesPercent"]),
    ("ResourceSignal", &["Count", "Timeout"]),
    ("StartFleet", &[]),
];

/// `UpdatePolicy`.
pub(super) const UPDATE: Members = &[
    ("AutoScalingReplacingUpdate", &["WillReplace"]),
    (
        "AutoScalingRollingUpdate",
        &[
            "MaxBatchSize",
            "MinActiveInstancesPercent",
            "MinInstancesInService",
            "MinSuccessfulInstancesPercent",
            "PauseTime",
            "SuspendProcesses",
            "WaitOnResourceSignals",
        ],
    ),
    ("AutoScalingScheduledAction", &["IgnoreUnmodifiedGroupSizeProperties"]),
    (
        "CodeDeployLambdaAliasUpdate",
        &["AfterAllowTrafficHook", "ApplicationName", "BeforeAllowTrafficHook", "DeploymentGroupName"],
    ),
    ("EnableVersionUpgrade", &[]),
    ("StartAfterUpdate", &["Type"]),
    ("StopBeforeUpdate", &["Type"]),
    ("UseOnlineResharding", &[]),
];

/// Refuses members that there are not. What a function comes to is not known yet.
pub(super) fn check(path: &str, value: &Value, known: Members) -> Result<(), Fault> {
    for (name, child) in plain(value) {
        let Some((_, inner)) = known.iter().find(|(one, _)| one == name) else {
            return Err(unsupported(path, name));
        };
        for (member, _) in plain(child) {
            if !inner.contains(&member.as_str()) {
                return Err(unsupported(&format!("{path}/{name}"), member));
            }
        }
    }
    Ok(())
}

fn unsupported(path: &str, name: &str) -> Fault {
    malformed(format!("[{path}] Encountered unsupported property {name}"))
}

/// The members of an object that is no function.
fn plain(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let members = value.as_object().into_iter().flatten();
    let function = members.clone().any(|(name, _)| name == "Ref" || is_function(name));
    members.filter(move |_| !function)
}

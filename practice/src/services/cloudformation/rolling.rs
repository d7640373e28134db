//! Rolling updates of Auto Scaling groups: instances of the old kind are replaced batch by batch. Follows "`UpdatePolicy`
//! attribute". CloudFormation does this itself, through Auto Scaling's own operations.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::Kept;
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::resource::{Api, Settled, look};
use crate::world::{Scope, View};

/// The type that this is about.
pub(super) const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
/// A change of one of these needs other instances.
const NEED_OTHERS: [&str; 4] =
    ["LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"];

/// `IgnoreUnmodifiedGroupSizeProperties` is about these.
const SIZES: [&str; 3] = ["MinSize", "MaxSize", "DesiredCapacity"];

/// Whether a change from `before` to `after` needs other instances.
pub(super) fn needs_others(kind: &str, before: &Value, after: &Value) -> bool {
    kind == GROUP && NEED_OTHERS.iter().any(|name| before.get(name) != after.get(name))
}

/// Whether an update policy wants the whole group replaced.
pub(super) fn replaces_group(policy: &Value) -> bool {
    let asked = policy.pointer("/AutoScalingReplacingUpdate/WillReplace");
    asked.is_some_and(|value| value == true || value == "true")
}

/// Whether an update policy leaves sizes of a group alone that an update of the template did not change: what scheduled
/// actions made of them stays.
pub(super) fn leaves_sizes(kind: &str, policy: &Value) -> bool {
    let asked = policy.pointer("/AutoScalingScheduledAction/IgnoreUnmodifiedGroupSizeProperties");
    kind == GROUP && asked.is_some_and(|value| value == true || value == "true")
}

/// The properties of a group without the sizes that are as they were.
pub(super) fn without_sizes(before: &Value, after: &Value) -> Value {
    let mut fewer = after.clone();
    if let Some(properties) = fewer.as_object_mut() {
        properties.retain(|name, value| !SIZES.contains(&name.as_str()) || before.get(name) != Some(value));
    }
    fewer
}

/// Where a rolling update stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rolling {
    /// Instances of the old kind that are still to go.
    pub obsolete: Vec<String>,
    /// Instances that are going.
    pub going: Vec<String>,
    /// How many signals this batch waits for.
    pub wanted: usize,
    /// When the pause after this batch, or the time for its signals, is over.
    pub until: Time,
    /// What the group's desired capacity was, where it has been raised for the time of the update.
    pub desired: Option<i64>,
    /// How many there were to replace.
    pub all: usize,
    /// `MaxBatchSize`.
    pub batch: usize,
    /// `MinInstancesInService`.
    pub least: usize,
    /// `PauseTime` in milliseconds.
    pub pause_ms: i64,
    /// `WaitOnResourceSignals`.
    pub signals: bool,
}

fn number(value: Option<&Value>) -> Option<i64> {
    value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}

/// The rolling update that a policy asks for; None when it asks for none.
pub(super) fn begin(view: &View<'_>, policy: &Value, group: &str) -> Option<Rolling> {
    let asked = policy.get("AutoScalingRollingUpdate")?;
    let size = |name: &str, default: i64| {
        usize::try_from(number(asked.get(name)).unwrap_or(default).max(0)).unwrap_or_default()
    };
    let signals = asked.get("WaitOnResourceSignals").is_some_and(|value| value == true || value == "true");
    let pause = asked.get("PauseTime").and_then(Value::as_str).and_then(super::duration);
    let obsolete: Vec<String> = instances(&described(view, group)?).map(|(id, _)| id).collect();
    Some(Rolling {
        all: obsolete.len(),
        obsolete,
        going: Vec::new(),
        wanted: 0,
        until: view.now,
        desired: None,
        batch: size("MaxBatchSize", 1).max(1),
        least: size("MinInstancesInService", 0),
        pause_ms: pause.unwrap_or(if signals { 5 * 60_000 } else { 0 }),
        signals,
    })
}

fn described(view: &View<'_>, group: &str) -> Option<Value> {
    let found =
        look(view, "autoscaling", "DescribeAutoScalingGroups", json!({"AutoScalingGroupNames": [group]}));
    found.ok()?.pointer("/AutoScalingGroups/0").cloned()
}

/// Ids of a group's instances, and whether they are in service.
fn instances(group: &Value) -> impl Iterator<Item = (String, bool)> {
    let all = group.get("Instances").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|instance| {
        let id = instance.get("InstanceId")?.as_str()?.to_owned();
        Some((id, instance.get("LifecycleState").and_then(Value::as_str) == Some("InService")))
    })
}

/// The first thing that is said of it.
pub(super) fn announced(rolling: &Rolling) -> String {
    let waits = if rolling.signals {
        let pause = rolling.pause_ms / 1000;
        format!(
            " Waiting on resource signals with a timeout of PT{pause}S when new instances are added to the autoscaling group."
        )
    } else {
        String::new()
    };
    format!(
        "Rolling update initiated. Terminating {} obsolete instance(s) in batches of {}, while keeping at least {} instance(s) in service.{waits}",
        rolling.all, rolling.batch, rolling.least
    )
}

/// How far a rolling update is, what is to be said, and the next moment that matters by itself.
pub(super) struct Step {
    /// Whether all instances are of the new kind.
    pub(super) settled: Settled,
    /// Reasons of events.
    pub(super) said: Vec<String>,
    /// None: whatever it waits for happens in the world.
    pub(super) due: Option<Time>,
    /// Whether it has begun with other instances.
    pub(super) new_batch: bool,
}

/// Brings a rolling update on. `scope` acts for the stack's owner.
pub(super) fn advance(scope: &mut Scope<'_>, rolling: &mut Rolling, id: &str, kept: &Kept) -> Step {
    match step(scope, rolling, id, kept) {
        Ok(step) => step,
        Err(fault) => {
            Step { settled: Settled::Failed(fault.message), said: Vec::new(), due: None, new_batch: false }
        }
    }
}

fn waiting(due: Option<Time>) -> Step {
    Step { settled: Settled::NotYet, said: Vec::new(), due, new_batch: false }
}

fn step(scope: &mut Scope<'_>, rolling: &mut Rolling, id: &str, kept: &Kept) -> Result<Step, Fault> {
    let Some(group) = described(&scope.view(), id) else {
        return Ok(Step {
            settled: Settled::Failed("The group is gone.".into()),
            said: Vec::new(),
            due: None,
            new_batch: false,
        });
    };
    let there: Vec<(String, bool)> = instances(&group).collect();
    rolling.obsolete.retain(|one| there.iter().any(|(id, _)| id == one));
    let desired = number(group.get("DesiredCapacity")).unwrap_or_default();
    let in_service = there.iter().filter(|(_, serves)| *serves).count();
    let leaving = rolling.going.iter().any(|one| there.iter().any(|(id, _)| id == one));
    if leaving || i64::try_from(in_service).unwrap_or(i64::MAX) < desired {
        return Ok(waiting(None));
    }
    let failed = kept.signals.values().filter(|well| !**well).count();
    if failed > 0 && rolling.wanted > 0 {
        return Ok(Step {
            settled: Settled::Failed(not_received(failed)),
            said: Vec::new(),
            due: None,
            new_batch: false,
        });
    }
    if kept.signals.len() < rolling.wanted {
        if scope.now < rolling.until {
            return Ok(waiting(Some(rolling.until)));
        }
        let missing = rolling.wanted - kept.signals.len();
        return Ok(Step {
            settled: Settled::Failed(not_received(missing)),
            said: Vec::new(),
            due: None,
            new_batch: false,
        });
    }
    if rolling.wanted == 0 && scope.now < rolling.until {
        return Ok(waiting(Some(rolling.until)));
    }
    next_batch(scope, rolling, id, &group, desired)
}

/// The reason of a resource whose signals failed, or did not come.
pub(super) fn not_received(count: usize) -> String {
    format!(
        "Failed to receive {count} resource signal(s) for the current batch.  Each resource signal timeout is counted as a FAILURE."
    )
}

/// Begins with the next instances, or ends.
fn next_batch(
    scope: &mut Scope<'_>,
    rolling: &mut Rolling,
    id: &str,
    group: &Value,
    desired: i64,
) -> Result<Step, Fault> {
    let mut said = Vec::new();
    let set = |scope: &mut Scope<'_>, size: i64| {
        let input = json!({"AutoScalingGroupName": id, "DesiredCapacity": size, "HonorCooldown": false});
        Api::new(scope).call("autoscaling", "SetDesiredCapacity", input).map(|_| ())
    };
    if !rolling.going.is_empty() {
        let done = rolling.all.saturating_sub(rolling.obsolete.len());
        let listed = rolling.going.join(",");
        let percent = done * 100 / rolling.all.max(1);
        said.push(format!("Successfully terminated instance(s) [{listed}] (Progress {percent}%)."));
        rolling.going.clear();
    }
    if rolling.obsolete.is_empty() {
        if let Some(before) = rolling.desired.take() {
            set(scope, before)?;
        }
        return Ok(Step { settled: Settled::Yes, said, due: None, new_batch: false });
    }
    let most = number(group.get("MaxSize")).unwrap_or(desired);
    let least = i64::try_from(rolling.least).unwrap_or(i64::MAX);
    if least >= most {
        let reason = "MinInstancesInService must be less than the autoscaling group's MaxSize".to_owned();
        return Ok(Step { settled: Settled::Failed(reason), said, due: None, new_batch: false });
    }
    let batch = i64::try_from(rolling.batch.min(rolling.obsolete.len())).unwrap_or(1);
    let missing = (least + batch - desired).clamp(0, most - desired);
    if missing > 0 && rolling.desired.is_none() {
        rolling.desired = Some(desired);
        said.push(format!(
            "Temporarily setting autoscaling group MinSize and DesiredCapacity to {}.",
            desired + missing
        ));
        set(scope, desired + missing)?;
        return Ok(Step { settled: Settled::NotYet, said, due: None, new_batch: false });
    }
    let may_go = usize::try_from((desired - least).clamp(1, batch)).unwrap_or(1);
    let going: Vec<String> = rolling.obsolete.iter().take(may_go).cloned().collect();
    for one in &going {
        let input = json!({"InstanceId": one, "ShouldDecrementDesiredCapacity": false});
        Api::new(scope).call("autoscaling", "TerminateInstanceInAutoScalingGroup", input)?;
    }
    said.push(format!(
        "Terminating instance(s) [{}]; replacing with {} new instance(s).",
        going.join(","),
        going.len()
    ));
    rolling.wanted = if rolling.signals { going.len() } else { 0 };
    rolling.until = scope.now.plus_ms(scope.settings.lasts(rolling.pause_ms.max(1)));
    rolling.obsolete.retain(|one| !going.contains(one));
    rolling.going = going;
    Ok(Step { settled: Settled::NotYet, said, due: None, new_batch: true })
}

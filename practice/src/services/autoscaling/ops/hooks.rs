//! Lifecycle hooks, and completing the actions they ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::fault::{constraint, group_not_found, limit_exceeded, validation};
use super::super::hooks::{abandonment, beats_until};
use super::super::model::{Group, Hook, Lifecycle, Member, Transition};
use super::super::shapes::Nothing;
use super::groups::living;
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// AWS's quota per group.
const MAX_HOOKS: usize = 50;
/// What a hook waits when nothing else is said, in seconds.
const TIMEOUT: i32 = 3_600;

/// Both `PutLifecycleHook` and what `CreateAutoScalingGroup` takes of hooks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    lifecycle_hook_name: String,
    #[serde(default)]
    auto_scaling_group_name: String,
    lifecycle_transition: Option<String>,
    #[serde(rename = "RoleARN")]
    role: Option<String>,
    #[serde(rename = "NotificationTargetARN")]
    target: Option<String>,
    notification_metadata: Option<String>,
    heartbeat_timeout: Option<i32>,
    default_result: Option<String>,
}

/// `CONTINUE` or `ABANDON`.
fn continues(result: &str, at: &str) -> Result<bool, Fault> {
    match result {
        "CONTINUE" => Ok(true),
        "ABANDON" => Ok(false),
        other => {
            Err(constraint(other, at, "Member must satisfy regular expression pattern: CONTINUE|ABANDON"))
        }
    }
}

impl Put {
    /// The hook this makes of the one there was.
    fn made(&self, before: Option<&Hook>) -> Result<Hook, Fault> {
        let name = &self.lifecycle_hook_name;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        if name.is_empty() || name.len() > 255 || !name.chars().all(fits) {
            return Err(constraint(
                name,
                "lifecycleHookName",
                "Member must satisfy regular expression pattern: [A-Za-z0-9\\-_\\/]+",
            ));
        }
        let transition = match &self.lifecycle_transition {
            Some(text) => Transition::ALL
                .into_iter()
                .find(|one| one.as_str() == text)
                .ok_or_else(|| validation(format!("Lifecycle Transition is not valid: {text}")))?,
            None => before
                .map(|hook| hook.transition)
                .ok_or_else(|| validation("Lifecycle Transition must be specified for a new hook."))?,
        };
        if let Some(target) = self.target.as_deref().filter(|target| !target.is_empty()) {
            // Neither Amazon SNS nor Amazon SQS is part of the practice cloud: no target is there.
            return Err(validation(format!(
                "Unable to publish test message to notification target {target} using IAM role {}. Please check your target and role configuration and try to put lifecycle hook again.",
                self.role.as_deref().unwrap_or("null")
            )));
        }
        let timeout = self.heartbeat_timeout.or(before.map(|hook| hook.timeout)).unwrap_or(TIMEOUT);
        if !(30..=7_200).contains(&timeout) {
            return Err(validation(format!(
                "Heartbeat timeout must be between 30 and 7200 seconds, but was {timeout}."
            )));
        }
        let metadata = self.notification_metadata.clone();
        if metadata.as_ref().is_some_and(|text| text.is_empty() || text.len() > 4_000) {
            return Err(validation("NotificationMetadata must have 1 to 4000 characters."));
        }
        let continues = match &self.default_result {
            Some(result) => continues(result, "defaultResult")?,
            None => before.is_some_and(|hook| hook.continues),
        };
        let metadata = metadata.or_else(|| before.and_then(|hook| hook.metadata.clone()));
        Ok(Hook { transition, continues, timeout, metadata })
    }
}

/// The hooks of a group that is being created.
pub(super) fn of_new_group(asked: &[Put]) -> Result<BTreeMap<String, Hook>, Fault> {
    let mut hooks = BTreeMap::new();
    for one in asked {
        if hooks.insert(one.lifecycle_hook_name.clone(), one.made(None)?).is_some() {
            return Err(validation(format!("Duplicate lifecycle hook name: {}", one.lifecycle_hook_name)));
        }
    }
    if hooks.len() > MAX_HOOKS { Err(limit_exceeded("lifecycle hooks")) } else { Ok(hooks) }
}

/// `PutLifecycleHook`. Instances that wait already go on as they began.
pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Nothing, Fault> {
    let group = living(scope, &input.auto_scaling_group_name)?;
    let before = group.hooks.get(&input.lifecycle_hook_name);
    let hook = input.made(before)?;
    if before.is_none() && group.hooks.len() >= MAX_HOOKS {
        return Err(limit_exceeded("lifecycle hooks"));
    }
    group.hooks.insert(input.lifecycle_hook_name, hook);
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    lifecycle_hook_name: String,
    auto_scaling_group_name: String,
}

fn hook_not_found(name: &str, group: &str) -> Fault {
    validation(format!("No Lifecycle Hook found with name {name} for Auto Scaling group {group}"))
}

/// `DeleteLifecycleHook`. Actions under way are completed: launches are abandoned, terminations continue.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Nothing, Fault> {
    let group = living(scope, &input.auto_scaling_group_name)?;
    let name = &input.lifecycle_hook_name;
    group.hooks.remove(name).ok_or_else(|| hook_not_found(name, &group.name))?;
    for member in group.members.values_mut() {
        let launching = member.lifecycle == Lifecycle::PendingWait;
        if let Some(wait) = member.waits.remove(name).filter(|_| launching) {
            member.abandoned = Some(abandonment(&wait, "Lifecycle Hook Deleted"));
        }
    }
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    auto_scaling_group_name: String,
    #[serde(default)]
    lifecycle_hook_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    lifecycle_hooks: Vec<HookOut>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HookOut {
    lifecycle_hook_name: String,
    auto_scaling_group_name: String,
    lifecycle_transition: &'static str,
    notification_metadata: Option<String>,
    heartbeat_timeout: i32,
    global_timeout: i32,
    default_result: &'static str,
}

/// `DescribeLifecycleHooks`. Unknown names are left out without a fault.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Described, Fault> {
    let name = &input.auto_scaling_group_name;
    let group = view.region.autoscaling.groups.get(name).ok_or_else(|| group_not_found(name))?;
    let names = &input.lifecycle_hook_names;
    if names.len() > 50 {
        return Err(validation("The number of lifecycle hook names that may be passed in is limited to 50"));
    }
    let wanted = group.hooks.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let show = |(name, hook): (&String, &Hook)| HookOut {
        lifecycle_hook_name: name.clone(),
        auto_scaling_group_name: group.name.clone(),
        lifecycle_transition: hook.transition.as_str(),
        notification_metadata: hook.metadata.clone(),
        heartbeat_timeout: hook.timeout,
        global_timeout: hook.global_timeout(),
        default_result: if hook.continues { "CONTINUE" } else { "ABANDON" },
    };
    Ok(Described { lifecycle_hooks: wanted.map(show).collect() })
}

#[derive(Deserialize)]
pub(crate) struct Types {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TypesOut {
    lifecycle_hook_types: Vec<&'static str>,
}

/// `DescribeLifecycleHookTypes`.
#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(crate) fn types(_: &View<'_>, _: Types) -> Result<TypesOut, Fault> {
    Ok(TypesOut { lifecycle_hook_types: Transition::ALL.map(Transition::as_str).to_vec() })
}

/// `CompleteLifecycleAction` and `RecordLifecycleActionHeartbeat`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Action {
    lifecycle_hook_name: String,
    auto_scaling_group_name: String,
    lifecycle_action_token: Option<String>,
    lifecycle_action_result: Option<String>,
    instance_id: Option<String>,
}

impl Action {
    /// The member whose action it is.
    fn member<'g>(&self, group: &'g mut Group) -> Result<(&'g mut Member, Option<Hook>), Fault> {
        let hook = &self.lifecycle_hook_name;
        let kept = group.hooks.get(hook).cloned();
        let none = |what: &str| Err(validation(format!("No active Lifecycle Action found with {what}")));
        let is_it = |member: &&mut Member| {
            let token = |token: &String| member.waits.get(hook).is_some_and(|wait| wait.token == *token);
            match (&self.lifecycle_action_token, &self.instance_id) {
                (Some(asked), _) => token(asked),
                (None, id) => Some(&member.instance_id) == id.as_ref() && member.waits.contains_key(hook),
            }
        };
        match (group.members.values_mut().find(is_it), &self.lifecycle_action_token, &self.instance_id) {
            (Some(member), ..) => Ok((member, kept)),
            (None, Some(token), _) => none(&format!("token {token}")),
            (None, None, Some(id)) => none(&format!("instance ID {id}")),
            (None, None, None) => {
                Err(validation("Either LifecycleActionToken or InstanceId must be specified."))
            }
        }
    }
}

/// `CompleteLifecycleAction`.
pub(crate) fn complete(scope: &mut Scope<'_>, input: Action) -> Result<Nothing, Fault> {
    let result = input.lifecycle_action_result.as_deref().unwrap_or_default();
    let goes_on = continues(result, "lifecycleActionResult")?;
    let group = living(scope, &input.auto_scaling_group_name)?;
    let (member, _) = input.member(group)?;
    if let Some(wait) = member.waits.remove(&input.lifecycle_hook_name).filter(|_| !goes_on) {
        member.abandoned = Some(abandonment(&wait, "Lifecycle Action Completed with ABANDON Result"));
    }
    Ok(Nothing {})
}

/// `RecordLifecycleActionHeartbeat`: the heartbeat timeout begins again, within the global one.
pub(crate) fn heartbeat(scope: &mut Scope<'_>, input: Action) -> Result<Nothing, Fault> {
    let now = scope.now;
    let group = living(scope, &input.auto_scaling_group_name)?;
    let (member, hook) = input.member(group)?;
    if let (Some(wait), Some(hook)) = (member.waits.get_mut(&input.lifecycle_hook_name), hook) {
        wait.until = beats_until(&hook, now).min(wait.at_most);
    }
    Ok(Nothing {})
}
